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
import type { ShardOptions, ShardStatistics } from '../engine/contract.js';
import { type MailboxId, slotOf } from '../engine/mailbox-id.js';
import {
  CHILD_ENTRIES_MAX,
  DELIVERY_CACHE_BYTES_MAX,
  FILE_BACKLOG_BYTES_MAX,
  JOURNAL_BYTES_MAX,
  SEQUENCE_NUMBER_MAX,
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
import { Journal } from './journal.js';
import { mailboxBody, packChanges, packNumbers, packRange, RECORD_TYPE } from './journal-record.js';
import * as layout from './layout.js';
import { MailboxStore } from './mailbox-store.js';
import {
  decodeMessageFile,
  encodeMessageFile,
  type MessageFront,
  numberEntries,
} from './message-file.js';
import { writePosition } from './position.js';
import { readMailbox } from './rebuild.js';
import { mailboxIds, readHighWater, replayShard, writeHighWater } from './recovery.js';
import { Registrations } from './registrations.js';

export interface OpenOptions extends ShardOptions {
  readonly disk?: Disk;
  readonly clock?: Clock;
  readonly ownsMailbox: (id: MailboxId) => boolean;
  /** Told of every file that cannot be read; it stays where it is. */
  readonly onDamage?: (error: DamageError) => void;
}

/** After {@link prepareDirectory}: replays the journal, rebuilds the index, and is ready. */
export async function openShardStore(options: OpenOptions): Promise<ShardStore> {
  const disk = options.disk ?? new NodeDisk();
  const journalDirectory = layout.journalDirectory(options.directory, options.shard);
  disk.makeDirectory(journalDirectory);
  const lastLsn = await replayShard(disk, options.directory, options.shard);
  const journal = new Journal({
    disk,
    directory: journalDirectory,
    segmentBytes: options.journalSegmentBytes,
    epoch: options.epoch,
    nextLsn: lastLsn + 1,
    nextSegment: 1,
  });
  const store = new DiskShardStore(options, disk, journal);
  for (const id of mailboxIds(disk, options.directory)) {
    if (options.ownsMailbox(id)) store.load(id);
  }
  store.start();
  return store;
}

const COMMITTED: CommitOutcome = { kind: 'committed' };
const keyOf = (octets: Uint8Array) => Buffer.from(octets).toString('latin1');

class DiskShardStore implements ShardStore {
  readonly #options: OpenOptions;
  readonly #disk: Disk;
  readonly #journal: Journal;
  readonly #writer: FileWriter;
  readonly #mailboxes = new Map<MailboxId, MailboxStore>();
  /** Newest first out last: insertion order is age. */
  readonly #cache = new Map<string, Uint8Array>();
  #cacheBytes = 0;
  readonly #registrations: Registrations;
  /** Mailboxes that lost entries since the last checkpoint. */
  #removedFrom = new Set<MailboxStore>();
  #checkpoint: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;
  #hasChanged = false;
  /** A sync of the files failed: only a start from the journal helps. */
  #failure: string | null = null;
  #deliveries = 0;

  constructor(options: OpenOptions, disk: Disk, journal: Journal) {
    this.#options = options;
    this.#disk = disk;
    this.#journal = journal;
    this.#registrations = new Registrations(disk, options.directory);
    this.#writer = new FileWriter(disk, options.directory, options.clock ?? SYSTEM_CLOCK);
  }

  load(id: MailboxId): void {
    const mailbox = this.#mailbox(id);
    const { directory, onDamage } = this.#options;
    mailbox.recordedHighWater = readHighWater(this.#disk, directory, id);
    mailbox.highWater = mailbox.recordedHighWater;
    const found = readMailbox(this.#disk, directory, id, (error, sequence) => {
      // How many children it had is not known; their numbers must not be given again either.
      const mark = Math.min(sequence + CHILD_ENTRIES_MAX, SEQUENCE_NUMBER_MAX);
      mailbox.highWater = Math.max(mailbox.highWater, mark);
      onDamage?.(error);
    });
    for (const { name, front } of found) {
      for (const entry of front.entries)
        mailbox.index.add(entry, entry.parent === 0 ? name.status : 'new');
      const last = front.entries.at(-1)?.sequence ?? 0;
      mailbox.highWater = Math.max(mailbox.highWater, last);
      this.#identify(mailbox, front, true);
    }
  }

  start(): void {
    const { checkpointIntervalMs } = this.#options;
    if (checkpointIntervalMs <= 0) return;
    this.#timer = setInterval(() => this.#checkpointBehind(), checkpointIntervalMs);
    this.#timer.unref();
  }

  mailbox(id: MailboxId): Mailbox {
    return this.#mailbox(id);
  }

  deliver(id: MailboxId, message: NewMessage, done: (outcome: DeliveryOutcome) => void): void {
    const mailbox = this.#mailbox(id);
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
    this.#identify(mailbox, front, false);
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
    const mailbox = this.#mailbox(id);
    const mains = mainEntries.filter((main) => mailbox.entry(main)?.parent === 0);
    if (this.#failure !== null) {
      const outcome = { kind: 'unavailable', detail: this.#failure } as const;
      setImmediate(() => done(outcome));
      return;
    }
    for (const main of mains) mailbox.hidden.add(main);
    this.#journal.append({
      type: RECORD_TYPE.remove,
      slot: slotOf(id),
      body: mailboxBody(id, [packNumbers([mailbox.highWater, ...mains])]),
      committed: () => {
        for (const main of mains) this.#applyRemoval(mailbox, main);
        done(COMMITTED);
      },
      failed: (detail) => {
        for (const main of mains) mailbox.hidden.delete(main);
        done({ kind: 'unavailable', detail });
      },
    });
  }

  markConveyed(id: MailboxId, changes: readonly StatusChange[]): void {
    const mailbox = this.#mailbox(id);
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

  statistics(): ShardStatistics {
    let entries = 0;
    for (const mailbox of this.#mailboxes.values()) entries += mailbox.index.entries;
    return {
      mailboxes: this.#mailboxes.size,
      entries,
      journalBytes: this.#journal.bytes,
      fileBacklogBytes: this.#writer.bytes,
      deliveries: this.#deliveries,
      commits: this.#journal.commits,
      filesWritten: this.#writer.filesWritten,
    };
  }

  async close(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
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
      this.#disk.dispose();
    }
  }

  #mailbox(id: MailboxId): MailboxStore {
    let mailbox = this.#mailboxes.get(id);
    if (mailbox === undefined) {
      mailbox = new MailboxStore(id, (one, main) => this.#read(one, main));
      this.#mailboxes.set(id, mailbox);
    }
    return mailbox;
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
    if (message.deliveryIdentifier === null) return false;
    const first = mailbox.identified.get(keyOf(message.deliveryIdentifier));
    if (first === undefined) return false;
    const { sequence } = first;
    if (first.isDurable)
      setImmediate(() => done({ outcome: COMMITTED, sequence, isRepetition: true }));
    else first.waiting.push(done);
    return true;
  }

  #identify(mailbox: MailboxStore, front: MessageFront, isDurable: boolean): void {
    const sequence = front.entries[0]?.sequence;
    if (front.deliveryIdentifier === null || sequence === undefined) return;
    const key = keyOf(front.deliveryIdentifier);
    mailbox.identified.set(key, { sequence, isDurable, waiting: [] });
    mailbox.identifiers.set(sequence, key);
  }

  #forget(mailbox: MailboxStore, main: number): void {
    const key = mailbox.identifiers.get(main);
    if (key === undefined) return;
    mailbox.identifiers.delete(main);
    if (mailbox.identified.get(key)?.sequence === main) mailbox.identified.delete(key);
  }

  /** Tells the deliverer, and whoever repeated the delivery meanwhile. */
  #report(
    mailbox: MailboxStore,
    front: MessageFront,
    outcome: CommitOutcome,
    done: (outcome: DeliveryOutcome) => void,
  ): void {
    const main = front.entries[0]?.sequence ?? null;
    const isStored = outcome.kind === 'committed';
    const sequence = isStored ? main : null;
    const key = main === null ? undefined : mailbox.identifiers.get(main);
    const first = key === undefined ? undefined : mailbox.identified.get(key);
    const waiting = first?.waiting.splice(0) ?? [];
    if (first !== undefined) first.isDurable = isStored;
    if (!isStored && main !== null) this.#forget(mailbox, main);
    done({ outcome, sequence, isRepetition: false });
    for (const other of waiting) other({ outcome, sequence, isRepetition: isStored });
  }

  #applyDelivery(mailbox: MailboxStore, front: MessageFront, image: Uint8Array): void {
    for (const entry of front.entries) mailbox.index.add(entry, 'new');
    const sequence = front.entries[0]?.sequence;
    if (sequence === undefined) return;
    this.#deliveries += 1;
    this.#hasChanged = true;
    this.#writer.create({ id: mailbox.id, sequence }, image);
    this.#remember(`${mailbox.id}/${sequence}`, image);
    if (this.#journal.bytes > JOURNAL_BYTES_MAX) this.#checkpointBehind();
  }

  #applyRemoval(mailbox: MailboxStore, main: SequenceNumber): void {
    const status = mailbox.index.entry(main)?.status ?? 'new';
    for (const number of mailbox.index.family(main).reverse()) mailbox.index.remove(number);
    mailbox.hidden.delete(main);
    this.#forget(mailbox, main);
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
    this.#journal.rotate();
    await this.#journal.write(RECORD_TYPE.checkpoint, packRange(covered, covered));
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
    const { touched } = this.#writer;
    this.#writer.touched = new Set();
    try {
      await this.#disk.syncAll(this.#options.directory, touched);
    } catch (error) {
      this.#failure = error instanceof Error ? error.message : String(error);
      throw error;
    }
  }
}
