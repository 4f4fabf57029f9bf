/**
 * Big mailboxes, quickly: message files written by the store's own functions, as many threads as
 * there are cores, without a server.
 *
 * Source: ours; docs/formats for what is written.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { BUCKET_ENTRIES } from '../../src/limits.js';
import type { RetrievalStatus } from '../../src/x413/entry.js';

export interface MailboxPlan {
  readonly mailbox: string;
  /** Messages, numbered from 1. */
  readonly count: number;
  readonly contentBytes: number;
  readonly status: RetrievalStatus;
}

/** Numbers `from` to `to` of one mailbox. */
export interface Portion extends MailboxPlan {
  readonly from: number;
  readonly to: number;
}

export interface PortionTask {
  readonly data: string;
  readonly portions: readonly Portion[];
}

const PORTION = 25 * BUCKET_ENTRIES;

/** Every so many messages one is urgent, the next long, the next has the rare word. */
export const SPECIAL_PERIOD = 1_000;
/** What a long message has more than the others. */
export const LONG_EXTRA_BYTES = 500;

/** Writes all mailboxes below `data`, which holds nothing yet. */
export async function writeMailboxes(data: string, plans: readonly MailboxPlan[]): Promise<void> {
  const portions = plans.flatMap((plan) => {
    const parts: Portion[] = [];
    // A bucket holds numbers that share all but the last digits: each has one writer.
    for (let from = 0; from <= plan.count; from += PORTION) {
      const to = Math.min(plan.count, from + PORTION - 1);
      parts.push({ ...plan, from: Math.max(1, from), to });
    }
    return parts;
  });
  const threads = availableParallelism();
  await Promise.all(
    Array.from({ length: threads }, (_, thread) =>
      writePortions({ data, portions: portions.filter((_, at) => at % threads === thread) }),
    ),
  );
}

function writePortions(task: PortionTask): Promise<void> {
  const url = new URL('./dataset-worker.js', import.meta.url);
  const worker = new Worker(url, { workerData: task });
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`the generator ended with ${code}`)),
    );
  });
}
