/**
 * The boxes of a shard's mailboxes that are in memory, and how they come there: from the snapshot,
 * or, where it has none, from the files. One that nobody touches goes to sleep: it leaves memory
 * when the snapshot has all of it.
 *
 * Invariant: a box is in memory whole or not at all; no number is given before every box of the
 * mailbox has shown its highest.
 *
 * Source: ours.
 */
import type { Clock } from '../../base/clock.js';
import { type DamageError, InvariantError } from '../../base/errors.js';
import type { Notice } from '../../engine/contract.js';
import type { MailboxId } from '../../engine/mailbox-id.js';
import { SLEEP_AFTER_MS } from '../../limits.js';
import type { SequenceNumber } from '../../x413/entry.js';
import {
  type BoxId,
  boxesOf,
  boxName,
  boxOf,
  isLog,
  logsOf,
  mailboxOf,
  statusAtCreation,
} from '../box.js';
import type { StatusChange, StoredMessage } from '../contract.js';
import type { Disk } from '../disk/disk.js';
import { unlessDamaged } from '../disk/small-files.js';
import { markWithout, readHighWater, writeHighWater } from '../files/high-water.js';
import { decodeMessageFront } from '../files/message-file.js';
import { damagedMessages } from '../files/quarantine.js';
import { MailboxIndex } from '../index/mailbox-index.js';
import {
  type JournalRecord,
  RECORD_TYPE,
  splitMailbox,
  unpackChanges,
  unpackRemoval,
} from '../journal/journal-record.js';
import { logSegmentsOf } from '../log/log-files.js';
import { type MailboxChanges, packSegment, type Snapshot } from '../snapshot/snapshot.js';
import { bucketOf, type StatesFile, statesFileOf } from './bucket-states.js';
import { identityOf } from './identities.js';
import { LogReading } from './log-reading.js';
import { type MailboxNumbers, MailboxStore } from './mailbox-store.js';
import { bucketsOf, MailboxReading } from './rebuild.js';

/** How long a slice of reading keeps others waiting. */
const SLICE_MS = 4;

export interface ShelfOptions {
  readonly disk: Disk;
  readonly directory: string;
  readonly clock: Clock;
  readonly snapshot: Snapshot | null;
  readonly onNotice: (notice: Notice) => void;
}

export class MailboxShelf {
  /** How a mailbox reads a message. */
  reader: (mailbox: MailboxStore, main: SequenceNumber) => StoredMessage = () => {
    throw new InvariantError('a mailbox is read after the store is open');
  };
  /** Whether the files do not show all of a mailbox yet. */
  isUnwritten: (id: BoxId) => boolean = () => false;
  /** Whether a segment of a log may be torn, for the journal still has what it lacks. */
  isInDoubt: (path: string) => boolean = () => false;
  /** Puts into a log, read from its segments, what these lack. */
  completeLog: (log: MailboxStore) => void = () => undefined;
  readonly #options: ShelfOptions;
  readonly #awake = new Map<BoxId, MailboxStore>();
  /** Mailboxes of which a box is being read, and who waits for it. */
  readonly #preparing = new Map<MailboxId, Promise<void>>();
  readonly #beingRead = new Map<BoxId, Promise<void>>();
  /** Of every mailbox of which a box is awake. */
  readonly #numbers = new Map<MailboxId, MailboxNumbers>();
  /** Statuses from the journal for boxes that are not read yet. */
  readonly #unread = new Map<BoxId, StatusChange[]>();
  /** Boxes read from their files, and messages found there, since the start. */
  rebuiltMailboxes = 0;
  rebuiltMessages = 0;

  constructor(options: ShelfOptions) {
    this.#options = options;
  }

  get awake(): Iterable<MailboxStore> {
    return this.#awake.values();
  }

  get count(): number {
    return this.#awake.size;
  }

  /** Something is not in the snapshot. */
  get hasUnsaved(): boolean {
    if (this.#options.snapshot === null) return false;
    for (const mailbox of this.#awake.values()) {
      if (!mailbox.isSaved || mailbox.index.isDirty) return true;
    }
    return false;
  }

  isAwake(id: BoxId): boolean {
    return this.#awake.has(id);
  }

  /** Whether there is anything of the box; an in box always is. */
  exists(id: BoxId): boolean {
    if (boxName(id) === 'in' || this.#awake.has(id)) return true;
    return this.#options.snapshot?.has(id) === true || this.#hasFiles(id);
  }

  #hasFiles(id: BoxId): boolean {
    const { disk, directory } = this.#options;
    const files = isLog(id) ? logSegmentsOf(disk, directory, id) : bucketsOf(disk, directory, id);
    return files.length > 0;
  }

  #reading(id: BoxId): MailboxReading | LogReading {
    const { disk, directory } = this.#options;
    const Reading = isLog(id) ? LogReading : MailboxReading;
    return new Reading(disk, directory, id);
  }

