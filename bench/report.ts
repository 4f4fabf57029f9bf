/**
 * The table that people read.
 *
 * Source: ours.
 */
import Table from 'cli-table3';
import type { Figure, Scale } from './figure.js';
import type { Machine } from './machine.js';

export function formatMachine(machine: Machine): string {
  const { cpu, cores, memoryGiB, node, kernel, fileSystem, revision: of, loadAverage } = machine;
  return [
    `${cores} cores of ${cpu}, ${memoryGiB} GiB; Node ${node}, Linux ${kernel}; ${fileSystem}`,
    `revision ${of}; load average at the start ${loadAverage}`,
  ].join('\n');
}

/** Three digits that count. */
export function formatNumber(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(3)));
}

/** Whether an aim is met is said of whole runs only, not of the smallest scale. */
export function formatFigures(figures: readonly Figure[], scale: Scale): string {
  const table = new Table({
    head: ['workload', 'median', 'unit', 'p99 ms', 'spread', 'runs', 'aim', 'of limit', 'checksum'],
    colAligns: ['left', 'right', 'left', 'right', 'right', 'right', 'right', 'right', 'left'],
    style: { head: [], border: [], compact: true },
  });
  for (const one of figures) table.push(rowOf(one, scale !== 'smoke'));
  const notes = figures.map(({ id, limit, note }) => {
    const limited = limit === null ? '' : `limit ${formatNumber(limit.value)}: ${limit.what}`;
    return `  ${id}: ${[limited, note].filter((part) => part !== '').join('; ')}`;
  });
  return [table.toString(), ...notes].join('\n');
}

function rowOf(one: Figure, isJudged: boolean): string[] {
  const { id, unit, median, p99, spread, runs, checksum } = one;
  if (runs === 0) return [id, 'refused', unit, '', '', '0', aimOf(one, isJudged), '', checksum];
  return [
    id,
    formatNumber(median),
    unit,
    p99 === null ? '' : formatNumber(p99),
    `${formatNumber(spread[0])} - ${formatNumber(spread[1])}`,
    String(runs),
    aimOf(one, isJudged),
    ratioOf(one),
    checksum,
  ];
}

/** The aim, and whether it is met. */
function aimOf({ aim, median, p99, runs }: Figure, isJudged: boolean): string {
  if (aim === null) return '';
  const isMet = aim.better === 'higher' ? median >= aim.value : median <= aim.value;
  const isInTime = aim.p99 === undefined || (p99 ?? 0) <= aim.p99;
  const text = `${formatNumber(aim.value)}${aim.p99 === undefined ? '' : `, p99 ${aim.p99}`}`;
  if (!isJudged) return text;
  return runs > 0 && isMet && isInTime ? `${text} met` : `${text} not met`;
}

/** How much of what the machine can do: a rate's share of it, a time's multiple of it. */
function ratioOf({ limit, median }: Figure): string {
  return limit === null ? '' : `${formatNumber(median / limit.value)} x`;
}
