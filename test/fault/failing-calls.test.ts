/**
 * Calls of the system that fail at drawn moments, under load, with cuts of the power between: what
 * was acknowledged is there all the same, and the store serves again when the disk does.
 * CRASH_STATES and CRASH_SEED set the length and repeat a failure.
 */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PowerCutRun } from './power-cut-run.js';
import { openRestante } from './specimen.js';

const STATES = Number(process.env.CRASH_STATES ?? 1_000);
const SEED = Number(process.env.CRASH_SEED ?? Date.now() % 100_000);

// The pauses of those who try again pass at once.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
});
afterEach(() => vi.useRealTimers());

const passTime = async () => {
  await vi.advanceTimersByTimeAsync(1_100);
};

/** Without it each life would try again with all those before, and a run of n lives take n squared. */
const endTimers = () => {
  vi.clearAllTimers();
};

test(`${STATES} states after calls that failed (seed ${SEED})`, {
  timeout: 60_000 + STATES * 100,
}, async () => {
  const errors = ['EIO', 'ENOSPC', 'EMFILE'];
  const totals = { states: 0, acknowledged: 0, refused: 0 };
  for (let seed = SEED; totals.states < STATES; seed += 1) {
    const options = { seed, open: openRestante, errors, passTime, endTimers };
    const report = await new PowerCutRun(options).run();
    expect(report.faults.slice(0, 10)).toEqual([]);
    totals.states += report.states.size;
    totals.acknowledged += report.acknowledged;
    totals.refused += report.refused;
  }
  console.log(totals);
  expect(totals.refused).toBeGreaterThan(0);
});
