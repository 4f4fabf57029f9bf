import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { NodeDisk } from '../../src/store/disk/disk.js';
import { readJournal } from '../../src/store/journal/journal-reader.js';
import { encodeRecord, packRange, RECORD_TYPE } from '../../src/store/journal/journal-record.js';
import { temporaryDirectory } from './samples.js';

const ZEROS = Buffer.alloc(100);
const plain = (lsn: number) =>
  encodeRecord({ lsn, type: RECORD_TYPE.deliver, slot: 0, isFirst: true, life: 1 }, [
    Buffer.from(`${lsn}`),
  ]);
const checkpoint = (lsn: number, covered: number) =>
  encodeRecord({ lsn, type: RECORD_TYPE.checkpoint, slot: 0, isFirst: true, life: 1 }, [
    packRange(covered, covered),
  ]);
const resume = (lsn: number, from: number, to: number) =>
  encodeRecord({ lsn, type: RECORD_TYPE.resume, slot: 0, isFirst: true, life: 1 }, [
    packRange(from, to),
  ]);
const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => plain(from + i));

class CountingDisk extends NodeDisk {
  readonly readPaths: string[] = [];

  override readFile(path: string): Uint8Array | null {
    this.readPaths.push(path);
    return super.readFile(path);
  }
}

function journalOf(...segments: readonly (readonly Buffer[])[]) {
  const directory = temporaryDirectory();
  const paths = segments.map((records, i) => {
    const path = join(directory, `${String(i + 1).padStart(10, '0')}.journal`);
    writeFileSync(path, Buffer.concat([...records, ZEROS]));
    return path;
  });
  const disk = new CountingDisk();
  const journal = readJournal(disk, directory);
  const number = (path: string) => paths.indexOf(path);
  return {
    disk,
    lsns: [...journal.records].map(({ lsn }) => lsn),
    paths: journal.segments.map(({ path }) => number(path)),
    stale: journal.stalePaths.map(number),
    lost: journal.lost,
    lastLsn: journal.lastLsn,
    firstLsn: journal.firstLsn,
  };
}

test('segments are read in the order of their records, whatever they are called', () => {
  const { lsns, paths, stale, firstLsn, lastLsn } = journalOf(
    range(7, 9),
    range(1, 3),
    range(4, 6),
  );
  expect(lsns).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect([paths, stale, firstLsn, lastLsn]).toEqual([[1, 2, 0], [], 1, 9]);
});

test('what a checkpoint covers is left out, and its segments are not read', () => {
  const newest = [...range(8, 9), checkpoint(10, 6), plain(11)];
  const found = journalOf(range(1, 2), range(3, 4), range(5, 7), newest, []);
  expect(found.lsns).toEqual([6, 7, 8, 9, 10, 11]);
  expect([found.paths, found.stale]).toEqual([
    [2, 3],
    [4, 0, 1],
  ]);
  expect([found.firstLsn, found.lastLsn]).toEqual([6, 11]);
  expect(new Set(found.disk.readPaths).size).toBe(2);
});

test('a checkpoint in an old segment does not hide that newer ones follow', () => {
  const found = journalOf([...range(1, 2), checkpoint(3, 2)], range(4, 6), range(7, 8));
  expect([found.lsns, found.paths]).toEqual([
    [2, 3, 4, 5, 6, 7, 8],
    [0, 1, 2],
  ]);
});

test('void records are left out, and do not count as a gap', () => {
  const found = journalOf(range(1, 5), [resume(8, 4, 7), plain(9)]);
  expect([found.lsns, found.lastLsn]).toEqual([[1, 2, 3, 8, 9], 9]);
});

test('a checkpoint that is void covers nothing: it may be in memory only', () => {
  const found = journalOf(range(1, 2), [...range(3, 4), checkpoint(5, 4)], [resume(6, 5, 5)]);
  expect([found.lsns, found.stale, found.firstLsn]).toEqual([[1, 2, 3, 4, 6], [], 1]);
});

test('a gap that is not void is a loss: what is behind it counts', () => {
  const found = journalOf(range(1, 3), range(5, 6));
  expect([found.lsns, found.lost, found.lastLsn]).toEqual([[1, 2, 3, 5, 6], [[4, 4]], 6]);
});

test('what a checkpoint has freed is not lost, be there a torn segment or not', () => {
  const torn = (lsn: number) => plain(lsn).fill(7, 24);
  const newest = [plain(9), checkpoint(10, 1)];
  expect(journalOf(newest, [torn(17)])).toMatchObject({ lsns: [9, 10], lost: [] });
  expect(journalOf(newest, [torn(5)])).toMatchObject({ lsns: [9, 10], lost: [[1, 8]] });
});

test('a journal without marks is read as ever: a bad record ends its segment', () => {
  const bad = plain(2);
  bad.writeUInt8(7, bad.length - 1);
  const torn = journalOf([plain(1), bad, ...range(3, 4)]);
  expect([torn.lsns, torn.lost, torn.lastLsn]).toEqual([[1], [], 1]);
  const damaged = journalOf([plain(1), bad, ...range(3, 4)], range(5, 6));
  expect([damaged.lsns, damaged.lost]).toEqual([[1, 5, 6], [[2, 4]]]);
});

test('a segment whose first record is torn has none', () => {
  const torn = plain(6);
  torn.writeUInt8(1, torn.length - 1);
  const huge = plain(7);
  huge.writeUInt32BE(0xffff_fff0, 0);
  const found = journalOf(range(1, 3), [torn], [huge], []);
  expect([found.lsns, found.paths]).toEqual([[1, 2, 3], [0]]);
  expect(found.lastLsn).toBe(3);
});

test('no journal at all', () => {
  expect(journalOf()).toMatchObject({ lsns: [], firstLsn: Number.POSITIVE_INFINITY, lastLsn: 0 });
});
