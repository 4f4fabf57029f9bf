/**
 * Routing: the recipient of a delivery and the originator of a submission, found without decoding
 * the rest of it. The front end asks this for every message before it hands it on.
 *
 * Source: X.411 (1999), module MTSAbstractService, MessageDelivery,
 * MessageSubmission, ProbeSubmission.
 */
import { childrenOf, orNull } from '../asn1/elements.js';
import { type Element, readElement } from '../asn1/reader.js';
import { context, TAG, type Tag } from '../asn1/tag.js';
import { decodeElement } from '../asn1/type.js';
import { ViolationError } from '../base/errors.js';
import { type ContentType, DeliveredContentType } from './envelope-parts.js';
import { OR_NAME_TAG } from './or-name.js';

/**
 * originator-name of a message or probe that is submitted: contents octets of an ORName, not looked
 * into. Null where the octets are no such thing.
 */
export function originatorOfSubmission(argument: Uint8Array): Uint8Array | null {
  return orNull(() => {
    const whole = readElement(argument);
    const envelope = whole.tag === TAG.sequence ? whole.children().next() : whole;
    if (envelope?.tag !== TAG.set) return null;
    const originator = childrenOf(envelope).find(({ tag }) => tag === OR_NAME_TAG);
    return originator?.content ?? null;
  });
}

/** What the front end must know of a delivery. */
export interface DeliveryFacts {
  /** this-recipient-name: contents octets of an ORName, not looked into. */
  readonly recipient: Uint8Array;
  readonly contentType: ContentType;
  /** Octets of the encoded content: one in segments counts with their headers. */
  readonly contentBytes: number;
}

/** Of a MessageDeliveryArgument; null where the octets are no such thing. */
export function factsOfDelivery(argument: Uint8Array): DeliveryFacts | null {
  try {
    return findFacts(argument);
  } catch (error) {
    if (error instanceof ViolationError) return null;
    throw error;
  }
}

function findFacts(argument: Uint8Array): DeliveryFacts | null {
  const whole = readElement(argument);
  if (whole.tag !== TAG.sequence) return null;
  let envelope: Omit<DeliveryFacts, 'contentBytes'> | null = null;
  const fields = whole.children();
  for (let field = fields.next(); field !== null; field = fields.next()) {
    if (field.tag === TAG.set) envelope = findEnvelopeFacts(field);
    if (field.tag !== TAG.octetString || envelope === null) continue;
    return { ...envelope, contentBytes: field.contentEnd - field.contentStart };
  }
  return null;
}

const { tags: CONTENT_TYPE_TAGS } = DeliveredContentType;
const isDeliveredContentType = (tag: Tag) =>
  CONTENT_TYPE_TAGS !== 'any' && CONTENT_TYPE_TAGS.includes(tag);

function findEnvelopeFacts(fields: Element): Omit<DeliveryFacts, 'contentBytes'> | null {
  let recipient: Uint8Array | null = null;
  let contentType: ContentType | null = null;
  const members = fields.children();
  for (let member = members.next(); member !== null; member = members.next()) {
    if (member.tag === context(4) && member.isConstructed) recipient = member.content;
    else if (isDeliveredContentType(member.tag)) {
      contentType = decodeElement(DeliveredContentType, member);
    }
  }
  return recipient === null || contentType === null ? null : { recipient, contentType };
}
