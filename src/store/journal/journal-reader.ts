/**
 * The journal as a start finds it: from the last checkpoint on, without what is void, and without
 * what a torn write has left of the last batch.
 *
 * Records that are damaged in batches that were durable are lost; all whole ones behind them count.
 *
 * One segment at a time is in memory. Segments that the checkpoint covers whole are not read.
 *
 * Source: ours. docs/formats/journal.md, docs/adr/0016-torn-or-damaged.md.
 */
import { basename, join } from 'node:path';
import { SLOT_COUNT } from '../../limits.js';
import type { Disk } from '../disk/disk.js';
import {
  type Bridges,
  endOf,
  hasMarks,
  isInRange,
  type JournalRecord,
  type LsnRange,
  RECORD_HEADER_BYTES,
  RECORD_TYPE,
  readSegment,
  recordAt,
  unpackRange,
} from './journal-record.js';
import { lastBatch, type Survey, surveySegment, withoutTornEnd } from './journal-survey.js';

/** A segment some of whose records count. */
export interface FoundSegment {
  readonly path: string;
  readonly firstLsn: number;
  readonly lastLsn: number;
  /** Of the file, and of the records in it. */
  readonly bytes: number;
  readonly used: number;
  /** Over what is damaged in it. */
  readonly bridges: Bridges;
  /** The LSNs that are in it. */
  readonly runs: readonly LsnRange[];
  /** Where its last batch begins, or may: all before it were durable. */
  readonly lastBatchAt: number;
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
  /** The greatest LSN on any whole record, void and torn ones included; 0 where there is none. */
  readonly lastLsn: number;
  /** Records that were durable and are damaged, ascending. */
  readonly lost: readonly LsnRange[];
  /** Files of damage: for a person to look at. */
  readonly evidence: ReadonlySet<string>;
  /** In some of them nothing is whole: nobody knows what they held. */
  readonly isUnreadable: boolean;
  /** Whole records that do not count, for they belong to a batch that was torn. */
  readonly tornRecords: number;
  /** From here on the journal has every record; infinite where it has none. */
  readonly firstLsn: number;
  /** LSNs of records in `segments` that do not count. */
  readonly voids: readonly LsnRange[];
}

interface Found {
  readonly path: string;
  /** Of the first whole record; 0 where there is none. */
  readonly firstLsn: number;
  readonly life: number;
  /** There is something in it, which does not begin with a whole record. */
  readonly isHeadless: boolean;
  /** It begins with what no write of ours can have left, be it torn. */
  readonly isForeign: boolean;
  /** What its first header says, whole or not. */
  readonly claimedLsn: number;
  /** It is free, and says that all records below are in the files; 0 where it is not. */
  readonly coveredLsn: number;
}

/** Of a segment's front, which tell whether anything was ever written to it. */
const FRONT_BYTES = 64 << 10;

/** What the newest segments tell, back to the last checkpoint. */
interface Tail {
  readonly segments: readonly FoundSegment[];
  readonly coveredLsn: number;
  readonly voids: readonly LsnRange[];
  readonly lastLsn: number;
  readonly tornRecords: number;
}

export function readJournal(disk: Disk, directory: string): ReadJournal {
  const paths = disk
    .readdir(directory)
    .filter((name) => name.endsWith('.journal'))
    .map((name) => join(directory, name));
  const heads = paths.map((path) => headOf(disk, path));
  const lives = heads.flatMap(({ life }) => (hasMarks(life) ? [life] : []));
  const found = heads
    .map((head) => (head.isHeadless ? withFirstWhole(disk, head, lives) : head))
    .sort((a, b) => a.firstLsn - b.firstLsn);
  const tail = readTail(disk, found, lives);
  const { segments, coveredLsn } = tail;
  const counting = new Set(segments.map(({ path }) => path));
  const stale = found.filter(({ path }) => !counting.has(path));
  const unread = stale.filter(({ isHeadless }) => isHeadless);
  const claimed = unread.map(({ claimedLsn }) => claimedLsn);
  const lost = lostRanges(tail, claimed);
  const unreadable = unread.filter(({ isForeign }) => isForeign || lost.length > 0);
  return {
    stalePaths: stale.map(({ path }) => path),
    segments,
    nextSegment: 1 + Math.max(0, ...paths.map((path) => Number.parseInt(basename(path), 10))),
    records: { [Symbol.iterator]: () => countingRecords(disk, tail) },
    lastLsn: tail.lastLsn,
    firstLsn: coveredLsn > 0 ? coveredLsn : (segments[0]?.firstLsn ?? Number.POSITIVE_INFINITY),
    lost,
    evidence: new Set([...damagedPaths(segments, lost), ...unreadable.map(({ path }) => path)]),
    isUnreadable: unreadable.length > 0,
    voids: tail.voids,
    tornRecords: tail.tornRecords,
  };
}

