/**
 * A shard: requests in, replies out, one store behind. Knows no thread and no port, so that a test
 * can hold one in its hand.
 *
 * Invariant: each request is answered once; a change is answered after it is durable.
 *
 * Source: ours; X.413 (1999) 9 for which error comes first.
 */
import { type Asn1Type, decode } from '../asn1/type.js';
import type { Clock } from '../base/clock.js';
import { DamageError, errorData, ViolationError } from '../base/errors.js';
import { formatHex, NO_OCTETS } from '../base/octets.js';
import { hashPassword, PasswordVerifier } from '../directory/password.js';
import type {
  AlertEffect,
  BindState,
  LogsConfigured,
  NumberedRequest,
  NumberedShardReply,
  Reply,
  Request,
  RetrievalOperation,
  ShardReply,
} from '../engine/contract.js';
import { logsKeptOf } from '../engine/logs-kept.js';
import type { MailboxId } from '../engine/mailbox-id.js';
import { STATUS_CHANGES_AT_ONCE_MAX } from '../limits.js';
import { type BoxId, boxesOf } from '../store/box.js';
import type { CommitOutcome, Mailbox, NewMessage, ShardStore } from '../store/contract.js';
import { MTS_ERROR } from '../x411/application-contexts.js';
import { isLogClass } from '../x413/common.js';
import { DeleteArgument } from '../x413/delete.js';
import type { SequenceNumber } from '../x413/entry.js';
import { invalidParametersError, msErrorOf, serviceError } from '../x413/errors.js';
import { FetchArgument } from '../x413/fetch.js';
import { ListArgument } from '../x413/list.js';
import { ModifyArgument } from '../x413/modify.js';
import { hasError } from '../x413/operation-errors.js';
import { RegisterMsArgument } from '../x413/register.js';
import { oldCredentialsError } from '../x413/registration-errors.js';
import { SummarizeArgument } from '../x413/summarize.js';
import { AutoAlerts } from './auto-alert.js';
import { afterAll, markConveyedIn, removeFrom, restateIn } from './box-changes.js';
import { deleteResult, entriesToDelete } from './delete.js';
import { MESSAGE_DELIVERY_RESULT, newMessageOf } from './deliver-message.js';
import { newReportOf, REPORT_DELIVERY_RESULT } from './deliver-report.js';
import { fetch } from './fetch.js';
import { list } from './list.js';
import type { Marks } from './marks.js';
import { modify } from './modify.js';
import { boxesOfClass, type OperationContext, type Outcome } from './operation.js';
import { Outgoing } from './outgoing.js';
import { changedBy, checkRegistration, checkSize, passwordChangeOf } from './register-ms.js';
import { RegistrationBook } from './registration-book.js';
import { registerMsResult } from './registration-status.js';
import { defaultsOf } from './registrations.js';
import { Searches } from './searches.js';
import type { Sliced } from './sliced.js';
import { summarize } from './summarize.js';

type DeliveryRequest = Extract<
  Request,
  { readonly kind: 'message-delivery' } | { readonly kind: 'report-delivery' }
>;
type RetrievalRequest = Extract<Request, { readonly kind: RetrievalOperation }>;
type RegisterRequest = Extract<Request, { readonly kind: 'register-ms' }>;
type BindRequest = Extract<Request, { readonly kind: 'bind' }>;
type Done = (reply: ShardReply) => void;

type WakingRequest = Extract<Request, { readonly mailbox: MailboxId }>;

interface OfClass {
  readonly entryClass: number;
}

/** X.880 InvokeProblem. */
const MISTYPED_ARGUMENT = 2;

export class Shard {
  readonly #store: ShardStore;
  readonly #clock: Clock;
  readonly #logs: LogsConfigured | undefined;
  readonly #send: (replies: readonly NumberedShardReply[]) => void;
  readonly #book: RegistrationBook;
  readonly #alerts: AutoAlerts;
  readonly #outgoing: Outgoing;
  readonly #searches: Searches;
  readonly #passwords = new PasswordVerifier();
  #replies: NumberedShardReply[] = [];
  #isSendScheduled = false;

