/**
 * The presentation protocol machine: kernel, normal mode, any number of contexts with BER.
 *
 * Source: X.226 6, 7, Annex A.
 */
import { readElement } from '../../asn1/reader.js';
import { TAG } from '../../asn1/tag.js';
import { decode, encode } from '../../asn1/type.js';
import { assert, present } from '../../base/assert.js';
import { ViolationError } from '../../base/errors.js';
import { joinOctets } from '../../base/octets.js';
import { PRESENTATION_CONTEXTS_MAX } from '../../limits.js';
import type { LayerMachine, Output } from '../layer.js';
import {
  SESSION_REFUSAL,
  type SessionIndication,
  type SessionRequest,
} from '../session/service.js';
import {
  ABORT_REASON,
  AcceptPpdu,
  ConnectPpdu,
  type ContextItem,
  dataOf,
  decodeData,
  EVENT,
  encodeUserData,
  hasVersion1,
  NORMAL_MODE,
  PpduViolation,
  ProviderAbortPpdu,
  RefusePpdu,
  type ResultItem,
  UserAbortPpdu,
  type UserData,
  userDataOf,
} from './ppdu.js';
import {
  BER_TRANSFER_SYNTAX,
  PRESENTATION_REFUSAL,
  type PresentationContext,
  type PresentationIndication,
  type PresentationRequest,
  type ReceivedPresentationData,
} from './service.js';

type Outputs = Output<PresentationIndication, SessionRequest>[];
type State = 'idle' | 'awaiting CPA' | 'awaiting response' | 'connected' | 'ended';
type Connected = Extract<SessionIndication, { type: 'S-CONNECT indication' }>;

/** X.410 mode: the refusal that its RTS understands (validation failure). */
const REFUSE_X410 = Uint8Array.of(0x31, 3, 0x80, 1, 2);
/** Headers of a CPA, its mode selector, and the headers of its one value. */
const ACCEPT_BYTES = 36;
const RESULT_ITEM_BYTES = 9;
const PROVIDER_ABSTRACT_SYNTAX = 1;
const PROVIDER_TRANSFER_SYNTAX = 2;
const PROVIDER_LOCAL_LIMIT = 3;

export interface PresentationOptions {
  /** A session refusal code for the called S-selector, or null to take the connection. */
  readonly refuseSession?: (called: Uint8Array | undefined) => number | null;
  /** A provider reason to refuse the called P-selector with, or null to take the connection. */
  readonly refusePresentation?: (called: Uint8Array | undefined) => number | null;
}

