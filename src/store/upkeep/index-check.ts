/**
 * The index check: compares the index with the directories, in the background, while deliveries and
 * fetches run. The files are right: a file without an entry gets one, an entry without a file goes,
 * and of two statuses the one in the name counts. What it did is reported.
 *
 * It goes bucket by bucket. Within one bucket nothing else happens, for there is one thread; what
 * waits to be written, renamed or deleted is left alone.
 *
 * Source: ours.
 */
import type { Clock } from '../../base/clock.js';
import { DamageError } from '../../base/errors.js';
import type { Notice } from '../../engine/contract.js';
import { BUCKET_ENTRIES, CHECK_SHARE, CHECK_SLICE_MS } from '../../limits.js';
import type { Entry, SequenceNumber } from '../../x413/entry.js';
import { type BoxId, boxName } from '../box.js';
import type { CheckReport } from '../contract.js';
import type { Disk } from '../disk/disk.js';
import type { MessageName } from '../files/message-name.js';
import { bucketDirectory, messageFile } from '../layout.js';
import { bucketOf } from '../mailbox/bucket-states.js';
import { identityOf } from '../mailbox/identities.js';
import type { MailboxShelf } from '../mailbox/mailbox-shelf.js';
import type { MailboxStore } from '../mailbox/mailbox-store.js';
import { bucketsOf, namesInBucket, readFront } from '../mailbox/rebuild.js';

export interface CheckOptions {
  readonly disk: Disk;
  readonly directory: string;
  readonly clock: Clock;
  readonly shelf: MailboxShelf;
  /** Every box of every mailbox of the shard. */
  readonly ids: () => Iterable<BoxId>;
  /** Whether work on the file of a message is still to be done. */
  readonly isBusy: (id: BoxId, sequence: SequenceNumber) => boolean;
  /** Whether there need not be a file: it is still to be written, or may have gone already. */
  readonly isFileless: (id: BoxId, sequence: SequenceNumber) => boolean;
  /** Told of mailboxes that lost entries. */
  readonly removedFrom: (mailbox: MailboxStore) => void;
  readonly onNotice: (notice: Notice) => void;
  /** Told now and then how far it has come. */
  readonly onProgress?: (mailboxes: number, messages: number) => void;
}

type Counts = { -readonly [Key in keyof CheckReport]: number };

