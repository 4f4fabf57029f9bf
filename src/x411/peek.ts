/**
 * Routing: the recipient of a delivery, found without decoding the rest of it. The front end asks
 * this for every message before it knows whose it is.
 *
 * Source: X.411 (1999), module MTSAbstractService, MessageDelivery.
 */
import { readElement } from '../asn1/reader.js';
import { context, TAG } from '../asn1/tag.js';
import { ViolationError } from '../base/errors.js';
import { type OrName, OrNameKept } from './or-name.js';

/** this-recipient-name of a MessageDeliveryArgument; null where the octets are no such thing. */
export function recipientOfDelivery(argument: Uint8Array): OrName | null {
  try {
    return findRecipient(argument);
  } catch (error) {
    if (error instanceof ViolationError) return null;
    throw error;
  }
}

function findRecipient(argument: Uint8Array): OrName | null {
  const whole = readElement(argument);
  if (whole.tag !== TAG.sequence) return null;
  const fields = whole.children();
  for (let field = fields.next(); field !== null; field = fields.next()) {
    if (field.tag !== TAG.set) continue;
    const members = field.children();
    for (let member = members.next(); member !== null; member = members.next()) {
      if (member.tag === context(4)) return OrNameKept.decode(member).value;
    }
    return null;
  }
  return null;
}

/** A report names no recipient of its own: whose it is follows from its subject and the peer. */
export function recipientsOfReport(_argument: Uint8Array): null {
  return null;
}
