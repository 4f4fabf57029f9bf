/**
 * Main-entries of a box by the value of one cached attribute: made when somebody asks, and anew
 * when the box has changed since. So it costs nothing where nobody asks.
 *
 * Source: ours.
 */
import type { CachedAttribute, SequenceNumber } from '../x413/entry.js';
import type { MailboxIndex } from './index/mailbox-index.js';

const MAINS = { from: null, to: null, includesChildren: false, statuses: null };

export class CachedLookup {
  readonly #attribute: CachedAttribute;
  #numbers = new Map<string, SequenceNumber[]>();
  /** What the index was when it was made: a number is never given twice. */
  #index: MailboxIndex | null = null;
  #entries = 0;
  #highest = 0;

  constructor(attribute: CachedAttribute) {
    this.#attribute = attribute;
  }

  /** Ascending. A number may be of an entry that is gone. */
  find(index: MailboxIndex, value: Uint8Array): readonly SequenceNumber[] {
    const { entries, highest } = index;
    const isMade = this.#index === index && this.#entries === entries && this.#highest === highest;
    if (!isMade) {
      this.#index = index;
      this.#entries = entries;
      this.#highest = highest;
      this.#make(index);
    }
    return this.#numbers.get(keyOf(value)) ?? [];
  }

  #make(index: MailboxIndex): void {
    this.#numbers = new Map();
    for (const { sequence, cached } of index.scan(MAINS)) {
      const value = cached.get(this.#attribute);
      if (value === undefined) continue;
      const key = keyOf(value);
      const known = this.#numbers.get(key);
      if (known === undefined) this.#numbers.set(key, [sequence]);
      else known.push(sequence);
    }
  }
}

function keyOf(value: Uint8Array): string {
  return Buffer.from(value.buffer, value.byteOffset, value.length).toString('latin1');
}
