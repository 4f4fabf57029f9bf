/**
 * Under which invoke id the peer has part of an invocation already, whose transfer a lost
 * association has interrupted: whoever resumes it must give it the same.
 *
 * Source: ours; X.228 7.7 for what is resumed, X.880 for the invocation within.
 */
import { ViolationError } from '../base/errors.js';
import { equalOctets, joinOctets, type Pieces, sizeOf } from '../base/octets.js';
import { decodeApdu } from './rose/apdu.js';
import { decodeTransfer } from './rtse/apdu.js';

/** All headers of RTSE and ROSE around an argument, with their longest lengths. */
const HEADERS_BYTES_MAX = 64;

/** Null: these octets carry another invocation, or none. */
export function invokeIdOf(transfer: Pieces, operation: number, argument: Pieces): number | null {
  const more = sizeOf(transfer) - sizeOf(argument);
  if (more < 0 || more > HEADERS_BYTES_MAX) return null;
  try {
    const octets = joinOctets(transfer);
    const apdu = decodeApdu(decodeTransfer(octets)?.data ?? octets);
    if (apdu.type !== 'invoke' || apdu.operation !== operation || apdu.argument === null) {
      return null;
    }
    return equalOctets(apdu.argument, joinOctets(argument)) ? apdu.invokeId : null;
  } catch (error) {
    if (error instanceof ViolationError) return null;
    throw error;
  }
}
