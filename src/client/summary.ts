/**
 * What summarize answers, in the form of the library.
 *
 * Source: X.413 (1999) 8.2.1.
 */
import type { Oid } from '../asn1/primitive.js';
import type { SummarizeResult } from '../x413/summarize.js';

export interface Summary {
  /** Entries selected. */
  readonly count: number;
  /** Lowest and highest sequence number; null where none was selected. */
  readonly span: { readonly lowest: number; readonly highest: number } | null;
  /** One for each attribute type that was asked for, in that order. */
  readonly attributes: readonly AttributeSummary[];
  /** The entry at which the store cut; repeat with `range.from` there. */
  readonly next?: number;
}

export interface AttributeSummary {
  readonly type: Oid;
  /** Entries that have no such attribute. */
  readonly absent: number;
  /** Each value, a whole BER element, and how many entries have it. */
  readonly values: readonly { readonly value: Uint8Array; readonly count: number }[];
}

export function summaryOf(result: SummarizeResult, requests: readonly Oid[]): Summary {
  const { count, span, summaries = [], next } = result;
  return {
    count,
    span: span ?? null,
    attributes: requests.map((type, at) => ({
      type,
      absent: summaries[at]?.absent ?? 0,
      values: (summaries[at]?.present ?? []).map((item) => ({
        value: item.value,
        count: item.count,
      })),
    })),
    ...(next !== undefined && { next }),
  };
}
