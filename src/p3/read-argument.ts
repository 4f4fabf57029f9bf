/**
 * Arguments as peers send them: read, or told apart from what is none.
 *
 * Source: ours.
 */
import { type Asn1Type, decode } from '../asn1/type.js';
import { ViolationError } from '../base/errors.js';

/** Null where the octets are not of the type. */
export function readArgument<T>(type: Asn1Type<T>, octets: Uint8Array): T | null {
  try {
    return decode(type, octets);
  } catch (error) {
    if (error instanceof ViolationError) return null;
    throw error;
  }
}
