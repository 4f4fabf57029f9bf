/**
 * One shard's thread, seen from the front end: a Piscina pool of exactly one thread that runs one
 * task for as long as it lives. Requests go over in batches, everything of one turn in one post.
 *
 * When the thread dies, all that waits is answered with a failure, and a new thread starts with the
 * next epoch; it recovers from its journal before it says that it is ready.
 *
 * Source: ours.
 */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { Piscina } from 'piscina';
import type { ErrorData } from '../base/errors.js';
import { errorData } from '../base/errors.js';
import { SHARD_QUEUE_BYTES_MAX, SHARD_QUEUE_REQUESTS_MAX } from '../limits.js';
import { packRequests, unpackReplies } from './batch.js';
import type {
  AlertEffect,
  Notice,
  NumberedRequest,
  Reply,
  Request,
  ShardOptions,
} from './contract.js';
import { TASK, takePool } from './pool.js';

export interface ShardThreadOptions {
  readonly options: Omit<ShardOptions, 'epoch'>;
  /** The compiled worker module. */
  readonly worker: URL;
  readonly onDeath: (shard: number, epoch: number, error: ErrorData) => void;
  readonly onNotice: (shard: number, notice: Notice) => void;
  /** What a reply asks to happen elsewhere; told before whoever waits for the reply. */
  readonly onEffect: (effect: AlertEffect) => void;
  /** The queue has room again. */
  readonly onRoom: () => void;
}

interface Waiting {
  readonly done: (reply: Reply) => void;
  readonly bytes: number;
}

/** How long a thread that died at once is left dead, so that a broken disk does not spin us. */
const RESTART_PAUSE_MS = 250;

export class ShardThread {
  readonly #options: ShardThreadOptions;
  readonly #pool: Piscina;
  readonly #waiting = new Map<number, Waiting>();
  #queue: NumberedRequest[] = [];
  #port: MessagePort | null = null;
  #epoch = 0;
  #nextId = 1;
  #waitingBytes = 0;
  #isPostScheduled = false;
  #wasFull = false;
  #isClosing = false;
  #ended: Promise<void> = Promise.resolve();

  constructor(options: ShardThreadOptions) {
    this.#options = options;
    this.#pool = takePool(options.worker);
  }

  /** Resolves when the shard has recovered and serves. Rejects when it cannot. */
  start(): Promise<void> {
    this.#epoch += 1;
    const { port1, port2 } = new MessageChannel();
    const options: ShardOptions = { ...this.#options.options, epoch: this.#epoch };
    const task = this.#pool.run({ port: port2, options }, { name: TASK, transferList: [port2] });
    return new Promise((resolve, reject) => {
      port1.on('message', (message: Uint8Array | Notice | { readonly type: 'ready' }) => {
        if (message instanceof Uint8Array) this.#replies(message);
        else if ('event' in message) this.#options.onNotice(this.#options.options.shard, message);
        else {
          this.#port = port1;
          resolve();
          this.#schedulePost();
        }
      });
      this.#ended = task.then(
        () => port1.close(),
        (error: unknown) => {
          port1.close();
          reject(error);
          this.#died(errorData(error));
        },
      );
    });
  }

  /** False: wait for `onRoom` before the next one. A request is taken all the same. */
  get hasRoom(): boolean {
    return (
      this.#waitingBytes < SHARD_QUEUE_BYTES_MAX && this.#waiting.size < SHARD_QUEUE_REQUESTS_MAX
    );
  }

  request(request: Request, done: (reply: Reply) => void): void {
    const id = this.#nextId;
    this.#nextId += 1;
    const bytes = 'argument' in request ? request.argument.length : 0;
    this.#waiting.set(id, { done, bytes });
    this.#waitingBytes += bytes;
    this.#queue.push({ id, request });
    if (!this.hasRoom) this.#wasFull = true;
    this.#schedulePost();
  }

  /** Lets the shard finish and close its store. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#post();
    this.#port?.postMessage('close');
    await this.#ended;
    await this.#pool.close();
  }

  #schedulePost(): void {
    if (this.#isPostScheduled || this.#port === null) return;
    this.#isPostScheduled = true;
    setImmediate(() => {
      this.#isPostScheduled = false;
      this.#post();
    });
  }

  #post(): void {
    if (this.#queue.length === 0 || this.#port === null) return;
    const batch = packRequests(this.#queue);
    this.#queue = [];
    this.#port.postMessage(batch, [batch.buffer]);
  }

  #replies(batch: Uint8Array): void {
    for (const { id, reply } of unpackReplies(batch)) this.#settle(id, reply);
  }

  #settle(id: number, reply: Reply): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    this.#waitingBytes -= waiting.bytes;
    try {
      for (const effect of (reply.kind === 'result' && reply.effects) || []) {
        this.#options.onEffect(effect);
      }
      waiting.done(reply);
    } catch (error) {
      this.#fault(error);
    }
    if (this.#wasFull && this.hasRoom) {
      this.#wasFull = false;
      this.#options.onRoom();
    }
  }

  /** A bug in who takes the replies must not take the other associations with it. */
  #fault(error: unknown): void {
    const { kind, code, detail } = errorData(error);
    const sentence = 'a reply could not be taken; this is a bug';
    const fields = { kind, code, detail };
    const notice = { level: 'error', event: 'front-end.fault', sentence, fields } as const;
    this.#options.onNotice(this.#options.options.shard, notice);
  }

  #died(error: ErrorData): void {
    this.#port = null;
    this.#queue = [];
    this.#options.onDeath(this.#options.options.shard, this.#epoch, error);
    const failure: Reply = { kind: 'failure', error };
    for (const id of [...this.#waiting.keys()]) this.#settle(id, failure);
    if (this.#isClosing) return;
    setTimeout(() => {
      // A start that fails comes back here by itself, with the next epoch.
      if (!this.#isClosing) this.start().catch(() => undefined);
    }, RESTART_PAUSE_MS).unref();
  }
}
