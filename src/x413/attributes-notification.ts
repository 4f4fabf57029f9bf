/**
 * The attributes of interpersonal notifications.
 *
 * Source: X.420 (1999) 19.6.4, module IPMSMessageStoreAttributes; 8 for the notification.
 */
import { childrenOf } from '../asn1/elements.js';
import type { Element } from '../asn1/reader.js';
import { application, context, TAG, type Tag } from '../asn1/tag.js';
import { type AttributeDefinition, attribute, type Values } from './attribute.js';
import { eitsOf } from './attributes-general.js';
import { contentView, fieldsOf } from './content-view.js';
import type { EntrySource } from './entry.js';
import { as, each, type ReadField, readField, whole } from './field-readers.js';
import type { MatchingName } from './matching.js';

/** The tags of the three kinds of notification within the EXPLICIT [0]. */
const KIND = { nonReceipt: context(0), receipt: context(1), other: context(2) } as const;

const field =
  (tag: Tag, read: ReadField): Values =>
  (source) =>
    readField(contentView(source).notificationFields.get(tag), read);

/** The fields of the notification's kind; null where it is of another kind or none. */
function fieldsOfKind(source: EntrySource, kind: keyof typeof KIND): Element | null {
  const choice = contentView(source).notificationFields.get(context(0));
  const [fields] = choice === undefined ? [] : childrenOf(choice);
  return fields?.tag === KIND[kind] ? fields : null;
}

const kindField =
  (kind: keyof typeof KIND, number: number, read: ReadField): Values =>
  (source) => {
    const fields = fieldsOfKind(source, kind);
    return readField(fields === null ? undefined : fieldsOf(fields).get(context(number)), read);
  };

/** acknowledgment-mode is manual where the receipt does not say. */
const acknowledgmentMode: Values = (source) => {
  const found = kindField('receipt', 1, as(TAG.enumerated))(source);
  if (found.length > 0 || fieldsOfKind(source, 'receipt') === null) return found;
  return [Uint8Array.of(0x0a, 1, 0)];
};

const otherFields: Values = (source) => {
  const fields = fieldsOfKind(source, 'other');
  return fields === null ? [] : each(fields);
};

const { set, sequence, enumerated, printableString } = TAG;
const row = (number: number, name: string, matching: MatchingName, flags: string, derive: Values) =>
  attribute(`2.6.1.9.${number}`, name, matching, `${flags} dcsf`, derive);

export const NOTIFICATION_ATTRIBUTES: readonly AttributeDefinition[] = [
  row(0, 'subject-ipm', 'ipmIdentifier', 'L', field(application(11), whole)),
  row(1, 'ipn-originator', 'orDescriptor', 'L', field(context(1), as(set))),
  row(2, 'ipm-intended-recipient', 'orDescriptor', 'L', field(context(2), as(set))),
  row(3, 'conversion-eits', 'oid', 'ML', field(application(5), eitsOf)),
  row(4, 'non-receipt-reason', 'integer', 'LZ', kindField('nonReceipt', 0, as(enumerated))),
  row(5, 'discard-reason', 'integer', 'LZ', kindField('nonReceipt', 1, as(enumerated))),
  row(6, 'auto-forward-comment', 'text', 'L', kindField('nonReceipt', 2, as(printableString))),
  row(7, 'returned-ipm', 'none', '', kindField('nonReceipt', 3, as(sequence))),
  row(8, 'receipt-time', 'utcTime', 'L', kindField('receipt', 0, as(TAG.utcTime))),
  row(9, 'acknowledgment-mode', 'integer', 'LZ', acknowledgmentMode),
  row(10, 'suppl-receipt-info', 'text', 'L', kindField('receipt', 2, as(printableString))),
  row(11, 'notification-extensions', 'none', '4M', field(context(3), each)),
  row(12, 'nrn-extensions', 'none', '4M', kindField('nonReceipt', 4, each)),
  row(13, 'rn-extensions', 'none', '4M', kindField('receipt', 3, each)),
  row(14, 'other-notification-type-fields', 'none', '4M', otherFields),
];
