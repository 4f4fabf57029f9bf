/**
 * What a workload is and what it reports.
 *
 * Source: ours.
 */
import type { BenchServer } from './bench-server.js';

export type Scale = 'smoke' | 'full';

export interface Figure {
  readonly id: string;
  readonly unit: string;
  /** Of the runs' own figures. */
  readonly median: number;
  /** Milliseconds: the 99th percentile of single operations, over all runs. */
  readonly p99: number;
  /** Least and greatest run. */
  readonly spread: readonly [number, number];
  readonly runs: number;
  /** Of the answers: a faster server that answers otherwise shows here. */
  readonly checksum: string;
}

export interface Workload {
  readonly id: string;
  run(server: BenchServer, scale: Scale): Promise<Figure>;
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

export function figure(
  id: string,
  unit: string,
  runs: readonly number[],
  latenciesMs: readonly number[],
  checksum: string,
): Figure {
  return {
    id,
    unit,
    median: median(runs),
    p99: percentile(latenciesMs, 0.99),
    spread: [Math.min(...runs), Math.max(...runs)],
    runs: runs.length,
    checksum,
  };
}