export class IndexCheck {
  readonly #options: CheckOptions;
  readonly #counts: Counts = {
    mailboxes: 0,
    rebuiltMailboxes: 0,
    rebuiltMessages: 0,
    messages: 0,
    added: 0,
    removed: 0,
    restated: 0,
    damaged: 0,
    milliseconds: 0,
  };
  #isStopped = false;
  #sliceEnd = 0;

  constructor(options: CheckOptions) {
    this.#options = options;
  }

  /** Ends it after the bucket it is at. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Null where it was stopped. */
  async run(): Promise<CheckReport | null> {
    const { clock, shelf, ids, onProgress } = this.#options;
    const startMs = clock.monotonicMs();
    const before = { mailboxes: shelf.rebuiltMailboxes, messages: shelf.rebuiltMessages };
    for (const id of [...ids()]) {
      if (this.#isStopped) return null;
      if (shelf.exists(id)) await this.#box(id);
      if (boxName(id) === 'in') this.#counts.mailboxes += 1;
      this.#counts.rebuiltMailboxes = shelf.rebuiltMailboxes - before.mailboxes;
      this.#counts.rebuiltMessages = shelf.rebuiltMessages - before.messages;
      onProgress?.(this.#counts.mailboxes, this.#counts.messages + this.#counts.rebuiltMessages);
    }
    this.#counts.milliseconds = Math.round(clock.monotonicMs() - startMs);
    return this.#isStopped ? null : { ...this.#counts };
  }

  async #box(id: BoxId): Promise<void> {
    const { disk, directory, shelf } = this.#options;
    const wasAwake = shelf.isAwake(id);
    const rebuilt = shelf.rebuiltMailboxes;
    await shelf.prepareBox(id);
    if (shelf.rebuiltMailboxes === rebuilt || wasAwake) {
      for (const bucket of bucketsToCheck(shelf, disk, directory, id)) {
        if (this.#isStopped) return;
        // It may have gone to sleep meanwhile.
        await shelf.prepareBox(id);
        this.#bucket(shelf.peek(id), bucket);
        await this.#pause();
      }
    } else await this.#pause();
    if (!wasAwake) shelf.rest(id);
  }

  #bucket(mailbox: MailboxStore, bucket: number): void {
    const { disk, directory, isBusy, isFileless } = this.#options;
    const { id } = mailbox;
    const from = bucket * BUCKET_ENTRIES;
    const names = namesInBucket(disk, bucketDirectory(directory, id, from));
    const range = { from, to: from + BUCKET_ENTRIES - 1, includesChildren: false, statuses: null };
    const entries = new Map<number, Entry>();
    for (const entry of mailbox.index.scan(range)) entries.set(entry.sequence, entry);
    for (const name of names) {
      this.#counts.messages += 1;
      const entry = entries.get(name.sequence);
      entries.delete(name.sequence);
      if (isBusy(id, name.sequence)) continue;
      if (entry === undefined) this.#add(mailbox, name);
      else if (entry.status !== name.status) {
        mailbox.index.setStatus(name.sequence, name.status);
        this.#counts.restated += 1;
      }
    }
    for (const { sequence } of entries.values()) {
      // One whose name is to change must have its file all the same.
      if (isFileless(id, sequence) || mailbox.damaged.has(sequence)) continue;
      this.#counts.messages += 1;
      this.#drop(mailbox, sequence);
    }
  }

  #add(mailbox: MailboxStore, name: MessageName): void {
    const { disk, directory, onNotice } = this.#options;
    const file = messageFile(directory, mailbox.id, name);
    try {
      const { entries, deliveryIdentifier } = readFront(disk, file);
      if (entries[0]?.sequence !== name.sequence) throw new DamageError('message-misnamed', file);
      mailbox.put(entries, name.status, identityOf(deliveryIdentifier));
      this.#counts.added += 1;
      const sentence = 'a message file was not in the index; it is now';
      onNotice({ level: 'warn', event: 'index.added', sentence, fields: { file } });
    } catch (error) {
      if (!(error instanceof DamageError)) throw error;
      this.#counts.damaged += 1;
      const sentence = 'a message file that is not in the index is damaged';
      onNotice({ level: 'error', event: error.code, sentence, fields: { file } });
    }
  }

  #drop(mailbox: MailboxStore, sequence: SequenceNumber): void {
    for (const number of mailbox.index.family(sequence).reverse()) mailbox.index.remove(number);
    this.#options.removedFrom(mailbox);
    this.#counts.removed += 1;
    const sentence = 'an entry had no message file any more and was removed';
    const fields = { mailbox: mailbox.id, sequence };
    this.#options.onNotice({ level: 'error', event: 'index.removed', sentence, fields });
  }

  /** After a slice of work, as much time for others as its share leaves them. */
  async #pause(): Promise<void> {
    const { clock } = this.#options;
    const nowMs = clock.monotonicMs();
    if (nowMs < this.#sliceEnd) return;
    const restMs = CHECK_SLICE_MS * (1 / CHECK_SHARE - 1);
    if (restMs < 1) await new Promise((resolve) => setImmediate(resolve));
    else await new Promise((resolve) => setTimeout(resolve, restMs).unref());
    this.#sliceEnd = clock.monotonicMs() + CHECK_SLICE_MS;
  }
}

/** Buckets that are on disk or in the index, ascending. */
function bucketsToCheck(
  shelf: MailboxShelf,
  disk: Disk,
  data: string,
  id: BoxId,
): readonly number[] {
  const buckets = new Set(bucketsOf(disk, data, id));
  const { index } = shelf.peek(id);
  for (let from = 0; from <= index.highest; ) {
    const next = index.firstFrom(from);
    if (next === 0) break;
    buckets.add(bucketOf(next));
    from = (bucketOf(next) + 1) * BUCKET_ENTRIES;
  }
  return [...buckets].sort((a, b) => a - b);
}
