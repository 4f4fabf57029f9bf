/**
 * The journal of one shard: preallocated segments, one writer, group commit.
 *
 * Invariant: one batch is in flight; what is appended meanwhile goes into the next, and `committed`
 * runs only after the sync. A segment whose write or sync failed is never written again: the first
 * record of the next one names the LSNs of the failed batch as void.
 *
 * Source: ours. docs/formats/journal.md.
 */
import { join } from 'node:path';
import { type Pieces, sizeOf } from '../base/octets.js';
import type { Disk } from './disk.js';
import { packRange, RECORD_HEADER_BYTES, RECORD_TYPE, recordPieces } from './journal-record.js';

/** How long a journal that failed waits before it tries a new segment. */
const RETRY_PAUSE_MS = 1_000;
/** Octets of one batch: bounds what one sync has to carry. */
const BATCH_BYTES_MAX = 32 << 20;

export interface Append {
  readonly type: number;
  readonly slot: number;
  readonly body: Pieces;
  committed(lsn: number): void;
  failed(detail: string): void;
}

interface Segment {
  readonly path: string;
  readonly handle: number;
  readonly bytes: number;
  used: number;
  lastLsn: number;
  hasFailed: boolean;
}

export interface JournalOptions {
  readonly disk: Disk;
  readonly directory: string;
  readonly segmentBytes: number;
  readonly epoch: number;
  readonly nextLsn: number;
  /** Greater than the number of every segment file that exists. */
  readonly nextSegment: number;
}

export class Journal {
  readonly #options: JournalOptions;
  #staged: Append[] = [];
  #segments: Segment[] = [];
  #spare: Segment[] = [];
  #nextLsn: number;
  #nextSegment: number;
  #void: [number, number] | null = null;
  #isBusy = false;
  #failure: string | null = null;
  #retry: NodeJS.Timeout | null = null;
  #idle: (() => void)[] = [];
  commits = 0;
  /** Every record up to this one is applied. */
  appliedLsn: number;

  constructor(options: JournalOptions) {
    this.#options = options;
    this.#nextLsn = options.nextLsn;
    this.appliedLsn = options.nextLsn - 1;
    this.#nextSegment = options.nextSegment;
  }

  get failure(): string | null {
    return this.#failure;
  }

