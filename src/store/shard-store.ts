/**
 * The store of one shard: journal, message files behind it, and an index in memory.
 *
 * Invariant: a change is reported when its journal record is synced, and is visible from then on.
 * The journal is recycled only when files, names and high-water marks are durable without it.
 *
 * Source: ours. docs/formats.
 */
import { type Clock, SYSTEM_CLOCK } from '../base/clock.js';
import { DamageError } from '../base/errors.js';
import type { Notice, ShardOptions, ShardStatistics } from '../engine/contract.js';
import { type MailboxId, slotOf } from '../engine/mailbox-id.js';
import {
  DELIVERY_CACHE_BYTES_MAX,
  FILE_BACKLOG_BYTES_MAX,
  JOURNAL_BYTES_MAX,
  SEQUENCE_NUMBER_MAX,
  SLEEP_SWEEP_INTERVAL_MS,
} from '../limits.js';
import type { SequenceNumber } from '../x413/entry.js';
import type {
  CommitOutcome,
  DeliveryOutcome,
  Mailbox,
  NewMessage,
  ShardStore,
  StatusChange,
  StoredMessage,
} from './contract.js';
import { type Disk, NodeDisk } from './disk.js';
import { FileWriter } from './file-writer.js';
import { identityOf } from './identities.js';
import { Journal } from './journal.js';
import { mailboxBody, packChanges, packNumbers, packRange, RECORD_TYPE } from './journal-record.js';
import * as layout from './layout.js';
import { MailboxShelf } from './mailbox-shelf.js';
import type { MailboxStore } from './mailbox-store.js';
import {
  decodeMessageFile,
  encodeMessageFile,
  type MessageFront,
  numberEntries,
} from './message-file.js';
import { writePosition } from './position.js';
import { readStoreFile, replayShard, writeHighWater } from './recovery.js';
import { Registrations } from './registrations.js';
import { Repetitions } from './repetitions.js';
import { Snapshot } from './snapshot.js';

export interface OpenOptions extends ShardOptions {
  readonly disk?: Disk;
  readonly clock?: Clock;
  readonly ownsMailbox: (id: MailboxId) => boolean;
  /** Told what an operator should know. */
  readonly onNotice?: (notice: Notice) => void;
  /** False: no snapshot; the index is read from the files at every start. Default: true. */
  readonly hasSnapshot?: boolean;
}

/**
 * After {@link prepareDirectory}: replays the journal, and is ready. Mailboxes come into memory
 * when they are asked for.
 */
export async function openShardStore(options: OpenOptions): Promise<ShardStore> {
  const { directory, shard, hasSnapshot = true } = options;
  const disk = options.disk ?? new NodeDisk();
  const journalDirectory = layout.journalDirectory(directory, shard);
  disk.makeDirectory(journalDirectory);
  const snapshot = hasSnapshot
    ? await Snapshot.open(disk, directory, shard, readStoreFile(disk, directory).storeId)
    : null;
  const shelf = new MailboxShelf({
    disk,
    directory,
    clock: options.clock ?? SYSTEM_CLOCK,
    snapshot,
    onNotice: options.onNotice ?? (() => undefined),
  });
  const lastLsn = await replayShard(disk, directory, shard, shelf);
  const journal = new Journal({
    disk,
    directory: journalDirectory,
    segmentBytes: options.journalSegmentBytes,
    epoch: options.epoch,
    nextLsn: lastLsn + 1,
    nextSegment: 1,
  });
  const store = new DiskShardStore(options, { disk, journal, snapshot, shelf });
  store.start();
  return store;
}

const COMMITTED: CommitOutcome = { kind: 'committed' };

interface Parts {
  readonly disk: Disk;
  readonly journal: Journal;
  readonly snapshot: Snapshot | null;
  readonly shelf: MailboxShelf;
}

class DiskShardStore implements ShardStore {
  readonly #options: OpenOptions;
  readonly #disk: Disk;
  readonly #journal: Journal;
  readonly #writer: FileWriter;
  readonly #snapshot: Snapshot | null;
  readonly #shelf: MailboxShelf;
  readonly #repetitions: Repetitions;
  /** Newest first out last: insertion order is age. */
  readonly #cache = new Map<string, Uint8Array>();
  #cacheBytes = 0;
  readonly #registrations: Registrations;
  /** Mailboxes that lost entries since the last checkpoint. */
  #removedFrom = new Set<MailboxStore>();
  #checkpoint: Promise<void> | null = null;
  readonly #timers: NodeJS.Timeout[] = [];
  #hasChanged = false;
  /** A sync of the files failed: only a start from the journal helps. */
  #failure: string | null = null;
  #deliveries = 0;

