import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { seededRandom } from '../../src/base/random.js';
import { fanOut } from '../../src/engine/mailbox-id.js';
import { type BoxId, boxesOf, boxName, boxOf, mailboxOf } from '../../src/store/box.js';
import type { ShardStore } from '../../src/store/contract.js';
import { sequenceNumber } from '../../src/x413/entry.js';
import {
  ALL,
  BOX,
  contentsOf,
  deliver,
  killed,
  mailboxId,
  newMessage,
  openSample,
  removeFrom,
  temporaryDirectory,
} from './samples.js';

const OUT = boxOf(BOX, 'out');
const DRAFT = boxOf(BOX, 'draft');

const everything = (store: ShardStore) => boxesOf(BOX).map((box) => contentsOf(store, box));
const withoutSnapshot = (directory: string) =>
  rmSync(join(directory, 'shards/0/index.lmdb'), { force: true });

test('the name of a box tells its mailbox', () => {
  expect(boxesOf(BOX)).toEqual(['box', 'box/out', 'box/draft']);
  expect(boxesOf(BOX).map(boxName)).toEqual(['in', 'out', 'draft']);
  expect(boxesOf(BOX).map(mailboxOf)).toEqual(['box', 'box', 'box']);
});

test('numbers go through all boxes, and what is stored in one is seen in no other', async () => {
  const store = await openSample(temporaryDirectory());
  expect((await deliver(store)).sequence).toBe(1);
  expect((await deliver(store, newMessage({ children: 2 }), OUT)).sequence).toBe(2);
  expect((await deliver(store, newMessage(), DRAFT)).sequence).toBe(5);
  expect((await deliver(store)).sequence).toBe(6);
  const numbers = boxesOf(BOX).map((box) =>
    [...store.mailbox(box).scan(ALL)].map(({ sequence }) => Number(sequence)),
  );
  expect(numbers).toEqual([[1, 6], [2, 3, 4], [5]]);
  await store.close();
});

test('what its owner has made is processed from the beginning, children too', async () => {
  const store = await openSample(temporaryDirectory());
  await deliver(store, newMessage({ children: 1 }), OUT);
  await deliver(store, newMessage({ children: 1 }));
  const statuses = (box: BoxId) => [...store.mailbox(box).scan(ALL)].map(({ status }) => status);
  expect(statuses(OUT)).toEqual(['processed', 'processed']);
  expect(statuses(BOX)).toEqual(['new', 'new']);
  expect(store.mailbox(OUT).countOf('processed')).toBe(1);
  await store.close();
});

test('the files of a box lie in a directory of its own, with the status in their names', async () => {
  const directory = temporaryDirectory();
  const store = await openSample(directory);
  await deliver(store);
  await deliver(store, newMessage(), OUT);
  await store.checkpoint();
  const home = join(directory, 'mailboxes', fanOut(BOX), BOX);
  expect(readdirSync(join(home, 'in/0'))).toEqual(['0000000001n']);
  expect(readdirSync(join(home, 'out/0'))).toEqual(['0000000002p']);
  await store.close();
});

/** A history of all boxes. */
async function livedInAll(store: ShardStore, seed: number): Promise<void> {
  const random = seededRandom(seed);
  for (let step = 0; step < 120; step += 1) {
    const box = boxesOf(BOX)[random.below(3)] ?? BOX;
    const [main] = [...store.mailbox(box).scan({ ...ALL, includesChildren: false })];
    const choice = random.below(10);
    if (choice < 6 || main === undefined) {
      const children = random.below(3);
      await deliver(store, newMessage({ identifier: `${seed}.${step}`, children }), box);
    } else if (choice < 9) await removeFrom(store, box, main.sequence);
    else await store.checkpoint();
  }
}

test.each([1, 2, 3])(
  'all boxes outlive a kill, with the snapshot and without (seed %i)',
  async (seed) => {
    const directory = temporaryDirectory();
    const store = await openSample(directory);
    await livedInAll(store, seed);
    const expected = everything(store);
    for (const prepares of [() => undefined, withoutSnapshot]) {
      const copy = killed(directory);
      prepares(copy);
      const again = await openSample(copy);
      expect(everything(again)).toEqual(expected);
      expect(await again.check()).toMatchObject({
        mailboxes: 1,
        added: 0,
        removed: 0,
        restated: 0,
      });
      await again.close();
    }
    await store.close();
    withoutSnapshot(directory);
    const rebuilt = await openSample(directory);
    expect(everything(rebuilt)).toEqual(expected);
    await rebuilt.close();
  },
);