  get bytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.used, 0);
  }

  append(record: Append): void {
    const failure = this.#failure;
    if (failure === null) this.#staged.push(record);
    else setImmediate(() => record.failed(failure));
  }

  flush(): void {
    if (this.#isBusy || this.#failure !== null || this.#staged.length === 0) return;
    const batch: Append[] = [];
    let bytes = 0;
    while (batch.length < this.#staged.length && bytes < BATCH_BYTES_MAX) {
      const next = this.#staged[batch.length];
      if (next === undefined) break;
      batch.push(next);
      bytes += sizeOf(next.body);
    }
    this.#staged = this.#staged.slice(batch.length);
    const first = this.#nextLsn;
    this.#isBusy = true;
    try {
      this.#write(this.#place(batch), (error) => this.#finish(batch, first, error));
    } catch (error) {
      this.#finish(batch, first, error as Error);
    }
  }

  /** Resolves when nothing is staged or in flight. */
  async drained(): Promise<void> {
    while (this.#isBusy || (this.#staged.length > 0 && this.#failure === null)) {
      this.flush();
      if (this.#isBusy) await new Promise<void>((resolve) => this.#idle.push(resolve));
    }
  }

  /** One record, durable when the promise resolves. Rejects where it could not be made so. */
  write(type: number, body: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      const failed = (detail: string) => reject(new Error(detail));
      this.append({ type, slot: 0, body: [body], committed: () => resolve(), failed });
      this.flush();
    });
  }

  /** Resolves when nothing is in flight: handles may be closed then. */
  async settled(): Promise<void> {
    while (this.#isBusy) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** The next record begins a segment, so that all before can be recycled. */
  rotate(): void {
    const last = this.#segments.at(-1);
    if (last !== undefined) last.used = Math.max(last.used, last.bytes);
  }

  /** Segments all of whose records are below `lsn` are free to be written again. */
  recycle(lsn: number): void {
    const current = this.#segments.at(-1);
    for (const segment of this.#segments) {
      if (segment === current || segment.lastLsn >= lsn) continue;
      const isPlain =
        !segment.hasFailed &&
        segment.bytes === this.#options.segmentBytes &&
        this.#spare.length < 2;
      if (isPlain) this.#spare.push({ ...segment, used: 0, lastLsn: 0 });
      else this.#drop(segment);
    }
    this.#segments = this.#segments.filter((s) => s === current || s.lastLsn >= lsn);
  }

  close(): void {
    if (this.#retry !== null) clearTimeout(this.#retry);
    for (const segment of [...this.#segments, ...this.#spare])
      this.#options.disk.close(segment.handle);
    this.#segments = [];
    this.#spare = [];
  }

  #drop(segment: Segment): void {
    this.#options.disk.close(segment.handle);
    this.#options.disk.unlink(segment.path);
  }

  #newSegment(bytes: number): Segment {
    const wanted = Math.max(bytes, this.#options.segmentBytes);
    const spare = wanted === this.#options.segmentBytes ? this.#spare.shift() : undefined;
    const segment = spare ?? this.#createSegment(wanted);
    this.#segments.push(segment);
    return segment;
  }

  #createSegment(bytes: number): Segment {
    const name = `${String(this.#nextSegment).padStart(10, '0')}.journal`;
    this.#nextSegment += 1;
    const path = join(this.#options.directory, name);
    const handle = this.#options.disk.preallocate(path, bytes);
    return { path, handle, bytes, used: 0, lastLsn: 0, hasFailed: false };
  }

  #place(batch: readonly Append[]): Map<Segment, { at: number; pieces: Uint8Array[] }> {
    const writes = new Map<Segment, { at: number; pieces: Uint8Array[] }>();
    for (const record of batch) {
      const bytes = RECORD_HEADER_BYTES + sizeOf(record.body);
      let segment = this.#segments.at(-1);
      if (segment === undefined || segment.used + bytes > segment.bytes) {
        segment = this.#newSegment(bytes);
      }
      let write = writes.get(segment);
      if (write === undefined) {
        write = { at: segment.used, pieces: [] };
        writes.set(segment, write);
      }
      const { type, slot } = record;
      const lsn = this.#nextLsn;
      write.pieces.push(
        ...recordPieces({ lsn, type, slot, epoch: this.#options.epoch }, record.body),
      );
      segment.used += bytes;
      segment.lastLsn = lsn;
      this.#nextLsn += 1;
    }
    return writes;
  }

  #write(
    writes: Map<Segment, { at: number; pieces: Uint8Array[] }>,
    done: (error: Error | null) => void,
  ): void {
    const { disk } = this.#options;
    let waiting = writes.size;
    let problem: Error | null = null;
    const finished = (error: Error | null) => {
      problem ??= error;
      waiting -= 1;
      if (waiting === 0) done(problem);
    };
    for (const [{ handle }, { at, pieces }] of writes) {
      disk.write(handle, pieces, at, (error) =>
        error === null ? disk.fdatasync(handle, finished) : finished(error),
      );
    }
  }

  #finish(batch: readonly Append[], first: number, error: Error | null): void {
    this.#isBusy = false;
    if (error === null) {
      this.commits += 1;
      for (const [i, record] of batch.entries()) record.committed(first + i);
      this.appliedLsn = Math.max(this.appliedLsn, first + batch.length - 1);
    } else {
      this.#fail(batch, first, error);
    }
    for (const resolve of this.#idle.splice(0)) resolve();
    this.flush();
  }

  #fail(batch: readonly Append[], first: number, error: Error): void {
    this.#failure = error.message;
    // Numbers that a failed batch did not come to use are void too: nothing follows on a gap.
    this.#void = [this.#void?.[0] ?? first, this.#nextLsn - 1];
    this.rotate();
    for (const segment of this.#segments) segment.hasFailed ||= segment.lastLsn >= first;
    const lost = [...batch, ...this.#staged.splice(0)];
    this.#retry = setTimeout(() => this.#resume(), RETRY_PAUSE_MS);
    this.#retry.unref();
    for (const record of lost) record.failed(error.message);
  }

  /** A new segment, which says first what is void. */
  #resume(): void {
    const range = this.#void;
    if (range === null) return;
    this.#failure = null;
    this.#staged.unshift({
      type: RECORD_TYPE.resume,
      slot: 0,
      body: [packRange(range[0], range[1])],
      committed: () => {
        this.#void = null;
      },
      failed: () => undefined,
    });
    this.flush();
  }
}
