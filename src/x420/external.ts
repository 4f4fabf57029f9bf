/**
 * EXTERNAL, as extended body parts and file transfer use it: an OID and a value.
 *
 * Source: X.690 (2002) 8.18.
 */
import { any } from '../asn1/any.js';
import { bitString } from '../asn1/bit-string.js';
import { choice } from '../asn1/choice.js';
import { optional, required } from '../asn1/component.js';
import { childrenOf } from '../asn1/elements.js';
import { integer, type Oid, objectIdentifier, octetString } from '../asn1/primitive.js';
import type { Element } from '../asn1/reader.js';
import { sequence } from '../asn1/sequence.js';
import { TAG } from '../asn1/tag.js';
import { explicit, implicit } from '../asn1/tagged.js';
import type { Asn1Type, TypeOf } from '../asn1/type.js';

const associatedSequence = sequence('EXTERNAL', {
  directReference: optional(objectIdentifier),
  indirectReference: optional(integer()),
  encoding: required(
    choice('ExternalEncoding', {
      singleType: explicit(0, any),
      octetAligned: implicit(1, octetString()),
      arbitrary: implicit(2, bitString),
    }),
  ),
});
export type External = TypeOf<typeof associatedSequence>;

export const External: Asn1Type<External> = {
  ...associatedSequence,
  tags: [TAG.external],
  encode: (writer, value, tag = TAG.external) => associatedSequence.encode(writer, value, tag),
};

/** An INSTANCE OF, taken apart without decoding it. */
export interface Instance {
  readonly type: Oid;
  /** The EXTERNAL, under whatever tag. */
  readonly element: Element;
  /** Tag [0], and in it the value; [1] where it was sent octet-aligned. */
  readonly encoding: Element;
}

/** Null for an EXTERNAL that does not name its type. Throws a violation for broken octets. */
export function instanceIn(external: Element): Instance | null {
  const members = childrenOf(external);
  const reference = members.find(({ tag }) => tag === TAG.objectIdentifier);
  const encoding = members.at(-1);
  if (reference === undefined || encoding === undefined || encoding === reference) return null;
  return { type: objectIdentifier.decode(reference), element: external, encoding };
}

/** The one element in an EXTERNAL; null where it holds bits. */
export function externalValue({ encoding }: External): Uint8Array | null {
  return encoding.kind === 'arbitrary' ? null : encoding.value;
}