export class PresentationMachine
  implements
    LayerMachine<PresentationRequest, PresentationIndication, SessionRequest, SessionIndication>
{
  readonly #options: PresentationOptions;
  #state: State = 'idle';
  /** As proposed, in order: results must come in the same order. */
  #proposed: readonly ContextItem[] = [];
  /** Accepted, or while connecting acceptable, by id. */
  #contexts = new Map<number, PresentationContext>();
  #calledSelector: Uint8Array | undefined;
  /** The session lacks what we need: refused it is, the question is only by whom. */
  #isLacking = false;

  constructor(options: PresentationOptions = {}) {
    this.#options = options;
  }

  fromAbove(request: PresentationRequest): Outputs {
    switch (request.type) {
      case 'P-CONNECT request':
        return this.#connectRequest(request);
      case 'P-CONNECT accept response':
        return this.#acceptResponse(request);
      case 'P-CONNECT refuse response':
        return this.#refuseResponse(request);
      case 'P-DATA request':
        assert(this.#state === 'connected', 'data needs a connection');
        return [
          down({
            type: 'S-DATA request',
            userData: encodeUserData(request.contextId, request.data),
          }),
        ];
      case 'P-RELEASE request':
      case 'P-RELEASE response': {
        const { contextId, data } = request.userData;
        const type =
          request.type === 'P-RELEASE request' ? 'S-RELEASE request' : 'S-RELEASE response';
        return [down({ type, userData: encodeUserData(contextId, data) })];
      }
      case 'P-U-ABORT request':
        return this.#abortRequest(request);
      case 'P-TOKEN-PLEASE request': {
        const { contextId, data } = request.userData;
        const userData = encodeUserData(contextId, data);
        return [down({ type: 'S-TOKEN-PLEASE request', userData })];
      }
      default:
        return [down(request)];
    }
  }

  fromBelow(indication: SessionIndication): Outputs {
    if (this.#state === 'ended') return [];
    try {
      return this.#indication(indication);
    } catch (error) {
      if (!(error instanceof ViolationError)) throw error;
      const { unrecognizedPpdu } = ABORT_REASON;
      const reason = error instanceof PpduViolation ? error.reason : unrecognizedPpdu;
      return this.#providerAbort(reason, eventOf(indication), error.message);
    }
  }

  #indication(indication: SessionIndication): Outputs {
    switch (indication.type) {
      case 'S-CONNECT indication':
        return this.#connectIndication(indication);
      case 'S-CONNECT accept confirm':
        return this.#accepted(indication.userData);
      case 'S-CONNECT refuse confirm':
        return this.#refused(indication.reason, indication.userData);
      case 'S-DATA indication':
        return this.#data(indication.userData);
      case 'S-RELEASE indication':
        return [
          up({ type: 'P-RELEASE indication', userData: this.#optional(indication.userData) }),
        ];
      case 'S-RELEASE confirm':
        this.#state = 'ended';
        return [up({ type: 'P-RELEASE confirm', userData: this.#optional(indication.userData) })];
      case 'S-U-ABORT indication':
        return this.#abortIndication(indication.userData);
      case 'S-P-ABORT indication': {
        const { by, detail } = indication;
        this.#state = 'ended';
        const layer = by === 'transport' ? 'cotp' : 'session';
        return [up({ type: 'P-P-ABORT indication', layer, by, detail })];
      }
      case 'S-TOKEN-PLEASE indication': {
        const userData = this.#optional(indication.userData);
        return [up({ type: 'P-TOKEN-PLEASE indication', userData })];
      }
      default:
        return [up(indication)];
    }
  }

  #connectRequest(request: Extract<PresentationRequest, { type: 'P-CONNECT request' }>): Outputs {
    assert(this.#state === 'idle', 'P-CONNECT is asked for once');
    this.#state = 'awaiting CPA';
    this.#proposed = request.contexts.map(({ id, abstractSyntax }) => ({
      id,
      abstractSyntax,
      transferSyntaxes: [BER_TRANSFER_SYNTAX],
    }));
    this.#contexts = new Map(request.contexts.map((context) => [context.id, context]));
    const {
      callingPresentation,
      calledPresentation,
      contexts: _c,
      userData,
      type: _t,
      ...addresses
    } = request;
    const ppdu = encode(ConnectPpdu, {
      mode: { mode: NORMAL_MODE },
      normal: {
        ...(callingPresentation && { callingSelector: callingPresentation }),
        ...(calledPresentation && { calledSelector: calledPresentation }),
        contexts: this.#proposed,
        userData: userDataOf(userData.contextId, joinOctets(userData.data)),
      },
    });
    return [down({ type: 'S-CONNECT request', userData: [ppdu], ...addresses })];
  }

  #connectIndication(indication: Connected): Outputs {
    const reason = this.#options.refuseSession?.(indication.calledSelector) ?? null;
    if (reason !== null) {
      this.#state = 'ended';
      const refusal = { type: 'S-CONNECT refuse response', reason, userData: [] } as const;
      return [down(refusal), aborted('called S-selector unknown')];
    }
    this.#isLacking = indication.lack !== undefined;
    let connect: ReturnType<typeof ConnectPpdu.decode>;
    try {
      connect = decode(ConnectPpdu, indication.userData);
    } catch (error) {
      if (!(error instanceof ViolationError)) throw error;
      return this.#refuseAlone(PRESENTATION_REFUSAL.notSpecified, error.message);
    }
    if (connect.mode.mode !== NORMAL_MODE) {
      this.#state = 'ended';
      const reason = SESSION_REFUSAL.user;
      const told = aborted('X.410-1984 mode');
      return [down({ type: 'S-CONNECT refuse response', reason, userData: [REFUSE_X410] }), told];
    }
    const { normal } = connect;
    if (normal === undefined) {
      return this.#refuseAlone(PRESENTATION_REFUSAL.notSpecified, 'no normal-mode parameters');
    }
    this.#proposed = normal.contexts;
    if (!hasVersion1(normal.protocolVersion)) {
      return this.#refuseAlone(PRESENTATION_REFUSAL.versionNotSupported, 'no common version');
    }
    if (normal.userData === undefined) {
      return this.#refuseAlone(PRESENTATION_REFUSAL.userDataNotReadable, 'no user data');
    }
    const selector = this.#options.refusePresentation?.(normal.calledSelector) ?? null;
    if (selector !== null) return this.#refuseAlone(selector, 'called P-selector unknown');
    const ids = normal.contexts.map(({ id }) => id);
    const areIdsGood =
      new Set(ids).size === ids.length && ids.every((id) => id > 0 && id % 2 === 1);
    if (ids.length === 0 || !areIdsGood) {
      return this.#refuseAlone(PRESENTATION_REFUSAL.notSpecified, 'bad context identifiers');
    }
    return this.#proposal(indication, normal.userData, normal);
  }

  #proposal(
    { type: _type, userData: _userData, answerBytesMax, ...addresses }: Connected,
    userData: UserData,
    selectors: { readonly callingSelector?: Uint8Array; readonly calledSelector?: Uint8Array },
  ): Outputs {
    const contexts = this.#proposed
      .slice(0, PRESENTATION_CONTEXTS_MAX)
      .filter(({ transferSyntaxes }) => transferSyntaxes.includes(BER_TRANSFER_SYNTAX))
      .map(({ id, abstractSyntax }) => ({ id, abstractSyntax }));
    this.#contexts = new Map(contexts.map((context) => [context.id, context]));
    const [value, ...more] = userData;
    if (value === undefined || more.length > 0 || !this.#contexts.has(value.contextId)) {
      return this.#refuseAlone(PRESENTATION_REFUSAL.userDataNotReadable, 'user data of no context');
    }
    this.#state = 'awaiting response';
    this.#calledSelector = selectors.calledSelector;
    const { callingSelector, calledSelector } = selectors;
    return [
      up({
        type: 'P-CONNECT indication',
        contexts,
        userData: { contextId: value.contextId, data: dataOf(value) },
        ...addresses,
        ...(callingSelector && { callingPresentation: callingSelector }),
        ...(calledSelector && { calledPresentation: calledSelector }),
        ...(answerBytesMax !== undefined && {
          answerBytesMax: answerBytesMax - this.#acceptanceBytes(),
        }),
      }),
    ];
  }

  /** What a CPA adds to its value, with every length in the three-octet form. */
  #acceptanceBytes(): number {
    const selectorBytes = this.#calledSelector === undefined ? 0 : 2 + this.#calledSelector.length;
    return ACCEPT_BYTES + selectorBytes + RESULT_ITEM_BYTES * this.#proposed.length;
  }

  #results(accepted: readonly number[]): ResultItem[] {
    return this.#proposed.map(({ id, transferSyntaxes }, index) => {
      if (accepted.includes(id)) return { result: 0, transferSyntax: BER_TRANSFER_SYNTAX };
      const hasBer = transferSyntaxes.includes(BER_TRANSFER_SYNTAX);
      const isBeyond = index >= PRESENTATION_CONTEXTS_MAX;
      const reason = hasBer ? PROVIDER_ABSTRACT_SYNTAX : PROVIDER_TRANSFER_SYNTAX;
      return { result: 2, providerReason: isBeyond ? PROVIDER_LOCAL_LIMIT : reason };
    });
  }

  #acceptResponse(
    request: Extract<PresentationRequest, { type: 'P-CONNECT accept response' }>,
  ): Outputs {
    assert(this.#state === 'awaiting response', 'an acceptance answers an indication');
    this.#state = 'connected';
    for (const id of this.#contexts.keys()) {
      if (!request.accepted.includes(id)) this.#contexts.delete(id);
    }
    const { contextId, data } = request.userData;
    const respondingSelector = this.#calledSelector;
    const ppdu = encode(AcceptPpdu, {
      mode: { mode: NORMAL_MODE },
      normal: {
        ...(respondingSelector && { respondingSelector }),
        results: this.#results(request.accepted),
        userData: userDataOf(contextId, joinOctets(data)),
      },
    });
    const { requirements } = request;
    const units = requirements === undefined ? {} : { requirements };
    return [down({ type: 'S-CONNECT accept response', userData: [ppdu], ...units })];
  }

  #refuseResponse(
    request: Extract<PresentationRequest, { type: 'P-CONNECT refuse response' }>,
  ): Outputs {
    assert(this.#state === 'awaiting response', 'a refusal answers an indication');
    this.#state = 'ended';
    const { userData, providerReason } = request;
    const ppdu = encode(RefusePpdu, {
      results: this.#results(request.accepted),
      ...(providerReason !== undefined && { providerReason }),
      ...(userData && { userData: userDataOf(userData.contextId, joinOctets(userData.data)) }),
    });
    return [
      down({ type: 'S-CONNECT refuse response', reason: SESSION_REFUSAL.user, userData: [ppdu] }),
    ];
  }

  #refuseAlone(providerReason: number, detail: string): Outputs {
    this.#state = 'ended';
    if (this.#isLacking) {
      const reason = SESSION_REFUSAL.implementationRestriction;
      return [down({ type: 'S-CONNECT refuse response', reason, userData: [] }), aborted(detail)];
    }
    const ppdu = encode(RefusePpdu, { results: [], providerReason });
    const refusal = { type: 'S-CONNECT refuse response', reason: SESSION_REFUSAL.user } as const;
    return [down({ ...refusal, userData: [ppdu] }), aborted(detail)];
  }

  #accepted(octets: Uint8Array): Outputs {
    if (readElement(octets).tag === TAG.sequence) {
      return this.#providerAbort(ABORT_REASON.unexpectedPpdu, EVENT.cpr, 'a CPR that accepts');
    }
    if (isConnect(octets)) {
      return this.#providerAbort(ABORT_REASON.unexpectedPpdu, EVENT.cp, 'a CP that accepts');
    }
    const { normal } = decode(AcceptPpdu, octets);
    for (const [index, { id }] of this.#proposed.entries()) {
      const item = normal.results[index];
      const isBer = (item?.transferSyntax ?? BER_TRANSFER_SYNTAX) === BER_TRANSFER_SYNTAX;
      if (item?.result !== 0 || !isBer) this.#contexts.delete(id);
    }
    const [value] = normal.userData ?? [];
    if (value === undefined) throw new ViolationError('presentation', 'no-user-data');
    this.#state = 'connected';
    const userData = this.#known(value.contextId, dataOf(value));
    return [
      up({ type: 'P-CONNECT accept confirm', contexts: [...this.#contexts.values()], userData }),
    ];
  }

  #refused(reason: number, octets: Uint8Array): Outputs {
    this.#state = 'ended';
    const refused = { type: 'P-CONNECT refuse confirm' } as const;
    if (reason !== SESSION_REFUSAL.user || octets.length === 0) {
      return [up({ ...refused, by: 'session', reason, userData: null })];
    }
    // Refused it is, readable or not: of X.410 mode, for one, the refusal has another form.
    const { providerReason, userData } = readable(() => decode(RefusePpdu, octets)) ?? {};
    const [value] = userData ?? [];
    if (providerReason !== undefined || value === undefined) {
      const reason = providerReason ?? null;
      return [up({ ...refused, by: 'presentation', reason, userData: null })];
    }
    const { contextId } = value;
    return [
      up({ ...refused, by: 'user', reason: null, userData: { contextId, data: dataOf(value) } }),
    ];
  }

  #data(octets: Uint8Array): Outputs {
    const values = decodeData(octets).map(({ contextId, data }) => this.#known(contextId, data));
    return values.map((value) => up({ type: 'P-DATA indication', ...value }));
  }

  #optional(octets: Uint8Array): ReceivedPresentationData | null {
    const [value] = octets.length === 0 ? [] : decodeData(octets);
    return value === undefined ? null : this.#known(value.contextId, value.data);
  }

  #known(contextId: number, data: Uint8Array): ReceivedPresentationData {
    if (!this.#contexts.has(contextId)) {
      throw new PpduViolation(ABORT_REASON.invalidParameterValue, `no-context-${contextId}`);
    }
    return { contextId, data };
  }

  #abortRequest(request: Extract<PresentationRequest, { type: 'P-U-ABORT request' }>): Outputs {
    const wasOver = this.#state === 'ended';
    this.#state = 'ended';
    if (wasOver) return [];
    const { contextId, data } = request.userData;
    const contexts = [...this.#contexts.keys()]
      .filter((id) => id === contextId)
      .map((id) => ({ id, transferSyntax: BER_TRANSFER_SYNTAX }));
    const userData = userDataOf(contextId, joinOctets(data));
    return [
      down({
        type: 'S-U-ABORT request',
        userData: [encode(UserAbortPpdu, { contexts, userData })],
      }),
    ];
  }

  #abortIndication(octets: Uint8Array): Outputs {
    this.#state = 'ended';
    const isUsers = octets[0] === 0xa0;
    if (!isUsers) {
      const detail = octets.length === 0 ? 'abort without user data' : providerAbortText(octets);
      return [up({ type: 'P-P-ABORT indication', layer: 'presentation', by: 'peer', detail })];
    }
    const [value] = readable(() => decode(UserAbortPpdu, octets))?.userData ?? [];
    const userData =
      value === undefined ? null : { contextId: value.contextId, data: dataOf(value) };
    return [up({ type: 'P-U-ABORT indication', userData })];
  }

  #providerAbort(reason: number, event: number, detail: string): Outputs {
    this.#state = 'ended';
    const ppdu = encode(ProviderAbortPpdu, { reason, event });
    return [down({ type: 'S-U-ABORT request', userData: [ppdu] }), aborted(detail)];
  }
}

