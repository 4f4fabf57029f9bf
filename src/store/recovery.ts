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
import { equalOctets } from '../base/octets.js';
import { type MailboxId, parseMailboxId } from '../engine/mailbox-id.js';
import { RETRIEVAL_STATUS, type RetrievalStatus, sequenceNumber } from '../x413/entry.js';
import { type BoxId, boxesOf, mailboxOf, statusAtCreation } from './box.js';
import { type Disk, replaceFile } from './disk.js';
import { identityOf } from './identities.js';
import type { MailboxIndex } from './index/mailbox-index.js';
import { readJournal } from './journal-reader.js';
import {
  type JournalRecord,
  RECORD_TYPE,
  splitMailbox,
  unpackChanges,
  unpackNumbers,
} from './journal-record.js';
import * as layout from './layout.js';
import { decodeMessageFront, encodeMessageFile, numberEntries } from './message-file.js';
import { MailboxReading, readFront } from './rebuild.js';
import { writeRegistrations } from './registrations.js';
import { type OpenSubmission, OpenSubmissions } from './submissions.js';

const STATUSES: readonly RetrievalStatus[] = ['new', 'listed', 'processed'];

/** The durable high-water mark of a mailbox: 0 where none is written. */
export function readHighWater(disk: Disk, data: string, id: BoxId): number {
  const value = readMailboxFile(disk, data, id).sequenceHighWater;
  return typeof value === 'number' ? value : 0;
}

function readMailboxFile(disk: Disk, data: string, id: BoxId): Record<string, unknown> {
  const octets = disk.readFile(layout.mailboxFile(data, id));
  return octets === null ? {} : JSON.parse(Buffer.from(octets).toString('utf8'));
}

/** The octets of mailbox.json with that mark. Keeps what else stands in the file. */
export function mailboxFileWith(disk: Disk, data: string, id: BoxId, mark: number): Buffer {
  const state = {
    ...readMailboxFile(disk, data, id),
    mailbox: mailboxOf(id),
    sequenceHighWater: mark,
  };
  return Buffer.from(`${JSON.stringify(state)}\n`);
}

/** Durable on return. */
export function writeHighWater(disk: Disk, data: string, id: BoxId, mark: number): void {
  const octets = mailboxFileWith(disk, data, id, mark);
  disk.makeDirectory(layout.mailboxDirectory(data, id));
  replaceFile(disk, layout.mailboxFile(data, id), octets);
}

/** Records onto files, in their order. */
export class Replay {
  readonly #disk: Disk;
  readonly #data: string;
  readonly #highWater = new Map<MailboxId, number>();
  readonly #registrations = new Map<MailboxId, Uint8Array>();
  readonly touched = new Set<string>();

  constructor(disk: Disk, data: string) {
    this.#disk = disk;
    this.#data = data;
  }

  apply(record: JournalRecord): void {
    const { deliver, status, remove, register } = RECORD_TYPE;
    const { type, body } = record;
    if (type !== deliver && type !== status && type !== remove && type !== register) return;
    const { id, rest } = splitMailbox(body);
    // A directory that is there may be one whose name nobody has synced.
    this.#touch(...layout.directoriesAbove(this.#data, id));
    if (type === deliver) this.#deliver(id, rest);
    else if (type === status) this.#status(id, rest);
    else if (type === remove) this.#removeAll(id, unpackNumbers(rest));
    else this.#registrations.set(mailboxOf(id), rest);
  }

