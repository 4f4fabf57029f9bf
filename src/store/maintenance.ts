/**
 * What an operator can have done to a data directory while no server runs on it: check the index
 * against the files, rebuild it from them, read every file again.
 *
 * Source: ours.
 */
import type { LogsConfigured, Notice } from '../engine/contract.js';
import { shardOf, slotOf } from '../engine/mailbox-id.js';
import type { CheckReport, ScrubReport, ShardStore } from './contract.js';
import { NodeDisk } from './disk/disk.js';
import * as layout from './layout.js';
import { lockDirectory } from './lock.js';
import { openShardStore } from './open.js';
import { mailboxIds, prepareDirectory, recordedStore, shardNumbers } from './recovery.js';

export interface MaintenanceOptions {
  readonly directory: string;
  /** What the journals still hold of them is written; absent: no mailbox has any. */
  readonly logs?: LogsConfigured;
  /** Throws the index away first. */
  readonly rebuilds: boolean;
  /** Reads every file whole and verifies it. */
  readonly readsAll: boolean;
  readonly onNotice: (notice: Notice) => void;
  /** How far it has come: mailboxes of all, and messages. */
  readonly onProgress: (mailboxes: number, messages: number, mailboxesInAll: number) => void;
}

export interface MaintenanceReport extends CheckReport {
  readonly shards: number;
  /** Null where the files were not read. */
  readonly scrub: ScrubReport | null;
}

/**
 * Locks the directory, replays its journals, and does the work shard by shard. Throws ConfigError
 * where the directory is in use.
 */
export async function maintain(options: MaintenanceOptions): Promise<MaintenanceReport> {
  const { directory } = options;
  const disk = new NodeDisk();
  const lock = lockDirectory(disk, directory);
  try {
    const { shardCount } = recordedStore(disk, directory, options.onNotice);
    const shards = Math.max(1, shardCount || shardNumbers(disk, directory).length);
    await prepareDirectory(disk, directory, shards, options.onNotice, options.logs);
    const inAll = [...mailboxIds(disk, directory)].length;
    let total: MaintenanceReport | null = null;
    for (let shard = 0; shard < shards; shard += 1) {
      const done = total;
      total = added(done, await maintainShard(options, shard, { shards, inAll, done }));
    }
    if (total === null) throw new RangeError('a data directory has a shard');
    return total;
  } finally {
    disk.dispose();
    lock.release();
  }
}

interface Whole {
  readonly shards: number;
  readonly inAll: number;
  readonly done: MaintenanceReport | null;
}

async function maintainShard(
  { directory, logs, rebuilds, readsAll, onNotice, onProgress }: MaintenanceOptions,
  shard: number,
  { shards, inAll, done }: Whole,
): Promise<MaintenanceReport> {
  if (rebuilds) new NodeDisk().unlink(layout.snapshotFile(directory, shard));
  const store: ShardStore = await openShardStore({
    shard,
    shardCount: shards,
    epoch: 1,
    directory,
    journalSegmentBytes: 1 << 20,
    checkpointIntervalMs: 0,
    scrubBytesPerSecond: 0,
    ownsMailbox: (id) => Number(shardOf(slotOf(id), shards)) === shard,
    onNotice,
    ...(logs && { logs }),
  });
  try {
    const { mailboxes = 0, messages = 0, rebuiltMessages = 0 } = done ?? {};
    const check = await store.check((m, n) =>
      onProgress(mailboxes + m, messages + rebuiltMessages + n, inAll),
    );
    if (check === null) throw new RangeError('a check that nobody stops comes to an end');
    const scrub = readsAll ? await store.scrub(Number.POSITIVE_INFINITY) : null;
    return { ...check, shards, scrub };
  } finally {
    await store.close();
  }
}

function added(a: MaintenanceReport | null, b: MaintenanceReport): MaintenanceReport {
  if (a === null) return b;
  const sum = (key: keyof CheckReport) => a[key] + b[key];
  return {
    shards: b.shards,
    mailboxes: sum('mailboxes'),
    rebuiltMailboxes: sum('rebuiltMailboxes'),
    rebuiltMessages: sum('rebuiltMessages'),
    messages: sum('messages'),
    added: sum('added'),
    removed: sum('removed'),
    restated: sum('restated'),
    damaged: sum('damaged'),
    milliseconds: sum('milliseconds'),
    scrub:
      a.scrub === null || b.scrub === null
        ? null
        : {
            messages: a.scrub.messages + b.scrub.messages,
            bytes: a.scrub.bytes + b.scrub.bytes,
            damaged: a.scrub.damaged + b.scrub.damaged,
          },
  };
}
