/**
 * Which logs a mailbox has, by what is configured.
 *
 * Source: ours; X.413 (1999) 6.3.7 for logs.
 */
import type { LogName, LogsConfigured, LogsKept } from './contract.js';
import type { MailboxId } from './mailbox-id.js';

export const LOG_NAMES: readonly LogName[] = ['delivery-log', 'submission-log'];

export const NO_LOGS: LogsKept = { names: [], entriesMax: 0, daysMax: 0, isDeletable: false };

export function logsKeptOf(configured: LogsConfigured | undefined, mailbox: MailboxId): LogsKept {
  if (configured === undefined) return NO_LOGS;
  const { everywhere, ofMailboxes } = configured;
  return (Object.hasOwn(ofMailboxes, mailbox) ? ofMailboxes[mailbox] : null) ?? everywhere;
}
