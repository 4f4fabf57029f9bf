/**
 * The attributes of an interpersonal message that come from its heading: the whole of it, one for
 * each field, and one for each standard extension.
 *
 * Source: X.420 (1999) 19.6.2, modules IPMSMessageStoreAttributes, IPMSHeadingExtensions; 7.2 for
 * the heading.
 */
import { bitString, hasBit } from '../asn1/bit-string.js';
import { childrenOf, retag } from '../asn1/elements.js';
import { boolean, type Oid } from '../asn1/primitive.js';
import type { Element } from '../asn1/reader.js';
import { application, context, TAG, type Tag } from '../asn1/tag.js';
import { HEADING_EXTENSION, NOTIFICATION_REQUEST, RECIPIENT_EXTENSION } from '../x420/heading.js';
import { type AttributeDefinition, attribute, type Values } from './attribute.js';
import { contentView, extensionsOf, fieldsOf } from './content-view.js';
import { CACHED_ATTRIBUTE, type EntrySource } from './entry.js';
import { envelopeView } from './envelope-view.js';
import { as, each, type ReadField, readField, whole } from './field-readers.js';
import type { MatchingName } from './matching.js';
import { recipientRolesOf } from './recipient-role.js';

const IPM_IDENTIFIER = application(11);
/** When the user himself means to reply. */
export const REVISED_REPLY_TIME = '2.6.1.13.13';
const NULL_VALUE = Uint8Array.of(5, 0);
/** Numbers of the envelope's extensions that belong to interpersonal messages. */
const ENVELOPE_EXTENSION = {
  blindCopyRecipients: 41,
  bodyPartEncryptionToken: 43,
  forwardedContentToken: 44,
} as const;

const headingField =
  (tag: Tag, read: ReadField): Values =>
  (source) =>
    readField(contentView(source).headingFields.get(tag), read);

/** A defaulted field is present also where it was not sent. */
const orDefault =
  (values: Values, value: Uint8Array): Values =>
  (source) => {
    const found = values(source);
    if (found.length > 0) return found;
    return contentView(source).message === null ? [] : [value];
  };

/** The values of every heading extension of the type, as `read` gives them. */
export const headingExtension =
  (type: Oid, read: ReadField): Values =>
  (source) =>
    contentView(source)
      .headingExtensions.filter((extension) => extension.type === type)
      .flatMap(({ value }) => (value === null ? [NULL_VALUE] : read(value)));
const wholeExtension = (type: Oid) => headingExtension(type, whole);
const splitExtension = (type: Oid) => headingExtension(type, each);

/** Recipient specifiers of the three lists, in the order of the heading. */
function recipientsOf(source: EntrySource): Element[] {
  const { headingFields } = contentView(source);
  return [2, 3, 4].flatMap((number) => {
    const list = headingFields.get(context(number));
    return list === undefined ? [] : childrenOf(list);
  });
}

/** O/R descriptors of the recipients whose specifier satisfies the test. */
const requestors =
  (isAsked: (fields: ReadonlyMap<Tag, Element>) => boolean): Values =>
  (source) =>
    recipientsOf(source).flatMap((specifier) => {
      const fields = fieldsOf(specifier);
      const descriptor = fields.get(context(0));
      return descriptor !== undefined && isAsked(fields) ? [retag(descriptor, TAG.set)] : [];
    });

const notificationRequestors = (bit: number) =>
  requestors((fields) => {
    const requests = fields.get(context(1));
    return requests !== undefined && hasBit(bitString.decode(requests), bit);
  });
const replyRequestors = requestors((fields) => {
  const requested = fields.get(context(2));
  return requested !== undefined && boolean.decode(requested);
});

/** An extension of the specifier that names this recipient. */
export const recipientExtension =
  (type: Oid): Values =>
  (source) =>
    recipientRolesOf(source)
      .slice(0, 1)
      .flatMap(({ specifier }) => extensionsOf(fieldsOf(specifier).get(context(3))))
      .filter((extension) => extension.type === type)
      .flatMap(({ value }) => (value === null ? [] : [value.whole]));

const envelopeExtension =
  (number: number, read: ReadField): Values =>
  (source) => {
    const value = envelopeView(source).extensions.get(number);
    return value === undefined || contentView(source).message === null ? [] : read(value);
  };

/** Those of the heading; where it has none, those that the envelope told this recipient alone. */
const blindCopyRecipients: Values = (source) => {
  const found = headingField(context(4), each)(source);
  if (found.length > 0) return found;
  return envelopeExtension(ENVELOPE_EXTENSION.blindCopyRecipients, each)(source);
};

/** body-part-security-labels [2] of ipm-security-label. */
const bodyPartSecurityLabels = headingExtension(HEADING_EXTENSION.ipmSecurityLabel, (label) => {
  return readField(fieldsOf(label).get(context(2)), each);
});

/** RecipientCategory: primary 0, copy 1, blind-copy 2, category-unknown 3, circulation-list 4. */
const recipientCategory: Values = (source) => {
  if (contentView(source).message === null) return [];
  const [role] = recipientRolesOf(source);
  return [Uint8Array.of(0x02, 1, role?.category ?? 3)];
};

/** From the index, where it is; one that is too long for it is marked there by no octets. */
const subject: Values = (source) => {
  const value = source.entry.cached.get(CACHED_ATTRIBUTE.subject);
  if (value === undefined) return [];
  return value.length > 0 ? [value] : headingField(context(8), each)(source);
};
const wholeHeading: Values = (source) => {
  const { message } = contentView(source);
  return message === null ? [] : [message.heading.whole];
};

