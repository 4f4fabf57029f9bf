/**
 * Auto-alert: what is to be told of a new entry, and whether somebody has been told.
 *
 * A condition that arose is kept on disk before the delivery is acknowledged; it is taken from
 * there at the next bind, which indicates it unless an alert has reached the user meanwhile. After
 * a crash a user may so be warned twice, never not at all.
 *
 * Source: X.413 (1999) 7.1.2 alert-indication, 8.2.6, 13.1.
 */
import { decode, encode } from '../asn1/type.js';
import { ViolationError } from '../base/errors.js';
import type { AlertEffect } from '../engine/contract.js';
import type { MailboxId } from '../engine/mailbox-id.js';
import { mailboxOf } from '../store/box.js';
import type { Mailbox } from '../store/contract.js';
import { AlertArgument } from '../x413/alert.js';
import { AUTO_ACTION, AutoAlertParameter } from '../x413/auto-alert.js';
import type { Edition } from '../x413/common.js';
import { MsRefusal } from '../x413/errors.js';
import { AttributeProblems } from './attribute-problems.js';
import { type CompiledFilter, compileFilter, NO_FILTER } from './compile-filter.js';
import { entryInformation, type Wanted, wantedAttributes } from './entry-information.js';
import type { RegistrationBook } from './registration-book.js';
import type { AutoActionEntry, Registrations } from './registrations.js';
import { StoredSource } from './stored-source.js';

/** A registration, ready to be asked. */
interface Watch {
  readonly identifier: number;
  readonly filter: CompiledFilter;
  /** What the alert carries, to an association of each edition. */
  readonly wanted: Readonly<Record<Edition, Wanted>>;
}

interface Condition {
  /** The last entry that matched. */
  sequence: number;
  isOpen: boolean;
}

export class AutoAlerts {
  readonly #book: RegistrationBook;
  readonly #watches = new WeakMap<Registrations['autoActions'], readonly Watch[]>();
  /** Of this life of the shard; what was before is in the book. */
  readonly #conditions = new Map<MailboxId, Condition>();

  constructor(book: RegistrationBook) {
    this.#book = book;
  }

  /** The alerts that a new main-entry raises, by ascending registration identifier. */
  raisedBy(mailbox: Mailbox, sequence: number): readonly AlertEffect[] {
    const id = mailboxOf(mailbox.id);
    const watches = this.#watchesOf(id);
    const entry = watches.length === 0 ? null : mailbox.entry(sequence);
    if (entry === null) return [];
    const source = new StoredSource(mailbox, entry);
    const effects = watches
      .filter(({ filter }) => filter.selects(source))
      .map(({ identifier, wanted }): AlertEffect => {
        const argumentFor = (edition: Edition) => {
          const newEntry = entryInformation(source, wanted[edition]);
          return encode(AlertArgument, { alertRegistrationIdentifier: identifier, newEntry });
        };
        const argument = { '88': argumentFor('88'), '94': argumentFor('94') };
        return { kind: 'alert', mailbox: id, sequence, argument };
      });
    if (effects.length > 0) this.#conditions.set(id, { sequence, isOpen: true });
    return effects;
  }

  /** Calls back when a condition that is open is on disk. */
  keep(mailbox: MailboxId, done: () => void): void {
    const isOpen = this.#conditions.get(mailbox)?.isOpen ?? false;
    if (!isOpen || this.#book.of(mailbox).isAlertPending) done();
    else this.#book.change(mailbox, { isAlertPending: true }, done);
  }

  /** The user has taken an alert of the entry. */
  alerted(mailbox: MailboxId, sequence: number): void {
    const condition = this.#conditions.get(mailbox);
    if (condition !== undefined && condition.sequence <= sequence) condition.isOpen = false;
  }

  /** Whether a bind indicates a condition. It is indicated once. */
  indicate(mailbox: MailboxId): boolean {
    const { isAlertPending } = this.#book.of(mailbox);
    const condition = this.#conditions.get(mailbox);
    const isOpen = condition?.isOpen ?? isAlertPending;
    if (condition !== undefined) condition.isOpen = false;
    if (isAlertPending) {
      this.#book.change(mailbox, { isAlertPending: false }, () => undefined);
    }
    return isOpen;
  }

  #watchesOf(mailbox: MailboxId): readonly Watch[] {
    const { autoActions } = this.#book.of(mailbox);
    let watches = this.#watches.get(autoActions);
    if (watches === undefined) {
      const alerts = autoActions.filter(({ type }) => type === AUTO_ACTION.autoAlert);
      watches = alerts.flatMap(watchOf);
      this.#watches.set(autoActions, watches);
    }
    return watches;
  }
}

/** None where the registration is no longer what it was when it was checked. */
function watchOf(registration: AutoActionEntry): Watch[] {
  try {
    return compiled(registration);
  } catch (error) {
    if (error instanceof ViolationError || error instanceof MsRefusal) return [];
    throw error;
  }
}

function compiled({ identifier, parameter }: AutoActionEntry): Watch[] {
  const problems = new AttributeProblems();
  const { filter, requestedAttributes } =
    parameter === null ? {} : decode(AutoAlertParameter, parameter);
  const which = filter === undefined ? NO_FILTER : compileFilter(filter, '94', problems);
  const wantedBy = (edition: Edition, into: AttributeProblems) =>
    wantedAttributes(requestedAttributes, true, edition, into);
  const wanted = {
    '94': wantedBy('94', problems),
    // What 1988 does not have is left out there.
    '88': wantedBy('88', new AttributeProblems()),
  };
  return problems.isEmpty ? [{ identifier, filter: which, wanted }] : [];
}
