/**
 * A shard: requests in, replies out, one store behind. Knows no thread and no port, so that a test
 * can hold one in its hand.
 *
 * Invariant: each request is answered once; a change is answered after it is durable.
 *
 * Source: ours; X.413 (1999) 9 for which error comes first.
 */
import { decode } from '../asn1/type.js';
import type { Clock } from '../base/clock.js';
import { DamageError, errorData, ViolationError } from '../base/errors.js';
import type {
  NumberedReply,
  NumberedRequest,
  Reply,
  Request,
  RetrievalOperation,
} from '../engine/contract.js';
import type { NewMessage, ShardStore } from '../store/contract.js';
import { MTS_ERROR } from '../x411/application-contexts.js';
import { DeleteArgument } from '../x413/delete.js';
import { msErrorOf, serviceError } from '../x413/errors.js';
import { FetchArgument } from '../x413/fetch.js';
import { ListArgument } from '../x413/list.js';
import { SummarizeArgument } from '../x413/summarize.js';
import { deleteResult, entriesToDelete } from './delete.js';
import { MESSAGE_DELIVERY_RESULT, newMessageOf } from './deliver-message.js';
import { newReportOf, REPORT_DELIVERY_RESULT } from './deliver-report.js';
import { fetch } from './fetch.js';
import { list } from './list.js';
import type { OperationContext, Outcome } from './operation.js';
import { summarize } from './summarize.js';

type DeliveryRequest = Extract<
  Request,
  { readonly kind: 'message-delivery' } | { readonly kind: 'report-delivery' }
>;
type RetrievalRequest = Extract<Request, { readonly kind: RetrievalOperation }>;
type Done = (reply: Reply) => void;

/** X.880 InvokeProblem. */
const MISTYPED_ARGUMENT = 2;

export class Shard {
  readonly #store: ShardStore;
  readonly #clock: Clock;
  readonly #send: (replies: readonly NumberedReply[]) => void;
  #replies: NumberedReply[] = [];
  #isSendScheduled = false;

  constructor(store: ShardStore, clock: Clock, send: (replies: readonly NumberedReply[]) => void) {
    this.#store = store;
    this.#clock = clock;
    this.#send = send;
  }

  /** Everything that arrived in one turn. Changes go to the journal together. */
  handle(batch: readonly NumberedRequest[]): void {
    for (const { id, request } of batch) {
      try {
        const waking = 'mailbox' in request ? this.#store.prepare(request.mailbox) : null;
        if (waking === null) this.#serve(id, request);
        else this.#serveLater(id, request, waking);
      } catch (error) {
        this.#reply(id, replyTo(error));
      }
    }
    this.#store.flush();
  }

  #serve(id: number, request: Request): void {
    const done: Done = (reply) => this.#reply(id, reply);
    try {
      this.#request(request, done);
    } catch (error) {
      done(replyTo(error));
    }
  }

  /** The requests of a mailbox that is being read wait, in their order; those of others do not. */
  #serveLater(id: number, request: Request, waking: Promise<void>): void {
    waking.then(
      () => {
        this.#serve(id, request);
        this.#store.flush();
      },
      (error: unknown) => this.#reply(id, replyTo(error)),
    );
  }

  #request(request: Request, done: Done): void {
    switch (request.kind) {
      case 'message-delivery':
        this.#deliver(request, newMessageOf, MESSAGE_DELIVERY_RESULT, done);
        return;
      case 'report-delivery':
        this.#deliver(request, newReportOf, REPORT_DELIVERY_RESULT, done);
        return;
      case 'summarize': {
        const argument = decode(SummarizeArgument, request.argument);
        done({ kind: 'result', result: summarize(this.#context(request), argument) });
        return;
      }
      case 'list': {
        const argument = decode(ListArgument, request.argument);
        this.#retrieved(request, list(this.#context(request), argument), done);
        return;
      }
      case 'fetch': {
        const argument = decode(FetchArgument, request.argument);
        this.#retrieved(request, fetch(this.#context(request), argument), done);
        return;
      }
      case 'delete':
        this.#delete(request, done);
        return;
      case 'checkpoint':
        void this.#checkpoint(done);
        return;
      case 'statistics': {
        const text = JSON.stringify(this.#store.statistics());
        done({ kind: 'result', result: Buffer.from(text) });
      }
    }
  }

  #deliver(
    { mailbox, argument }: DeliveryRequest,
    newMessage: (argument: Uint8Array, creationTime: number) => NewMessage,
    result: Uint8Array,
    done: Done,
  ): void {
    const message = newMessage(argument, Math.floor(this.#clock.nowMs() / 1_000));
    this.#store.deliver(mailbox, message, ({ outcome }) => {
      if (outcome.kind === 'committed') done({ kind: 'result', result });
      // The MTA keeps what is answered so, and tries again.
      else done({ kind: 'error', code: MTS_ERROR.deliveryControlViolated, parameter: null });
    });
  }

  #retrieved(request: RetrievalRequest, { result, changes }: Outcome, done: Done): void {
    if (changes.length > 0) this.#store.markConveyed(request.mailbox, changes);
    done({ kind: 'result', result });
  }

  #delete(request: RetrievalRequest, done: Done): void {
    const { mailbox, edition } = request;
    const argument = decode(DeleteArgument, request.argument);
    const entries = entriesToDelete(this.#context(request), argument);
    const result = deleteResult(entries, edition);
    if (entries.length === 0) {
      done({ kind: 'result', result });
      return;
    }
    this.#store.remove(mailbox, entries, (outcome) => {
      if (outcome.kind === 'committed') done({ kind: 'result', result });
      else done(replyTo(serviceError('unavailable')));
    });
  }

  #context({ mailbox, edition, restrictions }: RetrievalRequest): OperationContext {
    return { mailbox: this.#store.mailbox(mailbox), edition, restrictions };
  }

  async #checkpoint(done: Done): Promise<void> {
    try {
      await this.#store.checkpoint();
      done({ kind: 'result', result: new Uint8Array(0) });
    } catch (error) {
      done(replyTo(error));
    }
  }

  /** Replies of one turn leave together. */
  #reply(id: number, reply: Reply): void {
    this.#replies.push({ id, reply });
    if (this.#isSendScheduled) return;
    this.#isSendScheduled = true;
    queueMicrotask(() => {
      this.#isSendScheduled = false;
      const replies = this.#replies;
      this.#replies = [];
      this.#send(replies);
    });
  }
}

/** A file that cannot be read now costs the request, not the shard. */
function isDiskError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}

function replyTo(error: unknown): Reply {
  const refused = msErrorOf(error);
  if (refused !== null) return { kind: 'error', ...refused };
  if (error instanceof ViolationError) {
    // A filter deeper than we follow is no mistake in its type.
    if (error.code === 'too-deep') return replyTo(serviceError('unwilling-to-perform'));
    return { kind: 'reject', problem: MISTYPED_ARGUMENT };
  }
  if (error instanceof DamageError || isDiskError(error)) {
    return { kind: 'failure', error: errorData(error) };
  }
  throw error;
}
