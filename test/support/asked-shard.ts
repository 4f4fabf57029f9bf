/** A shard in the thread of the test: requests go in, and replies come out, as between threads. */
import { type Clock, SYSTEM_CLOCK } from '../../src/base/clock.js';
import { packReplies, unpackReplies } from '../../src/engine/batch.js';
import type { Reply, Request } from '../../src/engine/contract.js';
import { Shard } from '../../src/shard/shard.js';
import type { ShardStore } from '../../src/store/contract.js';

export class AskedShard {
  readonly #shard: Shard;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  #lastId = 0;

  constructor(store: ShardStore, clock: Clock = SYSTEM_CLOCK) {
    this.#shard = new Shard(store, clock, (replies) => {
      for (const { id, reply } of unpackReplies(packReplies(replies))) {
        this.#waiting.get(id)?.(reply);
        this.#waiting.delete(id);
      }
    });
  }

  readonly ask = (request: Request): Promise<Reply> => {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#shard.handle([{ id, request }]);
    });
  };

  /** Throws where the reply is no result. */
  async resultOf(request: Request): Promise<Uint8Array> {
    const reply = await this.ask(request);
    if (reply.kind === 'result') return reply.result;
    throw new Error(JSON.stringify(reply));
  }

  close(): void {
    this.#shard.close();
  }
}

/** Whoever looks at it finds it a millisecond later: five entries a slice. */
export function hurryingClock(): Clock {
  let ms = 0;
  const monotonicMs = () => {
    ms += 1;
    return ms;
  };
  return { nowMs: () => 1_700_000_000_000, monotonicMs };
}
