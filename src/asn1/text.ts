/**
 * The text of an element that is a character string of whatever type.
 *
 * Source: X.680 (2002) 37.
 */
import { stringContent } from './primitive.js';
import type { Element } from './reader.js';
import { bmpString, universalString, utf8String } from './string.js';
import { TAG, type Tag } from './tag.js';

const EIGHT_BIT: readonly Tag[] = [
  TAG.numericString,
  TAG.printableString,
  TAG.videotexString,
  TAG.ia5String,
  TAG.graphicString,
  TAG.visibleString,
  TAG.generalString,
];

/**
 * Null for an element of another type. What the octets of a TeletexString mean is told by
 * `teletex`. Throws a violation for a string that is broken.
 */
export function textOf(element: Element, teletex: (octets: string) => string): string | null {
  const { tag } = element;
  if (EIGHT_BIT.includes(tag)) return eightBit(element);
  switch (tag) {
    case TAG.teletexString:
      return teletex(eightBit(element));
    case TAG.utf8String:
      return utf8String.decode(element);
    case TAG.bmpString:
      return bmpString.decode(element);
    case TAG.universalString:
      return universalString.decode(element);
    default:
      return null;
  }
}

function eightBit(element: Element): string {
  return Buffer.from(stringContent(element, TAG.octetString, 'string')).toString('latin1');
}
