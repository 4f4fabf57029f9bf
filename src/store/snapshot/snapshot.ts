/**
 * The index of a shard's mailboxes in LMDB: a copy that saves reading every file at start, and from
 * which sleeping mailboxes come back. It may be deleted at any time.
 *
 *     'state'             version, data directory, LSN up to which everything is in it
 *     'm/<mailbox>'       high-water mark, keys and summaries of its segments
 *     's/<mailbox>/<key>' one segment, behind its CRC-32C
 *
 * Invariant: a mailbox's record and its segments change in one transaction. A mailbox that has no
 * record is to be read from its files.
 *
 * What it is worth is judged by the caller, who compares `coveredLsn` with the journal: it may have
 * been put back from a copy. `overlappingSync` is off, so that a commit is one that was synced.
 *
 * Source: ours. docs/formats/snapshot.md. FROZEN: a change of form needs another VERSION.
 */
import { dirname } from 'node:path';
import { open, type RootDatabase } from 'lmdb';
import { Packr } from 'msgpackr';
import { InvariantError } from '../../base/errors.js';
import { SNAPSHOT_BYTES_MAX } from '../../limits.js';
import type { BoxId } from '../box.js';
import { crcOf } from '../disk/crc.js';
import type { Disk } from '../disk/disk.js';
import type { SavedEntry } from '../index/mailbox-index.js';
import type { SavedSegment, SegmentSummary } from '../index/segment.js';
import * as layout from '../layout.js';
import { SnapshotGuard } from './snapshot-guard.js';

const VERSION = 2;
/** Mailboxes of so few segments are read whole at once, and from their files if one is damaged. */
const READ_WHOLE_MAX = 8;
const packr = new Packr({ useRecords: false });

/** A segment of a large mailbox is damaged: whoever opens the snapshot next throws it away. */
export class SnapshotDamagedError extends InvariantError {}

export interface SavedMailbox {
  readonly highWater: number;
  readonly segments: readonly SavedEntry[];
}

/** What of one mailbox is to be saved. */
export interface MailboxChanges {
  readonly id: BoxId;
  readonly highWater: number;
  /** All its segments. */
  readonly outline: readonly (readonly [key: number, summary: SegmentSummary])[];
  /** Those that are not yet saved as they are, packed with {@link packSegment}. */
  readonly changed: readonly (readonly [key: number, packed: Buffer])[];
  readonly gone: readonly number[];
}

type PackedSegment = [
  rows: number,
  columns: Uint8Array,
  contentTypes: string[],
  items: Uint8Array,
  literals: Uint8Array,
  bases: number[],
];

const CRC_BYTES = 4;

/** CRC-32C of the rest, then the segment. */
export function packSegment(saved: SavedSegment): Buffer {
  const { rows, columns, contentTypes, items, literals, bases } = saved;
  const packed = packr.pack([rows, columns, contentTypes, items, literals, bases]);
  const octets = Buffer.allocUnsafeSlow(CRC_BYTES + packed.length);
  octets.writeUInt32BE(crcOf([packed]));
  octets.set(packed, CRC_BYTES);
  return octets;
}

/** Null where it is not as it was packed. */
function unpackSegment(octets: Buffer): SavedSegment | null {
  const packed = octets.subarray(CRC_BYTES);
  if (octets.length <= CRC_BYTES || octets.readUInt32BE() !== crcOf([packed])) return null;
  const [rows, columns, contentTypes, items, literals, bases] = packr.unpack(
    packed,
  ) as PackedSegment;
  return { rows, columns, contentTypes, items, literals, bases };
}

const MAGIC = 0xbeefc0de;
const MAGIC_AT = 24;
const PAGE_BYTES_AT = 48;
const PAGE_BYTES_MAX = 65_536;

/** LMDB takes any file for its own, and ends the process over it; so look for its two headers. */
function isLmdb(disk: Disk, path: string): boolean {
  const front = disk.readFront(path, PAGE_BYTES_MAX + PAGE_BYTES_AT);
  if (front === null) return true;
  const octets = Buffer.from(front.buffer, front.byteOffset, front.length);
  if (octets.length < PAGE_BYTES_AT + 4) return false;
  const second = octets.readUInt32LE(PAGE_BYTES_AT) + MAGIC_AT;
  return (
    octets.readUInt32LE(MAGIC_AT) === MAGIC &&
    second + 4 <= octets.length &&
    octets.readUInt32LE(second) === MAGIC
  );
}

const mailboxKey = (id: BoxId) => `m/${id}`;
const segmentKey = (id: BoxId, key: number) => `s/${id}/${key}`;

interface State {
  readonly version: number;
  /** Of store.json: a snapshot of another data directory is none. */
  readonly storeId: string;
  readonly coveredLsn: number;
}

export class Snapshot {
  readonly #database: RootDatabase<Buffer, string>;
  readonly #guard: SnapshotGuard;
  readonly #storeId: string;
  /** Every record of the journal up to this one is in it; 0: it is empty. */
  coveredLsn = 0;

