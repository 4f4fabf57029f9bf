/**
 * Checkpoints: what the files have, durably, the journal need not keep.
 *
 * Invariant: the record that covers an LSN is written when everything below that LSN is on disk
 * without the journal: files, names, high-water marks, registrations, logs. Only then are segments
 * recycled. Files that are still to be written hold the LSN back; they never hold a checkpoint up.
 *
 * After a failed sync nobody knows what of the files is on disk, and no later sync will tell. The
 * journal still has everything since the last checkpoint: all of that is written anew.
 *
 * Source: ours. docs/formats/journal.md.
 */

import type { Clock } from '../base/clock.js';
import { BUCKET_ENTRIES } from '../limits.js';
import { sequenceNumber } from '../x413/entry.js';
import { type BoxId, isLog } from './box.js';
import type { Disk } from './disk/disk.js';
import type { FileWriter } from './files/file-writer.js';
import { mailboxFileWith } from './files/high-water.js';
import { messageSequence } from './files/message-file.js';
import type { Journal } from './journal/journal.js';
import {
  packRange,
  RECORD_TYPE,
  splitMailbox,
  unpackChanges,
  unpackRemoval,
} from './journal/journal-record.js';
import * as layout from './layout.js';
import type { Logs } from './logs.js';
import type { StatesFile } from './mailbox/bucket-states.js';
import type { MailboxNumbers, MailboxStore } from './mailbox/mailbox-store.js';
import type { Registrations } from './mailbox/registrations.js';
import type { Submissions } from './submissions.js';

/** How long others are kept waiting by small files. */
const SLICE_MS = 2;
/** What a failed sync of the files may have lost. */
const WRITTEN_AGAIN: ReadonlySet<number> = new Set([
  RECORD_TYPE.deliver,
  RECORD_TYPE.status,
  RECORD_TYPE.remove,
  RECORD_TYPE.removeAt,
]);

/** Lets others have their turn when a slice of work is done. */
class Slices {
  readonly #clock: Clock;
  #endMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#endMs = clock.monotonicMs() + SLICE_MS;
  }

  async pause(): Promise<void> {
    if (this.#clock.monotonicMs() < this.#endMs) return;
    await new Promise((resolve) => setImmediate(resolve));
    this.#endMs = this.#clock.monotonicMs() + SLICE_MS;
  }
}

/** How long the disk is left alone after a checkpoint that failed. */
const RETRY_PAUSE_MS = 5_000;

/** The index on disk: what is saved with a checkpoint so that a start need not read the files. */
export interface SnapshotTarget<Changes> {
  /** Something is not in the snapshot. */
  readonly hasUnsaved: boolean;
  /** Small files that tell what names of messages do not. */
  takeStates(): StatesFile[];
  /** They could not be written. */
  returnStates(files: readonly StatesFile[]): void;
  takeChanges(): Promise<Changes>;
  /** `coveredLsn`: the last that is in the files. */
  save(changes: Changes, coveredLsn: number): Promise<void>;
}

export interface CheckpointParts<Changes> {
  readonly disk: Disk;
  readonly data: string;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly writer: FileWriter;
  readonly registrations: Registrations;
  readonly snapshot: SnapshotTarget<Changes>;
  readonly mailbox: (id: BoxId) => MailboxStore;
  readonly submissions: Submissions;
  readonly logs: Logs;
  /** Journal that a checkpoint must be able to free for one to begin before its time. */
  readonly worthwhileBytes: number;
  /** All records below it were in the files, durably, before this life. */
  readonly coveredLsn: number;
}

/** A small file whose next version is beside it. */
interface Replacement {
  readonly id: BoxId;
  readonly path: string;
  readonly done: () => void;
}

export class Checkpoints<Changes = unknown> {
  readonly #parts: CheckpointParts<Changes>;
  /** Mailboxes that lost entries since the last checkpoint. */
  #removedFrom = new Set<MailboxStore>();
  #running: Promise<void> | null = null;
  /** The last checkpoint says that all below is in the files. */
  #coveredLsn = 0;
  /**
   * All below is in the files, durably, though the journal may not say so: where the record that
   * was to say it failed, it may be on the disk all the same, and a start believes it. So what is
   * below is not touched again: a file that is written anew is no file until the next sync.
   */
  #durableLsn: number;
  /** Of the disk, as far as what they may have lost was written anew. */
  #failedSyncs: number;
  /** A sync failed, and not all that it may have lost has been asked for again. */
  #mustAskAgain = false;
  #isStopped = false;
  #retry: NodeJS.Timeout | null = null;
  hasChanged = false;
  count = 0;
  failures = 0;