/** Reads the first record. */
function headOf(disk: Disk, path: string): Found {
  const none = {
    path,
    firstLsn: 0,
    life: 0,
    isHeadless: false,
    isForeign: false,
    claimedLsn: 0,
    coveredLsn: 0,
  };
  const front = Buffer.from(disk.readFront(path, FRONT_BYTES) ?? []);
  if (front.length < RECORD_HEADER_BYTES || isZero(front)) return none;
  const bytes = RECORD_HEADER_BYTES + front.readUInt32BE(0);
  const isForeign = !isZero(front.subarray(0, RECORD_HEADER_BYTES)) && !canBeHead(front);
  // A length that is damaged must not make us ask for gigabytes.
  const octets = bytes > front.length && !isForeign ? disk.readFile(path) : front;
  const record = recordAt(Buffer.from(octets ?? front), 0);
  const claimedLsn = Number(front.readBigUInt64BE(8));
  if (record === null) return { ...none, isHeadless: true, isForeign, claimedLsn };
  if (record.type === RECORD_TYPE.freed)
    return { ...none, life: record.life, coveredLsn: record.lsn };
  return { ...none, firstLsn: record.lsn, life: record.life };
}

const isZero = (octets: Uint8Array) => octets.every((octet) => octet === 0);

/** The header of a record of ours, or what a short write has left of it before zeros. */
function canBeHead(header: Buffer): boolean {
  const [type, mark, slot] = [header.readUInt8(16), header.readUInt8(17), header.readUInt16BE(18)];
  const isKnown = type === 0 || Object.values<number>(RECORD_TYPE).includes(type);
  return isKnown && mark <= 1 && slot < SLOT_COUNT;
}

/** Where only its first records are damaged the segment counts all the same. */
function withFirstWhole(disk: Disk, head: Found, lives: readonly number[]): Found {
  const [first] = surveySegment(disk.readFile(head.path) ?? new Uint8Array(0), lives).records;
  return first === undefined ? head : { ...head, firstLsn: first.lsn, life: first.life };
}

/** From the newest back to the one that holds the last checkpoint's first record. */
function readTail(disk: Disk, found: readonly Found[], lives: readonly number[]): Tail {
  const segments: FoundSegment[] = [];
  const voids: LsnRange[] = [];
  let coveredLsn = Math.max(0, ...found.map((one) => one.coveredLsn));
  // The number of the checkpoint itself, of which nothing else may be left, is no lower.
  let lastLsn = coveredLsn;
  let tornRecords = 0;
  for (const { path, firstLsn } of found.toReversed()) {
    if (firstLsn === 0) break;
    const octets = disk.readFile(path) ?? new Uint8Array(0);
    const all = surveySegment(octets, lives);
    // Older ones were durable before the first record that counts of a newer one was written.
    const next = segments[0];
    const { records, bridges } =
      next === undefined ? withoutTornEnd(all) : before(all, next.firstLsn);
    lastLsn = Math.max(lastLsn, all.records.at(-1)?.lsn ?? 0);
    if (next === undefined) tornRecords += all.records.length - records.length;
    const last = records.at(-1);
    if (last === undefined) continue;
    for (const { type, body } of records)
      if (type === RECORD_TYPE.resume) voids.push(unpackRange(body));
    coveredLsn = Math.max(coveredLsn, coveredBy(records, voids));
    const facts = { path, firstLsn, lastLsn: last.lsn, bytes: octets.length };
    const lastBatchAt = (lastBatch(records)?.at ?? RECORD_HEADER_BYTES) - RECORD_HEADER_BYTES;
    const runs = runsOf(records);
    segments.unshift({ ...facts, used: endOf(records), bridges, runs, lastBatchAt });
    if (coveredLsn > 0 && firstLsn <= coveredLsn) break;
  }
  return { segments, coveredLsn, voids, lastLsn, tornRecords };
}