  /** Marks are written for all: a later delete may have taken the highest. */
  finish(): void {
    for (const [id, octets] of this.#registrations)
      writeRegistrations(this.#disk, this.#data, id, octets);
    for (const [id, highWater] of this.#highWater) {
      if (highWater > readHighWater(this.#disk, this.#data, id))
        writeHighWater(this.#disk, this.#data, id, highWater);
    }
  }

  /**
   * A submission of which nobody knows what became of it gets a number and a file. Where an earlier
   * replay came as far, it has both.
   */
  storeInDoubt({ box, message }: OpenSubmission): void {
    const mailbox = mailboxOf(box);
    this.#raise(box, readHighWater(this.#disk, this.#data, mailbox));
    for (const one of boxesOf(mailbox)) {
      const reading = new MailboxReading(this.#disk, this.#data, one);
      while (reading.readNext(() => undefined));
      this.#raise(box, Math.max(reading.highWater, reading.index.highest));
      if (one === box && this.#isStored(box, reading.index, message.deliveryIdentifier)) return;
    }
    const front = numberEntries((this.#highWater.get(mailbox) ?? 0) + 1, message);
    this.#touch(...layout.directoriesAbove(this.#data, box));
    this.#deliver(box, encodeMessageFile(front, message));
  }

  #isStored(box: BoxId, index: MailboxIndex, identifier: Uint8Array | null): boolean {
    const own = identityOf(identifier);
    for (const [sequence, identity] of index.identities()) {
      if (identity !== own || identifier === null) continue;
      const status = index.entry(sequence)?.status ?? 'processed';
      const { deliveryIdentifier } = readFront(this.#disk, this.#path(box, sequence, status));
      if (deliveryIdentifier !== null && equalOctets(deliveryIdentifier, identifier)) return true;
    }
    return false;
  }

  #touch(...paths: readonly string[]): void {
    if (this.#disk.needsPaths) for (const path of paths) this.touched.add(path);
  }

  #path(id: BoxId, sequence: number, status: RetrievalStatus): string {
    return layout.messageFile(this.#data, id, { sequence: sequenceNumber(sequence), status });
  }

  #find(id: BoxId, sequence: number): RetrievalStatus | null {
    const isThere = (status: RetrievalStatus) =>
      this.#disk.readFront(this.#path(id, sequence, status), 1) !== null;
    return STATUSES.find(isThere) ?? null;
  }

  #deliver(id: BoxId, image: Uint8Array): void {
    const { entries } = decodeMessageFront(image, 'journal');
    const first = entries[0]?.sequence ?? 0;
    const status = this.#find(id, first);
    const path = this.#path(id, first, status ?? statusAtCreation(id));
    const directory = layout.bucketDirectory(this.#data, id, first);
    this.#disk.makeDirectory(directory);
    // Not cut to nothing and written again: file systems sync that, each by itself.
    if (status !== null) this.#disk.unlink(path);
    this.#disk.writeFile(path, image);
    this.#touch(path, directory);
    this.#raise(id, entries.at(-1)?.sequence ?? 0);
  }

  #status(id: BoxId, rest: Buffer): void {
    for (const { sequence, status } of unpackChanges(rest)) {
      const before = this.#find(id, sequence);
      if (before === null || RETRIEVAL_STATUS[before] >= RETRIEVAL_STATUS[status]) continue;
      const [from, to] = [this.#path(id, sequence, before), this.#path(id, sequence, status)];
      this.#disk.rename(from, to);
      if (this.touched.delete(from)) this.touched.add(to);
      this.#touch(layout.bucketDirectory(this.#data, id, sequence));
    }
  }

  /** The first number is the high-water mark: the file that showed it may be gone already. */
  #removeAll(id: BoxId, [mark = 0, ...sequences]: readonly number[]): void {
    this.#raise(id, mark);
    for (const sequence of sequences) this.#remove(id, sequence);
  }

  #raise(id: BoxId, mark: number): void {
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
async function replayShard(disk: Disk, data: string, shard: number): Promise<void> {
  const directory = layout.journalDirectory(data, shard);
  const { segments, stalePaths, records } = readJournal(disk, directory);
  const paths = segments.map(({ path }) => path);
  // After a kill it may not have reached the disk, and files must not come from what can be lost.
  if (paths.length > 0) await disk.syncAll(data, paths);
  const replay = new Replay(disk, data);
  const submissions = new OpenSubmissions();
  for (const record of records) {
    replay.apply(record);
    submissions.read(record);
  }
  for (const submission of submissions.open.values()) replay.storeInDoubt(submission);
  replay.finish();
  if (paths.length > 0) await disk.syncAll(data, replay.touched);
  // Stale ones first: without the checkpoint in the others their records would count again.
  for (const path of stalePaths) disk.unlink(path);
  disk.syncDirectory(directory);
  for (const path of paths) {
    disk.unlink(path);
    disk.syncDirectory(directory);
  }
}

interface StoreFile {
  readonly shardCount: number;
  /** Random: tells this data directory from every other. */
  readonly storeId: string;
}

/** What {@link prepareDirectory} wrote; zero and nothing where it has not. */
export function readStoreFile(disk: Disk, data: string): StoreFile {
  const octets = disk.readFile(layout.storeFile(data));
  const { shardCount = 0, storeId = '' } =
    octets === null ? {} : (JSON.parse(Buffer.from(octets).toString('utf8')) as Partial<StoreFile>);
  return { shardCount, storeId };
}

/**
 * Called once, before any shard is opened. Where the number of shards has changed, all journals are
 * replayed first, for mailboxes are about to change shards.
 */
export async function prepareDirectory(
  disk: Disk,
  data: string,
  shardCount: number,
): Promise<void> {
  disk.makeDirectory(layout.shardsDirectory(data));
  disk.makeDirectory(layout.mailboxesDirectory(data));
  const recorded = readStoreFile(disk, data);
  if (recorded.shardCount === shardCount && recorded.storeId !== '') return;
  const storeId = recorded.storeId === '' ? randomUUID() : recorded.storeId;
  for (const name of disk.readdir(layout.shardsDirectory(data))) {
    if (!/^\d+$/.test(name)) continue;
    await replayShard(disk, data, Number(name));
    disk.removeTree(layout.shardDirectory(data, Number(name)));
  }
  disk.syncDirectory(layout.shardsDirectory(data));
  replaceFile(
    disk,
    layout.storeFile(data),
    Buffer.from(`${JSON.stringify({ shardCount, storeId })}\n`),
  );
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
