/**
 * What the figures were measured on.
 *
 * Source: ours.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, release, tmpdir, totalmem } from 'node:os';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly node: string;
  readonly kernel: string;
  /** Type and device of the file system that the data lies on. */
  readonly fileSystem: string;
  /** Of the tree that was measured. */
  readonly revision: string;
  readonly loadAverage: number;
}

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    kernel: release(),
    fileSystem: fileSystemOf(process.env.RESTANTE_BENCH_DIRECTORY ?? tmpdir()),
    revision: revision(),
    loadAverage: Number(readFileSync('/proc/loadavg', 'utf8').split(' ')[0]),
  };
}

function fileSystemOf(directory: string): string {
  const [, line = ''] = execFileSync('df', ['-PT', directory], { encoding: 'utf8' }).split('\n');
  const [device = 'unknown', type = 'unknown'] = line.split(/\s+/);
  return `${type} on ${device}`;
}

function revision(): string {
  try {
    const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8' }).trim();
    const changed = git('status', '--porcelain', '--untracked-files=no') === '' ? '' : ' + changes';
    return git('rev-parse', '--short', 'HEAD') + changed;
  } catch {
    return 'unknown';
  }
}
