/**
 * Conditions that the index can judge without making an entry of a row: numbers within bounds, and
 * a text that a subject may hold. From them come the options of a scan.
 *
 * Source: ours.
 */
import type { IndexedColumn, ScanOptions } from '../store/contract.js';
import { RETRIEVAL_STATUS, type RetrievalStatus } from '../x413/entry.js';

export type Column = IndexedColumn | 'sequence' | 'status';

export interface NumberCondition {
  readonly column: Column;
  /** Ends included; from is 0 at least, so that what is absent is out. */
  readonly from: number;
  readonly to: number;
}

/** The subject has all these pairs of letters: bits of `signatureOfText`. */
export interface SubjectCondition {
  readonly column: 'subject';
  readonly signature: number;
}

export type Condition = NumberCondition | SubjectCondition;

/** The attributes whose values are columns. */
export const COLUMNS: ReadonlyMap<string, Column> = new Map([
  ['2.6.4.3.39', 'sequence'],
  ['2.6.4.3.15', 'status'],
  ['2.6.4.3.16', 'entryType'],
  ['2.6.4.3.31', 'priority'],
  ['2.6.4.3.6', 'contentLength'],
  ['2.6.4.3.11', 'creationTime'],
  ['1.3.26.0.4406.0.3.0', 'precedence'],
]);

/** What holds whenever all conditions of one of the lists do: bounds around each common column. */
export function conditionsOfSome(lists: readonly (readonly Condition[])[]): Condition[] {
  const [first = [], ...others] = lists;
  return first.flatMap((condition): Condition[] => {
    if (condition.column === 'subject') return [];
    let { from, to } = condition;
    for (const list of others) {
      const other = list.find(({ column }) => column === condition.column);
      if (other === undefined || other.column === 'subject') return [];
      from = Math.min(from, other.from);
      to = Math.max(to, other.to);
    }
    return [{ column: condition.column, from, to }];
  });
}

const STATUSES: readonly RetrievalStatus[] = ['new', 'listed', 'processed'];

/** The options of a scan that yields whatever satisfies the conditions, within a range. */
export function scanOptionsOf(
  conditions: readonly Condition[],
  range: { readonly from: number | null; readonly to: number | null },
  includesChildren: boolean,
): ScanOptions {
  let { from, to } = range;
  let statuses = STATUSES;
  let subjectSignature = 0;
  const ranges = [];
  for (const condition of conditions) {
    if (condition.column === 'subject') subjectSignature |= condition.signature;
    else if (condition.column === 'sequence') {
      from = Math.max(from ?? 0, condition.from);
      to = Math.min(to ?? Number.POSITIVE_INFINITY, condition.to);
    } else if (condition.column === 'status') {
      statuses = statuses.filter((status) => isWithin(RETRIEVAL_STATUS[status], condition));
    } else {
      ranges.push({ column: condition.column, from: condition.from, to: condition.to });
    }
  }
  return {
    from,
    to: to === Number.POSITIVE_INFINITY ? null : to,
    includesChildren,
    statuses: statuses.length === STATUSES.length ? null : statuses,
    ranges,
    subjectSignature: subjectSignature >>> 0,
  };
}

function isWithin(value: number, { from, to }: NumberCondition): boolean {
  return from <= value && value <= to;
}
