/**
 * What a store was asked and what it answered, and the judgement of a store against it. Knows
 * nothing of files: whatever stands behind the contract is held to the same promises.
 *
 * - What was acknowledged is there once, with its octets and its numbers, until its removal is asked.
 * - What was removed, acknowledged, stays gone; what was seen to be gone stays gone.
 * - A delivery that was not acknowledged is there whole, or not at all.
 * - A submission that has begun is there when the store is opened anew, unless it was settled.
 * - A number never means two entries, in whatever box, and a new one is above all ever seen.
 * - A status is never ahead of what was conveyed; one that was set, acknowledged, is there, or what
 *   was conveyed since.
 */
import { type BoxId, boxName, mailboxOf } from '../../src/store/box.js';
import type { Mailbox, NewMessage } from '../../src/store/contract.js';
import {
  RETRIEVAL_STATUS,
  type RetrievalStatus,
  type SequenceNumber,
} from '../../src/x413/entry.js';

export interface Fact {
  readonly id: string;
  readonly mailbox: BoxId;
  readonly message: NewMessage;
  /**
   * `refused`: not to be seen, but after a cut it may turn out to have reached the disk.
   * `absent`: seen not to be there, for ever.
   */
  state: 'offered' | 'present' | 'refused' | 'absent';
  isRemovalAsked: boolean;
  /** Of a submission: where the store ends before it is stored, the next one stores it. */
  isBegun: boolean;
  /** Main-entry's number; null until it was told or seen. */
  sequence: SequenceNumber | null;
  /** The number under which it was, when it was removed last. */
  removedSequence: SequenceNumber | null;
  /** The greatest that was conveyed, or set. */
  status: RetrievalStatus;
  /** What was set last, acknowledged: it is never behind that. */
  least: RetrievalStatus;
  /** What is being set, and the greatest that was conveyed since. */
  setting: { readonly to: RetrievalStatus; since: RetrievalStatus } | null;
}

/** What is asked of a mailbox under test. */
export type TestedMailbox = Pick<Mailbox, 'id' | 'count' | 'entry' | 'scan' | 'read'>;

const greater = (a: RetrievalStatus, b: RetrievalStatus) =>
  RETRIEVAL_STATUS[a] > RETRIEVAL_STATUS[b] ? a : b;

const ALL = { from: null, to: null, includesChildren: true, statuses: null };

/** Messages under judgement carry their identity at the front of their envelope. */
export function identityOf(envelope: Uint8Array): string {
  const text = Buffer.from(envelope).toString('latin1');
  return text.slice(0, Math.max(0, text.indexOf('|')));
}

const isSame = (a: Uint8Array | null, b: Uint8Array | null) =>
  a === null || b === null ? a === b : Buffer.compare(a, b) === 0;

export class Ledger {
  readonly facts = new Map<string, Fact>();
  /** By mailbox and number: which entry of which message it was ever seen to mean. */
  readonly #meaning = new Map<string, string>();
  readonly #highest = new Map<string, number>();
  acknowledged = 0;

