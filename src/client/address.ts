/**
 * Addresses as a caller writes them: text to an O/R name, or a plain error.
 *
 * Source: ours.
 */
import { parseOrAddress } from '../x411/or-address-text.js';
import { keepOrName, type OrName, type OrNameKept } from '../x411/or-name.js';

/** The caller has written an address that is none. */
export class AddressError extends Error {
  override readonly name = 'AddressError';
}

/** Throws AddressError. */
export function orNameOf(address: string): OrName {
  const parsed = parseOrAddress(address);
  if (parsed.kind === 'problem') throw new AddressError(`${address}: ${parsed.problem}`);
  return parsed.name;
}

/** The form that envelopes and binds carry. Throws AddressError. */
export function keptOrNameOf(address: string): OrNameKept {
  return keepOrName(orNameOf(address));
}
