/**
 * Constructed values that we hold but do not look into: certificates, signatures, algorithm
 * identifiers, presentation addresses. Their contents octets go out as they came, under whatever
 * tag stands for their own.
 *
 * Source: ours.
 */
import { TAG, type Tag } from '../asn1/tag.js';
import { type Asn1Type, mistyped } from '../asn1/type.js';

/** A constructed type as its contents octets. */
function opaque(name: string, universalTag: Tag): Asn1Type<Uint8Array> {
  return {
    name,
    tags: [universalTag],
    decode: (element) => {
      if (!element.isConstructed) throw mistyped(name, 'primitive-where-constructed');
      return element.content;
    },
    encode: (writer, value, tag = universalTag) => {
      const mark = writer.mark();
      writer.octets(value);
      writer.header(tag, true, mark);
    },
  };
}

export const opaqueSequence = (name: string): Asn1Type<Uint8Array> => opaque(name, TAG.sequence);
export const opaqueSet = (name: string): Asn1Type<Uint8Array> => opaque(name, TAG.set);

export const Certificates = opaqueSequence('Certificates');
export const Signature = opaqueSequence('Signature');
export const AlgorithmIdentifier = opaqueSequence('AlgorithmIdentifier');
export const CertificateAssertion = opaqueSequence('CertificateAssertion');