  constructor(options: OpenOptions, { disk, journal, snapshot, shelf }: Parts) {
    this.#options = options;
    this.#disk = disk;
    this.#journal = journal;
    this.#snapshot = snapshot;
    this.#shelf = shelf;
    const clock = options.clock ?? SYSTEM_CLOCK;
    this.#repetitions = new Repetitions(clock);
    this.#registrations = new Registrations(disk, options.directory);
    this.#writer = new FileWriter(disk, options.directory, clock);
    shelf.reader = (mailbox, main) => this.#read(mailbox, main);
  }

  start(): void {
    const { checkpointIntervalMs } = this.#options;
    if (checkpointIntervalMs <= 0) return;
    this.#timers.push(
      setInterval(() => this.#checkpointBehind(), checkpointIntervalMs),
      setInterval(() => this.sweep(), SLEEP_SWEEP_INTERVAL_MS),
    );
    for (const timer of this.#timers) timer.unref();
  }

  prepare(id: MailboxId): Promise<void> | null {
    return this.#shelf.prepare(id);
  }

  mailbox(id: MailboxId): Mailbox {
    return this.#shelf.get(id);
  }

  deliver(id: MailboxId, message: NewMessage, done: (outcome: DeliveryOutcome) => void): void {
    const mailbox = this.#shelf.get(id);
    if (this.#isRepetition(mailbox, message, done)) return;
    const detail = this.#refusal(mailbox, message);
    if (detail !== null) {
      const outcome = { kind: 'unavailable', detail } as const;
      setImmediate(() => done({ outcome, sequence: null, isRepetition: false }));
      return;
    }
    const front = numberEntries(mailbox.highWater + 1, message);
    mailbox.highWater += front.entries.length;
    const image = encodeMessageFile(front, message);
    this.#repetitions.begin(mailbox, front.deliveryIdentifier);
    mailbox.inFlight += 1;
    this.#journal.append({
      type: RECORD_TYPE.deliver,
      slot: slotOf(id),
      body: mailboxBody(id, [image]),
      committed: () => {
        this.#applyDelivery(mailbox, front, image);
        this.#report(mailbox, front, COMMITTED, done);
      },
      failed: (why) => this.#report(mailbox, front, { kind: 'unavailable', detail: why }, done),
    });
  }

