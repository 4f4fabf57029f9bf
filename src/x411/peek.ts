/**
 * Routing: the recipient of a delivery, found without decoding the rest of it. The front end asks
 * this for every message before it knows whose it is.
 *
 * Source: X.411 (1999), module MTSAbstractService, MessageDelivery.
 */
import { type Element, readElement } from '../asn1/reader.js';
import { context, TAG } from '../asn1/tag.js';
import { decodeElement } from '../asn1/type.js';
import { ViolationError } from '../base/errors.js';
import { type ContentType, DeliveredContentType } from './envelope-parts.js';

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

function findEnvelopeFacts(fields: Element): Omit<DeliveryFacts, 'contentBytes'> | null {
  let recipient: Uint8Array | null = null;
  let contentType: ContentType | null = null;
  const members = fields.children();
  for (let member = members.next(); member !== null; member = members.next()) {
    if (member.tag === context(4) && member.isConstructed) recipient = member.content;
    else if (member.tag === context(0) || member.tag === TAG.objectIdentifier) {
      contentType = decodeElement(DeliveredContentType, member);
    }
  }
  return recipient === null || contentType === null ? null : { recipient, contentType };
}
