/**
 * What a workload reports, and the little statistics it takes.
 *
 * Source: ours.
 */

export type Scale = 'smoke' | 'full' | 'longest';

/** A limit that the machine sets, measured in the same run. */
export interface Limit {
  readonly what: string;
  /** In the figure's own unit. */
  readonly value: number;
}

export interface Aim {
  readonly value: number;
  readonly better: 'higher' | 'lower';
  /** Milliseconds that the 99th percentile shall not exceed. */
  readonly p99?: number;
}

export interface Figure {
  readonly id: string;
  readonly unit: string;
  /** One value a run, in the order in which they were measured; none where it was refused. */
  readonly values: readonly number[];
  readonly median: number;
  /** Milliseconds: 99th percentile of single operations over all runs; null where there is one. */
  readonly p99: number | null;
  /** Least and greatest run. */
  readonly spread: readonly [number, number];
  readonly runs: number;
  readonly limit: Limit | null;
  readonly aim: Aim | null;
  /** Of the answers, the same in every run of the same scale: wrong answers show here. */
  readonly checksum: string;
  /** What a reader of the table must know; empty where there is nothing. */
  readonly note: string;
}

export interface Measured {
  readonly id: string;
  readonly unit: string;
  readonly values: readonly number[];
  readonly latenciesMs?: readonly number[];
  readonly limit?: Limit;
  readonly aim?: Aim;
  readonly checksum: string;
  readonly note?: string;
}

/** The value below which `share` of the values lie; 0 of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

export function figure(measured: Measured): Figure {
  const { id, unit, values, latenciesMs, limit, aim, checksum, note = '' } = measured;
  return {
    id,
    unit,
    values,
    median: percentile(values, 0.5),
    p99: latenciesMs === undefined ? null : percentile(latenciesMs, 0.99),
    spread: [Math.min(...values), Math.max(...values)],
    runs: values.length,
    limit: limit ?? null,
    aim: aim ?? null,
    checksum,
    note,
  };
}
