/**
 * Kills servers at random moments, under load and while they start, and holds what is there
 * afterwards against what was answered. CRASH_CYCLES and CRASH_SEED set the length and repeat a
 * failure. Several stores live and die side by side, for a life is mostly the start of a process.
 */
import { afterAll, expect, test } from 'vitest';
import { type Random, seededRandom } from '../../src/base/random.js';
import { type TestServer, testServer } from '../support/server.js';
import { KillLoad, MAILBOXES } from './kill-load.js';
import { Ledger } from './ledger.js';

const KILLS = Number(process.env.CRASH_CYCLES ?? 200);
const SEED = Number(process.env.CRASH_SEED ?? Date.now() % 100_000);
const STORES = 3;
/** From the first answer of a life to its end. */
const LIFE_MIN_MS = 20;
const LIFE_MAX_MS = 200;
/** One that gets nowhere ends after this time. */
const FIRST_ANSWER_MAX_MS = 2_000;
/** A start that is killed takes up to so long: from nothing read to the first association. */
const START_MAX_MS = 700;
/** Lives between two judgements. */
const JUDGED_EACH = 4;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** One store, over all its lives. */
class KilledStore {
  readonly load: KillLoad;
  readonly #server: TestServer;
  #kills = 0;

  private constructor(server: TestServer) {
    this.#server = server;
    this.load = new KillLoad(new Ledger(), server.port);
  }

  static async make(): Promise<KilledStore> {
    // The smallest segments there are: they end, are recycled and are checkpointed all the time.
    const store = '{ journalSegmentBytes: 1048576, checkpointIntervalMs: 1000 }';
    return new KilledStore(await testServer([...MAILBOXES], `shards: 1\nstore: ${store}`));
  }

  /** Returns what was wrong. */
  async live(random: Random): Promise<string[]> {
    this.#kills += 1;
    if (random.below(4) === 0) {
      await this.#killStarting(random.below(START_MAX_MS));
      return [];
    }
    await this.#server.start();
    const faults = this.#kills % JUDGED_EACH === 0 ? await this.#judge() : [];
    const ended = this.load.run(random);
    await this.load.answers(1, FIRST_ANSWER_MAX_MS);
    await pause(LIFE_MIN_MS + random.below(LIFE_MAX_MS - LIFE_MIN_MS));
    await this.#server.kill();
    await ended;
    return faults;
  }

  async lastJudgement(): Promise<string[]> {
    await this.#server.start();
    return this.#judge();
  }

  dispose(): Promise<void> {
    return this.#server.dispose();
  }

  /** Ended before it takes its first association, most often. */
  async #killStarting(afterMs: number): Promise<void> {
    const started = this.#server.start().catch(() => undefined);
    await pause(afterMs);
    await this.#server.kill();
    await started;
  }

  async #judge(): Promise<string[]> {
    return (await Promise.all(MAILBOXES.map((id) => this.load.judge(id)))).flat();
  }
}

const stores: KilledStore[] = [];
afterAll(() => Promise.all(stores.map((store) => store.dispose())));

test(`${KILLS} kills lose, double and resurrect nothing (seed ${SEED})`, {
  timeout: 120_000 + KILLS * 3_000,
}, async () => {
  const startMs = performance.now();
  let kills = 0;
  const campaign = async (number: number): Promise<void> => {
    const store = await KilledStore.make();
    stores.push(store);
    // Each store has its own share of the moments, so that a seed draws them again.
    for (let kill = number; kill < KILLS; kill += STORES) {
      const random = seededRandom(SEED * 1_000 + kill);
      expect(await store.live(random), `before kill ${kill} of seed ${SEED}`).toEqual([]);
      kills += 1;
    }
    expect(await store.lastJudgement(), `store ${number} of seed ${SEED}`).toEqual([]);
  };
  await Promise.all(Array.from({ length: STORES }, (_, number) => campaign(number)));
  const sum = (of: (load: KillLoad) => number) => stores.reduce((n, { load }) => n + of(load), 0);
  const [delivered, read, removed] = [
    sum((load) => load.delivered),
    sum((load) => load.read),
    sum((load) => load.removed),
  ];
  const seconds = Math.round((performance.now() - startMs) / 1_000);
  console.log(
    `${kills} kills in ${seconds} s: ${delivered} delivered, ${read} fetched, ${removed} removed`,
  );
  expect(kills).toBe(KILLS);
  expect(delivered).toBeGreaterThan(kills * 2);
  expect(removed).toBeGreaterThan(kills);
});
