/**
 * One journal record. FROZEN.
 *
 *     0  4  length of the body        16  1  type     18  2  slot
 *     4  4  CRC-32C of 8.. and body   17  1  zero     20  4  epoch
 *     8  8  LSN                       24     body
 *
 * The LSN counts records: a reader of a recycled segment knows a stale record by its number, which
 * does not follow on the one before. Source: ours. docs/formats/journal.md.
 */
import { joinOctets, type Pieces, sizeOf } from '../base/octets.js';
import type { MailboxId } from '../engine/mailbox-id.js';
import { RETRIEVAL_STATUS, type RetrievalStatus, sequenceNumber } from '../x413/entry.js';
import type { StatusChange } from './contract.js';
import { crcOf } from './crc.js';

export const RECORD_HEADER_BYTES = 24;

/** FROZEN. */
export const RECORD_TYPE = {
  deliver: 1,
  status: 2,
  remove: 3,
  checkpoint: 4,
  resume: 5,
  register: 6,
} as const;

export interface JournalRecord {
  readonly lsn: number;
  readonly type: number;
  readonly slot: number;
  readonly epoch: number;
  readonly body: Uint8Array;
}

/** Header and body, ready to be written. */
export function recordPieces(record: Omit<JournalRecord, 'body'>, body: Pieces): Pieces {
  const header = Buffer.alloc(RECORD_HEADER_BYTES);
  header.writeUInt32BE(sizeOf(body), 0);
  header.writeBigUInt64BE(BigInt(record.lsn), 8);
  header.writeUInt8(record.type, 16);
  header.writeUInt16BE(record.slot, 18);
  header.writeUInt32BE(record.epoch, 20);
  header.writeUInt32BE(crcOf([header.subarray(8), ...body]), 4);
  return [header, ...body];
}

/** The records of one segment, up to the first that is torn, stale or none. */
export function readSegment(octets: Uint8Array): JournalRecord[] {
  const segment = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength);
  const records: JournalRecord[] = [];
  let at = 0;
  while (at + RECORD_HEADER_BYTES <= segment.length) {
    const end = at + RECORD_HEADER_BYTES + segment.readUInt32BE(at);
    const lsn = Number(segment.readBigUInt64BE(at + 8));
    const last = records.at(-1);
    if (end > segment.length || lsn === 0) break;
    if (last !== undefined && lsn !== last.lsn + 1) break;
    if (segment.readUInt32BE(at + 4) !== crcOf([segment.subarray(at + 8, end)])) break;
    const type = segment.readUInt8(at + 16);
    const slot = segment.readUInt16BE(at + 18);
    const epoch = segment.readUInt32BE(at + 20);
    records.push({ lsn, type, slot, epoch, body: segment.subarray(at + RECORD_HEADER_BYTES, end) });
    at = end;
  }
  return records;
}

/** Bodies begin with the mailbox: one octet of length, then its identifier. */
export function mailboxBody(id: MailboxId, rest: Pieces): Pieces {
  const name = Buffer.from(id, 'latin1');
  return [joinOctets([Uint8Array.of(name.length), name]), ...rest];
}

export function splitMailbox(body: Uint8Array): { id: MailboxId; rest: Buffer } {
  const octets = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const end = 1 + octets.readUInt8(0);
  return { id: octets.toString('latin1', 1, end) as MailboxId, rest: octets.subarray(end) };
}

/** A list of 32-bit numbers. A remove: the mailbox's high-water mark, then main-entries. */
export function packNumbers(numbers: readonly number[]): Uint8Array {
  const octets = Buffer.alloc(4 * numbers.length);
  for (const [i, number] of numbers.entries()) octets.writeUInt32BE(number, 4 * i);
  return octets;
}

export function unpackNumbers(octets: Buffer): number[] {
  return Array.from({ length: octets.length / 4 }, (_, i) => octets.readUInt32BE(4 * i));
}

/** Two numbers of 64 bits: a range of LSNs. */
export function packRange(from: number, to: number): Uint8Array {
  const octets = Buffer.alloc(16);
  octets.writeBigUInt64BE(BigInt(from), 0);
  octets.writeBigUInt64BE(BigInt(to), 8);
  return octets;
}

export function unpackRange(body: Uint8Array): [from: number, to: number] {
  const octets = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return [Number(octets.readBigUInt64BE(0)), Number(octets.readBigUInt64BE(8))];
}

const STATUSES: readonly RetrievalStatus[] = ['new', 'listed', 'processed'];

export function packChanges(changes: readonly StatusChange[]): Uint8Array {
  return packNumbers(
    changes.flatMap((c) => [c.sequence, RETRIEVAL_STATUS[c.status], c.conveyed >>> 0]),
  );
}

export function unpackChanges(octets: Buffer): StatusChange[] {
  const numbers = unpackNumbers(octets);
  return Array.from({ length: numbers.length / 3 }, (_, i) => ({
    sequence: sequenceNumber(numbers[3 * i] ?? 0),
    status: STATUSES[numbers[3 * i + 1] ?? 0] ?? 'new',
    conveyed: (numbers[3 * i + 2] ?? 0) | 0,
  }));
}
