/**
 * The session protocol machine: kernel and duplex, versions 1 and 2, one session on one transport
 * connection. Where the units of RTSE are in force instead of duplex, {@link Activities} has them;
 * where they are not, their SPDUs are protocol errors.
 *
 * Source: X.225 7, 8, Annex A; the states bear the names of Annex A where it has one.
 */
import { assert } from '../../base/assert.js';
import { ViolationError } from '../../base/errors.js';
import { joinOctets, NO_OCTETS, type Pieces, sizeOf } from '../../base/octets.js';
import {
  CONNECT_USER_DATA_BYTES_MAX,
  CONNECT_USER_DATA_SHORT_BYTES_MAX,
  TSDU_BYTES_MAX,
} from '../../limits.js';
import type { TransportIndication, TransportRequest } from '../cotp/service.js';
import type { LayerMachine, Output, Role } from '../layer.js';
import { Activities, referenceOctets, referenceOf, TOKENS, tokensOf } from './activities.js';
import {
  type ConnectionReference,
  FUNCTIONAL_UNIT,
  NO_DUPLEX,
  RTSE_UNITS,
  SESSION_REFUSAL,
  type SessionIndication,
  type SessionRequest,
} from './service.js';
import {
  connectUserDataParameter,
  decodeSpdu,
  encodeSpdu,
  hasStrayParameter,
  isGoodConnect,
  longParameter,
  PI,
  parameter,
  SI,
  type Spdu,
  userDataParameter,
} from './spdu.js';

type Outputs = Output<SessionIndication, TransportRequest>[];

export interface SessionOptions {
  readonly role: Role;
  /** A DR reason to refuse the called T-selector with, or null to take the connection. */
  readonly refuseTransport?: (called: Uint8Array | undefined) => number | null;
  /** Given: a session may come with the units of RTSE instead of duplex. */
  readonly reliable?: object;
}

type State =
  | 'STA01 idle'
  | 'STA01B awaiting transport confirm'
  | 'STA01C awaiting CN'
  | 'STA02A awaiting AC'
  | 'STA08 awaiting connect response'
  | 'STA713 data transfer'
  | 'STA03 awaiting DN'
  | 'STA09 awaiting release response'
  | 'STA16 awaiting transport disconnect'
  | 'ended';

const DUPLEX = FUNCTIONAL_UNIT.duplex;
/** X.225 8.3.1.15: half-duplex, minor synchronize, activity, capability, exceptions. */
const REQUIREMENTS_DEFAULT = 0x0349;
const VERSION_1 = 0x01;
const VERSION_2 = 0x02;

/** An empty GT and a DT without parameters: how all data begin, but for segments. */
const PLAIN_DATA = Uint8Array.of(1, 0, 1, 0);
/** Transport released. */
const RELEASED = parameter(PI.transportDisconnect, 0x01);

