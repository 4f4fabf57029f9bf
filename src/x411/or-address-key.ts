/**
 * The key under which two ways of writing one O/R address are the same: for mailboxes and their
 * look-up. It is made from an address and never turned back into one.
 *
 * Source: X.402 (1999) 18.4 for what does not count: case, outer and repeated spaces, the string
 * type, the order of sets; an administration domain of one space is an absent one.
 */
import { formatHex } from '../base/octets.js';
import { foldText } from '../base/text.js';
import { addressAttributes } from './or-address-attributes.js';
import type { OrName } from './or-name.js';

/** Equal exactly for names that mean the same address, or, without one, the same directory name. */
export function orAddressKey(name: OrName): string {
  const parts: string[] = [];
  for (const { label, type, value } of addressAttributes(name)) {
    const text = foldText(value);
    if (label === 'A' && text === '') continue;
    const dda = type === undefined ? '' : `.${escaped(foldText(type))}`;
    parts.push(`${label.toLowerCase()}${dda}=${escaped(text)}`);
  }
  if (parts.length > 0) return parts.join('/');
  return name.directoryName === undefined ? '' : `dn=${formatHex(name.directoryName)}`;
}

function escaped(text: string): string {
  return text.replaceAll(/[%/=]/g, (character) => encodeURIComponent(character));
}
