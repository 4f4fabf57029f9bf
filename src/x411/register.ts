/**
 * The administration port: register in both editions, change-credentials.
 *
 * Source: X.411 (1988) and (1999) 8.4, module MTSAbstractService, Register, ChangeCredentials.
 */
import { bitString } from '../asn1/bit-string.js';
import { choice } from '../asn1/choice.js';
import { listOrEmpty, optional, required } from '../asn1/component.js';
import { sequenceOf, setOf } from '../asn1/list.js';
import { boolean, integer, nullType } from '../asn1/primitive.js';
import { sequence } from '../asn1/sequence.js';
import { set } from '../asn1/set.js';
import { numericString, printableString } from '../asn1/string.js';
import { explicit, implicit } from '../asn1/tagged.js';
import type { TypeOf } from '../asn1/type.js';
import { Controls, EitsConstraints } from './control.js';
import { Credentials } from './credentials.js';
import { ContentType, EncodedInformationTypes, Priority } from './envelope-parts.js';
import { Extensions, ExtensionType } from './extension.js';
import { opaqueSequence } from './opaque.js';
import { OrNameKept } from './or-name.js';
import { SecurityLabel } from './security-label.js';

export const UserAddress = choice('UserAddress', {
  x121: implicit(
    0,
    sequence('X121UserAddress', {
      x121Address: optional(numericString()),
      tsapId: optional(printableString()),
    }),
  ),
  presentation: implicit(1, opaqueSequence('PSAPAddress')),
});

export const Restriction = set('Restriction', {
  /** Absent: TRUE. */
  permitted: optional(boolean),
  /** Bits originated-by, redirected-by, dl-expanded-by. Absent: all. */
  sourceType: optional(bitString),
  sourceName: optional(
    choice('SourceName', { exact: implicit(0, OrNameKept), pattern: implicit(1, OrNameKept) }),
  ),
});
export type Restriction = TypeOf<typeof Restriction>;

export const MessageClass = set('MessageClass', {
  contentTypes: optional(implicit(0, setOf(ContentType))),
  maximumContentLength: optional(implicit(1, integer())),
  eitsConstraints: optional(implicit(2, EitsConstraints)),
  securityLabels: optional(implicit(3, setOf(SecurityLabel))),
  priority: optional(implicit(4, setOf(Priority))),
  /** 0 messages, 1 reports, 2 both. Absent: both. */
  objects: optional(implicit(5, integer())),
  appliesOnlyTo: optional(implicit(6, sequenceOf(Restriction))),
  extensions: listOrEmpty(implicit(7, Extensions)),
});
export type MessageClass = TypeOf<typeof MessageClass>;

export const RecipientRedirection = set('RecipientRedirection', {
  redirectionClasses: optional(implicit(0, setOf(MessageClass))),
  recipientAssignedAlternateRecipient: optional(implicit(1, OrNameKept)),
});

export const RegistrationTypes = sequence('RegistrationTypes', {
  standardParameters: optional(implicit(0, bitString)),
  extensions: optional(implicit(1, setOf(ExtensionType))),
});

const registeredComponents = {
  userName: optional(OrNameKept),
  userAddress: optional(explicit(0, UserAddress)),
  deliverableClass: optional(setOf(MessageClass)),
  defaultDeliveryControls: optional(explicit(2, Controls)),
  redirections: optional(implicit(3, sequenceOf(RecipientRedirection))),
  restrictedDelivery: optional(implicit(4, sequenceOf(Restriction))),
} as const;

export const RegisterArgument = set('RegisterArgument', {
  ...registeredComponents,
  retrieveRegistrations: optional(implicit(5, RegistrationTypes)),
  extensions: listOrEmpty(implicit(6, Extensions)),
});
export type RegisterArgument = TypeOf<typeof RegisterArgument>;

export const RegisterResult = choice('RegisterResult', {
  empty: nullType,
  nonEmpty: set('NonEmptyRegisterResult', {
    registeredInformation: optional(
      implicit(
        0,
        set('RegisteredInformation', {
          ...registeredComponents,
          extensions: listOrEmpty(implicit(6, Extensions)),
        }),
      ),
    ),
    extensions: listOrEmpty(implicit(1, Extensions)),
  }),
});
export type RegisterResult = TypeOf<typeof RegisterResult>;

export const LabelAndRedirection = set('LabelAndRedirection', {
  userSecurityLabel: optional(implicit(0, SecurityLabel)),
  recipientAssignedAlternateRecipient: optional(implicit(1, OrNameKept)),
});

/** Register as in 1988: the same operation, another SET. */
export const Register88Argument = set('RegisterArgument88', {
  userName: optional(OrNameKept),
  userAddress: optional(explicit(0, UserAddress)),
  deliverableEncodedInformationTypes: optional(EncodedInformationTypes),
  deliverableMaximumContentLength: optional(explicit(1, integer())),
  defaultDeliveryControls: optional(explicit(2, Controls)),
  deliverableContentTypes: optional(implicit(3, setOf(ContentType))),
  labelsAndRedirections: optional(implicit(4, setOf(LabelAndRedirection))),
});
export type Register88Argument = TypeOf<typeof Register88Argument>;

export const ChangeCredentialsArgument = set('ChangeCredentialsArgument', {
  oldCredentials: required(explicit(0, Credentials)),
  newCredentials: required(explicit(1, Credentials)),
});
export type ChangeCredentialsArgument = TypeOf<typeof ChangeCredentialsArgument>;
