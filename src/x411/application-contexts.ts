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
  mtsRtse: '2.6.0.2.8',
  ms88: '2.6.0.2.9',
  msRtse: '2.6.0.2.10',
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
  /** Over RTSE. */
  readonly isReliable: boolean;
  /** Of the bind; over RTSE of its APDUs too. */
  readonly bind: Oid;
  readonly submission: Oid;
  /** Delivery (P3) or retrieval (P7). */
  readonly delivery: Oid;
  readonly administration: Oid;
}

const S = ABSTRACT_SYNTAX;

type Kind = Pick<ApplicationContext, 'isForced' | 'isReliable'>;

function p3(name: string, number: number, edition: '88' | '94', kind: Partial<Kind> = {}) {
  const { isForced = false, isReliable = false } = kind;
  return {
    name,
    oid: `2.6.0.1.${number}`,
    protocol: 'p3',
    edition,
    isForced,
    isReliable,
    bind: isReliable ? S.mtsRtse : S.mts,
    submission: S.submission,
    delivery: edition === '88' ? S.delivery88 : S.delivery94,
    administration: edition === '88' ? S.administration88 : S.administration94,
  } as const;
}

function p7(name: string, number: number, edition: '88' | '94', bind: Oid) {
  const is88 = edition === '88';
  return {
    name,
    oid: `2.6.0.1.${number}`,
    protocol: 'p7',
    edition,
    isForced: false,
    isReliable: bind === S.msRtse,
    bind,
    submission: is88 ? S.submission : S.msSubmission94,
    delivery: is88 ? S.retrieval88 : S.retrieval94,
    administration: is88 ? S.administration88 : S.administration94,
  } as const;
}

const FORCED = { isForced: true } as const;
const RELIABLE = { isReliable: true } as const;

export const APPLICATION_CONTEXT = {
  mtsAccess88: p3('mts-access-88', 0, '88'),
  mtsForcedAccess88: p3('mts-forced-access-88', 1, '88', FORCED),
  mtsReliableAccess88: p3('mts-reliable-access-88', 2, '88', RELIABLE),
  mtsForcedReliableAccess88: p3('mts-forced-reliable-access-88', 3, '88', {
    ...FORCED,
    ...RELIABLE,
  }),
  msAccess88: p7('ms-access-88', 4, '88', S.ms88),
  msReliableAccess88: p7('ms-reliable-access-88', 5, '88', S.msRtse),
  mtsAccess94: p3('mts-access-94', 7, '94'),
  mtsForcedAccess94: p3('mts-forced-access-94', 8, '94', FORCED),
  mtsReliableAccess94: p3('mts-reliable-access-94', 9, '94', RELIABLE),
  mtsForcedReliableAccess94: p3('mts-forced-reliable-access-94', 10, '94', {
    ...FORCED,
    ...RELIABLE,
  }),
  msAccess94: p7('ms-access-94', 11, '94', S.ms94),
  msReliableAccess94: p7('ms-reliable-access-94', 12, '94', S.msRtse),
} as const satisfies Readonly<Record<string, ApplicationContext>>;

export function applicationContextByOid(oid: Oid): ApplicationContext | null {
  return Object.values(APPLICATION_CONTEXT).find((context) => context.oid === oid) ?? null;
}

/** Those over RTSE, by object identifier. */
export const RELIABLE_CONTEXTS: ReadonlySet<Oid> = new Set(
  Object.values(APPLICATION_CONTEXT)
    .filter(({ isReliable }) => isReliable)
    .map(({ oid }) => oid),
);

/** The abstract syntaxes of RTSE by itself, which ISODE defines beside that of its application. */
const RTSE_SYNTAXES: readonly Oid[] = ['2.3.0', '2.3.2'];

/** Whether a bind of the context may come in an abstract syntax. */
export function isBindSyntax({ bind, isReliable }: ApplicationContext, syntax: Oid): boolean {
  return syntax === bind || (isReliable && RTSE_SYNTAXES.includes(syntax));
}

/**
 * The abstract syntaxes that are served beside that of the bind. Over RTSE also that which the bind
 * has without it: peers that define RTSE's own bring their operations in that one.
 */
export function servedSyntaxes(context: ApplicationContext): readonly Oid[] {
  const { protocol, edition, isReliable, delivery, submission, administration } = context;
  const ports = [delivery, submission, administration];
  const ofMs = edition === '88' ? S.ms88 : S.ms94;
  return isReliable ? [...ports, protocol === 'p3' ? S.mts : ofMs] : ports;
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
