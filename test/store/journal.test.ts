/** How the journal holds what has no file, what it does without room, and how it is recycled. */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { DeliveryOutcome, ShardStore } from '../../src/store/contract.js';
import { type Done, NodeDisk } from '../../src/store/disk/disk.js';
import { type SequenceNumber, sequenceNumber } from '../../src/x413/entry.js';
import { FailingDisk } from '../fault/failing-disk.js';
import {
  BOX,
  contentsOf,
  deliver,
  eventually,
  killed,
  newMessage,
  openSample,
  remove,
  temporaryDirectory,
} from './samples.js';

const later = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const AFTER_RETRY_MS = 1_300;

const segmentFiles = (directory: string) =>
  readdirSync(join(directory, 'shards/0/journal')).filter((name) => name.endsWith('.journal'));

async function fill(store: ShardStore, count: number, content = 1_000): Promise<SequenceNumber[]> {
  const message = { ...newMessage(), content: Buffer.alloc(content, 9) };
  const outcomes = await Promise.all(Array.from({ length: count }, () => deliver(store, message)));
  return outcomes.map(({ sequence }) => sequence ?? sequenceNumber(1));
}

/** Deliveries until the journal has no room for one more. */
async function fillUp(store: ShardStore): Promise<number> {
  for (let count = 0; ; count += 1)
    if ((await deliver(store)).outcome.kind === 'unavailable') return count;
}

test('a disk without room refuses deliveries only, and serves again by itself', async () => {
  const disk = new FailingDisk();
  const directory = temporaryDirectory();
  const store = await openSample(directory, { disk });
  for (const operation of ['create', 'writeFile'] as const) disk.failing.add(operation);
  const count = await fillUp(store);
  expect(count).toBeGreaterThan(20);
  const expected = contentsOf(store);
  expect(expected.length).toBe(count);
  store.markConveyed(BOX, [{ sequence: sequenceNumber(2), status: 'listed', conveyed: 0 }]);
  expect((await remove(store, sequenceNumber(1))).kind).toBe('committed');
  expect((await deliver(store)).outcome.kind).toBe('unavailable');
  const again = await openSample(killed(directory));
  expect(again.mailbox(BOX).count).toBe(count - 1);
  expect(again.mailbox(BOX).entry(2)?.status).toBe('listed');
  await again.close();
  disk.failing.clear();
  await eventually(async () => (await deliver(store)).outcome.kind === 'committed');
  await store.checkpoint();
  expect(store.mailbox(BOX).count).toBe(count);
  await store.close();
});

test('a start on a full disk serves reads, and deliveries when there is room', async () => {
  const disk = new FailingDisk();
  const directory = temporaryDirectory();
  const first = await openSample(directory);
  await deliver(first);
  await first.close();
  for (const operation of ['create', 'preallocate', 'writeFile'] as const)
    disk.failing.add(operation);
  // The small files of the start itself fit.
  disk.failing.delete('writeFile');
  const store = await openSample(directory, { disk });
  expect(contentsOf(store).length).toBe(1);
  expect((await deliver(store)).outcome.kind).toBe('unavailable');
  disk.failing.clear();
  await eventually(async () => (await deliver(store)).outcome.kind === 'committed');
  await store.close();
});

test('deliveries wait, in order, for a segment that is being made', async () => {
  const disk = new FailingDisk();
  const store = await openSample(temporaryDirectory(), { disk });
  const sequences = await fill(store, 2_000);
  expect(sequences).toEqual(Array.from({ length: 2_000 }, (_, i) => i + 1));
  expect(store.statistics().stalls).toBeGreaterThan(0);
  expect(contentsOf(store).length).toBe(2_000);
  await store.close();
});

test('a full journal makes deliveries wait for files, and refuses none', async () => {
  const directory = temporaryDirectory();
  const journalBytesMax = 10 * 65_536;
  const store = await openSample(directory, { journalBytesMax });
  let most = 0;
  for (let round = 0; round < 3; round += 1) {
    const outcomes = Array.from({ length: 1_000 }, () => deliver(store));
    const timer = setInterval(() => {
      most = Math.max(most, store.statistics().journalSegmentBytes);
      store.flush();
    }, 5);
    const kinds = (await Promise.all(outcomes)).map(({ outcome }) => outcome.kind);
    clearInterval(timer);
    expect(kinds.every((kind) => kind === 'committed')).toBe(true);
  }
  expect(most).toBeLessThanOrEqual(journalBytesMax);
  expect(most).toBeGreaterThan(journalBytesMax / 2);
  expect(store.mailbox(BOX).count).toBe(3_000);
  await store.close();
}, 60_000);

