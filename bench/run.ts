/**
 * The load benches: a real server in a process of its own, driven over real sockets.
 *
 *     node build/bench/run.js --scale smoke|full [--only ID,ID]
 *
 * Prints a table with the machine, medians and spread, and writes bench/out/latest.json.
 *
 * Source: ours; the workloads are those of docs/adr/0006-first-figures.md.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { startBenchServer } from './load/bench-server.js';
import type { Figure, Scale, Workload } from './load/workload.js';
import { cycleWorkload, deliveryWorkload, listNewWorkload } from './load/workloads.js';

const { values } = parseArgs({
  options: { scale: { type: 'string', default: 'smoke' }, only: { type: 'string' } },
});
const scale: Scale = values.scale === 'full' ? 'full' : 'smoke';
const workloads: readonly Workload[] = [
  deliveryWorkload(1),
  deliveryWorkload(8),
  deliveryWorkload(64),
  cycleWorkload(8),
  listNewWorkload(),
];

const machine = `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
const figures: Figure[] = [];
for (const workload of workloads) {
  if (values.only !== undefined && !values.only.split(',').includes(workload.id)) continue;
  const server = await startBenchServer();
  try {
    figures.push(await workload.run(server, scale));
  } finally {
    await server.dispose();
  }
}

console.log(`${machine}; scale ${scale}`);
console.table(
  Object.fromEntries(
    figures.map(({ id, unit, median, p99, spread, runs, checksum }) => [
      id,
      {
        unit,
        median: round(median),
        p99: round(p99),
        min: round(spread[0]),
        max: round(spread[1]),
        runs,
        checksum,
      },
    ]),
  ),
);
mkdirSync('bench/out', { recursive: true });
writeFileSync('bench/out/latest.json', `${JSON.stringify({ machine, scale, figures }, null, 2)}\n`);

function round(value: number): number {
  return value >= 100 ? Math.round(value) : Math.round(value * 100) / 100;
}
