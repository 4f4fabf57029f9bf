/**
 * BIT STRING, and the use that X.400 makes of it: sets of named bits.
 *
 * Source: X.690 (2002) 8.6.
 */
import { joinOctets } from '../base/octets.js';
import type { Element } from './reader.js';
import { TAG } from './tag.js';
import { type Asn1Type, mistyped } from './type.js';

export interface BitString {
  /** Bit 0 is the top bit of the first octet. */
  readonly octets: Uint8Array;
  /** Bits at the end of the last octet that do not count: 0..7. */
  readonly unusedBits: number;
}

function decodeBits(name: string, element: Element): BitString {
  if (!element.isConstructed) {
    const [unusedBits, ...rest] = [element.content[0], element.content.subarray(1)];
    const octets = rest[0] as Uint8Array;
    if (unusedBits === undefined || unusedBits > 7) throw mistyped(name, 'bad-unused-bits');
    if (octets.length === 0 && unusedBits > 0) throw mistyped(name, 'bad-unused-bits');
    return { octets, unusedBits };
  }
  const segments: BitString[] = [];
  const reader = element.children();
  for (let segment = reader.next(); segment !== null; segment = reader.next()) {
    if (segment.tag !== TAG.bitString) throw mistyped(name, 'bad-segment');
    if ((segments.at(-1)?.unusedBits ?? 0) > 0) throw mistyped(name, 'bad-unused-bits');
    segments.push(decodeBits(name, segment));
  }
  return {
    octets: joinOctets(segments.map((segment) => segment.octets)),
    unusedBits: segments.at(-1)?.unusedBits ?? 0,
  };
}

/** BIT STRING, bits as they come. */
export const bitString: Asn1Type<BitString> = {
  name: 'BIT STRING',
  tags: [TAG.bitString],
  decode: (element) => decodeBits('BIT STRING', element),
  encode: (writer, value, tag = TAG.bitString) => {
    const mark = writer.mark();
    writer.octets(value.octets);
    writer.octet(value.unusedBits);
    writer.header(tag, false, mark);
  },
};

/**
 * BIT STRING with named bits, as the set of the names whose bit is one. Bits without a name are
 * passed over on decoding; trailing zero bits carry nothing and are not sent (X.680 22.7).
 */
export function namedBits<const Names extends Record<string, number>>(
  name: string,
  names: Names,
): Asn1Type<ReadonlySet<keyof Names & string>> {
  const entries = Object.entries(names) as [keyof Names & string, number][];
  return {
    name,
    tags: [TAG.bitString],
    decode: (element) => {
      const bits = decodeBits(name, element);
      return new Set(entries.filter(([, bit]) => hasBit(bits, bit)).map(([key]) => key));
    },
    encode: (writer, value, tag) => {
      const bits = entries.filter(([key]) => value.has(key)).map(([, bit]) => bit);
      bitString.encode(writer, bitsOf(bits), tag);
    },
  };
}

/** Whether the bit is there and one. */
export function hasBit(bits: BitString, bit: number): boolean {
  if (bit >= 8 * bits.octets.length - bits.unusedBits) return false;
  return ((bits.octets[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0;
}

/** The shortest BIT STRING in which exactly these bits are one. */
export function bitsOf(bits: readonly number[]): BitString {
  if (bits.length === 0) return { octets: new Uint8Array(0), unusedBits: 0 };
  const last = Math.max(...bits);
  const octets = new Uint8Array((last >> 3) + 1);
  for (const bit of bits) octets[bit >> 3] = (octets[bit >> 3] ?? 0) | (0x80 >> (bit & 7));
  return { octets, unusedBits: 7 - (last & 7) };
}
