/**
 * Message files, written behind the acknowledgement, in slices, so that requests go between. A
 * message removed before its turn is never written.
 *
 * Source: ours.
 */
import type { Clock } from '../base/clock.js';
import type { MailboxId } from '../engine/mailbox-id.js';
import type { RetrievalStatus, SequenceNumber } from '../x413/entry.js';
import type { Disk } from './disk.js';
import * as layout from './layout.js';

const SLICE_MS = 0.5;
const RETRY_PAUSE_MS = 1_000;

interface Place {
  readonly id: MailboxId;
  readonly sequence: SequenceNumber;
}

interface Work extends Place {
  image: Uint8Array | null;
  /** As the file is named now; null where there is none yet. */
  from: RetrievalStatus | null;
  /** As it is to be named; null where it is to go. */
  to: RetrievalStatus | null;
}

const keyOf = ({ id, sequence }: Place) => `${id}/${sequence}`;

export class FileWriter {
  readonly #disk: Disk;
  readonly #data: string;
  readonly #clock: Clock;
  readonly #work = new Map<string, Work>();
  readonly #directories = new Set<string>();
  /** What a sync one by one has to visit, and what one that is under way still may. */
  #touched = new Set<string>();
  #syncing = new Set<string>();
  bytes = 0;
  /** Files created since the start. */
  filesWritten = 0;
  #isScheduled = false;
  #isClosed = false;

  constructor(disk: Disk, data: string, clock: Clock) {
    this.#disk = disk;
    this.#data = data;
    this.#clock = clock;
  }

  pending(place: Place): Uint8Array | null {
    return this.#work.get(keyOf(place))?.image ?? null;
  }

  /** How the file is named until the writer has come to it. */
  nameOnDisk(place: Place, now: RetrievalStatus): RetrievalStatus {
    return this.#work.get(keyOf(place))?.from ?? now;
  }

  create(place: Place, image: Uint8Array): void {
    this.#work.set(keyOf(place), { ...place, image, from: null, to: 'new' });
    this.bytes += image.length;
    this.#schedule();
  }

  rename(place: Place, from: RetrievalStatus, to: RetrievalStatus): void {
    const work = this.#work.get(keyOf(place));
    if (work === undefined) this.#work.set(keyOf(place), { ...place, image: null, from, to });
    else work.to = to;
    this.#schedule();
  }

  remove(place: Place, from: RetrievalStatus): void {
    const work = this.#work.get(keyOf(place));
    if (work?.image != null) {
      this.bytes -= work.image.length;
      this.#work.delete(keyOf(place));
    } else {
      this.#work.set(keyOf(place), { ...place, image: null, from: work?.from ?? from, to: null });
      this.#schedule();
    }
  }

  /** Does one piece of work, if there is any. Throws what the disk throws; the work stays. */
  step(): boolean {
    const next = this.#work.entries().next();
    if (next.done === true) return false;
    const [key, work] = next.value;
    this.#perform(work);
    this.#work.delete(key);
    this.bytes -= work.image?.length ?? 0;
    return true;
  }

  /** All that waits now. Throws what the disk throws. */
  async drain(): Promise<void> {
    let left = this.#work.size;
    while (left > 0) {
      const end = this.#clock.monotonicMs() + SLICE_MS;
      while (left > 0 && this.#clock.monotonicMs() < end) left = this.step() ? left - 1 : 0;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** For a sync that begins now. Follows the files as they are renamed. */
  takeTouched(): Iterable<string> {
    this.#syncing = this.#touched;
    this.#touched = new Set();
    return this.#syncing;
  }

  close(): void {
    this.#isClosed = true;
  }

  #perform({ id, sequence, image, from, to }: Work): void {
    const directory = layout.bucketDirectory(this.#data, id, sequence);
    const path = (status: RetrievalStatus) =>
      layout.messageFile(this.#data, id, { sequence, status });
    if (image !== null && to !== null) {
      if (!this.#directories.has(directory)) this.#disk.makeDirectory(directory);
      this.#directories.add(directory);
      this.#writeWhole(path(to), image);
      this.filesWritten += 1;
      this.#touched.add(path(to));
    } else if (from !== null) {
      if (to === null) this.#disk.unlink(path(from));
      else this.#renameIfThere(path(from), path(to));
    }
    this.#touched.add(directory);
  }

  /** Leaves nothing behind where it fails: a part of a message must not be taken for one. */
  #writeWhole(path: string, image: Uint8Array): void {
    try {
      this.#disk.writeFile(path, image);
    } catch (error) {
      this.#disk.unlink(path);
      throw error;
    }
  }

  /** A file that somebody took away is reported when it is read; it must not stop the others. */
  #renameIfThere(from: string, to: string): void {
    if (this.#disk.readFront(from, 1) === null) return;
    this.#disk.rename(from, to);
    // A sync one by one has to find what was written under the old name.
    for (const paths of [this.#touched, this.#syncing]) if (paths.delete(from)) paths.add(to);
  }

  #slice(): boolean {
    const end = this.#clock.monotonicMs() + SLICE_MS;
    while (this.step()) if (this.#clock.monotonicMs() >= end) return true;
    return false;
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isClosed) return;
    this.#isScheduled = true;
    setImmediate(() => this.#run());
  }

  #run(): void {
    this.#isScheduled = false;
    if (this.#isClosed) return;
    try {
      if (this.#slice()) this.#schedule();
    } catch {
      // A full disk: the journal still has the message, and so has memory.
      this.#isScheduled = true;
      setTimeout(() => this.#run(), RETRY_PAUSE_MS).unref();
    }
  }
}
