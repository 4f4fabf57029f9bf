/**
 * The index of one mailbox: rows in ascending order of number, by columns, in segments.
 *
 * Invariant: rows are added at the end, except in repair; a removed row is a tombstone until its
 * segment is mostly dead. Counts by status let a scan step over segments.
 *
 * Source: ours.
 */
import { assert } from '../../base/assert.js';
import {
  type CachedAttribute,
  type Entry,
  RETRIEVAL_STATUS,
  type RetrievalStatus,
  type SequenceNumber,
  sequenceNumber,
} from '../../x413/entry.js';
import type { ScanOptions, StatusChange } from '../contract.js';
import type { StoredEntry } from '../files/front-section.js';
import { IndexEntry, STATUSES } from './index-entry.js';
import { type RowTest, rowTestOf } from './row-test.js';
import {
  type SavedSegment,
  Segment,
  type SegmentSummary,
  type SleepingSegment,
} from './segment.js';

export const SEGMENT_ROWS = 512;

/** A segment by its key: its octets, or where they are. */
export type SavedEntry = readonly [key: number, saved: SavedSegment | SleepingSegment];

const EVERY_ROW = rowTestOf({ from: null, to: null, includesChildren: true, statuses: null });

/** What a change of status changes, and whether the name of a file tells it. */
export interface RowState {
  readonly status: RetrievalStatus;
  readonly conveyed: number;
  readonly isMain: boolean;
}

export class MailboxIndex {
  #segments: Segment[] = [];
  /** Main-entries by status. */
  readonly #counts = [0, 0, 0];
  #nextKey = 1;
  /** Keys of saved segments that are no more. */
  #goneKeys: number[] = [];
  entries = 0;

  /** As it was saved. */
  static load(segments: readonly SavedEntry[]): MailboxIndex {
    const index = new MailboxIndex();
    for (const [key, saved] of segments) {
      const isAsleep = 'load' in saved;
      const segment = isAsleep ? Segment.asleep(key, saved) : new Segment(key, saved);
      index.#segments.push(segment);
      index.#nextKey = Math.max(index.#nextKey, key + 1);
      index.#recount(segment, 1);
    }
    index.#segments.sort((a, b) => a.first - b.first);
    return index;
  }

  get count(): number {
    return this.#counts.reduce((sum, count) => sum + count, 0);
  }

  countOf(status: RetrievalStatus): number {
    return this.#counts[RETRIEVAL_STATUS[status]] ?? 0;
  }

  get highest(): number {
    return this.#segments.at(-1)?.last ?? 0;
  }