const H = HEADING_EXTENSION;
const { set, utcTime, enumerated } = TAG;
const row = (number: number, name: string, matching: MatchingName, flags: string, derive: Values) =>
  attribute(`2.6.1.7.${number}`, name, matching, `${flags} dcsf`, derive);

export const HEADING_ATTRIBUTES: readonly AttributeDefinition[] = [
  row(0, 'heading', 'none', 'L', wholeHeading),
  row(1, 'this-ipm', 'ipmIdentifier', 'L', headingField(IPM_IDENTIFIER, whole)),
  row(2, 'originator', 'orDescriptor', 'L', headingField(context(0), as(set))),
  row(3, 'replied-to-IPM', 'ipmIdentifier', 'L', headingField(context(5), as(IPM_IDENTIFIER))),
  row(4, 'subject', 'text', 'LX', subject),
  row(5, 'expiry-time', 'utcTime', 'L', headingField(context(9), as(utcTime))),
  row(6, 'reply-time', 'utcTime', 'L', headingField(context(10), as(utcTime))),
  row(
    7,
    'importance',
    'orderedInteger94',
    'LZ',
    orDefault(headingField(context(12), as(enumerated)), Uint8Array.of(0x0a, 1, 1)),
  ),
  row(8, 'sensitivity', 'orderedInteger94', 'LZ', headingField(context(13), as(enumerated))),
  row(
    9,
    'auto-forwarded',
    'boolean',
    'LZ',
    orDefault(headingField(context(14), as(TAG.boolean)), Uint8Array.of(1, 1, 0)),
  ),
  row(10, 'authorizing-users', 'orDescriptor', 'ML', headingField(context(1), each)),
  row(11, 'primary-recipients', 'recipientSpecifier', 'ML', headingField(context(2), each)),
  row(12, 'copy-recipients', 'recipientSpecifier', 'ML', headingField(context(3), each)),
  row(13, 'blind-copy-recipients', 'recipientSpecifier', 'ML', blindCopyRecipients),
  row(14, 'obsoleted-IPMs', 'ipmIdentifier', 'ML', headingField(context(6), each)),
  row(15, 'related-IPMs', 'ipmIdentifier', 'ML', headingField(context(7), each)),
  row(16, 'reply-recipients', 'orDescriptor', 'ML', headingField(context(11), each)),
  row(17, 'incomplete-copy', 'none', 'L', wholeExtension(H.incompleteCopy)),
  row(18, 'languages', 'textSubstrings94', 'MLZ', splitExtension(H.languages)),
  row(
    19,
    'rn-requestors',
    'orDescriptorOnly',
    'ML',
    notificationRequestors(NOTIFICATION_REQUEST.rn),
  ),
  row(
    20,
    'nrn-requestors',
    'orDescriptorOnly',
    'ML',
    notificationRequestors(NOTIFICATION_REQUEST.nrn),
  ),
  row(21, 'reply-requestors', 'orDescriptorOnly', 'ML', replyRequestors),
  row(22, 'auto-submitted', 'integer', 'LZ', wholeExtension(H.autoSubmitted)),
  row(23, 'body-part-signatures', 'none', '4', wholeExtension(H.bodyPartSignatures)),
  row(24, 'ipm-security-label', 'none', '4L', wholeExtension(H.ipmSecurityLabel)),
  row(25, 'body-part-security-label', 'none', '4ML', bodyPartSecurityLabels),
  row(
    26,
    'body-part-encryption-token',
    'none',
    '4',
    envelopeExtension(ENVELOPE_EXTENSION.bodyPartEncryptionToken, whole),
  ),
  row(27, 'authorization-time', 'generalizedTime', '4L', wholeExtension(H.authorizationTime)),
  row(
    28,
    'circulation-list-recipients',
    'circulationMember',
    '4ML',
    splitExtension(H.circulationListRecipients),
  ),
  row(29, 'distribution-codes', 'distributionCode', '4MLZ', splitExtension(H.distributionCodes)),
  row(30, 'extended-subject', 'text', '4L', wholeExtension(H.extendedSubject)),
  row(
    31,
    'information-category',
    'informationCategory',
    '4MLZ',
    splitExtension(H.informationCategory),
  ),
  row(
    32,
    'manual-handling-instructions',
    'string',
    '4ML',
    splitExtension(H.manualHandlingInstructions),
  ),
  row(33, 'originators-reference', 'string', '4L', wholeExtension(H.originatorsReference)),
  row(
    34,
    'precedence-policy-identifier',
    'oid',
    '4LZ',
    wholeExtension(H.precedencePolicyIdentifier),
  ),
  row(
    35,
    'forwarded-content-token',
    'none',
    '4',
    envelopeExtension(ENVELOPE_EXTENSION.forwardedContentToken, whole),
  ),
  row(37, 'precedence', 'integer', '4LZ', recipientExtension(RECIPIENT_EXTENSION.precedence)),
  attribute(REVISED_REPLY_TIME, 'revised-reply-time', 'utcTime', '4LX dcsf', (source) =>
    source.marks(REVISED_REPLY_TIME),
  ),
  attribute('2.6.1.13.18', 'recipient-category', 'orderedInteger', '4LZ d', recipientCategory),
];