/** A CP and a CPA differ in what they say of contexts. */
function isConnect(octets: Uint8Array): boolean {
  return (readable(() => decode(ConnectPpdu, octets))?.normal?.contexts.length ?? 0) > 0;
}

function providerAbortText(octets: Uint8Array): string {
  const abort = readable(() => decode(ProviderAbortPpdu, octets));
  if (abort === null) return 'abort with unreadable user data';
  return `provider abort, reason ${abort.reason ?? 'none'}, event ${abort.event ?? 'none'}`;
}

/** What the peer said as it left, or null: whatever it is, the connection is over already. */
function readable<T>(decoder: () => T): T | null {
  try {
    return decoder();
  } catch (error) {
    if (error instanceof ViolationError) return null;
    throw error;
  }
}

function eventOf(indication: SessionIndication): number {
  const events = new Map<string, number>([
    ['S-CONNECT indication', EVENT.cp],
    ['S-CONNECT accept confirm', EVENT.cpa],
    ['S-CONNECT refuse confirm', EVENT.cpr],
    ['S-RELEASE indication', EVENT.release],
    ['S-RELEASE confirm', EVENT.releaseConfirm],
    ['S-TOKEN-PLEASE indication', EVENT.tokenPlease],
  ]);
  return present(events.get(indication.type) ?? EVENT.td, 'every indication has an event');
}

function up(primitive: PresentationIndication): Outputs[number] {
  return { to: 'above', primitive };
}

function down(primitive: SessionRequest): Outputs[number] {
  return { to: 'below', primitive };
}

function aborted(detail: string): Outputs[number] {
  return up({ type: 'P-P-ABORT indication', layer: 'presentation', by: 'local', detail });
}
