/**
 * The association control machine. It owns its presentation context and passes data of every other
 * context through.
 *
 * Source: X.227 7, Annex A; the states bear the names of Annex A.
 */
import { type Oid, objectIdentifier } from '../../asn1/primitive.js';
import { decode, encode } from '../../asn1/type.js';
import { assert } from '../../base/assert.js';
import { ViolationError } from '../../base/errors.js';
import { ACSE_USER_DIAGNOSTIC } from '../association.js';
import type { LayerMachine, Output } from '../layer.js';
import { hasVersion1 } from '../presentation/ppdu.js';
import {
  PRESENTATION_REFUSAL,
  type PresentationIndication,
  type PresentationRequest,
  type ReceivedPresentationData,
} from '../presentation/service.js';
import { FUNCTIONAL_UNIT, NO_DUPLEX, RTSE_UNITS } from '../session/service.js';
import {
  AARE_RESULT,
  Aare,
  Aarq,
  ABORT_SOURCE,
  Abrt,
  NO_COMMON_VERSION,
  Rlre,
  Rlrq,
  type UserValue,
  userInformation,
  userValueOf,
} from './apdu.js';
import type {
  AcseIndication,
  AcseRequest,
  TransferIndication,
  TransferRequest,
} from './service.js';

/** The abstract syntax of ACSE itself. */
export const ACSE_SYNTAX = '2.2.1.0.1';

/** Headers of an AARE and of its one EXTERNAL, its result and diagnostic. */
const AARE_BYTES = 34;

type Outputs = Output<AcseIndication | TransferIndication, PresentationRequest>[];
type Request<T> = Extract<AcseRequest, { type: T }>;
type Indication<T> = Extract<PresentationIndication, { type: T }>;
type State =
  | 'STA0 unassociated'
  | 'STA1 awaiting AARE'
  | 'STA2 awaiting response'
  | 'STA5 associated'
  | 'STA3 awaiting RLRE'
  | 'STA4 awaiting release response'
  | 'ended';

