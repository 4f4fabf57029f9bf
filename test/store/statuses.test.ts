/**
 * A status that the owner of a mailbox has set, back too, is what every way of reading it again
 * comes to: journal, files, snapshot, another number of shards.
 */
import { cpSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { boxOf } from '../../src/store/box.js';
import type { ShardStore } from '../../src/store/contract.js';
import { type RetrievalStatus, type SequenceNumber, sequenceNumber } from '../../src/x413/entry.js';
import { FailingDisk } from '../fault/failing-disk.js';
import {
  ALL,
  BOX,
  deliver,
  eventually,
  killed,
  newMessage,
  openSample,
  remove,
  restate,
  temporaryDirectory,
} from './samples.js';

const OUT = boxOf(BOX, 'out');

/** By number; what was conveyed of an entry stands behind its status. */
function statusesOf(store: ShardStore, id = BOX as typeof OUT): Record<number, string> {
  const entries = [...store.mailbox(id).scan(ALL)];
  return Object.fromEntries(
    entries.map(({ sequence, status, conveyed }) => [
      sequence,
      conveyed === 0 ? status : `${status} ${conveyed}`,
    ]),
  );
}

const filesOf = (directory: string) =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\/\d{10}[nlp]$/.test(path))
    .sort();

const number = (value: number) => sequenceNumber(value);

/** Two messages with a child each, in and out; some are conveyed before a checkpoint, all are set. */
async function history(directory: string): Promise<ShardStore> {
  const store = await openSample(directory);
  for (const id of [BOX, OUT]) {
    await deliver(store, newMessage({ children: 1 }), id);
    await deliver(store, newMessage({ children: 1 }), id);
  }
  const conveyed = (sequence: number, status: RetrievalStatus, bits: number) =>
    store.markConveyed(BOX, [{ sequence: number(sequence), status, conveyed: bits }]);
  conveyed(1, 'processed', 0);
  conveyed(2, 'listed', 2);
  conveyed(3, 'listed', 1);
  await store.checkpoint();
  await restate(
    store,
    BOX,
    { sequence: number(1), status: 'listed' },
    { sequence: number(2), status: 'new' },
    { sequence: number(3), status: 'new' },
    { sequence: number(4), status: 'processed' },
  );
  conveyed(1, 'listed', 4);
  const ofOut: [number, RetrievalStatus][] = [
    [5, 'new'],
    [6, 'listed'],
    [8, 'new'],
  ];
  await restate(
    store,
    OUT,
    ...ofOut.map(([sequence, status]) => ({ sequence: number(sequence), status })),
  );
  await deliver(store, newMessage());
  return store;
}

const IN_AFTER = { 1: 'listed 4', 2: 'new', 3: 'new', 4: 'processed', 9: 'new' };
const OUT_AFTER = { 5: 'new', 6: 'listed', 7: 'processed', 8: 'new' };

async function expectAfter(store: ShardStore, counts = { new: 2, listed: 1, processed: 0 }) {
  expect(statusesOf(store)).toEqual(IN_AFTER);
  expect(statusesOf(store, OUT)).toEqual(OUT_AFTER);
  for (const [status, count] of Object.entries(counts)) {
    expect(store.mailbox(BOX).countOf(status as RetrievalStatus), status).toBe(count);
  }
}

test('is seen at once, and after a kill, with a snapshot and without', async () => {
  const directory = temporaryDirectory();
  const store = await history(directory);
  await expectAfter(store);
  for (const hasSnapshot of [true, false]) {
    const again = await openSample(killed(directory), { hasSnapshot });
    await expectAfter(again);
    await again.checkpoint();
    expect(await again.check()).toMatchObject({ restated: 0, added: 0, removed: 0 });
    await expectAfter(again);
    await again.close();
  }
  await store.close();
});

test.each(['before', 'behind'] as const)(
  'is in the files alone: with other shards, %s a checkpoint',
  async (when) => {
    const directory = temporaryDirectory();
    const store = await history(directory);
    if (when === 'behind') await store.checkpoint();
    const copy = killed(directory);
    const again = await openSample(copy, { shard: 1, shardCount: 2 });
    // What was only conveyed may be forgotten: the journal of another number of shards is gone.
    const bits = statusesOf(again)[1];
    expect(['listed', 'listed 4']).toContain(bits);
    expect(statusesOf(again)).toEqual({ ...IN_AFTER, 1: bits });
    expect(statusesOf(again, OUT)).toEqual(OUT_AFTER);
    await again.close();
    await store.close();
  },
);

test('a file that a cut has left under a further name as well goes by what was set', async () => {
  const directory = temporaryDirectory();
  const store = await history(directory);
  const first = filesOf(directory).find((path) => path.endsWith('0000000001p'));
  for (const hasSnapshot of [true, false]) {
    const copy = killed(directory);
    const path = join(copy, first ?? '');
    for (const letter of 'nl') cpSync(path, path.replace(/.$/, letter));
    const again = await openSample(copy, { hasSnapshot });
    await again.checkpoint();
    expect(filesOf(copy).filter((name) => name.includes('0000000001'))).toEqual([
      first?.replace(/.$/, 'l'),
    ]);
    expect(await again.check()).toMatchObject({ restated: 0 });
    await expectAfter(again);
    await again.close();
  }
  await store.close();
});

test('the name of a file follows it, and an index that is read from the files has it', async () => {
  const directory = temporaryDirectory();
  const store = await history(directory);
  await store.close();
  const letters = filesOf(directory).map((path) => path.slice(-11));
  expect(letters.filter((name) => Number(name.slice(0, 10)) < 5)).toEqual([
    '0000000001l',
    '0000000003n',
  ]);
  rmSync(join(directory, 'shards/0/index'), { recursive: true, force: true });
  const again = await openSample(directory, { hasSnapshot: false });
  await expectAfter(again);
  await again.close();
});

test('what the journal does not take is undone, and said', async () => {
  const directory = temporaryDirectory();
  const disk = new FailingDisk();
  const store = await openSample(directory, { disk });
  const { sequence } = await deliver(store);
  const first: SequenceNumber = sequence ?? number(1);
  store.markConveyed(BOX, [{ sequence: first, status: 'listed', conveyed: 2 }]);
  await deliver(store);
  disk.failing.add('fdatasync');
  expect(await restate(store, BOX, { sequence: first, status: 'new' })).toMatchObject({
    kind: 'unavailable',
  });
  expect(statusesOf(store)).toEqual({ 1: 'listed 2', 2: 'new' });
  disk.failing.clear();
  const isBack = () => deliver(store).then(({ outcome }) => outcome.kind === 'committed');
  await eventually(isBack);
  disk.failing.add('fdatasync');
  // A delete of the same entry, which fails with it, shows it again as it was.
  const outcomes = [
    restate(store, BOX, { sequence: first, status: 'processed' }),
    remove(store, first),
  ];
  for (const { kind } of await Promise.all(outcomes)) expect(kind).toBe('unavailable');
  expect(statusesOf(store)[1]).toBe('listed 2');
  disk.failing.clear();
  await store.close().catch(() => undefined);
});
