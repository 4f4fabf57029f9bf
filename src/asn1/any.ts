/**
 * Open types, and values that keep their octets: what we store is what arrived, never our own
 * re-encoding of it.
 *
 * Source: X.680; the second half is ours.
 */
import { assert } from '../base/assert.js';
import { readElement } from './reader.js';
import type { Asn1Type } from './type.js';
import { decodeElement } from './type.js';

/** An open type: the whole element, as octets, a window on the input. */
export const any: Asn1Type<Uint8Array> = {
  name: 'ANY',
  tags: 'any',
  decode: (element) => element.whole,
  encode: (writer, value) => writer.octets(value),
};

/** A decoded value together with the contents octets it was decoded from. */
export interface Kept<T> {
  readonly value: T;
  /** Contents only: the tag may have been replaced on the way. */
  readonly content: Uint8Array;
}

/**
 * A constructed type of one tag, with its contents octets kept beside the value. Encoding writes
 * those octets back, so a name that is passed on is passed on as it came.
 */
export function kept<T>(type: Asn1Type<T>): Asn1Type<Kept<T>> {
  const [own] = type.tags;
  assert(typeof own === 'number' && type.tags.length === 1, `${type.name} has one tag`);
  return {
    name: type.name,
    tags: [own],
    decode: (element) => {
      element.children();
      return { value: type.decode(element), content: element.content };
    },
    encode: (writer, { content }, tag = own) => {
      const mark = writer.mark();
      writer.octets(content);
      writer.header(tag, true, mark);
    },
  };
}

/** Kept form of octets that hold one value of the type. */
export function keep<T>(type: Asn1Type<T>, octets: Uint8Array): Kept<T> {
  const element = readElement(octets);
  return { value: decodeElement(type, element), content: element.content };
}
