/**
 * Some hundred rows of a mailbox's index: numbers by columns, cached attribute values in a heap.
 *
 * Invariant: row numbers ascend, tombstones included. Children are not stored: they are the rows
 * behind their main-entry that name their parent.
 *
 * Source: ours. docs/formats/snapshot.md.
 */
import { assert } from '../../base/assert.js';
import {
  type CachedAttribute,
  ENTRY_TYPE,
  type EntryType,
  RETRIEVAL_STATUS,
} from '../../x413/entry.js';
import type { StoredEntry } from '../files/front-section.js';
import { Columns, ROW_BYTES } from './columns.js';
import type { RowTest } from './row-test.js';
import { signatureOfSubject } from './subject-signature.js';
import { type SavedValues, ValueHeap } from './value-heap.js';

/** A multiple of four: see {@link Columns}. */
const CAPACITY_MIN = 4;
const LIVE = 1;
const RETURNED = [null, false, true] as const;
const ENTRY_TYPES = Object.keys(ENTRY_TYPE) as EntryType[];
/** In the heap: where a child's content stands. Below every {@link CachedAttribute}. FROZEN. */
const CONTENT_RANGE = 0;
/** FROZEN in CACHED_ATTRIBUTE. */
const SUBJECT = 2;

/** A segment in octets. FROZEN: it is in snapshots. */
export interface SavedSegment extends SavedValues {
  readonly rows: number;
  readonly columns: Uint8Array;
  readonly contentTypes: readonly string[];
}

/**
 * What is known of a segment that is still asleep: rows, first and last number, then live rows and
 * live main-entries by status. FROZEN: it is in snapshots.
 */
export type SegmentSummary = readonly [
  rows: number,
  first: number,
  last: number,
  newRows: number,
  listedRows: number,
  processedRows: number,
  newMains: number,
  listedMains: number,
  processedMains: number,
];

/** Read when it is needed; throws where it cannot be. */
export interface SleepingSegment {
  readonly summary: SegmentSummary;
  readonly load: () => SavedSegment;
}

/** What a segment is made of when it is awake. */
interface Parts {
  columns: Columns;
  values: ValueHeap;
  readonly contentTypes: string[];
}

function partsOf(saved: SavedSegment): Parts {
  const { rows, columns, contentTypes } = saved;
  const capacity = columns.length / ROW_BYTES;
  assert(Number.isInteger(capacity) && rows <= capacity, 'columns hold whole rows');
  const buffer = new ArrayBuffer(columns.length);
  new Uint8Array(buffer).set(columns);
  const values = new ValueHeap(saved);
  return { columns: new Columns(capacity, buffer), values, contentTypes: [...contentTypes] };
}

export class Segment {
  /** Names it in the snapshot, among those of its mailbox. */
  readonly key: number;
  /** Not as it is in the snapshot. */
  isDirty = true;
  length = 0;
  live = 0;
  /** Changes when rows move. */
  generation = 0;
  #parts: Parts | null = null;
  #asleep: SleepingSegment | null = null;
  /** Null where it has changed. */
  #summary: SegmentSummary | null = null;
  readonly #counts = [0, 0, 0];

  /** Empty, or as it was saved. */
  constructor(key: number, saved?: SavedSegment) {
    this.key = key;
    if (saved === undefined) {
      const columns = new Columns(CAPACITY_MIN);
      this.#parts = { columns, values: new ValueHeap(), contentTypes: [] };
      return;
    }
    this.#parts = partsOf(saved);
    this.length = saved.rows;
    for (let row = 0; row < saved.rows; row += 1) if (this.isLive(row)) this.#countLive(row, 1);
    this.isDirty = false;
  }

  /** As it was saved, its octets to be read when something of a row is asked for. */
  static asleep(key: number, asleep: SleepingSegment): Segment {
    const segment = new Segment(key);
    segment.#parts = null;
    segment.#asleep = asleep;
    segment.isDirty = false;
    const [rows, , , ...counts] = asleep.summary;
    segment.length = rows;
    for (const status of [0, 1, 2]) {
      segment.#counts[status] = counts[status] ?? 0;
      segment.live += counts[status] ?? 0;
    }
    return segment;
  }

  get #awake(): Parts {
    if (this.#parts === null) {
      assert(this.#asleep !== null, 'a segment is awake or can be woken');
      this.#parts = partsOf(this.#asleep.load());
      this.#asleep = null;
    }
    return this.#parts;
  }

