/**
 * What the journal holds and the files do not show yet: messages without a file, names that are to
 * change, files that are to go. A message that goes before it has a file leaves no work at all.
 *
 * Invariant: in each queue work stands in the order of the journal, so that all records below
 * {@link Backlog.oldestLsn} are in the files. What was joined to earlier work keeps its place.
 *
 * Source: ours.
 */

import type { RetrievalStatus, SequenceNumber } from '../../x413/entry.js';
import { type BoxId, statusAtCreation } from '../box.js';

/** Where images lie: a segment of the journal. */
export interface ImageHolder {
  readonly path: string;
  /** Throws what the disk throws. */
  read(at: number, bytes: number): Uint8Array;
}

/** A whole message file, in the journal. */
export interface Image {
  readonly segment: ImageHolder;
  readonly at: number;
  readonly bytes: number;
}

/** `new`: files to write. `change`: names to change or remove. `again`: what a sync has lost. */
type Kind = 'new' | 'change' | 'again';

export interface Work {
  readonly kind: Kind;
  readonly id: BoxId;
  readonly sequence: SequenceNumber;
  /** No record below it asked for this. */
  readonly lsn: number;
  /** By the monotonic clock. */
  readonly sinceMs: number;
  /** Null where the file that is there is the right one. */
  readonly image: Image | null;
  /** As the file is named now; null where there is none yet, `any` where that is in doubt. */
  from: RetrievalStatus | 'any' | null;
  /** As it is to be named; null where it is to go. */
  to: RetrievalStatus | null;
  isDone: boolean;
}

/** First in, first out; what was done out of turn is stepped over. */
class Queue {
  #works: Work[] = [];
  #first = 0;

  push(work: Work): void {
    this.#works.push(work);
  }

  head(): Work | null {
    while (this.#works[this.#first]?.isDone === true) this.#first += 1;
    if (this.#first > 1_024 && 2 * this.#first > this.#works.length) {
      this.#works = this.#works.slice(this.#first);
      this.#first = 0;
    }
    return this.#works[this.#first] ?? null;
  }
}

export class Backlog {
  readonly #works = new Map<BoxId, Map<number, Work>>();
  readonly #queues = { new: new Queue(), change: new Queue(), again: new Queue() };
  /** Work of every kind. */
  count = 0;
  /** Messages without a right file, and their octets. */
  messages = 0;
  bytes = 0;
  /** Messages that went before they had a file. */
  spared = 0;

  get(id: BoxId, sequence: number): Work | null {
    return this.#works.get(id)?.get(sequence) ?? null;
  }

  /** Whether a message may rightly have no file: it is to be written, or to go. */
  isFileless(id: BoxId, sequence: number): boolean {
    const work = this.get(id, sequence);
    return work !== null && (work.image !== null || work.to === null);
  }

  /** Whether the files do not show all of the mailbox. */
  has(id: BoxId): boolean {
    return this.#works.has(id);
  }

  /** The first of its kind; null where there is none. */
  head(kind: Kind): Work | null {
    return this.#queues[kind].head();
  }

  /** The oldest message of a mailbox that has no file; null where it has none. */
  firstNewOf(id: BoxId): Work | null {
    for (const work of this.#works.get(id)?.values() ?? []) if (work.kind === 'new') return work;
    return null;
  }

  /** All records below it are in the files; null where all are. */
  oldestLsn(): number | null {
    const heads = [this.head('new'), this.head('change'), this.head('again')];
    const lsns = heads.flatMap((work) => (work === null ? [] : [work.lsn]));
    return lsns.length === 0 ? null : Math.min(...lsns);
  }

  /** A message that has no file. */
  create(id: BoxId, sequence: SequenceNumber, image: Image, lsn: number, sinceMs: number): void {
    const to = statusAtCreation(id);
    this.#add({ kind: 'new', id, sequence, lsn, sinceMs, image, from: null, to });
  }

  rename(
    id: BoxId,
    sequence: SequenceNumber,
    names: { readonly from: RetrievalStatus; readonly to: RetrievalStatus },
    lsn: number,
    sinceMs: number,
  ): void {
    const work = this.get(id, sequence);
    const { from, to } = names;
    if (work !== null) work.to = to;
    else this.#add({ kind: 'change', id, sequence, lsn, sinceMs, image: null, from, to });
  }

  remove(
    id: BoxId,
    sequence: SequenceNumber,
    from: RetrievalStatus,
    lsn: number,
    sinceMs: number,
  ): void {
    const work = this.get(id, sequence);
    if (work !== null && work.from === null) {
      this.done(work);
      this.spared += 1;
      return;
    }
    // A name that was to change is removed as it is, in the turn of the change.
    if (work !== null && work.image === null) {
      work.to = null;
      return;
    }
    if (work !== null) this.done(work);
    const names = { from: work?.from ?? from, to: null };
    this.#add({ kind: 'change', id, sequence, lsn, sinceMs, image: null, ...names });
  }

  /** Before all that a failed sync may have lost is asked for again, in the journal's order. */
  beginAgain(): void {
    for (let work = this.head('again'); work !== null; work = this.head('again')) this.done(work);
  }

  /** A file that is to be written anew, for nobody knows whether it is on disk. */
  createAgain(
    id: BoxId,
    sequence: SequenceNumber,
    image: Image,
    lsn: number,
    to: RetrievalStatus,
  ): void {
    const work = this.get(id, sequence);
    if (work?.kind === 'new' || work?.to === null) return;
    if (work !== null) this.done(work);
    this.#add({ kind: 'again', id, sequence, lsn, sinceMs: 0, image, from: 'any', to });
  }

  /** A file that is to bear this name, whatever it is called now. */
  renameAgain(id: BoxId, sequence: SequenceNumber, lsn: number, to: RetrievalStatus): void {
    const work = this.get(id, sequence);
    if (work !== null) work.to = to;
    else this.#add({ kind: 'again', id, sequence, lsn, sinceMs: 0, image: null, from: 'any', to });
  }

  /** A file that is to be removed once more. */
  removeAgain(id: BoxId, sequence: SequenceNumber, lsn: number): void {
    const work = this.get(id, sequence);
    if (work !== null) this.done(work);
    const names = { from: 'any', to: null } as const;
    this.#add({ kind: 'again', id, sequence, lsn, sinceMs: 0, image: null, ...names });
  }

  done(work: Work): void {
    if (work.isDone) return;
    work.isDone = true;
    const mailbox = this.#works.get(work.id);
    mailbox?.delete(work.sequence);
    if (mailbox?.size === 0) this.#works.delete(work.id);
    this.count -= 1;
    if (work.image === null) return;
    this.messages -= 1;
    this.bytes -= work.image.bytes;
  }

  #add(facts: Omit<Work, 'isDone'>): void {
    const { kind, id, sequence, lsn, sinceMs, image, from, to } = facts;
    const work: Work = { kind, id, sequence, lsn, sinceMs, image, from, to, isDone: false };
    this.#queues[work.kind].push(work);
    const mailbox = this.#works.get(work.id);
    if (mailbox === undefined) this.#works.set(work.id, new Map([[work.sequence, work]]));
    else mailbox.set(work.sequence, work);
    this.count += 1;
    if (work.image === null) return;
    this.messages += 1;
    this.bytes += work.image.bytes;
  }
}
