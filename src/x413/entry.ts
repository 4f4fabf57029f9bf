/**
 * What every entry has. Source: X.413 (1999), modules MSAbstractService, MSUpperBounds.
 */
import type { Oid } from '../asn1/primitive.js';
import { assert } from '../base/assert.js';
import type { Brand } from '../base/brand.js';
import { SEQUENCE_NUMBER_MAX } from '../limits.js';

/**
 * An entry's number within its mailbox: an integer in 1..SEQUENCE_NUMBER_MAX.
 * Zero is legal on the wire, but we number from one and never store it.
 */
export type SequenceNumber = Brand<number, 'SequenceNumber'>;

/** Mints a number. Throws InvariantError out of range: check a peer's number before you mint it. */
export function sequenceNumber(value: number): SequenceNumber {
  assert(Number.isInteger(value), 'a sequence number is an integer');
  assert(1 <= value && value <= SEQUENCE_NUMBER_MAX, 'a sequence number is in 1..ub-messages');
  return value as SequenceNumber;
}

export type RetrievalStatus = 'new' | 'listed' | 'processed';

/** RetrievalStatus on the wire, and the order in which it grows by what is conveyed. */
export const RETRIEVAL_STATUS = { new: 0, listed: 1, processed: 2 } as const;

/** EntryType on the wire. Those from submitted-message on are of 1994. */
export const ENTRY_TYPE = {
  'delivered-message': 0,
  'delivered-report': 1,
  'returned-content': 2,
  'submitted-message': 3,
  'submitted-probe': 4,
  'draft-message': 5,
  'auto-action-event': 6,
} as const;
export type EntryType = keyof typeof ENTRY_TYPE;

/**
 * The attributes that the index keeps: asking for one of these opens no file. FROZEN: the numbers
 * stand in message files. Add to them; never change one. Values are whole BER elements in the form
 * of the attribute's own syntax (X.413 11); whoever makes an entry puts in all that it has. A
 * subject of no octets stands for one that is longer than SUBJECT_INDEXED_BYTES_MAX.
 */
export const CACHED_ATTRIBUTE = {
  originatorName: 1,
  subject: 2,
  messageIdentifier: 3,
  subjectSubmissionIdentifier: 4,
  messageDeliveryTime: 5,
  messageSubmissionTime: 6,
  contentIdentifier: 7,
  thisRecipientName: 8,
  ipmEntryType: 9,
} as const;
export type CachedAttribute = (typeof CACHED_ATTRIBUTE)[keyof typeof CACHED_ATTRIBUTE];

/** Cached values of one entry, by attribute. */
export interface CachedValues extends Iterable<readonly [CachedAttribute, Uint8Array]> {
  get(attribute: CachedAttribute): Uint8Array | undefined;
}

/** What the index knows of one entry. Numbers where filters compare, octets where lists copy. */
export interface EntryFacts {
  readonly entryType: EntryType;
  /** 0 for a main-entry. */
  readonly parent: number;
  /** Sequence numbers of the direct children, ascending. */
  readonly children: readonly SequenceNumber[];
  /** X.411 Priority as on the wire: 0 normal, 1 non-urgent, 2 urgent; -1 absent. */
  readonly priority: number;
  /** MMHSPrecedence of a military message, primary: 0 deferred to 5 override; -1 absent. */
  readonly precedence: number;
  /** Octets of the content; -1 absent. */
  readonly contentLength: number;
  /** Dotted OID; empty where absent. */
  readonly contentType: string;
  /** Seconds since 1970; creation time of the entry. */
  readonly creationTime: number;
  /** TRUE, FALSE, or null where the attribute does not exist. */
  readonly contentReturned: boolean | null;
  /** How many parts must be conveyed before it counts as processed: bit 0 heading, bit n part n. */
  readonly partCount: number;
  /** Attribute values as encoded octets. */
  readonly cached: CachedValues;
  /** Where a child's content stands: offset and length within the main-entry's content, or null. */
  readonly contentRange: readonly [offset: number, length: number] | null;
}

/** An entry as the index has it now. */
export interface Entry extends EntryFacts {
  readonly sequence: SequenceNumber;
  readonly status: RetrievalStatus;
  /**
   * Bit 0: heading conveyed; bit n: body part n conveyed (parts beyond 30 share bit 30). 0 once the
   * entry is processed.
   */
  readonly conveyed: number;
}

/** Body parts from this one on share the last bit of `conveyed`. */
export const CONVEYED_PART_SHARED = 30;

/** The bit of `conveyed` that tells of a body part, counting from one; of the heading: 0. */
export function conveyedBit(part: number): number {
  return 1 << Math.min(part, CONVEYED_PART_SHARED);
}

/** An entry with the octets behind it, as attributes are derived from it. */
export interface EntrySource {
  readonly entry: Entry;
  /**
   * Of a delivered message: the MessageDeliveryArgument of X.411 without its content, that is a
   * SEQUENCE of identifier, time and other-fields. Of a report: the whole ReportDeliveryArgument
   * without returned-content. Of a submitted message, a probe or a draft: a SEQUENCE of the
   * submission envelope and, where it was submitted, the result that the MTS has given. Opens the
   * message file where it is not in memory; throws DamageError.
   */
  envelope(): Uint8Array;
  /** The entry's own content: of a forwarded message, the InformationObject around it. */
  content(): Uint8Array | null;
  /** Another entry of the same tree: a parent or child. Null where there is none of that number. */
  related(sequence: number): EntrySource | null;
  /** Reports in the mailbox about the submission of this identifier, one whole MTSIdentifier. */
  reportsAbout(identifier: Uint8Array): readonly EntrySource[];
  /** The submission of this identifier that the mailbox keeps; null where it keeps none. */
  submittedAs(identifier: Uint8Array): EntrySource | null;
  /** Of a log: when the message was deleted, seconds since 1970; absent or null: it was not. */
  deletionTime?(): number | null;
  /** The values that the user has given the entry with Modify. */
  marks(type: Oid): readonly Uint8Array[];
}