/**
 * The greatest LSN that a checkpoint covers; 0 where there is none. One of a void batch does not
 * count: its sync failed, so that it may be in memory only, and what is built on it outlives it.
 * What makes it void stands in a later segment.
 */
function coveredBy(records: readonly JournalRecord[], voids: readonly LsnRange[]): number {
  let covered = 0;
  for (const { type, lsn, body } of records)
    if (type === RECORD_TYPE.checkpoint && !isInRange(voids, lsn))
      covered = Math.max(covered, unpackRange(body)[0]);
  return covered;
}

/** Without what a torn batch of an earlier life has left. */
function before({ records, bridges }: Survey, lsn: number): Survey {
  const kept = records.filter((record) => record.lsn < lsn);
  const end = endOf(kept);
  return { records: kept, bridges: new Map([...bridges].filter(([, to]) => to < end)) };
}

function* countingRecords(
  disk: Disk,
  { segments, coveredLsn, voids }: Tail,
): IterableIterator<FoundRecord> {
  for (const { path, bridges, lastLsn } of segments) {
    for (const record of readSegment(disk.readFile(path) ?? new Uint8Array(0), bridges)) {
      if (record.lsn > lastLsn) break;
      if (record.lsn >= coveredLsn && !isInRange(voids, record.lsn)) yield { ...record, path };
    }
  }
}

function runsOf(records: readonly JournalRecord[]): LsnRange[] {
  const runs: [number, number][] = [];
  for (const { lsn } of records) {
    const run = runs.at(-1);
    if (run?.[1] === lsn - 1) run[1] = lsn;
    else runs.push([lsn, lsn]);
  }
  return runs;
}

/**
 * What is missing between records that count, and not void. Before them all nothing is, unless
 * there is an unread segment that claims to be from there: a checkpoint has freed it, though its
 * record may be what is damaged, or void.
 */
function lostRanges({ segments, coveredLsn, voids }: Tail, claimed: readonly number[]): LsnRange[] {
  const first = segments[0];
  if (first === undefined) return [];
  const isClaimed = claimed.some((lsn) => coveredLsn <= lsn && lsn < first.firstLsn && lsn > 0);
  const isFrontDamaged = first.bridges.has(0) || isClaimed;
  const there = [...segments.flatMap(({ runs }) => runs), ...voids].sort(([a], [b]) => a - b);
  const lost: LsnRange[] = [];
  let expected = isFrontDamaged
    ? coveredLsn || Math.max(1, first.firstLsn - 1)
    : Math.max(coveredLsn, first.firstLsn);
  for (const [from, to] of there) {
    if (from > expected) lost.push([expected, from - 1]);
    expected = Math.max(expected, to + 1);
  }
  return lost;
}

/** Those with damage in them, and those behind which something is missing. */
function damagedPaths(segments: readonly FoundSegment[], lost: readonly LsnRange[]): string[] {
  const isDamaged = ({ bridges, firstLsn, lastLsn }: FoundSegment, i: number) => {
    const next = segments[i + 1]?.firstLsn ?? Number.POSITIVE_INFINITY;
    const isBehind = ([from]: LsnRange) => firstLsn <= from && lastLsn < from && from < next;
    return bridges.size > 0 || lost.some(isBehind);
  };
  return segments.filter(isDamaged).map(({ path }) => path);
}
