/**
 * One journal record. FROZEN.
 *
 *     0  4  length of the body        16  1  type     18  2  slot
 *     4  4  CRC-32C of 8.. and body   17  1  mark     20  4  life
 *     8  8  LSN                       24     body
 *
 * The LSN counts records: a reader of a recycled segment knows a stale record by its number, which
 * does not follow on the one before. The mark is 1 on the first record of a batch, else 0. The life
 * is drawn at random for each start of the shard: by it a reader finds the records behind damage,
 * and nobody who sends a message can write one into its content.
 *
 * Source: ours. docs/formats/journal.md.
 */
import { randomInt } from 'node:crypto';
import { joinOctets, type Pieces, sizeOf } from '../../base/octets.js';
import { RETRIEVAL_STATUS, type RetrievalStatus, sequenceNumber } from '../../x413/entry.js';
import type { BoxId } from '../box.js';
import type { StatusChange } from '../contract.js';
import { crcCombined, crcContinued, crcOf } from '../disk/crc.js';
import { type MessagePlan, TRAILER_BYTES, writeMessageFile } from '../files/message-file.js';

export const RECORD_HEADER_BYTES = 24;
/** Of the life, in the header. */
export const LIFE_AT = 20;
/** Below it are the lives of journals that had no marks: they were counted from one. */
const LIFE_MIN = 2 ** 16;

/** Another one each time. */
export const drawLife = () => randomInt(LIFE_MIN, 2 ** 32);

/** Whether batches are marked in the segments of a life. */
export const hasMarks = (life: number) => life >= LIFE_MIN;

/** FROZEN. */
export const RECORD_TYPE = {
  deliver: 1,
  status: 2,
  remove: 3,
  checkpoint: 4,
  resume: 5,
  register: 6,
  submit: 7,
  settled: 8,
  freed: 9,
  removeAt: 10,
} as const;

/** What carries a whole message, and must not use the room that is kept for what makes room. */
export const carriesMessage = (type: number) =>
  type === RECORD_TYPE.deliver || type === RECORD_TYPE.submit;

export interface JournalRecord {
  readonly lsn: number;
  readonly type: number;
  /** It begins a batch: all batches before were durable when it was written. */
  readonly isFirst: boolean;
  readonly slot: number;
  readonly life: number;
  readonly body: Uint8Array;
  /** Where the body begins in its segment. */
  readonly at: number;
}

export type RecordHead = Omit<JournalRecord, 'body' | 'at'>;

/** What a record says beside its own header: writes itself where the record is put together. */
export interface RecordBody {
  readonly bytes: number;
  /** Writes itself at `at`; returns the CRC of what `crc` is of, then the body. */
  write(octets: Buffer, at: number, crc: number): number;
}

export class PiecesBody implements RecordBody {
  readonly #pieces: Pieces;
  readonly bytes: number;

  constructor(pieces: Pieces) {
    this.#pieces = pieces;
    this.bytes = sizeOf(pieces);
  }

  write(octets: Buffer, at: number, crc: number): number {
    let end = at;
    for (const piece of this.#pieces) {
      octets.set(piece, end);
      end += piece.length;
    }
    return crcContinued(crc, octets.subarray(at, end));
  }
}

/** A delivery. The message file's CRC serves the record's too, so that its octets are read once. */
export class DeliverBody implements RecordBody {
  readonly #mailbox: Uint8Array;
  readonly #plan: MessagePlan;
  readonly bytes: number;

  /** `mailbox` as {@link mailboxOctets} gives it. */
  constructor(mailbox: Uint8Array, plan: MessagePlan) {
    this.#mailbox = mailbox;
    this.#plan = plan;
    this.bytes = mailbox.length + plan.bytes;
  }

