/**
 * A type that refers to one declared further down: for recursive types such as Filter.
 *
 * Source: ours.
 */
import type { Tag } from './tag.js';
import type { Asn1Type } from './type.js';

/** `tags` must be given here, for they are asked for before the type exists. */
export function lazy<T>(name: string, tags: readonly Tag[], type: () => Asn1Type<T>): Asn1Type<T> {
  return {
    name,
    tags,
    decode: (element) => type().decode(element),
    encode: (writer, value, tag) => type().encode(writer, value, tag),
  };
}
