/** Every bench at its smallest scale, so that none rots. Its figures are not judged here. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Figure } from '../../bench/figure.js';

const ROOT = new URL('../..', import.meta.url).pathname;
const WORKLOADS = [
  'delivery.10k.1',
  'delivery.10k.8',
  'delivery.10k.64',
  'delivery.10k.64.sustained',
  'cycle.10k.32',
  'submit.10k.64',
  'fetch-all.one',
  'fetch-all.pipelined',
  'fetch-all.8',
  'rebuild.100k',
  'search.priority.100k',
  'search.size.100k',
  'search.subject.100k',
  'search.wild.neighbour',
  'list-new.100k',
  'start.snapshot',
  'memory.1100k',
  'list-new.1m',
];

const directory = mkdtempSync(join(tmpdir(), 'restante-smoke-'));
const run = (program: string, ...args: string[]) =>
  execFileSync(process.execPath, [`${ROOT}build/bench/${program}`, ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });

beforeAll(() => {
  execFileSync('npx', ['tsc', '-p', 'tsconfig.bench.json'], { cwd: ROOT, stdio: 'inherit' });
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test('each workload runs, answers rightly, and is reported', { timeout: 180_000 }, () => {
  const out = join(directory, 'figures.json');
  const printed = run('run.js', '--scale', 'smoke', '--out', out);
  const { figures } = JSON.parse(readFileSync(out, 'utf8')) as { figures: Figure[] };
  expect(figures.map(({ id }) => id)).toEqual(WORKLOADS);
  for (const { id, runs, median, limit, checksum, note } of figures) {
    expect(printed).toContain(id);
    // What the store does not serve yet says so, and has no figure.
    if (runs === 0) expect(note).toMatch(/^refused: /);
    else
      expect([id, median > 0, (limit?.value ?? 0) > 0, checksum.length]).toEqual([
        id,
        true,
        true,
        8,
      ]);
  }
});

test('the micro benches run', { timeout: 60_000 }, () => {
  const printed = run('micro.js', '--scale', 'smoke');
  expect(printed).toContain('shard newMessageOf 10k');
});

test('a comparison of two files shows the ratio', () => {
  const out = join(directory, 'figures.json');
  const printed = run('compare.js', out, out, '--rounds', '1');
  expect(printed).toMatch(/delivery\.10k\.64 .* 1\.000 .* same/);
});

test('an unknown workload is refused', () => {
  expect(() => run('run.js', '--only', 'nonsense')).toThrow();
});
