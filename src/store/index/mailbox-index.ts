/**
 * The index of one mailbox: rows in ascending order of number, by columns, in segments.
 *
 * Invariant: rows are only added at the end, except in recovery; a removed row is a tombstone until
 * its segment is mostly dead. Counts by status let a scan step over segments.
 *
 * Source: ours.
 */
import {
  type Entry,
  RETRIEVAL_STATUS,
  type RetrievalStatus,
  type SequenceNumber,
  sequenceNumber,
} from '../../x413/entry.js';
import type { ScanOptions, StatusChange } from '../contract.js';
import type { StoredEntry } from '../message-file.js';
import { Segment } from './segment.js';

export const SEGMENT_ROWS = 512;
const STATUSES: readonly RetrievalStatus[] = ['new', 'listed', 'processed'];

export class MailboxIndex {
  #segments: Segment[] = [];
  /** Main-entries by status. */
  readonly #counts = [0, 0, 0];
  entries = 0;

  get count(): number {
    return this.#counts.reduce((sum, count) => sum + count, 0);
  }

  countOf(status: RetrievalStatus): number {
    return this.#counts[RETRIEVAL_STATUS[status]] ?? 0;
  }

  get highest(): number {
    return this.#segments.at(-1)?.last ?? 0;
  }

  has(sequence: number): boolean {
    return this.#find(sequence) !== null;
  }

  /** Throws InvariantError where the number is not above all others. */
  add(entry: StoredEntry, status: RetrievalStatus): void {
    let segment = this.#segments.at(-1);
    if (segment === undefined || segment.length === SEGMENT_ROWS) {
      segment = new Segment();
      this.#segments.push(segment);
    }
    segment.add(entry, RETRIEVAL_STATUS[status]);
    this.entries += 1;
    if (entry.parent === 0) this.#count(RETRIEVAL_STATUS[status], 1);
  }

  entry(sequence: number): Entry | null {
    const found = this.#find(sequence);
    return found === null ? null : this.#entryAt(found.segment, found.row);
  }

  /** Numbers of a main-entry and all that descends from it. */
  family(main: number): number[] {
    const numbers: number[] = [];
    const entry = this.entry(main);
    const visit = (one: Entry | null) => {
      if (one === null) return;
      numbers.push(one.sequence);
      for (const child of one.children) visit(this.entry(child));
    };
    visit(entry);
    return numbers;
  }

  mainOf(sequence: number): number {
    let entry = this.entry(sequence);
    while (entry !== null && entry.parent !== 0) entry = this.entry(entry.parent);
    return entry?.sequence ?? 0;
  }

  /** True where something changed. */
  change({ sequence, status, conveyed }: StatusChange): boolean {
    const found = this.#find(sequence);
    if (found === null) return false;
    const { segment, row } = found;
    const before = segment.statusAt(row);
    const after = Math.max(before, RETRIEVAL_STATUS[status]);
    segment.change(row, after, conveyed);
    if (segment.parentAt(row) === 0) {
      this.#count(before, -1);
      this.#count(after, 1);
    }
    return before !== after;
  }

  remove(sequence: number): void {
    const found = this.#find(sequence);
    if (found === null) return;
    const { segment, row } = found;
    if (segment.parentAt(row) === 0) this.#count(segment.statusAt(row), -1);
    segment.remove(row);
    this.entries -= 1;
    if (segment.live === 0) this.#segments = this.#segments.filter((one) => one !== segment);
    else if (segment.live * 4 < segment.length) segment.compact();
  }

  *scan(options: ScanOptions): IterableIterator<Entry> {
    const { from, to, includesChildren, statuses } = options;
    const wanted: readonly number[] = statuses?.map((s) => RETRIEVAL_STATUS[s]) ?? [0, 1, 2];
    for (const segment of this.#segments) {
      if (to !== null && segment.first > to) return;
      if (from !== null && segment.last < from) continue;
      if (!wanted.some((status) => segment.countOf(status) > 0)) continue;
      for (let row = from === null ? 0 : segment.lowerBound(from); row < segment.length; row += 1) {
        if (to !== null && segment.sequenceAt(row) > to) return;
        if (!segment.isLive(row) || !wanted.includes(segment.statusAt(row))) continue;
        if (includesChildren || segment.parentAt(row) === 0) yield this.#entryAt(segment, row);
      }
    }
  }

  span(): readonly [SequenceNumber, SequenceNumber] | null {
    const low = this.#edge(this.#segments, 1);
    const high = this.#edge(this.#segments.toReversed(), -1);
    return low === 0 ? null : [sequenceNumber(low), sequenceNumber(high)];
  }

  #edge(segments: readonly Segment[], step: number): number {
    for (const segment of segments) {
      for (let i = 0; i < segment.length; i += 1) {
        const row = step > 0 ? i : segment.length - 1 - i;
        if (segment.isLive(row) && segment.parentAt(row) === 0) return segment.sequenceAt(row);
      }
    }
    return 0;
  }

  #count(status: number, by: number): void {
    this.#counts[status] = (this.#counts[status] ?? 0) + by;
  }

  #find(sequence: number): { segment: Segment; row: number } | null {
    let low = 0;
    let high = this.#segments.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#segments[middle]?.last ?? 0) < sequence) low = middle + 1;
      else high = middle;
    }
    const segment = this.#segments[low];
    if (segment === undefined) return null;
    const row = segment.lowerBound(sequence);
    const isHere = segment.sequenceAt(row) === sequence && segment.isLive(row);
    return isHere ? { segment, row } : null;
  }

  #entryAt(segment: Segment, row: number): Entry {
    return {
      ...segment.factsAt(row),
      sequence: sequenceNumber(segment.sequenceAt(row)),
      children: this.#childrenOf(segment, row),
      status: STATUSES[segment.statusAt(row)] ?? 'new',
      conveyed: segment.conveyedAt(row),
    };
  }

  /** Descendants stand directly behind their main-entry; the next main-entry ends them. */
  #childrenOf(segment: Segment, row: number): SequenceNumber[] {
    const parent = segment.sequenceAt(row);
    const children: SequenceNumber[] = [];
    let at = row + 1;
    for (let next: Segment | undefined = segment; next !== undefined; at = 0) {
      for (; at < next.length; at += 1) {
        if (next.parentAt(at) === 0) return children;
        if (next.isLive(at) && next.parentAt(at) === parent)
          children.push(sequenceNumber(next.sequenceAt(at)));
      }
      next = this.#segments[this.#segments.indexOf(next) + 1];
    }
    return children;
  }
}
