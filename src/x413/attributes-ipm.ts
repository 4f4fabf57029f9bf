/**
 * The attributes of interpersonal messages and notifications, of the 1988 edition: whole heading
 * and
 * body, one attribute for each heading and notification field, and the body parts by type.
 *
 * Source: X.420 (1999) 19.6 and the module IPMSMessageStoreAttributes; 7.2 for the heading.
 */
import { objectIdentifier } from '../asn1/primitive.js';
import { type Element, readElement } from '../asn1/reader.js';
import { application, context, TAG, type Tag } from '../asn1/tag.js';
import { encode } from '../asn1/type.js';
import { EncodedInformationTypes, eitOids } from '../x411/envelope-parts.js';
import { isIpmContentType } from '../x420/ipm.js';
import { type AttributeDefinition, attribute, childrenOf, readable, retag } from './attribute.js';
import type { EntrySource } from './entry.js';

const IPM_IDENTIFIER = application(11);

/** The information object in an entry's content: [0] a message, [1] a notification. */
function objectOf(source: EntrySource): Element | null {
  if (!isIpmContentType(source.entry.contentType)) return null;
  const content = source.content();
  return content === null || content.length === 0 ? null : readElement(content);
}

function messageOf(source: EntrySource): { heading: Element; body: Element } | null {
  const object = objectOf(source);
  if (object?.tag !== context(0)) return null;
  const [heading, body] = childrenOf(object);
  return heading?.tag === TAG.set && body?.tag === TAG.sequence ? { heading, body } : null;
}

const wholeOf = (half: 'heading' | 'body') => (source: EntrySource) =>
  readable(() => {
    const message = messageOf(source);
    return message === null ? [] : [message[half].whole];
  });

function notificationFields(source: EntrySource): readonly Element[] {
  const object = objectOf(source);
  return object?.tag === context(1) ? childrenOf(object) : [];
}

const headingField =
  (tag: Tag, read: (field: Element) => readonly Uint8Array[]) => (source: EntrySource) =>
    readable(() => {
      const message = messageOf(source);
      const field =
        message === null
          ? undefined
          : childrenOf(message.heading).find((child) => child.tag === tag);
      return field === undefined ? [] : read(field);
    });

/** A field whose own tag was replaced: its contents under the type's tag. */
const as = (tag: Tag) => (field: Element) => [retag(field, tag)];
const eachOf = (field: Element) => childrenOf(field).map(({ whole }) => whole);
const inner = (field: Element) => childrenOf(field).map(({ whole }) => whole);
const whole = (field: Element) => [field.whole];

/** A defaulted field is present also where it was not sent. */
const orDefault =
  (values: AttributeDefinition['values'], value: Uint8Array) => (source: EntrySource) =>
    readable(() => {
      if (messageOf(source) === null) return [];
      const found = values(source);
      return found.length > 0 ? found : [value];
    });

/** Recipients of the three lists whose notification-requests have the bit, as O/R descriptors. */
const requestors = (bit: number) => (source: EntrySource) =>
  readable(() => {
    const lists = [2, 3, 4].flatMap((number) => headingField(context(number), eachOf)(source));
    return lists.flatMap((recipient) => {
      const fields = childrenOf(readElement(recipient));
      const requests = fields.find(({ tag }) => tag === context(1))?.content;
      const descriptor = fields.find(({ tag }) => tag === context(0));
      const isAsked = ((requests?.[1] ?? 0) & (0x80 >> bit)) !== 0;
      return isAsked && descriptor !== undefined ? [retag(descriptor, TAG.set)] : [];
    });
  });

function replyRequestors(source: EntrySource): readonly Uint8Array[] {
  return readable(() => {
    const lists = [2, 3, 4].flatMap((number) => headingField(context(number), eachOf)(source));
    return lists.flatMap((recipient) => {
      const fields = childrenOf(readElement(recipient));
      const isAsked = (fields.find(({ tag }) => tag === context(2))?.content[0] ?? 0) !== 0;
      const descriptor = fields.find(({ tag }) => tag === context(0));
      return isAsked && descriptor !== undefined ? [retag(descriptor, TAG.set)] : [];
    });
  });
}

/** Values of a heading extension; a SET OF is split where it is multi-valued. */
const headingExtension = (oid: string, isSplit: boolean) => (source: EntrySource) =>
  readable(() =>
    headingField(
      context(15),
      eachOf,
    )(source).flatMap((field) => {
      const [type, value] = childrenOf(readElement(field));
      if (type === undefined || objectIdentifier.decode(type) !== oid) return [];
      if (value === undefined) return [Uint8Array.of(5, 0)];
      return isSplit ? eachOf(value) : [value.whole];
    }),
  );

