/** A start takes over what the journal holds, and writes files when it serves. */
import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { seededRandom } from '../../src/base/random.js';
import type { Notice } from '../../src/engine/contract.js';
import type { ShardStore } from '../../src/store/contract.js';
import { NodeDisk } from '../../src/store/disk/disk.js';
import { readJournal } from '../../src/store/journal/journal-reader.js';
import { type SequenceNumber, sequenceNumber } from '../../src/x413/entry.js';
import { FailingDisk } from '../fault/failing-disk.js';
import {
  BOX,
  contentsOf,
  deliver,
  killed,
  newMessage,
  openSample,
  register,
  remove,
  temporaryDirectory,
} from './samples.js';

const journalDirectory = (directory: string) => join(directory, 'shards/0/journal');
const messageFiles = (directory: string) =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\/\d{10}[nlp]$/.test(path))
    .map((path) => join(directory, path));

async function fill(store: ShardStore, count: number): Promise<SequenceNumber[]> {
  const outcomes = await Promise.all(
    Array.from({ length: count }, () => deliver(store, newMessage({ children: 1 }))),
  );
  return outcomes.map(({ sequence }) => sequence ?? sequenceNumber(1));
}

const mark = (store: ShardStore, sequence: SequenceNumber, status: 'listed' | 'processed') =>
  store.markConveyed(BOX, [{ sequence, status, conveyed: 0 }]);

test.each(['a new mailbox', 'a mailbox of the snapshot'])(
  'a start with a backlog of %s writes no file before it serves',
  async (kind) => {
    const directory = temporaryDirectory();
    const store = await openSample(directory);
    if (kind !== 'a new mailbox') {
      await fill(store, 5);
      await store.checkpoint();
    }
    const [first = sequenceNumber(1), second = sequenceNumber(1)] = await fill(store, 300);
    mark(store, second, 'processed');
    await remove(store, first);
    const expected = contentsOf(store);
    const copy = killed(directory);
    const before = messageFiles(copy).length;
    const disk = new FailingDisk();
    disk.failing.add('writeFile');
    const again = await openSample(copy, { disk });
    expect(contentsOf(again)).toEqual(expected);
    expect(again.statistics()).toMatchObject({ filesWritten: 0, fileBacklogMessages: 299 });
    expect(messageFiles(copy).length).toBe(before);
    disk.failing.clear();
    await again.checkpoint();
    expect(again.statistics()).toMatchObject({ filesWritten: 299, fileBacklogChanges: 0 });
    expect(contentsOf(again)).toEqual(expected);
    await again.close();
    await store.close();
  },
);

test('after a checkpoint nothing of an earlier life is left in the journal', async () => {
  const directory = temporaryDirectory();
  const store = await openSample(directory);
  await fill(store, 200);
  const copy = killed(directory);
  const segments = readdirSync(journalDirectory(copy));
  const again = await openSample(copy);
  const expected = contentsOf(again);
  await again.checkpoint();
  expect(readdirSync(journalDirectory(copy)).filter((name) => segments.includes(name))).toEqual([]);
  await again.close();
  rmSync(journalDirectory(copy), { recursive: true });
  const last = await openSample(copy);
  expect(contentsOf(last)).toEqual(expected);
  await last.close();
  await store.close();
});

test.each([1, 2, 3])(
  'life after life, however short, everything is there (seed %i)',
  async (seed) => {
    const random = seededRandom(seed);
    let directory = temporaryDirectory();
    let expected: unknown[] = [];
    for (let life = 0; life < 7; life += 1) {
      const store = await openSample(directory);
      expect(contentsOf(store), `life ${life}`).toEqual(expected);
      for (let i = 0; i < 12; i += 1) {
        const sequences = await fill(store, 1 + random.below(12));
        for (const sequence of sequences)
          if (random.below(3) === 0)
            mark(store, sequence, random.below(2) ? 'listed' : 'processed');
        const entries = contentsOf(store) as { sequence: SequenceNumber; parent: number }[];
        const mains = entries.filter((entry) => entry.parent === 0 && random.below(6) === 0);
        await remove(store, ...mains.map(({ sequence }) => sequence));
        if (random.below(15) === 0) await store.checkpoint();
      }
      await register(store, Buffer.from(`life ${life}`));
      expected = contentsOf(store);
      const left = random.below(3) === 0 ? directory : killed(directory);
      await store.close();
      directory = left;
    }
    // Without snapshot and journal the files have all.
    const store = await openSample(directory);
    await store.checkpoint();
    expect(Buffer.from(store.registrations(BOX) ?? []).toString()).toBe('life 6');
    await store.close();
    rmSync(join(directory, 'shards/0'), { recursive: true });
    const last = await openSample(directory);
    expect(contentsOf(last)).toEqual(expected);
    await last.close();
  },
  60_000,
);

test.each([true, false])(
  'files that a kill has torn are written anew (snapshot: %s)',
  async (has) => {
    const directory = temporaryDirectory();
    const store = await openSample(directory);
    await fill(store, 3);
    await store.checkpoint();
    await fill(store, 10);
    await new Promise((resolve) => setTimeout(resolve, 1_400));
    expect(store.statistics().fileBacklogMessages).toBe(0);
    const expected = contentsOf(store);
    const copy = killed(directory);
    for (const path of messageFiles(copy))
      if (Number(path.slice(-11, -1)) > 6) truncateSync(path, 40);
    if (!has) rmSync(join(copy, 'shards/0/index.lmdb'), { recursive: true, force: true });
    const again = await openSample(copy);
    expect(contentsOf(again)).toEqual(expected);
    await again.checkpoint();
    for (const path of messageFiles(copy)) expect(readFileSync(path).length).toBeGreaterThan(1_000);
    expect(contentsOf(again)).toEqual(expected);
    await again.close();
    await store.close();
  },
);

test('a start goes on behind damage at the end of a segment, and so does each one after it', async () => {
  const directory = temporaryDirectory();
  const store = await openSample(directory);
  await fill(store, 150);
  const copy = killed(directory);
  await store.close();
  const { segments } = readJournal(new NodeDisk(), journalDirectory(copy));
  expect(segments.length).toBeGreaterThan(1);
  const { path = '', used = 0, lastLsn = 0 } = segments[0] ?? {};
  const octets = readFileSync(path);
  octets.writeUInt8(octets.readUInt8(used - 1) ^ 1, used - 1);
  writeFileSync(path, octets);
  let place = copy;
  let expected: unknown[] = [];
  for (let life = 0; life < 3; life += 1) {
    const notices: Notice[] = [];
    const again = await openSample(place, { onNotice: (notice) => notices.push(notice) });
    const losses = notices.filter(({ level }) => level === 'error').map(({ fields }) => fields);
    if (life > 0) expect([contentsOf(again), losses]).toEqual([expected, []]);
    else {
      expect(again.mailbox(BOX).count).toBe(149);
      expect(losses).toEqual([{ records: `${lastLsn}`, files: basename(path) }]);
    }
    await fill(again, 2);
    expected = contentsOf(again);
    place = killed(place);
    await again.close();
  }
});