export class AcseMachine
  implements
    LayerMachine<
      AcseRequest | TransferRequest,
      AcseIndication | TransferIndication,
      PresentationRequest,
      PresentationIndication
    >
{
  #state: State = 'STA0 unassociated';
  #contextId = 0;
  #applicationContext = '';
  /** Our own RLRQ is unanswered: the peer's came at the same time. */
  #isReleasing = false;
  /** Application contexts over RTSE, whose sessions have activities instead of duplex. */
  readonly #reliable: ReadonlySet<Oid> | undefined;
  #isReliable = false;

  constructor(reliable?: ReadonlySet<Oid>) {
    this.#reliable = reliable;
  }

  fromAbove(request: AcseRequest | TransferRequest): Outputs {
    switch (request.type) {
      case 'A-ASSOCIATE request':
        return this.#associate(request);
      case 'A-ASSOCIATE accept response':
        this.#expect('STA2 awaiting response');
        this.#state = 'STA5 associated';
        return [this.#accept(request.accepted, request.userInformation)];
      case 'A-ASSOCIATE reject response':
        this.#expect('STA2 awaiting response');
        return [this.#reject(request, request.userInformation, 'user')];
      case 'P-DATA request':
        return [down(request)];
      case 'A-RELEASE request':
        this.#expect('STA5 associated');
        this.#state = 'STA3 awaiting RLRE';
        this.#isReleasing = true;
        return [down({ type: 'P-RELEASE request', userData: this.#data(encode(Rlrq, NORMAL)) })];
      case 'A-RELEASE response':
        this.#expect('STA4 awaiting release response');
        this.#state = this.#isReleasing ? 'STA3 awaiting RLRE' : 'ended';
        return [down({ type: 'P-RELEASE response', userData: this.#data(encode(Rlre, NORMAL)) })];
      case 'A-ABORT request':
        return this.#abort(ABORT_SOURCE[request.source], request.userInformation);
      default:
        return [down(request)];
    }
  }

  fromBelow(indication: PresentationIndication): Outputs {
    if (this.#state === 'ended') return [];
    try {
      return this.#indication(indication);
    } catch (error) {
      if (!(error instanceof ViolationError)) throw error;
      this.#state = this.#state === 'STA0 unassociated' ? 'STA2 awaiting response' : this.#state;
      return [...this.#abort(ABORT_SOURCE.provider), aborted('acse', 'local', error.message)];
    }
  }

  #expect(state: State): void {
    assert(this.#state === state, `an association request in the state ${state}`);
  }

  #indication(indication: PresentationIndication): Outputs {
    switch (indication.type) {
      case 'P-CONNECT indication':
        return this.#aarq(indication);
      case 'P-CONNECT accept confirm':
        return this.#accepted(indication);
      case 'P-CONNECT refuse confirm':
        return this.#refused(indication);
      case 'P-DATA indication':
        if (indication.contextId !== this.#contextId) return [up(indication)];
        throw new ViolationError('acse', 'stray-apdu');
      case 'P-RELEASE indication':
        if (indication.userData !== null) decode(Rlrq, indication.userData.data);
        this.#state = 'STA4 awaiting release response';
        return [up({ type: 'A-RELEASE indication' })];
      case 'P-RELEASE confirm':
        if (indication.userData !== null) decode(Rlre, indication.userData.data);
        this.#state = 'ended';
        return [up({ type: 'A-RELEASE confirm' })];
      case 'P-U-ABORT indication':
        this.#state = 'ended';
        return [up(abortedByPeer(indication.userData))];
      case 'P-P-ABORT indication':
        this.#state = 'ended';
        return [aborted(indication.layer, indication.by, indication.detail)];
      default:
        return [up(indication)];
    }
  }

  #associate(request: Request<'A-ASSOCIATE request'>): Outputs {
    this.#expect('STA0 unassociated');
    const { applicationContext, userInformation: value, contexts, type: _, ...addresses } = request;
    const own = contexts.find(({ abstractSyntax }) => abstractSyntax === ACSE_SYNTAX);
    assert(own !== undefined, 'ACSE has a context');
    this.#state = 'STA1 awaiting AARE';
    this.#contextId = own.id;
    const aarq = encode(Aarq, {
      applicationContextName: applicationContext,
      userInformation: userInformation(value),
    });
    const userData = this.#data(aarq);
    return [down({ type: 'P-CONNECT request', contexts, userData, ...addresses })];
  }

  #aarq(indication: Indication<'P-CONNECT indication'>): Outputs {
    const { contexts, userData, answerBytesMax, type: _, ...rest } = indication;
    const { lack: sessionLack, requirements, reference, isTurnOurs, ...addresses } = rest;
    const own = contexts.find(({ abstractSyntax }) => abstractSyntax === ACSE_SYNTAX);
    if (own === undefined || own.id !== userData.contextId) {
      this.#state = 'ended';
      const providerReason = PRESENTATION_REFUSAL.notSpecified;
      return [
        down({ type: 'P-CONNECT refuse response', accepted: [], providerReason }),
        aborted('acse', 'local', 'no ACSE context'),
      ];
    }
    this.#contextId = own.id;
    const aarq = decode(Aarq, userData.data);
    const context = aarq.applicationContextName;
    this.#applicationContext = context;
    this.#state = 'STA2 awaiting response';
    if (!hasVersion1(aarq.protocolVersion)) {
      const refusal = { accepted: [own.id], isTransient: false, diagnostic: NO_COMMON_VERSION };
      const answer = this.#reject(refusal, null, 'provider');
      return [answer, aborted('acse', 'local', 'no common version')];
    }
    this.#isReliable = this.#reliable?.has(context) ?? false;
    const lack = sessionLack ?? this.#lackOf(requirements);
    if (lack !== undefined) {
      const diagnostic = ACSE_USER_DIAGNOSTIC.noReasonGiven;
      const refusal = { accepted: [own.id], isTransient: false, diagnostic };
      return [this.#reject(refusal, null, 'user'), aborted('session', 'local', lack)];
    }
    const associate = {
      type: 'A-ASSOCIATE indication',
      applicationContext: this.#applicationContext,
      contexts,
      userInformation: userValueOf(aarq.userInformation),
    } as const;
    const bound = answerBytesMax !== undefined && {
      answerBytesMax: answerBytesMax - AARE_BYTES - encode(objectIdentifier, context).length,
    };
    const transfer = { isTurnOurs: isTurnOurs ?? false, reference: reference ?? null };
    const isReliable = this.#isReliable && { transfer };
    return [up({ ...associate, ...addresses, ...bound, ...isReliable })];
  }

  /** Why the session's units do not fit the application context: it says which are needed. */
  #lackOf(requirements: number | undefined): string | undefined {
    if (this.#isReliable) return requirements === undefined ? 'no activities proposed' : undefined;
    const hasDuplex = ((requirements ?? FUNCTIONAL_UNIT.duplex) & FUNCTIONAL_UNIT.duplex) !== 0;
    return hasDuplex ? undefined : NO_DUPLEX;
  }

  #accept(accepted: readonly number[], value: UserValue): Outputs[number] {
    const aare = encode(Aare, {
      applicationContextName: this.#applicationContext,
      result: AARE_RESULT.accepted,
      diagnostic: { kind: 'user', value: ACSE_USER_DIAGNOSTIC.null },
      userInformation: userInformation(value),
    });
    return down({
      type: 'P-CONNECT accept response',
      accepted: [...accepted, this.#contextId],
      userData: this.#data(aare),
      ...(this.#isReliable && { requirements: RTSE_UNITS }),
    });
  }

  #reject(
    refusal: {
      readonly accepted: readonly number[];
      readonly isTransient: boolean;
      readonly diagnostic: number;
    },
    value: UserValue | null,
    kind: 'user' | 'provider',
  ): Outputs[number] {
    this.#state = 'ended';
    const { rejectedTransient, rejectedPermanent } = AARE_RESULT;
    const aare = encode(Aare, {
      applicationContextName: this.#applicationContext,
      result: refusal.isTransient ? rejectedTransient : rejectedPermanent,
      diagnostic: { kind, value: refusal.diagnostic },
      ...(value && { userInformation: userInformation(value) }),
    });
    const accepted = [...refusal.accepted, this.#contextId];
    return down({ type: 'P-CONNECT refuse response', accepted, userData: this.#data(aare) });
  }

  #accepted(confirm: Indication<'P-CONNECT accept confirm'>): Outputs {
    const aare = decode(Aare, confirm.userData.data);
    if (aare.result !== AARE_RESULT.accepted)
      throw new ViolationError('acse', 'contradictory-aare');
    this.#state = 'STA5 associated';
    const { contexts } = confirm;
    const value = userValueOf(aare.userInformation);
    return [up({ type: 'A-ASSOCIATE accept confirm', contexts, userInformation: value })];
  }

  #refused(confirm: Indication<'P-CONNECT refuse confirm'>): Outputs {
    this.#state = 'ended';
    if (confirm.by !== 'user' || confirm.userData === null) {
      const layer = confirm.by === 'session' ? 'session' : 'presentation';
      return [rejected(layer, false, `reason ${confirm.reason ?? 'none'}`, null)];
    }
    const aare = decode(Aare, confirm.userData.data);
    const isTransient = aare.result === AARE_RESULT.rejectedTransient;
    const text = `${aare.diagnostic.kind} ${aare.diagnostic.value}`;
    return [rejected('acse', isTransient, text, userValueOf(aare.userInformation))];
  }

  #abort(source: number, value?: UserValue): Outputs {
    if (this.#state === 'ended' || this.#state === 'STA0 unassociated') return [];
    this.#state = 'ended';
    const information = value && { userInformation: userInformation(value) };
    const userData = this.#data(encode(Abrt, { source, ...information }));
    return [down({ type: 'P-U-ABORT request', userData })];
  }

  #data(apdu: Uint8Array) {
    return { contextId: this.#contextId, data: [apdu] };
  }
}

const NORMAL = { reason: 0 };

function abortedByPeer(userData: ReceivedPresentationData | null): AcseIndication {
  const told = { type: 'A-ABORT indication', layer: 'acse', by: 'peer' } as const;
  if (userData === null) return { ...told, detail: 'user abort' };
  try {
    const { source, userInformation: information } = decode(Abrt, userData.data);
    const detail = source === ABORT_SOURCE.user ? 'user abort' : 'ACSE provider abort';
    const value = userValueOf(information);
    return { ...told, detail, ...(value && { userInformation: value }) };
  } catch (error) {
    if (error instanceof ViolationError) {
      return { ...told, detail: 'abort with an unreadable APDU' };
    }
    throw error;
  }
}

function up(primitive: AcseIndication | TransferIndication): Outputs[number] {
  return { to: 'above', primitive };
}

function down(primitive: PresentationRequest): Outputs[number] {
  return { to: 'below', primitive };
}

function aborted(
  layer: 'acse' | 'presentation' | 'session' | 'cotp',
  by: 'local' | 'peer' | 'transport',
  detail: string,
): Outputs[number] {
  return up({ type: 'A-ABORT indication', layer, by, detail });
}

function rejected(
  layer: 'acse' | 'presentation' | 'session',
  isTransient: boolean,
  diagnostic: string,
  userInformationValue: UserValue | null,
): Outputs[number] {
  return up({
    type: 'A-ASSOCIATE reject confirm',
    layer,
    isTransient,
    diagnostic,
    userInformation: userInformationValue,
  });
}
