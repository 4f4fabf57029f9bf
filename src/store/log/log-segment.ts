/**
 * A segment of a log: what was entered, when what it tells of was deleted, what was taken out of
 * the log; one record behind the other. It is added to at its end, or replaced as a whole. FROZEN.
 *
 *     0  8  magic "RSTLOG\r\n"       record   0  4  length of the body
 *     8  2  version, 1                        4  4  CRC-32C of octets 8 to 19 and the body
 *    10  2  zero                              8  4  salt
 *    12  4  salt                             12  4  sequence number
 *    16     records                          16  1  kind
 *                                            17  3  zero
 *                                            20     body
 *
 * Numbers are big-endian. The salt is drawn at random for each segment: behind a damaged record a
 * reader finds the next one by it, and nobody who sends a message can write a record into its
 * envelope. A record of the kind `entered` has a message file without content as its body, one of
 * `deleted` seconds since 1970, one of `removed` nothing.
 *
 * Source: ours. docs/formats/log.md.
 */
import { randomInt } from 'node:crypto';
import { assert } from '../../base/assert.js';
import type { Pieces } from '../../base/octets.js';
import { SEQUENCE_NUMBER_MAX } from '../../limits.js';
import { crcOf } from '../disk/crc.js';

const MAGIC = Buffer.from('RSTLOG\r\n', 'latin1');
const VERSION = 1;
export const LOG_HEADER_BYTES = 16;
export const LOG_RECORD_HEADER_BYTES = 20;
const SALT_AT = 8;

/** FROZEN: the numbers are on disk. */
export const LOG_RECORD = { entered: 1, deleted: 2, removed: 3 } as const;
const KINDS: ReadonlySet<number> = new Set(Object.values(LOG_RECORD));
const SECONDS_BYTES = 4;

export interface LogRecord {
  readonly kind: number;
  readonly sequence: number;
  /** A window. */
  readonly body: Buffer;
  /** The whole record, a window. */
  readonly whole: Buffer;
}

export interface ReadLogSegment {
  readonly salt: number;
  readonly records: readonly LogRecord[];
  /** Places between whole records, and the header, that are not what was written. */
  readonly damaged: number;
  /** What stands behind the last whole record is none: torn, or damaged. */
  readonly isTorn: boolean;
}

/** The head of a new segment, with a salt of its own. */
export function newLogHeader(): { readonly salt: number; readonly octets: Uint8Array } {
  const salt = randomInt(1, 2 ** 32);
  return { salt, octets: logHeader(salt) };
}

export function logHeader(salt: number): Uint8Array {
  const octets = Buffer.alloc(LOG_HEADER_BYTES);
  octets.set(MAGIC);
  octets.writeUInt16BE(VERSION, 8);
  octets.writeUInt32BE(salt, 12);
  return octets;
}

export function encodeLogRecord(
  salt: number,
  kind: number,
  sequence: number,
  body: Uint8Array,
): Pieces {
  assert(KINDS.has(kind), 'a record of a log is of a known kind');
  const header = Buffer.alloc(LOG_RECORD_HEADER_BYTES);
  header.writeUInt32BE(body.length, 0);
  header.writeUInt32BE(salt, SALT_AT);
  header.writeUInt32BE(sequence, 12);
  header.writeUInt8(kind, 16);
  header.writeUInt32BE(crcOf([header.subarray(SALT_AT), body]), 4);
  return [header, body];
}

/** The body of a record `deleted`. */
export function packSeconds(seconds: number): Uint8Array {
  const octets = Buffer.alloc(SECONDS_BYTES);
  octets.writeUInt32BE(seconds, 0);
  return octets;
}

export function unpackSeconds(body: Buffer): number {
  return body.readUInt32BE(0);
}

/** All whole records of a segment, whatever else its octets hold. Never throws. */
export function readLogSegment(octets: Uint8Array): ReadLogSegment {
  const segment = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength);
  const salt = saltOf(segment);
  const hasHeader = isHeader(segment) && segment.readUInt32BE(12) === salt;
  const records: LogRecord[] = [];
  let damaged = hasHeader || segment.length === 0 ? 0 : 1;
  for (let at = Math.min(LOG_HEADER_BYTES, segment.length); at < segment.length; ) {
    const record = recordAt(segment, at, salt);
    if (record !== null) {
      records.push(record);
      at += record.whole.length;
      continue;
    }
    const next = nextRecord(segment, at, salt);
    if (next === null) return { salt, records, damaged, isTorn: true };
    damaged += 1;
    at = next;
  }
  return { salt, records, damaged, isTorn: !hasHeader };
}

function isHeader(segment: Buffer): boolean {
  if (segment.length < LOG_HEADER_BYTES) return false;
  const isOurs = MAGIC.equals(segment.subarray(0, MAGIC.length));
  return isOurs && segment.readUInt16BE(8) === VERSION && segment.readUInt16BE(10) === 0;
}

/** The first record knows it too, where the header is damaged. */
function saltOf(segment: Buffer): number {
  const at = LOG_HEADER_BYTES + SALT_AT;
  const inRecord = segment.length < at + 4 ? 0 : segment.readUInt32BE(at);
  if (!isHeader(segment) || recordAt(segment, LOG_HEADER_BYTES, inRecord) !== null) return inRecord;
  return segment.readUInt32BE(12);
}

function recordAt(segment: Buffer, at: number, salt: number): LogRecord | null {
  const start = at + LOG_RECORD_HEADER_BYTES;
  if (start > segment.length || segment.readUInt32BE(at + SALT_AT) !== salt) return null;
  const end = start + segment.readUInt32BE(at);
  const [sequence, kind] = [segment.readUInt32BE(at + 12), segment.readUInt8(at + 16)];
  if (end > segment.length || !KINDS.has(kind)) return null;
  if (sequence < 1 || sequence > SEQUENCE_NUMBER_MAX) return null;
  if (kind === LOG_RECORD.deleted && end !== start + SECONDS_BYTES) return null;
  if (segment.readUInt32BE(at + 4) !== crcOf([segment.subarray(at + SALT_AT, end)])) return null;
  return {
    kind,
    sequence,
    body: segment.subarray(start, end),
    whole: segment.subarray(at, end),
  };
}

/** Where the next whole record behind `at` begins; null where there is none. */
function nextRecord(segment: Buffer, at: number, salt: number): number | null {
  const mark = Buffer.alloc(4);
  mark.writeUInt32BE(salt, 0);
  for (let from = at + 1 + SALT_AT; ; from += 1) {
    from = segment.indexOf(mark, from);
    if (from < 0) return null;
    if (recordAt(segment, from - SALT_AT, salt) !== null) return from - SALT_AT;
  }
}

/** What a log still has of an entry. */
export interface LogEntryFound {
  readonly sequence: number;
  /** A message file without content; a window. */
  readonly image: Buffer;
  /** Seconds since 1970; 0: the message is still there. */
  readonly deletedAt: number;
}

/** What is left of all records, by ascending number. */
export function entriesIn(records: readonly LogRecord[]): LogEntryFound[] {
  const entries = new Map<number, LogEntryFound>();
  for (const { kind, sequence, body } of records) {
    const known = entries.get(sequence);
    if (kind === LOG_RECORD.removed) entries.delete(sequence);
    else if (kind === LOG_RECORD.entered) {
      // What a start enters once more has been deleted all the same.
      if (known === undefined) entries.set(sequence, { sequence, image: body, deletedAt: 0 });
    } else if (known !== undefined) {
      entries.set(sequence, { ...known, deletedAt: unpackSeconds(body) });
    }
  }
  return [...entries.values()].sort((a, b) => a.sequence - b.sequence);
}
