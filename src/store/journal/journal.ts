/**
 * The journal of one shard: one writer, group commit.
 *
 * A record gets its LSN and its place when it is appended, and is put together, once, in the buffer
 * it is written from. What has no place yet waits, without a number.
 *
 * Invariant: one batch is in flight; what is appended meanwhile goes into the next, and `committed`
 * runs only after the sync. A segment whose write or sync failed is never written again: the first
 * record of the next one names the LSNs of the failed batch as void.
 *
 * Source: ours. docs/formats/journal.md.
 */
import type { Pieces } from '../../base/octets.js';
import { CLOSED } from '../contract.js';
import type { Disk } from '../disk/disk.js';
import {
  carriesMessage,
  drawLife,
  isInRange,
  type LsnRange,
  PiecesBody,
  packRange,
  RECORD_HEADER_BYTES,
  RECORD_TYPE,
  type RecordBody,
  writeRecord,
} from './journal-record.js';
import { type Segment, Segments } from './segments.js';

/** How long a journal that failed waits before it tries a new segment. */
const RETRY_PAUSE_MS = 1_000;
/** Octets of one batch: bounds what one sync has to carry. */
const BATCH_BYTES_MAX = 32 << 20;
/** Records are put together in buffers of this size; a larger record gets one of its own. */
const CHUNK_BYTES = 1 << 20;
/**
 * A batch up to this is copied to the kernel by the shard itself: that takes less time than to wake
 * another thread and to be woken by it.
 */
const WRITE_NOW_BYTES_MAX = 256 << 10;
/** Ends what a reader finds: behind it may lie octets of an earlier use of the segment. */
const END = new Uint8Array(RECORD_HEADER_BYTES);

/** Where the body of a committed record is. */
export interface RecordPlace {
  readonly lsn: number;
  readonly segment: Segment;
  readonly at: number;
  /** The same octets in memory; `chunk` holds other records too. */
  readonly chunk: Buffer;
  readonly chunkAt: number;
  readonly bytes: number;
}

export interface Append {
  readonly type: number;
  readonly slot: number;
  readonly body: RecordBody;
  committed(place: RecordPlace): void;
  failed(detail: string): void;
}

interface Staged extends RecordPlace {
  readonly record: Append;
  /** A batch begins with it. */
  readonly isFirst: boolean;
}

export interface JournalOptions {
  readonly disk: Disk;
  readonly directory: string;
  readonly segmentBytes: number;
  readonly nextLsn: number;
  /** Greater than the number of every segment file that exists. */
  readonly nextSegment: number;
  /** Of all segments together. */
  readonly bytesMax: number;
  /** Of an earlier life, in the order of their records, which are still needed. */
  readonly adopted: readonly Segment[];
  /** LSNs of records in them that do not count. */
  readonly voids: readonly LsnRange[];
  /** Whether a delivery may come; where not, it waits for {@link Journal.placeWaiting}. */
  readonly admits: () => boolean;
}

export class Journal {
  readonly #options: JournalOptions;
  readonly #segments: Segments;
  #staged: Staged[] = [];
  /** Without a place: deliveries, and what may use the reserve and goes before them. */
  #waiting: Append[] = [];
  #waitingFirst: Append[] = [];
  /** Octets of the records from the last that begins a batch on. */
  #batchBytes = 0;
  readonly #life = drawLife();
  #chunk = Buffer.alloc(0);
  #chunkUsed = 0;
  #nextLsn: number;
  /** What a batch that failed has used, until a record says so. */
  #void: LsnRange | null = null;
  /** The same of batches before, as far as their segments are in use. */
  #voids: LsnRange[];
  #isBusy = false;
  #isClosing = false;
  #failure: string | null = null;
  #obstacle: string | null = null;
  #retry: NodeJS.Timeout | null = null;
  #idle: (() => void)[] = [];
  #commits = 0;
  #records = 0;
  #recordBytes = 0;
  /** Records that had to wait for a segment. */
  #stalls = 0;
  /** Every record up to this one is applied. */
  appliedLsn: number;

