/**
 * The store with one of its syncs made to lie: for each place that syncs, the campaign of cuts must
 * find what that costs, or it is said here why it costs nothing. So the campaign sees each of them,
 * and none is there for show.
 */
import { expect, test } from 'vitest';
import { PowerCutRun } from './power-cut-run.js';
import { openRestante } from './specimen.js';

const STATES_MAX = 3_000;

/** By label: the first seed that finds it, so that it is found at once while the store is as it is. */
const CAUGHT: readonly (readonly [label: string, seed: number])[] = [
  ['run: fdatasync segment', 1],
  ['run: fsync bucket directory', 5],
  ['run: fsync fan directory', 5],
  ['run: fsync in directory', 5],
  ['run: fsync journal directory', 1],
  ['run: fsync mailbox directory', 5],
  ['run: fsync mailbox.json', 5],
  ['run: fsync mailboxes directory', 5],
  ['run: fsync message file', 4],
  ['run: fsync position', 2],
  ['run: syncfs everything', 1],
  ['start: fsync bucket directory', 5],
  ['start: fsync data directory', 1],
  ['start: fsync fan directory', 5],
  ['start: fsync in directory', 5],
  ['start: fsync journal directory', 1],
  ['start: fsync mailbox directory', 5],
  ['start: fsync mailbox.json', 1],
  ['start: fsync mailboxes directory', 5],
  ['start: fsync message file', 4],
  ['start: fsync segment', 4],
  ['start: fsync shard directory', 1],
  ['start: fsync shards directory', 1],
  ['start: fsync store.json', 1],
  ['start: syncfs everything', 1],
];

const NEEDLESS: ReadonlyMap<string, string> = new Map([
  ['run: fsync data directory', 'what is in it was made, and synced, at the start'],
  [
    'run: fsync shard directory',
    'of the position: an older one makes records count from lower on, and a snapshot that covers ' +
      'more than the journal is thrown away',
  ],
]);

/** States judged until the first fault. */
async function statesUntilFault(label: string, firstSeed: number) {
  let states = 0;
  const lies = (one: string) => one === label;
  const options = { open: openRestante, lies, operations: 15, endsAtFault: true };
  for (let seed = firstSeed; states < STATES_MAX; seed += 1) {
    const report = await new PowerCutRun({ ...options, seed }).run();
    states += report.states.size;
    if (report.faults[0] !== undefined) return { states, fault: report.faults[0] };
  }
  return { states, fault: null };
}

test('every place that syncs stands in the table', { timeout: 120_000 }, async () => {
  const known = new Set([...CAUGHT.map(([label]) => label), ...NEEDLESS.keys()]);
  const unknown = new Set<string>();
  for (let seed = 1; seed <= 6; seed += 1) {
    const { syncs } = await new PowerCutRun({ seed, open: openRestante }).run();
    for (const label of syncs) if (!known.has(label)) unknown.add(label);
  }
  expect([...unknown]).toEqual([]);
});

test.each(CAUGHT)('caught: %s lies', { timeout: 240_000 }, async (label, seed) => {
  const { states, fault } = await statesUntilFault(label, seed);
  console.log(`${label}: ${states} states, ${fault?.split('\n')[0]}`);
  expect(fault, `${states} states and no fault`).not.toBeNull();
});
