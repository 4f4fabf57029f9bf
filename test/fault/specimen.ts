/** The real store as the campaigns open it. */
import type { LogsConfigured, Notice } from '../../src/engine/contract.js';
import { LOG_NAMES } from '../../src/engine/logs-kept.js';
import { shardOf, slotOf } from '../../src/engine/mailbox-id.js';
import { mailboxOf } from '../../src/store/box.js';
import type { ShardStore } from '../../src/store/contract.js';
import { openShardStore } from '../../src/store/open.js';
import { prepareDirectory } from '../../src/store/recovery.js';
import type { OpenContext, Specimen } from './power-cut-run.js';

/** Small, so that segments end, are recycled, and are too small for some messages. */
const SEGMENT_BYTES = 8_192;

const LOGS: LogsConfigured = {
  everywhere: { names: LOG_NAMES, entriesMax: 1_000_000, daysMax: 36_525, isDeletable: true },
  ofMailboxes: {},
};

export async function openRestante(context: OpenContext): Promise<Specimen> {
  const { disk, directory, shardCount, epoch, clock, damaged } = context;
  const onNotice = ({ level, event, fields }: Notice) => {
    if (level === 'error') damaged(`${event} ${JSON.stringify(fields)}`);
  };
  await prepareDirectory(disk, directory, shardCount, onNotice, LOGS);
  const stores: ShardStore[] = [];
  for (let shard = 0; shard < shardCount; shard += 1) {
    const store = await openShardStore({
      shard,
      shardCount,
      epoch,
      directory,
      journalSegmentBytes: SEGMENT_BYTES,
      checkpointIntervalMs: 0,
      scrubBytesPerSecond: 0,
      disk,
      clock,
      ownsMailbox: (id) => Number(shardOf(slotOf(id), shardCount)) === shard,
      hasSnapshot: false,
      logs: LOGS,
      onNotice,
    });
    stores.push(store);
  }
  return {
    stores,
    hasLogs: true,
    storeOf: (id) => {
      const store = stores[shardOf(slotOf(mailboxOf(id)), shardCount)];
      if (store === undefined) throw new Error('every mailbox has a shard');
      return store;
    },
  };
}