  clone(): Ledger {
    const copy = new Ledger();
    for (const [id, fact] of this.facts) copy.facts.set(id, { ...fact });
    for (const [key, meaning] of this.#meaning) copy.#meaning.set(key, meaning);
    for (const [id, highest] of this.#highest) copy.#highest.set(id, highest);
    copy.acknowledged = this.acknowledged;
    return copy;
  }

  offer(id: string, mailbox: BoxId, message: NewMessage): Fact {
    const fact: Fact = this.facts.get(id) ?? {
      id,
      mailbox,
      message,
      state: 'offered',
      isRemovalAsked: false,
      isBegun: false,
      sequence: null,
      removedSequence: null,
      status: 'new',
      least: 'new',
      setting: null,
    };
    if (fact.state !== 'present') {
      fact.state = 'offered';
      fact.status = 'new';
      fact.least = 'new';
      fact.setting = null;
    }
    this.facts.set(id, fact);
    return fact;
  }

  /** A delivery was acknowledged with this number. */
  delivered(fact: Fact, sequence: SequenceNumber | null, isRepetition: boolean): string[] {
    this.acknowledged += 1;
    if (sequence === null) return [`${fact.id}: acknowledged without a number`];
    // It repeats what was delivered and has been removed since.
    if (isRepetition && (fact.state === 'absent' || fact.removedSequence === sequence)) {
      fact.state = 'absent';
      return [];
    }
    const highest = this.#highest.get(mailboxOf(fact.mailbox)) ?? 0;
    const isKnown = fact.sequence === sequence;
    fact.state = 'present';
    fact.isBegun = false;
    fact.sequence = sequence;
    const faults = isKnown ? [] : this.#seen(fact, sequence);
    if (!isRepetition && !isKnown && sequence <= highest)
      faults.push(`${fact.id}: got number ${sequence}, but ${highest} was seen before`);
    return faults;
  }

  refused(fact: Fact): void {
    if (fact.state === 'offered') fact.state = 'refused';
  }

  removed(fact: Fact): void {
    fact.state = 'absent';
    fact.isRemovalAsked = false;
    fact.removedSequence = fact.sequence;
    fact.sequence = null;
  }

  conveyed(fact: Fact, status: RetrievalStatus): void {
    fact.status = greater(fact.status, status);
    if (fact.setting !== null) fact.setting.since = greater(fact.setting.since, status);
  }

  /** One at a time. */
  setting(fact: Fact, to: RetrievalStatus): void {
    fact.setting = { to, since: to };
  }

  /** The store has answered; `isSet` null: it never will, and what became of it is not known. */
  settled(fact: Fact, isSet: boolean | null): void {
    if (fact.setting === null) return;
    const { to, since } = fact.setting;
    fact.status = isSet === true ? since : greater(fact.status, since);
    // One that was refused may yet have reached the disk.
    if (isSet === true || greater(fact.least, to) === fact.least) fact.least = to;
    fact.setting = null;
  }

  /** What came from an MTA, which may send it again. */
  received(): Fact[] {
    return [...this.facts.values()].filter(({ mailbox }) => boxName(mailbox) === 'in');
  }

  /** Whether there are messages of which it is not known whether they are there. */
  isUndecided(mailbox: BoxId): boolean {
    return [...this.facts.values()].some(
      (fact) => fact.mailbox === mailbox && (fact.state === 'offered' || fact.state === 'refused'),
    );
  }

  /** What may be asked of the store next: there, and not on its way out. */
  present(mailbox: BoxId): Fact[] {
    return [...this.facts.values()].filter(
      (fact) => fact.mailbox === mailbox && fact.state === 'present' && !fact.isRemovalAsked,
    );
  }

  /**
   * Holds a mailbox against what was told. `isReborn`: the store was opened anew, so that what was
   * on its way is decided now, for ever.
   */
  judge(mailbox: TestedMailbox, isReborn: boolean): string[] {
    const found = new Map<string, number>();
    const faults = this.#judgeEntries(mailbox, found);
    for (const fact of this.facts.values()) {
      if (fact.mailbox !== mailbox.id) continue;
      const isFound = found.has(fact.id);
      if (!isFound && fact.state === 'present' && !fact.isRemovalAsked)
        faults.push(`${fact.id}: acknowledged as ${fact.sequence} and lost`);
      if (isFound && (fact.state === 'absent' || (fact.state === 'refused' && !isReborn)))
        faults.push(`${fact.id}: was gone or refused and is there`);
      if (!isReborn) continue;
      this.settled(fact, null);
      if (!isFound && fact.isBegun && !fact.isRemovalAsked)
        faults.push(`${fact.id}: had begun and is lost`);
      fact.isBegun = false;
      fact.state = isFound ? 'present' : 'absent';
      fact.isRemovalAsked = false;
      if (!isFound) fact.sequence = null;
    }
    if (mailbox.count !== found.size) faults.push(`count is ${mailbox.count}, not ${found.size}`);
    return faults;
  }

  #judgeEntries(mailbox: TestedMailbox, found: Map<string, number>): string[] {
    const faults: string[] = [];
    for (const entry of mailbox.scan(ALL)) {
      if (entry.parent !== 0) continue;
      const { sequence, status } = entry;
      let id: string;
      try {
        const { envelope, content } = mailbox.read(sequence);
        id = identityOf(envelope);
        const message = this.facts.get(id)?.message;
        if (message === undefined) faults.push(`${sequence}: nobody sent it`);
        else if (!isSame(message.envelope, envelope) || !isSame(message.content, content))
          faults.push(`${id}: other octets`);
      } catch (error) {
        faults.push(`${mailbox.id}/${sequence}: ${(error as Error).message}`);
        continue;
      }
      const fact = this.facts.get(id);
      if (fact === undefined) continue;
      if (found.has(id)) faults.push(`${id}: there twice, ${found.get(id)} and ${sequence}`);
      found.set(id, sequence);
      if (fact.state === 'present' && fact.sequence !== null && fact.sequence !== sequence)
        faults.push(`${id}: was number ${fact.sequence}, is ${sequence}`);
      const { setting } = fact;
      const most = greater(fact.status, setting?.since ?? 'new');
      const isBehind = greater(fact.least, status) !== status && setting?.to !== status;
      if (greater(most, status) !== most)
        faults.push(`${id}: is ${status}, but was at most ${most}`);
      if (isBehind) faults.push(`${id}: is ${status}, but was set to ${fact.least}`);
      fact.sequence = sequence;
      faults.push(...this.#seen(fact, sequence));
      for (const [i] of fact.message.entries.entries())
        if (mailbox.entry(sequence + i) === null) faults.push(`${id}: entry ${i} is missing`);
    }
    return faults;
  }

  #seen({ id, mailbox, message }: Fact, sequence: number): string[] {
    const faults: string[] = [];
    for (const [i] of message.entries.entries()) {
      const key = `${mailboxOf(mailbox)}/${sequence + i}`;
      const meaning = `${id}.${i}`;
      const before = this.#meaning.get(key) ?? meaning;
      if (before !== meaning) faults.push(`${key}: meant ${before} and now means ${meaning}`);
      this.#meaning.set(key, meaning);
    }
    const last = sequence + message.entries.length - 1;
    const owner = mailboxOf(mailbox);
    this.#highest.set(owner, Math.max(this.#highest.get(owner) ?? 0, last));
    return faults;
  }
}
