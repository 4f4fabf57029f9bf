/**
 * EXTERNAL: a value with what tells its type, an object identifier or a presentation context. User
 * information of ACSE travels in it, what RTSE transfers, and extended body parts.
 *
 * Source: X.690 (2002) 8.18; X.208 34.
 */
import { any } from './any.js';
import { bitString } from './bit-string.js';
import { choice } from './choice.js';
import { optional, required } from './component.js';
import { integer, objectIdentifier, octetString } from './primitive.js';
import { sequence } from './sequence.js';
import { TAG } from './tag.js';
import { explicit, implicit } from './tagged.js';
import type { Asn1Type, TypeOf } from './type.js';

const associatedSequence = sequence('EXTERNAL', {
  directReference: optional(objectIdentifier),
  indirectReference: optional(integer()),
  encoding: required(
    choice('EXTERNAL.encoding', {
      singleAsn1Type: explicit(0, any),
      octetAligned: implicit(1, octetString()),
      arbitrary: implicit(2, bitString),
    }),
  ),
});
export type External = TypeOf<typeof associatedSequence>;

/** Universal 8 in place of the SEQUENCE's tag. */
export const External: Asn1Type<External> = {
  ...associatedSequence,
  tags: [TAG.external],
  encode: (writer, value, tag = TAG.external) => associatedSequence.encode(writer, value, tag),
};

/** The one element in an EXTERNAL; null where it holds bits. */
export function externalValue({ encoding }: External): Uint8Array | null {
  return encoding.kind === 'arbitrary' ? null : encoding.value;
}
