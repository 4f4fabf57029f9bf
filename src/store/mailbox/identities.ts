/**
 * Sequence numbers by a hash of the delivery identifier, so that a repeated delivery is found in a
 * mailbox of any size. Eight octets an entry, and only in mailboxes that get deliveries.
 *
 * Invariant: every live row that has an identity is in the table; numbers that are gone may be too.
 *
 * Source: ours.
 */
import { crcOf } from '../disk/crc.js';
import type { MailboxIndex } from '../index/mailbox-index.js';

const TABLE_MIN = 16;

/** Never 0, which says that there is none. */
export function identityOf(identifier: Uint8Array | null): number {
  return identifier === null ? 0 : crcOf([identifier]) || 1;
}

/** Sequence numbers by identity: an open table, two places an entry. */
export class Identities {
  readonly #index: MailboxIndex;
  #table = new Uint32Array(TABLE_MIN);
  #used = 0;

  constructor(index: MailboxIndex) {
    this.#index = index;
    this.#rebuild();
  }

  add(identity: number, sequence: number): void {
    if (2 * this.#used >= this.#table.length) this.#rebuild();
    this.#put(identity, sequence);
  }

  /** The first that is the same; 0 where there is none. Numbers that are gone are stepped over. */
  find(identity: number, isSame: (sequence: number) => boolean): number {
    const mask = this.#table.length - 1;
    for (let at = identity & mask; this.#table[at] !== 0; at = (at + 1) & mask) {
      const sequence = this.#table[at] ?? 0;
      if (this.#index.identityOf(sequence) === identity && isSame(sequence)) return sequence;
    }
    return 0;
  }

  #rebuild(): void {
    let size = TABLE_MIN;
    while (size < 4 * this.#index.entries) size *= 2;
    this.#table = new Uint32Array(size);
    this.#used = 0;
    for (const [sequence, identity] of this.#index.identities()) this.#put(identity, sequence);
  }

  #put(identity: number, sequence: number): void {
    const mask = this.#table.length - 1;
    let at = identity & mask;
    while (this.#table[at] !== 0) at = (at + 1) & mask;
    this.#table[at] = sequence;
    this.#used += 1;
  }
}
