/**
 * The store of one shard: journal, message files behind it, and an index in memory.
 *
 * Invariant: a change is reported when its journal record is synced, and is visible from then on.
 * The journal is recycled only when files, names and high-water marks are durable without it.
 *
 * Source: ours. docs/formats.
 */

import { type Clock, SYSTEM_CLOCK } from '../base/clock.js';
import { copyOctets } from '../base/octets.js';
import type { ShardStatistics } from '../engine/contract.js';
import type { MailboxId } from '../engine/mailbox-id.js';
import {
  CHECKPOINT_BYTES,
  JOURNAL_BYTES_MAX,
  SEQUENCE_NUMBER_MAX,
  SLEEP_SWEEP_INTERVAL_MS,
  STOP_FILES_TIME_MAX_MS,
} from '../limits.js';
import type { SequenceNumber } from '../x413/entry.js';
import { type BoxId, boxesOf, isLog, mailboxOf, statusAtCreation } from './box.js';
import { Checkpoints } from './checkpoint.js';
import {
  CLOSED,
  type CommitOutcome,
  type DeliveryOutcome,
  type Mailbox,
  type NewMessage,
  type ShardStore,
  type StatusChange,
  type SubmissionKey,
} from './contract.js';
import type { Disk } from './disk/disk.js';
import { FileWriter } from './files/file-writer.js';
import type { MessageFront } from './files/front-section.js';
import { numberEntries, planMessageFile } from './files/message-file.js';
import { Journal, type RecordPlace } from './journal/journal.js';
import { DeliverBody, PiecesBody, packRemoval, RECORD_TYPE } from './journal/journal-record.js';
import { recordPosition } from './journal/position.js';
import * as layout from './layout.js';
import { Logs } from './logs.js';
import { BoxUnion } from './mailbox/box-union.js';
import { identityOf } from './mailbox/identities.js';
import type { MailboxShelf } from './mailbox/mailbox-shelf.js';
import type { MailboxStore } from './mailbox/mailbox-store.js';
import { MessageCache } from './mailbox/message-cache.js';
import { MessageReader } from './mailbox/message-reader.js';
import { Registrations } from './mailbox/registrations.js';
import { Repetitions } from './mailbox/repetitions.js';
import type { OpenOptions } from './open-options.js';
import { mailboxIds } from './recovery.js';
import type { Snapshot } from './snapshot/snapshot.js';
import { Statuses } from './statuses.js';
import { Submissions } from './submissions.js';
import { type LeftJournal, Takeover } from './takeover.js';
import { Background } from './upkeep/background.js';

const COMMITTED: CommitOutcome = { kind: 'committed' };

export interface Parts {
  readonly disk: Disk;
  readonly left: LeftJournal;
  readonly snapshot: Snapshot | null;
  readonly shelf: MailboxShelf;
}

export class DiskShardStore implements ShardStore {
  readonly #options: OpenOptions;
  readonly #disk: Disk;
  readonly #journal: Journal;
  readonly #writer: FileWriter;
  readonly #snapshot: Snapshot | null;
  readonly #shelf: MailboxShelf;
  readonly #repetitions: Repetitions;
  readonly #clock: Clock;
  readonly #cache = new MessageCache();
  readonly #registrations: Registrations;
  readonly #submissions: Submissions;
  readonly #statuses: Statuses;
  readonly #logs: Logs;
  readonly #checkpoints: Checkpoints;
  readonly #background: Background;
  readonly #timers: NodeJS.Timeout[] = [];
  #deliveries = 0;
  #closed: Promise<void> | null = null;
  readonly #reader: MessageReader;

