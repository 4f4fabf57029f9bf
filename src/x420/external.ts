/**
 * EXTERNAL, as extended body parts and file transfer use it: an OID and a value.
 *
 * Source: X.690 (2002) 8.18.
 */
import { any } from '../asn1/any.js';
import { bitString } from '../asn1/bit-string.js';
import { choice } from '../asn1/choice.js';
import { optional, required } from '../asn1/component.js';
import { integer, objectIdentifier, octetString } from '../asn1/primitive.js';
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

/** The one element in an EXTERNAL; null where it holds bits. */
export function externalValue({ encoding }: External): Uint8Array | null {
  return encoding.kind === 'arbitrary' ? null : encoding.value;
}
