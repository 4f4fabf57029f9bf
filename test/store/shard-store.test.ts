import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type MailboxId, shardOf, slotOf } from '../../src/engine/mailbox-id.js';
import { NodeDisk } from '../../src/store/disk/disk.js';
import { readJournal } from '../../src/store/journal/journal-reader.js';
import { readPosition } from '../../src/store/journal/position.js';
import { sequenceNumber } from '../../src/x413/entry.js';
import { FailingDisk } from '../fault/failing-disk.js';
import {
  BOX,
  contentsOf,
  deliver,
  eventually,
  killed,
  mailboxId,
  newMessage,
  openSample,
  remove,
  temporaryDirectory,
} from './samples.js';

const later = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

test('a delivery is seen after its commit, not before', async () => {
  const store = await openSample(temporaryDirectory());
  const outcome = deliver(store, newMessage({ children: 1 }));
  expect(store.mailbox(BOX).count).toBe(0);
  expect(await outcome).toMatchObject({ sequence: 1, isRepetition: false });
  expect(store.mailbox(BOX).count).toBe(1);
  expect(store.mailbox(BOX).entry(2)?.parent).toBe(1);
  expect((await deliver(store)).sequence).toBe(3);
  await store.close();
});

test.each([
  ['at once', () => Promise.resolve()],
  ['after the files', () => later(50)],
])('what was acknowledged is there after a kill %s', async (_, wait) => {
  const directory = temporaryDirectory();
  const store = await openSample(directory);
  for (let i = 0; i < 100; i += 1) await deliver(store, newMessage({ identifier: `m${i}` }));
  await remove(store, sequenceNumber(3), sequenceNumber(100));
  await wait();
  const expected = contentsOf(store);
  expect(expected.length).toBe(98);
  const again = await openSample(killed(directory));
  expect(contentsOf(again)).toEqual(expected);
  expect((await deliver(again)).sequence).toBe(101);
  await again.close();
  await store.close();
});

test('after a close the journal is empty, and a reopened store shows the same', async () => {
  const directory = temporaryDirectory();
  const store = await openSample(directory);
  for (let i = 0; i < 200; i += 1) await deliver(store, newMessage({ children: i % 3 }));
  store.markConveyed(BOX, [{ sequence: sequenceNumber(1), status: 'listed', conveyed: 0 }]);
  const expected = contentsOf(store);
  await store.close();
  const journal = readJournal(new NodeDisk(), join(directory, 'shards/0/journal'));
  const types = [...journal.records].map((record) => record.type);
  expect(new Set(types)).toEqual(new Set([4]));
  const again = await openSample(directory);
  expect(contentsOf(again)).toEqual(expected);
  expect(again.mailbox(BOX).countOf('listed')).toBe(1);
  await again.close();
});

test('a status outlives a kill and a journal that was recycled', async () => {
  const directory = temporaryDirectory();
  const store = await openSample(directory);
  await deliver(store);
  store.markConveyed(BOX, [{ sequence: sequenceNumber(1), status: 'processed', conveyed: 1 }]);
  expect(store.mailbox(BOX).read(sequenceNumber(1)).envelope.length).toBeGreaterThan(0);
  await store.checkpoint();
  const again = await openSample(killed(directory));
  expect(again.mailbox(BOX).entry(1)?.status).toBe('processed');
  await again.close();
  await store.close();
});

test.each([false, true])('numbers are not given again (checkpoint between: %s)', async (saves) => {
  const directory = temporaryDirectory();
  const store = await openSample(directory);
  await deliver(store, newMessage({ children: 4 }));
  if (saves) await store.checkpoint();
  await remove(store, sequenceNumber(1));
  await later(20);
  const once = killed(directory);
  await store.close();
  for (const place of [once, directory]) {
    for (let life = 0; life < 2; life += 1) {
      const again = await openSample(place);
      expect(contentsOf(again)).toEqual([]);
      expect((await deliver(again)).sequence).toBe(6 + life);
      await remove(again, sequenceNumber(6 + life));
      await again.close();
    }
  }
});