  constructor(parts: CheckpointParts<Changes>) {
    this.#parts = parts;
    this.#coveredLsn = parts.coveredLsn;
    this.#durableLsn = parts.coveredLsn;
    this.#failedSyncs = parts.disk.failedSyncs;
  }

  /** Its high-water mark may be shown by no file any more. */
  removedFrom(mailbox: MailboxStore): void {
    this.#removedFrom.add(mailbox);
  }

  /** Where something has changed. What fails is tried again. */
  runBehind(): void {
    const { journal, snapshot } = this.#parts;
    const isPaused = this.#isStopped || this.#retry !== null;
    if (!(this.hasChanged || snapshot.hasUnsaved) || journal.failure !== null || isPaused) return;
    this.run().catch(() => undefined);
  }

  /** Where it would free much of the journal, or something while others wait. Called often. */
  runIfWorthwhile(): void {
    if (this.#running !== null) return;
    const { journal, worthwhileBytes } = this.#parts;
    const bytes = journal.recyclableBytes(this.#coverable());
    if (bytes >= (journal.waiting > 0 ? 1 : worthwhileBytes)) this.runBehind();
  }

  /** Resolves after a checkpoint that began no earlier than the last one ended. */
  run(): Promise<void> {
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
      // More may have become free meanwhile, and somebody may wait for it.
      if (!this.#isStopped) this.runIfWorthwhile();
    });
    return this.#running;
  }

  /** None begins by itself any more. */
  stop(): void {
    this.#isStopped = true;
    if (this.#retry !== null) clearTimeout(this.#retry);
  }

  /** Resolves when none is under way. */
  async settled(): Promise<void> {
    await this.#running?.catch(() => undefined);
  }

  /** All records below it are in the files, if not yet on disk, or needed by nobody. */
  #coverable(): number {
    const { journal, writer, submissions } = this.#parts;
    return Math.min(
      journal.appliedLsn + 1,
      writer.backlog.oldestLsn() ?? Number.POSITIVE_INFINITY,
      submissions.oldestLsn() ?? Number.POSITIVE_INFINITY,
    );
  }

  async #run(): Promise<void> {
    const { journal, snapshot, logs } = this.#parts;
    this.hasChanged = false;
    if (this.#mustAskAgain) await this.#askAgain();
    const covered = this.#coverable();
    const removedFrom = this.#removedFrom;
    this.#removedFrom = new Set();
    const states = snapshot.takeStates();
    try {
      const written = await this.#writeStates(states);
      const slices = new Slices(this.#parts.clock);
      const logged = await logs.write(() => slices.pause());
      const staged = await this.#stage(removedFrom);
      const segments = logged.replacements;
      await this.#sync([...staged, ...segments], [...written, ...logged.touched]);
      logs.settle();
      this.#durableLsn = covered;
      const changes = await snapshot.takeChanges();
      try {
        // No status in the snapshot may be ahead of the journal: all of them are durable after it.
        await journal.write(RECORD_TYPE.checkpoint, packRange(covered, covered));
      } catch (error) {
        await snapshot.save(changes, this.#coveredLsn - 1);
        throw error;
      }
      await snapshot.save(changes, covered - 1);
    } catch (error) {
      logs.failed();
      for (const mailbox of removedFrom) this.#removedFrom.add(mailbox);
      snapshot.returnStates(states);
      this.hasChanged = true;
      this.failures += 1;
      this.#tryLater();
      throw error;
    }
    this.#coveredLsn = covered;
    this.count += 1;
    journal.recycle(covered);
    // What held the LSN back is for the next one.
    if (covered < journal.appliedLsn) this.hasChanged = true;
  }

  /** Not before the journal has what they tell: no status may be ahead of it. */
  async #writeStates(states: readonly StatesFile[]): Promise<readonly string[]> {
    const { disk, data, journal } = this.#parts;
    if (states.length === 0) return [];
    await journal.write(RECORD_TYPE.checkpoint, packRange(this.#coveredLsn, this.#coveredLsn));
    const paths: string[] = [];
    const slices = new Slices(this.#parts.clock);
    for (const { id, bucket, path, octets } of states) {
      const directory = layout.bucketDirectory(data, id, bucket * BUCKET_ENTRIES);
      disk.addDirectory(directory);
      if (octets === null) disk.unlink(path);
      else {
        disk.writeFile(`${path}.tmp`, octets);
        disk.rename(`${path}.tmp`, path);
      }
      if (disk.needsPaths) paths.push(path, directory, ...layout.directoriesAbove(data, id));
      await slices.pause();
    }
    return paths;
  }

  #tryLater(): void {
    if (this.#retry !== null || this.#isStopped) return;
    this.#retry = setTimeout(() => {
      this.#retry = null;
      this.runBehind();
    }, RETRY_PAUSE_MS);
    this.#retry.unref();
  }

  /** Next versions of small files, beside them. */
  async #stage(removedFrom: ReadonlySet<MailboxStore>): Promise<Replacement[]> {
    const { disk, data, registrations } = this.#parts;
    const replacements: Replacement[] = [];
    const slices = new Slices(this.#parts.clock);
    const stage = (id: BoxId, path: string, octets: Uint8Array, done: () => void) => {
      disk.addDirectory(layout.mailboxDirectory(data, id));
      disk.writeFile(`${path}.tmp`, octets);
      replacements.push({ id, path, done });
      return slices.pause();
    };
    const marked = new Set<MailboxNumbers>();
    for (const { id, index, numbers } of removedFrom) {
      const { highWater, recordedHighWater } = numbers;
      // Who looks for the highest number does not look into logs.
      const isShown = !isLog(id) && index.has(highWater);
      if (recordedHighWater >= highWater || isShown || marked.has(numbers)) continue;
      marked.add(numbers);
      const octets = mailboxFileWith(disk, data, id, highWater);
      await stage(id, layout.mailboxFile(data, id), octets, () => {
        numbers.recordedHighWater = highWater;
      });
    }
    for (const [id, octets] of [...registrations.unwritten()]) {
      const path = layout.registrationsFile(data, id);
      await stage(id, path, octets, () => registrations.written(id, octets));
    }
    return replacements;
  }

  /** Small files are renamed when their octets are on disk, and their names are synced then. */
  async #sync(replacements: readonly Replacement[], others: readonly string[]): Promise<void> {
    const { disk, data, writer } = this.#parts;
    const temporary = replacements.map(({ path }) => `${path}.tmp`);
    const directories = new Set(
      replacements.flatMap(({ id }) => layout.directoriesAbove(data, id)),
    );
    try {
      await disk.syncAll(data, both([...temporary, ...others], writer.takeTouched()));
      const slices = new Slices(this.#parts.clock);
      for (const { path } of replacements) {
        // Where its next version is gone nothing vouches for the numbers that it was to keep.
        if (!disk.rename(`${path}.tmp`, path)) throw new Error(`${path}.tmp is not there any more`);
        await slices.pause();
      }
      if (replacements.length > 0) await disk.syncAll(data, directories);
      if (disk.failedSyncs > this.#failedSyncs) throw new Error('a sync for another shard failed');
    } catch (error) {
      this.#failedSyncs = disk.failedSyncs;
      this.#mustAskAgain = true;
      await this.#askAgain();
      throw error;
    }
    for (const { done } of replacements) done();
  }

  /**
   * Everything since the last sync of the files is written again, as a start would, but for what is
   * void: its numbers may be others' now. Where the journal cannot be read now, nothing is covered
   * until it can.
   */
  async #askAgain(): Promise<void> {
    const { journal, writer, mailbox } = this.#parts;
    const { backlog } = writer;
    backlog.beginAgain();
    for (const segment of journal.segmentsInUse) {
      if (segment.lastLsn < this.#durableLsn || segment.used === 0) continue;
      for (const { lsn, type, body, at } of segment.records()) {
        if (lsn < this.#durableLsn || lsn > journal.appliedLsn || journal.isVoid(lsn)) continue;
        if (!WRITTEN_AGAIN.has(type)) continue;
        const { id, rest } = splitMailbox(body);
        // Logs have their own notes of what is to be written again.
        if (isLog(id)) continue;
        if (type === RECORD_TYPE.status) {
          for (const { sequence, isSet = false } of unpackChanges(rest)) {
            // What was only conveyed may be new again; what the owner has set is promised.
            const entry = isSet ? mailbox(id).index.entry(sequence) : null;
            if (entry?.parent === 0) backlog.renameAgain(id, sequence, lsn, entry.status);
          }
          continue;
        }
        const removal = unpackRemoval(type, rest);
        if (removal !== null) {
          for (const main of removal.mains) backlog.removeAgain(id, sequenceNumber(main), lsn);
          continue;
        }
        const sequence = sequenceNumber(messageSequence(rest));
        const status = mailbox(id).index.entry(sequence)?.status;
        if (status === undefined) continue;
        const image = { segment, at: at + body.length - rest.length, bytes: rest.length };
        backlog.createAgain(id, sequence, image, lsn, status);
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#mustAskAgain = false;
    writer.schedule();
  }
}

function* both(first: Iterable<string>, second: Iterable<string>): Iterable<string> {
  yield* first;
  yield* second;
}
