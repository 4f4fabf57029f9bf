/**
 * Register-MS.
 *
 * Source: X.413 (1999) 8.2.5, module MSAbstractService.
 */
import { any } from '../asn1/any.js';
import { namedBits } from '../asn1/bit-string.js';
import { choice } from '../asn1/choice.js';
import { optional, required, withDefault } from '../asn1/component.js';
import { sequenceOf, setOf } from '../asn1/list.js';
import { boolean, integer, nullType, objectIdentifier } from '../asn1/primitive.js';
import { sequence } from '../asn1/sequence.js';
import { set } from '../asn1/set.js';
import { generalString, printableString } from '../asn1/string.js';
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
export type ChangeCredentials = TypeOf<typeof ChangeCredentials>;

/** From the outermost part to the innermost. */
export const MessageGroupName = sequenceOf(generalString(), 1);
export type MessageGroupName = TypeOf<typeof MessageGroupName>;

export const MessageGroupNameAndDescriptor = set('MessageGroupNameAndDescriptor', {
  messageGroupName: required(tolerantExplicit(0, MessageGroupName)),
  messageGroupDescriptor: optional(tolerantExplicit(1, generalString())),
});
export type MessageGroupNameAndDescriptor = TypeOf<typeof MessageGroupNameAndDescriptor>;

export const MessageGroupRegistration = choice('MessageGroupRegistration', {
  registerGroup: tolerantExplicit(0, MessageGroupNameAndDescriptor),
  deregisterGroup: tolerantExplicit(1, MessageGroupName),
  changeDescriptors: tolerantExplicit(2, MessageGroupNameAndDescriptor),
});
export type MessageGroupRegistration = TypeOf<typeof MessageGroupRegistration>;

/** Defaults of one of the user's agents, which it chooses at bind. */
export const UaRegistration = set('UARegistration', {
  uaRegistrationIdentifier: required(tolerantExplicit(0, printableString())),
  listAttributeDefaults: optional(tolerantExplicit(1, setOf(objectIdentifier))),
  fetchAttributeDefaults: optional(tolerantExplicit(2, setOf(objectIdentifier))),
  submissionDefaults: optional(tolerantExplicit(3, any)),
  contentSpecificDefaults: optional(tolerantExplicit(4, any)),
});
export type UaRegistration = TypeOf<typeof UaRegistration>;

/** Bits of `registrations`. */
export const REGISTRATION_TYPE = {
  autoActionRegistrations: 0,
  listAttributeDefaults: 1,
  fetchAttributeDefaults: 2,
  uaRegistrations: 3,
  submissionDefaults: 4,
  messageGroupRegistrations: 5,
} as const;
export type RegistrationType = keyof typeof REGISTRATION_TYPE;

export const RegistrationTypes = set('RegistrationTypes', {
  registrations: optional(tolerantExplicit(0, namedBits('registrations', REGISTRATION_TYPE))),
  extendedRegistrations: optional(tolerantExplicit(1, setOf(objectIdentifier))),
  restrictMessageGroups: optional(
    tolerantExplicit(
      2,
      set('MessageGroupsRestriction', {
        parentGroup: optional(tolerantExplicit(0, MessageGroupName)),
        immediateDescendantsOnly: withDefault(tolerantExplicit(1, boolean), true),
        omitDescriptors: withDefault(tolerantExplicit(2, boolean), true),
      }),
    ),
  ),
});
export type RegistrationTypes = TypeOf<typeof RegistrationTypes>;

export const RegisterMsArgument = set('RegisterMSArgument', {
  autoActionRegistrations: optional(tolerantExplicit(0, setOf(AutoActionRegistration))),
  autoActionDeregistrations: optional(tolerantExplicit(1, setOf(AutoActionDeregistration))),
  listAttributeDefaults: optional(tolerantExplicit(2, setOf(objectIdentifier))),
  fetchAttributeDefaults: optional(tolerantExplicit(3, setOf(objectIdentifier))),
  changeCredentials: optional(tolerantExplicit(4, ChangeCredentials)),
  userSecurityLabels: optional(tolerantExplicit(5, setOf(SecurityLabel))),
  /** From here on 1994: an association of 1988 refuses them. */
  uaRegistrations: optional(tolerantExplicit(6, setOf(UaRegistration))),
  submissionDefaults: optional(tolerantExplicit(7, any)),
  messageGroupRegistrations: optional(tolerantExplicit(8, sequenceOf(MessageGroupRegistration))),
  registrationStatusRequest: optional(tolerantExplicit(9, RegistrationTypes)),
  extensions: optional(tolerantExplicit(10, MsExtensions)),
});
export type RegisterMsArgument = TypeOf<typeof RegisterMsArgument>;

/** NULL in 1988, and in 1994 where no status was asked for. */
export const RegisterMsResult = choice('RegisterMSResult', {
  noStatus: nullType,
  status: set('RegistrationStatus', {
    autoActionRegistrations: optional(tolerantExplicit(0, setOf(AutoActionRegistration))),
    listAttributeDefaults: optional(tolerantExplicit(1, setOf(objectIdentifier))),
    fetchAttributeDefaults: optional(tolerantExplicit(2, setOf(objectIdentifier))),
    uaRegistrations: optional(tolerantExplicit(3, setOf(UaRegistration))),
    submissionDefaults: optional(tolerantExplicit(4, any)),
    messageGroupRegistrations: optional(tolerantExplicit(5, setOf(MessageGroupNameAndDescriptor))),
    extensions: optional(tolerantExplicit(6, MsExtensions)),
  }),
});
export type RegisterMsResult = TypeOf<typeof RegisterMsResult>;
