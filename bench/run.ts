/**
 * The load benches: a real server in a process of its own, driven over real sockets.
 *
 *     node build/bench/run.js [--scale smoke|full|longest] [--only ID,ID] [--out FILE]
 *
 * Prints a table with the machine, medians, spread, aims and limits, and writes FILE, by default
 * bench/out/latest.json. docs/bench.md tells what each workload means.
 *
 * Source: ours.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import type { Figure, Scale } from './figure.js';
import { SCENARIOS } from './load/scenarios.js';
import { removeDirectories } from './load/server-process.js';
import { describeMachine } from './machine.js';
import { formatFigures, formatMachine } from './report.js';

const { values } = parseArgs({
  options: {
    scale: { type: 'string', default: 'smoke' },
    only: { type: 'string' },
    out: { type: 'string', default: 'bench/out/latest.json' },
  },
});
const scale = scaleOf(values.scale);
const only = (values.only ?? '').split(',').filter((id) => id !== '');
const known = SCENARIOS.flatMap(({ ids }) => ids);
for (const id of only) {
  if (!known.includes(id)) throw new Error(`no workload ${id}; there are ${known.join(', ')}`);
}
const wants = (id: string) => only.length === 0 || only.includes(id);

const machine = describeMachine();
console.log(`${formatMachine(machine)}; scale ${scale}`);
const figures: Figure[] = [];
for (const scenario of SCENARIOS) {
  if (!scenario.ids.some(wants)) continue;
  process.stderr.write(`${scenario.ids.filter(wants).join(', ')} ...\n`);
  figures.push(...(await scenario.run(scale, wants)));
}
console.log(formatFigures(figures, scale));
mkdirSync(dirname(values.out), { recursive: true });
writeFileSync(values.out, `${JSON.stringify({ machine, scale, figures }, null, 2)}\n`);
removeDirectories();
// What still listens, a socket of a server that was killed, must not keep the process.
process.exit();

function scaleOf(text: string): Scale {
  if (text === 'smoke' || text === 'full' || text === 'longest') return text;
  throw new Error(`no scale ${text}`);
}
