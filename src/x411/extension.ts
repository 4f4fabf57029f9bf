/**
 * Extension fields of envelopes: which there are, where each may stand, and what follows when a
 * critical one is not understood. Values stay whole elements; who needs one decodes it.
 *
 * Source: X.411 (1999) 12 and Table; module MTSAbstractService, ExtensionField.
 */
import { any } from '../asn1/any.js';
import { type BitString, bitString, hasBit } from '../asn1/bit-string.js';
import { choice } from '../asn1/choice.js';
import { optional, required } from '../asn1/component.js';
import { setOf } from '../asn1/list.js';
import { integer, objectIdentifier } from '../asn1/primitive.js';
import { sequence } from '../asn1/sequence.js';
import { explicit, implicit } from '../asn1/tagged.js';
import { type Asn1Type, decodeElement, type TypeOf } from '../asn1/type.js';

/** Sent IMPLICIT, taken EXPLICIT too: PP of 1991 sends `A0 03 02 01 n`. */
function implicitOrExplicit<T>(number: number, type: Asn1Type<T>): Asn1Type<T> {
  const tagged = implicit(number, type);
  return {
    ...tagged,
    decode: (element) => {
      if (!element.isConstructed) return tagged.decode(element);
      const only = element.children().next();
      return only === null ? tagged.decode(element) : decodeElement(type, only);
    },
  };
}

export const ExtensionType = choice('ExtensionType', {
  standard: implicitOrExplicit(0, integer()),
  private: implicitOrExplicit(3, objectIdentifier),
});
export type ExtensionType = TypeOf<typeof ExtensionType>;

export const ExtensionField = sequence('ExtensionField', {
  type: required(ExtensionType),
  criticality: optional(implicit(1, bitString)),
  /** Absent: NULL. */
  value: optional(explicit(2, any)),
});
export type ExtensionField = TypeOf<typeof ExtensionField>;

export const Extensions = setOf(ExtensionField);

/** Bits of criticality. */
export const CRITICALITY = {
  'for-submission': 0,
  'for-transfer': 1,
  'for-delivery': 2,
} as const;
export type CriticalStep = keyof typeof CRITICALITY;

/**
 * Where an extension may stand: S submission, P probe, each per message, s and p per recipient;
 * D delivery; R report, r report per recipient; A result of submission.
 */
export type ExtensionPlace = 'S' | 's' | 'P' | 'p' | 'D' | 'R' | 'r' | 'A';

export type ExtensionValueKind =
  | 'algorithm'
  | 'bit-string'
  | 'certificates'
  | 'correlator'
  | 'enumerated'
  | 'history'
  | 'integer'
  | 'label'
  | 'object-identifier'
  | 'or-address'
  | 'or-name'
  | 'other'
  | 'signature'
  | 'string'
  | 'time'
  | 'token'
  | 'trace';

export interface ExtensionDefinition {
  readonly number: number;
  readonly name: string;
  readonly valueKind: ExtensionValueKind;
  /** The letters of {@link ExtensionPlace}. */
  readonly places: string;
}

function define(
  number: number,
  name: string,
  valueKind: ExtensionValueKind,
  places: string,
): ExtensionDefinition {
  return { number, name, valueKind, places };
}