test('a full journal whose files cannot be written refuses, and serves again', async () => {
  const disk = new FailingDisk();
  const journalBytesMax = 10 * 65_536;
  const store = await openSample(temporaryDirectory(), { disk, journalBytesMax });
  disk.failing.add('writeFile');
  const outcomes = await Promise.all(Array.from({ length: 1_000 }, () => deliver(store)));
  const refused = outcomes.filter(({ outcome }) => outcome.kind === 'unavailable');
  expect([refused.length > 100, refused.length < 900]).toEqual([true, true]);
  expect((await remove(store, sequenceNumber(1))).kind).toBe('committed');
  disk.failing.clear();
  // It waits until there are files and a checkpoint, and is not refused.
  await later(AFTER_RETRY_MS);
  expect((await deliver(store)).outcome.kind).toBe('committed');
  await store.close();
});

test('checkpoints keep the number of segments small, and each is used again', async () => {
  const directory = temporaryDirectory();
  const store = await openSample(directory);
  const names = new Set<string>();
  for (let round = 0; round < 12; round += 1) {
    await remove(store, ...(await fill(store, 150)));
    await store.checkpoint();
    for (const name of segmentFiles(directory)) names.add(name);
    expect(segmentFiles(directory).length).toBeLessThan(16);
  }
  expect(names.size).toBeLessThan(24);
  expect(store.statistics().recordBytes).toBeGreaterThan(30 * 65_536);
  await store.close();
});

test('a message that is deleted before it has a file never gets one', async () => {
  const directory = temporaryDirectory();
  const store = await openSample(directory);
  for (let i = 0; i < 20; i += 1) await remove(store, ...(await fill(store, 10)));
  await later(AFTER_RETRY_MS);
  await store.checkpoint();
  expect(store.statistics()).toMatchObject({ filesWritten: 0, filesSpared: 200 });
  expect(store.statistics().fileBacklogChanges).toBe(0);
  await store.close();
});

test('what is older than a second gets its file by itself', async () => {
  const directory = temporaryDirectory();
  const store = await openSample(directory);
  await fill(store, 10);
  expect(store.statistics()).toMatchObject({ filesWritten: 0, fileBacklogMessages: 10 });
  await eventually(() => store.statistics().fileBacklogMessages === 0);
  expect(store.statistics()).toMatchObject({ filesWritten: 10 });
  await store.close();
});

test('a backlog beyond memory is read from the journal, for fetches and for files', async () => {
  const directory = temporaryDirectory();
  const disk = new FailingDisk();
  const store = await openSample(directory, { disk });
  disk.failing.add('writeFile');
  for (let i = 0; i < 9; i += 1) await fill(store, 10, 1_000_000);
  const { cacheBytes } = store.statistics();
  expect(cacheBytes).toBeLessThanOrEqual(64 << 20);
  const expected = contentsOf(store);
  const { readsFromJournal, readsFromCache } = store.statistics();
  expect([readsFromJournal > 20, readsFromCache > 20]).toEqual([true, true]);
  disk.failing.clear();
  await store.checkpoint();
  expect(contentsOf(store)).toEqual(expected);
  expect(store.statistics().readsFromFile).toBe(readsFromJournal);
  await store.close();
  const again = await openSample(directory);
  expect(contentsOf(again)).toEqual(expected);
  await again.close();
}, 30_000);

test.each([
  ['slow', 10, []],
  ['full', 0, ['writeFile', 'create']],
] as const)('a stop with a %s disk is quick; the next start has all', async (_, ms, failing) => {
  const disk = new FailingDisk();
  const directory = temporaryDirectory();
  const store = await openSample(directory, { disk });
  await fill(store, 400);
  disk.writeFileMs = ms;
  for (const operation of failing) disk.failing.add(operation);
  const expected = contentsOf(store);
  const start = performance.now();
  await store.close();
  expect(performance.now() - start).toBeLessThan(2_500);
  const again = await openSample(directory);
  expect(contentsOf(again)).toEqual(expected);
  expect((await deliver(again)).sequence).toBe(401);
  await again.close();
});

