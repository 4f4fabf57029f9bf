/**
 * The journal onto the files, idempotently, where only files shall be left to read: when the number
 * of shards has changed, and for mailboxes that are in no snapshot.
 *
 * Every journalled message is written anew, even where a file is there: what is in the page cache
 * after a failed sync need not be on disk. Segments go in ascending order, each unlink synced, so
 * that a cut in between never leaves a delivery without the delete that followed it.
 *
 * Source: ours. docs/formats/journal.md.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { DamageError } from '../base/errors.js';
import { equalOctets } from '../base/octets.js';
import type { LogsConfigured } from '../engine/contract.js';
import { type MailboxId, parseMailboxId, shardOf, slotOf } from '../engine/mailbox-id.js';
import { BUCKET_ENTRIES, CHILD_ENTRIES_MAX, SEQUENCE_NUMBER_MAX } from '../limits.js';
import { RETRIEVAL_STATUS, type RetrievalStatus, sequenceNumber } from '../x413/entry.js';
import { type BoxId, boxesOf, isLog, mailboxOf, statusAtCreation } from './box.js';
import type { NewMessage, StatusChange } from './contract.js';
import { type Disk, replaceFile } from './disk/disk.js';
import { countIn, type OnNotice, readSmallFile, unlessDamaged } from './disk/small-files.js';
import { markWithout, readHighWater, writeHighWater } from './files/high-water.js';
import { decodeMessageFront, encodeMessageFile, numberEntries } from './files/message-file.js';
import { setSegmentAside } from './files/quarantine.js';
import type { MailboxIndex } from './index/mailbox-index.js';
import { makeDurable } from './journal/journal-durable.js';
import { noticeOf, numbersToSkip } from './journal/journal-notices.js';
import { readJournal } from './journal/journal-reader.js';
import {
  type JournalRecord,
  RECORD_TYPE,
  type Removal,
  splitMailbox,
  unpackChanges,
  unpackRemoval,
} from './journal/journal-record.js';
import * as layout from './layout.js';
import { LogReplay } from './log-replay.js';
import { tellStates } from './mailbox/bucket-states.js';
import { identityOf } from './mailbox/identities.js';
import { bucketsOf, MailboxReading, namesInBucket, readFront } from './mailbox/rebuild.js';
import { writeRegistrations } from './mailbox/registrations.js';
import { type OpenSubmission, OpenSubmissions } from './submissions.js';

const STATUSES: readonly RetrievalStatus[] = ['new', 'listed', 'processed'];

/** Records onto files, in their order. */
export class Replay {
  readonly #disk: Disk;
  readonly #data: string;
  readonly #highWater = new Map<MailboxId, number>();
  readonly #registrations = new Map<MailboxId, Uint8Array>();
  /** What was set last of each entry, and names do not tell. */
  readonly #told = new Map<BoxId, Map<number, StatusChange>>();
  readonly #onNotice: OnNotice;
  readonly touched = new Set<string>();
  /** Null where logs are no concern of the replay. */
  readonly logs: LogReplay | null;

  constructor(disk: Disk, data: string, onNotice: OnNotice, logs: LogReplay | null = null) {
    this.#disk = disk;
    this.#data = data;
    this.#onNotice = onNotice;
    this.logs = logs;
  }

  apply(record: JournalRecord): void {
    const { deliver, status, remove, removeAt, register } = RECORD_TYPE;
    const { type, body } = record;
    if (![deliver, status, remove, removeAt, register].some((one) => one === type)) return;
    const { id, rest } = splitMailbox(body);
    // A directory that is there may be one whose name nobody has synced.
    this.#touch(...layout.directoriesAbove(this.#data, id));
    const removal = unpackRemoval(type, rest);
    this.logs?.apply(record);
    if (removal !== null) this.#removeAll(id, removal);
    else if (type === deliver) this.#deliver(id, rest);
    else if (type === status) this.#status(id, rest);
    else this.#registrations.set(mailboxOf(id), rest);
  }