export const EXTENSION = {
  recipientReassignmentProhibited: define(
    1,
    'recipient-reassignment-prohibited',
    'enumerated',
    'SP',
  ),
  originatorRequestedAlternateRecipient: define(
    2,
    'originator-requested-alternate-recipient',
    'or-name',
    'sp',
  ),
  dlExpansionProhibited: define(3, 'dl-expansion-prohibited', 'enumerated', 'SP'),
  conversionWithLossProhibited: define(4, 'conversion-with-loss-prohibited', 'enumerated', 'SPD'),
  latestDeliveryTime: define(5, 'latest-delivery-time', 'time', 'S'),
  requestedDeliveryMethod: define(6, 'requested-delivery-method', 'other', 'spD'),
  physicalForwardingProhibited: define(7, 'physical-forwarding-prohibited', 'enumerated', 'sD'),
  physicalForwardingAddressRequest: define(
    8,
    'physical-forwarding-address-request',
    'enumerated',
    'sD',
  ),
  physicalDeliveryModes: define(9, 'physical-delivery-modes', 'bit-string', 'sD'),
  registeredMailType: define(10, 'registered-mail-type', 'integer', 'sD'),
  recipientNumberForAdvice: define(11, 'recipient-number-for-advice', 'string', 'sD'),
  physicalRenditionAttributes: define(
    12,
    'physical-rendition-attributes',
    'object-identifier',
    'spD',
  ),
  originatorReturnAddress: define(13, 'originator-return-address', 'or-address', 'SD'),
  physicalDeliveryReportRequest: define(14, 'physical-delivery-report-request', 'integer', 'sD'),
  originatorCertificate: define(15, 'originator-certificate', 'certificates', 'SPD'),
  messageToken: define(16, 'message-token', 'token', 'sD'),
  contentConfidentialityAlgorithmIdentifier: define(
    17,
    'content-confidentiality-algorithm-identifier',
    'algorithm',
    'SD',
  ),
  contentIntegrityCheck: define(18, 'content-integrity-check', 'signature', 'sD'),
  messageOriginAuthenticationCheck: define(
    19,
    'message-origin-authentication-check',
    'signature',
    'SD',
  ),
  messageSecurityLabel: define(20, 'message-security-label', 'label', 'SPDR'),
  proofOfSubmissionRequest: define(21, 'proof-of-submission-request', 'enumerated', 'S'),
  proofOfDeliveryRequest: define(22, 'proof-of-delivery-request', 'enumerated', 'sD'),
  contentCorrelator: define(23, 'content-correlator', 'correlator', 'SPR'),
  probeOriginAuthenticationCheck: define(24, 'probe-origin-authentication-check', 'signature', 'P'),
  redirectionHistory: define(25, 'redirection-history', 'history', 'DRr'),
  dlExpansionHistory: define(26, 'dl-expansion-history', 'history', 'D'),
  physicalForwardingAddress: define(27, 'physical-forwarding-address', 'or-name', 'r'),
  recipientCertificate: define(28, 'recipient-certificate', 'certificates', 'sDr'),
  proofOfDelivery: define(29, 'proof-of-delivery', 'signature', 'r'),
  originatorAndDlExpansionHistory: define(
    30,
    'originator-and-DL-expansion-history',
    'history',
    'R',
  ),
  reportingDlName: define(31, 'reporting-DL-name', 'or-name', 'R'),
  reportingMtaCertificate: define(32, 'reporting-MTA-certificate', 'certificates', 'R'),
  reportOriginAuthenticationCheck: define(
    33,
    'report-origin-authentication-check',
    'signature',
    'R',
  ),
  originatingMtaCertificate: define(34, 'originating-MTA-certificate', 'certificates', 'A'),
  proofOfSubmission: define(35, 'proof-of-submission', 'signature', 'A'),
  /** P7 only: it must never reach the MTA. */
  forwardingRequest: define(36, 'forwarding-request', 'integer', 'S'),
  traceInformation: define(37, 'trace-information', 'trace', 'DR'),
  internalTraceInformation: define(38, 'internal-trace-information', 'trace', 'DR'),
  reportingMtaName: define(39, 'reporting-MTA-name', 'other', 'R'),
  multipleOriginatorCertificates: define(40, 'multiple-originator-certificates', 'other', 'SD'),
  blindCopyRecipients: define(41, 'blind-copy-recipients', 'other', 'sD'),
  dlExemptedRecipients: define(42, 'dl-exempted-recipients', 'other', 'SD'),
  bodyPartEncryptionToken: define(43, 'body-part-encryption-token', 'token', 'sD'),
  forwardedContentToken: define(44, 'forwarded-content-token', 'token', 'sD'),
  certificateSelectors: define(45, 'certificate-selectors', 'other', 'SD'),
  certificateSelectorsOverride: define(46, 'certificate-selectors-override', 'other', 'sD'),
} as const satisfies Readonly<Record<string, ExtensionDefinition>>;

const BY_NUMBER = new Map<number, ExtensionDefinition>(
  Object.values(EXTENSION).map((definition) => [definition.number, definition]),
);

export function extensionByNumber(number: number): ExtensionDefinition | null {
  return BY_NUMBER.get(number) ?? null;
}

/** Whether the field is critical for the step. */
export function isCritical(field: ExtensionField, step: CriticalStep): boolean {
  const bits: BitString | undefined = field.criticality;
  return bits !== undefined && hasBit(bits, CRITICALITY[step]);
}

/** proof-of-delivery-requested and proof-of-submission-requested. */
const PROOF_REQUESTED = 1;

/** What asks for a proof in the very answer to a step; nobody here holds a key to give one. */
const PROOF_REQUEST: Readonly<Partial<Record<CriticalStep, ExtensionDefinition>>> = {
  'for-submission': EXTENSION.proofOfSubmissionRequest,
  'for-delivery': EXTENSION.proofOfDeliveryRequest,
};

/**
 * The first field that is critical for the step and not in our table, or null. What is in the table
 * is understood by keeping it and handing it on; but for a proof.
 */
export function unsupportedCriticalExtension(
  extensions: readonly ExtensionField[],
  step: CriticalStep,
): ExtensionField | null {
  const proof = PROOF_REQUEST[step]?.number;
  const isUnknown = ({ type, value }: ExtensionField) =>
    type.kind === 'private' ||
    !BY_NUMBER.has(type.value) ||
    (type.value === proof && value?.at(-1) === PROOF_REQUESTED);
  return extensions.find((field) => isCritical(field, step) && isUnknown(field)) ?? null;
}

/** The value octets of a standard extension; null where it is not there or has none. */
export function extensionValue(
  extensions: readonly ExtensionField[],
  { number }: ExtensionDefinition,
): Uint8Array | null {
  const field = extensions.find(({ type }) => type.kind === 'standard' && type.value === number);
  return field?.value ?? null;
}
