/**
 * The sending half of RTSE: what waits to be transferred, the turn that it needs, and the activity
 * that is on its way. The turn is asked for when something waits, and given when it is asked for
 * and nothing waits, or enough has been sent meanwhile.
 *
 * Source: X.228 7.2, 7.3, 7.5 to 7.8.
 */
import { integer } from '../../asn1/primitive.js';
import { encode } from '../../asn1/type.js';
import { Fifo } from '../../base/fifo.js';
import { type Pieces, sizeOf } from '../../base/octets.js';
import { TRANSFER_ATTEMPTS_MAX, TURN_TRANSFERS_MAX } from '../../limits/reliable-transfer.js';
import type { AcseRequest, TransferRequest } from '../acse/service.js';
import { ACTIVITY_REASON, type ConnectionReference } from '../session/service.js';
import { encodeSegment, RTSE_ABORT, Rttp } from './apdu.js';
import type { UnfinishedTransfer } from './service.js';
import { RtseViolation, type Terms } from './terms.js';
import { OutgoingTransfer } from './transfer.js';

type Sent = AcseRequest | TransferRequest;

/** What is to be transferred. */
export interface Outgoing {
  readonly octets: Pieces;
  /** Part of it was sent on another connection, and is confirmed. */
  readonly unfinished: UnfinishedTransfer | null;
}

/**
 * Priorities in a request for the turn. The release has the highest; X.419 gives operations 3 to 7,
 * mostly by the priority of the message, and we ask for what has no number in the middle.
 */
const PRIORITY = { release: 0, transfer: 5 } as const;

const ActivityNumber = integer();

export class Sender {
  readonly #terms: Terms;
  #isTurnOurs: boolean;
  readonly #queue = new Fifo<Outgoing>();
  #queuedBytes = 0;
  #sending: OutgoingTransfer | null = null;
  #state: 'sending' | 'awaiting its confirmation' | 'awaiting its discard' = 'sending';
  #attempts = 0;
  #activities = 0;
  /** Of all that was handed down, in order: how many, and of how many the end was said. */
  #pushed = 0;
  #whole = 0;
  #transfersInTurn = 0;
  /** The peer has asked for the turn; we have. */
  #isAsked = false;
  #isAsking = false;
  /** Given, and nothing shows yet that the peer has it: its request may have crossed the gift. */
  #isGiftUnseen = false;
  #isReleasing = false;
  /** Release is asked for: nothing more goes out. */
  #isDone = false;

  constructor(terms: Terms, isTurnOurs: boolean) {
    this.#terms = terms;
    this.#isTurnOurs = isTurnOurs;
  }

  get isTurnOurs(): boolean {
    return this.#isTurnOurs;
  }

  /** Octets that wait for the turn or for the window. */
  get waitingBytes(): number {
    return this.#queuedBytes + (this.#sending?.leftBytes ?? 0);
  }

  get pushed(): number {
    return this.#pushed;
  }

  get whole(): number {
    return this.#whole;
  }