test.each([
  [OUT, BOX],
  [BOX, OUT],
])(
  'the highest number, given in %s and deleted there, is not given again in %s',
  async (first, second) => {
    const directory = temporaryDirectory();
    const store = await openSample(directory);
    await deliver(store, newMessage(), second);
    await deliver(store, newMessage(), first);
    await removeFrom(store, first, sequenceNumber(2));
    await store.checkpoint();
    for (const prepares of [() => undefined, withoutSnapshot]) {
      const copy = killed(directory);
      prepares(copy);
      const again = await openSample(copy);
      expect((await deliver(again, newMessage(), second)).sequence).toBe(3);
      await again.close();
    }
    await store.close();
  },
);

test.each([
  [OUT, BOX],
  [BOX, OUT],
])('a removal from %s that only the journal knows counts in %s too', async (first, second) => {
  const directory = temporaryDirectory();
  const store = await openSample(directory);
  await deliver(store, newMessage(), first);
  await deliver(store, newMessage(), first);
  await store.checkpoint();
  await removeFrom(store, first, sequenceNumber(2));
  const copy = killed(directory);
  withoutSnapshot(copy);
  const again = await openSample(copy);
  expect((await deliver(again, newMessage(), second)).sequence).toBe(3);
  await again.close();
  await store.close();
});

test('both boxes lose their highest between two checkpoints', async () => {
  const directory = temporaryDirectory();
  const store = await openSample(directory);
  await deliver(store);
  await deliver(store, newMessage(), OUT);
  await removeFrom(store, BOX, sequenceNumber(1));
  await removeFrom(store, OUT, sequenceNumber(2));
  await store.close();
  withoutSnapshot(directory);
  const again = await openSample(directory);
  expect((await deliver(again)).sequence).toBe(3);
  await again.close();
});

test('a delivery to one box asks another that sleeps for its highest', async () => {
  const directory = temporaryDirectory();
  const store = await openSample(directory);
  await deliver(store);
  for (let i = 0; i < 5; i += 1) await deliver(store, newMessage(), OUT);
  await store.close();
  for (const prepares of [() => undefined, withoutSnapshot]) {
    const copy = killed(directory);
    prepares(copy);
    const again = await openSample(copy);
    // Without being prepared: no request of the out box has been made in this life.
    expect((await deliver(again)).sequence).toBe(7);
    await again.close();
  }
});

test('boxes move to another shard with their mailbox', async () => {
  const directory = temporaryDirectory();
  const store = await openSample(directory);
  await livedInAll(store, 4);
  const expected = everything(store);
  const copy = killed(directory);
  await store.close();
  const other = await openSample(copy, { shard: 1, shardCount: 2 });
  expect(everything(other)).toEqual(expected);
  await other.close();
});

test('check and scrub look at every box; a damaged file is set aside beside its box', async () => {
  const directory = temporaryDirectory();
  const store = await openSample(directory);
  await deliver(store);
  await deliver(store, newMessage(), OUT);
  await store.close();
  const home = join(directory, 'mailboxes', fanOut(BOX), BOX);
  writeFileSync(join(home, 'out/0/0000000002p'), 'damaged');
  const again = await openSample(directory);
  expect(await again.scrub(Number.POSITIVE_INFINITY)).toMatchObject({ messages: 2, damaged: 1 });
  expect(readdirSync(join(home, 'damaged-out'))).toEqual(['0000000002p']);
  expect(() => again.mailbox(OUT).read(sequenceNumber(2))).toThrow();
  await removeFrom(again, OUT, sequenceNumber(2));
  expect(readdirSync(join(home, 'damaged-out'))).toEqual([]);
  rmSync(join(home, 'in/0/0000000001n'));
  expect(await again.check()).toMatchObject({ mailboxes: 1, removed: 1 });
  await again.close();
});

test('a mailbox without an out box has none after it was looked for', async () => {
  const directory = temporaryDirectory();
  const store = await openSample(directory);
  const other = mailboxId('other');
  await deliver(store, newMessage(), other);
  await store.close();
  expect(readdirSync(join(directory, 'mailboxes', fanOut(other), other))).toEqual(['in']);
});
