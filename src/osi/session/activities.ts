/**
 * The functional units that RTSE needs, within a session: half-duplex, minor synchronize, activity
 * management and exceptions. The three tokens (data, sync-minor, major/activity) always move
 * together: who has them has the turn. What the turn and an activity allow is the user's to judge;
 * here stand the tokens of data, the serial numbers, and the forms of the SPDUs.
 *
 * Source: X.225 7.10 to 7.31, 8.3; the form of the octets is that of ISODE.
 */
import { ViolationError } from '../../base/errors.js';
import type { Pieces } from '../../base/octets.js';
import {
  ACTIVITY_IDENTIFIER_BYTES_MAX,
  SESSION_REFERENCE_BYTES_MAX,
  SESSION_SERIAL_MAX,
} from '../../limits/reliable-transfer.js';
import type {
  ActivityIndication,
  ActivityLink,
  ActivityRequest,
  ConnectionReference,
} from './service.js';
import {
  decodeGroup,
  encodeSpdu,
  longParameter,
  PI,
  parameter,
  SI,
  type Spdu,
  userDataParameter,
} from './spdu.js';

type Received = ActivityIndication | { type: 'S-TOKEN-PLEASE indication'; userData: Uint8Array };
type Asked = ActivityRequest | { type: 'S-TOKEN-PLEASE request'; userData: Pieces };

/** What stands before an SPDU of category 2: ISODE takes GT before a sender's, PT before others. */
const GIVE = Uint8Array.of(SI.giveTokens, 0);
const PLEASE = Uint8Array.of(SI.pleaseTokens, 0);
const DATA_TOKEN = 0x01;

/** Whose all tokens are at first: the initiator's, the responder's, or whose the responder says. */
export const TOKENS = { initiator: 0x00, responder: 0x15, called: 0x2a } as const;

/** On whose side the tokens of a CONNECT are, where we may say on its own; null: not all on one. */
export function tokensOf(parameters: ReadonlyMap<number, Uint8Array>): number | null {
  const { initiator, responder, called } = TOKENS;
  const tokens = (parameters.get(PI.tokenSetting)?.[0] ?? initiator) & 0x3f;
  if (tokens === responder) return responder;
  return tokens === initiator || tokens === called ? initiator : null;
}

export class Activities {
  /** Whether the tokens are here. */
  #isTurnOurs: boolean;
  /** V(M): what the next synchronization point bears. */
  #nextSerial = 1;
  /** V(A): the lowest that is not confirmed. */
  #unconfirmedSerial = 1;

  constructor(isTurnOurs: boolean) {
    this.#isTurnOurs = isTurnOurs;
  }

  get isTurnOurs(): boolean {
    return this.#isTurnOurs;
  }

