/**
 * The application contexts of P3 and P7, and the abstract syntaxes of each.
 *
 * Source: X.419 (1999), modules MHSProtocolObjectIdentifiers, MTSAccessProtocol, MSAccessProtocol.
 */
import type { Oid } from '../asn1/primitive.js';

/** id-as-…: abstract syntaxes. */
export const ABSTRACT_SYNTAX = {
  acse: '2.2.1.0.1',
  submission: '2.6.0.2.1',
  delivery88: '2.6.0.2.2',
  retrieval88: '2.6.0.2.5',
  administration88: '2.6.0.2.6',
  ms88: '2.6.0.2.9',
  mts: '2.6.0.2.11',
  msSubmission94: '2.6.0.2.13',
  delivery94: '2.6.0.2.14',
  retrieval94: '2.6.0.2.15',
  administration94: '2.6.0.2.16',
  ms94: '2.6.0.2.17',
} as const satisfies Readonly<Record<string, Oid>>;

export interface ApplicationContext {
  readonly name: string;
  readonly oid: Oid;
  readonly protocol: 'p3' | 'p7';
  readonly edition: '88' | '94';
  /** Forced: the MTS opens the association. */
  readonly isForced: boolean;
  readonly bind: Oid;
  readonly submission: Oid;
  /** Delivery (P3) or retrieval (P7). */
  readonly delivery: Oid;
  readonly administration: Oid;
}

const S = ABSTRACT_SYNTAX;

function p3(name: string, number: number, edition: '88' | '94', isForced: boolean) {
  return {
    name,
    oid: `2.6.0.1.${number}`,
    protocol: 'p3',
    edition,
    isForced,
    bind: S.mts,
    submission: S.submission,
    delivery: edition === '88' ? S.delivery88 : S.delivery94,
    administration: edition === '88' ? S.administration88 : S.administration94,
  } as const;
}

/** Without RTSE. The reliable contexts come with RTSE. */
export const APPLICATION_CONTEXT = {
  mtsAccess88: p3('mts-access-88', 0, '88', false),
  mtsForcedAccess88: p3('mts-forced-access-88', 1, '88', true),
  mtsAccess94: p3('mts-access-94', 7, '94', false),
  mtsForcedAccess94: p3('mts-forced-access-94', 8, '94', true),
  msAccess88: {
    name: 'ms-access-88',
    oid: '2.6.0.1.4',
    protocol: 'p7',
    edition: '88',
    isForced: false,
    bind: S.ms88,
    submission: S.submission,
    delivery: S.retrieval88,
    administration: S.administration88,
  },
  msAccess94: {
    name: 'ms-access-94',
    oid: '2.6.0.1.11',
    protocol: 'p7',
    edition: '94',
    isForced: false,
    bind: S.ms94,
    submission: S.msSubmission94,
    delivery: S.retrieval94,
    administration: S.administration94,
  },
} as const satisfies Readonly<Record<string, ApplicationContext>>;

export function applicationContextByOid(oid: Oid): ApplicationContext | null {
  return Object.values(APPLICATION_CONTEXT).find((context) => context.oid === oid) ?? null;
}

/** Local operation codes of X.411, unique within one abstract syntax only. */
export const MTS_OPERATION = {
  register: 1,
  submissionControl: 2,
  deliveryControl: 2,
  messageSubmission: 3,
  probeSubmission: 4,
  messageDelivery: 5,
  reportDelivery: 6,
  cancelDeferredDelivery: 7,
  changeCredentials: 8,
} as const;

/** Local operation codes of X.413. */
export const MS_OPERATION = {
  summarize: 20,
  list: 21,
  fetch: 22,
  delete: 23,
  registerMs: 24,
  alert: 25,
  modify: 26,
} as const;

/** Local error codes of X.411. */
export const MTS_ERROR = {
  deliveryControlViolated: 1,
  submissionControlViolated: 1,
  originatorInvalid: 2,
  recipientImproperlySpecified: 3,
  elementOfServiceNotSubscribed: 4,
  oldCredentialsIncorrectlySpecified: 5,
  newCredentialsUnacceptable: 6,
  messageSubmissionIdentifierInvalid: 7,
  deferredDeliveryCancellationRejected: 8,
  registerRejected: 10,
  inconsistentRequest: 11,
  securityError: 12,
  unsupportedCriticalFunction: 13,
  controlViolatesRegistration: 14,
  remoteBindError: 15,
  operationRefused: 16,
} as const;

/** Local error codes of X.413. `securityError` is that of the 1988 retrieval operations. */
export const MS_ERROR = {
  attributeError: 21,
  autoActionRequestError: 22,
  deleteError: 23,
  fetchRestrictionError: 24,
  rangeError: 25,
  securityError: 26,
  serviceError: 27,
  sequenceNumberError: 28,
  invalidParametersError: 29,
  messageGroupError: 30,
  msExtensionError: 31,
  registerMsError: 32,
  modifyError: 33,
  entryClassError: 34,
} as const;
