/**
 * The seam between what users submit and the MTAs that take it: plain data, so that who speaks P7
 * knows nothing of P3. The envelope has been checked and stripped of what is the store's own before
 * it comes here; the argument goes out octet for octet.
 *
 * Source: ours; the operations are those of X.411 (1999) 8.2.1.
 */
import type { MailboxId } from './mailbox-id.js';

export type SubmissionOperation =
  | 'message-submission'
  | 'probe-submission'
  | 'cancel-deferred-delivery';

export type SubmissionOutcome =
  /** One whole BER element, as the MTA sent it. */
  | { readonly kind: 'result'; readonly result: Uint8Array }
  /** The abstract-error by its local code, the MTA's or that of its submission-control. */
  | { readonly kind: 'error'; readonly code: number; readonly parameter: Uint8Array | null }
  /** The MTA rejected the invocation (X.880 InvokeProblem). */
  | { readonly kind: 'reject'; readonly problem: number }
  /**
   * No MTA has answered: remote-bind-error for the user. `wasSent`: what became of the operation is
   * not known, the MTA may have carried it out.
   */
  | { readonly kind: 'unreachable'; readonly detail: string; readonly wasSent: boolean };

export interface MtsPort {
  /**
   * Hands one operation of the mailbox's user to its MTA; `argument` is one whole BER element.
   * `done` is called once, never before this returns.
   */
  submit(
    mailbox: MailboxId,
    operation: SubmissionOperation,
    argument: Uint8Array,
    done: (outcome: SubmissionOutcome) => void,
  ): void;
  /** Whether more may be submitted; otherwise wait for {@link onRoom}, or be told `unreachable`. */
  readonly hasRoom: boolean;
  /** Calls once, when there is room again. */
  onRoom(listener: () => void): void;
}