  write(octets: Buffer, at: number, crc: number): number {
    octets.set(this.#mailbox, at);
    const start = at + this.#mailbox.length;
    const end = at + this.bytes;
    const before = crcContinued(crc, this.#mailbox);
    const file = writeMessageFile(this.#plan, octets, start);
    const trailer = octets.subarray(end - TRAILER_BYTES, end);
    return crcContinued(crcCombined(before, file, this.#plan.bytes - TRAILER_BYTES), trailer);
  }
}

/** Writes a whole record at `at`; there must be room for it. */
export function writeRecord(
  octets: Buffer,
  at: number,
  { lsn, type, isFirst, slot, life }: RecordHead,
  body: RecordBody,
): void {
  octets.writeUInt32BE(body.bytes, at);
  octets.writeUInt32BE(Math.floor(lsn / 2 ** 32), at + 8);
  octets.writeUInt32BE(lsn % 2 ** 32, at + 12);
  octets.writeUInt16BE((type << 8) | Number(isFirst), at + 16);
  octets.writeUInt16BE(slot, at + 18);
  octets.writeUInt32BE(life, at + LIFE_AT);
  const header = crcOf([octets.subarray(at + 8, at + RECORD_HEADER_BYTES)]);
  octets.writeUInt32BE(body.write(octets, at + RECORD_HEADER_BYTES, header) >>> 0, at + 4);
}

/** A record of its own, for what is not on the way of a delivery. */
export function encodeRecord(head: RecordHead, pieces: Pieces): Buffer {
  const body = new PiecesBody(pieces);
  const octets = Buffer.alloc(RECORD_HEADER_BYTES + body.bytes);
  writeRecord(octets, 0, head, body);
  return octets;
}

/** What the kernel would read before it writes less. */
const PAGE_BYTES = 4_096;

/**
 * The front of a segment of `bytes` octets from the moment that nobody needs its records until it
 * is written again. None of them counts, nor any other below `coveredLsn`, though the checkpoint
 * that has freed them be damaged. Its life finds records of segments whose front is damaged.
 */
export function freedFront(coveredLsn: number, life: number, bytes: number): Uint8Array {
  const front = Buffer.alloc(Math.min(bytes, PAGE_BYTES));
  const type = RECORD_TYPE.freed;
  writeRecord(
    front,
    0,
    { lsn: coveredLsn, type, isFirst: true, slot: 0, life },
    new PiecesBody([]),
  );
  return front;
}

/** The whole record at `at`, which its header or `end` ends; null where there is none. */
export function recordAt(segment: Buffer, at: number, end?: number): JournalRecord | null {
  const start = at + RECORD_HEADER_BYTES;
  if (start > segment.length) return null;
  const until = end ?? start + segment.readUInt32BE(at);
  const lsn = Number(segment.readBigUInt64BE(at + 8));
  if (until < start || until > segment.length || lsn === 0) return null;
  if (segment.readUInt32BE(at + 4) !== crcOf([segment.subarray(at + 8, until)])) return null;
  return {
    lsn,
    type: segment.readUInt8(at + 16),
    isFirst: segment.readUInt8(at + 17) === 1,
    slot: segment.readUInt16BE(at + 18),
    life: segment.readUInt32BE(at + LIFE_AT),
    body: segment.subarray(start, until),
    at: start,
  };
}

/** By the place of what is no whole record: where the next whole one begins. */
export type Bridges = ReadonlyMap<number, number>;

const NO_BRIDGES: Bridges = new Map();

/** Whole records, each behind the one before and with the next LSN, from `at` on. */
export function readRun(segment: Buffer, at: number): JournalRecord[] {
  const records: JournalRecord[] = [];
  for (let place = at, expected = 0; ; ) {
    const record = recordAt(segment, place);
    if (record === null || (expected !== 0 && record.lsn !== expected)) return records;
    records.push(record);
    place = record.at + record.body.length;
    expected = record.lsn + 1;
  }
}

/** The records of one segment, up to the first that is torn, stale or none and has no bridge. */
export function readSegment(octets: Uint8Array, bridges = NO_BRIDGES): JournalRecord[] {
  const segment = asBuffer(octets);
  const records = readRun(segment, 0);
  for (;;) {
    const at = endOf(records);
    const bridge = bridges.get(at);
    if (bridge === undefined) return records;
    const between = recordBetween(segment, at, bridge, records.at(-1)?.lsn ?? null);
    if (between !== null) records.push(between);
    for (const record of readRun(segment, bridge)) records.push(record);
  }
}

/** The place behind the last of them. */
export function endOf(records: readonly JournalRecord[]): number {
  const last = records.at(-1);
  return last === undefined ? 0 : last.at + last.body.length;
}

/**
 * Where no more than a record's length is damaged the octets up to the next are a whole record.
 * `lastLsn`: of the record before; null where there is none.
 */
export function recordBetween(
  segment: Buffer,
  from: number,
  to: number,
  lastLsn: number | null,
): JournalRecord | null {
  const record = recordAt(segment, from, to);
  return record !== null && (lastLsn === null || record.lsn === lastLsn + 1) ? record : null;
}

const asBuffer = (octets: Uint8Array) =>
  Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength);

/** Bodies begin with the mailbox: one octet of length, then its identifier. */
export function mailboxOctets(id: BoxId): Uint8Array {
  const name = Buffer.from(id, 'latin1');
  return joinOctets([Uint8Array.of(name.length), name]);
}

export function splitMailbox(body: Uint8Array): { id: BoxId; rest: Buffer } {
  const octets = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const end = 1 + octets.readUInt8(0);
  return { id: octets.toString('latin1', 1, end) as BoxId, rest: octets.subarray(end) };
}

/** A list of 32-bit numbers. A remove: the mailbox's high-water mark, then main-entries. */
export function packNumbers(numbers: readonly number[]): Uint8Array {
  const octets = Buffer.alloc(4 * numbers.length);
  for (const [i, number] of numbers.entries()) octets.writeUInt32BE(number, 4 * i);
  return octets;
}

function unpackNumbers(octets: Buffer): number[] {
  return Array.from({ length: octets.length / 4 }, (_, i) => octets.readUInt32BE(4 * i));
}

/** Main-entries that were deleted, and the greatest number that the mailbox had given then. */
export interface Removal {
  /** Seconds since 1970; null where no log wants to know. */
  readonly seconds: number | null;
  readonly mark: number;
  readonly mains: readonly number[];
}

/** A remove; one with its time bears that before the rest. */
export function packRemoval({ seconds, mark, mains }: Removal) {
  const { remove, removeAt } = RECORD_TYPE;
  if (seconds === null) return { type: remove, numbers: packNumbers([mark, ...mains]) };
  return { type: removeAt, numbers: packNumbers([seconds, mark, ...mains]) };
}

/** Null for a record of another type. */
export function unpackRemoval(type: number, octets: Buffer): Removal | null {
  const isDated = type === RECORD_TYPE.removeAt;
  if (!isDated && type !== RECORD_TYPE.remove) return null;
  const numbers = unpackNumbers(octets);
  const seconds = isDated ? (numbers.shift() ?? 0) : null;
  const [mark = 0, ...mains] = numbers;
  return { seconds, mark, mains };
}

/** LSNs, both included. */
export type LsnRange = readonly [from: number, to: number];

/** Whether one of them holds it. */
export function isInRange(ranges: readonly LsnRange[], lsn: number): boolean {
  return ranges.some(([from, to]) => from <= lsn && lsn <= to);
}

/** Two numbers of 64 bits: a range of LSNs. */
export function packRange(from: number, to: number): Uint8Array {
  const octets = Buffer.alloc(16);
  octets.writeBigUInt64BE(BigInt(from), 0);
  octets.writeBigUInt64BE(BigInt(to), 8);
  return octets;
}

export function unpackRange(body: Uint8Array): LsnRange {
  const octets = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return [Number(octets.readBigUInt64BE(0)), Number(octets.readBigUInt64BE(8))];
}

const STATUSES: readonly RetrievalStatus[] = ['new', 'listed', 'processed'];

/** Three numbers: the entry's, its status, and what of it was conveyed, bit by bit. */
const CHANGE_BYTES = 12;
/** FROZEN: added to a status that was set, and may be less than the one before. */
const IS_SET = 0x100;

export function packChanges(changes: readonly StatusChange[]): Uint8Array {
  const octets = Buffer.allocUnsafe(CHANGE_BYTES * changes.length);
  let at = 0;
  for (const { sequence, status, conveyed, isSet = false } of changes) {
    octets.writeUInt32BE(sequence, at);
    octets.writeUInt32BE(RETRIEVAL_STATUS[status] | (isSet ? IS_SET : 0), at + 4);
    octets.writeInt32BE(conveyed, at + 8);
    at += CHANGE_BYTES;
  }
  return octets;
}

export function unpackChanges(octets: Buffer): StatusChange[] {
  const numbers = unpackNumbers(octets);
  return Array.from({ length: numbers.length / 3 }, (_, i) => {
    const status = numbers[3 * i + 1] ?? 0;
    return {
      sequence: sequenceNumber(numbers[3 * i] ?? 0),
      status: STATUSES[status & ~IS_SET] ?? 'new',
      conveyed: (numbers[3 * i + 2] ?? 0) | 0,
      isSet: (status & IS_SET) !== 0,
    };
  });
}
