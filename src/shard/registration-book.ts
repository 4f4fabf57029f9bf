/**
 * The registrations of a shard's mailboxes: read from the store once, and changed as a whole.
 *
 * A change is seen at once and reported when it is durable; one that the store could not take is
 * undone. Changes of one mailbox follow one another: none is lost.
 *
 * Source: ours.
 */
import type { MailboxId } from '../engine/mailbox-id.js';
import type { CommitOutcome, ShardStore } from '../store/contract.js';
import {
  NO_REGISTRATIONS,
  packRegistrations,
  type Registrations,
  unpackRegistrations,
} from './registrations.js';

export class RegistrationBook {
  readonly #store: ShardStore;
  readonly #known = new Map<MailboxId, Registrations>();

  constructor(store: ShardStore) {
    this.#store = store;
  }

  /** Throws DamageError. */
  of(mailbox: MailboxId): Registrations {
    const known = this.#known.get(mailbox);
    if (known !== undefined) return known;
    const octets = this.#store.registrations(mailbox);
    const read = octets === null ? NO_REGISTRATIONS : unpackRegistrations(octets);
    this.#known.set(mailbox, read);
    return read;
  }

  change(
    mailbox: MailboxId,
    change: Partial<Registrations>,
    done: (outcome: CommitOutcome) => void,
  ): void {
    const next = { ...this.of(mailbox), ...change };
    this.#known.set(mailbox, next);
    this.#store.register(mailbox, packRegistrations(next), (outcome) => {
      if (outcome.kind !== 'committed') this.#known.delete(mailbox);
      done(outcome);
    });
  }
}
