/**
 * Register-MS.
 *
 * Source: X.413 (1999) 8.2.5, module MSAbstractService.
 */
import { any } from '../asn1/any.js';
import { optional, required, withDefault } from '../asn1/component.js';
import { sequenceOf, setOf } from '../asn1/list.js';
import { integer, nullType, objectIdentifier } from '../asn1/primitive.js';
import { sequence } from '../asn1/sequence.js';
import { set } from '../asn1/set.js';
import { tolerantExplicit } from '../asn1/tagged.js';
import type { TypeOf } from '../asn1/type.js';
import { Credentials } from '../x411/credentials.js';
import { SecurityLabel } from '../x411/security-label.js';
import { MsExtensions } from './common.js';

const RegistrationIdentifier = integer('registration-identifier', 1);

export const AutoActionRegistration = sequence('AutoActionRegistration', {
  autoActionType: required(objectIdentifier),
  registrationIdentifier: withDefault(tolerantExplicit(0, RegistrationIdentifier), 1),
  /** A whole element of the type that belongs to the auto-action. */
  registrationParameter: optional(tolerantExplicit(1, any)),
});
export type AutoActionRegistration = TypeOf<typeof AutoActionRegistration>;

export const AutoActionDeregistration = sequence('AutoActionDeregistration', {
  autoActionType: required(objectIdentifier),
  registrationIdentifier: withDefault(tolerantExplicit(0, RegistrationIdentifier), 1),
});

export const ChangeCredentials = sequence('ChangeCredentials', {
  oldCredentials: required(tolerantExplicit(0, Credentials)),
  newCredentials: required(tolerantExplicit(1, Credentials)),
});

export const RegisterMsArgument = set('RegisterMSArgument', {
  autoActionRegistrations: optional(tolerantExplicit(0, setOf(AutoActionRegistration))),
  autoActionDeregistrations: optional(tolerantExplicit(1, setOf(AutoActionDeregistration))),
  listAttributeDefaults: optional(tolerantExplicit(2, setOf(objectIdentifier))),
  fetchAttributeDefaults: optional(tolerantExplicit(3, setOf(objectIdentifier))),
  changeCredentials: optional(tolerantExplicit(4, ChangeCredentials)),
  userSecurityLabels: optional(tolerantExplicit(5, setOf(SecurityLabel))),
  /** From here on 1994, kept whole: an association of 1988 refuses them. */
  uaRegistrations: optional(tolerantExplicit(6, setOf(any))),
  submissionDefaults: optional(tolerantExplicit(7, any)),
  messageGroupRegistrations: optional(tolerantExplicit(8, sequenceOf(any))),
  registrationStatusRequest: optional(tolerantExplicit(9, any)),
  extensions: optional(tolerantExplicit(10, MsExtensions)),
});
export type RegisterMsArgument = TypeOf<typeof RegisterMsArgument>;

/** The result of 1988, and of 1994 where no status was asked for. */
export const RegisterMsResult = nullType;
