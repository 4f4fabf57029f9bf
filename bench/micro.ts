/**
 * The micro benches: single functions, by room.
 *
 *     node build/bench/micro.js [--scale smoke|full] [--only TEXT]
 *
 * Source: ours; tinybench does the measuring.
 */
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { Bench } from 'tinybench';
import { checksumOf } from './load/scenario.js';
import { describeMachine } from './machine.js';
import { asn1Micros } from './micro/asn1.js';
import { clientMicros } from './micro/client.js';
import { engineMicros } from './micro/engine.js';
import { osiMicros } from './micro/osi.js';
import { osiPathMicros } from './micro/osi-paths.js';
import { shardMicros } from './micro/shard.js';
import { storeMicros } from './micro/store.js';
import { x411Micros } from './micro/x411.js';
import { formatMachine, formatNumber } from './report.js';

const { values } = parseArgs({
  options: { scale: { type: 'string', default: 'smoke' }, only: { type: 'string', default: '' } },
});
const isSmoke = values.scale === 'smoke';
const micros = [
  ...asn1Micros,
  ...clientMicros,
  ...osiMicros,
  ...osiPathMicros,
  ...x411Micros,
  ...engineMicros,
  ...shardMicros,
  ...storeMicros,
].filter(({ name }) => name.includes(values.only));

const bench = new Bench(
  isSmoke
    ? { time: 5, iterations: 2, warmupTime: 1, warmupIterations: 1 }
    : { time: 500, warmupTime: 200 },
);
for (const { name, run } of micros) bench.add(name, () => void run());
await bench.run();

const table = new Table({
  head: ['function', 'mean µs', 'least', 'median', 'p99', '± %', 'calls/s', 'checksum'],
  colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'right', 'left'],
  style: { head: [], border: [], compact: true },
});
for (const [at, { name, result }] of bench.tasks.entries()) {
  if (!('latency' in result)) throw new Error(`${name} did not run: ${result.state}`);
  const { mean, min, p50, p99, rme } = result.latency;
  const answer = micros[at]?.answer() ?? '';
  const times = [mean, min, p50, p99].map((ms) => formatNumber(ms * 1_000));
  table.push([name, ...times, formatNumber(rme), formatNumber(1_000 / mean), checksumOf(answer)]);
}
console.log(formatMachine(describeMachine()));
console.log(table.toString());
