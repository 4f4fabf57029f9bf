/**
 * Who is bound to which mailbox, over all listeners: to count associations, and to reach them.
 *
 * Source: X.413 (1999) 8.2.6 for alerts, 8.3.4 for submission-control; the count is ours.
 */
import type { AlertEffect } from '../engine/contract.js';
import type { MailboxId } from '../engine/mailbox-id.js';

/** Told once what waits with a user, one whole Waiting element; null: he has not said. */
export type Waited = (waiting: Uint8Array | null) => void;

/** An association that can be alerted, and told what may be submitted. */
export interface BoundUser {
  alert(effect: AlertEffect): void;
  /** submission-control, with the octets of the MTS's. */
  control(argument: Uint8Array, done: Waited): void;
}

export class BoundUsers {
  readonly #users = new Map<MailboxId, Set<BoundUser>>();

  countOf(mailbox: MailboxId): number {
    return this.#users.get(mailbox)?.size ?? 0;
  }

  add(mailbox: MailboxId, user: BoundUser): void {
    const users = this.#users.get(mailbox);
    if (users === undefined) this.#users.set(mailbox, new Set([user]));
    else users.add(user);
  }

  remove(mailbox: MailboxId, user: BoundUser): void {
    const users = this.#users.get(mailbox);
    users?.delete(user);
    if (users?.size === 0) this.#users.delete(mailbox);
  }

  /** Alerts every association of the mailbox. Where there is none, the next bind indicates it. */
  alert(effect: AlertEffect): void {
    for (const user of this.#users.get(effect.mailbox) ?? []) user.alert(effect);
  }

  /**
   * Tells every association of the mailbox what the MTS restricts. `done` is called once, with what
   * the first of them says that says anything; with null where none does, or none is there.
   */
  control(mailbox: MailboxId, argument: Uint8Array, done: Waited): void {
    const users = [...(this.#users.get(mailbox) ?? [])];
    const said: (Uint8Array | null)[] = [];
    const settle: Waited = (waiting) => {
      said.push(waiting);
      if (said.length < users.length) return;
      done(said.find((one) => one !== null) ?? null);
    };
    if (users.length === 0) done(null);
    for (const user of users) user.control(argument, settle);
  }
}