  /**
   * Marks are written for all: a later delete may have taken the highest. `skipped`: numbers that
   * records which are lost may have given, to any of `ids`.
   */
  finish(skipped = 0, ids: () => Iterable<MailboxId> = () => []): void {
    for (const [id, changes] of this.#told)
      tellStates(this.#disk, this.#data, id, changes.values());
    this.logs?.finish();
    for (const [id, octets] of this.#registrations)
      writeRegistrations(this.#disk, this.#data, id, octets);
    if (skipped > 0)
      for (const id of ids()) this.raise(id, highestOnDisk(this.#disk, this.#data, id));
    for (const [id, highWater] of this.#highWater) {
      const recorded = this.#recorded(id);
      const mark = Math.min(Math.max(highWater, recorded) + skipped, SEQUENCE_NUMBER_MAX);
      if (mark > recorded) writeHighWater(this.#disk, this.#data, id, mark);
    }
  }

  /**
   * A submission of which nobody knows what became of it gets a number and a file. Where an earlier
   * replay came as far, it has both: so the file is there whole, durably, or not at all. `skipped`:
   * numbers that what is damaged may have used.
   */
  storeInDoubt({ box, message }: OpenSubmission, skipped: number): void {
    const mailbox = mailboxOf(box);
    this.raise(box, this.#recorded(mailbox));
    for (const one of boxesOf(mailbox)) {
      const reading = new MailboxReading(this.#disk, this.#data, one);
      while (reading.readNext(() => undefined));
      this.raise(box, Math.max(reading.highWater, reading.index.highest));
      const stored = one === box ? this.#storedAs(box, reading.index, message) : null;
      if (stored === null) continue;
      // It may have come to its end before its log did.
      this.logs?.entered(box, this.#disk.readFile(stored) ?? new Uint8Array(0));
      return;
    }
    const first = (this.#highWater.get(mailbox) ?? 0) + skipped + 1;
    const front = numberEntries(first, message);
    const image = encodeMessageFile(front, message);
    if (isLog(box)) {
      // First of all: nobody looks into a log for the highest number.
      writeHighWater(this.#disk, this.#data, box, first);
      this.logs?.store(box, image, message.deliveryIdentifier);
      this.raise(box, first);
      return;
    }
    const directory = layout.bucketDirectory(this.#data, box, first);
    this.#disk.makeDirectory(directory);
    const path = this.#path(box, first, statusAtCreation(box));
    replaceFile(this.#disk, path, image);
    this.logs?.entered(box, image);
    this.#touch(path, directory, ...layout.directoriesAbove(this.#data, box));
    this.raise(box, front.entries.at(-1)?.sequence ?? 0);
  }

  /** The file of the copy; null where there is none. */
  #storedAs(box: BoxId, index: MailboxIndex, message: NewMessage): string | null {
    const { deliveryIdentifier: identifier } = message;
    const own = identityOf(identifier);
    for (const [sequence, identity] of index.identities()) {
      if (identity !== own || identifier === null) continue;
      const path = this.#path(box, sequence, index.entry(sequence)?.status ?? 'processed');
      const { deliveryIdentifier } = readFront(this.#disk, path);
      if (deliveryIdentifier !== null && equalOctets(deliveryIdentifier, identifier)) return path;
    }
    return null;
  }

  #recorded(id: MailboxId): number {
    const read = () => readHighWater(this.#disk, this.#data, id);
    const seen = () =>
      Math.max(this.#highWater.get(id) ?? 0, highestOnDisk(this.#disk, this.#data, id));
    return unlessDamaged(this.#disk, this.#onNotice, read, () => {
      const value = markWithout(seen());
      writeHighWater(this.#disk, this.#data, id, value);
      return { value, remedy: `its sequence numbers go on above ${value}` };
    });
  }

  #touch(...paths: readonly string[]): void {
    if (this.#disk.needsPaths) for (const path of paths) this.touched.add(path);
  }

  #path(id: BoxId, sequence: number, status: RetrievalStatus): string {
    return layout.messageFile(this.#data, id, { sequence: sequenceNumber(sequence), status });
  }

  /** The status that is furthest: after a cut a file may be there under an older name as well. */
  #find(id: BoxId, sequence: number): RetrievalStatus | null {
    const isThere = (status: RetrievalStatus) =>
      this.#disk.readFront(this.#path(id, sequence, status), 1) !== null;
    return STATUSES.findLast(isThere) ?? null;
  }

  #deliver(id: BoxId, image: Uint8Array): void {
    const { entries } = decodeMessageFront(image, 'journal');
    this.raise(id, entries.at(-1)?.sequence ?? 0);
    if (isLog(id)) return;
    const first = entries[0]?.sequence ?? 0;
    const status = this.#find(id, first);
    const path = this.#path(id, first, status ?? statusAtCreation(id));
    const directory = layout.bucketDirectory(this.#data, id, first);
    this.#disk.makeDirectory(directory);
    // Not cut to nothing and written again: file systems sync that, each by itself. Under whatever
    // names it is there: what is left under another may be torn, and be taken for the message.
    if (status !== null) for (const one of STATUSES) this.#disk.unlink(this.#path(id, first, one));
    this.#disk.writeFile(path, image);
    this.#touch(path, directory);
  }

  #status(id: BoxId, rest: Buffer): void {
    for (const change of unpackChanges(rest)) {
      const { sequence, status, isSet } = change;
      const before = this.#find(id, sequence);
      if (isSet) this.#toTell(id).set(sequence, change);
      if (before === null) continue;
      const isGrown = RETRIEVAL_STATUS[status] > RETRIEVAL_STATUS[before];
      if (isGrown || isSet) this.#rename(id, sequence, before, status);
      // Where it was set back, a cut may have left it under a name that is further.
      if (isSet)
        for (const one of STATUSES)
          if (one !== status) this.#disk.unlink(this.#path(id, sequence, one));
    }
  }

  #toTell(id: BoxId): Map<number, StatusChange> {
    const known = this.#told.get(id) ?? new Map<number, StatusChange>();
    this.#told.set(id, known);
    return known;
  }

  #rename(id: BoxId, sequence: number, before: RetrievalStatus, status: RetrievalStatus): void {
    const [from, to] = [this.#path(id, sequence, before), this.#path(id, sequence, status)];
    if (before !== status) this.#disk.rename(from, to);
    if (this.touched.delete(from)) this.touched.add(to);
    this.#touch(layout.bucketDirectory(this.#data, id, sequence));
  }

  /** The file that showed the high-water mark may be gone already. */
  #removeAll(id: BoxId, { mark, mains }: Removal): void {
    this.raise(id, mark);
    if (!isLog(id)) for (const sequence of mains) this.#remove(id, sequence);
  }

  /** No number up to the mark is given again in the box's mailbox. */
  raise(id: BoxId, mark: number): void {
    const mailbox = mailboxOf(id);
    this.#highWater.set(mailbox, Math.max(this.#highWater.get(mailbox) ?? 0, mark));
  }

  #remove(id: BoxId, sequence: number): void {
    for (const status of STATUSES) this.#disk.unlink(this.#path(id, sequence, status));
    this.#touch(layout.bucketDirectory(this.#data, id, sequence));
  }
}

/**
 * Replays one shard's journal onto the files, makes them durable, and empties the journal: for
 * mailboxes that are about to change shards.
 */
async function replayShard(
  { disk, data, onNotice, logs }: Preparation,
  shard: number,
  ids: () => Iterable<MailboxId>,
): Promise<void> {
  const directory = layout.journalDirectory(data, shard);
  const found = readJournal(disk, directory);
  const { segments, stalePaths, records, evidence } = found;
  const paths = segments.map(({ path }) => path);
  await makeDurable(disk, data, directory, found);
  const replay = new Replay(disk, data, onNotice, new LogReplay(disk, data, logs));
  const submissions = new OpenSubmissions();
  for (const record of records) {
    replay.apply(record);
    submissions.read(record);
  }
  const skipped = numbersToSkip(found);
  for (const one of submissions.open.values()) replay.storeInDoubt(one, skipped);
  const notice = noticeOf(found);
  if (notice !== null) onNotice(notice);
  replay.finish(skipped, ids);
  if (paths.length > 0) await disk.syncAll(data, replay.touched);
  const remove = (path: string) =>
    evidence.has(path) ? setSegmentAside(disk, data, shard, path) : disk.unlink(path);
  // Stale ones first: without the checkpoint in the others their records would count again.
  for (const path of stalePaths) remove(path);
  disk.syncDirectory(directory);
  for (const path of paths) {
    remove(path);
    disk.syncDirectory(directory);
  }
}

/**
 * Before the journal goes: where this start does not come to its end, one for the old number would
 * find a snapshot and nothing that is newer, and take it for whole.
 */
function removeSnapshot(disk: Disk, data: string, shard: number): void {
  const path = layout.snapshotFile(data, shard);
  for (const file of [path, `${path}-lock`]) disk.removeTree(file);
  disk.syncDirectory(layout.shardDirectory(data, shard));
}

interface StoreFile {
  readonly shardCount: number;
  /** Random: tells this data directory from every other. */
  readonly storeId: string;
}

/**
 * What {@link prepareDirectory} wrote; zero and nothing where it has not. Throws DamageError.
 */
export function readStoreFile(disk: Disk, data: string): StoreFile {
  const path = layout.storeFile(data);
  const file = readSmallFile(disk, path);
  if (file === null) return { shardCount: 0, storeId: '' };
  const { storeId = '' } = file;
  if (typeof storeId !== 'string') throw new DamageError('small-file-damaged', path);
  return { shardCount: countIn(file, 'shardCount', path), storeId };
}

/** The same; where it is damaged, as if nothing had been written. */
export function recordedStore(disk: Disk, data: string, onNotice: OnNotice): StoreFile {
  const remedy = 'the journals are replayed, and the index is read from the files; nothing is lost';
  const value = { shardCount: 0, storeId: '' };
  return unlessDamaged(
    disk,
    onNotice,
    () => readStoreFile(disk, data),
    () => ({ value, remedy }),
  );
}

/** Numbers of the shards that have a directory. */
export function shardNumbers(disk: Disk, data: string): number[] {
  const names = disk.readdir(layout.shardsDirectory(data));
  return names.filter((name) => /^\d+$/.test(name)).map(Number);
}

interface Preparation {
  readonly disk: Disk;
  readonly data: string;
  readonly onNotice: OnNotice;
  readonly logs: LogsConfigured | undefined;
}

/**
 * Called once, before any shard is opened. Where the number of shards has changed, or is not known,
 * all journals are replayed first, for mailboxes are about to change shards.
 */
export async function prepareDirectory(
  disk: Disk,
  data: string,
  shardCount: number,
  onNotice: OnNotice = () => undefined,
  logs?: LogsConfigured,
): Promise<void> {
  disk.makeDirectory(layout.shardsDirectory(data));
  disk.makeDirectory(layout.mailboxesDirectory(data));
  const recorded = recordedStore(disk, data, onNotice);
  if (recorded.shardCount === shardCount && recorded.storeId !== '') return;
  const storeId = recorded.storeId === '' ? randomUUID() : recorded.storeId;
  for (const shard of shardNumbers(disk, data)) {
    const count = recorded.shardCount;
    const isOf = (id: MailboxId) => count === 0 || Number(shardOf(slotOf(id), count)) === shard;
    const ids = () => [...mailboxIds(disk, data)].filter(isOf);
    removeSnapshot(disk, data, shard);
    await replayShard({ disk, data, onNotice, logs }, shard, ids);
    disk.removeTree(layout.shardDirectory(data, shard));
  }
  disk.syncDirectory(layout.shardsDirectory(data));
  replaceFile(
    disk,
    layout.storeFile(data),
    Buffer.from(`${JSON.stringify({ shardCount, storeId })}\n`),
  );
}

/** The greatest number that files show to be taken, those of children included. */
function highestOnDisk(disk: Disk, data: string, mailbox: MailboxId): number {
  const highest = boxesOf(mailbox).map((box) => {
    const last = bucketsOf(disk, data, box).at(-1) ?? 0;
    const directory = layout.bucketDirectory(data, box, last * BUCKET_ENTRIES);
    // An empty one had some.
    return namesInBucket(disk, directory).at(-1)?.sequence ?? last * BUCKET_ENTRIES;
  });
  return Math.min(Math.max(...highest) + CHILD_ENTRIES_MAX, SEQUENCE_NUMBER_MAX);
}

/** Every mailbox that has a directory. */
export function* mailboxIds(disk: Disk, data: string): IterableIterator<MailboxId> {
  const root = layout.mailboxesDirectory(data);
  for (const fan of disk.readdir(root)) {
    for (const name of disk.readdir(join(root, fan))) {
      const id = parseMailboxId(name);
      if (id !== null) yield id;
    }
  }
}
