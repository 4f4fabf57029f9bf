/**
 * The index snapshot as a cut may leave it beside the files: not there, or any complete version that
 * there ever was. No version hides a message, shows one that is gone, or gives a number again. And
 * copies of the whole directory, taken with file tools while the store works.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, cpSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { type Random, seededRandom } from '../../src/base/random.js';
import type { ShardStore } from '../../src/store/contract.js';
import { snapshotFile } from '../../src/store/layout.js';
import { CACHED_ATTRIBUTE, sequenceNumber } from '../../src/x413/entry.js';
import {
  BOX,
  deliver,
  newEntry,
  openSample,
  remove,
  temporaryDirectory,
} from '../store/samples.js';
import { Ledger } from './ledger.js';

const SEED = Number(process.env.CRASH_SEED ?? Date.now() % 100_000);
const directories: string[] = [];
afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

function newDirectory(): string {
  const directory = temporaryDirectory();
  directories.push(directory);
  return directory;
}

/** Deliveries, removals and status changes, each noted. */
class Life {
  readonly ledger: Ledger;
  readonly #random: Random;
  #count = 0;

  constructor(seed: number, ledger = new Ledger()) {
    this.#random = seededRandom(seed);
    this.ledger = ledger;
  }

  async step(store: ShardStore): Promise<void> {
    const present = this.ledger.present(BOX);
    const fact = present[this.#random.below(Math.max(1, present.length))];
    const choice = this.#random.below(10);
    if (choice < 6 || fact === undefined || fact.sequence === null) await this.deliver(store);
    else if (choice < 8) {
      fact.isRemovalAsked = true;
      expect((await remove(store, sequenceNumber(fact.sequence))).kind).toBe('committed');
      this.ledger.removed(fact);
    } else {
      this.ledger.conveyed(fact, 'listed');
      store.markConveyed(BOX, [{ sequence: fact.sequence, status: 'listed', conveyed: 1 }]);
    }
  }

  async deliver(store: ShardStore): Promise<void> {
    this.#count += 1;
    const id = `${SEED}.${this.#count}.${this.#random.uint32()}`;
    const identifier = Buffer.from(id);
    const cached = new Map([[CACHED_ATTRIBUTE.messageIdentifier, identifier]]);
    const message = {
      envelope: Buffer.from(`${id}|`),
      content: this.#random.octets(this.#random.below(2_000)),
      entries: [{ ...newEntry(), cached }],
      deliveryIdentifier: identifier,
    };
    const fact = this.ledger.offer(id, BOX, message);
    const { outcome, sequence, isRepetition } = await deliver(store, message);
    expect(outcome.kind).toBe('committed');
    expect(this.ledger.delivered(fact, sequence, isRepetition)).toEqual([]);
  }
}

async function judged(directory: string, ledger: Ledger, isChecked = false): Promise<string[]> {
  const store = await openSample(directory);
  await store.prepare(BOX);
  if (isChecked) await store.check();
  const faults = ledger.judge(store.mailbox(BOX), true);
  // Deliveries after it take no number that was ever seen.
  await new Life(SEED + 1, ledger).deliver(store);
  faults.push(...ledger.judge(store.mailbox(BOX), false));
  // And what is removed is gone, whatever its file was called.
  const present = ledger.present(BOX).filter((_, i) => i % 2 === 0);
  const sequences = present.flatMap(({ sequence }) => (sequence === null ? [] : [sequence]));
  expect((await remove(store, ...sequences)).kind).toBe('committed');
  for (const fact of present) ledger.removed(fact);
  await store.close();
  const again = await openSample(directory);
  faults.push(...ledger.judge(again.mailbox(BOX), true));
  await again.close();
  return faults;
}

test.each([
  ['killed', 25],
  ['closed', 25],
])(
  `every version of the snapshot beside a store that was %s (seed ${SEED})`,
  {
    timeout: 120_000,
  },
  async (end, steps) => {
    const directory = newDirectory();
    const versions: (string | null)[] = [null];
    const life = new Life(SEED);
    const keepVersion = () => {
      const kept = join(newDirectory(), 'index.lmdb');
      if (!existsSync(snapshotFile(directory, 0))) return;
      copyFileSync(snapshotFile(directory, 0), kept);
      versions.push(kept);
    };
    for (let start = 0; start < 2; start += 1) {
      const store = await openSample(directory);
      keepVersion();
      for (let round = 0; round < 3; round += 1) {
        for (let i = 0; i < steps; i += 1) await life.step(store);
        await store.checkpoint();
        keepVersion();
      }
      for (let i = 0; i < steps; i += 1) await life.step(store);
      if (start === 0 || end === 'closed') await store.close();
      keepVersion();
      if (start === 0) continue;
      for (const [i, version] of versions.entries()) {
        const copy = newDirectory();
        cpSync(directory, copy, { recursive: true });
        const place = snapshotFile(copy, 0);
        for (const file of [place, `${place}-lock`]) rmSync(file, { force: true });
        mkdirSync(dirname(place), { recursive: true });
        if (version !== null) copyFileSync(version, place);
        expect(await judged(copy, life.ledger.clone()), `version ${i}`).toEqual([]);
      }
      if (end === 'killed') await store.close();
    }
    expect(versions.length).toBeGreaterThan(6);
  },
);

test(`a copy taken while the store works has all that was acknowledged before (seed ${SEED})`, {
  timeout: 120_000,
}, async () => {
  const directory = newDirectory();
  const store = await openSample(directory);
  const life = new Life(SEED);
  for (let i = 0; i < 300; i += 1) await life.step(store);
  for (let round = 0; round < 4; round += 1) {
    for (let i = 0; i < 40; i += 1) await life.step(store);
    const before = life.ledger.clone();
    const copy = newDirectory();
    // The journal first: what leaves it while the files are copied is in the files by then. The
    // files twice: one that got another name under way is found the second time.
    const script =
      'cp -a "$1/store.json" "$1/shards" "$2/"; cp -a "$1/mailboxes" "$2/"; cp -a "$1/mailboxes" "$2/"';
    const copying = spawn('sh', ['-c', script, 'sh', directory, copy], { stdio: 'ignore' });
    let isCopying = true;
    const copied = once(copying, 'exit').then(() => {
      isCopying = false;
    });
    for (let i = 0; isCopying; i += 1) {
      await life.step(store);
      if (i % 10 === 9) await store.checkpoint();
    }
    await copied;
    // What was changed during the copy may be in it or not.
    for (const [id, { message, status, ...now }] of life.ledger.facts) {
      const then = before.offer(id, BOX, message);
      if (now.state !== 'present' || now.isRemovalAsked) then.isRemovalAsked = true;
      if (status !== 'new') before.conveyed(then, status);
    }
    for (const fact of before.facts.values()) if (fact.state === 'absent') fact.state = 'offered';
    // What was removed during the copy may still be in its index and have no file; nothing else may.
    const faults = await judged(copy, before, true);
    const isOfRemoved = (fault: string) => /message-missing|^count is/.test(fault);
    expect(
      faults.filter((fault) => !isOfRemoved(fault)),
      `round ${round}`,
    ).toEqual([]);
  }
  await store.close();
});