  /** The TSDU that says it. */
  request(request: Asked): Pieces {
    switch (request.type) {
      case 'S-TOKEN-PLEASE request': {
        const token = parameter(PI.tokenItem, DATA_TOKEN);
        return encodeSpdu(SI.pleaseTokens, token, userDataParameter(request.userData));
      }
      case 'S-CONTROL-GIVE request':
        this.#isTurnOurs = false;
        return encodeSpdu(SI.giveTokensConfirm);
      case 'S-ACTIVITY-START request':
        this.#begin(1);
        return sender(SI.activityStart, longParameter(PI.activityIdentifier, [request.activity]));
      case 'S-ACTIVITY-RESUME request':
        this.#begin(request.link.serial + 1);
        return sender(
          SI.activityResume,
          longParameter(PI.linkingInformation, linkOctets(request.link)),
          longParameter(PI.activityIdentifier, [request.activity]),
        );
      case 'S-SYNC-MINOR request':
        return sender(SI.minorSync, this.#point());
      case 'S-ACTIVITY-END request':
        return sender(SI.activityEnd, this.#point());
      case 'S-SYNC-MINOR response':
        this.#unconfirmedSerial = request.serial + 1;
        return receiver(SI.minorSyncAck, serialOctets(request.serial));
      case 'S-ACTIVITY-END response':
        this.#unconfirmedSerial = this.#nextSerial;
        return receiver(SI.activityEndAck, serialOctets(this.#nextSerial - 1));
      case 'S-ACTIVITY-INTERRUPT request':
        return sender(SI.activityInterrupt, parameter(PI.reason, request.reason));
      case 'S-ACTIVITY-DISCARD request':
        return sender(SI.activityDiscard, parameter(PI.reason, request.reason));
      case 'S-U-EXCEPTION-REPORT request':
        return receiver(SI.exceptionData, parameter(PI.reason, request.reason));
      case 'S-ACTIVITY-INTERRUPT response':
        return receiver(SI.activityInterruptAck);
      case 'S-ACTIVITY-DISCARD response':
        return receiver(SI.activityDiscardAck);
    }
  }

  /** A GTC; the caller acknowledges it. */
  given(): ActivityIndication {
    this.#isTurnOurs = true;
    return { type: 'S-CONTROL-GIVE indication' };
  }

  /** An SPDU of category 2, but for data. Throws a violation where its form or number is wrong. */
  received(spdu: Spdu): Received {
    const { parameters } = spdu;
    switch (spdu.si) {
      case SI.activityStart:
        this.#begin(1);
        return { type: 'S-ACTIVITY-START indication', activity: identifierOf(parameters) };
      case SI.activityResume: {
        const link = linkOf(parameters.get(PI.linkingInformation));
        this.#begin(link.serial + 1);
        return { type: 'S-ACTIVITY-RESUME indication', activity: identifierOf(parameters), link };
      }
      case SI.minorSync:
        // Confirmed it is, whether its type item asks for that or not.
        return { type: 'S-SYNC-MINOR indication', serial: this.#pointReached(parameters) };
      case SI.activityEnd:
        if (parameters.has(PI.syncType)) throw violation('major-sync-not-agreed');
        this.#pointReached(parameters);
        return { type: 'S-ACTIVITY-END indication' };
      case SI.minorSyncAck:
        return { type: 'S-SYNC-MINOR confirm', serial: this.#confirmed(parameters) };
      case SI.activityEndAck:
        if (this.#confirmed(parameters) !== this.#nextSerial - 1) throw violation('wrong-serial');
        return { type: 'S-ACTIVITY-END confirm' };
      default:
        return reported(spdu);
    }
  }

  #begin(serial: number): void {
    this.#nextSerial = serial;
    this.#unconfirmedSerial = serial;
  }

  /** A point of ours: its number, and the next. */
  #point(): Pieces {
    const serial = this.#nextSerial;
    this.#nextSerial += 1;
    return serialOctets(serial);
  }

  #pointReached(parameters: Spdu['parameters']): number {
    const serial = serialOf(parameters);
    if (serial !== this.#nextSerial) throw violation('wrong-serial');
    this.#nextSerial += 1;
    return serial;
  }

  #confirmed(parameters: Spdu['parameters']): number {
    const serial = serialOf(parameters);
    if (serial < this.#unconfirmedSerial || serial >= this.#nextSerial) {
      throw violation('wrong-serial');
    }
    this.#unconfirmedSerial = serial + 1;
    return serial;
  }
}

function reported({ si, parameters }: Spdu): Received {
  const reason = parameters.get(PI.reason)?.[0] ?? 0;
  switch (si) {
    case SI.activityInterrupt:
      return { type: 'S-ACTIVITY-INTERRUPT indication', reason };
    case SI.activityInterruptAck:
      return { type: 'S-ACTIVITY-INTERRUPT confirm' };
    case SI.activityDiscard:
      return { type: 'S-ACTIVITY-DISCARD indication', reason };
    case SI.activityDiscardAck:
      return { type: 'S-ACTIVITY-DISCARD confirm' };
    case SI.exceptionData:
      return { type: 'S-U-EXCEPTION-REPORT indication', reason };
    default:
      throw violation('unexpected-spdu');
  }
}

const sender = (si: number, ...parameters: Pieces[]): Pieces => [
  GIVE,
  ...encodeSpdu(si, ...parameters),
];
const receiver = (si: number, ...parameters: Pieces[]): Pieces => [
  PLEASE,
  ...encodeSpdu(si, ...parameters),
];

function identifierOf(parameters: ReadonlyMap<number, Uint8Array>): Uint8Array {
  const identifier = parameters.get(PI.activityIdentifier);
  if (identifier === undefined || identifier.length > ACTIVITY_IDENTIFIER_BYTES_MAX) {
    throw violation('bad-activity-identifier');
  }
  return identifier;
}

function serialOctets(serial: number): Pieces {
  return longParameter(PI.serialNumber, [Buffer.from(String(serial), 'latin1')]);
}

/** Decimal digits, up to six. */
function serialOf(parameters: ReadonlyMap<number, Uint8Array>): number {
  const digits = Buffer.from(parameters.get(PI.serialNumber) ?? []).toString('latin1');
  if (!/^\d{1,6}$/.test(digits)) throw violation('bad-serial');
  return Number(digits);
}

function linkOf(group: Uint8Array | undefined): ActivityLink {
  const units = decodeGroup(group ?? new Uint8Array(0));
  const connection = referenceOf(units, PI.callingReference);
  const activity = identifierOf(units);
  const serial = serialOf(units);
  if (serial >= SESSION_SERIAL_MAX) throw violation('bad-serial');
  return { activity, serial, ...(connection && { connection }) };
}

function linkOctets({ connection, activity, serial }: ActivityLink): Pieces {
  return [
    ...(connection === undefined ? [] : referenceOctets(connection, PI.callingReference)),
    ...longParameter(PI.activityIdentifier, [activity]),
    ...serialOctets(serial),
  ];
}

/** The units of a connection identifier: the user's reference is the calling or the called one. */
export function referenceOctets(
  { user, common, additional }: ConnectionReference,
  which: typeof PI.callingReference | typeof PI.calledReference,
): Pieces {
  return [
    ...longParameter(which, [user]),
    ...longParameter(PI.commonReference, [common]),
    ...(additional === undefined ? [] : longParameter(PI.additionalReference, [additional])),
  ];
}

/** Undefined where it is not whole, or longer than it may be: then nothing can be resumed by it. */
export function referenceOf(
  units: ReadonlyMap<number, Uint8Array>,
  which: typeof PI.callingReference | typeof PI.calledReference,
): ConnectionReference | undefined {
  const [user, common] = [units.get(which), units.get(PI.commonReference)];
  const additional = units.get(PI.additionalReference);
  if (user === undefined || common === undefined) return undefined;
  const isShort = [user, common, additional].every(
    (part) => (part?.length ?? 0) <= SESSION_REFERENCE_BYTES_MAX,
  );
  return isShort ? { user, common, ...(additional && { additional }) } : undefined;
}

function violation(code: string): ViolationError {
  return new ViolationError('session', code);
}
