/**
 * Kills the server at random moments, under load and while it starts, and holds what is there
 * afterwards against what was answered. CRASH_CYCLES and CRASH_SEED set the length and repeat a
 * failure; without CRASH_CYCLES it ends after a time, whatever the machine.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seededRandom } from '../../src/base/random.js';
import { type TestServer, testServer } from '../support/server.js';
import { KillLoad, MAILBOXES } from './kill-load.js';
import { Ledger } from './ledger.js';

const CYCLES = Number(process.env.CRASH_CYCLES ?? 200);
const SEED = Number(process.env.CRASH_SEED ?? Date.now() % 100_000);
const TIME_MAX_MS = process.env.CRASH_CYCLES === undefined ? 80_000 : Number.POSITIVE_INFINITY;
/** A life ends when so much was answered; one that gets nowhere, after this time. */
const ANSWERS_MAX = 120;
const LIFE_MAX_MS = 2_000;
/** Lives between two judgements. */
const JUDGED_EACH = 8;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe(`crash (seed ${SEED})`, () => {
  let server: TestServer;

  beforeAll(async () => {
    // The smallest segments there are: they end, are recycled and are checkpointed all the time.
    const store = '{ journalSegmentBytes: 1048576, checkpointIntervalMs: 1000 }';
    server = await testServer([...MAILBOXES], `shards: 1\nstore: ${store}`);
  });
  afterAll(() => server.dispose());

  /** Ended before it takes its first association, most often. */
  async function killStarting(afterMs: number): Promise<void> {
    const started = server.start().catch(() => undefined);
    await pause(afterMs);
    await server.kill();
    await started;
  }

  test(`up to ${CYCLES} kills lose, double and resurrect nothing`, {
    timeout: 120_000 + CYCLES * 5_000,
  }, async () => {
    const ledger = new Ledger();
    const load = new KillLoad(ledger, server.port);
    const end = performance.now() + TIME_MAX_MS;
    let kills = 0;
    while (kills < CYCLES && performance.now() < end) {
      const random = seededRandom(SEED * 1_000 + kills);
      if (random.below(4) === 0) await killStarting(random.below(600));
      else {
        await server.start();
        const ended = load.run(random);
        await load.answers(random.below(ANSWERS_MAX), LIFE_MAX_MS);
        await server.kill();
        await ended;
      }
      kills += 1;
      if (kills % JUDGED_EACH !== 0 && kills < CYCLES) continue;
      await server.start();
      const faults = (await Promise.all(MAILBOXES.map((id) => load.judge(id)))).flat();
      expect(faults, `after kill ${kills} of seed ${SEED}`).toEqual([]);
      await server.kill();
    }
    const { delivered, removed, read } = load;
    console.log(`${kills} kills: ${delivered} delivered, ${read} fetched, ${removed} removed`);
    expect(delivered).toBeGreaterThan(kills * 2);
    expect(removed).toBeGreaterThan(kills);
  });
});
