/**
 * The receiving half of RTSE: the peer's activities, put together. What it cannot hold it says that
 * it cannot, and drops what comes until the sender has heard of it.
 *
 * Source: X.228 7.3, 7.4, 7.6; ADR 0020 for what that leaves open.
 */
import { ViolationError } from '../../base/errors.js';
import type { TransferRequest } from '../acse/service.js';
import {
  ACTIVITY_REASON,
  type ActivityLink,
  type ConnectionReference,
} from '../session/service.js';
import { decodeSegment, RTSE_ABORT } from './apdu.js';
import type { InterruptedTransfer, TransferMemory } from './service.js';
import { RtseViolation, transferKey } from './terms.js';
import { IncomingTransfer } from './transfer.js';

export interface ReceiverParts {
  /** Null: no activity of this connection can be named on another. */
  readonly reference: ConnectionReference | null;
  /** A digest of the peer's bind. */
  readonly owner: Uint8Array;
  readonly memory: TransferMemory | null;
  readonly transferBytesMax: number;
}

export class Receiver {
  readonly #parts: ReceiverParts;
  #transfer: IncomingTransfer | null = null;
  /** The activity that was handed on last, while nothing shows that the peer has heard so. */
  #completedKey: string | null = null;
  #hasCompleted = false;

  constructor(parts: ReceiverParts) {
    this.#parts = parts;
  }

  get isReceiving(): boolean {
    return this.#transfer !== null;
  }

  get heldBytes(): number {
    return this.#transfer?.heldBytes ?? 0;
  }

  start(activity: Uint8Array): void {
    this.#expectNone();
    this.#transfer = new IncomingTransfer(this.#keyOf(activity));
  }

  /** What cannot be resumed is refused, whereupon the sender begins again. */
  resume(activity: Uint8Array, link: ActivityLink): TransferRequest[] {
    this.#expectNone();
    const from = this.#take(link);
    if (from?.isComplete === true) throw violation('completed', RTSE_ABORT.transferCompleted);
    const isKnown = from !== null && link.serial <= from.marks.length;
    const key = this.#keyOf(activity);
    this.#transfer = isKnown
      ? new IncomingTransfer(key, from, link.serial)
      : new IncomingTransfer(key);
    return isKnown ? [] : this.refuse(ACTIVITY_REASON.procedural);
  }

  /** Says that this transfer cannot go on; nothing where it has been said, or there is none. */
  refuse(reason: number): TransferRequest[] {
    if (this.#transfer === null || this.#transfer.isRefused) return [];
    this.#transfer.refuse();
    return [{ type: 'S-U-EXCEPTION-REPORT request', reason }];
  }

  segment(octets: Uint8Array): TransferRequest[] {
    const transfer = this.#expectSome();
    if (transfer.isRefused) return [];
    transfer.add(readable(() => decodeSegment(octets)));
    const isTooLong = transfer.bytes > this.#parts.transferBytesMax;
    return isTooLong ? this.refuse(ACTIVITY_REASON.localError) : [];
  }

  point(serial: number): TransferRequest[] {
    const transfer = this.#expectSome();
    if (transfer.isRefused) return [];
    if (!transfer.hasGrown) throw violation('empty-checkpoint');
    transfer.mark();
    return [{ type: 'S-SYNC-MINOR response', serial }];
  }

  /** The whole of it; null where it was refused. */
  end(): Uint8Array | null {
    const transfer = this.#expectSome();
    if (transfer.isRefused) return null;
    if (transfer.bytes === 0) throw violation('empty-transfer');
    this.#transfer = null;
    this.#hasCompleted = true;
    this.#completedKey = transfer.key;
    return transfer.octets();
  }

  /** The sender does something else: what was completed is known to be. */
  settled(): void {
    this.#hasCompleted = false;
    this.#completedKey = null;
  }

  /** What is interrupted is kept with what other connections have left: here it would hold room. */
  interrupt(): TransferRequest[] {
    this.#keep(this.#expectToEnd());
    this.#transfer = null;
    return [{ type: 'S-ACTIVITY-INTERRUPT response' }];
  }

  discard(): TransferRequest[] {
    this.#expectToEnd();
    this.#transfer = null;
    return [{ type: 'S-ACTIVITY-DISCARD response' }];
  }

  /** The connection is gone: what can be resumed on another is kept, and what was completed. */
  lost(): void {
    const { memory, owner } = this.#parts;
    if (this.#transfer !== null) this.#keep(this.#transfer);
    this.#transfer = null;
    if (this.#completedKey === null) return;
    const completed = { octets: new Uint8Array(0), marks: [], isComplete: true };
    memory?.keepInterrupted({ key: this.#completedKey, owner, ...completed });
  }

  #keep(transfer: IncomingTransfer): void {
    const { memory, owner } = this.#parts;
    const kept = memory === null ? null : transfer.interrupted(owner);
    if (kept !== null) memory?.keepInterrupted(kept);
  }

  #keyOf(activity: Uint8Array): string | null {
    const { reference } = this.#parts;
    return reference === null ? null : transferKey(reference, activity);
  }

  #take({ connection, activity }: ActivityLink): InterruptedTransfer | null {
    const { memory, owner } = this.#parts;
    const key =
      connection === undefined ? this.#keyOf(activity) : transferKey(connection, activity);
    return key === null ? null : (memory?.takeInterrupted(key, owner) ?? null);
  }

  #expectNone(): void {
    if (this.#transfer !== null) throw violation('activity-within-activity');
    this.settled();
  }

  #expectSome(): IncomingTransfer {
    if (this.#transfer === null) throw violation('no-activity');
    return this.#transfer;
  }

  #expectToEnd(): IncomingTransfer {
    if (this.#transfer !== null) return this.#transfer;
    const { transferCompleted, unrecognizedActivity } = RTSE_ABORT;
    throw violation('no-activity', this.#hasCompleted ? transferCompleted : unrecognizedActivity);
  }
}

function readable<T>(decoder: () => T): T {
  try {
    return decoder();
  } catch (error) {
    if (error instanceof ViolationError) throw violation('bad-segment');
    throw error;
  }
}

function violation(code: string, reason: number = RTSE_ABORT.protocolError): RtseViolation {
  return new RtseViolation(reason, code);
}
