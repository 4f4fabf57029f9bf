/**
 * What a store wants to know of a content without decoding it: where heading and body are, the
 * subject, and the messages within the message. All results are windows on the content. Whatever
 * cannot be read is described as null, for a content is stored whatever it holds.
 *
 * Source: X.420 (1999) 7, 7.4.7, 7.4.17; X.413 (1999) 6.3.3 for child-entries; STANAG 4406 Annex A.
 */
import { childrenOf, orNull } from '../asn1/elements.js';
import { enumerated, objectIdentifier } from '../asn1/primitive.js';
import { BerReader, type Element, readElement } from '../asn1/reader.js';
import { context, TAG } from '../asn1/tag.js';
import { encode, type TypeOf } from '../asn1/type.js';
import { CHILD_DEPTH_MAX, CHILD_ENTRIES_MAX } from '../limits.js';
import { BODY_PART_TYPE, FORWARDED_CONTENT_ARC } from './body-part.js';
import {
  EDI_CONTENT_TYPE,
  type EdimParts,
  edimIn,
  type ForwardedEdim,
  forwardedEdimIn,
} from './edi.js';
import { instanceIn } from './external.js';
import { isIpmContentType } from './ipm.js';
import { MILITARY_EXTENSION, MMHS_PRECEDENCE_MAX } from './military.js';

/** Contents octets of the identifier, which is what an extension's type is compared with. */
const PRECEDENCE_TYPE = Buffer.from(
  encode(objectIdentifier, MILITARY_EXTENSION.primaryPrecedence).subarray(2),
);

/** A message, or a notification of receipt, of non-receipt, or another. X.420 19.6.1. */
export const IpmEntryType = enumerated('IPMEntryType', { ipm: 0, rn: 1, nrn: 2, on: 3 });

export interface ContentDescription {
  /** Null: a notification whose kind cannot be read, and what is no interpersonal object. */
  readonly kind: TypeOf<typeof IpmEntryType> | null;
  /** The subject's own element, within its tag [8]. */
  readonly subject: Uint8Array | null;
  /** The heading, a whole SET or SEQUENCE; of a notification, the whole of it. */
  readonly heading: Uint8Array;
  /** The body, a whole SEQUENCE; null in a notification. */
  readonly body: Uint8Array | null;
  readonly partCount: number;
  /** Primary precedence of a military message, 0 to 31; -1 where it has none. */
  readonly precedence: number;
  readonly children: readonly ForwardedMessage[];
}

export interface ForwardedMessage {
  /** Counting from 1. */
  readonly bodyPartNumber: number;
  /**
   * Offset and length of the forwarded IPM in the content: a SEQUENCE, or, in forwarded content,
   * the information object with its tag [0]; of a forwarded EDI message, of its data [1].
   */
  readonly ipmRange: readonly [number, number];
  /** The whole element, under its tag [0]. */
  readonly deliveryTime?: Uint8Array;
  /** The contents of the SET of delivery fields. */
  readonly deliveryEnvelope?: Uint8Array;
  /** Of forwarded content: the contents of the MTSIdentifier. */
  readonly mtsIdentifier?: Uint8Array;
  readonly description: ContentDescription;
}

/** Describes a content of a type that we know; null for others and for what cannot be read. */
export function describeContent(
  contentTypeOid: string,
  content: Uint8Array,
): ContentDescription | null {
  const start = { depth: 0, childCount: 0 };
  if (contentTypeOid === EDI_CONTENT_TYPE) {
    const message = orNull(() => edimIn(content));
    return message === null ? null : describeEdi(message, start);
  }
  if (!isIpmContentType(contentTypeOid)) return null;
  return orNull(() => {
    const object = readElement(content);
    if (object.tag === context(1)) return describeNotification(object);
    return object.tag === context(0) ? describeMessage(object, start) : null;
  });
}

/** How far the walk has gone. */
interface Progress {
  readonly depth: number;
  childCount: number;
}