  private constructor(
    database: RootDatabase<Buffer, string>,
    guard: SnapshotGuard,
    storeId: string,
  ) {
    this.#database = database;
    this.#guard = guard;
    this.#storeId = storeId;
  }

  /** Opens it; what cannot be read, or is of another store, is thrown away and begun anew. */
  static async open(disk: Disk, data: string, shard: number, storeId: string): Promise<Snapshot> {
    const path = layout.snapshotFile(data, shard);
    disk.makeDirectory(dirname(path));
    const guard = new SnapshotGuard(disk, layout.snapshotGuardFile(data, shard));
    const remove = () => {
      for (const file of [path, `${path}-lock`]) disk.removeTree(file);
      guard.reset();
    };
    if (!guard.isTrusted || !isLmdb(disk, path)) remove();
    try {
      guard.enter('read');
      const snapshot = Snapshot.#openAt(disk, path, guard, storeId);
      const state = snapshot.#read<State>('state');
      const isEmpty = state === null && snapshot.#isEmpty();
      guard.leave('read');
      const isOurs = state?.version === VERSION && state.storeId === storeId;
      if (isOurs) snapshot.coveredLsn = state.coveredLsn;
      if (isOurs || isEmpty) return snapshot;
      await snapshot.close();
    } catch {
      // LMDB has many ways to say that a file is not its own. There is nothing to be lost.
    }
    remove();
    return Snapshot.#openAt(disk, path, guard, storeId);
  }

  static #openAt(disk: Disk, path: string, guard: SnapshotGuard, storeId: string): Snapshot {
    const database = open<Buffer, string>(path, {
      encoding: 'binary',
      keyEncoding: 'ordered-binary',
      overlappingSync: false,
      cache: false,
      noSubdir: true,
      mapSize: SNAPSHOT_BYTES_MAX,
      maxReaders: 16,
    });
    // LMDB does not make the names of its files durable.
    disk.syncDirectory(dirname(path));
    return new Snapshot(database, guard, storeId);
  }

  has(id: BoxId): boolean {
    return this.#guard.during('read', () => this.#database.doesExist(mailboxKey(id)));
  }

  /**
   * Null where there is none, or where a small one is not whole. Segments of a large one are read
   * when they are needed: a start must not wait for a million rows.
   */
  load(id: BoxId): SavedMailbox | null {
    const record = this.#guard.during('read', () =>
      this.#read<[highWater: number, outline: [number, SegmentSummary][]]>(mailboxKey(id)),
    );
    if (record === null) return null;
    const [highWater, outline] = record;
    if (outline.length > READ_WHOLE_MAX) {
      const load = (key: number) => () => this.#needed(id, key);
      const segments = outline.map(
        ([key, summary]) => [key, { summary, load: load(key) }] as const,
      );
      return { highWater, segments };
    }
    const segments: SavedEntry[] = [];
    for (const [key] of outline) {
      const saved = this.#segment(id, key);
      if (saved === null) return null;
      segments.push([key, saved]);
    }
    return { highWater, segments };
  }

  #segment(id: BoxId, key: number): SavedSegment | null {
    return this.#guard.during('read', () => {
      const octets = this.#database.get(segmentKey(id, key));
      return octets === undefined ? null : unpackSegment(octets);
    });
  }

  /** Where it is damaged the shard ends, and its next life does without this snapshot. */
  #needed(id: BoxId, key: number): SavedSegment {
    const saved = this.#segment(id, key);
    if (saved !== null) return saved;
    this.#guard.condemn();
    throw new SnapshotDamagedError(`the snapshot is damaged: segment ${key} of ${id}`);
  }

  /** Resolves when it is durable. All of it, or, after a rejection, nothing. */
  async save(mailboxes: readonly MailboxChanges[], coveredLsn: number): Promise<void> {
    const database = this.#database;
    this.#guard.enter('save');
    const state: State = { version: VERSION, storeId: this.#storeId, coveredLsn };
    await database.transaction(() => {
      for (const { id, highWater, outline, changed, gone } of mailboxes) {
        for (const key of gone) database.remove(segmentKey(id, key));
        for (const [key, packed] of changed) database.put(segmentKey(id, key), packed);
        database.put(mailboxKey(id), packr.pack([highWater, outline]));
      }
      database.put('state', packr.pack(state));
    });
    this.#guard.leave('save');
    this.coveredLsn = coveredLsn;
  }

  /** Everything goes: it was put back from a copy, and the journal does not reach it. */
  async clear(): Promise<void> {
    await this.#database.clearAsync();
    this.coveredLsn = 0;
  }

  async close(): Promise<void> {
    await this.#database.close();
    this.#guard.close();
  }

  #read<T>(key: string): T | null {
    const octets = this.#database.get(key);
    return octets === undefined ? null : (packr.unpack(octets) as T);
  }

  #isEmpty(): boolean {
    for (const _ of this.#database.getKeys({ limit: 1 })) return false;
    return true;
  }
}
