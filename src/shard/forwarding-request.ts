/**
 * forwarding-request: the user wants a message of his mailbox to go out within the one that he
 * submits. It becomes the last body part, with what the MTS said of its delivery; the extension is
 * for the store alone and is taken out. Where the user says which encoded information types are in
 * what he submits, those of the message come to them. What else he submits goes out as it came.
 *
 * Source: X.413 (1999) 8.3.1, forwarding-request; X.411 (1999) 8.2.1.1.1.36; X.420 (1999) 7.4.7.
 */
import { bitsOf, hasBit } from '../asn1/bit-string.js';
import { childrenOf, decodeOrNull } from '../asn1/elements.js';
import { wrap } from '../asn1/header.js';
import { integer, octetString } from '../asn1/primitive.js';
import { type Element, readElement } from '../asn1/reader.js';
import { application, context, TAG } from '../asn1/tag.js';
import { decodeElement, encode } from '../asn1/type.js';
import { joinOctets, type Pieces } from '../base/octets.js';
import { BUILT_IN_ENCODED_INFORMATION_TYPES_MAX } from '../limits/upper-bounds.js';
import type { Mailbox } from '../store/contract.js';
import { MTS_ERROR } from '../x411/application-contexts.js';
import { EncodedInformationTypes } from '../x411/envelope-parts.js';
import { EXTENSION, ExtensionField } from '../x411/extension.js';
import { MsRefusal } from '../x413/errors.js';
import { extendedMessagePart, type MessageParameters, messagePart } from '../x420/body-part.js';
import { ipmOfContent } from '../x420/compose.js';
import { IPM_CONTENT_TYPE, isIpmContentType } from '../x420/ipm.js';
import type { Submission } from './new-submission.js';
import { StoredSource } from './stored-source.js';

/** Of the envelope; and an IPM among the information objects. */
const EXTENSIONS = context(2);
const TYPES = application(5);

const UNKNOWN: EncodedInformationTypes = { builtIn: bitsOf([0]) };
const IPM = context(0);

export function asksForForwarding({ fields: { extensions } }: Submission): boolean {
  return extensions.some(isForwardingRequest);
}

const isForwardingRequest = ({ type }: ExtensionField) =>
  type.kind === 'standard' && type.value === EXTENSION.forwardingRequest.number;

/**
 * The argument of X.411 that goes out instead. Throws inconsistent-request where there is no such
 * message, or one of the two cannot hold the other.
 */
export function withForwarded(submission: Submission, contentType: string, mailbox: Mailbox) {
  const { envelope, content, fields } = submission;
  const request = fields.extensions.find(isForwardingRequest);
  const number = request?.value && decodeOrNull(integer(), request.value);
  const source = number == null ? null : sourceOf(mailbox, number);
  const part = source && partOf(source);
  const whole = part && content && isIpmContentType(contentType) && appended(content, part);
  if (!source || !whole) {
    const code = MTS_ERROR.inconsistentRequest;
    throw new MsRefusal('inconsistentRequest', { code, parameter: null });
  }
  const outer = changedEnvelope(readElement(envelope), typesOf(source.envelope()));
  return joinOctets(wrap(TAG.sequence, [...outer, encode(octetString('Content'), whole)]));
}

/** Null where there is no such entry, or none that may be forwarded. */
function sourceOf(mailbox: Mailbox, number: number): StoredSource | null {
  const entry = mailbox.entry(number);
  if (entry?.entryType !== 'delivered-message' || !isIpmContentType(entry.contentType)) return null;
  return new StoredSource(mailbox, entry);
}

/** The body part that holds the entry's message; null where it has none. */
function partOf(source: StoredSource): Uint8Array | null {
  const { entry } = source;
  const content = source.content();
  if (content === null || readElement(content).tag !== IPM) return null;
  const parameters = parametersOf(source.envelope());
  const ipm = ipmOfContent(content);
  return entry.contentType === IPM_CONTENT_TYPE.p772
    ? extendedMessagePart('mmMessage', ipm, parameters)
    : messagePart(ipm, parameters);
}

/** What the envelope of a delivery tells; of a message within a message as far as it was told. */
function parametersOf(envelope: Uint8Array): MessageParameters {
  const parts = envelope.length === 0 ? [] : childrenOf(readElement(envelope));
  const time = parts.find(({ tag }) => tag === TAG.utcTime);
  const other = parts.find(({ tag }) => tag === TAG.set);
  return {
    ...(time && { deliveryTime: Buffer.from(time.content).toString('latin1') }),
    ...(other && { deliveryEnvelope: other.content }),
  };
}

/** The content of an IPM with one more body part; null for another object. */
function appended(content: Uint8Array, part: Uint8Array): Uint8Array | null {
  const object = readElement(content);
  const [heading, body] = object.tag === IPM ? childrenOf(object) : [];
  if (heading === undefined || body?.tag !== TAG.sequence) return null;
  return joinOctets(wrap(IPM, [heading.whole, ...wrap(TAG.sequence, [body.content, part])]));
}

/** As it was delivered: after a conversion, those that it was converted to. Null: not told. */
function typesOf(envelope: Uint8Array): EncodedInformationTypes | null {
  const parts = envelope.length === 0 ? [] : childrenOf(readElement(envelope));
  const set = parts.find(({ tag }) => tag === TAG.set);
  const fields = set === undefined ? [] : childrenOf(set);
  const field = [context(6), context(1)].map((own) => fields.find(({ tag }) => tag === own));
  const told = field.find((each) => each !== undefined);
  return told === undefined ? null : EncodedInformationTypes.decode(told);
}

/** What is not told of the message is not known of the whole. */
function joined(
  own: EncodedInformationTypes,
  others: EncodedInformationTypes | null,
): EncodedInformationTypes {
  const all = [own, ...(others === null ? [UNKNOWN] : [others])];
  const isIn = (bit: number) => all.some(({ builtIn }) => hasBit(builtIn, bit));
  const bits = Array.from(
    { length: BUILT_IN_ENCODED_INFORMATION_TYPES_MAX },
    (_, bit) => bit,
  ).filter(isIn);
  const extended = [...new Set([...(own.extended ?? []), ...(others?.extended ?? [])])];
  return {
    ...others,
    ...own,
    builtIn: bitsOf(bits),
    ...(extended.length > 0 && { extended }),
  };
}

/**
 * The envelope without the extension; without the list of extensions, where no other is in it. The
 * types that it tells, with those of what is forwarded.
 */
function changedEnvelope(envelope: Element, types: EncodedInformationTypes | null): Pieces {
  const members = childrenOf(envelope).flatMap((member): Pieces => {
    if (member.tag === TYPES) {
      const own = EncodedInformationTypes.decode(member);
      return [encode(EncodedInformationTypes, joined(own, types))];
    }
    if (member.tag !== EXTENSIONS) return [member.whole];
    const kept = childrenOf(member).filter(
      (field) => !isForwardingRequest(decodeElement(ExtensionField, field)),
    );
    const octets = kept.map(({ whole }) => whole);
    return octets.length === 0 ? [] : wrap(EXTENSIONS, octets);
  });
  return wrap(TAG.set, members);
}
