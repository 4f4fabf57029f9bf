import { readdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { NodeDisk } from '../../src/store/disk/disk.js';
import type { Image } from '../../src/store/files/backlog.js';
import { FileWriter } from '../../src/store/files/file-writer.js';
import { sequenceNumber } from '../../src/x413/entry.js';
import {
  BOX,
  contentsOf,
  deliver,
  mailboxId,
  openSample,
  remove,
  temporaryDirectory,
} from './samples.js';

const JOURNAL_BYTES = 4_000;
const OTHER = mailboxId('other');

function writerAt(now: () => number): FileWriter {
  const never = () => {
    throw new Error('nothing is to be written here');
  };
  const writer = new FileWriter({
    disk: new NodeDisk(),
    data: temporaryDirectory(),
    clock: { nowMs: now, monotonicMs: now },
    journalBytesMax: JOURNAL_BYTES,
    octetsOf: never,
    onProgress: never,
    onObstacle: never,
  });
  writer.asked();
  return writer;
}

function add(writer: FileWriter, sequence: number, bytes: number, sinceMs: number): void {
  const image = { at: 0, bytes } as Image;
  writer.backlog.create(BOX, sequenceNumber(sequence), image, sequence, sinceMs);
}

test('the share of the thread grows with the square of the backlog', () => {
  const writer = writerAt(() => 0);
  expect(writer.share).toBeCloseTo(0.05);
  const shares = [1, 2, 3].map((third) => {
    add(writer, third, 1_000, 0);
    return writer.share;
  });
  // Three quarters of the journal are all that the backlog may be.
  expect(shares).toEqual(
    [0.05 + 0.9 / 9, 0.05 + (0.9 * 4) / 9, 0.95].map((s) => expect.closeTo(s)),
  );
});

test('it grows with the age of the oldest, so that no small load piles up', () => {
  let nowMs = 0;
  const writer = writerAt(() => nowMs);
  add(writer, 1, 1, 0);
  const shareAt = (seconds: number) => {
    nowMs = 1_000 * seconds;
    writer.asked();
    return writer.share;
  };
  expect(shareAt(10)).toBeCloseTo(0.05);
  expect(shareAt(31)).toBeCloseTo(0.25);
  expect([shareAt(51), shareAt(1_000)]).toEqual([0.5, 0.5]);
});

test('it is a half where nobody has asked for anything for a while', () => {
  let nowMs = 0;
  const writer = writerAt(() => nowMs);
  const shareAt = (ms: number) => {
    nowMs = ms;
    return writer.share;
  };
  expect(shareAt(49)).toBeCloseTo(0.05);
  expect(shareAt(50)).toBe(0.5);
});

/** A store with one message whose file bears another name than its index says. */
async function misnamed(from: string, to: string) {
  const directory = temporaryDirectory();
  const store = await openSample(directory);
  await deliver(store);
  await store.checkpoint();
  const path = readdirSync(directory, { recursive: true, encoding: 'utf8' }).find((name) =>
    name.endsWith(`0000000001${from}`),
  );
  const bucket = join(directory, dirname(path ?? ''));
  renameSync(join(bucket, `0000000001${from}`), join(bucket, `0000000001${to}`));
  return { store, files: () => readdirSync(bucket).filter((name) => name.startsWith('00')) };
}

test('a file is read and removed under whatever name it has', async () => {
  const { store, files } = await misnamed('n', 'l');
  expect(contentsOf(store).length).toBe(1);
  await remove(store, sequenceNumber(1));
  await store.checkpoint();
  expect(files()).toEqual([]);
  await store.close();
});

test.each(['l', 'p'])('a status is put on a file %s, whatever its name says', async (name) => {
  const { store, files } = await misnamed('n', name);
  store.markConveyed(BOX, [{ sequence: sequenceNumber(1), status: 'listed', conveyed: 0 }]);
  await store.checkpoint();
  expect(files()).toEqual(['0000000001l']);
  store.markConveyed(BOX, [{ sequence: sequenceNumber(1), status: 'processed', conveyed: 0 }]);
  await store.checkpoint();
  expect(files()).toEqual(['0000000001p']);
  await store.close();
});

test('files of one mailbox are written in a run, and the oldest of another is not forgotten', async () => {
  const written: string[] = [];
  const disk = new NodeDisk();
  disk.addDirectory = () => undefined;
  disk.writeFile = (path) => written.push(path.includes('/box/') ? 'a' : 'b');
  const writer = new FileWriter({
    disk,
    data: temporaryDirectory(),
    clock: { nowMs: () => 0, monotonicMs: () => 0 },
    journalBytesMax: 1_000_000,
    octetsOf: () => new Uint8Array(1),
    onProgress: () => undefined,
    onObstacle: () => undefined,
  });
  const image = { at: 0, bytes: 1 } as Image;
  for (let number = 1; number <= 40; number += 1)
    for (const box of [BOX, OTHER])
      writer.backlog.create(box, sequenceNumber(number), image, number, 0);
  await writer.drain();
  const runs = written
    .join('')
    .match(/a+|b+/g)
    ?.map((run) => run.length);
  expect(runs).toEqual([32, 32, 8, 8]);
});
