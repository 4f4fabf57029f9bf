/**
 * Power cuts: every state that the model allows is opened again and held against what was
 * acknowledged. CRASH_STATES and CRASH_SEED set the length and repeat a failure.
 */
import { expect, test } from 'vitest';
import { PowerCutRun, type RunReport } from './power-cut-run.js';
import { openRestante } from './specimen.js';

const STATES = Number(process.env.CRASH_STATES ?? 300);
const SEED = Number(process.env.CRASH_SEED ?? Date.now() % 100_000);

test(`${STATES} states after a cut of the power lose, double and resurrect nothing (seed ${SEED})`, {
  timeout: 60_000 + STATES * 100,
}, async () => {
  const reports: RunReport[] = [];
  let states = 0;
  let seed = SEED;
  for (; states < STATES; seed += 1) {
    const report = await new PowerCutRun({ seed, open: openRestante }).run();
    expect(report.faults.slice(0, 10)).toEqual([]);
    states += report.states.size;
    reports.push(report);
  }
  const acknowledged = reports.reduce((sum, report) => sum + report.acknowledged, 0);
  console.log(
    `${states} states of ${reports.length} runs, ${acknowledged} acknowledged deliveries`,
  );
});