  /**
   * Wakes the mailbox, without its logs. Null where that is done on return; else it is done when
   * that resolves.
   */
  prepare(id: MailboxId): Promise<void> | null {
    if (this.#awake.has(id) && this.#numbers.get(id)?.isWhole === true) return null;
    const preparing = this.#preparing.get(id);
    if (preparing !== undefined) return preparing;
    const boxes = boxesOf(id).filter((box) => this.exists(box));
    const readings = boxes.flatMap((box) => this.prepareBox(box) ?? []);
    if (readings.length === 0) {
      this.complete(id);
      return null;
    }
    const promise = Promise.all(readings)
      .then(() => this.complete(id))
      .finally(() => this.#preparing.delete(id));
    this.#preparing.set(id, promise);
    return promise;
  }

  /** Has every box show its highest number. */
  complete(id: MailboxId): void {
    for (const box of boxesOf(id)) if (this.exists(box) && !this.#awake.has(box)) this.get(box);
    const numbers = this.#numbers.get(id) ?? this.#numbersOf(id);
    numbers.isWhole = true;
  }

  /** As {@link prepare}, some logs. */
  prepareLogs(logs: readonly BoxId[]): Promise<void> | null {
    const readings = logs.flatMap((log) => this.prepareBox(log) ?? []);
    return readings.length === 0 ? null : Promise.all(readings).then(() => undefined);
  }

  /** No number up to the mark is given again, as far as the mailbox is awake. */
  raise(id: MailboxId, mark: number): void {
    const numbers = this.#numbers.get(id);
    if (numbers !== undefined) numbers.highWater = Math.max(numbers.highWater, mark);
  }

  /** As {@link prepare}, one box alone. */
  prepareBox(id: BoxId): Promise<void> | null {
    if (this.#awake.has(id)) return null;
    const reading = this.#beingRead.get(id);
    if (reading !== undefined) return reading;
    if (this.#load(id) !== null) return null;
    const job = this.#reading(id);
    if (job.isSmall) {
      this.#awaken(id, job);
      return null;
    }
    const promise = this.#readInSlices(id, job).finally(() => this.#beingRead.delete(id));
    this.#beingRead.set(id, promise);
    return promise;
  }

  /** As {@link get}, without a trace: who looks after a mailbox does not use it. */
  peek(id: BoxId): MailboxStore {
    const usedMs = this.#awake.get(id)?.usedMs;
    const mailbox = this.get(id);
    if (usedMs !== undefined) mailbox.usedMs = usedMs;
    return mailbox;
  }

  /** Lets one sleep that was woken for a look only. */
  rest(id: BoxId): void {
    const mailbox = this.#awake.get(id);
    if (mailbox !== undefined && this.#canSleep(mailbox)) this.#sleep(id);
  }

  /** Wakes a mailbox without reading a file: from the snapshot, or because it has no files. */
  wakeWithoutFiles(id: BoxId): boolean {
    if (this.#awake.has(id) || this.#load(id) !== null) return true;
    if (this.#hasFiles(id)) return false;
    this.get(id);
    return true;
  }

  /** A mailbox that is awake, or can be at once. Callers of large ones have prepared it. */
  get(id: BoxId): MailboxStore {
    const mailbox = this.#awake.get(id) ?? this.#load(id);
    if (mailbox === null) return this.#awaken(id, this.#reading(id));
    mailbox.usedMs = this.#options.clock.monotonicMs();
    return mailbox;
  }

  /**
   * What the journal holds, before its records: from which LSN on it has all, up to the last. A
   * snapshot that ends before that was put back from a copy, and is thrown away.
   */
  async begin(firstLsn: number, lastLsn: number): Promise<void> {
    const { snapshot } = this.#options;
    if (snapshot === null) return;
    const { coveredLsn } = snapshot;
    const isWhole = coveredLsn >= lastLsn || coveredLsn + 1 >= firstLsn;
    if (!isWhole || coveredLsn > lastLsn) await snapshot.clear();
  }

  /** A record of the journal, which may be in the snapshot or not. Does nothing twice. */
  apply(record: JournalRecord): void {
    const { deliver, status, remove, removeAt } = RECORD_TYPE;
    const { type } = record;
    if (type !== deliver && type !== status && type !== remove && type !== removeAt) return;
    const { id, rest } = splitMailbox(record.body);
    // Without a record in the snapshot it is read from the files, which have this already.
    const mailbox = this.#awake.get(id) ?? this.#load(id);
    if (mailbox === null) {
      if (type === status) this.#keepChanges(id, unpackChanges(rest));
      return;
    }
    const { index } = mailbox;
    if (type === deliver) {
      const front = decodeMessageFront(rest, 'journal');
      mailbox.highWater = Math.max(mailbox.highWater, front.entries.at(-1)?.sequence ?? 0);
      if (index.has(front.entries[0]?.sequence ?? 0)) return;
      const first = statusAtCreation(id);
      index.insert(front.entries, first, identityOf(front.deliveryIdentifier), first);
    } else if (type === status) {
      this.#change(mailbox, unpackChanges(rest));
    } else {
      const { mark = 0, mains = [] } = unpackRemoval(type, rest) ?? {};
      mailbox.highWater = Math.max(mailbox.highWater, mark);
      for (const main of mains) for (const n of index.family(main).reverse()) index.remove(n);
    }
  }

  /** What the snapshot lacks, in slices. Counts as saved from now on, until {@link save} fails. */
  async takeChanges(): Promise<MailboxChanges[]> {
    const { clock, snapshot } = this.#options;
    const changes: MailboxChanges[] = [];
    if (snapshot === null) return changes;
    let end = clock.monotonicMs() + SLICE_MS;
    for (const mailbox of [...this.#awake.values()]) {
      if (mailbox.isSaved && !mailbox.index.isDirty) continue;
      changes.push(changesOf(mailbox));
      if (clock.monotonicMs() < end) continue;
      await new Promise((resolve) => setImmediate(resolve));
      end = clock.monotonicMs() + SLICE_MS;
    }
    return changes;
  }

  /** Resolves when the snapshot has the changes, durably, or when it has turned out not to. */
  async save(changes: readonly MailboxChanges[], coveredLsn: number): Promise<void> {
    const { snapshot, onNotice } = this.#options;
    if (snapshot === null) return;
    try {
      await snapshot.save(changes, coveredLsn);
    } catch (error) {
      // It covers less than the journal will, and a start will see that. The files have all.
      for (const { id } of changes) {
        const mailbox = this.#awake.get(id);
        if (mailbox === undefined) continue;
        mailbox.isSaved = false;
        mailbox.index.forgetSaved();
      }
      const detail = error instanceof Error ? error.message : String(error);
      const sentence = 'the index could not be saved; the next start will take longer';
      onNotice({ level: 'warn', event: 'snapshot.failed', sentence, fields: { detail } });
    }
  }

  /**
   * Lets those sleep that nobody has touched for `idleMs`, when the files have all of them: where
   * the snapshot cannot be read, they wake from their files.
   */
  sweep(idleMs = SLEEP_AFTER_MS): void {
    const before = this.#options.clock.monotonicMs() - idleMs;
    for (const mailbox of this.#awake.values()) {
      if (mailbox.usedMs <= before && this.#canSleep(mailbox)) this.#sleep(mailbox.id);
    }
  }

  /** Whether the snapshot has all of it, and the files too. */
  #canSleep({ id, isSaved, index, inFlight }: MailboxStore): boolean {
    const isInSnapshot = this.#options.snapshot !== null && isSaved && !index.isDirty;
    return isInSnapshot && inFlight === 0 && !this.isUnwritten(id);
  }

  #sleep(id: BoxId): void {
    this.#awake.delete(id);
    const mailbox = mailboxOf(id);
    const all = [...boxesOf(mailbox), ...logsOf(mailbox)];
    if (!all.some((box) => this.#awake.has(box))) this.#numbers.delete(mailbox);
  }

  /** Where mailbox.json is damaged numbers go on above `mark`, or above all that may have been. */
  #numbersOf(id: MailboxId, mark = 0, isKnown = false): MailboxNumbers {
    const known = this.#numbers.get(id);
    const { disk, directory, onNotice } = this.#options;
    const read = () => readHighWater(disk, directory, id);
    const recordedHighWater = unlessDamaged(disk, onNotice, read, () => {
      const value = isKnown ? mark : markWithout(mark);
      writeHighWater(disk, directory, id, value);
      return { value, remedy: `its sequence numbers go on above ${value}` };
    });
    const numbers = known ?? { highWater: 0, recordedHighWater, isWhole: false };
    // A replay onto the files may have written it while another box was awake.
    numbers.highWater = Math.max(numbers.highWater, recordedHighWater);
    this.#numbers.set(id, numbers);
    return numbers;
  }

  /** `isSaved`: as a snapshot has it; nothing that was removed is above its mark. */
  #new(id: BoxId, highWater: number, isSaved: boolean): MailboxStore {
    const { disk, directory, clock } = this.#options;
    const numbers = this.#numbersOf(mailboxOf(id), highWater, isSaved);
    const mailbox = new MailboxStore(id, (one, main) => this.reader(one, main), numbers);
    mailbox.highWater = Math.max(highWater, mailbox.highWater);
    mailbox.other = (name) => {
      const box = boxOf(mailboxOf(id), name);
      return this.exists(box) ? this.get(box) : null;
    };
    mailbox.damaged = damagedMessages(disk, directory, id);
    mailbox.usedMs = clock.monotonicMs();
    this.#awake.set(id, mailbox);
    return mailbox;
  }

  #load(id: BoxId): MailboxStore | null {
    const saved = this.#options.snapshot?.load(id) ?? null;
    if (saved === null) return null;
    const mailbox = this.#new(id, saved.highWater, true);
    mailbox.load(MailboxIndex.load(saved.segments));
    mailbox.isSaved = true;
    return mailbox;
  }

  /** Of a mailbox that is not read yet; the files have what their names can tell. */
  #keepChanges(id: BoxId, changes: readonly StatusChange[]): void {
    this.#unread.set(id, [...(this.#unread.get(id) ?? []), ...changes]);
  }

  #change(mailbox: MailboxStore, changes: readonly StatusChange[]): void {
    for (const change of changes) {
      mailbox.index.change(change);
      mailbox.unwrittenStates.add(bucketOf(change.sequence));
    }
  }

  /** What the names of files do not tell, as far as it has changed: files to be written. */
  takeStates(): StatesFile[] {
    const { directory } = this.#options;
    const files: StatesFile[] = [];
    for (const mailbox of this.#awake.values()) {
      for (const bucket of mailbox.unwrittenStates) {
        files.push(statesFileOf(directory, mailbox, bucket));
      }
      mailbox.unwrittenStates.clear();
    }
    return files;
  }

  /** They could not be written. */
  returnStates(files: readonly StatesFile[]): void {
    for (const { id, bucket } of files) this.get(id).unwrittenStates.add(bucket);
  }

  /** A message that cannot be read stays where it is, and is not in the index. */
  readonly #damaged = ({ code, file }: DamageError): void => {
    if (code === 'log-damaged' && this.isInDoubt(file)) return;
    const sentence =
      code === 'log-damaged'
        ? 'a segment of a log is damaged; its whole entries are kept'
        : 'a message file is damaged and was set aside';
    this.#options.onNotice({ level: 'error', event: code, sentence, fields: { file } });
  };

  #awaken(id: BoxId, job: MailboxReading | LogReading): MailboxStore {
    while (job.readNext(this.#damaged));
    return this.#take(id, job);
  }

  /** Of a large mailbox a slice, and then others have their turn. */
  async #readInSlices(id: BoxId, job: MailboxReading | LogReading): Promise<void> {
    const { clock } = this.#options;
    for (let goesOn = true; goesOn; ) {
      const end = clock.monotonicMs() + SLICE_MS;
      while (goesOn && clock.monotonicMs() < end) goesOn = job.readNext(this.#damaged);
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#take(id, job);
  }

  #take(id: BoxId, job: MailboxReading | LogReading): MailboxStore {
    const mailbox = this.#new(id, Math.max(job.highWater, job.index.highest), false);
    mailbox.load(job.index);
    if (isLog(id)) this.completeLog(mailbox);
    this.#change(mailbox, this.#unread.get(id) ?? []);
    this.#unread.delete(id);
    if (job.messages > 0) {
      this.rebuiltMailboxes += 1;
      this.rebuiltMessages += job.messages;
    }
    return mailbox;
  }
}

function changesOf(mailbox: MailboxStore): MailboxChanges {
  const { id, index, highWater } = mailbox;
  const { changed, gone } = index.takeChanges();
  mailbox.isSaved = true;
  return {
    id,
    highWater,
    outline: index.outline,
    changed: changed.map((segment) => [segment.key, packSegment(segment.save())] as const),
    gone,
  };
}
