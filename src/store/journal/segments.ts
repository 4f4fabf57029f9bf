/**
 * The segments of a journal: the one that is written, spares that stand ready, and those whose
 * records are still needed.
 *
 * Invariant: a segment is full of synced octets, and its name is synced, before a record is placed
 * in it, so that no commit waits for metadata. Places are given in ascending order; who places
 * never waits: where there is no room, `onReady` tells when to ask again.
 *
 * The last of the room is kept for what must go on when the disk is full: deletes make room.
 *
 * Source: ours. docs/formats/journal.md.
 */
import { join } from 'node:path';
import { assert } from '../../base/assert.js';
import {
  JOURNAL_FIRST_SEGMENT_BYTES,
  JOURNAL_RESERVE_BYTES,
  JOURNAL_SPARES_MAX,
  JOURNAL_SPARES_READY,
} from '../../limits.js';
import type { Disk } from '../disk/disk.js';
import type { FoundSegment } from './journal-reader.js';
import { type Bridges, freedFront, type JournalRecord, readSegment } from './journal-record.js';

/** How long a disk that had no room is left alone. */
const RETRY_PAUSE_MS = 1_000;
/** Zeros between two syncs of a segment in the making: what a commit may have to wait behind. */
const SLICE_BYTES = 1 << 20;
/** While a spare stands ready, the disk is left to the commits for so many times as long. */
const SLICE_PAUSE = 3;
const SLICE_PAUSE_MAX_MS = 50;
const SLICE_PAUSE_STEP_MS = 2;
const ZEROS = new Uint8Array(1 << 20);

export class Segment {
  readonly path: string;
  readonly handle: number;
  readonly bytes: number;
  readonly #disk: Disk;
  #reader: number | null = null;
  used = 0;
  lastLsn = 0;
  /** A write or sync of it failed: it is never written again. */
  hasFailed = false;
  /** Over what is damaged in it. */
  bridges: Bridges = new Map();
  /** What becomes of its file when nothing in it is needed any more. */
  discard = (): void => {
    this.#disk.unlink(this.path);
  };

  constructor(disk: Disk, path: string, handle: number, bytes: number) {
    this.#disk = disk;
    this.path = path;
    this.handle = handle;
    this.bytes = bytes;
  }

  get rest(): number {
    return this.bytes - this.used;
  }

  /** Octets that were written before. Throws what the disk throws. */
  read(at: number, bytes: number): Buffer {
    this.#reader ??= this.#disk.open(this.path);
    return this.#disk.read(this.#reader, bytes, at);
  }

  /** Those that were written, from the file. Throws what the disk throws. */
  records(): readonly JournalRecord[] {
    return readSegment(this.read(0, this.used), this.bridges);
  }

  close(): void {
    this.#disk.close(this.handle);
    if (this.#reader !== null) this.#disk.close(this.#reader);
    this.#reader = null;
  }
}

/** One of an earlier life, for reading: its end may be torn, so nothing is written there. */
export function adoptSegment(disk: Disk, found: FoundSegment): Segment {
  const segment = new Segment(disk, found.path, disk.open(found.path), found.bytes);
  segment.bridges = found.bridges;
  segment.used = found.used;
  segment.lastLsn = found.lastLsn;
  segment.hasFailed = true;
  return segment;
}

export interface SegmentsOptions {
  readonly disk: Disk;
  readonly directory: string;
  readonly segmentBytes: number;
  /** Of the records. */
  readonly life: number;
  /** Greater than the number of every segment file that exists. */
  readonly nextSegment: number;
  /** Of all segments together. */
  readonly bytesMax: number;
  /** Of an earlier life, in the order of their records, which are still needed. */
  readonly adopted: readonly Segment[];
  /** There is a spare that was not there before. */
  readonly onReady: () => void;
  /** No segment can be made for now. */
  readonly onFailure: (detail: string) => void;
}

export class Segments {
  readonly #options: SegmentsOptions;
  readonly #reserveBytes: number;
  readonly #spares: Segment[] = [];
  #inUse: Segment[] = [];
  #current: Segment | null = null;
  #nextSegment: number;
  #directoryHandle: number | null = null;
  /** What a record that did not fit needs. */
  #wantedBytes = 0;
  /** Of the last segment that was made. */
  #madeBytes = 0;
  #making: Promise<void> | null = null;
  #retry: NodeJS.Timeout | null = null;
  #isClosed = false;
  /** Why no segment can be made; null where one can. */
  failure: string | null = null;

