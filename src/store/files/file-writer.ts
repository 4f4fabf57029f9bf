/**
 * Message files, written behind the acknowledgement.
 *
 * The writer takes a share of the thread that grows with the square of the backlog and, after ten
 * seconds, with its age: a rush finds the thread nearly its own, a load that lasts finds the share
 * at which files keep up with it.
 * What is young waits: what its reader fetches and deletes at once never gets a file.
 *
 * Nothing here is synced; a checkpoint does that for all files at once.
 *
 * Source: ours.
 */
import type { Clock } from '../../base/clock.js';
import { BUCKET_ENTRIES, FILE_AGE_MIN_MS, FILE_BACKLOG_CHANGES_MAX } from '../../limits.js';
import type { RetrievalStatus, SequenceNumber } from '../../x413/entry.js';
import type { BoxId } from '../box.js';
import { CLOSED } from '../contract.js';
import type { Disk } from '../disk/disk.js';
import * as layout from '../layout.js';
import { Backlog, type Image, type Work } from './backlog.js';
import { formatMessageName } from './message-name.js';

/** How long others may be kept waiting by one turn. */
const TURN_MAX_MS = 2;
const TURN_PAUSE_MS = 1;
const RETRY_PAUSE_MS = 1_000;
const SHARE_MIN = 0.05;
const SHARE_MAX = 0.95;
/** While nobody has asked the store for anything for as long as that. */
const SHARE_IDLE = 0.5;
const IDLE_AFTER_MS = 50;
/** From this age of the oldest work on, the share grows, up to a half at the second age. */
const AGE_PRESSING_MS = 10_000;
const AGE_OVERDUE_MS = 50_000;
const SHARE_OVERDUE = 0.5;
/**
 * So many files of one mailbox are written one after the other where they wait: a file system
 * creates files in one directory for half of what it takes in a directory each.
 */
const RUN_FILES = 32;
/** Part of the journal that the backlog fills when the writer takes all it may. */
const BACKLOG_FULL = 0.75;

const STATUSES: readonly RetrievalStatus[] = ['new', 'listed', 'processed'];

/**
 * What the file may be called now, the likeliest first: after a cut the name may be ahead of the
 * index or behind it, until the two have been compared.
 */
export function namesOf(from: Work['from']): readonly RetrievalStatus[] {
  if (from === null) return [];
  return from === 'any' ? STATUSES : [from, ...STATUSES.filter((status) => status !== from)];
}

interface Bucket {
  readonly number: number;
  readonly directory: string;
}

export interface FileWriterOptions {
  readonly disk: Disk;
  readonly data: string;
  readonly clock: Clock;
  readonly journalBytesMax: number;
  /** The octets of a message that has no file: from memory, or from the journal. */
  readonly octetsOf: (id: BoxId, sequence: SequenceNumber, image: Image) => Uint8Array;
  /** After a turn: the backlog is smaller. */
  readonly onProgress: () => void;
  /** Files cannot be written, or can again (null). */
  readonly onObstacle: (detail: string | null) => void;
}

export class FileWriter {
  readonly #options: FileWriterOptions;
  readonly backlog = new Backlog();
  /** Whose files are being written, and how many of them may come before the oldest of all. */
  #run: { readonly id: BoxId; left: number } | null = null;
  /** The directory that each mailbox's last file went to. */
  readonly #buckets = new Map<BoxId, Bucket>();
  /** What a sync one by one has to visit, and what one that is under way still may. */
  #touched = new Set<string>();
  #syncing = new Set<string>();
  #filesWritten = 0;
  #bytesWritten = 0;
  /** When somebody last asked the store for something. */
  #askedMs = Number.NEGATIVE_INFINITY;
  #obstacle: string | null = null;
  #creditMs = 0;
  #lastTurnMs = 0;
  #timer: NodeJS.Timeout | null = null;
  #isClosed = false;

  constructor(options: FileWriterOptions) {
    this.#options = options;
  }

  statistics() {
    const { backlog } = this;
    return {
      fileBacklogBytes: backlog.bytes,
      fileBacklogMessages: backlog.messages,
      fileBacklogChanges: backlog.count,
      filesWritten: this.#filesWritten,
      fileBytesWritten: this.#bytesWritten,
      filesSpared: backlog.spared,
    };
  }

