/**
 * Up to 512 rows of a mailbox's index, by columns. What compares is a number; the rest (cached
 * attribute octets, children, content range) is kept as one object a row.
 *
 * Source: ours.
 */
import { assert, present } from '../../base/assert.js';
import type { StoredEntry } from '../message-file.js';

const CAPACITY_MIN = 8;

/** With octets of its own: those of the caller are windows on the whole message. */
function detached(entry: StoredEntry): StoredEntry {
  const cached = [...entry.cached].map(([key, octets]) => [key, new Uint8Array(octets)] as const);
  return { ...entry, cached: new Map(cached) };
}

function grown<T extends Uint32Array | Uint8Array | Int32Array>(old: T, fresh: T): T {
  fresh.set(old);
  return fresh;
}

export class Segment {
  #sequence = new Uint32Array(CAPACITY_MIN);
  #parent = new Uint32Array(CAPACITY_MIN);
  #conveyed = new Int32Array(CAPACITY_MIN);
  #status = new Uint8Array(CAPACITY_MIN);
  /** Null is a tombstone. */
  #facts: (StoredEntry | null)[] = [];
  readonly #counts = [0, 0, 0];
  length = 0;
  live = 0;

  get first(): number {
    return this.#sequence[0] ?? 0;
  }

  get last(): number {
    return this.#sequence[this.length - 1] ?? 0;
  }

  add(entry: StoredEntry, status: number): void {
    assert(entry.sequence > this.last, 'rows are added in ascending order');
    const row = this.length;
    if (row === this.#sequence.length) this.#grow();
    this.#sequence[row] = entry.sequence;
    this.#parent[row] = entry.parent;
    this.#status[row] = status;
    this.#conveyed[row] = 0;
    this.#facts[row] = detached(entry);
    this.#counts[status] = this.countOf(status) + 1;
    this.length += 1;
    this.live += 1;
  }

  countOf(status: number): number {
    return this.#counts[status] ?? 0;
  }

  sequenceAt(row: number): number {
    return row < this.length ? (this.#sequence[row] ?? 0) : 0;
  }

  parentAt(row: number): number {
    return this.#parent[row] ?? 0;
  }

  statusAt(row: number): number {
    return this.#status[row] ?? 0;
  }

  conveyedAt(row: number): number {
    return this.#conveyed[row] ?? 0;
  }

  isLive(row: number): boolean {
    return (this.#facts[row] ?? null) !== null;
  }

  factsAt(row: number): StoredEntry {
    return present(this.#facts[row], 'the row is live');
  }

  change(row: number, status: number, conveyed: number): void {
    const before = this.statusAt(row);
    this.#counts[before] = this.countOf(before) - 1;
    this.#counts[status] = this.countOf(status) + 1;
    this.#status[row] = status;
    this.#conveyed[row] = this.conveyedAt(row) | conveyed;
  }

  remove(row: number): void {
    const status = this.statusAt(row);
    this.#counts[status] = this.countOf(status) - 1;
    this.#facts[row] = null;
    this.live -= 1;
  }

  /** Closes the gaps that tombstones left. */
  compact(): void {
    let to = 0;
    for (let row = 0; row < this.length; row += 1) {
      if (!this.isLive(row)) continue;
      this.#sequence[to] = this.sequenceAt(row);
      this.#parent[to] = this.parentAt(row);
      this.#status[to] = this.statusAt(row);
      this.#conveyed[to] = this.conveyedAt(row);
      this.#facts[to] = this.factsAt(row);
      to += 1;
    }
    this.length = to;
    this.#facts.length = to;
  }

  /** The first row whose number is not below `sequence`. */
  lowerBound(sequence: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#sequence[middle] ?? 0) < sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #grow(): void {
    const capacity = 2 * this.#sequence.length;
    this.#sequence = grown(this.#sequence, new Uint32Array(capacity));
    this.#parent = grown(this.#parent, new Uint32Array(capacity));
    this.#conveyed = grown(this.#conveyed, new Int32Array(capacity));
    this.#status = grown(this.#status, new Uint8Array(capacity));
  }
}
