/**
 * The attributes of EDI messages and notifications. Which are listable and summarizable is ours:
 * the standard's table could not be read.
 *
 * Source: X.435 (1999) 18, modules EDIMSMessageStoreAttributes, EDIMSInformationObjects.
 */
import { orNull, retag } from '../asn1/elements.js';
import { integer, objectIdentifier, octetString } from '../asn1/primitive.js';
import type { Element } from '../asn1/reader.js';
import { context, TAG, type Tag } from '../asn1/tag.js';
import { encode } from '../asn1/type.js';
import { OR_NAME_TAG } from '../x411/or-name.js';
import { type AttributeDefinition, attribute, type Values } from './attribute.js';
import {
  type BodyPartSynopsis,
  factsOfExtended,
  isProcessed,
  Synopsis,
  synopsisOfPart,
} from './body-part-synopsis.js';
import { childrenByPart, extendedIn } from './body-part-view.js';
import { fieldsOf } from './content-view.js';
import { ediView } from './edi-view.js';
import type { EntrySource } from './entry.js';
import { as, each, type ReadField, readField } from './field-readers.js';
import type { MatchingName } from './matching.js';

type Fields = ReadonlyMap<Tag, Element>;

const FALSE = Uint8Array.of(1, 1, 0);
const NO_BITS = Uint8Array.of(3, 1, 0);
/** Defaults of edi-bodypart-type and action-request. */
const EDIFACT_ISO646 = '2.6.7.11.0';
const FOR_ACTION = encode(objectIdentifier, '2.6.7.13.0');

/** One of a set of fields, and what it is where it was not sent: null, no value. */
const fieldOf =
  (fields: (source: EntrySource) => Fields | undefined) =>
  (number: number, read: ReadField, byDefault: Uint8Array | null = null): Values =>
  (source) => {
    const holder = fields(source);
    if (holder === undefined || holder.size === 0) return [];
    const field = holder.get(context(number));
    if (field !== undefined) return read(field);
    return byDefault === null ? [] : [byDefault];
  };

const heading = fieldOf((source) => ediView(source).message?.headingFields);
const recipient = fieldOf((source) => ediView(source).message?.recipientFields);
const common = fieldOf((source) => ediView(source).notification?.commonFields);
/** Fields of a notification, where it is of the kind. */
function kindFields(source: EntrySource, kind: number): Fields | undefined {
  const { notification } = ediView(source);
  return notification?.kind === kind ? notification.fields : undefined;
}
const ofKind = (kind: number) => fieldOf((source) => kindFields(source, kind));
const [positive, negative, forwarded] = [ofKind(0), ofKind(1), ofKind(2)];

/** A member of a field that is a SEQUENCE. */
const member =
  (number: number, read: ReadField): ReadField =>
  (field) =>
    readField(fieldsOf(field).get(context(number)), read);
/** The same, of a BIT STRING with DEFAULT {}. */
const bitsMember =
  (number: number): ReadField =>
  (field) => {
    const found = member(number, as(TAG.bitString))(field);
    return found.length > 0 ? found : [NO_BITS];
  };

const { boolean, bitString, sequence, set, teletexString, utcTime, enumerated } = TAG;
const orName = as(OR_NAME_TAG);
const text = as(teletexString);

/** EDIMSEntryType: edim 0, pn 1, nn 2, fn 3. */
const entryType: Values = (source) => {
  const { message, notification } = ediView(source);
  if (message !== null) return [Uint8Array.of(0x0a, 1, 0)];
  return notification === null ? [] : [Uint8Array.of(0x0a, 1, notification.kind + 1)];
};

/** The primary body part, where it is an interchange and not a forwarded message. */
function interchangeOf(source: EntrySource): Element | null {
  const part = ediView(source).message?.primaryBodyPart;
  return part?.tag === context(0) ? part : null;
}

const ediBodyPart: Values = (source) => {
  const part = interchangeOf(source);
  return part === null ? [] : [retag(part, TAG.octetString)];
};
const interchangeLength: Values = (source) => {
  const part = interchangeOf(source);
  return part === null ? [] : [encode(integer(), octetString().decode(part).length)];
};

/** Parameters [0] or data [1] of a forwarded message. */
const forwardedHalf =
  (number: number, tag: Tag): Values =>
  (source) => {
    const part = ediView(source).message?.primaryBodyPart;
    return part?.tag === context(1) ? member(number, as(tag))(part) : [];
  };

/** The child-entry that was made of a forwarded message. */
const childOf = (source: EntrySource) => childrenByPart(source).get(1) ?? null;
const forwardedEntry: Values = (source) => {
  const child = childOf(source);
  return ediView(source).message === null || child === null ? [] : [encode(integer(), child)];
};

