/**
 * Transfers that a lost connection has interrupted, kept for whoever comes back to resume them:
 * what was received of them, and what was sent. Bounded in count, octets and time; the oldest go.
 *
 * Invariant: what is given to one peer is never another's: it bound in the same words.
 *
 * Source: ours; X.218 for what may be resumed.
 */
import { type Clock, SYSTEM_CLOCK } from '../base/clock.js';
import { equalOctets, sizeOf } from '../base/octets.js';
import {
  INTERRUPTED_TRANSFER_TIME_MS,
  INTERRUPTED_TRANSFERS_BYTES_MAX,
  INTERRUPTED_TRANSFERS_MAX,
} from '../limits/reliable-transfer.js';
import type {
  InterruptedTransfer,
  TransferMemory,
  UnfinishedTransfer,
} from '../osi/rtse/service.js';

export interface MemoryBounds {
  readonly count: number;
  readonly bytes: number;
  readonly timeMs: number;
}

const BOUNDS_DEFAULT: MemoryBounds = {
  count: INTERRUPTED_TRANSFERS_MAX,
  bytes: INTERRUPTED_TRANSFERS_BYTES_MAX,
  timeMs: INTERRUPTED_TRANSFER_TIME_MS,
};

interface Kept<T> {
  readonly transfer: T;
  readonly bytes: number;
  readonly untilMs: number;
}

export class InterruptedTransfers implements TransferMemory {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #bounds: MemoryBounds;
  /** By key and by age. */
  readonly #interrupted = new Map<string, Kept<InterruptedTransfer>>();
  readonly #unfinished = new Map<UnfinishedTransfer, Kept<UnfinishedTransfer>>();
  #bytes = 0;

  constructor(
    bounds: Partial<MemoryBounds> = {},
    clock: Pick<Clock, 'monotonicMs'> = SYSTEM_CLOCK,
  ) {
    this.#clock = clock;
    this.#bounds = { ...BOUNDS_DEFAULT, ...bounds };
  }

  /** Octets that are kept. */
  get bytes(): number {
    return this.#bytes;
  }

  keepInterrupted(transfer: InterruptedTransfer): void {
    this.#keep(this.#interrupted, transfer.key, transfer, transfer.octets.length);
  }

  takeInterrupted(key: string, owner: Uint8Array): InterruptedTransfer | null {
    this.#forgetOld();
    const kept = this.#interrupted.get(key);
    if (kept === undefined || !equalOctets(kept.transfer.owner, owner)) return null;
    this.#drop(this.#interrupted, key);
    return kept.transfer;
  }

  keepUnfinished(transfer: UnfinishedTransfer): void {
    this.#keep(this.#unfinished, transfer, transfer, sizeOf(transfer.octets));
  }

  unfinished(): readonly UnfinishedTransfer[] {
    if (this.#unfinished.size === 0) return NONE;
    this.#forgetOld();
    return [...this.#unfinished.keys()];
  }

  forget(transfer: UnfinishedTransfer): void {
    this.#drop(this.#unfinished, transfer);
  }

  #keep<K, T>(kept: Map<K, Kept<T>>, key: K, transfer: T, bytes: number): void {
    const { count, bytes: bytesMax, timeMs } = this.#bounds;
    this.#drop(kept, key);
    if (bytes > bytesMax) return;
    kept.set(key, { transfer, bytes, untilMs: this.#clock.monotonicMs() + timeMs });
    this.#bytes += bytes;
    this.#forgetOld();
    while (kept.size > count) this.#dropOldest(kept);
    while (this.#bytes > bytesMax) {
      if (this.#interrupted.size > 0) this.#dropOldest(this.#interrupted);
      else this.#dropOldest(this.#unfinished);
    }
  }

  #forgetOld(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const [key, { untilMs }] of this.#interrupted) {
      if (untilMs <= nowMs) this.#drop(this.#interrupted, key);
    }
    for (const [key, { untilMs }] of this.#unfinished) {
      if (untilMs <= nowMs) this.#drop(this.#unfinished, key);
    }
  }

  #dropOldest<K>(kept: Map<K, Kept<unknown>>): void {
    const [oldest] = kept.keys();
    if (oldest !== undefined) this.#drop(kept, oldest);
  }

  #drop<K>(kept: Map<K, Kept<unknown>>, key: K): void {
    this.#bytes -= kept.get(key)?.bytes ?? 0;
    kept.delete(key);
  }
}

const NONE: readonly UnfinishedTransfer[] = [];
