/**
 * What a store gives to the shard that owns it. The store never knows a protocol: an entry is
 * columns, attribute values as encoded octets, and two octet strings, envelope and content.
 *
 * Source: ours. docs/formats has the forms on disk.
 */
import type { Brand } from '../base/brand.js';
import type { ShardStatistics } from '../engine/contract.js';
import type { MailboxId } from '../engine/mailbox-id.js';
import type {
  CachedAttribute,
  Entry,
  EntryFacts,
  RetrievalStatus,
  SequenceNumber,
} from '../x413/entry.js';
import type { BoxId, BoxName } from './box.js';

/** What is said to whoever asks a store for something after its end. */
export const CLOSED = 'the store is closed';

/** A message to be stored: one main-entry and what descends from it, in numbering order. */
export interface NewMessage {
  /** Envelope octets: as delivered, everything but the content. */
  readonly envelope: Uint8Array;
  /** Content octets, exactly as delivered; null where there are none. */
  readonly content: Uint8Array | null;
  /**
   * Main-entry first, then descendants depth first. `parent` and `children` count within this list
   * (main-entry 0); the store turns them into sequence numbers.
   */
  readonly entries: readonly NewEntry[];
  /**
   * Identifies a repeated delivery: the main-entry's cached messageIdentifier. A delivery with the
   * same one, the same recipient and as long a content is not stored again. Of a copy of a
   * submission: its key. Null: never compared.
   */
  readonly deliveryIdentifier: Uint8Array | null;
}

export interface NewEntry extends Omit<EntryFacts, 'parent' | 'children'> {
  /** Index in `entries` of the parent; null for the main-entry. */
  readonly parentIndex: number | null;
}

/** A message's octets, read back: windows on a buffer that later turns of the event loop reuse. */
export interface StoredMessage {
  readonly envelope: Uint8Array;
  readonly content: Uint8Array | null;
}

/** Which entries, by what the index can tell without looking at each. */
export interface ScanOptions {
  /** Ends included; null is open. */
  readonly from: number | null;
  readonly to: number | null;
  /** Child-entries too; otherwise main-entries only. */
  readonly includesChildren: boolean;
  /** Only these statuses; segments without any are stepped over. */
  readonly statuses: readonly RetrievalStatus[] | null;
  /** Rows whose numbers lie in all of these. */
  readonly ranges?: readonly ColumnRange[];
  /**
   * Bits of `signatureOfText` of index/subject-signature for a part of a subject: what cannot hold
   * it is left out. What is yielded still has to be compared.
   */
  readonly subjectSignature?: number;
}

/** Numbers that a scan compares without making an entry of the row. */
export type IndexedColumn =
  | 'priority'
  | 'precedence'
  | 'contentLength'
  | 'creationTime'
  | 'entryType';

/** Ends included. What is absent is -1, and in no range that begins at 0. */
export interface ColumnRange {
  readonly column: IndexedColumn;
  readonly from: number;
  readonly to: number;
}

/** Entries, and the box that has them. */
export interface EntriesOf {
  readonly mailbox: Mailbox;
  readonly entries: readonly Entry[];
}

/** One box of a mailbox. Reads are synchronous and see every committed change. */
export interface Mailbox {
  readonly id: BoxId;
  /** Main-entries. */
  readonly count: number;
  countOf(status: RetrievalStatus): number;
  /** Null where there is none, or where a delete is on its way to the journal. */
  entry(sequence: number): Entry | null;
  /** Ascending; lazily, so that a limit stops the scan. Not to be kept across a change. */
  scan(options: ScanOptions): IterableIterator<Entry>;
  /** Lowest and highest number among main-entries; null when empty. */
  span(): readonly [SequenceNumber, SequenceNumber] | null;
  /** Main-entries of a box of the same mailbox that have this cached value, with that box. */
  entriesWith(box: BoxName, attribute: CachedAttribute, value: Uint8Array): EntriesOf;
  /** The octets of the message that a main-entry or child belongs to. Throws DamageError. */
  read(sequence: SequenceNumber): StoredMessage;
}

export type CommitOutcome =
  | { readonly kind: 'committed' }
  /**
   * Nothing of it is stored, and the store takes no changes for now: disk full or a failed sync.
   */
  | { readonly kind: 'unavailable'; readonly detail: string };

/** Names a submission that is on its way to the MTS: 32 hexadecimal digits. */
export type SubmissionKey = Brand<string, 'SubmissionKey'>;

