/**
 * One row as an entry. Numbers are taken when it is made; values and children when they are asked
 * for, which lists of a few numbers never do.
 *
 * Source: ours.
 */
import type {
  CachedAttribute,
  CachedValues,
  Entry,
  EntryType,
  RetrievalStatus,
  SequenceNumber,
} from '../../x413/entry.js';
import { sequenceNumber } from '../../x413/entry.js';
import type { Segment } from './segment.js';

/** By their number in the columns. */
export const STATUSES: readonly RetrievalStatus[] = ['new', 'listed', 'processed'];

export class IndexEntry implements Entry, CachedValues {
  readonly sequence: SequenceNumber;
  readonly status: RetrievalStatus;
  readonly parent: number;
  readonly entryType: EntryType;
  readonly priority: number;
  readonly precedence: number;
  readonly contentLength: number;
  readonly contentType: string;
  readonly creationTime: number;
  readonly contentReturned: boolean | null;
  readonly partCount: number;
  readonly conveyed: number;
  readonly #segment: Segment;
  readonly #row: number;
  readonly #generation: number;
  readonly #childrenOf: (entry: Entry) => readonly SequenceNumber[];

  constructor(
    segment: Segment,
    row: number,
    childrenOf: (entry: Entry) => readonly SequenceNumber[],
  ) {
    this.#segment = segment;
    this.#row = row;
    this.#generation = segment.generation;
    this.#childrenOf = childrenOf;
    this.sequence = sequenceNumber(segment.sequenceAt(row));
    this.status = STATUSES[segment.statusAt(row)] ?? 'new';
    const facts = segment.factsAt(row);
    this.parent = facts.parent;
    this.entryType = facts.entryType;
    this.priority = facts.priority;
    this.precedence = facts.precedence;
    this.contentLength = facts.contentLength;
    this.contentType = facts.contentType;
    this.creationTime = facts.creationTime;
    this.contentReturned = facts.contentReturned;
    this.partCount = facts.partCount;
    this.conveyed = facts.conveyed;
  }

  get children(): readonly SequenceNumber[] {
    return this.#childrenOf(this);
  }

  get cached(): CachedValues {
    return this;
  }

  get contentRange(): readonly [offset: number, length: number] | null {
    return this.#segment.contentRangeAt(this.#rowNow());
  }

  get(attribute: CachedAttribute): Uint8Array | undefined {
    return this.#segment.cachedAt(this.#rowNow(), attribute);
  }

  [Symbol.iterator](): IterableIterator<readonly [CachedAttribute, Uint8Array]> {
    return this.#segment.allCachedAt(this.#rowNow());
  }

  /** Rows move when a segment is compacted; a row that is gone then has no values. */
  #rowNow(): number {
    if (this.#segment.generation === this.#generation) return this.#row;
    const row = this.#segment.lowerBound(this.sequence);
    return this.#segment.sequenceAt(row) === this.sequence ? row : this.#segment.length;
  }
}
