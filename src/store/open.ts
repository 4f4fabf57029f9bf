/**
 * The opening of a shard's store: journal and snapshot as they were left, then the store on them.
 *
 * Source: ours. docs/formats.
 */
import { SYSTEM_CLOCK } from '../base/clock.js';
import type { ShardStore } from './contract.js';
import { NodeDisk } from './disk/disk.js';
import * as layout from './layout.js';
import { MailboxShelf } from './mailbox/mailbox-shelf.js';
import type { OpenOptions } from './open-options.js';
import { readStoreFile } from './recovery.js';
import { DiskShardStore } from './shard-store.js';
import { Snapshot, SnapshotDamagedError } from './snapshot/snapshot.js';
import { findJournal } from './takeover.js';

/**
 * After {@link prepareDirectory}: replays the journal, and is ready. Mailboxes come into memory
 * when they are asked for.
 */
export function openShardStore(options: OpenOptions): Promise<ShardStore> {
  return tryToOpen(options).catch((error: unknown) => {
    if (!(error instanceof SnapshotDamagedError)) throw error;
    // It has noted that: this time it is thrown away.
    return tryToOpen(options);
  });
}

async function tryToOpen(options: OpenOptions): Promise<ShardStore> {
  const { directory, shard, hasSnapshot = true, onNotice = () => undefined } = options;
  const disk = options.disk ?? new NodeDisk();
  disk.makeDirectory(layout.journalDirectory(directory, shard));
  const { storeId } = readStoreFile(disk, directory);
  const snapshot = hasSnapshot ? await Snapshot.open(disk, directory, shard, storeId) : null;
  const shelf = new MailboxShelf({
    disk,
    directory,
    clock: options.clock ?? SYSTEM_CLOCK,
    snapshot,
    onNotice,
  });
  let store: DiskShardStore | null = null;
  try {
    const left = await findJournal(disk, directory, shard, onNotice);
    await shelf.begin(left.found.firstLsn, left.lastLsn);
    store = new DiskShardStore(options, { disk, left, snapshot, shelf });
    await store.takeOver(left);
    store.start();
    return store;
  } catch (error) {
    // The next try, which may be by the same thread, must not meet anything that still works here.
    if (store === null) await snapshot?.close();
    else await store.abandon();
    throw error;
  }
}
