/**
 * The registrations of a shard's mailboxes: read from the store when asked for, and changed
 * as a whole. Those that were asked for last stay in memory, up to a bound.
 *
 * A change is seen at once and reported when it is durable; one that the store could not take is
 * undone. Changes of one mailbox follow one another: none is lost.
 *
 * Source: ours.
 */
import type { MailboxId } from '../engine/mailbox-id.js';
import { REGISTRATIONS_REMEMBERED_BYTES_MAX } from '../limits.js';
import type { CommitOutcome, ShardStore } from '../store/contract.js';
import {
  NO_REGISTRATIONS,
  packRegistrations,
  type Registrations,
  unpackRegistrations,
} from './registrations.js';

/** What a mailbox without any costs: its place in the table. */
const ENTRY_BYTES = 200;

interface Known {
  readonly value: Registrations;
  /** Of the form in the store, which memory follows. */
  readonly bytes: number;
  /** Changes on their way to the store, which does not know of them yet. */
  changing: number;
}

export class RegistrationBook {
  readonly #store: Pick<ShardStore, 'registrations' | 'register'>;
  readonly #bytesMax: number;
  /** What was asked for last stands last. */
  readonly #known = new Map<MailboxId, Known>();
  #bytes = 0;

  constructor(
    store: Pick<ShardStore, 'registrations' | 'register'>,
    bytesMax = REGISTRATIONS_REMEMBERED_BYTES_MAX,
  ) {
    this.#store = store;
    this.#bytesMax = bytesMax;
  }

  /** Throws DamageError. */
  of(mailbox: MailboxId): Registrations {
    const known = this.#known.get(mailbox);
    if (known !== undefined) {
      this.#known.delete(mailbox);
      this.#known.set(mailbox, known);
      return known.value;
    }
    const octets = this.#store.registrations(mailbox);
    const value = octets === null ? NO_REGISTRATIONS : unpackRegistrations(octets);
    this.#remember(mailbox, { value, bytes: ENTRY_BYTES + (octets?.length ?? 0), changing: 0 });
    return value;
  }

  change(
    mailbox: MailboxId,
    change: Partial<Registrations>,
    done: (outcome: CommitOutcome) => void,
  ): void {
    const value = { ...this.of(mailbox), ...change };
    const octets = packRegistrations(value);
    const changing = 1 + (this.#known.get(mailbox)?.changing ?? 0);
    this.#remember(mailbox, { value, bytes: ENTRY_BYTES + octets.length, changing });
    this.#store.register(mailbox, octets, (outcome) => {
      const known = this.#known.get(mailbox);
      // What was read again meanwhile, after a change that failed, is without this one.
      if (outcome.kind !== 'committed' || known?.changing === 0) this.#forget(mailbox);
      else if (known !== undefined) known.changing -= 1;
      done(outcome);
    });
  }

  #remember(mailbox: MailboxId, known: Known): void {
    this.#forget(mailbox);
    this.#known.set(mailbox, known);
    this.#bytes += known.bytes;
    for (const [id, { changing }] of this.#known) {
      if (this.#bytes <= this.#bytesMax) return;
      if (changing === 0 && id !== mailbox) this.#forget(id);
    }
  }

  #forget(mailbox: MailboxId): void {
    this.#bytes -= this.#known.get(mailbox)?.bytes ?? 0;
    this.#known.delete(mailbox);
  }
}
