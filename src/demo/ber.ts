/**
 * BER by hand, for contents that nothing else here composes.
 *
 * Source: X.690 (2002) 8; the form is ours.
 */
import { objectIdentifier } from '../asn1/primitive.js';
import { context, TAG, type Tag } from '../asn1/tag.js';
import { encode } from '../asn1/type.js';
import { BerWriter } from '../asn1/writer.js';
import { octetsOfLatin1 } from '../base/octets.js';

/** A constructed element around whole elements. */
export function constructed(tag: Tag, ...elements: readonly Uint8Array[]): Uint8Array {
  const writer = new BerWriter();
  const mark = writer.mark();
  // The writer puts each in front of the last.
  for (const element of elements.toReversed()) writer.octets(element);
  writer.header(tag, true, mark);
  return writer.finish();
}

export function primitive(tag: Tag, content: Uint8Array): Uint8Array {
  const writer = new BerWriter(content.length + 16);
  writer.primitive(tag, content);
  return writer.finish();
}

/** Characters below 256, one octet each. */
export const text = (tag: Tag, value: string) => primitive(tag, octetsOfLatin1(value));
/** 0..127, for the small numbers of these contents. */
export const number = (tag: Tag, value: number) => primitive(tag, Uint8Array.of(value));
export const oid = (value: string) => encode(objectIdentifier, value);
export const tagged = (number: number, ...elements: readonly Uint8Array[]) =>
  constructed(context(number), ...elements);
export const sequenceOfElements = (...elements: readonly Uint8Array[]) =>
  constructed(TAG.sequence, ...elements);
export const setOfElements = (...elements: readonly Uint8Array[]) =>
  constructed(TAG.set, ...elements);