  remove(
    id: MailboxId,
    mainEntries: readonly SequenceNumber[],
    done: (outcome: CommitOutcome) => void,
  ): void {
    const mailbox = this.#shelf.get(id);
    const mains = mainEntries.filter((main) => mailbox.entry(main)?.parent === 0);
    if (this.#failure !== null) {
      const outcome = { kind: 'unavailable', detail: this.#failure } as const;
      setImmediate(() => done(outcome));
      return;
    }
    for (const main of mains) mailbox.hidden.add(main);
    mailbox.inFlight += 1;
    this.#journal.append({
      type: RECORD_TYPE.remove,
      slot: slotOf(id),
      body: mailboxBody(id, [packNumbers([mailbox.highWater, ...mains])]),
      committed: () => {
        mailbox.inFlight -= 1;
        for (const main of mains) this.#applyRemoval(mailbox, main);
        done(COMMITTED);
      },
      failed: (detail) => {
        mailbox.inFlight -= 1;
        for (const main of mains) mailbox.hidden.delete(main);
        done({ kind: 'unavailable', detail });
      },
    });
  }

  markConveyed(id: MailboxId, changes: readonly StatusChange[]): void {
    const mailbox = this.#shelf.get(id);
    const made = changes.filter((change) => {
      const before = mailbox.entry(change.sequence);
      if (before === null) return false;
      const hasGrown = mailbox.index.change(change);
      if (hasGrown && before.parent === 0)
        this.#writer.rename({ id, sequence: change.sequence }, before.status, change.status);
      return hasGrown || (before.conveyed | change.conveyed) !== before.conveyed;
    });
    if (made.length === 0) return;
    this.#hasChanged = true;
    this.#journal.append({
      type: RECORD_TYPE.status,
      slot: slotOf(id),
      body: mailboxBody(id, [packChanges(made)]),
      committed: () => undefined,
      // A message may be new again after a crash; it is never lost by that.
      failed: () => undefined,
    });
  }

  registrations(id: MailboxId): Uint8Array | null {
    return this.#registrations.get(id);
  }

  register(id: MailboxId, octets: Uint8Array, done: (outcome: CommitOutcome) => void): void {
    if (this.#failure !== null) {
      const outcome = { kind: 'unavailable', detail: this.#failure } as const;
      setImmediate(() => done(outcome));
      return;
    }
    // A copy: the caller's octets may be a window on something large.
    const kept = octets.slice();
    this.#journal.append({
      type: RECORD_TYPE.register,
      slot: slotOf(id),
      body: mailboxBody(id, [kept]),
      committed: () => {
        this.#registrations.set(id, kept);
        this.#hasChanged = true;
        done(COMMITTED);
      },
      failed: (detail) => done({ kind: 'unavailable', detail }),
    });
  }

  flush(): void {
    this.#journal.flush();
  }

  checkpoint(): Promise<void> {
    this.#checkpoint ??= this.#runCheckpoint().finally(() => {
      this.#checkpoint = null;
    });
    return this.#checkpoint;
  }

  sweep(): void {
    this.#shelf.sweep();
  }

  statistics(): ShardStatistics {
    let entries = 0;
    for (const mailbox of this.#shelf.awake) entries += mailbox.index.entries;
    return {
      mailboxes: this.#shelf.count,
      entries,
      journalBytes: this.#journal.bytes,
      fileBacklogBytes: this.#writer.bytes,
      deliveries: this.#deliveries,
      commits: this.#journal.commits,
      filesWritten: this.#writer.filesWritten,
    };
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    try {
      await this.#journal.drained();
      // One may be under way that began before the last changes.
      await this.#checkpoint?.catch(() => undefined);
      await this.checkpoint();
      const { directory, shard } = this.#options;
      writePosition(this.#disk, directory, shard, this.#journal.appliedLsn);
    } finally {
      this.#writer.close();
      await this.#journal.settled();
      this.#journal.close();
      await this.#snapshot?.close();
      this.#disk.dispose();
    }
  }

  #refusal(mailbox: MailboxStore, message: NewMessage): string | null {
    if (this.#failure !== null) return this.#failure;
    if (this.#journal.bytes > 2 * JOURNAL_BYTES_MAX) return 'the journal is full';
    if (mailbox.highWater + message.entries.length > SEQUENCE_NUMBER_MAX)
      return 'the mailbox has no sequence numbers left';
    try {
      while (this.#writer.bytes > FILE_BACKLOG_BYTES_MAX && this.#writer.step());
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
    return null;
  }

  #isRepetition(
    mailbox: MailboxStore,
    message: NewMessage,
    done: (outcome: DeliveryOutcome) => void,
  ): boolean {
    const repetition = this.#repetitions.find(mailbox, message);
    if (repetition === null) return false;
    if (repetition.kind === 'in flight') {
      repetition.waiting.push(done);
      return true;
    }
    const { sequence } = repetition;
    setImmediate(() => done({ outcome: COMMITTED, sequence, isRepetition: true }));
    return true;
  }

  /** Tells the deliverer, and whoever repeated the delivery meanwhile. */
  #report(
    mailbox: MailboxStore,
    front: MessageFront,
    outcome: CommitOutcome,
    done: (outcome: DeliveryOutcome) => void,
  ): void {
    const isStored = outcome.kind === 'committed';
    const sequence = isStored ? (front.entries[0]?.sequence ?? null) : null;
    const waiting = this.#repetitions.end(mailbox, front.deliveryIdentifier);
    mailbox.inFlight -= 1;
    done({ outcome, sequence, isRepetition: false });
    for (const other of waiting) other({ outcome, sequence, isRepetition: isStored });
  }

  #applyDelivery(mailbox: MailboxStore, front: MessageFront, image: Uint8Array): void {
    const sequence = front.entries[0]?.sequence;
    if (sequence === undefined) return;
    const identity = identityOf(front.deliveryIdentifier);
    mailbox.index.insert(front.entries, 'new', identity);
    if (identity !== 0) mailbox.identities().add(identity, sequence);
    this.#deliveries += 1;
    this.#hasChanged = true;
    this.#writer.create({ id: mailbox.id, sequence }, image);
    this.#remember(`${mailbox.id}/${sequence}`, image);
    if (this.#journal.bytes > JOURNAL_BYTES_MAX) this.#checkpointBehind();
  }

  #applyRemoval(mailbox: MailboxStore, main: SequenceNumber): void {
    const status = mailbox.index.entry(main)?.status ?? 'new';
    this.#repetitions.remove(mailbox, main);
    for (const number of mailbox.index.family(main).reverse()) mailbox.index.remove(number);
    mailbox.hidden.delete(main);
    this.#forgetImage(`${mailbox.id}/${main}`);
    this.#writer.remove({ id: mailbox.id, sequence: main }, status);
    this.#removedFrom.add(mailbox);
    this.#hasChanged = true;
  }

  #remember(key: string, image: Uint8Array): void {
    this.#forgetImage(key);
    this.#cache.set(key, image);
    this.#cacheBytes += image.length;
    for (const oldest of this.#cache.keys()) {
      if (this.#cacheBytes <= DELIVERY_CACHE_BYTES_MAX) return;
      this.#forgetImage(oldest);
    }
  }

  #forgetImage(key: string): void {
    this.#cacheBytes -= this.#cache.get(key)?.length ?? 0;
    this.#cache.delete(key);
  }

  #read(mailbox: MailboxStore, sequence: SequenceNumber): StoredMessage {
    const place = { id: mailbox.id, sequence };
    const now = mailbox.index.entry(sequence)?.status ?? 'new';
    const status = this.#writer.nameOnDisk(place, now);
    const path = layout.messageFile(this.#options.directory, mailbox.id, { sequence, status });
    const octets =
      this.#writer.pending(place) ??
      this.#cache.get(`${mailbox.id}/${sequence}`) ??
      this.#disk.readFile(path);
    if (octets === null) throw new DamageError('message-missing', path);
    return decodeMessageFile(octets, path);
  }

  #checkpointBehind(): void {
    if (!this.#hasChanged || this.#failure !== null || this.#journal.failure !== null) return;
    // What failed is tried again at the next turn of the timer, or has stopped the store.
    this.checkpoint().catch(() => undefined);
  }

  async #runCheckpoint(): Promise<void> {
    if (this.#failure !== null) throw new DamageError('store-stopped', this.#options.directory);
    this.#hasChanged = false;
    const covered = this.#journal.appliedLsn + 1;
    const removedFrom = this.#removedFrom;
    this.#removedFrom = new Set();
    try {
      await this.#writer.drain();
      this.#recordHighWater(removedFrom);
      this.#registrations.write();
    } catch (error) {
      for (const mailbox of removedFrom) this.#removedFrom.add(mailbox);
      this.#hasChanged = true;
      throw error;
    }
    await this.#syncFiles();
    const changes = await this.#shelf.takeChanges();
    this.#journal.rotate();
    // No status in the snapshot may be ahead of the journal: all of them are durable after it.
    await this.#journal.write(RECORD_TYPE.checkpoint, packRange(covered, covered));
    await this.#shelf.save(changes, covered - 1);
    this.#journal.recycle(covered);
  }

  #recordHighWater(mailboxes: ReadonlySet<MailboxStore>): void {
    for (const mailbox of mailboxes) {
      const { id, highWater } = mailbox;
      if (mailbox.recordedHighWater >= highWater || mailbox.index.has(highWater)) continue;
      writeHighWater(this.#disk, this.#options.directory, id, highWater);
      mailbox.recordedHighWater = highWater;
    }
  }

  /** After a failed sync nobody knows what of the files is on disk; the journal still has all. */
  async #syncFiles(): Promise<void> {
    try {
      await this.#disk.syncAll(this.#options.directory, this.#writer.takeTouched());
    } catch (error) {
      this.#failure = error instanceof Error ? error.message : String(error);
      throw error;
    }
  }
}