function partsOf(source: EntrySource): readonly Element[] {
  return readable(() => {
    const message = messageOf(source);
    return message === null ? [] : childrenOf(message.body);
  });
}

/** Body parts of one basic type, under the tag of the type itself. */
const parts = (number: number, tag: Tag) => (source: EntrySource) =>
  readable(() =>
    partsOf(source)
      .filter((part) => part.tag === context(number))
      .map((part) => retag(part, tag)),
  );

/** Parameters (0) or data (1) of the body parts of one basic type. */
const half = (number: number, which: 0 | 1) => (source: EntrySource) =>
  readable(() =>
    partsOf(source)
      .filter((part) => part.tag === context(number))
      .flatMap((part) => {
        const element = childrenOf(part)[which];
        return element === undefined ? [] : [element.whole];
      }),
  );

/** The data type of each extended body part, each once. */
function extendedTypes(source: EntrySource): readonly Uint8Array[] {
  return readable(() => {
    const oids = partsOf(source)
      .filter(({ tag }) => tag === context(15))
      .flatMap((part) => childrenOf(part).filter(({ tag }) => tag === TAG.external))
      .flatMap((data) => childrenOf(data).slice(0, 1).map(objectIdentifier.decode));
    return [...new Set(oids)].map((oid) => encode(objectIdentifier, oid));
  });
}

const notificationField =
  (tag: Tag, read: (field: Element) => readonly Uint8Array[]) => (source: EntrySource) =>
    readable(() => {
      const field = notificationFields(source).find((child) => child.tag === tag);
      return field === undefined ? [] : read(field);
    });

/** A field of the receipt (1) or non-receipt (0) choice, which stands in an EXPLICIT [0]. */
const kindField = (kind: number, number: number, tag: Tag) => (source: EntrySource) =>
  notificationField(context(0), (choice) => {
    const fields = childrenOf(choice).find((child) => child.tag === context(kind));
    const field =
      fields === undefined
        ? undefined
        : childrenOf(fields).find((child) => child.tag === context(number));
    return field === undefined ? [] : [retag(field, tag)];
  })(source);

const hasKind = (source: EntrySource, kind: number) =>
  notificationField(context(0), inner)(source).some((choice) => choice[0] === 0xa0 + kind);

/** IPMEntryType: ipm 0, rn 1, nrn 2, on 3. */
function entryType(source: EntrySource): readonly Uint8Array[] {
  return readable(() => {
    if (messageOf(source) !== null) return [Uint8Array.of(0x0a, 1, 0)];
    if (notificationFields(source).length === 0) return [];
    const type = hasKind(source, 1) ? 1 : hasKind(source, 0) ? 2 : 3;
    return [Uint8Array.of(0x0a, 1, type)];
  });
}

/** acknowledgment-mode is manual where the receipt does not say. */
function acknowledgmentMode(source: EntrySource): readonly Uint8Array[] {
  const found = kindField(1, 1, TAG.enumerated)(source);
  if (found.length > 0 || !hasKind(source, 1)) return found;
  return [Uint8Array.of(0x0a, 1, 0)];
}

const summary = (n: number, name: string, ...rest: Row) => attribute(`2.6.1.6.${n}`, name, ...rest);
const heading = (n: number, name: string, ...rest: Row) => attribute(`2.6.1.7.${n}`, name, ...rest);
const body = (n: number, name: string, ...rest: Row) => attribute(`2.6.1.8.${n}`, name, ...rest);
const notification = (n: number, name: string, ...rest: Row) =>
  attribute(`2.6.1.9.${n}`, name, ...rest);
type Row = [AttributeDefinition['matching'], string, AttributeDefinition['values']];

const { set, sequence, enumerated, boolean } = TAG;

