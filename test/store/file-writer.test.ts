import { expect, test } from 'vitest';
import type { Image } from '../../src/store/backlog.js';
import { NodeDisk } from '../../src/store/disk.js';
import { FileWriter } from '../../src/store/file-writer.js';
import { sequenceNumber } from '../../src/x413/entry.js';
import { BOX, temporaryDirectory } from './samples.js';

const JOURNAL_BYTES = 4_000;

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
  writer.isAsked = true;
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
    return writer.share;
  };
  expect(shareAt(10)).toBeCloseTo(0.05);
  expect(shareAt(31)).toBeCloseTo(0.25);
  expect([shareAt(51), shareAt(1_000)]).toEqual([0.5, 0.5]);
});

test('it is a half where nobody asks for anything', () => {
  const writer = writerAt(() => 0);
  writer.isAsked = false;
  expect(writer.share).toBe(0.5);
});