  constructor(options: JournalOptions) {
    this.#options = options;
    this.#nextLsn = options.nextLsn;
    this.#voids = [...options.voids];
    this.appliedLsn = options.nextLsn - 1;
    this.#segments = new Segments({
      ...options,
      life: this.#life,
      onReady: () => this.placeWaiting(),
      onFailure: (detail) => this.#refuseWaiting(detail),
    });
    this.#segments.open();
  }

  get failure(): string | null {
    return this.#failure;
  }

  statistics() {
    const { inUse, count, bytes } = this.#segments;
    return {
      journalBytes: inUse.reduce((sum, segment) => sum + segment.used, 0),
      journalSegments: count,
      journalSegmentBytes: bytes,
      commits: this.#commits,
      records: this.#records,
      recordBytes: this.#recordBytes,
      stalls: this.#stalls,
    };
  }

  /** In the order of their records. */
  get segmentsInUse(): readonly Segment[] {
    return this.#segments.inUse;
  }

  /** Whether the record of that number is one of a batch that failed: nothing of it was applied. */
  isVoid(lsn: number): boolean {
    return isInRange(this.#voids, lsn) || (this.#void !== null && isInRange([this.#void], lsn));
  }

  get waiting(): number {
    return this.#waiting.length + this.#waitingFirst.length;
  }

  /**
   * Goes on behind `lsn`, the last record of an earlier life that counts: numbers that were used
   * after it are void, which the first record says. So are those of `lost` records; that all below
   * `firstLsn` is covered is said again then, for it may be what is lost.
   */
  goOnAfter(lsn: number, lost: readonly LsnRange[], firstLsn: number): void {
    for (const range of lost) this.#say(RECORD_TYPE.resume, range);
    if (lost.length > 0) this.#say(RECORD_TYPE.checkpoint, [firstLsn, firstLsn]);
    if (lsn < this.appliedLsn) {
      this.#void = [lsn + 1, this.appliedLsn];
      this.#resume();
    }
    this.flush();
  }

  append(record: Append): void {
    const failure = this.#failure;
    if (failure !== null) {
      setImmediate(() => record.failed(failure));
      return;
    }
    const isFirst = !carriesMessage(record.type);
    const isBehind = this.#waitingFirst.length > 0 || (!isFirst && this.#waiting.length > 0);
    if (!isBehind && this.#stage(record)) return;
    const obstacle = this.#stuck();
    if (obstacle !== null && record.type !== RECORD_TYPE.resume) {
      setImmediate(() => record.failed(obstacle));
      return;
    }
    this.#stalls += 1;
    (isFirst ? this.#waitingFirst : this.#waiting).push(record);
  }

  /** Files cannot be written, or can again (null): where there is no more room, none will come. */
  obstruct(detail: string | null): void {
    this.#obstacle = detail;
    const stuck = this.#stuck();
    if (stuck !== null) this.#refuseWaiting(stuck);
  }

  /** What waits is tried again, in order. */
  placeWaiting(): void {
    if (this.#failure !== null || this.waiting === 0) return;
    for (const queue of [this.#waitingFirst, this.#waiting]) {
      let count = 0;
      for (const record of queue) {
        if (!this.#stage(record)) break;
        count += 1;
      }
      queue.splice(0, count);
      if (queue.length > 0) break;
    }
    this.flush();
    this.#tellIdle();
  }

  flush(): void {
    const first = this.#staged[0];
    if (first === undefined || this.#isBusy || this.#failure !== null) return;
    const { segment } = first;
    const start = first.at - RECORD_HEADER_BYTES;
    const pieces: Uint8Array[] = [];
    let end = start;
    let count = 0;
    let from = 0;
    let to = 0;
    let chunk: Buffer | null = null;
    for (const one of this.#staged) {
      if (one.isFirst && count > 0) break;
      const at = one.chunkAt - RECORD_HEADER_BYTES;
      if (one.chunk !== chunk || at !== to) {
        if (chunk !== null) pieces.push(chunk.subarray(from, to));
        chunk = one.chunk;
        from = at;
      }
      to = one.chunkAt + one.bytes;
      end = one.at + one.bytes;
      count += 1;
    }
    if (chunk !== null) pieces.push(chunk.subarray(from, to));
    const bytes = end - start;
    if (segment.bytes - end >= END.length) pieces.push(END);
    this.#commit(this.#staged.splice(0, count), pieces, start, bytes);
    this.#recordBytes += bytes;
  }

  /**
   * Resolves when nothing waits, is staged or in flight; where nothing may wait any more, without
   * what is only to be said before the next record.
   */
  async drained(): Promise<void> {
    const waits = () => this.#staged.length > 0 || (!this.#isClosing && this.waiting > 0);
    const isDrained = () => !this.#isBusy && (this.#failure !== null || !waits());
    // A flush may be done on return, and then tells nobody any more.
    for (this.flush(); !isDrained(); this.flush())
      await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** One record, durable when the promise resolves. Rejects where it could not be made so. */
  write(type: number, body: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      const failed = (detail: string) => reject(new Error(detail));
      const committed = () => resolve();
      this.append({ type, slot: 0, body: new PiecesBody([body]), committed, failed });
      this.flush();
    });
  }

  /** Octets on disk that {@link recycle} would free. */
  recyclableBytes(lsn: number): number {
    return this.#segments.recyclableBytes(lsn);
  }

  /** Segments all of whose records are below `lsn` are free to be written again. */
  recycle(lsn: number): void {
    this.#voids = this.#voids.filter(([, to]) => to >= lsn);
    this.#segments.recycle(lsn);
  }

  /** Refuses what waits for room, from now on. */
  refuseWaiting(): void {
    this.#isClosing = true;
    this.obstruct(null);
  }

  /** Resolves when nothing is in flight and everything is closed. */
  async close(): Promise<void> {
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.refuseWaiting();
    while (this.#isBusy) await new Promise<void>((resolve) => this.#idle.push(resolve));
    // Whoever comes now would write to descriptors that may be another's.
    this.#failure = CLOSED;
    await this.#segments.close();
  }

  /** False where there is no place for it yet. */
  #stage(record: Append): boolean {
    const { type, slot, body } = record;
    const bytes = RECORD_HEADER_BYTES + body.bytes;
    const isMessage = carriesMessage(type);
    if (isMessage && !this.#options.admits()) return false;
    const segment = this.#segments.place(bytes, !isMessage);
    if (segment === null) return false;
    if (this.#chunk.length - this.#chunkUsed < bytes) {
      this.#chunk = Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, bytes));
      this.#chunkUsed = 0;
    }
    const lsn = this.#nextLsn;
    const isFirst = this.#beginsBatch(segment, bytes);
    writeRecord(this.#chunk, this.#chunkUsed, { lsn, type, isFirst, slot, life: this.#life }, body);
    this.#staged.push({
      lsn,
      segment,
      at: segment.used + RECORD_HEADER_BYTES,
      chunk: this.#chunk,
      chunkAt: this.#chunkUsed + RECORD_HEADER_BYTES,
      bytes: body.bytes,
      record,
      isFirst,
    });
    this.#nextLsn += 1;
    this.#chunkUsed += bytes;
    segment.used += bytes;
    segment.lastLsn = lsn;
    return true;
  }

  /** A batch lies in one segment and has a bound, so where one begins is known as it is staged. */
  #beginsBatch(segment: Segment, bytes: number): boolean {
    const before = this.#staged.at(-1);
    const isFirst = before?.segment !== segment || this.#batchBytes >= BATCH_BYTES_MAX;
    this.#batchBytes = isFirst ? bytes : this.#batchBytes + bytes;
    return isFirst;
  }

  /** Why it is no use to wait for room; null where it is. */
  #stuck(): string | null {
    if (this.#isClosing) return 'the store is closing';
    if (this.#segments.failure !== null) return this.#segments.failure;
    const isFull = this.#segments.isFull || !this.#options.admits();
    return isFull ? this.#obstacle : null;
  }

  /** A resume record stays: without it nothing else may come. */
  #refuseWaiting(detail: string): void {
    const isKept = (record: Append) => record.type === RECORD_TYPE.resume;
    const refused = [...this.#waitingFirst, ...this.#waiting].filter((record) => !isKept(record));
    this.#waitingFirst = this.#waitingFirst.filter(isKept);
    this.#waiting = [];
    for (const record of refused) setImmediate(() => record.failed(detail));
    this.#tellIdle();
  }

  #commit(batch: readonly Staged[], pieces: Pieces, position: number, bytes: number): void {
    const { disk } = this.#options;
    const handle = batch[0]?.segment.handle ?? -1;
    const written = (error: Error | null) => {
      if (error !== null) this.#finish(batch, error);
      else disk.fdatasync(handle, (problem) => this.#finish(batch, problem), batch.length === 1);
    };
    this.#isBusy = true;
    if (bytes > WRITE_NOW_BYTES_MAX) {
      disk.write(handle, pieces, position, written);
      return;
    }
    try {
      disk.writeNow(handle, pieces, position);
    } catch (error) {
      setImmediate(() => written(error as Error));
      return;
    }
    written(null);
  }

  #finish(batch: readonly Staged[], error: Error | null): void {
    this.#isBusy = false;
    if (error === null) {
      this.#commits += 1;
      this.#records += batch.length;
      for (const one of batch) {
        // What is applied from here on comes from this record or a later one.
        this.appliedLsn = one.lsn - 1;
        one.record.committed(one);
        this.appliedLsn = one.lsn;
      }
    } else {
      this.#fail(batch, error);
    }
    this.#tellIdle();
    this.flush();
  }

  #fail(batch: readonly Staged[], error: Error): void {
    const first = batch[0]?.lsn ?? this.#nextLsn;
    this.#failure = error.message;
    // Numbers that a failed batch did not come to use are void too: nothing follows on a gap.
    this.#void = [this.#void?.[0] ?? first, this.#nextLsn - 1];
    this.#segments.abandon(first);
    const lost = [...batch, ...this.#staged.splice(0)].map(({ record }) => record);
    this.#retry = setTimeout(() => this.#resume(), RETRY_PAUSE_MS);
    this.#retry.unref();
    for (const record of lost) record.failed(error.message);
    this.#waitingFirst = this.#waitingFirst.filter(({ type }) => type !== RECORD_TYPE.resume);
    this.#refuseWaiting(error.message);
  }

  /** A new segment, which says first what is void. */
  #resume(): void {
    const range = this.#void;
    if (range === null) return;
    this.#failure = null;
    this.#say(RECORD_TYPE.resume, range, () => {
      this.#voids.push(range);
      this.#void = null;
    });
    this.flush();
  }

  #say(type: number, [from, to]: LsnRange, committed = () => undefined): void {
    const body = new PiecesBody([packRange(from, to)]);
    this.append({ type, slot: 0, body, committed, failed: () => undefined });
  }

  #tellIdle(): void {
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}
