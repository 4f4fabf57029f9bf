/**
 * The journal as a start finds it: from the last checkpoint on, without what is void, up to a gap.
 *
 * One segment at a time is in memory. Segments that the checkpoint covers whole are not read.
 *
 * Source: ours. docs/formats/journal.md.
 */
import { basename, join } from 'node:path';
import type { Disk } from './disk.js';
import {
  type JournalRecord,
  RECORD_HEADER_BYTES,
  RECORD_TYPE,
  readSegment,
  unpackRange,
} from './journal-record.js';

/** A segment some of whose records count. */
export interface FoundSegment {
  readonly path: string;
  readonly firstLsn: number;
  readonly lastLsn: number;
  /** Of the file, and of the records in it. */
  readonly bytes: number;
  readonly used: number;
}

export interface FoundRecord extends JournalRecord {
  readonly path: string;
}

export interface ReadJournal {
  /** Nothing in them counts any more. */
  readonly stalePaths: readonly string[];
  /** All others, ascending by LSN. */
  readonly segments: readonly FoundSegment[];
  /** Greater than that of every file. */
  readonly nextSegment: number;
  /** Those that count, ascending. Read from the disk each time. */
  readonly records: Iterable<FoundRecord>;
  /** The greatest LSN on any whole record, void ones included; 0 where there is none. */
  readonly lastLsn: number;
  /** From here on the journal has every record; infinite where it has none. */
  readonly firstLsn: number;
}

interface Found {
  readonly path: string;
  /** 0 where it begins with no whole record. */
  readonly firstLsn: number;
}

/** What the newest segments tell, back to the last checkpoint. */
interface Tail {
  readonly segments: readonly FoundSegment[];
  readonly coveredLsn: number;
  readonly voids: readonly (readonly [from: number, to: number])[];
  readonly lastLsn: number;
}

export function readJournal(disk: Disk, directory: string): ReadJournal {
  const found = disk
    .readdir(directory)
    .filter((name) => name.endsWith('.journal'))
    .map((name) => join(directory, name))
    .map((path): Found => ({ path, firstLsn: firstLsnOf(disk, path) }))
    .sort((a, b) => a.firstLsn - b.firstLsn);
  const tail = readTail(disk, found);
  const { segments, coveredLsn, lastLsn } = tail;
  const counting = new Set(segments.map(({ path }) => path));
  return {
    stalePaths: found.map(({ path }) => path).filter((path) => !counting.has(path)),
    segments,
    nextSegment: 1 + Math.max(0, ...found.map(({ path }) => Number.parseInt(basename(path), 10))),
    records: { [Symbol.iterator]: () => countingRecords(disk, tail) },
    lastLsn,
    firstLsn: coveredLsn > 0 ? coveredLsn : (segments[0]?.firstLsn ?? Number.POSITIVE_INFINITY),
  };
}

/** Of the first record, if it is whole. */
function firstLsnOf(disk: Disk, path: string): number {
  const header = Buffer.from(disk.readFront(path, RECORD_HEADER_BYTES) ?? []);
  if (header.length < RECORD_HEADER_BYTES) return 0;
  const bytes = RECORD_HEADER_BYTES + header.readUInt32BE(0);
  // Zeros, or a length that is damaged: it must not make us ask for gigabytes.
  if (header.readBigUInt64BE(8) === 0n) return 0;
  const isLong = bytes > 1 << 20;
  const octets = isLong ? disk.readFile(path) : disk.readFront(path, bytes);
  return readSegment(octets?.subarray(0, bytes) ?? header)[0]?.lsn ?? 0;
}

/** From the newest back to the one that holds the last checkpoint's first record. */
function readTail(disk: Disk, found: readonly Found[]): Tail {
  const segments: FoundSegment[] = [];
  const voids: [number, number][] = [];
  let coveredLsn = 0;
  for (const { path, firstLsn } of found.toReversed()) {
    if (firstLsn === 0) break;
    const octets = disk.readFile(path) ?? new Uint8Array(0);
    let lastLsn = firstLsn;
    let used = 0;
    for (const { lsn, type, body, at } of readSegment(octets)) {
      lastLsn = lsn;
      used = at + body.length;
      if (type === RECORD_TYPE.resume) voids.push(unpackRange(body));
      else if (type === RECORD_TYPE.checkpoint)
        coveredLsn = Math.max(coveredLsn, unpackRange(body)[0]);
    }
    segments.unshift({ path, firstLsn, lastLsn, bytes: octets.length, used });
    if (coveredLsn > 0 && firstLsn <= coveredLsn) break;
  }
  return { segments, coveredLsn, voids, lastLsn: segments.at(-1)?.lastLsn ?? 0 };
}

function* countingRecords(
  disk: Disk,
  { segments, coveredLsn, voids }: Tail,
): IterableIterator<FoundRecord> {
  const isVoid = (lsn: number) => voids.some(([from, to]) => from <= lsn && lsn <= to);
  let expected = 0;
  for (const { path } of segments) {
    for (const record of readSegment(disk.readFile(path) ?? new Uint8Array(0))) {
      if (record.lsn < coveredLsn || isVoid(record.lsn)) continue;
      while (expected !== 0 && isVoid(expected)) expected += 1;
      if (expected !== 0 && record.lsn !== expected) return;
      yield { ...record, path };
      expected = record.lsn + 1;
    }
  }
}
