/**
 * Knows which shard a mailbox lives on, and nothing of what is in it.
 *
 * Source: ours.
 */
import { present } from '../base/assert.js';
import type { ErrorData } from '../base/errors.js';
import type {
  AlertEffect,
  LogsConfigured,
  Notice,
  Reply,
  Request,
  ShardStatistics,
} from './contract.js';
import { type MailboxId, shardOf, slotOf } from './mailbox-id.js';
import { ShardThread } from './shard-thread.js';

export interface RouterOptions {
  readonly directory: string;
  readonly shardCount: number;
  readonly journalSegmentBytes: number;
  readonly checkpointIntervalMs: number;
  readonly scrubBytesPerSecond: number;
  readonly logs?: LogsConfigured;
  readonly worker: URL;
  readonly onDeath: (shard: number, epoch: number, error: ErrorData) => void;
  readonly onNotice: (shard: number, notice: Notice) => void;
  readonly onEffect: (effect: AlertEffect) => void;
}

type MailboxRequest = Extract<Request, { readonly mailbox: MailboxId }>;

export class Router {
  readonly #shards: readonly ShardThread[];
  readonly #roomListeners = new Set<() => void>();

  constructor({ worker, onDeath, onNotice, onEffect, ...rest }: RouterOptions) {
    this.#shards = Array.from(
      { length: rest.shardCount },
      (_, shard) =>
        new ShardThread({
          options: { ...rest, shard },
          worker,
          onDeath,
          onNotice,
          onEffect,
          onRoom: () => this.#tellRoom(),
        }),
    );
  }

  /** Resolves when every shard serves. */
  async start(): Promise<void> {
    await Promise.all(this.#shards.map((shard) => shard.start()));
  }

  request(request: MailboxRequest, done: (reply: Reply) => void): void {
    this.#shardOf(request.mailbox).request(request, done);
  }

  /** Whether more may be sent to the mailbox's shard; otherwise wait for {@link onRoom}. */
  hasRoom(mailbox: MailboxId): boolean {
    return this.#shardOf(mailbox).hasRoom;
  }

  /** Calls once, when some shard has room again. */
  onRoom(listener: () => void): void {
    this.#roomListeners.add(listener);
  }

  /** Of every shard, in their order; null for one that is not there to answer. */
  statistics(): Promise<(ShardStatistics | null)[]> {
    const ask = (shard: ShardThread) =>
      new Promise<ShardStatistics | null>((resolve) => {
        shard.request({ kind: 'statistics' }, (reply) => {
          const isThere = reply.kind === 'result';
          resolve(isThere ? JSON.parse(Buffer.from(reply.result).toString('utf8')) : null);
        });
      });
    return Promise.all(this.#shards.map(ask));
  }

  async close(): Promise<void> {
    await Promise.all(this.#shards.map((shard) => shard.close()));
  }

  #shardOf(mailbox: MailboxId): ShardThread {
    const shard = this.#shards[shardOf(slotOf(mailbox), this.#shards.length)];
    return present(shard, 'every slot has a shard');
  }

  #tellRoom(): void {
    const listeners = [...this.#roomListeners];
    this.#roomListeners.clear();
    for (const listener of listeners) listener();
  }
}