test('a checkpoint that is under way when its store closes ends with it', async () => {
  const disk = new FailingDisk();
  const directory = temporaryDirectory();
  const store = await openSample(directory, { disk });
  await fill(store, 150);
  // More than a stop writes.
  disk.writeFileMs = 20;
  const expected = contentsOf(store);
  const ended = store.checkpoint().catch((error: Error) => error.message);
  await store.close();
  const { filesWritten } = store.statistics();
  expect(await ended).toContain('closed');
  expect(store.statistics().filesWritten).toBe(filesWritten);
  const again = await openSample(directory);
  expect(contentsOf(again)).toEqual(expected);
  await again.close();
});

test('after a failed sync the files are written anew from the journal, and it is kept', async () => {
  const disk = new FailingDisk();
  const directory = temporaryDirectory();
  const store = await openSample(directory, { disk });
  await fill(store, 3);
  await store.checkpoint();
  await fill(store, 5);
  store.markConveyed(BOX, [{ sequence: sequenceNumber(5), status: 'processed', conveyed: 0 }]);
  disk.failing.add('syncAll');
  await expect(store.checkpoint()).rejects.toThrow();
  await remove(store, sequenceNumber(1), sequenceNumber(6));
  await expect(store.checkpoint()).rejects.toThrow();
  expect((await deliver(store)).outcome.kind).toBe('committed');
  const expected = contentsOf(store);
  // The sync has lost everything that came after the first checkpoint.
  const copy = killed(directory);
  const bucket = readdirSync(copy, { recursive: true, encoding: 'utf8' }).find((name) =>
    name.endsWith('in/0'),
  );
  for (const name of readdirSync(join(copy, bucket ?? '')))
    if (Number(name.slice(0, 10)) > 3) rmSync(join(copy, bucket ?? '', name));
  const again = await openSample(copy);
  expect(contentsOf(again)).toEqual(expected);
  await again.close();
  disk.failing.clear();
  const { filesWritten } = store.statistics();
  await store.checkpoint();
  // Five less the one that was removed, and the one that came last.
  expect(store.statistics().filesWritten - filesWritten).toBe(5);
  await store.close();
  const last = await openSample(directory);
  expect(contentsOf(last)).toEqual(expected);
  expect(last.mailbox(BOX).entry(5)?.status).toBe('processed');
  await last.close();
});

/** Once the next version of a mailbox.json has gone before it is renamed. */
class LosingDisk extends NodeDisk {
  loses = false;

  override rename(from: string, to: string): boolean {
    if (!this.loses || !to.endsWith('mailbox.json')) return super.rename(from, to);
    this.loses = false;
    this.unlink(from);
    return super.rename(from, to);
  }
}

test('a checkpoint whose mark of numbers has gone is none', async () => {
  const directory = temporaryDirectory();
  const disk = new LosingDisk();
  const store = await openSample(directory, { disk });
  const [, second = sequenceNumber(1)] = await fill(store, 2);
  await store.checkpoint();
  await remove(store, second);
  disk.loses = true;
  await expect(store.checkpoint()).rejects.toThrow('not there any more');
  await store.checkpoint();
  const again = await openSample(killed(directory), { hasSnapshot: false });
  expect((await deliver(again)).sequence).toBe(3);
  await again.close();
  await store.close();
});

/** No segment can be deleted, though the checkpoint that frees it is made. */
class KeepingDisk extends NodeDisk {
  kept = 0;

  override unlink(path: string): boolean {
    if (!path.endsWith('.journal')) return super.unlink(path);
    this.kept += 1;
    throw new Error('not to be deleted');
  }
}

test('segments that cannot be deleted are left to the next start', async () => {
  const directory = temporaryDirectory();
  const disk = new KeepingDisk();
  const store = await openSample(directory, { disk });
  // Of lengths of their own, and so not used again.
  for (let i = 0; i < 3; i += 1) await fill(store, 1, 100_000);
  await store.checkpoint();
  expect(disk.kept).toBeGreaterThan(1);
  await fill(store, 2);
  const expected = contentsOf(store);
  const again = await openSample(killed(directory));
  expect(contentsOf(again)).toEqual(expected);
  await again.close();
  await store.close();
});

