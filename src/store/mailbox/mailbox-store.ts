/**
 * One box of a mailbox as the shard sees it: committed rows, without those that a delete on its way
 * hides.
 *
 * Source: ours.
 */
import { DamageError } from '../../base/errors.js';
import { type SlotId, slotOf } from '../../engine/mailbox-id.js';
import {
  type CachedAttribute,
  type Entry,
  type RetrievalStatus,
  type SequenceNumber,
  sequenceNumber,
} from '../../x413/entry.js';
import { type BoxId, type BoxName, boxName, mailboxOf, statusAtCreation } from '../box.js';
import { CachedLookup } from '../cached-lookup.js';
import type { EntriesOf, Mailbox, ScanOptions, StatusChange, StoredMessage } from '../contract.js';
import type { StoredEntry } from '../files/front-section.js';
import { MailboxIndex, type RowState } from '../index/mailbox-index.js';
import { mailboxOctets } from '../journal/journal-record.js';
import { Identities } from './identities.js';

const ALL: ScanOptions = { from: null, to: null, includesChildren: false, statuses: null };

/** Sequence numbers, which go through all boxes of a mailbox. */
export interface MailboxNumbers {
  /** The greatest number ever given, and the one that mailbox.json holds. */
  highWater: number;
  recordedHighWater: number;
  /** False: a box that is asleep may hold a greater one. */
  isWhole: boolean;
}

export class MailboxStore implements Mailbox {
  readonly id: BoxId;
  readonly slot: SlotId;
  /** As its journal records begin. */
  readonly octets: Uint8Array;
  index = new MailboxIndex();
  /** Main-entries whose delete is on its way to the journal. */
  readonly hidden = new Set<number>();
  /** When it was last asked for, by the monotonic clock. */
  usedMs = 0;
  /** Changes on their way to the journal. */
  inFlight = 0;
  /** The snapshot has a record of it, and all that is not in the index: the high-water mark. */
  isSaved = false;
  /** Messages whose file was found damaged, by their status then. */
  damaged: Map<SequenceNumber, RetrievalStatus> = new Map();
  /** Buckets of which bucket-states has to be written. */
  readonly unwrittenStates = new Set<number>();
  #identities: Identities | null = null;
  readonly numbers: MailboxNumbers;
  /** Another box of the mailbox; null where there is none. */
  other: (name: BoxName) => MailboxStore | null = () => null;
  readonly #lookups = new Map<CachedAttribute, CachedLookup>();
  readonly #image: (mailbox: MailboxStore, main: SequenceNumber) => StoredMessage;

  constructor(
    id: BoxId,
    image: (mailbox: MailboxStore, main: SequenceNumber) => StoredMessage,
    numbers: MailboxNumbers = { highWater: 0, recordedHighWater: 0, isWhole: false },
  ) {
    this.id = id;
    this.slot = slotOf(mailboxOf(id));
    this.numbers = numbers;
    this.octets = mailboxOctets(id);
    this.#image = image;
  }

  get highWater(): number {
    return this.numbers.highWater;
  }

  set highWater(mark: number) {
    this.numbers.highWater = mark;
  }

  /** Takes what was read; nothing was there before. */
  load(index: MailboxIndex): void {
    this.index = index;
    this.#identities = null;
  }

  /** Puts a message where it belongs, behind the others or between them. */
  put(entries: readonly StoredEntry[], status: RetrievalStatus, identity: number): void {
    this.index.insert(entries, status, identity, statusAtCreation(this.id));
    const main = entries[0]?.sequence ?? 0;
    this.highWater = Math.max(this.highWater, entries.at(-1)?.sequence ?? 0);
    if (identity !== 0) this.#identities?.add(identity, main);
  }

  /** Made when the first delivery comes: who only reads needs none. */
  identities(): Identities {
    this.#identities ??= new Identities(this.index);
    return this.#identities;
  }

  get count(): number {
    return this.index.count - this.hidden.size;
  }

  countOf(status: RetrievalStatus): number {
    let hidden = 0;
    for (const main of this.hidden) if (this.index.entry(main)?.status === status) hidden += 1;
    return this.index.countOf(status) - hidden;
  }

  entry(sequence: number): Entry | null {
    const entry = this.index.entry(sequence);
    return entry === null || this.#isHidden(entry) ? null : entry;
  }

  /** As the index does it; null too where a delete is on its way. */
  change(change: StatusChange): RowState | null {
    if (this.hidden.size > 0 && this.entry(change.sequence) === null) return null;
    return this.index.change(change);
  }

  *scan(options: ScanOptions): IterableIterator<Entry> {
    for (const entry of this.index.scan(options)) if (!this.#isHidden(entry)) yield entry;
  }

  span(): readonly [SequenceNumber, SequenceNumber] | null {
    if (this.hidden.size === 0) return this.index.span();
    let first: SequenceNumber | null = null;
    let last: SequenceNumber | null = null;
    for (const { sequence } of this.scan(ALL)) {
      first ??= sequence;
      last = sequence;
    }
    return first === null || last === null ? null : [first, last];
  }

  entriesWith(box: BoxName, attribute: CachedAttribute, value: Uint8Array): EntriesOf {
    const mailbox = boxName(this.id) === box ? this : this.other(box);
    if (mailbox === null) return { mailbox: this, entries: [] };
    const lookup = mailbox.#lookups.get(attribute) ?? new CachedLookup(attribute);
    mailbox.#lookups.set(attribute, lookup);
    const numbers = lookup.find(mailbox.index, value);
    return { mailbox, entries: numbers.flatMap((number) => mailbox.entry(number) ?? []) };
  }

  read(sequence: SequenceNumber): StoredMessage {
    const main = this.index.mainOf(sequence);
    if (main === 0) throw new DamageError('message-missing', `${this.id}/${sequence}`);
    return this.#image(this, sequenceNumber(main));
  }

  #isHidden(entry: Entry): boolean {
    if (this.hidden.size === 0) return false;
    return this.hidden.has(entry.parent === 0 ? entry.sequence : this.index.mainOf(entry.sequence));
  }
}