export const IPM_ATTRIBUTES: readonly AttributeDefinition[] = [
  summary(0, 'ipm-entry-type', 'integer', 'LZ', entryType),
  heading(0, 'heading', null, 'L', wholeOf('heading')),
  heading(1, 'this-ipm', 'octets', 'L', headingField(IPM_IDENTIFIER, whole)),
  heading(2, 'originator', null, 'L', headingField(context(0), as(set))),
  heading(3, 'replied-to-IPM', 'octets', 'L', headingField(context(5), as(IPM_IDENTIFIER))),
  heading(4, 'subject', 'ms-string', 'L', headingField(context(8), inner)),
  heading(5, 'expiry-time', 'utc-time', 'OL', headingField(context(9), as(TAG.utcTime))),
  heading(6, 'reply-time', 'utc-time', 'OL', headingField(context(10), as(TAG.utcTime))),
  heading(
    7,
    'importance',
    'integer',
    'LZ',
    orDefault(headingField(context(12), as(enumerated)), Uint8Array.of(0x0a, 1, 1)),
  ),
  heading(8, 'sensitivity', 'integer', 'LZ', headingField(context(13), as(enumerated))),
  heading(
    9,
    'auto-forwarded',
    'boolean',
    'LZ',
    orDefault(headingField(context(14), as(boolean)), Uint8Array.of(1, 1, 0)),
  ),
  heading(10, 'authorizing-users', null, 'ML', headingField(context(1), eachOf)),
  heading(11, 'primary-recipients', null, 'ML', headingField(context(2), eachOf)),
  heading(12, 'copy-recipients', null, 'ML', headingField(context(3), eachOf)),
  heading(13, 'blind-copy-recipients', null, 'ML', headingField(context(4), eachOf)),
  heading(14, 'obsoleted-IPMs', 'octets', 'ML', headingField(context(6), eachOf)),
  heading(15, 'related-IPMs', 'octets', 'ML', headingField(context(7), eachOf)),
  heading(16, 'reply-recipients', null, 'ML', headingField(context(11), eachOf)),
  heading(17, 'incomplete-copy', null, 'L', headingExtension('2.6.1.5.0', false)),
  heading(18, 'languages', 'ms-string', 'MLZ', headingExtension('2.6.1.5.1', true)),
  heading(19, 'rn-requestors', null, 'ML', requestors(0)),
  heading(20, 'nrn-requestors', null, 'ML', requestors(1)),
  heading(21, 'reply-requestors', null, 'ML', replyRequestors),
  heading(22, 'auto-submitted', 'integer', 'LZ', headingExtension('2.6.1.5.2', false)),
  body(0, 'body', null, '', wholeOf('body')),
  body(1, 'ia5-text-body-parts', null, 'M', parts(0, sequence)),
  body(3, 'g3-facsimile-body-parts', null, 'M', parts(3, sequence)),
  body(4, 'g4-class1-body-parts', null, 'M', parts(4, sequence)),
  body(5, 'teletex-body-parts', null, 'M', parts(5, sequence)),
  body(6, 'videotex-body-parts', null, 'M', parts(6, sequence)),
  body(7, 'encrypted-body-parts', null, 'M', parts(8, sequence)),
  body(9, 'mixed-mode-body-parts', null, 'M', parts(11, sequence)),
  body(10, 'bilaterally-defined-body-parts', null, 'M', parts(14, TAG.octetString)),
  body(12, 'extended-body-part-types', 'oid', 'MLZ', extendedTypes),
  body(13, 'ia5-text-parameters', null, 'ML', half(0, 0)),
  body(15, 'g3-facsimile-parameters', null, 'ML', half(3, 0)),
  body(16, 'teletex-parameters', null, 'ML', half(5, 0)),
  body(17, 'videotex-parameters', null, 'ML', half(6, 0)),
  body(18, 'encrypted-parameters', null, 'ML', half(8, 0)),
  body(19, 'message-parameters', null, 'ML', half(9, 0)),
  body(20, 'ia5-text-data', null, 'M', half(0, 1)),
  body(22, 'g3-facsimile-data', null, 'M', half(3, 1)),
  body(23, 'teletex-data', null, 'M', half(5, 1)),
  body(24, 'videotex-data', null, 'M', half(6, 1)),
  body(25, 'encrypted-data', null, 'M', half(8, 1)),
  body(26, 'message-data', null, 'M', half(9, 1)),
  notification(0, 'subject-ipm', 'octets', 'L', notificationField(IPM_IDENTIFIER, whole)),
  notification(1, 'ipn-originator', null, 'L', notificationField(context(1), as(set))),
  notification(2, 'ipm-intended-recipient', null, 'L', notificationField(context(2), as(set))),
  notification(
    3,
    'conversion-eits',
    'oid',
    'ML',
    notificationField(application(5), (eits) =>
      eitOids(EncodedInformationTypes.decode(eits)).map((oid) => encode(objectIdentifier, oid)),
    ),
  ),
  notification(4, 'non-receipt-reason', 'integer', 'LZ', kindField(0, 0, enumerated)),
  notification(5, 'discard-reason', 'integer', 'LZ', kindField(0, 1, enumerated)),
  notification(6, 'auto-forward-comment', 'ms-string', 'L', kindField(0, 2, TAG.printableString)),
  notification(7, 'returned-ipm', null, '', kindField(0, 3, sequence)),
  notification(8, 'receipt-time', 'utc-time', 'OL', kindField(1, 0, TAG.utcTime)),
  notification(9, 'acknowledgment-mode', 'integer', 'LZ', acknowledgmentMode),
  notification(10, 'suppl-receipt-info', 'ms-string', 'L', kindField(1, 2, TAG.printableString)),
];