export class SessionMachine
  implements LayerMachine<SessionRequest, SessionIndication, TransportRequest, TransportIndication>
{
  readonly #options: SessionOptions;
  #state: State = 'STA01 idle';
  #version = VERSION_2;
  /** The CONNECT that waits for its transport connection. */
  #connect: Extract<SessionRequest, { type: 'S-CONNECT request' }> | null = null;
  #transport: { calling?: Uint8Array; called?: Uint8Array } = {};
  #calledSelector: Uint8Array | undefined;
  /** The peer's ACCEPT named TSDU sizes: it may segment. We never name any. */
  #isSegmented = false;
  /** Segments of an SSDU, which enclosure items tell. */
  #segments: Uint8Array[] = [];
  #segmentBytes = 0;
  #isFinishing = false;
  /** Tokens and activities; null where the session is duplex. */
  #activities: Activities | null = null;
  #reference: ConnectionReference | undefined;
  #tokens: number = TOKENS.initiator;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** Octets of an SSDU that has begun and not ended. */
  get heldBytes(): number {
    return this.#segmentBytes;
  }

  fromAbove(request: SessionRequest): Outputs {
    switch (request.type) {
      case 'S-CONNECT request':
        return this.#connectRequest(request);
      case 'S-CONNECT accept response':
        this.#expect('STA08 awaiting connect response');
        this.#state = 'STA713 data transfer';
        return [this.#accept(request.userData, request.requirements ?? DUPLEX)];
      case 'S-CONNECT refuse response':
        this.#expect('STA08 awaiting connect response');
        return this.#refuse(request.reason, request.userData);
      case 'S-DATA request':
        assert(
          this.#state === 'STA713 data transfer' ||
            this.#state === 'STA09 awaiting release response',
          'data needs a session',
        );
        return [send([PLAIN_DATA, ...request.userData])];
      case 'S-RELEASE request':
        this.#expect('STA713 data transfer');
        this.#state = 'STA03 awaiting DN';
        return [send(encodeSpdu(SI.finish, RELEASED, userDataParameter(request.userData)))];
      case 'S-RELEASE response':
        return this.#releaseResponse(request.userData);
      case 'S-U-ABORT request':
        return this.#userAbort(request.userData);
      default: {
        const activities = this.#activities;
        assert(activities !== null, 'tokens and activities are in force');
        // A request may cross the end of the session, of which its user is still to hear.
        return this.#isDataExpected() ? [send(activities.request(request))] : [];
      }
    }
  }

  fromBelow(indication: TransportIndication): Outputs {
    if (this.#state === 'ended') return [];
    switch (indication.type) {
      case 'T-CONNECT indication':
        return this.#transportIndication(indication);
      case 'T-CONNECT confirm':
        return this.#sendConnect();
      case 'T-DISCONNECT indication':
        return this.#transportLost(indication.detail);
      case 'T-DATA indication':
        if (this.#state === 'STA16 awaiting transport disconnect') return [];
        return this.#tsdu(indication.userData);
    }
  }

  #expect(state: State): void {
    assert(this.#state === state, `a session request in the state ${state}`);
  }

  #connectRequest(request: Extract<SessionRequest, { type: 'S-CONNECT request' }>): Outputs {
    this.#expect('STA01 idle');
    assert(sizeOf(request.userData) <= CONNECT_USER_DATA_BYTES_MAX, 'a CONNECT fits one SPDU');
    this.#state = 'STA01B awaiting transport confirm';
    this.#connect = request;
    const { callingTransport: calling, calledTransport: called } = request;
    const addresses = { ...(calling && { calling }), ...(called && { called }) };
    return [{ to: 'below', primitive: { type: 'T-CONNECT request', ...addresses } }];
  }

  #transportIndication(addresses: { calling?: Uint8Array; called?: Uint8Array }): Outputs {
    const reason = this.#options.refuseTransport?.(addresses.called) ?? null;
    if (reason !== null) {
      this.#state = 'ended';
      return [{ to: 'below', primitive: { type: 'T-DISCONNECT request', reason } }];
    }
    this.#transport = addresses;
    this.#state = 'STA01C awaiting CN';
    return [{ to: 'below', primitive: { type: 'T-CONNECT response' } }];
  }

  #sendConnect(): Outputs {
    const request = this.#connect;
    assert(request !== null, 'a transport confirm answers a request of ours');
    this.#state = 'STA02A awaiting AC';
    const { callingSelector: calling, calledSelector: called, reference } = request;
    const { requirements = DUPLEX } = request;
    const item = [
      ...parameter(PI.protocolOptions, 0),
      ...parameter(PI.version, VERSION_2),
      ...(requirements === DUPLEX ? [] : parameter(PI.tokenSetting, TOKENS.initiator)),
    ];
    const spdu = encodeSpdu(
      SI.connect,
      reference
        ? longParameter(PI.connectionIdentifier, referenceOctets(reference, PI.callingReference))
        : [],
      longParameter(PI.connectAcceptItem, item),
      parameter(PI.userRequirements, requirements >> 8, requirements & 0xff),
      calling ? longParameter(PI.callingSelector, [calling]) : [],
      called ? longParameter(PI.calledSelector, [called]) : [],
      connectUserDataParameter(request.userData),
    );
    return [send(spdu)];
  }

  #accept(userData: Pieces, requirements: number): Outputs[number] {
    const isDuplex = requirements === DUPLEX;
    if (!isDuplex) this.#activities = new Activities(this.#tokens === TOKENS.responder);
    const item = [
      ...parameter(PI.protocolOptions, 0),
      ...parameter(PI.version, this.#version),
      ...(isDuplex ? [] : parameter(PI.tokenSetting, this.#tokens)),
    ];
    const responding = this.#calledSelector;
    const reference = isDuplex ? undefined : this.#reference;
    const spdu = encodeSpdu(
      SI.accept,
      reference
        ? longParameter(PI.connectionIdentifier, referenceOctets(reference, PI.calledReference))
        : [],
      longParameter(PI.connectAcceptItem, item),
      parameter(PI.userRequirements, requirements >> 8, requirements & 0xff),
      responding ? longParameter(PI.calledSelector, [responding]) : [],
      userDataParameter(userData),
    );
    return send(spdu);
  }

  #refuse(reason: number, userData: Pieces): Outputs {
    const value = [Uint8Array.of(reason), ...userData];
    this.#state = 'STA16 awaiting transport disconnect';
    return [send(encodeSpdu(SI.refuse, RELEASED, longParameter(PI.reason, value)))];
  }

  /** Refuses by ourselves; above nobody has heard of the session. */
  #refuseAlone(reason: number, detail: string): Outputs {
    return [...this.#refuse(reason, []), up({ type: 'S-P-ABORT indication', by: 'local', detail })];
  }

  #releaseResponse(userData: Pieces): Outputs {
    this.#expect('STA09 awaiting release response');
    const answer = send(encodeSpdu(SI.disconnect, userDataParameter(userData)));
    if (this.#isFinishing) {
      // Both sides asked at once: ours is still to be confirmed.
      this.#state = 'STA03 awaiting DN';
      return [answer];
    }
    this.#state = 'STA16 awaiting transport disconnect';
    return [answer];
  }

  #userAbort(userData: Pieces): Outputs {
    if (this.#state === 'ended' || this.#state === 'STA16 awaiting transport disconnect') return [];
    const isConnected = !['STA01 idle', 'STA01B awaiting transport confirm'].includes(this.#state);
    this.#state = isConnected ? 'STA16 awaiting transport disconnect' : 'ended';
    if (!isConnected) return [CLOSE];
    const released = parameter(PI.transportDisconnect, 0x03);
    return [send(encodeSpdu(SI.abort, released, userDataParameter(userData)))];
  }

  #transportLost(detail: string): Outputs {
    const wasOver = this.#state === 'STA16 awaiting transport disconnect';
    const wasHeardOf = !['STA01 idle', 'STA01C awaiting CN'].includes(this.#state);
    this.#state = 'ended';
    if (wasOver || !(wasHeardOf || detail !== '')) return [];
    return [up({ type: 'S-P-ABORT indication', by: 'transport', detail })];
  }

  #tsdu(tsdu: Uint8Array): Outputs {
    try {
      return this.#spdus(tsdu);
    } catch (error) {
      if (error instanceof ViolationError) return this.#violated(error.code);
      throw error;
    }
  }

  #violated(detail: string): Outputs {
    const isBeforeConnect = this.#state === 'STA01C awaiting CN';
    if (isBeforeConnect && detail === 'bad-parameter') {
      return this.#refuseAlone(SESSION_REFUSAL.notSpecified, 'a CONNECT with a broken parameter');
    }
    const told = up({ type: 'S-P-ABORT indication', by: 'local', detail } as const);
    this.#state = isBeforeConnect ? 'ended' : 'STA16 awaiting transport disconnect';
    if (isBeforeConnect) return [CLOSE, told];
    return [send(encodeSpdu(SI.abort, parameter(PI.transportDisconnect, 0x05))), told];
  }

  #spdus(tsdu: Uint8Array): Outputs {
    if (this.#isDataExpected() && this.#segments.length === 0 && isPlainData(tsdu)) {
      if (this.#activities?.isTurnOurs === true) throw violation('no-data-token');
      return [up({ type: 'S-DATA indication', userData: tsdu.subarray(PLAIN_DATA.length) })];
    }
    const activities = this.#activities;
    const first = decodeSpdu(tsdu);
    const isPrefix = first.si === SI.giveTokens || first.si === SI.pleaseTokens;
    if (isPrefix && this.#isDataExpected()) {
      // Category 0 stands alone only where tokens exist; elsewhere one of category 2 must follow.
      if (activities !== null && first.rest.length === 0) return this.#tokensAsked(first);
      const second = decodeSpdu(first.rest);
      if (activities === null && second.si !== SI.data) throw violation('unexpected-spdu');
      if (hasStrayParameter(first) || hasStrayParameter(second)) throw violation('stray-parameter');
      if (activities === null) return this.#data(second);
      if (second.si !== SI.data) return this.#ofActivity(activities, second);
      if (activities.isTurnOurs) throw violation('no-data-token');
      return this.#data(second);
    }
    if (first.rest.length > 0) throw violation('concatenated-spdu');
    if (hasStrayParameter(first)) throw violation('stray-parameter');
    return this.#categoryOne(first);
  }

  #ofActivity(activities: Activities, spdu: Spdu): Outputs {
    if (spdu.rest.length > 0) throw violation('concatenated-spdu');
    return [up(activities.received(spdu))];
  }

  /** A PT by itself. A GT by itself would give some tokens and not others. */
  #tokensAsked(spdu: Spdu): Outputs {
    const isAsking = spdu.si === SI.pleaseTokens && spdu.parameters.has(PI.tokenItem);
    if (!isAsking || hasStrayParameter(spdu)) throw violation('unexpected-spdu');
    return [up({ type: 'S-TOKEN-PLEASE indication', userData: userDataOf(spdu) })];
  }

  #isDataExpected(): boolean {
    return this.#state === 'STA713 data transfer' || this.#state === 'STA03 awaiting DN';
  }

  #categoryOne(spdu: Spdu): Outputs {
    if (this.#state === 'STA01C awaiting CN') {
      if (spdu.si !== SI.connect) throw violation('no-connect');
      return this.#connectSpdu(spdu);
    }
    if (spdu.si === SI.abort) return this.#abortSpdu(spdu);
    if (this.#state === 'STA02A awaiting AC') {
      if (spdu.si === SI.accept) return this.#acceptSpdu(spdu);
      if (spdu.si === SI.refuse) return this.#refuseSpdu(spdu);
    }
    if (this.#activities !== null && this.#isDataExpected()) {
      // The acknowledgement is the provider's own; it tells the user nothing that he waits for.
      if (spdu.si === SI.giveTokensAck) return [];
      if (spdu.si === SI.giveTokensConfirm) {
        const answer = send(encodeSpdu(SI.giveTokensAck));
        return [answer, up(this.#activities.given())];
      }
    }
    if (spdu.si === SI.finish && this.#isDataExpected()) {
      this.#isFinishing = this.#state === 'STA03 awaiting DN';
      this.#state = 'STA09 awaiting release response';
      return [up({ type: 'S-RELEASE indication', userData: userDataOf(spdu) })];
    }
    if (spdu.si === SI.disconnect && this.#state === 'STA03 awaiting DN') {
      this.#state = 'ended';
      return [up({ type: 'S-RELEASE confirm', userData: userDataOf(spdu) }), CLOSE];
    }
    throw violation('unexpected-spdu');
  }

  #connectSpdu(spdu: Spdu): Outputs {
    const { parameters } = spdu;
    if (!isGoodConnect(spdu)) {
      return this.#refuseAlone(SESSION_REFUSAL.notSpecified, 'a broken CONNECT');
    }
    const version = parameters.get(PI.version)?.[0] ?? 0;
    if ((version & (VERSION_1 | VERSION_2)) === 0) {
      return this.#refuseAlone(SESSION_REFUSAL.versionsNotSupported, 'no common version');
    }
    this.#version = (version & VERSION_2) === 0 ? VERSION_1 : VERSION_2;
    const userData = parameters.get(PI.extendedUserData) ?? parameters.get(PI.userData);
    if (userData === undefined) {
      return this.#refuseAlone(SESSION_REFUSAL.notSpecified, 'a CONNECT without user data');
    }
    const isTooLong = userData.length > CONNECT_USER_DATA_BYTES_MAX;
    if (isTooLong || parameters.has(PI.dataOverflow)) {
      const reason = SESSION_REFUSAL.implementationRestriction;
      return this.#refuseAlone(reason, 'a CONNECT with data overflow');
    }
    this.#calledSelector = nonEmpty(parameters.get(PI.calledSelector));
    this.#state = 'STA08 awaiting connect response';
    // Version 1 sets this bound; ISODE, which is known by its bound on TSDUs, holds it in both.
    const isShort = this.#version === VERSION_1 || parameters.has(PI.tsduMaximumSize);
    const bound = isShort && { answerBytesMax: CONNECT_USER_DATA_SHORT_BYTES_MAX };
    const addresses = { ...this.#addresses(parameters), ...bound };
    const requirements = requirementsOf(parameters);
    const tokens = tokensOf(parameters);
    const hasUnits = (requirements & RTSE_UNITS) === RTSE_UNITS && tokens !== null;
    if (hasUnits && this.#options.reliable !== undefined) {
      this.#tokens = tokens;
      this.#reference = referenceOf(parameters, PI.callingReference);
      const reference = this.#reference && { reference: this.#reference };
      const isTurnOurs = tokens === TOKENS.responder;
      const units = { requirements, isTurnOurs, ...reference };
      return [up({ type: 'S-CONNECT indication', userData, ...addresses, ...units })];
    }
    const lack = (requirements & DUPLEX) !== 0 ? {} : { lack: NO_DUPLEX };
    return [up({ type: 'S-CONNECT indication', userData, ...addresses, ...lack })];
  }

  #addresses(parameters: ReadonlyMap<number, Uint8Array>) {
    const callingSelector = nonEmpty(parameters.get(PI.callingSelector));
    const calledSelector = this.#calledSelector;
    const { calling: callingTransport, called: calledTransport } = this.#transport;
    return {
      ...(callingSelector && { callingSelector }),
      ...(calledSelector && { calledSelector }),
      ...(callingTransport && { callingTransport }),
      ...(calledTransport && { calledTransport }),
    };
  }

  #acceptSpdu(spdu: Spdu): Outputs {
    const { requirements: needed = DUPLEX } = this.#connect ?? {};
    if ((requirementsOf(spdu.parameters) & needed) !== needed) {
      throw violation(needed === DUPLEX ? 'no-duplex' : 'no-activities');
    }
    if (needed !== DUPLEX) this.#activities = new Activities(true);
    const version = spdu.parameters.get(PI.version)?.[0] ?? VERSION_1;
    if (version !== VERSION_2) throw violation('version-not-offered');
    this.#state = 'STA713 data transfer';
    this.#isSegmented = spdu.parameters.has(PI.tsduMaximumSize);
    return [up({ type: 'S-CONNECT accept confirm', userData: userDataOf(spdu) })];
  }

  #refuseSpdu(spdu: Spdu): Outputs {
    this.#state = 'ended';
    const reason = spdu.parameters.get(PI.reason) ?? Uint8Array.of(0);
    const userData = reason.subarray(1);
    const code = reason[0] ?? 0;
    return [up({ type: 'S-CONNECT refuse confirm', reason: code, userData }), CLOSE];
  }

  #abortSpdu(spdu: Spdu): Outputs {
    this.#state = 'ended';
    const cause = spdu.parameters.get(PI.transportDisconnect)?.[0] ?? 0;
    if ((cause & 0x02) !== 0) {
      return [up({ type: 'S-U-ABORT indication', userData: userDataOf(spdu) }), CLOSE];
    }
    const detail = `session provider abort, cause ${cause}`;
    return [up({ type: 'S-P-ABORT indication', by: 'peer', detail }), CLOSE];
  }

  #data(spdu: Spdu): Outputs {
    const enclosure = spdu.parameters.get(PI.enclosureItem)?.[0] ?? 0x03;
    const isFirst = (enclosure & 0x01) !== 0;
    const isLast = (enclosure & 0x02) !== 0;
    if (isFirst !== (this.#segments.length === 0)) throw violation('segments-out-of-order');
    if (isFirst && isLast) return [up({ type: 'S-DATA indication', userData: spdu.rest })];
    if (!this.#isSegmented) throw violation('segments-not-agreed');
    this.#segmentBytes += spdu.rest.length;
    if (this.#segmentBytes > TSDU_BYTES_MAX) throw violation('ssdu-too-long');
    this.#segments.push(spdu.rest);
    if (!isLast) return [];
    const userData = joinOctets(this.#segments);
    this.#segments = [];
    this.#segmentBytes = 0;
    return [up({ type: 'S-DATA indication', userData })];
  }
}

const CLOSE: Outputs[number] = {
  to: 'below',
  primitive: { type: 'T-DISCONNECT request', reason: 0 },
};

function up(primitive: SessionIndication): Outputs[number] {
  return { to: 'above', primitive };
}

function send(userData: Pieces): Outputs[number] {
  return { to: 'below', primitive: { type: 'T-DATA request', userData } };
}

function violation(code: string): ViolationError {
  return new ViolationError('session', code);
}

function isPlainData(tsdu: Uint8Array): boolean {
  return tsdu.length >= 4 && tsdu[0] === 1 && tsdu[1] === 0 && tsdu[2] === 1 && tsdu[3] === 0;
}

function userDataOf(spdu: Spdu): Uint8Array {
  return spdu.parameters.get(PI.userData) ?? NO_OCTETS;
}

function nonEmpty(value: Uint8Array | undefined): Uint8Array | undefined {
  return value === undefined || value.length === 0 ? undefined : value;
}

function requirementsOf(parameters: ReadonlyMap<number, Uint8Array>): number {
  const value = parameters.get(PI.userRequirements);
  return value === undefined ? REQUIREMENTS_DEFAULT : (value[0] ?? 0) * 256 + (value[1] ?? 0);
}