/** The primary body part: a message by its entry, an interchange by its type and octets. */
function primarySynopsis(source: EntrySource): BodyPartSynopsis {
  const number = childOf(source);
  const child = number === null ? null : source.related(number);
  if (number !== null && child !== null) {
    return { kind: 'message', value: { number, synopsis: synopsisOf(child) } };
  }
  const typeField = ediView(source).message?.headingFields.get(context(6));
  const type = typeField === undefined ? EDIFACT_ISO646 : objectIdentifier.decode(typeField);
  const interchange = interchangeOf(source);
  const size = interchange === null ? 0 : octetString().decode(interchange).length;
  const facts = { type, parametersType: null, parameters: null, size };
  return synopsisOfPart(facts, isProcessed(source.entry, 1));
}

function synopsisOf(source: EntrySource): BodyPartSynopsis[] {
  const others = (ediView(source).message?.otherBodyParts ?? []).flatMap((part, index) => {
    const extended = fieldsOf(part).get(context(1));
    const found = extended === undefined ? null : orNull(() => extendedIn(extended));
    if (found === null) return [];
    return [synopsisOfPart(factsOfExtended(found), isProcessed(source.entry, index + 2))];
  });
  return [primarySynopsis(source), ...others];
}

/** EDIMSynopsis. */
const synopsis: Values = (source) =>
  ediView(source).message === null ? [] : [encode(Synopsis, synopsisOf(source))];

const forwardedData = forwardedHalf(1, TAG.sequence);

/** The data type of each body part behind the primary one, each once. */
const extendedTypes: Values = (source) => {
  const parts = ediView(source).message?.otherBodyParts ?? [];
  const types = parts.flatMap((part) => {
    const extended = fieldsOf(part).get(context(1));
    const data = extended === undefined ? undefined : fieldsOf(extended).get(TAG.external);
    const type = data === undefined ? undefined : fieldsOf(data).get(TAG.objectIdentifier);
    return type === undefined ? [] : [objectIdentifier.decode(type)];
  });
  return [...new Set(types)].map((type) => encode(objectIdentifier, type));
};

const wholeOf =
  (half: 'heading' | 'body'): Values =>
  (source) => {
    const { message } = ediView(source);
    return message === null ? [] : [message[half].whole];
  };

/** The primary body part is the first, and such a value is it. */
const primaryPart = (derive: Values) => (source: EntrySource) => derive(source).map(() => 1);

type Row = [
  name: string,
  matching: MatchingName,
  flags: string,
  derive: Values,
  bodyPartNumbers?: AttributeDefinition['bodyPartNumbers'],
];
const rows =
  (arc: string) =>
  (number: number, ...[name, matching, flags, derive, bodyPartNumbers]: Row) =>
    attribute(
      `2.6.7.${arc}.${number}`,
      name,
      matching,
      `${flags} dcsf`,
      derive,
      bodyPartNumbers ?? null,
    );
const summary = rows('5');
const inHeading = rows('6');
const inBody = rows('8');
const inNotification = rows('9');
const ofRecipient = (number: number, ...[name, matching, flags, derive]: Row) =>
  attribute(`2.6.7.7.${number}`, `${name}-for-this-recipient`, matching, `${flags} dcsf`, derive);

