/**
 * Who is bound to which mailbox, over all listeners: to count associations, and to reach them.
 *
 * Source: X.413 (1999) 8.2.6 for alerts; the count is ours.
 */
import type { AlertEffect } from '../engine/contract.js';
import type { MailboxId } from '../engine/mailbox-id.js';

/** An association that can be alerted. */
export interface BoundUser {
  alert(effect: AlertEffect): void;
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
}