  constructor(options: SegmentsOptions) {
    this.#options = options;
    this.#nextSegment = options.nextSegment;
    this.#inUse = [...options.adopted];
    this.#reserveBytes = Math.min(JOURNAL_RESERVE_BYTES, options.segmentBytes >> 2);
  }

  /** A small segment at once, so that the first delivery need not wait for a large one. */
  open(): void {
    const { disk, directory, segmentBytes } = this.#options;
    this.#directoryHandle = disk.open(directory);
    const bytes = Math.min(JOURNAL_FIRST_SEGMENT_BYTES, segmentBytes);
    const path = this.#nextPath();
    this.#madeBytes = bytes;
    try {
      this.#spares.push(new Segment(disk, path, disk.preallocate(path, bytes), bytes));
    } catch (error) {
      this.#fail(path, error);
    }
    this.#prepare();
  }

  get inUse(): readonly Segment[] {
    return this.#inUse;
  }

  /** On disk, spares included. */
  get bytes(): number {
    let bytes = 0;
    for (const segment of this.#inUse) bytes += segment.bytes;
    for (const segment of this.#spares) bytes += segment.bytes;
    return bytes;
  }

  /** No other segment may be made. */
  get isFull(): boolean {
    return this.bytes + this.#options.segmentBytes > this.#options.bytesMax;
  }

  get count(): number {
    return this.#inUse.length + this.#spares.length;
  }

  /**
   * The segment in which a record of `bytes` comes next, at its `used`; null where there is no room
   * yet. Whoever may use the reserve gets the last of it.
   */
  place(bytes: number, usesReserve: boolean): Segment | null {
    const reserve = usesReserve ? 0 : this.#reserveBytes;
    let spare = 0;
    for (const segment of this.#spares) spare += segment.bytes;
    const current = this.#current;
    if (current !== null && current.rest >= bytes) {
      if (current.rest - bytes + spare >= reserve) return current;
    } else {
      const next = this.#fittingSpare(bytes);
      if (next !== undefined && spare - bytes >= reserve) {
        this.#begin(next);
        return next;
      }
    }
    this.#wantedBytes = Math.max(this.#wantedBytes, bytes);
    this.#prepare();
    return null;
  }

  /** What has been placed from the segment of `lsn` on is void; the next record begins another. */
  abandon(lsn: number): void {
    for (const segment of this.#inUse) segment.hasFailed ||= segment.lastLsn >= lsn;
    this.#current = null;
  }

  /** Octets of segments that {@link recycle} would free. */
  recyclableBytes(lsn: number): number {
    let bytes = 0;
    for (const segment of this.#inUse)
      if (segment !== this.#current && segment.lastLsn < lsn) bytes += segment.bytes;
    return bytes;
  }

  /** Segments all of whose records are below `lsn` are free to be written again. */
  recycle(lsn: number): void {
    const isFree = (segment: Segment) => segment !== this.#current && segment.lastLsn < lsn;
    const free = this.#inUse.filter(isFree);
    this.#inUse = this.#inUse.filter((segment) => !isFree(segment));
    for (const segment of free) {
      const isPlain = !segment.hasFailed && segment.bytes === this.#options.segmentBytes;
      const isKept =
        isPlain && this.#spares.length < JOURNAL_SPARES_MAX && this.#renew(segment, lsn);
      if (!isKept) this.#drop(segment);
    }
    if (free.length === 0) return;
    this.#prepare();
    this.#options.onReady();
  }

  /** Resolves when nothing is written any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#retry !== null) clearTimeout(this.#retry);
    await this.#making;
    for (const segment of [...this.#inUse, ...this.#spares]) segment.close();
    if (this.#directoryHandle !== null) this.#options.disk.close(this.#directoryHandle);
    this.#directoryHandle = null;
  }

  /** False where its records would stay readable. */
  #renew(segment: Segment, coveredLsn: number): boolean {
    const { disk, life } = this.#options;
    try {
      disk.writeNow(segment.handle, [freedFront(coveredLsn, life, segment.bytes)], 0);
    } catch {
      return false;
    }
    segment.used = 0;
    segment.lastLsn = 0;
    this.#spares.push(segment);
    return true;
  }

  #drop(segment: Segment): void {
    segment.close();
    try {
      segment.discard();
    } catch {
      // All of it is below what is covered: the next start deletes it.
    }
  }

  /** The smallest that holds it: large ones were made for large records. */
  #fittingSpare(bytes: number): Segment | undefined {
    let best: Segment | undefined;
    for (const spare of this.#spares)
      if (spare.bytes >= bytes && (best === undefined || spare.bytes < best.bytes)) best = spare;
    return best;
  }

  #begin(segment: Segment): void {
    assert(segment.used === 0, 'a spare is unused');
    this.#spares.splice(this.#spares.indexOf(segment), 1);
    this.#inUse.push(segment);
    this.#current = segment;
    this.#wantedBytes = 0;
    this.#prepare();
  }

  #nextPath(): string {
    const name = `${String(this.#nextSegment).padStart(10, '0')}.journal`;
    this.#nextSegment += 1;
    return join(this.#options.directory, name);
  }

  /** Starts making a spare where one is missing and none is being made. */
  #prepare(): void {
    if (this.#making !== null || this.#retry !== null || this.#isClosed) return;
    // From small to large, so that a rush behind a start does not wait for the first large one.
    const plainBytes = Math.min(this.#options.segmentBytes, 4 * this.#madeBytes);
    const bytes = Math.max(plainBytes, this.#wantedBytes);
    const isWanted = this.#wantedBytes > 0 && this.#fittingSpare(this.#wantedBytes) === undefined;
    if (!isWanted && this.#spares.length >= JOURNAL_SPARES_READY) return;
    if (this.bytes + bytes > this.#options.bytesMax) return;
    const path = this.#nextPath();
    this.#making = this.#make(path, bytes).then(
      (segment) => this.#made(segment),
      (error: unknown) => {
        this.#making = null;
        this.#fail(path, error);
      },
    );
  }

  #made(segment: Segment): void {
    this.#making = null;
    this.#madeBytes = Math.max(this.#madeBytes, segment.bytes);
    this.#spares.push(segment);
    if (this.#isClosed) return;
    this.failure = null;
    this.#options.onReady();
    this.#prepare();
  }

  #fail(path: string, error: unknown): void {
    this.failure = error instanceof Error ? error.message : String(error);
    this.#forget(path);
    if (this.#isClosed) return;
    this.#retry = setTimeout(() => {
      this.#retry = null;
      this.#prepare();
    }, RETRY_PAUSE_MS);
    this.#retry.unref();
    this.#options.onFailure(this.failure);
  }

  /** What was not made is deleted at the next start, if not now. */
  #forget(path: string): void {
    try {
      this.#options.disk.unlink(path);
    } catch {
      // The failure before it is the one to tell.
    }
  }

  async #giveWay(ms: number): Promise<void> {
    const end = performance.now() + Math.min(ms, SLICE_PAUSE_MAX_MS) - 1;
    while (performance.now() < end && this.#spares.length > 0 && !this.#isClosed)
      await new Promise((resolve) => setTimeout(resolve, SLICE_PAUSE_STEP_MS));
  }

  /** Zeros in slices, each synced, so that commits go between; then the name. */
  async #make(path: string, bytes: number): Promise<Segment> {
    const { disk } = this.#options;
    const handle = disk.create(path);
    try {
      for (let at = 0; at < bytes && !this.#isClosed; at += SLICE_BYTES) {
        const startMs = performance.now();
        await write(disk, handle, zeros(Math.min(SLICE_BYTES, bytes - at)), at);
        await settled((done) => disk.fdatasync(handle, done));
        const isLast = at + SLICE_BYTES >= bytes;
        if (!isLast) await this.#giveWay(SLICE_PAUSE * (performance.now() - startMs));
      }
      const directory = this.#directoryHandle;
      if (directory !== null) await settled((done) => disk.fsync(directory, done));
      return new Segment(disk, path, handle, bytes);
    } catch (error) {
      disk.close(handle);
      throw error;
    }
  }
}

function zeros(bytes: number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let left = bytes; left > 0; left -= ZEROS.length)
    pieces.push(left < ZEROS.length ? ZEROS.subarray(0, left) : ZEROS);
  return pieces;
}

const write = (disk: Disk, handle: number, pieces: Uint8Array[], at: number) =>
  settled((done) => disk.write(handle, pieces, at, done));

function settled(start: (done: (error: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    start((error) => (error === null ? resolve() : reject(error)));
  });
}
