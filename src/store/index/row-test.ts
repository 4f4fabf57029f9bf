/**
 * What a scan can tell of a row by its numbers alone.
 *
 * Source: ours.
 */
import { RETRIEVAL_STATUS } from '../../x413/entry.js';
import type { ColumnRange, ScanOptions } from '../contract.js';

export interface RowTest {
  /** Bit n: status n passes. */
  readonly statusBits: number;
  readonly isMainOnly: boolean;
  /** A row passes that has all of these bits. */
  readonly subjectSignature: number;
  readonly ranges: readonly ColumnRange[];
}

const ALL_STATUSES = 0b111;

export function rowTestOf({
  statuses,
  includesChildren,
  subjectSignature = 0,
  ranges = [],
}: ScanOptions): RowTest {
  const bits = statuses?.reduce((sum, status) => sum | (1 << RETRIEVAL_STATUS[status]), 0);
  return {
    statusBits: bits ?? ALL_STATUSES,
    isMainOnly: !includesChildren,
    subjectSignature,
    ranges,
  };
}