  /** Octets held, about. */
  get bytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.bytes, 0);
  }

  get isDirty(): boolean {
    return this.#goneKeys.length > 0 || this.#segments.some(({ isDirty }) => isDirty);
  }

  /** Of all segments, as they stand in the snapshot's record of the mailbox. */
  get outline(): (readonly [key: number, summary: SegmentSummary])[] {
    return this.#segments.map(({ key, summary }) => [key, summary]);
  }

  /** What is not as it was saved; from now on it counts as saved. Windows, to be copied at once. */
  takeChanges(): { readonly changed: readonly Segment[]; readonly gone: readonly number[] } {
    const changed = this.#segments.filter(({ isDirty }) => isDirty);
    for (const segment of changed) segment.isDirty = false;
    const gone = this.#goneKeys;
    this.#goneKeys = [];
    return { changed, gone };
  }

  /** After a snapshot that did not succeed: all of it must be saved again. */
  forgetSaved(): void {
    for (const segment of this.#segments) segment.isDirty = true;
  }

  /** The first number from `from` on that a row bears; 0 where there is none. */
  firstFrom(from: number): number {
    const at = this.#segmentAt(from);
    for (const segment of this.#segments.slice(at)) {
      const row = segment.nextMatch(segment.lowerBound(from), EVERY_ROW);
      if (row < segment.length) return segment.sequenceAt(row);
    }
    return 0;
  }

  has(sequence: number): boolean {
    return this.#find(sequence) !== null;
  }

  /** Throws InvariantError where the number is not above all others. */
  add(entry: StoredEntry, status: RetrievalStatus, identity = 0): void {
    let segment = this.#segments.at(-1);
    if (segment === undefined || segment.length >= SEGMENT_ROWS) {
      segment?.seal();
      segment = new Segment(this.#takeKey());
      this.#segments.push(segment);
    }
    segment.add(entry, RETRIEVAL_STATUS[status], identity);
    this.entries += 1;
    if (entry.parent === 0) this.#count(RETRIEVAL_STATUS[status], 1);
  }

  /**
   * Adds a message anywhere: a repair, for it copies a whole segment. Entries ascend. `status` is
   * that of the main-entry, `childStatus` of all beneath it.
   */
  insert(
    entries: readonly StoredEntry[],
    status: RetrievalStatus,
    identity = 0,
    childStatus: RetrievalStatus = 'new',
  ): void {
    const first = entries[0]?.sequence ?? 0;
    const last = entries.at(-1)?.sequence ?? 0;
    if (first > this.highest) {
      for (const entry of entries) {
        const isMain = entry.parent === 0;
        this.add(entry, isMain ? status : childStatus, isMain ? identity : 0);
      }
      return;
    }
    const at = this.#segments.findIndex((segment) => segment.last > first);
    const old = this.#segments[at];
    assert(old !== undefined, 'there is a segment that reaches beyond');
    assert(!this.#hasWithin(first, last), 'a message that is inserted is not there yet');
    this.#drop(old);
    const merged = new Segment(this.#takeKey());
    let isIn = false;
    const put = () => {
      for (const entry of entries) {
        const isMain = entry.parent === 0;
        const own = RETRIEVAL_STATUS[isMain ? status : childStatus];
        merged.add(entry, own, isMain ? identity : 0);
      }
      isIn = true;
    };
    for (let row = 0; row < old.length; row += 1) {
      if (!old.isLive(row)) continue;
      if (!isIn && old.sequenceAt(row) > first) put();
      const entry = this.#entryAt(old, row);
      merged.add(entry, old.statusAt(row), old.identityAt(row));
      merged.copyState(merged.length - 1, old, row);
    }
    this.#segments.splice(at, 0, merged);
    this.#recount(merged, 1);
  }

  entry(sequence: number): Entry | null {
    const found = this.#find(sequence);
    return found === null ? null : this.#entryAt(found.segment, found.row);
  }

  /** The octets of one value, without making an entry. */
  cached(sequence: number, attribute: CachedAttribute): Uint8Array | undefined {
    const found = this.#find(sequence);
    return found?.segment.cachedAt(found.row, attribute);
  }

  identityOf(sequence: number): number {
    const found = this.#find(sequence);
    return found === null ? 0 : found.segment.identityAt(found.row);
  }

  /** Every row that has an identity. */
  *identities(): IterableIterator<readonly [sequence: number, identity: number]> {
    for (const segment of this.#segments) {
      for (let row = 0; row < segment.length; row += 1) {
        const identity = segment.identityAt(row);
        if (identity !== 0 && segment.isLive(row)) yield [segment.sequenceAt(row), identity];
      }
    }
  }

  /** Numbers of a main-entry and all that descends from it: they stand directly behind it. */
  family(main: number): number[] {
    const found = this.#find(main);
    if (found === null || found.segment.parentAt(found.row) !== 0) return [];
    return [main, ...this.#descendants(main).map(({ sequence }) => sequence)];
  }

  mainOf(sequence: number): number {
    let found = this.#find(sequence);
    while (found !== null) {
      const parent = found.segment.parentAt(found.row);
      if (parent === 0) return found.segment.sequenceAt(found.row);
      found = this.#find(parent);
    }
    return 0;
  }

  /**
   * What the row was before; null where there is none. One that is processed stays as it is, unless
   * it is set.
   */
  change({ sequence, status, conveyed, isSet = false }: StatusChange): RowState | null {
    const found = this.#find(sequence);
    if (found === null) return null;
    const { segment, row } = found;
    const before = segment.statusAt(row);
    const state: RowState = {
      status: STATUSES[before] ?? 'new',
      conveyed: segment.conveyedAt(row),
      isMain: segment.parentAt(row) === 0,
    };
    if (isSet) this.#setStatus(segment, row, RETRIEVAL_STATUS[status], conveyed);
    else if (before !== RETRIEVAL_STATUS.processed) {
      const grown = Math.max(before, RETRIEVAL_STATUS[status]);
      this.#setStatus(segment, row, grown, state.conveyed | conveyed);
    }
    return state;
  }

  /** Sets the status, back too: a repair, where the file's name says otherwise. */
  setStatus(sequence: number, status: RetrievalStatus): void {
    const found = this.#find(sequence);
    if (found === null) return;
    const { segment, row } = found;
    this.#setStatus(segment, row, RETRIEVAL_STATUS[status], segment.conveyedAt(row));
  }

  /** Of a log: the message that the entry tells of was deleted then, seconds since 1970. */
  setDeleted(sequence: number, seconds: number): void {
    const found = this.#find(sequence);
    found?.segment.setDeleted(found.row, seconds);
  }

  remove(sequence: number): void {
    const found = this.#find(sequence);
    if (found === null) return;
    const { segment, row } = found;
    if (segment.parentAt(row) === 0) this.#count(segment.statusAt(row), -1);
    segment.remove(row);
    this.entries -= 1;
    if (segment.live === 0) this.#drop(segment);
    else if (segment.live * 4 < segment.length) segment.compact();
  }

  *scan(options: ScanOptions): IterableIterator<Entry> {
    const { from, to } = options;
    const test = rowTestOf(options);
    // A copy: who scans may change statuses, and even remove, between two entries.
    for (const segment of [...this.#segments]) {
      if (to !== null && segment.first > to) return;
      if (from !== null && segment.last < from) continue;
      if (!hasStatus(segment, test)) continue;
      const start = from === null ? 0 : segment.lowerBound(from);
      for (let row = segment.nextMatch(start, test); row < segment.length; ) {
        if (to !== null && segment.sequenceAt(row) > to) return;
        yield this.#entryAt(segment, row);
        row = segment.nextMatch(row + 1, test);
      }
    }
  }

  /** How many main-entries pass, without making entries of them. */
  countMatching(options: ScanOptions): number {
    const { from, to } = options;
    const test = rowTestOf(options);
    let count = 0;
    for (const segment of this.#segments) {
      if (to !== null && segment.first > to) break;
      if (from !== null && segment.last < from) continue;
      if (!hasStatus(segment, test)) continue;
      const start = from === null ? 0 : segment.lowerBound(from);
      const end = to === null ? segment.length : segment.lowerBound(to + 1);
      for (let row = segment.nextMatch(start, test); row < end; ) {
        count += 1;
        row = segment.nextMatch(row + 1, test);
      }
    }
    return count;
  }

  span(status: RetrievalStatus | null = null): readonly [SequenceNumber, SequenceNumber] | null {
    const statuses = status === null ? null : [status];
    const test = rowTestOf({ from: null, to: null, includesChildren: false, statuses });
    let low = 0;
    let high = 0;
    for (let i = 0; i < this.#segments.length && low === 0; i += 1) {
      low = this.#edge(this.#segments[i], test, 1);
    }
    for (let i = this.#segments.length - 1; i >= 0 && high === 0; i -= 1) {
      high = this.#edge(this.#segments[i], test, -1);
    }
    return low === 0 ? null : [sequenceNumber(low), sequenceNumber(high)];
  }

  #edge(segment: Segment | undefined, test: RowTest, step: 1 | -1): number {
    if (segment === undefined || !hasStatus(segment, test)) return 0;
    if (step === 1) return segment.sequenceAt(segment.nextMatch(0, test));
    for (let row = segment.length - 1; row >= 0; row -= 1) {
      if (segment.nextMatch(row, test) === row) return segment.sequenceAt(row);
    }
    return 0;
  }

  #takeKey(): number {
    this.#nextKey += 1;
    return this.#nextKey - 1;
  }

  #drop(segment: Segment): void {
    this.#recount(segment, -1);
    this.#segments = this.#segments.filter((one) => one !== segment);
    this.#goneKeys.push(segment.key);
  }

  #recount(segment: Segment, by: 1 | -1): void {
    const [, , , newRows, listedRows, processedRows, ...mains] = segment.summary;
    this.entries += by * (newRows + listedRows + processedRows);
    for (const [status, count] of mains.entries()) this.#count(status, by * count);
  }

  #count(status: number, by: number): void {
    this.#counts[status] = (this.#counts[status] ?? 0) + by;
  }

  #setStatus(segment: Segment, row: number, status: number, conveyed: number): void {
    if (segment.parentAt(row) === 0) {
      this.#count(segment.statusAt(row), -1);
      this.#count(status, 1);
    }
    segment.change(row, status, conveyed);
  }

  #segmentAt(sequence: number): number {
    let low = 0;
    let high = this.#segments.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#segments[middle]?.last ?? 0) < sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #find(sequence: number): { segment: Segment; row: number } | null {
    const segment = this.#segments[this.#segmentAt(sequence)];
    if (segment === undefined) return null;
    const row = segment.lowerBound(sequence);
    const isHere = segment.sequenceAt(row) === sequence && segment.isLive(row);
    return isHere ? { segment, row } : null;
  }

  #hasWithin(from: number, to: number): boolean {
    for (const _ of this.scan({ from, to, includesChildren: true, statuses: null })) return true;
    return false;
  }

  #entryAt(segment: Segment, row: number): Entry {
    return new IndexEntry(segment, row, this.#childrenOf);
  }

  readonly #childrenOf = ({ sequence }: Entry): SequenceNumber[] =>
    this.#descendants(sequence)
      .filter(({ parent }) => parent === sequence)
      .map((row) => sequenceNumber(row.sequence));

  /** Rows behind `above` up to the next that descends from something before it. */
  #descendants(above: number): { sequence: number; parent: number }[] {
    const rows: { sequence: number; parent: number }[] = [];
    let at = this.#segmentAt(above);
    let row = (this.#segments[at]?.lowerBound(above) ?? 0) + 1;
    for (; at < this.#segments.length; at += 1, row = 0) {
      const segment = this.#segments[at];
      for (; segment !== undefined && row < segment.length; row += 1) {
        const parent = segment.parentAt(row);
        if (parent < above) return rows;
        if (segment.isLive(row)) rows.push({ sequence: segment.sequenceAt(row), parent });
      }
    }
    return rows;
  }
}

function hasStatus(segment: Segment, { statusBits }: RowTest): boolean {
  return [0, 1, 2].some((status) => (statusBits >> status) & 1 && segment.countOf(status) > 0);
}
