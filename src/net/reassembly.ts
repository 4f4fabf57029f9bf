/**
 * Octets of TSDUs that are not whole yet, in the whole process. Above the bound reading from the
 * newest of those that hold any stops, one after another, until enough of the older are whole. The
 * oldest always goes on, so that some TSDU always gets whole.
 *
 * Source: ours.
 */
import { REASSEMBLY_BYTES_MAX } from '../limits.js';

/** An association that holds octets. */
export interface Holder {
  /** Stops reading from the peer, or goes on. */
  holdForMemory(isHeld: boolean): void;
}

export class ReassemblyBudget {
  readonly #bytesMax: number;
  #bytes = 0;
  /** What each holds, by age of its TSDU. */
  readonly #holders = new Map<Holder, number>();
  readonly #stopped = new Set<Holder>();

  constructor(bytesMax: number = REASSEMBLY_BYTES_MAX) {
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Tells how much a holder holds now; 0 when its TSDU is whole, or it is gone. */
  update(holder: Holder, bytes: number): void {
    const before = this.#holders.get(holder) ?? 0;
    if (bytes === before) return;
    this.#bytes += bytes - before;
    if (bytes > 0) this.#holders.set(holder, bytes);
    else {
      this.#holders.delete(holder);
      this.#resume(holder);
    }
    if (this.#bytes > this.#bytesMax) this.#stopNewest();
    else if (this.#bytes <= this.#bytesMax * RESUME_SHARE) this.#resumeAll();
    const [oldest] = this.#holders.keys();
    if (oldest !== undefined) this.#resume(oldest);
  }

  #stopNewest(): void {
    const newest = [...this.#holders.keys()].findLast((holder) => !this.#stopped.has(holder));
    if (newest === undefined) return;
    this.#stopped.add(newest);
    newest.holdForMemory(true);
  }

  #resumeAll(): void {
    for (const holder of this.#stopped) this.#resume(holder);
  }

  #resume(holder: Holder): void {
    if (this.#stopped.delete(holder)) holder.holdForMemory(false);
  }
}

/** Somewhat below the bound, or each octet that got free would stop and start everybody. */
const RESUME_SHARE = 0.875;