/** An EDI notification is not described: it is got as a whole or not at all. */
function describeEdi(message: EdimParts, progress: Progress): ContentDescription {
  const { heading, body, primaryBodyPart, otherBodyParts } = message;
  const isFollowed = progress.depth < CHILD_DEPTH_MAX;
  const forwarded = isFollowed ? orNull(() => forwardedEdimIn(primaryBodyPart)) : null;
  return {
    kind: null,
    subject: null,
    heading: heading.whole,
    body: body.whole,
    partCount: 1 + otherBodyParts.length,
    precedence: -1,
    children: forwarded === null ? [] : [describeForwardedEdim(forwarded, progress)],
  };
}

function describeForwardedEdim(
  { parameters, data, parts }: ForwardedEdim,
  { depth, childCount }: Progress,
): ForwardedMessage {
  const passedOn = orNull(() => (parameters === null ? [] : childrenOf(parameters))) ?? [];
  const deliveryTime = passedOn.find(({ tag }) => tag === context(0));
  const deliveryEnvelope = passedOn.find(({ tag }) => tag === context(1));
  return {
    bodyPartNumber: 1,
    ipmRange: [data.start, data.end - data.start],
    ...(deliveryTime === undefined ? {} : { deliveryTime: deliveryTime.whole }),
    ...(deliveryEnvelope === undefined ? {} : { deliveryEnvelope: deliveryEnvelope.content }),
    description: describeEdi(parts, { depth: depth + 1, childCount: childCount + 1 }),
  };
}

function describeNotification(object: Element): ContentDescription {
  // Its members must at least be walkable, or it is none.
  const members = childrenOf(object);
  const empty = { subject: null, body: null, partCount: 0, precedence: -1, children: [] };
  const kind = orNull(() => notificationKind(members.find(({ tag }) => tag === context(0))));
  return { kind, heading: object.whole, ...empty };
}

/** Of the choice in an EXPLICIT [0]: non-receipt [0], receipt [1], other [2]. */
function notificationKind(choice: Element | undefined) {
  const [fields] = choice === undefined ? [] : childrenOf(choice);
  switch (fields?.tag) {
    case context(0):
      return 'nrn';
    case context(1):
      return 'rn';
    case context(2):
      return 'on';
    default:
      return null;
  }
}

/** `ipm` is the SEQUENCE of heading and body under whatever tag. */
function describeMessage(ipm: Element, progress: Progress): ContentDescription | null {
  const [heading, body] = childrenOf(ipm);
  if (heading?.tag !== TAG.set || body?.tag !== TAG.sequence) return null;
  const subject = childrenOf(heading).find(({ tag }) => tag === context(8));
  const parts = childrenOf(body);
  const children: ForwardedMessage[] = [];
  for (const [index, part] of parts.entries()) {
    if (progress.depth >= CHILD_DEPTH_MAX || progress.childCount >= CHILD_ENTRIES_MAX) break;
    const child = orNull(() => describeChild(part, index + 1, progress));
    if (child !== null) children.push(child);
  }
  return {
    kind: 'ipm',
    subject: orNull(() => subject && childrenOf(subject)[0]?.whole) ?? null,
    heading: heading.whole,
    body: body.whole,
    partCount: parts.length,
    precedence: orNull(() => primaryPrecedenceOf(heading)) ?? -1,
    children,
  };
}

/** Of the heading's extensions [15]. A value that is no precedence counts as none. */
function primaryPrecedenceOf(heading: Element): number {
  const extensions = childrenOf(heading).find(({ tag }) => tag === context(15));
  if (extensions === undefined) return -1;
  const found = childrenOf(extensions).find((extension) => {
    const [type] = childrenOf(extension);
    return type?.tag === TAG.objectIdentifier && PRECEDENCE_TYPE.equals(type.content);
  });
  const value = found === undefined ? undefined : childrenOf(found)[1];
  if (value?.tag !== TAG.integer || value.content.length !== 1) return -1;
  const [precedence = -1] = value.content;
  return precedence <= MMHS_PRECEDENCE_MAX ? precedence : -1;
}

