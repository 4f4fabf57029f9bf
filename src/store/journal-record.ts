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
import { RETRIEVAL_STATUS, type RetrievalStatus, sequenceNumber } from '../x413/entry.js';
import type { BoxId } from './box.js';
import type { StatusChange } from './contract.js';
import { crcCombined, crcContinued, crcOf } from './crc.js';
import { type MessagePlan, TRAILER_BYTES, writeMessageFile } from './message-file.js';

export const RECORD_HEADER_BYTES = 24;

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
} as const;

/** What carries a whole message, and must not use the room that is kept for what makes room. */
export const carriesMessage = (type: number) =>
  type === RECORD_TYPE.deliver || type === RECORD_TYPE.submit;

export interface JournalRecord {
  readonly lsn: number;
  readonly type: number;
  readonly slot: number;
  readonly epoch: number;
  readonly body: Uint8Array;
  /** Where the body begins in its segment. */
  readonly at: number;
}

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
  { lsn, type, slot, epoch }: Omit<JournalRecord, 'body' | 'at'>,
  body: RecordBody,
): void {
  octets.writeUInt32BE(body.bytes, at);
  octets.writeUInt32BE(Math.floor(lsn / 2 ** 32), at + 8);
  octets.writeUInt32BE(lsn % 2 ** 32, at + 12);
  octets.writeUInt16BE(type << 8, at + 16);
  octets.writeUInt16BE(slot, at + 18);
  octets.writeUInt32BE(epoch, at + 20);
  const header = crcOf([octets.subarray(at + 8, at + RECORD_HEADER_BYTES)]);
  octets.writeUInt32BE(body.write(octets, at + RECORD_HEADER_BYTES, header) >>> 0, at + 4);
}

/** A record of its own, for what is not on the way of a delivery. */
export function encodeRecord(head: Omit<JournalRecord, 'body' | 'at'>, pieces: Pieces): Buffer {
  const body = new PiecesBody(pieces);
  const octets = Buffer.alloc(RECORD_HEADER_BYTES + body.bytes);
  writeRecord(octets, 0, head, body);
  return octets;
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
    const start = at + RECORD_HEADER_BYTES;
    records.push({ lsn, type, slot, epoch, body: segment.subarray(start, end), at: start });
    at = end;
  }
  return records;
}

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
