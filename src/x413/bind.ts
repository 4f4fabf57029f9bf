/**
 * Bind of P7.
 *
 * Source: X.413 (1999) 7.1, module MSAbstractService, MSBind.
 */
import { any } from '../asn1/any.js';
import { optional, required, withDefault } from '../asn1/component.js';
import { setOf } from '../asn1/list.js';
import { boolean, enumerated, integer, objectIdentifier } from '../asn1/primitive.js';
import { set } from '../asn1/set.js';
import { generalString, printableString } from '../asn1/string.js';
import { implicit, tolerantExplicit } from '../asn1/tagged.js';
import type { TypeOf } from '../asn1/type.js';
import { Credentials } from '../x411/credentials.js';
import { OrNameKept } from '../x411/or-name.js';
import { SecurityLabel } from '../x411/security-label.js';
import { EntryClass, MsExtensions } from './common.js';

export const Restrictions = set('Restrictions', {
  allowedContentTypes: optional(tolerantExplicit(0, setOf(objectIdentifier))),
  allowedEits: optional(tolerantExplicit(1, setOf(objectIdentifier))),
  maximumAttributeLength: optional(tolerantExplicit(2, integer())),
});
export type Restrictions = TypeOf<typeof Restrictions>;

export const MsBindArgument = set('MSBindArgument', {
  initiatorName: required(OrNameKept),
  initiatorCredentials: required(tolerantExplicit(2, Credentials)),
  /** IMPLICIT by notation, alone among its neighbours. */
  securityContext: optional(implicit(3, setOf(SecurityLabel))),
  fetchRestrictions: optional(tolerantExplicit(4, Restrictions)),
  msConfigurationRequest: withDefault(tolerantExplicit(5, boolean), false),
  /** 1994. */
  uaRegistrationIdentifier: optional(tolerantExplicit(6, printableString())),
  /** 1994. */
  bindExtensions: optional(tolerantExplicit(7, MsExtensions)),
});
export type MsBindArgument = TypeOf<typeof MsBindArgument>;

export const MsBindResult = set('MSBindResult', {
  responderCredentials: required(tolerantExplicit(2, Credentials)),
  availableAutoActions: optional(tolerantExplicit(3, setOf(objectIdentifier))),
  availableAttributeTypes: optional(tolerantExplicit(4, setOf(objectIdentifier))),
  alertIndication: withDefault(tolerantExplicit(5, boolean), false),
  contentTypesSupported: optional(tolerantExplicit(6, setOf(objectIdentifier))),
  /** From here on 1994. */
  entryClassesSupported: optional(tolerantExplicit(7, setOf(EntryClass))),
  matchingRulesSupported: optional(tolerantExplicit(8, setOf(objectIdentifier))),
  bindResultExtensions: optional(tolerantExplicit(9, MsExtensions)),
  messageGroupDepth: optional(tolerantExplicit(10, integer())),
  /** A choice, kept whole: we only ever decode it as a client. */
  autoActionErrorIndication: optional(tolerantExplicit(11, any)),
  unsupportedExtensions: optional(tolerantExplicit(12, setOf(objectIdentifier))),
  uaRegistrationIdUnknown: withDefault(tolerantExplicit(13, boolean), false),
  serviceInformation: optional(tolerantExplicit(14, generalString())),
});
export type MsBindResult = TypeOf<typeof MsBindResult>;

/** BindProblem on the wire. */
export const MS_BIND_PROBLEM = {
  'authentication-error': 0,
  'unacceptable-security-context': 1,
  'unable-to-establish-association': 2,
  'bind-extension-problem': 3,
  'inadequate-association-confidentiality': 4,
} as const;
export type MsBindProblem = keyof typeof MS_BIND_PROBLEM;

/** The bind error of 1988: BindProblem alone. */
export const MsBindError88 = enumerated('BindProblem', MS_BIND_PROBLEM);