  constructor(options: OpenOptions, { disk, left, snapshot, shelf }: Parts) {
    const { directory, shard, journalBytesMax = JOURNAL_BYTES_MAX } = options;
    this.#options = options;
    this.#disk = disk;
    this.#snapshot = snapshot;
    this.#shelf = shelf;
    this.#clock = options.clock ?? SYSTEM_CLOCK;
    this.#repetitions = new Repetitions(this.#clock);
    this.#registrations = new Registrations(disk, directory);
    this.#journal = new Journal({
      disk,
      directory: layout.journalDirectory(directory, shard),
      segmentBytes: options.journalSegmentBytes,
      nextLsn: left.lastLsn + 1,
      nextSegment: left.found.nextSegment,
      adopted: left.segments,
      voids: left.found.voids,
      bytesMax: journalBytesMax,
      admits: () => !this.#writer.isFull,
    });
    this.#submissions = new Submissions(this.#journal);
    this.#writer = new FileWriter({
      disk,
      data: directory,
      clock: this.#clock,
      journalBytesMax,
      octetsOf: (id, sequence, { segment, at, bytes }) =>
        this.#cache.get(id, sequence) ?? segment.read(at, bytes),
      onProgress: () => {
        this.#journal.placeWaiting();
        this.#checkpoints.runIfWorthwhile();
      },
      onObstacle: (detail) => this.#journal.obstruct(detail),
    });
    this.#logs = this.#logsOf(shelf);
    this.#checkpoints = new Checkpoints({
      disk,
      data: directory,
      clock: this.#clock,
      journal: this.#journal,
      writer: this.#writer,
      registrations: this.#registrations,
      snapshot: shelf,
      mailbox: (id) => shelf.get(id),
      submissions: this.#submissions,
      logs: this.#logs,
      worthwhileBytes: CHECKPOINT_BYTES,
      coveredLsn: Math.min(left.found.firstLsn, left.lastLsn + 1),
    });
    this.#statuses = new Statuses(this.#journal, this.#writer, this.#checkpoints, this.#clock);
    this.#background = this.#backgroundOf(shelf);
    this.#reader = new MessageReader({
      disk,
      data: directory,
      cache: this.#cache,
      backlog: this.#writer.backlog,
      setAside: (id, name) => this.#background.setAside(id, name),
    });
    shelf.reader = (box, main) => (isLog(box.id) ? this.#logs : this.#reader).read(box, main);
  }

  /** Before all else. Throws what the disk throws; then only {@link abandon} may follow. */
  async takeOver({ found, segments }: LeftJournal): Promise<void> {
    if (segments.length === 0 && !found.isUnreadable) return;
    const takeover = new Takeover(
      {
        disk: this.#disk,
        data: this.#options.directory,
        shelf: this.#shelf,
        writer: this.#writer,
        registrations: this.#registrations,
        logs: this.#logs,
        journal: this.#journal,
        ids: () => this.#ids(),
        onNotice: this.#options.onNotice ?? (() => undefined),
        removedFrom: (mailbox) => this.#checkpoints.removedFrom(mailbox),
      },
      segments,
    );
    this.#checkpoints.hasChanged = true;
    await takeover.run(found);
    const { open } = takeover.submissions;
    this.#submissions.adopt(open);
    const onNotice = this.#options.onNotice ?? (() => undefined);
    this.#submissions.storeOpen(open, this, onNotice, (id, sequence) => {
      const status = this.#shelf.get(id).index.entry(sequence)?.status;
      if (status === undefined || this.#logs.logOf(id) === null) return false;
      const { directory } = this.#options;
      this.#logs.enteredAgain(id, layout.messageFile(directory, id, { sequence, status }));
      return true;
    });
  }

  start(): void {
    const { checkpointIntervalMs, scrubBytesPerSecond } = this.#options;
    if (checkpointIntervalMs <= 0) return;
    this.#timers.push(
      setInterval(() => this.#checkpoints.runBehind(), checkpointIntervalMs),
      setInterval(() => this.sweep(), SLEEP_SWEEP_INTERVAL_MS),
    );
    for (const timer of this.#timers) timer.unref();
    // What a life before has left need not be read again by the next.
    this.#checkpoints.runBehind();
    this.#background.start(scrubBytesPerSecond);
  }

  prepare(id: MailboxId, hasLogs = false): Promise<void> | null {
    // Files are written when nobody wants anything.
    this.#writer.asked();
    const waking = this.#shelf.prepare(id);
    return hasLogs ? this.#logs.prepare(id, waking) : waking;
  }

  mailbox(id: BoxId): Mailbox {
    return this.#shelf.get(id);
  }

  boxes(ids: readonly BoxId[]): Mailbox {
    const there = ids.filter((id) => this.#shelf.exists(id)).map((id) => this.#shelf.get(id));
    const [only] = there;
    return there.length === 1 && only !== undefined ? only : new BoxUnion(there);
  }

  deliver(id: BoxId, message: NewMessage, done: (outcome: DeliveryOutcome) => void): void {
    const mailbox = this.#shelf.get(id);
    if (!mailbox.numbers.isWhole) this.#shelf.complete(mailboxOf(id));
    if (this.#repetitions.answer(mailbox, message, done)) return;
    if (mailbox.highWater + message.entries.length > SEQUENCE_NUMBER_MAX) {
      const detail = 'the mailbox has no sequence numbers left';
      const outcome = { kind: 'unavailable', detail } as const;
      setImmediate(() => done({ outcome, sequence: null, isRepetition: false }));
      return;
    }
    const front = numberEntries(mailbox.highWater + 1, message);
    mailbox.highWater += front.entries.length;
    const plan = planMessageFile(front, message);
    const key = this.#repetitions.begin(mailbox, front.deliveryIdentifier);
    mailbox.inFlight += 1;
    this.#journal.append({
      type: RECORD_TYPE.deliver,
      slot: mailbox.slot,
      body: new DeliverBody(mailbox.octets, plan),
      committed: (place) => {
        this.#applyDelivery(mailbox, front, place);
        this.#report(mailbox, front, key, COMMITTED, done);
      },
      failed: (detail) => {
        const again = () => this.deliver(id, message, () => undefined);
        this.#submissions.notStored(front.deliveryIdentifier, again);
        this.#report(mailbox, front, key, { kind: 'unavailable', detail }, done);
      },
    });
  }

  beginSubmission(
    id: BoxId,
    message: NewMessage,
    done: (outcome: CommitOutcome, key: SubmissionKey | null) => void,
  ): void {
    this.#submissions.begin(this.#shelf.get(id), message, done);
  }

  settleSubmission(key: SubmissionKey): void {
    this.#submissions.settle(key);
  }

  remove(
    id: BoxId,
    mainEntries: readonly SequenceNumber[],
    done: (outcome: CommitOutcome) => void,
  ): void {
    const mailbox = this.#shelf.get(id);
    const mains = mainEntries.filter((main) => mailbox.entry(main)?.parent === 0);
    for (const main of mains) mailbox.hidden.add(main);
    mailbox.inFlight += 1;
    const seconds = this.#logs.logOf(id) && Math.floor(this.#clock.nowMs() / 1_000);
    const { type, numbers } = packRemoval({ seconds, mark: mailbox.highWater, mains });
    this.#journal.append({
      type,
      slot: mailbox.slot,
      body: new PiecesBody([mailbox.octets, numbers]),
      committed: () => {
        mailbox.inFlight -= 1;
        for (const main of mains) this.#applyRemoval(mailbox, main, seconds);
        done(COMMITTED);
      },
      failed: (detail) => {
        mailbox.inFlight -= 1;
        for (const main of mains) mailbox.hidden.delete(main);
        done({ kind: 'unavailable', detail });
      },
    });
  }

  markConveyed(id: BoxId, changes: readonly StatusChange[]): void {
    this.#statuses.convey(this.#shelf.get(id), changes);
  }

  restate(
    id: BoxId,
    changes: readonly StatusChange[],
    done: (outcome: CommitOutcome) => void,
  ): void {
    this.#statuses.set(this.#shelf.get(id), changes, done);
  }

  registrations(id: MailboxId): Uint8Array | null {
    return this.#registrations.get(id);
  }

  register(id: MailboxId, octets: Uint8Array, done: (outcome: CommitOutcome) => void): void {
    const mailbox = this.#shelf.get(id);
    // A copy: the caller's octets may be a window on something large.
    const kept = copyOctets(octets);
    this.#journal.append({
      type: RECORD_TYPE.register,
      slot: mailbox.slot,
      body: new PiecesBody([mailbox.octets, kept]),
      committed: () => {
        this.#registrations.set(id, kept);
        this.#checkpoints.hasChanged = true;
        done(COMMITTED);
      },
      failed: (detail) => done({ kind: 'unavailable', detail }),
    });
  }

  flush(): void {
    this.#journal.flush();
    this.#checkpoints.runIfWorthwhile();
  }

  async checkpoint(): Promise<void> {
    await this.#checkpoints.settled();
    await this.#writer.drain();
    // The stop makes one of its own, and is over then: its descriptors may be another's.
    if (this.#closed !== null) throw new Error(CLOSED);
    await this.#checkpoints.run();
  }

  check(onProgress?: (mailboxes: number, messages: number) => void) {
    return this.#background.check(onProgress);
  }

  scrub(bytesPerSecond: number) {
    return this.#background.scrub(bytesPerSecond);
  }

  sweep(): void {
    this.#logs.sweep();
    this.#shelf.sweep();
  }

  statistics(): ShardStatistics {
    let entries = 0;
    for (const mailbox of this.#shelf.awake) entries += mailbox.index.entries;
    return {
      mailboxes: this.#shelf.count,
      entries,
      deliveries: this.#deliveries,
      cacheBytes: this.#cache.bytes,
      ...this.#journal.statistics(),
      ...this.#writer.statistics(),
      ...this.#reader.statistics(),
      checkpoints: this.#checkpoints.count,
      checkpointFailures: this.#checkpoints.failures,
    };
  }

  /** Twice is once. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    this.#checkpoints.stop();
    this.#background.stop();
    try {
      this.#journal.refuseWaiting();
      await this.#journal.drained();
      await this.#checkpoints.settled();
      // What is not written in time, or cannot be, is in the journal, and left to the next start.
      const end = this.#nowMs() + STOP_FILES_TIME_MAX_MS;
      await this.#writer.drain(end).catch(() => false);
      await this.#checkpoints.run();
      const { directory, shard } = this.#options;
      recordPosition(this.#disk, directory, shard, this.#journal.appliedLsn);
    } finally {
      await this.abandon();
    }
  }

  /** Lets go of everything as it is. */
  async abandon(): Promise<void> {
    this.#writer.close();
    this.#submissions.close();
    await this.#journal.close();
    await this.#snapshot?.close();
    this.#disk.dispose();
  }

  /** Every mailbox of the shard that has a directory. */
  #ids(): MailboxId[] {
    const { directory, ownsMailbox } = this.#options;
    return [...mailboxIds(this.#disk, directory)].filter(ownsMailbox);
  }

  #logsOf(shelf: MailboxShelf): Logs {
    const { directory, logs: configured, onNotice = () => undefined } = this.#options;
    const [disk, clock, cache] = [this.#disk, this.#clock, this.#cache];
    shelf.isUnwritten = (id) => this.#writer.backlog.has(id) || this.#logs.has(id);
    shelf.isInDoubt = (path) => this.#logs.isInDoubt(path);
    shelf.completeLog = (log) => this.#logs.complete(log);
    return new Logs({ disk, data: directory, clock, shelf, cache, configured, onNotice });
  }

  #backgroundOf(shelf: MailboxShelf): Background {
    const { directory, onNotice } = this.#options;
    const disk = this.#disk;
    return new Background({
      disk,
      directory,
      clock: this.#clock,
      shelf,
      ids: () => this.#ids().flatMap(boxesOf),
      isBusy: (id, sequence) => this.#writer.backlog.get(id, sequence) !== null,
      isFileless: (id, sequence) => this.#writer.backlog.isFileless(id, sequence),
      removedFrom: (mailbox) => this.#checkpoints.removedFrom(mailbox),
      onNotice: onNotice ?? (() => undefined),
    });
  }

  #nowMs(): number {
    return this.#clock.monotonicMs();
  }

  /** No change that is asked for from now on is in an earlier record. */
  #lsn(): number {
    return this.#journal.appliedLsn + 1;
  }

  /** Tells the deliverer, and whoever repeated the delivery meanwhile. */
  #report(
    mailbox: MailboxStore,
    front: MessageFront,
    key: string | null,
    outcome: CommitOutcome,
    done: (outcome: DeliveryOutcome) => void,
  ): void {
    const isStored = outcome.kind === 'committed';
    const sequence = isStored ? (front.entries[0]?.sequence ?? null) : null;
    const waiting = this.#repetitions.end(key);
    mailbox.inFlight -= 1;
    done({ outcome, sequence, isRepetition: false });
    for (const other of waiting) other({ outcome, sequence, isRepetition: isStored });
  }

  #applyDelivery(mailbox: MailboxStore, front: MessageFront, place: RecordPlace): void {
    const sequence = front.entries[0]?.sequence;
    if (sequence === undefined) return;
    this.#submissions.stored(front.deliveryIdentifier);
    this.#checkpoints.hasChanged = true;
    const { id, octets } = mailbox;
    const { segment, chunk, chunkAt } = place;
    const bytes = place.bytes - octets.length;
    const image = { segment, at: place.at + octets.length, bytes };
    this.#logs.entered(id, front, image);
    if (isLog(id)) {
      this.#checkpoints.removedFrom(mailbox);
      return;
    }
    const identity = identityOf(front.deliveryIdentifier);
    const status = statusAtCreation(id);
    mailbox.index.insert(front.entries, status, identity, status);
    if (identity !== 0) mailbox.identities().add(identity, sequence);
    this.#deliveries += 1;
    this.#writer.backlog.create(id, sequence, image, this.#lsn(), this.#nowMs());
    this.#writer.schedule();
    this.#cache.put(id, sequence, chunk, chunkAt + octets.length, bytes);
  }

  /** `seconds`: when, for a log; null where none is kept. */
  #applyRemoval(mailbox: MailboxStore, main: SequenceNumber, seconds: number | null): void {
    const { id } = mailbox;
    this.#checkpoints.removedFrom(mailbox);
    this.#checkpoints.hasChanged = true;
    mailbox.hidden.delete(main);
    if (isLog(id)) {
      this.#logs.removed(id, main);
      return;
    }
    if (seconds !== null) this.#logs.deleted(id, main, seconds);
    const status = mailbox.index.entry(main)?.status ?? 'new';
    this.#repetitions.remove(mailbox, main);
    for (const number of mailbox.index.family(main).reverse()) mailbox.index.remove(number);
    this.#cache.forget(id, main);
    this.#background.dropDamaged(mailbox, main);
    this.#writer.backlog.remove(id, main, status, this.#lsn(), this.#nowMs());
    this.#writer.schedule();
  }
}