  /** Whether so much waits that no more should come. */
  get isFull(): boolean {
    return this.backlog.count >= FILE_BACKLOG_CHANGES_MAX;
  }

  /** Share of the thread, 0 to 1. */
  get share(): number {
    const { bytes, count } = this.backlog;
    const fill = Math.min(
      1,
      Math.max(
        bytes / (BACKLOG_FULL * this.#options.journalBytesMax),
        count / FILE_BACKLOG_CHANGES_MAX,
      ),
    );
    const byFill = SHARE_MIN + (SHARE_MAX - SHARE_MIN) * fill * fill;
    const nowMs = this.#options.clock.monotonicMs();
    const ageMs = nowMs - this.#nextDueMs() - AGE_PRESSING_MS;
    const overdue = Math.min(1, Math.max(0, ageMs / (AGE_OVERDUE_MS - AGE_PRESSING_MS)));
    const share = Math.max(byFill, SHARE_OVERDUE * overdue);
    const isIdle = nowMs - this.#askedMs >= IDLE_AFTER_MS;
    return isIdle ? Math.max(share, SHARE_IDLE) : share;
  }

  /** Somebody asks the store for something: he goes first. */
  asked(): void {
    this.#askedMs = this.#options.clock.monotonicMs();
  }

  /** Called after work was added. */
  schedule(): void {
    if (this.#timer !== null || this.#isClosed) return;
    const pause = this.#nextDueMs() - this.#options.clock.monotonicMs();
    if (pause > TURN_PAUSE_MS) this.#creditMs = 0;
    const isFirst = pause > TURN_PAUSE_MS;
    this.#timer = setTimeout(
      () => this.#turn(isFirst),
      Math.min(FILE_AGE_MIN_MS, Math.max(TURN_PAUSE_MS, pause)),
    );
    this.#timer.unref();
  }

  /**
   * All that waits now, whatever its age; false where `endMs` of the monotonic clock came first.
   * Rejects with what the disk threw, and where the writer is closed meanwhile.
   */
  async drain(endMs = Number.POSITIVE_INFINITY): Promise<boolean> {
    const { clock } = this.#options;
    // What comes meanwhile is not waited for: each work is counted once.
    for (let left = this.backlog.count; left > 0; ) {
      if (this.#isClosed) throw new Error(CLOSED);
      const end = Math.min(endMs, clock.monotonicMs() + TURN_MAX_MS);
      do {
        left = this.#step(Number.POSITIVE_INFINITY) ? left - 1 : 0;
      } while (left > 0 && clock.monotonicMs() < end);
      if (left > 0 && clock.monotonicMs() >= endMs) return false;
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#overcome();
    return true;
  }

  /** Files that others have written, and no sync has seen. */
  alsoTouched(paths: Iterable<string>): void {
    for (const path of paths) this.#touched.add(path);
  }

  /** For a sync that begins now. Follows the files as they are renamed. */
  takeTouched(): Iterable<string> {
    this.#syncing = this.#touched;
    this.#touched = new Set();
    return this.#syncing;
  }

  close(): void {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  /** When the oldest work may be done. */
  #nextDueMs(): number {
    const { backlog } = this;
    if (backlog.head('again') !== null) return Number.NEGATIVE_INFINITY;
    const since = Math.min(
      backlog.head('new')?.sinceMs ?? Number.POSITIVE_INFINITY,
      backlog.head('change')?.sinceMs ?? Number.POSITIVE_INFINITY,
    );
    return since + FILE_AGE_MIN_MS;
  }

  #turn(isFirst: boolean): void {
    this.#timer = null;
    const { clock, onProgress } = this.#options;
    const start = clock.monotonicMs();
    const elapsed = isFirst ? TURN_PAUSE_MS : start - this.#lastTurnMs;
    this.#creditMs = Math.min(TURN_MAX_MS, this.#creditMs + elapsed * this.share);
    this.#lastTurnMs = start;
    try {
      const end = start + this.#creditMs;
      const bornBefore = start - FILE_AGE_MIN_MS;
      let now = start;
      while (now < end && this.#step(bornBefore)) now = clock.monotonicMs();
      this.#creditMs -= now - start;
      this.#overcome();
    } catch (error) {
      this.#meet(error);
      return;
    }
    onProgress();
    if (this.backlog.count > 0) this.schedule();
  }

  #overcome(): void {
    if (this.#obstacle === null) return;
    this.#obstacle = null;
    this.#options.onObstacle(null);
  }

  /** A full disk: the journal has the messages. Files that are to go are tried all the same. */
  #meet(error: unknown): void {
    this.#obstacle = error instanceof Error ? error.message : String(error);
    this.#options.onObstacle(this.#obstacle);
    try {
      while (this.#stepOf('change', Number.POSITIVE_INFINITY));
    } catch {
      // The same obstacle, or another: all is tried again.
    }
    this.#options.onProgress();
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => this.#turn(true), RETRY_PAUSE_MS);
    this.#timer.unref();
  }

  /** One piece of work that is older than that, if there is any. The work stays where it throws. */
  #step(bornBefore: number): boolean {
    return (
      this.#stepOf('again', bornBefore) ||
      this.#stepOf('change', bornBefore) ||
      this.#stepOf('new', bornBefore)
    );
  }

  #stepOf(kind: Work['kind'], bornBefore: number): boolean {
    const work = (kind === 'new' ? this.#nextOfRun(bornBefore) : null) ?? this.backlog.head(kind);
    if (work === null || work.sinceMs > bornBefore) return false;
    this.#perform(work);
    this.backlog.done(work);
    return true;
  }

  /** Null where the run has ended: the oldest of all comes next, and begins another. */
  #nextOfRun(bornBefore: number): Work | null {
    const run = this.#run;
    const next = run === null || run.left === 0 ? null : this.backlog.firstNewOf(run.id);
    if (run !== null && next !== null && next.sinceMs <= bornBefore) {
      run.left -= 1;
      return next;
    }
    const head = this.backlog.head('new');
    this.#run = head === null ? null : { id: head.id, left: RUN_FILES - 1 };
    return head;
  }

  #perform(work: Work): void {
    const { disk } = this.#options;
    const { id, sequence, image, from, to } = work;
    const bucket = Math.floor(sequence / BUCKET_ENTRIES);
    const directory = this.#directory(id, sequence, bucket);
    const path = (status: RetrievalStatus) =>
      `${directory}/${formatMessageName({ sequence, status })}`;
    if (image !== null && to !== null) {
      if (from === 'any') for (const status of STATUSES) disk.unlink(path(status));
      this.#write(directory, path(to), work, image);
    } else {
      const isDone = (name: RetrievalStatus) =>
        to === null ? disk.unlink(path(name)) : disk.rename(path(name), path(to));
      const names = namesOf(from).filter((name) => name !== to);
      // A file that somebody took away is reported when it is read.
      if (from === 'any') for (const name of names) isDone(name);
      else names.some(isDone);
    }
    if (disk.needsPaths) this.#touch(work, directory);
  }