test('deletes are not resurrected by a segment that was recycled', async () => {
  const directory = temporaryDirectory();
  const store = await openSample(directory);
  for (let round = 0; round < 6; round += 1) {
    const sequences = [];
    for (let i = 0; i < 90; i += 1)
      sequences.push((await deliver(store)).sequence ?? sequenceNumber(1));
    await remove(store, ...sequences);
    if (round % 2 === 0) await store.checkpoint();
    const again = await openSample(killed(directory));
    expect(contentsOf(again)).toEqual([]);
    await again.close();
  }
  await store.close();
});

test('an entry is hidden while its delete is on its way, and back where that failed', async () => {
  const disk = new FailingDisk();
  const store = await openSample(temporaryDirectory(), { disk });
  await deliver(store);
  disk.failing.add('fdatasync');
  const outcome = remove(store, sequenceNumber(1));
  expect([store.mailbox(BOX).count, store.mailbox(BOX).entry(1)]).toEqual([0, null]);
  expect((await outcome).kind).toBe('unavailable');
  expect(store.mailbox(BOX).count).toBe(1);
  disk.failing.clear();
  await eventually(async () => (await remove(store, sequenceNumber(1))).kind === 'committed');
  await store.close();
});

test.each(['write', 'fdatasync'] as const)(
  'a journal whose %s fails refuses, and serves again by itself',
  async (operation) => {
    const disk = new FailingDisk();
    const directory = temporaryDirectory();
    const store = await openSample(directory, { disk });
    await deliver(store, newMessage({ identifier: 'kept' }));
    const before = store.mailbox(BOX).count;
    disk.failing.add(operation);
    const outcomes = await Promise.all([1, 2, 3].map(() => deliver(store)));
    expect(outcomes.map((one) => one.outcome.kind)).toEqual(Array(3).fill('unavailable'));
    expect(store.mailbox(BOX).count).toBe(before);
    disk.failing.clear();
    const message = newMessage({ identifier: 'new' });
    await eventually(async () => (await deliver(store, message)).outcome.kind === 'committed');
    const again = await openSample(killed(directory));
    expect(contentsOf(again)).toEqual(contentsOf(store));
    await again.close();
    await store.close();
  },
);

test('a full disk for files leaves the message readable and the journal in charge', async () => {
  const disk = new FailingDisk();
  const directory = temporaryDirectory();
  const store = await openSample(directory, { disk });
  disk.failing.add('writeFile');
  expect((await deliver(store)).outcome.kind).toBe('committed');
  await expect(store.checkpoint()).rejects.toThrow();
  expect(contentsOf(store).length).toBe(1);
  disk.failing.clear();
  await store.checkpoint();
  await store.close();
  const again = await openSample(directory);
  expect(contentsOf(again).length).toBe(1);
  await again.close();
});

test('what is staged during a sync is reported after the next, in order', async () => {
  const disk = new FailingDisk();
  const store = await openSample(temporaryDirectory(), { disk });
  // Until both spare segments are made, whose syncs would be held too.
  await deliver(store);
  while (store.statistics().journalSegments < 3) await later(5);
  disk.held = [];
  const order: number[] = [];
  for (let i = 1; i <= 5; i += 1) {
    store.deliver(BOX, newMessage(), ({ sequence }) => order.push(sequence ?? 0));
    store.flush();
  }
  await eventually(() => disk.held?.length === 1);
  expect(order).toEqual([]);
  disk.held.shift()?.();
  await eventually(() => disk.held?.length === 1);
  expect(order).toEqual([2]);
  disk.held.shift()?.();
  await eventually(() => order.length === 5);
  expect(order).toEqual([2, 3, 4, 5, 6]);
  expect(store.statistics().commits).toBe(3);
  disk.held = null;
  await store.close();
});