  constructor(
    store: ShardStore,
    clock: Clock,
    send: (replies: readonly NumberedShardReply[]) => void,
    logs?: LogsConfigured,
  ) {
    this.#logs = logs;
    this.#store = store;
    this.#clock = clock;
    this.#send = send;
    this.#book = new RegistrationBook(store);
    this.#alerts = new AutoAlerts(this.#book);
    // Modify writes at its end what it has read at its beginning; those who read need no care.
    const whenFree = (mailbox: MailboxId, act: () => void) =>
      this.#searches.admit(mailbox, false, act);
    this.#outgoing = new Outgoing(store, this.#book, clock, whenFree, logs);
    this.#searches = new Searches(clock, () => this.#store.flush());
  }

  /** What is under way is not answered any more. */
  close(): void {
    this.#searches.stop();
  }

  /** Everything that arrived in one turn. Changes go to the journal together. */
  handle(batch: readonly NumberedRequest[]): void {
    this.#searches.noteOthers();
    for (const { id, request } of batch) {
      try {
        const waking = wakes(request) ? this.#wake(request) : null;
        if (waking === null) this.#serve(id, request);
        else this.#serveLater(id, request, waking);
      } catch (error) {
        this.#reply(id, replyTo(error));
      }
    }
    this.#store.flush();
  }