function describeChild(
  part: Element,
  bodyPartNumber: number,
  progress: Progress,
): ForwardedMessage | null {
  const found = forwardedMessage(part);
  if (found === null) return null;
  progress.childCount += 1;
  const inner: Progress = { depth: progress.depth + 1, childCount: progress.childCount };
  const description = describeMessage(found.ipm, inner);
  progress.childCount = inner.childCount;
  if (description === null) return null;
  const parameters = found.parameters === null ? [] : childrenOf(found.parameters);
  const deliveryTime = parameters.find(({ tag }) => tag === context(0));
  const deliveryEnvelope = parameters.find(({ tag }) => tag === context(1));
  const mtsIdentifier = parameters.find(({ tag }) => tag === context(2));
  return {
    bodyPartNumber,
    ipmRange: [found.ipm.start, found.ipm.end - found.ipm.start],
    ...(deliveryTime === undefined ? {} : { deliveryTime: deliveryTime.whole }),
    ...(deliveryEnvelope === undefined ? {} : { deliveryEnvelope: deliveryEnvelope.content }),
    ...(mtsIdentifier === undefined ? {} : { mtsIdentifier: mtsIdentifier.content }),
    description,
  };
}

interface Forwarded {
  readonly ipm: Element;
  readonly parameters: Element | null;
}

/**
 * The message in a body part, in any of the forms in which one stands there; null in all others.
 */
function forwardedMessage(part: Element): Forwarded | null {
  if (part.tag === context(9)) {
    const [parameters, ipm] = childrenOf(part);
    if (parameters?.tag !== TAG.set || ipm?.tag !== TAG.sequence) return null;
    return { ipm, parameters };
  }
  if (part.tag !== context(15)) return null;
  const members = childrenOf(part);
  const data = members.find(({ tag }) => tag === TAG.external);
  const external = data === undefined ? null : readExternal(data);
  if (external === null) return null;
  const parameters = members.find(({ tag }) => tag === context(0));
  const known = parameters === undefined ? null : orNull(() => readExternal(parameters));
  const ipm = messageOf(external.type, external.value);
  return ipm === null ? null : { ipm, parameters: known?.value ?? null };
}

function messageOf(type: string, value: Element): Element | null {
  if (type === BODY_PART_TYPE.message || type === BODY_PART_TYPE.mmMessage) {
    return value.tag === TAG.sequence ? value : null;
  }
  if (!type.startsWith(FORWARDED_CONTENT_ARC)) return null;
  if (!isIpmContentType(type.slice(FORWARDED_CONTENT_ARC.length))) return null;
  // The content is an octet string; some send the information object itself.
  const isString = value.tag === TAG.octetString && !value.isConstructed;
  const object = isString ? onlyElementIn(value) : value;
  return object?.tag === context(0) ? object : null;
}

/** Type and value of an EXTERNAL, under whatever tag; null where it holds no single element. */
function readExternal(external: Element): { type: string; value: Element } | null {
  const instance = instanceIn(external);
  if (instance === null) return null;
  const { type, encoding } = instance;
  if (encoding.tag === context(0)) {
    const value = childrenOf(encoding)[0];
    return value === undefined ? null : { type, value };
  }
  if (encoding.tag !== context(1) || encoding.isConstructed) return null;
  const value = onlyElementIn(encoding);
  return value === null ? null : { type, value };
}

/** The element that fills the contents of a primitive one, its offsets still those of the whole. */
function onlyElementIn({ octets, contentStart, contentEnd, depth }: Element): Element | null {
  const reader = new BerReader(octets, contentStart, contentEnd, depth + 1);
  const element = reader.next();
  return reader.isAtEnd ? element : null;
}
