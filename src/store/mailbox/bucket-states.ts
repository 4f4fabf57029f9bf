/**
 * What the names of message files do not tell: the status of child-entries, and which parts of a
 * message have been conveyed while it is not yet processed. One small file in each bucket that has
 * any, replaced at checkpoints, so that an index read from the files equals the one that was lost.
 *
 *     0  4  CRC-32C of the rest
 *     4  9  per entry: sequence number (4), status (1), conveyed bits (4), ascending
 *
 * A file that is torn counts as none: a message may be new again, never processed by mistake.
 *
 * Source: ours. docs/formats/layout.md. FROZEN.
 */
import { dirname, join } from 'node:path';
import { BUCKET_ENTRIES } from '../../limits.js';
import {
  type Entry,
  RETRIEVAL_STATUS,
  type RetrievalStatus,
  sequenceNumber,
} from '../../x413/entry.js';
import { type BoxId, statusAtCreation } from '../box.js';
import type { StatusChange } from '../contract.js';
import { crcOf } from '../disk/crc.js';
import { type Disk, replaceFile } from '../disk/disk.js';
import type { MailboxIndex } from '../index/mailbox-index.js';
import { bucketDirectory } from '../layout.js';

const FILE = 'states';
const CRC_BYTES = 4;
const ENTRY_BYTES = 9;
const STATUSES: readonly RetrievalStatus[] = ['new', 'listed', 'processed'];

export const bucketOf = (sequence: number) => Math.floor(sequence / BUCKET_ENTRIES);

const pathOf = (data: string, id: BoxId, bucket: number) =>
  join(bucketDirectory(data, id, bucket * BUCKET_ENTRIES), FILE);

/** Whether the name of a file does not tell the whole state of the entry. */
function hasState(id: BoxId, { parent, status, conveyed }: Entry): boolean {
  return conveyed !== 0 || (parent !== 0 && status !== statusAtCreation(id));
}

/** A file that is to be written; `octets` null: to be removed. */
export interface StatesFile {
  readonly id: BoxId;
  readonly bucket: number;
  readonly path: string;
  readonly octets: Uint8Array | null;
}

/**
 * What there is to tell of a bucket, as the index has it now. Children are told in the bucket of
 * their own number, wherever their message lies.
 */
export function statesFileOf(
  data: string,
  { id, index }: { readonly id: BoxId; readonly index: MailboxIndex },
  bucket: number,
): StatesFile {
  const from = bucket * BUCKET_ENTRIES;
  const range = { from, to: from + BUCKET_ENTRIES - 1, includesChildren: true, statuses: null };
  const told = [...index.scan(range)].filter((entry) => hasState(id, entry));
  const path = pathOf(data, id, bucket);
  return { id, bucket, path, octets: told.length === 0 ? null : encodeStates(told) };
}

function encodeStates(told: readonly StatusChange[]): Uint8Array {
  const octets = Buffer.alloc(CRC_BYTES + ENTRY_BYTES * told.length);
  for (const [at, { sequence, status, conveyed }] of told.entries()) {
    const start = CRC_BYTES + ENTRY_BYTES * at;
    octets.writeUInt32BE(sequence, start);
    octets.writeUInt8(RETRIEVAL_STATUS[status], start + 4);
    octets.writeInt32BE(conveyed, start + 5);
  }
  octets.writeUInt32BE(crcOf([octets.subarray(CRC_BYTES)]), 0);
  return octets;
}

/**
 * Replaces what is told of some entries, durably, where there is no index to make the files from:
 * what was told may be ahead of a status that was set back.
 */
export function tellStates(
  disk: Disk,
  data: string,
  id: BoxId,
  changes: Iterable<StatusChange>,
): void {
  const buckets = new Map<number, StatusChange[]>();
  for (const change of changes) {
    const bucket = bucketOf(change.sequence);
    const known = buckets.get(bucket);
    if (known === undefined) buckets.set(bucket, [change]);
    else known.push(change);
  }
  for (const [bucket, own] of buckets) {
    const told = new Map<number, StatusChange>();
    for (const each of readBucketStates(disk, data, id, bucket)) told.set(each.sequence, each);
    for (const each of own) told.set(each.sequence, each);
    const all = [...told.values()].sort((a, b) => a.sequence - b.sequence);
    const path = pathOf(data, id, bucket);
    disk.makeDirectory(dirname(path));
    replaceFile(disk, path, encodeStates(all));
  }
}

/** What is told of a bucket; nothing where the file is missing or torn. */
export function readBucketStates(
  disk: Disk,
  data: string,
  id: BoxId,
  bucket: number,
): StatusChange[] {
  const file = disk.readFile(pathOf(data, id, bucket));
  if (file === null || file.length < CRC_BYTES) return [];
  const octets = Buffer.from(file.buffer, file.byteOffset, file.length);
  const count = (octets.length - CRC_BYTES) / ENTRY_BYTES;
  const isWhole = octets.readUInt32BE(0) === crcOf([octets.subarray(CRC_BYTES)]);
  if (!isWhole || !Number.isInteger(count)) return [];
  return Array.from({ length: count }, (_, at) => {
    const start = CRC_BYTES + ENTRY_BYTES * at;
    return {
      sequence: sequenceNumber(octets.readUInt32BE(start)),
      status: STATUSES[octets.readUInt8(start + 4)] ?? 'new',
      conveyed: octets.readInt32BE(start + 5),
    };
  });
}
