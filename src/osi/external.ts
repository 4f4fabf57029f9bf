/**
 * EXTERNAL: a value with the presentation context that it belongs to. User information of ACSE
 * travels in it, and so does what RTSE transfers.
 *
 * Source: X.690 (2002) 8.18; X.208 34.
 */
import { any } from '../asn1/any.js';
import { choice } from '../asn1/choice.js';
import { optional, required } from '../asn1/component.js';
import { integer, objectIdentifier, octetString } from '../asn1/primitive.js';
import { sequence } from '../asn1/sequence.js';
import { TAG } from '../asn1/tag.js';
import { explicit, implicit } from '../asn1/tagged.js';
import type { Asn1Type, TypeOf } from '../asn1/type.js';

const externalBody = sequence('EXTERNAL', {
  directReference: optional(objectIdentifier),
  indirectReference: optional(integer()),
  encoding: required(
    choice('EXTERNAL.encoding', {
      singleAsn1Type: explicit(0, any),
      octetAligned: implicit(1, octetString()),
    }),
  ),
});
export type ExternalValue = TypeOf<typeof externalBody>;

/** EXTERNAL: universal 8 in place of the SEQUENCE's tag. */
export const External: Asn1Type<ExternalValue> = {
  name: 'EXTERNAL',
  tags: [TAG.external],
  decode: (element) => externalBody.decode(element),
  encode: (writer, value, tag = TAG.external) => externalBody.encode(writer, value, tag),
};