  /** Nobody collects paths while the file system is synced as a whole. */
  #touch({ id, sequence, from, to }: Work, directory: string): void {
    for (const above of layout.directoriesAbove(this.#options.data, id)) this.#touched.add(above);
    this.#touched.add(directory);
    if (to === null) return;
    const path = (status: RetrievalStatus) =>
      `${directory}/${formatMessageName({ sequence, status })}`;
    this.#touched.add(path(to));
    // A sync one by one has to find what was written under the old name.
    for (const name of namesOf(from))
      if (this.#syncing.delete(path(name))) this.#syncing.add(path(to));
  }

  #directory(id: BoxId, sequence: SequenceNumber, number: number): string {
    const known = this.#buckets.get(id);
    if (known?.number === number) return known.directory;
    return layout.bucketDirectory(this.#options.data, id, sequence);
  }

  /** Leaves nothing behind where it fails: a part of a message must not be taken for one. */
  #write(directory: string, path: string, work: Work, image: Image): void {
    const { id, sequence } = work;
    const { disk, octetsOf } = this.#options;
    const octets = octetsOf(id, sequence, image);
    if (this.#buckets.get(id)?.directory !== directory) {
      disk.addDirectory(directory);
      this.#buckets.set(id, { number: Math.floor(sequence / BUCKET_ENTRIES), directory });
    }
    try {
      disk.writeFile(path, octets);
    } catch (error) {
      this.#buckets.delete(id);
      // Where this fails too, something is left there, which must go with the message.
      work.from = 'any';
      disk.unlink(path);
      throw error;
    }
    this.#filesWritten += 1;
    this.#bytesWritten += octets.length;
  }
}