  push(outgoing: Outgoing): Sent[] {
    this.#pushed += 1;
    if (this.#isDone) return [];
    this.#queue.push(outgoing);
    this.#queuedBytes += sizeOf(outgoing.octets);
    return this.#pump();
  }

  /** When everything is sent. */
  release(): Sent[] {
    this.#isReleasing = true;
    return this.#pump();
  }

  /** The peer releases: what waits is of no use any more. */
  stop(): void {
    this.#isDone = true;
  }

  /** The peer asks for the turn. */
  asked(): Sent[] {
    if (!this.#isTurnOurs) {
      if (this.#isGiftUnseen) return [];
      throw violation('turn-asked-of-peer');
    }
    this.#isAsked = true;
    return this.#pump();
  }

  /** The peer gives the turn. */
  given(): Sent[] {
    if (this.#isTurnOurs) throw violation('turn-given-twice');
    this.#isTurnOurs = true;
    this.#isAsking = false;
    this.#isGiftUnseen = false;
    this.#transfersInTurn = 0;
    return this.#pump();
  }

  /** The peer uses the turn. */
  used(): void {
    if (this.#isTurnOurs) throw violation('activity-without-turn');
    this.#isGiftUnseen = false;
  }

  confirmed(serial: number): Sent[] {
    if (this.#sending === null) throw violation('no-activity');
    if (this.#state === 'awaiting its discard') return [];
    this.#sending.confirm(serial);
    return this.#pump();
  }

  ended(): Sent[] {
    if (this.#state === 'awaiting its discard') return [];
    if (this.#state !== 'awaiting its confirmation') throw violation('end-unasked');
    this.#finish();
    this.#attempts = 0;
    return this.#pump();
  }

  /** The peer cannot go on: the transfer is thrown away, and once begun again. */
  exception(): Sent[] {
    if (this.#sending === null) throw violation('exception-outside-activity');
    if (this.#state === 'awaiting its discard') return [];
    if (this.#state === 'awaiting its confirmation') this.#whole -= 1;
    this.#state = 'awaiting its discard';
    return [{ type: 'S-ACTIVITY-DISCARD request', reason: ACTIVITY_REASON.none }];
  }

  discarded(): Sent[] {
    const transfer = this.#sending;
    if (transfer === null || this.#state !== 'awaiting its discard') {
      throw violation('discard-unasked');
    }
    this.#attempts += 1;
    if (this.#attempts >= TRANSFER_ATTEMPTS_MAX) {
      throw new RtseViolation(RTSE_ABORT.permanentProblem, 'transfer-refused');
    }
    this.#finish();
    return this.#begin({ octets: transfer.octets, unfinished: null });
  }

  /** What the peer has part of, where we have not said that it was all. */
  unfinished(connection: ConnectionReference, owner: Uint8Array): UnfinishedTransfer | null {
    const transfer = this.#sending;
    if (transfer === null || this.#state !== 'sending') return null;
    const { octets, activity, confirmed } = transfer;
    if (confirmed.bytes === 0) return null;
    const { serial, bytes: confirmedBytes } = confirmed;
    return { owner, connection, activity, octets, serial, confirmedBytes };
  }

  #finish(): void {
    this.#sending = null;
    this.#state = 'sending';
  }

  #pump(): Sent[] {
    if (this.#isDone) return [];
    if (this.#sending !== null) return this.#state === 'sending' ? this.#send() : [];
    const isIdle = this.#queue.size === 0;
    if (isIdle && !this.#isReleasing) return this.#isAsked ? this.#give() : [];
    if (!this.#isTurnOurs) return this.#ask();
    if (isIdle) {
      this.#isDone = true;
      return [{ type: 'A-RELEASE request' }];
    }
    if (this.#isAsked && this.#transfersInTurn >= TURN_TRANSFERS_MAX) {
      return [...this.#give(), ...this.#ask()];
    }
    const next = this.#queue.take();
    if (next === undefined) return [];
    this.#queuedBytes -= sizeOf(next.octets);
    return this.#begin(next);
  }

  #begin({ octets, unfinished }: Outgoing): Sent[] {
    this.#activities += 1;
    this.#transfersInTurn += 1;
    const activity = encode(ActivityNumber, this.#activities);
    const { segmentBytes } = this.#terms;
    if (unfinished === null) {
      this.#sending = new OutgoingTransfer(octets, activity, segmentBytes);
      return [{ type: 'S-ACTIVITY-START request', activity }, ...this.#send()];
    }
    const { serial, confirmedBytes: bytes, connection, activity: old } = unfinished;
    this.#sending = new OutgoingTransfer(octets, activity, segmentBytes, { serial, bytes });
    const link = { connection, activity: old, serial };
    return [{ type: 'S-ACTIVITY-RESUME request', activity, link }, ...this.#send()];
  }

  /** As much as the window lets through. */
  #send(): Sent[] {
    const transfer = this.#sending;
    const sent: Sent[] = [];
    if (transfer === null) return sent;
    const { contextId, windowSize } = this.#terms;
    while (!transfer.isSent) {
      if (transfer.isPointDue) {
        if (transfer.unconfirmed >= windowSize) return sent;
        sent.push({ type: 'S-SYNC-MINOR request' });
        transfer.point();
      }
      sent.push({ type: 'P-DATA request', contextId, data: encodeSegment(transfer.segment()) });
    }
    this.#state = 'awaiting its confirmation';
    this.#whole += 1;
    sent.push({ type: 'S-ACTIVITY-END request' });
    return sent;
  }

  #give(): Sent[] {
    this.#isTurnOurs = false;
    this.#isAsked = false;
    this.#isGiftUnseen = true;
    return [{ type: 'S-CONTROL-GIVE request' }];
  }

  #ask(): Sent[] {
    if (this.#isAsking) return [];
    this.#isAsking = true;
    const priority = this.#queue.size === 0 ? PRIORITY.release : PRIORITY.transfer;
    const userData = { contextId: this.#terms.contextId, data: [encode(Rttp, priority)] };
    return [{ type: 'P-TOKEN-PLEASE request', userData }];
  }
}

function violation(code: string): RtseViolation {
  return new RtseViolation(RTSE_ABORT.protocolError, code);
}