  /** A delivery waits for no log. */
  #wake({ kind, mailbox }: WakingRequest): Promise<void> | null {
    return this.#store.prepare(mailbox, this.#logs !== undefined && !DELIVERY.has(kind));
  }

  #serve(id: number, request: Request): void {
    const begin = () => this.#begin(id, request);
    if (!isRetrieval(request)) begin();
    else this.#searches.admit(request.mailbox, isChange(request), begin);
  }

  #begin(id: number, request: Request): void {
    const done: Done = (reply) => this.#reply(id, reply);
    try {
      this.#request(request, done);
    } catch (error) {
      done(errorOf(request, replyTo(error)));
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
      case 'summarize':
      case 'list':
      case 'fetch':
      case 'delete':
      case 'modify':
        this.#searches.run(request.mailbox, {
          work: this.#retrieval(request, done),
          failed: (error) => done(errorOf(request, replyTo(error))),
          isChange: isChange(request),
        });
        return;
      case 'submit':
        this.#outgoing.submit(request, done);
        return;
      case 'submitted':
        this.#outgoing.submitted(request, done);
        return;
      case 'register-ms':
        void this.#register(request).then(done);
        return;
      case 'credentials': {
        const { passwordHash } = this.#book.of(request.mailbox);
        done({ kind: 'result', result: Buffer.from(passwordHash ?? '') });
        return;
      }
      case 'bind':
        done({ kind: 'result', result: Buffer.from(JSON.stringify(this.#bind(request))) });
        return;
      case 'alerted':
        this.#alerts.alerted(request.mailbox, request.sequence);
        done({ kind: 'result', result: NO_OCTETS });
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
    this.#store.deliver(mailbox, message, ({ outcome, sequence, isRepetition }) => {
      if (outcome.kind !== 'committed') {
        // The MTA keeps what is answered so, and tries again.
        done({ kind: 'error', code: MTS_ERROR.deliveryControlViolated, parameter: null });
      } else if (isRepetition || sequence === null) done({ kind: 'result', result });
      else this.#arrived(mailbox, sequence, result, done);
    });
  }

  /** Answers when what the entry raises is as durable as the entry. */
  #arrived(id: MailboxId, sequence: SequenceNumber, result: Uint8Array, done: Done): void {
    const effects = this.#raisedBy(id, sequence);
    if (effects.length === 0) {
      done({ kind: 'result', result });
      return;
    }
    this.#alerts.keep(id, () => done({ kind: 'result', result, effects }));
    // We are called from a commit: what was staged now goes with the next one.
    queueMicrotask(() => this.#store.flush());
  }

  /** What cannot be read alerts nobody; the message is stored, and its MTA is to hear that. */
  #raisedBy(id: MailboxId, sequence: SequenceNumber): readonly AlertEffect[] {
    try {
      return this.#alerts.raisedBy(this.#store.mailbox(id), sequence);
    } catch (error) {
      if (error instanceof DamageError || isDiskError(error)) return [];
      throw error;
    }
  }

  async #register(request: RegisterRequest): Promise<Reply> {
    try {
      return await this.#registered(request);
    } catch (error) {
      return errorOf(request, replyTo(error));
    }
  }

  async #registered(request: RegisterRequest): Promise<Reply> {
    const { mailbox, edition } = request;
    const argument = decode(RegisterMsArgument, request.argument);
    checkRegistration(argument, request);
    const passwordHash = await this.#changedPassword(request, argument);
    // From here on in one go: nobody else changes what is registered meanwhile.
    const changed = changedBy(this.#book.of(mailbox), argument, edition);
    const next = passwordHash === null ? changed : { ...changed, passwordHash };
    const outcome = await new Promise<CommitOutcome>((resolve) => {
      this.#book.change(mailbox, next, resolve);
      this.#store.flush();
    });
    if (outcome.kind !== 'committed') throw serviceError('unavailable');
    const result = registerMsResult(next, argument.registrationStatusRequest);
    return { kind: 'result', result };
  }

  /** The hash of the new password; null where none is to be changed. Throws MsRefusal. */
  async #changedPassword(
    { mailbox, passwordHash }: RegisterRequest,
    { changeCredentials }: RegisterMsArgument,
  ): Promise<string | null> {
    if (changeCredentials === undefined) return null;
    const change = passwordChangeOf(changeCredentials);
    const current = this.#book.of(mailbox).passwordHash ?? passwordHash;
    if (!(await this.#passwords.verify(change.old, current))) throw oldCredentialsError();
    return hashPassword(change.new);
  }

  #bind({ mailbox, securityContext, userAgent }: BindRequest): BindState {
    const { userSecurityLabels, userAgents } = this.#book.of(mailbox);
    const labels = new Set(userSecurityLabels.map(formatHex));
    const isContextAcceptable =
      labels.size === 0 || securityContext.every((label) => labels.has(formatHex(label)));
    return {
      isContextAcceptable,
      // Who is refused is not told, and so has not been.
      isAlertPending: isContextAcceptable && this.#alerts.indicate(mailbox),
      isUserAgentKnown: userAgents.some(({ identifier }) => identifier === userAgent),
    };
  }

  #retrieval(request: RetrievalRequest, done: Done): Sliced<void> {
    switch (request.kind) {
      case 'summarize':
        return this.#summarize(request, done);
      case 'list':
        return this.#retrieve(request, ListArgument, list, done);
      case 'fetch':
        return this.#retrieve(request, FetchArgument, fetch, done);
      case 'delete':
        return this.#delete(request, done);
      case 'modify':
        return this.#modify(request, done);
    }
  }

  *#summarize(request: RetrievalRequest, done: Done): Sliced<void> {
    const argument = decode(SummarizeArgument, request.argument);
    done({ kind: 'result', result: yield* summarize(this.#context(request, argument), argument) });
  }

  *#retrieve<T extends OfClass>(
    request: RetrievalRequest,
    type: Asn1Type<T>,
    retrieve: (context: OperationContext, argument: T) => Sliced<Outcome>,
    done: Done,
  ): Sliced<void> {
    const argument = decode(type, request.argument);
    const outcome = yield* retrieve(this.#context(request, argument), argument);
    // What a log tells is new to nobody.
    const changes = isLogClass(argument.entryClass) ? [] : outcome.changes;
    let { result } = outcome;
    for (let at = 0; at < changes.length; at += STATUS_CHANGES_AT_ONCE_MAX) {
      const end = at + STATUS_CHANGES_AT_ONCE_MAX;
      const boxes = boxesOfClass(request.mailbox, argument.entryClass);
      markConveyedIn(this.#store, boxes, changes.slice(at, end));
      if (end >= changes.length || !this.#searches.isOver) continue;
      // What of a message is in the result of a fetch would not outlive this turn.
      if (request.kind === 'fetch') result = [Buffer.concat(result)];
      yield;
    }
    done({ kind: 'result', result });
  }

  *#delete(request: RetrievalRequest, done: Done): Sliced<void> {
    const { mailbox, edition } = request;
    const argument = decode(DeleteArgument, request.argument);
    const entries = yield* entriesToDelete(this.#context(request, argument), argument);
    const result = deleteResult(entries, edition);
    if (entries.length === 0) {
      done({ kind: 'result', result });
      return;
    }
    const logs = logsKeptOf(this.#logs, mailbox);
    const boxes = boxesOfClass(mailbox, argument.entryClass, undefined, logs);
    removeFrom(this.#store, boxes, entries, (outcome) => {
      if (outcome.kind === 'committed') done({ kind: 'result', result });
      else done(replyTo(serviceError('unavailable')));
    });
  }

  *#modify(request: RetrievalRequest, done: Done): Sliced<void> {
    const argument = decode(ModifyArgument, request.argument);
    const context = this.#context(request, argument);
    const groups = () => this.#book.of(request.mailbox).messageGroups;
    const { marks, statuses, result, failure } = yield* modify(context, argument, groups);
    const kept = marks === context.marks ? marks : this.#ofWhatIsThere(request.mailbox, marks);
    const slices = Math.ceil(statuses.length / STATUS_CHANGES_AT_ONCE_MAX);
    const ended = afterAll(slices + 1, ({ kind }) => {
      if (kind !== 'committed') done(replyTo(serviceError('unavailable')));
      else done(failure === null ? { kind: 'result', result } : replyTo(failure));
    });
    // All that is written on entries is written anew with each change of it: not without one.
    if (kept === context.marks) ended({ kind: 'committed' });
    else this.#book.change(request.mailbox, { marks: kept }, ended);
    const boxes = boxesOfClass(request.mailbox, argument.entryClass);
    for (let at = 0; at < statuses.length; at += STATUS_CHANGES_AT_ONCE_MAX) {
      restateIn(this.#store, boxes, statuses.slice(at, at + STATUS_CHANGES_AT_ONCE_MAX), ended);
      if (this.#searches.isOver) yield;
    }
  }

  /** Without entries that are gone. Throws MsRefusal where the registrations become too large. */
  #ofWhatIsThere(mailbox: MailboxId, marks: Marks): Marks {
    const all = this.#store.boxes(boxesOf(mailbox));
    const kept = new Map([...marks].filter(([number]) => all.entry(number) !== null));
    checkSize({ ...this.#book.of(mailbox), marks: kept });
    return kept;
  }

  #context(
    { mailbox, edition, restrictions, userAgent, unsubscribed }: RetrievalRequest,
    { entryClass }: OfClass,
  ): OperationContext {
    const defaults = defaultsOf(this.#book.of(mailbox), userAgent ?? null);
    const { marks } = this.#book.of(mailbox);
    const logs = logsKeptOf(this.#logs, mailbox);
    const boxes = boxesOfClass(mailbox, entryClass, unsubscribed, logs);
    const stored = isLogClass(entryClass) ? this.#store.boxes(boxesOf(mailbox)) : null;
    const ofLogs = {
      logs,
      ...(stored && { isStored: (sequence: number) => stored.entry(sequence) !== null }),
    };
    const place = { mailbox: this.#entriesOf(mailbox, boxes), marks, pace: this.#searches };
    return {
      ...place,
      ...ofLogs,
      edition,
      restrictions,
      defaults,
      ...(unsubscribed && { unsubscribed }),
    };
  }

  /** A class that is not served is refused by the operation. */
  #entriesOf(mailbox: MailboxId, boxes: readonly BoxId[]): Mailbox {
    const [only] = boxes;
    if (boxes.length > 1) return this.#store.boxes(boxes);
    return this.#store.mailbox(only ?? mailbox);
  }

  async #checkpoint(done: Done): Promise<void> {
    try {
      await this.#store.checkpoint();
      done({ kind: 'result', result: NO_OCTETS });
    } catch (error) {
      done(replyTo(error));
    }
  }

  /** Replies of one turn leave together. */
  #reply(id: number, reply: ShardReply): void {
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

/** An operation that lacks the error for what is wrong says that its parameters are invalid. */
function errorOf(request: Request, reply: Reply): Reply {
  if (reply.kind !== 'error' || !('edition' in request)) return reply;
  if (hasError(request.kind, request.edition, reply.code)) return reply;
  return replyTo(invalidParametersError());
}

const DELIVERY: ReadonlySet<Request['kind']> = new Set(['message-delivery', 'report-delivery']);

const RETRIEVAL: ReadonlySet<Request['kind']> = new Set([
  'summarize',
  'list',
  'fetch',
  'delete',
  'modify',
] satisfies RetrievalOperation[]);

function isRetrieval(request: Request): request is RetrievalRequest {
  return RETRIEVAL.has(request.kind);
}

function isChange({ kind }: RetrievalRequest): boolean {
  return kind === 'delete' || kind === 'modify';
}

/** What looks at entries. A bind does not, and must not wait while a large mailbox is read. */
function wakes(request: Request): request is WakingRequest {
  const { kind } = request;
  return DELIVERY.has(kind) || RETRIEVAL.has(kind) || kind === 'submit' || kind === 'submitted';
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
