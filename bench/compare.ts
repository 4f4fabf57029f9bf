/**
 * Two versions on one machine: `compare A B [--only ID,ID] [--scale full] [--rounds 3]`.
 *
 * A and B are revisions, `.` for the tree as it stands, or JSON files of earlier runs. Revisions are
 * built in temporary worktrees, each with the benches of this tree, so that both do the same work
 * with their own server and client library; then they take turns, and each round begins with the
 * other. Files are only read: between them and anything else the machine may have changed.
 *
 * Source: ours.
 */
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { type Figure, percentile } from './figure.js';
import { describeMachine } from './machine.js';
import { formatMachine, formatNumber } from './report.js';

const ROOT = resolve(new URL('../..', import.meta.url).pathname);
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string', default: '' },
    scale: { type: 'string', default: 'full' },
    rounds: { type: 'string', default: '3' },
  },
});
const [nameA, nameB] = positionals;
if (nameA === undefined || nameB === undefined) throw new Error('compare needs A and B');

interface Side {
  readonly name: string;
  /** Figures of each round. */
  measure(round: number): readonly Figure[];
  dispose(): void;
}

const scratch = mkdtempSync(join(tmpdir(), 'restante-compare-'));
const git = (...args: string[]) => execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' });

function sideOf(name: string): Side {
  if (name.endsWith('.json')) {
    const { figures } = JSON.parse(readFileSync(name, 'utf8')) as { figures: Figure[] };
    return { name, measure: () => figures, dispose: () => undefined };
  }
  const directory = name === '.' ? ROOT : buildRevision(name);
  return {
    name,
    measure: (round) => run(directory, join(scratch, `${round}.json`)),
    dispose: () => {
      if (directory !== ROOT) git('worktree', 'remove', '--force', directory);
    },
  };
}

/** A worktree of the revision, with the benches of this tree, compiled. */
function buildRevision(revision: string): string {
  const directory = mkdtempSync(join(scratch, 'rev-'));
  git('worktree', 'add', '--detach', '--force', directory, revision);
  const inTree = { cwd: directory, stdio: 'inherit' } as const;
  const lock = (root: string) => readFileSync(join(root, 'package-lock.json'), 'utf8');
  if (existsSync(join(ROOT, 'node_modules')) && lock(directory) === lock(ROOT)) {
    symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
  } else {
    execFileSync('npm', ['ci', '--no-audit', '--no-fund'], inTree);
  }
  rmSync(join(directory, 'bench'), { recursive: true, force: true });
  mkdirSync(join(directory, 'bench'));
  for (const part of ['load', 'micro', 'figure.ts', 'machine.ts', 'report.ts', 'run.ts']) {
    cpSync(join(ROOT, 'bench', part), join(directory, 'bench', part), { recursive: true });
  }
  cpSync(join(ROOT, 'tsconfig.bench.json'), join(directory, 'tsconfig.bench.json'));
  execFileSync('npm', ['run', '--silent', 'build'], inTree);
  execFileSync('npx', ['tsc', '-p', 'tsconfig.bench.json'], inTree);
  return directory;
}

function run(directory: string, out: string): readonly Figure[] {
  const args = ['build/bench/run.js', '--scale', options.scale, '--out', out];
  const only = options.only === '' ? [] : ['--only', options.only];
  execFileSync(process.execPath, [...args, ...only], {
    cwd: directory,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return (JSON.parse(readFileSync(out, 'utf8')) as { figures: Figure[] }).figures;
}

/** The rounds of one side as one figure. */
function joined(rounds: readonly (readonly Figure[])[], id: string): Figure | null {
  const all = rounds.flatMap((figures) => figures.filter((one) => one.id === id));
  const [first] = all;
  if (first === undefined) return null;
  const values = all.flatMap((one) => one.values);
  const spread = [Math.min(...values), Math.max(...values)] as const;
  const median = percentile(values, 0.5);
  return { ...first, values, median, spread, runs: values.length };
}

function formatComparison(
  a: readonly (readonly Figure[])[],
  b: readonly (readonly Figure[])[],
): string {
  const table = new Table({
    head: [
      'workload',
      'unit',
      'A',
      'spread of A',
      'B',
      'spread of B',
      'B / A',
      'rounds',
      'answers',
    ],
    style: { head: [], border: [], compact: true },
  });
  for (const { id, unit } of a[0] ?? []) {
    const [figureA, figureB] = [joined(a, id), joined(b, id)];
    if (figureA === null || figureB === null) continue;
    const ratios = a.map(
      (_, round) =>
        (joined([b[round] ?? []], id)?.median ?? 0) / (joined([a[round] ?? []], id)?.median ?? 0),
    );
    const isSame = figureA.checksum === figureB.checksum;
    table.push([
      id,
      unit,
      formatNumber(figureA.median),
      `${formatNumber(figureA.spread[0])} - ${formatNumber(figureA.spread[1])}`,
      formatNumber(figureB.median),
      `${formatNumber(figureB.spread[0])} - ${formatNumber(figureB.spread[1])}`,
      `${(figureB.median / figureA.median).toFixed(3)}`,
      `${Math.min(...ratios).toFixed(3)} - ${Math.max(...ratios).toFixed(3)}`,
      isSame ? 'same' : 'DIFFERENT',
    ]);
  }
  return table.toString();
}

const sides: Side[] = [];
try {
  sides.push(sideOf(nameA), sideOf(nameB));
  const results: (readonly Figure[])[][] = [[], []];
  for (let round = 0; round < Number(options.rounds); round += 1) {
    const order = round % 2 === 0 ? [0, 1] : [1, 0];
    for (const at of order) {
      const side = sides[at];
      process.stderr.write(`round ${round + 1}, ${side?.name}\n`);
      results[at]?.push(side?.measure(round) ?? []);
    }
  }
  console.log(`${formatMachine(describeMachine())}; scale ${options.scale}`);
  console.log(`A is ${nameA}, B is ${nameB}; ${options.rounds} rounds, interleaved`);
  console.log(formatComparison(results[0] ?? [], results[1] ?? []));
} finally {
  for (const side of sides) side.dispose();
  rmSync(scratch, { recursive: true, force: true });
}
