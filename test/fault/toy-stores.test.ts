/** The campaign tells a right store from wrong ones; before that its silence means nothing. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PowerCutRun } from './power-cut-run.js';
import { FLAWS, type Flaw, openToy } from './toy-store.js';

const STATES_MAX = 1_500;
const ERRORS = ['EIO', 'ENOSPC'];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
});
afterEach(() => vi.useRealTimers());

/** States judged until the first fault, at most so many. */
async function campaign(flaw: Flaw | null, statesMax: number) {
  let states = 0;
  const faults: string[] = [];
  for (let seed = 1; states < statesMax && faults.length === 0; seed += 1) {
    const isFailing = seed % 2 === 0;
    const options = { seed, open: openToy(flaw), ...(isFailing && { errors: ERRORS }) };
    const report = await new PowerCutRun(options).run();
    states += report.states.size;
    faults.push(...report.faults);
  }
  return { states, faults };
}

test('a store without a flaw is found to have none', { timeout: 120_000 }, async () => {
  const { faults } = await campaign(null, 200);
  expect(faults.slice(0, 10)).toEqual([]);
});

test.each(FLAWS)('caught: a store that %s', { timeout: 120_000 }, async (flaw) => {
  const { states, faults } = await campaign(flaw, STATES_MAX);
  console.log(`${flaw}: ${states} states, ${faults[0]}`);
  expect(faults.length, `${states} states and no fault`).toBeGreaterThan(0);
});