test('a repeated delivery gets the first number, also while the first is on its way', async () => {
  const directory = temporaryDirectory();
  const store = await openSample(directory);
  const message = newMessage({ identifier: 'same' });
  const both = await Promise.all([deliver(store, message), deliver(store, message)]);
  expect(both.map((one) => [one.sequence, one.isRepetition])).toEqual([
    [1, false],
    [1, true],
  ]);
  await store.close();
  const again = await openSample(directory);
  expect(await deliver(again, message)).toMatchObject({ sequence: 1, isRepetition: true });
  expect(again.mailbox(BOX).count).toBe(1);
  await again.close();
});

test('another number of shards finds every message', async () => {
  const directory = temporaryDirectory();
  const ids = Array.from({ length: 8 }, (_, i) => mailboxId(`box-${i}`));
  const owner = (shard: number, shardCount: number) => (id: MailboxId) =>
    shardOf(slotOf(id), shardCount) === shard;
  const one = await openSample(directory);
  for (const id of ids) await deliver(one, newMessage({ identifier: id }), id);
  const copy = killed(directory);
  const found: unknown[] = [];
  for (let shard = 0; shard < 3; shard += 1) {
    const ownsMailbox = owner(shard, 3);
    const store = await openSample(copy, { shard, shardCount: 3, ownsMailbox });
    for (const id of ids) if (ownsMailbox(id)) found.push([id, contentsOf(store, id)]);
    await store.close();
  }
  expect(Object.fromEntries(found as [string, unknown][])).toEqual(
    Object.fromEntries(ids.map((id) => [id, contentsOf(one, id)])),
  );
  await one.close();
});

test('a damaged file is set aside; its number and those after it are not given again', async () => {
  const directory = temporaryDirectory();
  const store = await openSample(directory);
  await deliver(store);
  await deliver(store);
  await store.close();
  const path = readdirSync(directory, { recursive: true, encoding: 'utf8' }).find((one) =>
    one.endsWith('0000000002n'),
  );
  writeFileSync(join(directory, path ?? ''), 'torn');
  const again = await openSample(directory, { hasSnapshot: false });
  expect(contentsOf(again).length).toBe(1);
  expect((await deliver(again)).sequence).toBeGreaterThan(2);
  await again.close();
});

test('LSNs go on over every start, clean or not, and over journals that were deleted', async () => {
  const disk = new NodeDisk();
  let directory = temporaryDirectory();
  let last = 0;
  for (let life = 0; life < 6; life += 1) {
    const store = await openSample(directory);
    const journal = () => readJournal(disk, join(directory, 'shards/0/journal'));
    const used = () =>
      Math.max(
        journal().lastLsn,
        readPosition(disk, directory, 0, () => undefined),
      );
    expect(used()).toBeGreaterThanOrEqual(last);
    for (let i = 0; i < life; i += 1) await deliver(store);
    if (life % 3 === 1) await store.checkpoint();
    const left = life % 2 === 0 ? directory : killed(directory);
    await store.close();
    directory = left;
    // A clean stop has it in both places.
    if (life % 2 === 0) rmSync(join(directory, 'shards/0/journal'), { recursive: true });
    const now = used();
    expect(now).toBeGreaterThanOrEqual(last + life);
    last = now;
  }
});

test('a message larger than a segment gets one of its own', async () => {
  const directory = temporaryDirectory();
  const store = await openSample(directory);
  const large = { ...newMessage(), content: new Uint8Array(300_000).fill(7) };
  await deliver(store);
  await deliver(store, large);
  await deliver(store);
  const again = await openSample(killed(directory));
  expect(again.mailbox(BOX).read(sequenceNumber(2)).content?.length).toBe(300_000);
  expect(again.mailbox(BOX).count).toBe(3);
  await again.close();
  await store.close();
});

test('a store that is closed twice is closed once', async () => {
  const directory = temporaryDirectory();
  const store = await openSample(directory);
  await deliver(store);
  await Promise.all([store.close(), store.close()]);
  await store.close();
  const again = await openSample(directory);
  expect(again.mailbox(BOX).count).toBe(1);
  await again.close();
});