test('what was synced is not written anew because the record that was to say so failed', async () => {
  const directory = temporaryDirectory();
  const disk = new FailingDisk();
  const store = await openSample(directory, { disk });
  await fill(store, 3);
  // All of the files is on disk; of the record nobody knows whether it is.
  disk.failing.add('fdatasync');
  await expect(store.checkpoint()).rejects.toThrow('fdatasync');
  disk.failing.clear();
  await later(AFTER_RETRY_MS);
  await fill(store, 1);
  disk.failing.add('syncAll');
  await expect(store.checkpoint()).rejects.toThrow('syncAll');
  disk.failing.clear();
  await store.checkpoint();
  await store.checkpoint();
  expect(store.statistics()).toMatchObject({ filesWritten: 5, fileBacklogMessages: 0 });
  await store.close();
});

test('what is void gets no file after a failed sync: its numbers are others by now', async () => {
  const directory = temporaryDirectory();
  const disk = new FailingDisk();
  const store = await openSample(directory, { disk });
  await deliver(store);
  disk.failing.add('fdatasync');
  const refused = [2, 3].map(
    () => new Promise<DeliveryOutcome>((done) => store.deliver(BOX, newMessage(), done)),
  );
  // Both in one batch, so that both are in the segment.
  store.flush();
  for (const { outcome } of await Promise.all(refused)) expect(outcome.kind).toBe('unavailable');
  disk.failing.clear();
  await later(AFTER_RETRY_MS);
  const copy = killed(directory);
  await store.close();
  const next = new FailingDisk();
  const again = await openSample(copy, { disk: next });
  // One message takes the numbers of the two that were refused.
  expect((await deliver(again, newMessage({ children: 1 }))).sequence).toBe(2);
  next.failing.add('syncAll');
  await expect(again.checkpoint()).rejects.toThrow('syncAll');
  next.failing.clear();
  await again.checkpoint();
  const names = readdirSync(copy, { recursive: true, encoding: 'utf8' });
  const files = names.flatMap((name) => /in\/0\/(\d{10}[nlp])$/.exec(name)?.[1] ?? []);
  expect(files.sort()).toEqual(['0000000001n', '0000000002n']);
  await again.close();
});

test('after a failed sync nothing is covered until the journal could be read', async () => {
  const directory = temporaryDirectory();
  const disk = new FailingDisk();
  const store = await openSample(directory, { disk });
  await fill(store, 6);
  disk.failing.add('syncAll').add('read');
  await expect(store.checkpoint()).rejects.toThrow();
  disk.failing.delete('syncAll');
  await expect(store.checkpoint()).rejects.toThrow('read');
  disk.failing.clear();
  await store.checkpoint();
  await store.checkpoint();
  expect(store.statistics()).toMatchObject({ filesWritten: 12, fileBacklogMessages: 0 });
  await store.close();
});

test('a sync that failed for another shard is taken for a failed one', async () => {
  const directory = temporaryDirectory();
  const disk = new FailingDisk();
  const store = await openSample(directory, { disk });
  await fill(store, 4);
  disk.failedElsewhere = 1;
  await expect(store.checkpoint()).rejects.toThrow('another shard');
  const { filesWritten } = store.statistics();
  await store.checkpoint();
  expect([filesWritten, store.statistics().filesWritten]).toEqual([4, 8]);
  await store.close();
});

test('a store whose disk takes nothing any more can be closed', async () => {
  const disk = new FailingDisk();
  const store = await openSample(temporaryDirectory(), { disk });
  await deliver(store);
  for (const operation of ['create', 'write', 'fdatasync'] as const) disk.failing.add(operation);
  expect((await deliver(store)).outcome.kind).toBe('unavailable');
  // The spares go one by one with the records that are to say what is void.
  await later(4_000);
  await store.close().catch(() => undefined);
});

/** Its syncs take no time, so that a record alone is synced before its flush returns. */
class QuickDisk extends NodeDisk {
  alone = 0;

  override fdatasync(_handle: number, done: Done, isAlone = false): void {
    if (isAlone) this.alone += 1;
    if (isAlone) done(null);
    else setImmediate(() => done(null));
  }
}

test('a record alone may be durable before its flush returns, and a stop does not wait for more', async () => {
  const disk = new QuickDisk();
  const store = await openSample(temporaryDirectory(), { disk });
  await deliver(store);
  const outcome = deliver(store);
  store.markConveyed(BOX, [{ sequence: sequenceNumber(1), status: 'listed', conveyed: 0 }]);
  await outcome;
  await deliver(store);
  // Staged, and not flushed: the stop does that.
  store.markConveyed(BOX, [{ sequence: sequenceNumber(2), status: 'listed', conveyed: 0 }]);
  await store.close();
  expect(disk.alone).toBeGreaterThan(1);
});
