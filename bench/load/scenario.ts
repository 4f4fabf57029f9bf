/**
 * What the runner and the workloads agree on.
 *
 * Source: ours.
 */
import { createHash } from 'node:crypto';
import type { Figure, Scale } from '../figure.js';

/** One or more workloads that share a server or a data directory. */
export interface Scenario {
  readonly ids: readonly string[];
  run(scale: Scale, wants: (id: string) => boolean): Promise<readonly Figure[]>;
}

/** The value for the scale. */
export function at<T>(scale: Scale, smoke: T, full: T, longest = full): T {
  return { smoke, full, longest }[scale];
}

/** One short run, or three of five seconds, one after the other; each adds its latencies. */
export async function runsOf<Run>(
  scale: Scale,
  run: (timeMs: number, latenciesMs: number[]) => Promise<Run>,
): Promise<{ readonly results: readonly Run[]; readonly latenciesMs: number[] }> {
  const latenciesMs: number[] = [];
  const results: Run[] = [];
  for (let count = 0; count < at(scale, 1, 3); count += 1)
    results.push(await run(at(scale, 250, 5_000), latenciesMs));
  return { results, latenciesMs };
}

/** Eight digits that stand for answers. */
export function checksumOf(...parts: readonly (string | number | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(typeof part === 'number' ? `${part};` : part);
  return hash.digest('hex').slice(0, 8);
}

/** Of runs that answer the same. */
export function sameChecksum(checksums: readonly string[]): string {
  const [first = ''] = checksums;
  check(
    checksums.every((one) => one === first),
    'each run answers the same',
  );
  return first;
}

export function check(condition: boolean, sentence: string): asserts condition {
  if (!condition) throw new Error(`a wrong answer: ${sentence}`);
}
