/**
 * Selection: class, main or child, range, filter, limit, in this order. Entries come in ascending
 * order of their numbers, and one more than the limit is looked for, for it is the `next`.
 *
 * Source: X.413 (1999) 8.1.1 to 8.1.3.
 */
import type { Mailbox } from '../store/contract.js';
import { secondsOfUtcTime } from '../x411/time.js';
import { invalidParametersError, rangeError } from '../x413/errors.js';
import { compileFilter, statusesOf } from '../x413/evaluate-filter.js';
import type { Selector } from '../x413/selector.js';
import { StoredSource } from './stored-source.js';

export interface Selection {
  readonly sources: readonly StoredSource[];
  /** The entry that would have come next, had the limit not cut. */
  readonly next: number | null;
}

interface Bounds {
  readonly from: number | null;
  readonly to: number | null;
  readonly fromTime: number | null;
  readonly toTime: number | null;
}

/** Selects at most `cap` entries, or fewer where the selector says so. Throws MsRefusal. */
export function select(mailbox: Mailbox, selector: Selector, cap: number): Selection {
  const bounds = boundsOf(selector);
  const matches = selector.filter === undefined ? () => true : compileFilter(selector.filter);
  const limit = Math.min(selector.limit ?? cap, cap);
  const sources: StoredSource[] = [];
  const entries = mailbox.scan({
    from: bounds.from,
    to: bounds.to,
    includesChildren: selector.childEntries,
    statuses: selector.filter === undefined ? null : statusesOf(selector.filter),
  });
  for (const entry of entries) {
    const { creationTime } = entry;
    if (bounds.fromTime !== null && creationTime < bounds.fromTime) continue;
    if (bounds.toTime !== null && creationTime > bounds.toTime) continue;
    const source = new StoredSource(mailbox, entry);
    if (!matches(source)) continue;
    if (sources.length === limit) return { sources, next: entry.sequence };
    sources.push(source);
  }
  return { sources, next: null };
}

function boundsOf({ range }: Selector): Bounds {
  const open = { from: null, to: null, fromTime: null, toTime: null };
  if (range === undefined) return open;
  if (range.kind === 'sequenceNumberRange') {
    const { from = null, to = null } = range.value;
    checkOrder(from, to);
    return { ...open, from, to };
  }
  const fromTime = secondsOf(range.value.from);
  const toTime = secondsOf(range.value.to);
  checkOrder(fromTime, toTime);
  return { ...open, fromTime, toTime };
}

function checkOrder(from: number | null, to: number | null): void {
  if (from !== null && to !== null && from > to) throw rangeError();
}

function secondsOf(time: string | undefined): number | null {
  if (time === undefined) return null;
  const seconds = secondsOfUtcTime(time);
  if (seconds === null) throw invalidParametersError();
  return seconds;
}