export interface DeliveryOutcome {
  readonly outcome: CommitOutcome;
  /** The main-entry's number: of the first storing, where it was a repetition. */
  readonly sequence: SequenceNumber | null;
  readonly isRepetition: boolean;
}

/** What an index check did. Numbers of messages, where nothing else is said. */
export interface CheckReport {
  readonly mailboxes: number;
  /** Boxes that the snapshot did not have; they were read from their files. */
  readonly rebuiltMailboxes: number;
  readonly rebuiltMessages: number;
  /** Compared one by one. */
  readonly messages: number;
  /** Files without an entry. */
  readonly added: number;
  /** Entries without a file. */
  readonly removed: number;
  /** Entries whose status was not that of the name. */
  readonly restated: number;
  readonly damaged: number;
  readonly milliseconds: number;
}

/** What a scrub read. */
export interface ScrubReport {
  readonly messages: number;
  readonly bytes: number;
  readonly damaged: number;
}

/**
 * The store of one shard. Changes are staged, journalled together (one sync for all that gathered),
 * applied to the index, and only then reported: `done` runs after the change is durable.
 */
export interface ShardStore {
  /**
   * Wakes a mailbox with all its boxes of messages, and where `hasLogs` with its logs: to be called
   * before the requests for it. Null where it is awake on return; else it is when that resolves,
   * for a large one without a snapshot is read file by file.
   */
  prepare(id: MailboxId, hasLogs?: boolean): Promise<void> | null;
  /** The box; made when it does not exist. */
  mailbox(id: BoxId): Mailbox;
  /** Of these boxes of one mailbox, as one, those that there are; the in box there always is. */
  boxes(ids: readonly BoxId[]): Mailbox;
  deliver(id: BoxId, message: NewMessage, done: (outcome: DeliveryOutcome) => void): void;
  /**
   * A message that is about to be submitted, of which a copy is to be kept in that box. Once this
   * is done, the message will be in the box whatever comes: as it is now, where the store ends
   * before {@link settleSubmission} is called, or a copy is delivered that has the key as its
   * delivery identifier.
   */
  beginSubmission(
    id: BoxId,
    message: NewMessage,
    done: (outcome: CommitOutcome, key: SubmissionKey | null) => void,
  ): void;
  /** The MTS has not taken it: no copy is kept. Needs no waiting. */
  settleSubmission(key: SubmissionKey): void;
  /** Main-entries with all that descends from them. Entries are gone from sight at once. */
  remove(
    id: BoxId,
    mainEntries: readonly SequenceNumber[],
    done: (outcome: CommitOutcome) => void,
  ): void;
  /** Takes effect at once, is journalled with the next batch, and needs no waiting. */
  markConveyed(id: BoxId, changes: readonly StatusChange[]): void;
  /** Sets statuses, back too. Seen at once, and undone where the journal does not take it. */
  restate(
    id: BoxId,
    changes: readonly StatusChange[],
    done: (outcome: CommitOutcome) => void,
  ): void;
  /** What the mailbox's owner has registered, as {@link register} last stored it; null: nothing. */
  registrations(id: MailboxId): Uint8Array | null;
  /** Replaces the registrations by octets that the store does not look into. */
  register(id: MailboxId, octets: Uint8Array, done: (outcome: CommitOutcome) => void): void;
  /** Starts the journal's next batch when none is on its way. Called once a turn. */
  flush(): void;
  /** Files written and synced, snapshot flushed, journal recycled. */
  checkpoint(): Promise<void>;
  /**
   * Compares index and files, in slices, while everything goes on; repairs and reports. Null where
   * the store was closed meanwhile.
   */
  check(onProgress?: (mailboxes: number, messages: number) => void): Promise<CheckReport | null>;
  /** Reads every message file and verifies it; what is damaged is set aside. Octets a second. */
  scrub(bytesPerSecond: number): Promise<ScrubReport>;
  /** Lets mailboxes sleep that nobody has touched for a while. Runs by itself as well. */
  sweep(): void;
  statistics(): ShardStatistics;
  /** Checkpoint, then everything closed. The journal is empty after it. */
  close(): Promise<void>;
}

/** By what is conveyed a status only grows, and conveyed bits only add up. */
export interface StatusChange {
  readonly sequence: SequenceNumber;
  readonly status: RetrievalStatus;
  readonly conveyed: number;
  /** The owner of the mailbox says so: both become what stands here, whatever they were. */
  readonly isSet?: boolean;
}