  get #columns(): Columns {
    return this.#awake.columns;
  }

  get #values(): ValueHeap {
    return this.#awake.values;
  }

  get #contentTypes(): string[] {
    return this.#awake.contentTypes;
  }

  /** What a snapshot says of it without its octets. */
  get summary(): SegmentSummary {
    this.#summary ??= this.#asleep?.summary ?? this.#summarize();
    return this.#summary;
  }

  #summarize(): SegmentSummary {
    const mains = [0, 0, 0];
    for (let row = 0; row < this.length; row += 1) {
      if (!this.isLive(row) || this.parentAt(row) !== 0) continue;
      const status = this.statusAt(row);
      mains[status] = (mains[status] ?? 0) + 1;
    }
    const [newMains = 0, listedMains = 0, processedMains = 0] = mains;
    const counts = [this.countOf(0), this.countOf(1), this.countOf(2)] as const;
    return [this.length, this.first, this.last, ...counts, newMains, listedMains, processedMains];
  }

  /** Windows, good until the next change. */
  save(): SavedSegment {
    const columns = this.#columns;
    return {
      rows: this.length,
      columns: new Uint8Array(columns.buffer),
      contentTypes: this.#contentTypes,
      ...this.#values.save(),
    };
  }

  get first(): number {
    return this.#asleep?.summary[1] ?? this.#columns.sequence[0] ?? 0;
  }

  get last(): number {
    return this.#asleep?.summary[2] ?? this.sequenceAt(this.length - 1);
  }

  /** `identity`: hash of the delivery identifier, 0 where there is none. */
  add(entry: StoredEntry, status: number, identity: number): void {
    assert(entry.sequence > this.last, 'rows are added in ascending order');
    if (this.length === this.#columns.capacity) {
      this.#awake.columns = this.#columns.resized(this.length, 2 * this.length);
    }
    const row = this.length;
    const columns = this.#columns;
    columns.sequence[row] = entry.sequence;
    columns.parentDistance[row] = entry.parent === 0 ? 0 : entry.sequence - entry.parent;
    columns.contentLength[row] = entry.contentLength;
    columns.creationTime[row] = entry.creationTime;
    columns.contentType[row] = this.#contentTypeNumber(entry.contentType);
    columns.partCount[row] = entry.partCount;
    columns.status[row] = status;
    columns.entryType[row] = ENTRY_TYPE[entry.entryType];
    columns.priority[row] = entry.priority;
    columns.precedence[row] = entry.precedence;
    columns.conveyed[row] = 0;
    columns.identity[row] = identity;
    columns.flags[row] = LIVE | (RETURNED.indexOf(entry.contentReturned) << 1);
    columns.signature[row] = 0;
    columns.heapStart[row] = this.#values.used;
    for (const [attribute, octets] of entry.cached) {
      if (attribute === SUBJECT) columns.signature[row] = signatureOfSubject(octets);
      this.#values.add(attribute, octets);
    }
    if (entry.contentRange !== null) this.#addRange(entry.contentRange);
    columns.heapEnd[row] = this.#values.used;
    this.length += 1;
    this.#countLive(row, 1);
    this.#touch();
  }

  /** No more rows: gives back what was kept for growing. */
  seal(): void {
    this.#parts?.values.seal();
  }

  /** Octets held, about. */
  get bytes(): number {
    const parts = this.#parts;
    return parts === null ? 0 : parts.columns.buffer.byteLength + parts.values.bytes;
  }

  countOf(status: number): number {
    return this.#counts[status] ?? 0;
  }

  sequenceAt(row: number): number {
    return row < this.length ? (this.#columns.sequence[row] ?? 0) : 0;
  }

  parentAt(row: number): number {
    const distance = this.#columns.parentDistance[row] ?? 0;
    return distance === 0 ? 0 : this.sequenceAt(row) - distance;
  }

  statusAt(row: number): number {
    return this.#columns.status[row] ?? 0;
  }

  conveyedAt(row: number): number {
    return this.#columns.conveyed[row] ?? 0;
  }

  identityAt(row: number): number {
    return this.#columns.identity[row] ?? 0;
  }

  isLive(row: number): boolean {
    return row < this.length && ((this.#columns.flags[row] ?? 0) & LIVE) !== 0;
  }

  /** The numbers of a row. */
  factsAt(row: number) {
    const columns = this.#columns;
    return {
      parent: this.parentAt(row),
      entryType: ENTRY_TYPES[columns.entryType[row] ?? 0] ?? 'delivered-message',
      priority: columns.priority[row] ?? -1,
      precedence: columns.precedence[row] ?? -1,
      contentLength: columns.contentLength[row] ?? -1,
      contentType: this.#contentTypes[columns.contentType[row] ?? 0] ?? '',
      creationTime: columns.creationTime[row] ?? 0,
      contentReturned: RETURNED[(columns.flags[row] ?? 0) >> 1] ?? null,
      partCount: columns.partCount[row] ?? 0,
      conveyed: columns.conveyed[row] ?? 0,
    };
  }

  contentRangeAt(row: number): readonly [offset: number, length: number] | null {
    const octets = this.#value(row, CONTENT_RANGE);
    if (octets === undefined) return null;
    const view = new DataView(octets.buffer, octets.byteOffset, 8);
    return [view.getUint32(0), view.getUint32(4)];
  }

  cachedAt(row: number, attribute: CachedAttribute): Uint8Array | undefined {
    return this.#value(row, attribute);
  }

  *allCachedAt(row: number): IterableIterator<readonly [CachedAttribute, Uint8Array]> {
    const { heapStart, heapEnd } = this.#columns;
    for (const [number, value] of this.#values.entries(heapStart[row] ?? 0, heapEnd[row] ?? 0)) {
      if (number !== CONTENT_RANGE) yield [number as CachedAttribute, value];
    }
  }

  /** What was conveyed counts on the way to processed only, and is forgotten there. */
  change(row: number, status: number, conveyed: number): void {
    const before = this.statusAt(row);
    this.#counts[before] = this.countOf(before) - 1;
    this.#counts[status] = this.countOf(status) + 1;
    this.#columns.status[row] = status;
    const isProcessed = status === RETRIEVAL_STATUS.processed;
    this.#columns.conveyed[row] = isProcessed ? 0 : conveyed;
    this.#touch();
  }

  /** Of the row that is this one in another segment. */
  copyState(row: number, from: Segment, fromRow: number): void {
    this.change(row, from.statusAt(fromRow), 0);
    this.#columns.conveyed[row] = from.conveyedAt(fromRow);
  }

  /** Of a log, which has no use for what was conveyed: when the message was deleted, in seconds. */
  setDeleted(row: number, seconds: number): void {
    this.#columns.conveyed[row] = seconds;
    this.#touch();
  }

  remove(row: number): void {
    this.#countLive(row, -1);
    this.#columns.flags[row] = (this.#columns.flags[row] ?? 0) & ~LIVE;
    this.#touch();
  }

  /** Closes the gaps that tombstones left, in the rows and in the heap. */
  compact(): void {
    const old = this.#columns;
    const oldValues = this.#values;
    const columns = new Columns(Math.max(CAPACITY_MIN, 4 * Math.ceil(this.live / 4)));
    this.#awake.columns = columns;
    this.#awake.values = oldValues.withSameBases();
    let to = 0;
    for (let row = 0; row < this.length; row += 1) {
      if (((old.flags[row] ?? 0) & LIVE) === 0) continue;
      this.#columns.copyRow(old, row, to);
      this.#columns.heapStart[to] = this.#values.used;
      this.#values.addItems(oldValues, old.heapStart[row] ?? 0, old.heapEnd[row] ?? 0);
      this.#columns.heapEnd[to] = this.#values.used;
      to += 1;
    }
    this.length = to;
    this.generation += 1;
    this.#touch();
  }

  /** The first row whose number is not below `sequence`. */
  lowerBound(sequence: number): number {
    const numbers = this.#columns.sequence;
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((numbers[middle] ?? 0) < sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /**
   * The first live row from `row` on that passes; `length` where there is none. What leaves the
   * fewest rows to be looked at more closely is asked first, of one column alone.
   */
  nextMatch(row: number, test: RowTest): number {
    const [range] = test.ranges;
    const wanted = test.subjectSignature | 0;
    const { length } = this;
    if (range !== undefined) {
      const { from, to } = range;
      const values = this.#columns[range.column];
      for (let at = row; at < length; at += 1) {
        const value = values[at] ?? 0;
        if (value >= from && value <= to && this.#passes(at, test)) return at;
      }
    } else if (wanted !== 0) {
      const { signature } = this.#columns;
      for (let at = row; at < length; at += 1) {
        if (((signature[at] ?? 0) & wanted) === wanted && this.#passes(at, test)) return at;
      }
    } else {
      for (let at = row; at < length; at += 1) if (this.#passes(at, test)) return at;
    }
    return length;
  }

  #passes(row: number, { statusBits, isMainOnly, subjectSignature, ranges }: RowTest): boolean {
    const { flags, status, parentDistance, signature } = this.#columns;
    if (((flags[row] ?? 0) & LIVE) === 0) return false;
    if (((statusBits >> (status[row] ?? 0)) & 1) === 0) return false;
    if (isMainOnly && parentDistance[row] !== 0) return false;
    const wanted = subjectSignature | 0;
    if (((signature[row] ?? 0) & wanted) !== wanted) return false;
    for (const { column, from, to } of ranges) {
      const value = this.#columns[column][row] ?? 0;
      if (value < from || value > to) return false;
    }
    return true;
  }

  #value(row: number, attribute: number): Uint8Array | undefined {
    const { heapStart, heapEnd } = this.#columns;
    return this.#values.get(attribute, heapStart[row] ?? 0, heapEnd[row] ?? 0);
  }

  #addRange([offset, length]: readonly [number, number]): void {
    const octets = Buffer.alloc(8);
    octets.writeUInt32BE(offset, 0);
    octets.writeUInt32BE(length, 4);
    this.#values.add(CONTENT_RANGE, octets);
  }

  #touch(): void {
    this.isDirty = true;
    this.#summary = null;
  }

  #countLive(row: number, by: number): void {
    const status = this.statusAt(row);
    this.#counts[status] = this.countOf(status) + by;
    this.live += by;
  }

  #contentTypeNumber(contentType: string): number {
    const known = this.#contentTypes.indexOf(contentType);
    if (known >= 0) return known;
    this.#contentTypes.push(contentType);
    return this.#contentTypes.length - 1;
  }
}
