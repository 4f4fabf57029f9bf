/**
 * The entry of a shard's thread. It runs one task that lasts as long as the shard: open the store,
 * say that it is ready, serve batches, and close when told.
 *
 * Source: ours; the pool finds its functions by their names.
 */
import { once } from 'node:events';
import type { MessagePort } from 'node:worker_threads';
import { SYSTEM_CLOCK } from '../base/clock.js';
import { packReplies, unpackRequests } from '../engine/batch.js';
import type { NumberedShardReply, ShardOptions } from '../engine/contract.js';
import { shardOf, slotOf } from '../engine/mailbox-id.js';
import { openShardStore } from '../store/open.js';
import { Shard } from './shard.js';

export interface ShardTask {
  readonly port: MessagePort;
  readonly options: ShardOptions;
}

/** Settles when the shard is closed. */
export async function serve({ port, options }: ShardTask): Promise<void> {
  const store = await openShardStore({
    ...options,
    onNotice: (notice) => port.postMessage(notice),
    ownsMailbox: (id) => Number(shardOf(slotOf(id), options.shardCount)) === options.shard,
  });
  const send = (replies: readonly NumberedShardReply[]) => {
    const batch = packReplies(replies);
    port.postMessage(batch, [batch.buffer]);
  };
  const shard = new Shard(store, SYSTEM_CLOCK, send, options.logs);
  const closing = new EventTarget();
  port.on('message', (message: Uint8Array | 'close') => {
    if (message === 'close') closing.dispatchEvent(new Event('close'));
    else shard.handle(unpackRequests(message));
  });
  const closed = once(closing, 'close');
  port.postMessage({ type: 'ready', epoch: options.epoch });
  await closed;
  shard.close();
  await store.close();
  port.close();
}

/** For who only wants to know that the thread has come so far. */
export function doNothing(): void {}