export const EDI_ATTRIBUTES: readonly AttributeDefinition[] = [
  summary(0, 'edims-entry-type', 'integer', 'LZ', entryType),
  summary(1, 'edim-synopsis', 'none', 'L', synopsis),
  inHeading(0, 'heading', 'none', 'L', wholeOf('heading')),
  inHeading(1, 'this-edim', 'ipmIdentifier', 'L', heading(1, as(set))),
  inHeading(2, 'originator', 'orNameOnly', 'L', heading(2, orName)),
  inHeading(4, 'edin-receiver', 'none', 'L', heading(4, as(sequence))),
  inHeading(5, 'responsibility-forwarded', 'boolean', 'LZ', heading(5, as(boolean), FALSE)),
  inHeading(
    6,
    'edi-bodypart-type',
    'oid',
    'LZ',
    heading(6, as(TAG.objectIdentifier), encode(objectIdentifier, EDIFACT_ISO646)),
  ),
  inHeading(7, 'incomplete-copy', 'boolean', 'LZ', heading(7, as(boolean), FALSE)),
  inHeading(8, 'expiry-time', 'utcTime', 'L', heading(8, as(utcTime))),
  inHeading(9, 'related-messages', 'none', 'ML', heading(9, each)),
  inHeading(10, 'obsoleted-edims', 'ipmIdentifier', 'ML', heading(10, each)),
  inHeading(
    11,
    'edi-application-security-element',
    'bits',
    'L',
    heading(11, member(0, as(bitString))),
  ),
  inHeading(12, 'edi-application-security-extensions', 'bits', 'ML', heading(11, member(2, each))),
  inHeading(13, 'cross-referencing-information', 'bits', 'ML', heading(12, each)),
  inHeading(14, 'edi-message-type', 'string', 'MLZ', heading(13, each)),
  inHeading(15, 'service-string-advice', 'none', 'L', heading(14, as(sequence))),
  inHeading(16, 'syntax-identifier', 'none', 'L', heading(15, as(sequence))),
  inHeading(17, 'interchange-sender', 'none', 'L', heading(16, as(sequence))),
  inHeading(18, 'date-and-time-of-preparation', 'utcTime', 'L', heading(17, as(utcTime))),
  inHeading(19, 'application-reference', 'text', 'L', heading(18, text)),
  inHeading(20, 'heading-extensions', 'none', 'ML', heading(19, each)),
  attribute('2.6.7.7.0', 'this-recipient', 'orNameOnly', 'L dcsf', recipient(1, orName)),
  ofRecipient(1, 'action-request', 'oid', 'LZ', recipient(2, as(TAG.objectIdentifier), FOR_ACTION)),
  ofRecipient(2, 'edi-notification-requests', 'bits', 'L', recipient(3, bitsMember(0))),
  ofRecipient(
    3,
    'responsibility-passing-allowed',
    'boolean',
    'LZ',
    recipient(4, as(boolean), FALSE),
  ),
  ofRecipient(4, 'interchange-recipient', 'none', 'L', recipient(5, as(sequence))),
  ofRecipient(5, 'recipient-reference', 'none', 'L', recipient(6, as(sequence))),
  ofRecipient(6, 'interchange-control-reference', 'text', 'L', recipient(7, text)),
  ofRecipient(7, 'processing-priority-code', 'string', 'L', recipient(8, text)),
  ofRecipient(8, 'acknowledgement-request', 'boolean', 'LZ', recipient(9, as(boolean), FALSE)),
  ofRecipient(9, 'communications-agreement-id', 'text', 'L', recipient(10, text)),
  ofRecipient(10, 'test-indicator', 'boolean', 'LZ', recipient(11, as(boolean), FALSE)),
  ofRecipient(11, 'edi-notification-security', 'bits', 'L', recipient(3, bitsMember(1))),
  ofRecipient(12, 'edi-reception-security', 'bits', 'L', recipient(3, bitsMember(2))),
  ofRecipient(13, 'recipient-extensions', 'none', 'ML', recipient(13, each)),
  ofRecipient(14, 'authorization-information', 'none', 'L', recipient(12, as(sequence))),
  inBody(0, 'body', 'none', '', wholeOf('body')),
  inBody(1, 'interchange-length', 'length', 'L', interchangeLength),
  inBody(2, 'edi-body-part', 'none', '', ediBodyPart, primaryPart(ediBodyPart)),
  inBody(3, 'edim-body-part', 'none', 'L', forwardedEntry),
  inBody(4, 'message-parameters', 'none', 'L', forwardedHalf(0, set)),
  inBody(5, 'message-data', 'none', '', forwardedData, primaryPart(forwardedData)),
  inBody(6, 'extended-body-part-types', 'oid', 'MLZ', extendedTypes),
  inNotification(0, 'subject-edim', 'ipmIdentifier', 'L', common(1, as(set))),
  inNotification(1, 'edin-originator', 'orNameOnly', 'L', common(2, orName)),
  inNotification(2, 'first-recipient', 'orNameOnly', 'L', common(3, orName)),
  inNotification(3, 'notification-time', 'utcTime', 'L', common(4, as(utcTime))),
  inNotification(4, 'notification-security-elements', 'none', '', common(5, as(sequence))),
  inNotification(5, 'notification-extensions', 'none', 'ML', common(7, each)),
  inNotification(6, 'edin-initiator', 'integer', 'LZ', common(6, as(enumerated))),
  inNotification(7, 'pn-supplementary-information', 'text', 'L', positive(1, text)),
  inNotification(8, 'pn-extensions', 'none', 'ML', positive(2, each)),
  inNotification(9, 'nn-reason-code', 'none', 'L', negative(1, each)),
  inNotification(10, 'nn-supplementary-information', 'text', 'L', negative(2, text)),
  inNotification(11, 'nn-extensions', 'none', 'ML', negative(3, each)),
  inNotification(12, 'forwarded-to', 'orNameOnly', 'L', forwarded(1, orName)),
  inNotification(13, 'fn-reason-code', 'none', 'L', forwarded(2, each)),
  inNotification(14, 'fn-supplementary-information', 'text', 'L', forwarded(3, text)),
  inNotification(15, 'fn-extensions', 'none', 'ML', forwarded(4, each)),
];
