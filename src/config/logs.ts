/**
 * Which logs are kept, as the configuration file says it for the store and for single mailboxes.
 *
 * Source: ours.
 */
import { z } from 'zod';
import type { LogName, LogsConfigured, LogsKept } from '../engine/contract.js';
import { NO_LOGS } from '../engine/logs-kept.js';
import { LOG_DAYS, LOG_ENTRIES, LOG_ENTRIES_CONFIGURED_MAX } from '../limits.js';

export const logsSchema = z.strictObject({
  /** Of what: deliveries, submissions. */
  keep: z.array(z.enum(['delivery', 'submission'])).default([]),
  /** So many of each log are kept, where there are so many; and so long. */
  entries: z.int().min(1).max(LOG_ENTRIES_CONFIGURED_MAX).default(LOG_ENTRIES),
  days: z.int().min(1).default(LOG_DAYS),
  /** Whether users may delete entries of logs. */
  deletable: z.boolean().default(true),
});

type LogsConfig = z.output<typeof logsSchema>;

interface WithLogs {
  readonly store: { readonly logs?: LogsConfig | undefined };
  readonly mailboxes: readonly { readonly id: string; readonly logs?: LogsConfig | undefined }[];
}

/** Null where no mailbox has a log. */
export function logsConfigured({ store, mailboxes }: WithLogs): LogsConfigured | null {
  const own = mailboxes.flatMap(({ id, logs }) => (logs ? [[id, keptOf(logs)] as const] : []));
  const everywhere = store.logs ? keptOf(store.logs) : NO_LOGS;
  if ([everywhere, ...own.map(([, kept]) => kept)].every(({ names }) => names.length === 0))
    return null;
  return { everywhere, ofMailboxes: Object.fromEntries(own) };
}

function keptOf({ keep, entries, days, deletable }: LogsConfig): LogsKept {
  const names = [...new Set(keep)].map((one): LogName => `${one}-log`);
  return { names, entriesMax: entries, daysMax: days, isDeletable: deletable };
}
