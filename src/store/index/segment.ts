/**
 * Up to 512 rows of a mailbox's index, by columns: what compares is a number in a typed array, the
 * cached attribute octets lie one after the other in one heap.
 *
 * Invariant: row numbers ascend, tombstones included. Children are not stored: they are the rows
 * behind their main-entry that name their parent.
 *
 * Source: ours.
 */
import { assert } from '../../base/assert.js';
import {
  type CachedAttribute,
  ENTRY_TYPE,
  type EntryFacts,
  type EntryType,
} from '../../x413/entry.js';
import type { StoredEntry } from '../message-file.js';

const CAPACITY_MIN = 4;
/** In the heap, before each value: attribute (1 octet) and length (4). */
const HEAP_ITEM_BYTES = 5;
/** Absent, in a column of unsigned offsets. */
const NO_RANGE = 0xffff_ffff;
const RETURNED = [null, false, true] as const;
const ENTRY_TYPES = Object.keys(ENTRY_TYPE) as EntryType[];

/** Content types are few: each is kept once. */
const contentTypes: string[] = [];
const contentTypeNumbers = new Map<string, number>();

function contentTypeNumber(contentType: string): number {
  const known = contentTypeNumbers.get(contentType);
  if (known !== undefined) return known;
  contentTypes.push(contentType);
  contentTypeNumbers.set(contentType, contentTypes.length - 1);
  return contentTypes.length - 1;
}

/** One set of columns; replaced by a larger one when full. */
class Columns {
  readonly sequence: Uint32Array;
  readonly parent: Uint32Array;
  readonly conveyed: Int32Array;
  readonly contentLength: Int32Array;
  readonly creationTime: Float64Array;
  readonly contentType: Uint32Array;
  readonly partCount: Uint16Array;
  readonly rangeOffset: Uint32Array;
  readonly rangeLength: Uint32Array;
  /** Where the row's octets begin and end in the heap. */
  readonly heapStart: Uint32Array;
  readonly heapEnd: Uint32Array;
  readonly status: Uint8Array;
  readonly entryType: Uint8Array;
  readonly priority: Int8Array;
  readonly returned: Uint8Array;
  /** 0 is a tombstone. */
  readonly live: Uint8Array;

  constructor(readonly capacity: number) {
    this.sequence = new Uint32Array(capacity);
    this.parent = new Uint32Array(capacity);
    this.conveyed = new Int32Array(capacity);
    this.contentLength = new Int32Array(capacity);
    this.creationTime = new Float64Array(capacity);
    this.contentType = new Uint32Array(capacity);
    this.partCount = new Uint16Array(capacity);
    this.rangeOffset = new Uint32Array(capacity);
    this.rangeLength = new Uint32Array(capacity);
    this.heapStart = new Uint32Array(capacity);
    this.heapEnd = new Uint32Array(capacity);
    this.status = new Uint8Array(capacity);
    this.entryType = new Uint8Array(capacity);
    this.priority = new Int8Array(capacity);
    this.returned = new Uint8Array(capacity);
    this.live = new Uint8Array(capacity);
  }

  all() {
    return [
      this.sequence,
      this.parent,
      this.conveyed,
      this.contentLength,
      this.creationTime,
      this.contentType,
      this.partCount,
      this.rangeOffset,
      this.rangeLength,
      this.heapStart,
      this.heapEnd,
      this.status,
      this.entryType,
      this.priority,
      this.returned,
      this.live,
    ];
  }

  /** Row `from` of `other` becomes row `to` here. */
  copyRow(other: Columns, from: number, to: number): void {
    const sources = other.all();
    for (const [i, column] of this.all().entries()) column[to] = sources[i]?.[from] ?? 0;
  }
}

export class Segment {
  #columns = new Columns(CAPACITY_MIN);
  #heap = Buffer.allocUnsafeSlow(256);
  #heapUsed = 0;
  readonly #counts = [0, 0, 0];
  length = 0;
  live = 0;

  get first(): number {
    return this.#columns.sequence[0] ?? 0;
  }

  get last(): number {
    return this.sequenceAt(this.length - 1);
  }

