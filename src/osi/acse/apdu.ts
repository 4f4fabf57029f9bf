/**
 * ACSE APDUs.
 *
 * Source: X.227 9 (module ACSE-1).
 */
import { bitString } from '../../asn1/bit-string.js';
import { choice } from '../../asn1/choice.js';
import { optional, required } from '../../asn1/component.js';
import { External, externalValue } from '../../asn1/external.js';
import { sequenceOf } from '../../asn1/list.js';
import { integer, objectIdentifier } from '../../asn1/primitive.js';
import { sequence } from '../../asn1/sequence.js';
import { application, explicit, implicit } from '../../asn1/tagged.js';

const UserInformation = implicit(30, sequenceOf(External));

/** A value on a presentation context, as user information of an APDU. */
export interface UserValue {
  readonly contextId: number;
  readonly value: Uint8Array;
}

export const Aarq = application(
  0,
  sequence('AARQ', {
    protocolVersion: optional(implicit(0, bitString)),
    applicationContextName: required(explicit(1, objectIdentifier)),
    userInformation: optional(UserInformation),
  }),
);

const Diagnostic = choice('Associate-source-diagnostic', {
  user: explicit(1, integer()),
  provider: explicit(2, integer()),
});

export const Aare = application(
  1,
  sequence('AARE', {
    protocolVersion: optional(implicit(0, bitString)),
    applicationContextName: required(explicit(1, objectIdentifier)),
    result: required(explicit(2, integer())),
    diagnostic: required(explicit(3, Diagnostic)),
    userInformation: optional(UserInformation),
  }),
);

export const Rlrq = application(2, sequence('RLRQ', { reason: optional(implicit(0, integer())) }));
export const Rlre = application(3, sequence('RLRE', { reason: optional(implicit(0, integer())) }));
export const Abrt = application(
  4,
  sequence('ABRT', {
    source: required(implicit(0, integer())),
    userInformation: optional(UserInformation),
  }),
);

export const AARE_RESULT = { accepted: 0, rejectedPermanent: 1, rejectedTransient: 2 } as const;
export const ABORT_SOURCE = { user: 0, provider: 1 } as const;
export const NO_COMMON_VERSION = 2;

/** User information of one value. */
export function userInformation({ contextId, value }: UserValue): readonly External[] {
  return [{ indirectReference: contextId, encoding: { kind: 'singleAsn1Type', value } }];
}

/** The one value that a bind brings; null for none, several, bits, or a value of no context. */
export function userValueOf(information: readonly External[] | undefined): UserValue | null {
  const [only, ...more] = information ?? [];
  if (only?.indirectReference === undefined || more.length > 0) return null;
  const value = externalValue(only);
  return value && { contextId: only.indirectReference, value };
}
