/**
 * Credentials of a bind. Simple ones are one password space in two string types.
 *
 * Source: X.411 (1999), module MTSAbstractService, Credentials; X.509 for what they refer to.
 */
import { any } from '../asn1/any.js';
import { bitString } from '../asn1/bit-string.js';
import { choice } from '../asn1/choice.js';
import { optional, required } from '../asn1/component.js';
import { objectIdentifier, octetString } from '../asn1/primitive.js';
import { sequence } from '../asn1/sequence.js';
import { set } from '../asn1/set.js';
import { ia5String, utcTime } from '../asn1/string.js';
import { explicit, implicit } from '../asn1/tagged.js';
import type { TypeOf } from '../asn1/type.js';
import { octetsOfLatin1 } from '../base/octets.js';
import { CertificateAssertion, Certificates, Signature } from './opaque.js';

export const Token = sequence('Token', {
  tokenType: required(implicit(0, objectIdentifier)),
  value: required(explicit(1, any)),
});
export type Token = TypeOf<typeof Token>;

export const StrongCredentials = set('StrongCredentials', {
  bindToken: optional(implicit(0, Token)),
  certificate: optional(implicit(1, Certificates)),
  certificateSelector: optional(implicit(2, CertificateAssertion)),
});

export const ProtectedPassword = set('ProtectedPassword', {
  signature: required(Signature),
  time1: optional(implicit(0, utcTime)),
  time2: optional(implicit(1, utcTime)),
  random1: optional(implicit(2, bitString)),
  random2: optional(implicit(3, bitString)),
});

export const Credentials = choice('Credentials', {
  simpleIa5: ia5String(),
  simpleOctets: octetString(),
  strong: implicit(0, StrongCredentials),
  protected: implicit(1, ProtectedPassword),
});
export type Credentials = TypeOf<typeof Credentials>;

/**
 * A password as simple credentials. One that IA5 cannot write goes as the octets of its UTF-8: they
 * are what the other side has hashed.
 */
export function passwordCredentials(password: string): Credentials {
  const octets = Buffer.from(password, 'utf8');
  return octets.every((octet) => octet < 0x80)
    ? { kind: 'simpleIa5', value: password }
    : { kind: 'simpleOctets', value: octets };
}

/** The octets of a simple password, whichever string it came in; null for the other credentials. */
export function passwordOctets(credentials: Credentials): Uint8Array | null {
  if (credentials.kind === 'simpleIa5') return octetsOfLatin1(credentials.value);
  return credentials.kind === 'simpleOctets' ? credentials.value : null;
}
