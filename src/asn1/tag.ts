/**
 * Tags: class and number in one integer, so that they compare with `===` and key a Map.
 *
 * Source: X.690 (2002) 8.1.2.
 */
import type { Brand } from '../base/brand.js';

/**
 * A tag: `class * 2^24 + number`, class 0..3. Whether the encoding is constructed is no part of it.
 */
export type Tag = Brand<number, 'Tag'>;

const CLASS = 0x100_0000;

/** The greatest tag number that we read. Nothing in X.400 is above 40. */
export const TAG_NUMBER_MAX = 0xff_ffff;

export const universal = (number: number): Tag => number as Tag;
export const application = (number: number): Tag => (CLASS + number) as Tag;
export const context = (number: number): Tag => (2 * CLASS + number) as Tag;

export const tagOf = (tagClass: number, number: number): Tag => (tagClass * CLASS + number) as Tag;
export const classOf = (tag: Tag): number => Math.floor(tag / CLASS);
export const numberOf = (tag: Tag): number => tag % CLASS;

const CLASS_NAMES = ['UNIVERSAL ', 'APPLICATION ', '', 'PRIVATE '];

/** As in ASN.1: `[APPLICATION 11]`, `[3]`. */
export function formatTag(tag: Tag): string {
  return `[${CLASS_NAMES[classOf(tag)]}${numberOf(tag)}]`;
}

/** Universal tags by the names of their types. X.680 8.4. */
export const TAG = {
  boolean: universal(1),
  integer: universal(2),
  bitString: universal(3),
  octetString: universal(4),
  null: universal(5),
  objectIdentifier: universal(6),
  external: universal(8),
  enumerated: universal(10),
  utf8String: universal(12),
  relativeOid: universal(13),
  sequence: universal(16),
  set: universal(17),
  numericString: universal(18),
  printableString: universal(19),
  teletexString: universal(20),
  videotexString: universal(21),
  ia5String: universal(22),
  utcTime: universal(23),
  generalizedTime: universal(24),
  graphicString: universal(25),
  visibleString: universal(26),
  generalString: universal(27),
  universalString: universal(28),
  bmpString: universal(30),
} as const;