  add(entry: StoredEntry, status: number): void {
    assert(entry.sequence > this.last, 'rows are added in ascending order');
    if (this.length === this.#columns.capacity) this.#resize(2 * this.length);
    const row = this.length;
    const columns = this.#columns;
    columns.sequence[row] = entry.sequence;
    columns.parent[row] = entry.parent;
    columns.contentLength[row] = entry.contentLength;
    columns.creationTime[row] = entry.creationTime;
    columns.contentType[row] = contentTypeNumber(entry.contentType);
    columns.partCount[row] = entry.partCount;
    columns.rangeOffset[row] = entry.contentRange?.[0] ?? NO_RANGE;
    columns.rangeLength[row] = entry.contentRange?.[1] ?? 0;
    columns.status[row] = status;
    columns.entryType[row] = ENTRY_TYPE[entry.entryType];
    columns.priority[row] = entry.priority;
    columns.returned[row] = RETURNED.indexOf(entry.contentReturned);
    columns.live[row] = 1;
    columns.heapStart[row] = this.#heapUsed;
    for (const [attribute, octets] of entry.cached) this.#keep(attribute, octets);
    columns.heapEnd[row] = this.#heapUsed;
    this.#counts[status] = this.countOf(status) + 1;
    this.length += 1;
    this.live += 1;
  }

  countOf(status: number): number {
    return this.#counts[status] ?? 0;
  }

  sequenceAt(row: number): number {
    return row < this.length ? (this.#columns.sequence[row] ?? 0) : 0;
  }

  parentAt(row: number): number {
    return this.#columns.parent[row] ?? 0;
  }

  statusAt(row: number): number {
    return this.#columns.status[row] ?? 0;
  }

  conveyedAt(row: number): number {
    return this.#columns.conveyed[row] ?? 0;
  }

  isLive(row: number): boolean {
    return row < this.length && this.#columns.live[row] === 1;
  }

  factsAt(row: number): Omit<EntryFacts, 'children'> {
    const columns = this.#columns;
    const offset = columns.rangeOffset[row] ?? NO_RANGE;
    return {
      parent: this.parentAt(row),
      entryType: ENTRY_TYPES[columns.entryType[row] ?? 0] ?? 'delivered-message',
      priority: columns.priority[row] ?? -1,
      contentLength: columns.contentLength[row] ?? -1,
      contentType: contentTypes[columns.contentType[row] ?? 0] ?? '',
      creationTime: columns.creationTime[row] ?? 0,
      contentReturned: RETURNED[columns.returned[row] ?? 0] ?? null,
      partCount: columns.partCount[row] ?? 0,
      contentRange: offset === NO_RANGE ? null : [offset, columns.rangeLength[row] ?? 0],
      cached: this.#cachedAt(row),
    };
  }

  change(row: number, status: number, conveyed: number): void {
    const before = this.statusAt(row);
    this.#counts[before] = this.countOf(before) - 1;
    this.#counts[status] = this.countOf(status) + 1;
    this.#columns.status[row] = status;
    this.#columns.conveyed[row] = this.conveyedAt(row) | conveyed;
  }

  remove(row: number): void {
    const status = this.statusAt(row);
    this.#counts[status] = this.countOf(status) - 1;
    this.#columns.live[row] = 0;
    this.live -= 1;
  }

  /** Closes the gaps that tombstones left, in the rows and in the heap. */
  compact(): void {
    const old = this.#columns;
    const oldHeap = this.#heap;
    this.#columns = new Columns(Math.max(CAPACITY_MIN, this.live));
    this.#heap = Buffer.allocUnsafeSlow(256);
    this.#heapUsed = 0;
    let to = 0;
    for (let row = 0; row < this.length; row += 1) {
      if (old.live[row] !== 1) continue;
      this.#columns.copyRow(old, row, to);
      this.#columns.heapStart[to] = this.#heapUsed;
      this.#append(oldHeap.subarray(old.heapStart[row], old.heapEnd[row]));
      this.#columns.heapEnd[to] = this.#heapUsed;
      to += 1;
    }
    this.length = to;
  }

  /** The first row whose number is not below `sequence`. */
  lowerBound(sequence: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.sequenceAt(middle) < sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #cachedAt(row: number): ReadonlyMap<CachedAttribute, Uint8Array> {
    const cached = new Map<CachedAttribute, Uint8Array>();
    const end = this.#columns.heapEnd[row] ?? 0;
    let at = this.#columns.heapStart[row] ?? 0;
    while (at < end) {
      const start = at + HEAP_ITEM_BYTES;
      const next = start + this.#heap.readUInt32LE(at + 1);
      cached.set(this.#heap.readUInt8(at) as CachedAttribute, this.#heap.subarray(start, next));
      at = next;
    }
    return cached;
  }

  #keep(attribute: number, octets: Uint8Array): void {
    const head = Buffer.alloc(HEAP_ITEM_BYTES);
    head.writeUInt8(attribute);
    head.writeUInt32LE(octets.length, 1);
    this.#append(head);
    this.#append(octets);
  }

  #append(octets: Uint8Array): void {
    const end = this.#heapUsed + octets.length;
    if (end > this.#heap.length) {
      // By half, not double: heaps are most of what a message costs in memory.
      const larger = Buffer.allocUnsafeSlow(Math.ceil(Math.max(end, 1.5 * this.#heap.length)));
      larger.set(this.#heap.subarray(0, this.#heapUsed));
      this.#heap = larger;
    }
    this.#heap.set(octets, this.#heapUsed);
    this.#heapUsed = end;
  }

  #resize(capacity: number): void {
    const old = this.#columns.all();
    this.#columns = new Columns(capacity);
    for (const [i, column] of this.#columns.all().entries()) column.set(old[i] ?? []);
  }
}
