/**
 * What the abstract-errors of X.411 carry. An error that is not here carries NULL.
 *
 * Source: X.411 (1999) 8.2.2, 8.3.2, 8.4.2, module MTSAbstractService.
 */
import { choice } from '../asn1/choice.js';
import { required } from '../asn1/component.js';
import { sequenceOf } from '../asn1/list.js';
import { integer, nullType, objectIdentifier } from '../asn1/primitive.js';
import { set } from '../asn1/set.js';
import { implicit } from '../asn1/tagged.js';
import type { Asn1Type, TypeOf } from '../asn1/type.js';
import type { MTS_ERROR } from './application-contexts.js';
import { OrNameKept } from './or-name.js';

export const SecurityProblem = integer('SecurityProblem');
export const SECURITY_PROBLEM = {
  assemblyInstructionsConflict: 0,
  authenticationProblem: 1,
  authenticationFailureOnSubjectMessage: 2,
  confidentialityAssociationProblem: 3,
  decryptionFailed: 4,
  decryptionKeyUnobtainable: 5,
  failureOfProofOfMessage: 6,
  forbiddenUserSecurityLabelRegister: 7,
  incompatibleChangeWithOriginalSecurityContext: 8,
  integrityFailureOnSubjectMessage: 9,
  invalidSecurityLabel: 10,
  invalidSecurityLabelUpdate: 11,
  keyFailure: 12,
  mandatoryParameterAbsence: 13,
  operationSecurityFailure: 14,
  redirectionProhibited: 15,
  refusedAlternateRecipientName: 16,
  repudiationFailureOfMessage: 17,
  responderCredentialsCheckingProblem: 18,
  securityContextFailure: 19,
  securityContextProblem: 20,
  securityPolicyViolation: 21,
  securityServicesRefusal: 22,
  tokenDecryptionFailed: 23,
  tokenError: 24,
  unableToAggregateSecurityLabels: 25,
  unauthorisedDlName: 26,
  unauthorisedEntryClass: 27,
  unauthorisedOriginallyIntendedRecipientName: 28,
  unauthorisedOriginatorName: 29,
  unauthorisedRecipientName: 30,
  unauthorisedSecurityLabelUpdate: 31,
  unauthorisedUserName: 32,
  unknownSecurityLabel: 33,
  unsupportedAlgorithmIdentifier: 34,
  unsupportedSecurityPolicy: 35,
} as const;

export const RefusedOperation = set('RefusedOperation', {
  refusedArgument: required(
    choice('RefusedArgument', {
      builtIn: implicit(1, integer()),
      standardExtension: implicit(0, integer()),
      privateExtension: implicit(3, objectIdentifier),
    }),
  ),
  refusalReason: required(implicit(2, integer())),
});
export type RefusedOperation = TypeOf<typeof RefusedOperation>;

export const REFUSED_ARGUMENT = {
  userName: 0,
  userAddress: 1,
  deliverableContentTypes: 2,
  deliverableMaximumContentLength: 3,
  deliverableEits: 4,
  deliverableLabels: 5,
  redirections: 6,
  restrictedDelivery: 7,
  retrieveRegistrations: 8,
  restrict: 10,
  permissibleOperations: 11,
  lowestPriority: 12,
  permissibleEits: 13,
  permissibleContentTypes: 14,
  permissibleMaximumContentLength: 15,
  permissibleSecurityContext: 16,
} as const;

export const REFUSAL_REASON = {
  facilityUnavailable: 0,
  facilityNotSubscribed: 1,
  parameterUnacceptable: 2,
} as const;

export const ImproperlySpecifiedRecipients = sequenceOf(OrNameKept, 1);

const PARAMETERS: Partial<Record<keyof typeof MTS_ERROR, Asn1Type<unknown>>> = {
  recipientImproperlySpecified: ImproperlySpecifiedRecipients as Asn1Type<unknown>,
  securityError: SecurityProblem as Asn1Type<unknown>,
  operationRefused: RefusedOperation as Asn1Type<unknown>,
};

/** The type of what an abstract-error carries. */
export function errorParameter(error: keyof typeof MTS_ERROR): Asn1Type<unknown> {
  return PARAMETERS[error] ?? (nullType as Asn1Type<unknown>);
}
