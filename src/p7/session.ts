/**
 * One P7 association of the store: the bind of a user, then the operations of the retrieval port,
 * each handed to the shard that owns the mailbox, and answered with what comes back.
 *
 * What the store does not do yet is answered with the protocol's own error.
 *
 * Source: X.413 (1999) 7, 8; X.419 (1999) for which operation belongs to which abstract syntax.
 */

import { decodeOrNull } from '../asn1/elements.js';
import type { Oid } from '../asn1/primitive.js';
import { decode, encode } from '../asn1/type.js';
import { ViolationError } from '../base/errors.js';
import type {
  AlertEffect,
  BindState,
  FetchRestrictions,
  LogsConfigured,
  Reply,
  RetrievalOperation,
} from '../engine/contract.js';
import { logsKeptOf } from '../engine/logs-kept.js';
import type { MailboxId } from '../engine/mailbox-id.js';
import type { SubmissionOperation } from '../engine/mts-port.js';
import type { Router } from '../engine/router.js';
import {
  ALERTS_OUTSTANDING_MAX,
  ASSOCIATIONS_PER_MAILBOX_MAX,
  BIND_REFUSAL_DELAY_MS,
} from '../limits.js';
import { OrderlyEnd } from '../net/orderly-end.js';
import {
  ACSE_USER_DIAGNOSTIC,
  type AssociationCommands,
  type AssociationEvent,
  type BindIndication,
  INVOKE_PROBLEM,
} from '../osi/association.js';
import type { Log } from '../telemetry/log.js';
import {
  type ApplicationContext,
  MS_OPERATION,
  MTS_ERROR,
  MTS_OPERATION,
  servedSyntaxes,
} from '../x411/application-contexts.js';
import { Waiting } from '../x411/control.js';
import { passwordOctets } from '../x411/credentials.js';
import { formatOrAddress } from '../x411/or-address-text.js';
import { SecurityLabel } from '../x411/security-label.js';
import { MsBindArgument, MsBindError88, type MsBindProblem } from '../x413/bind.js';
import { extensionType } from '../x413/common.js';
import { msErrorOf, serviceError } from '../x413/errors.js';
import { bindResult } from './bind-result.js';
import type { BoundUser, BoundUsers, Waited } from './bound-users.js';
import { ResultWindow } from './result-window.js';
import { type SubmissionServices, submissionOperation, submit } from './submission-port.js';

const RETRIEVAL: ReadonlyMap<number, RetrievalOperation> = new Map([
  [MS_OPERATION.summarize, 'summarize'],
  [MS_OPERATION.list, 'list'],
  [MS_OPERATION.fetch, 'fetch'],
  [MS_OPERATION.delete, 'delete'],
  [MS_OPERATION.modify, 'modify'],
]);

/** Of the administration port; the MTA's record of a user is not ours to change. */
const UNRELAYED: ReadonlySet<number> = new Set([
  MTS_OPERATION.register,
  MTS_OPERATION.changeCredentials,
]);

export interface P7Services extends SubmissionServices {
  readonly log: Log;
  /** What the store answers a bind with. */
  readonly storePassword: string;
  /** What every user of 1994 is told when he binds. */
  readonly serviceInformation?: string | undefined;
  readonly users: BoundUsers;
  /** Absent: no mailbox has a log. */
  readonly logs?: LogsConfigured | undefined;
}

/** What a session sees and sets of the flow of octets. */
interface Flow {
  readonly isBehind: boolean;
  setReading(isReading: boolean): void;
}

type MailboxRequest = Parameters<Router['request']>[0];
type Invoke = Extract<AssociationEvent, { readonly type: 'invoke' }>;

type Association = AssociationCommands & Flow;

export class P7Session implements BoundUser {
  readonly #association: Association;
  readonly #services: P7Services;
  readonly #context: ApplicationContext;
  #mailbox: MailboxId | null = null;
  #restrictions: FetchRestrictions | undefined;
  #userAgent: string | undefined;
  /** The abstract syntax in which alerts are invoked; null until the bind is answered. */
  #alertSyntax: Oid | null = null;
  /** The same for submission-control. */
  #controlSyntax: Oid | null = null;
  /** Alerts that came before the bind was answered. */
  #early: AlertEffect[] = [];
  /** Alerts that are unanswered, by invoke id, with the number of their entry. */
  readonly #alerts = new Map<number, number>();
  /** Who waits for what the user says to a submission-control, by invoke id. */
  readonly #controls = new Map<number, Waited>();
  /** Invocations that wait for the window. */
  #queue: { readonly invokeId: number; readonly request: MailboxRequest }[] = [];
  readonly #window = new ResultWindow();
  readonly #end: OrderlyEnd;

  constructor(association: Association, services: P7Services, context: ApplicationContext) {
    this.#association = association;
    this.#services = services;
    this.#context = context;
    this.#end = new OrderlyEnd(association);
  }

  /** Who is bound, for the log. */
  get name(): string {
    return this.#mailbox ?? 'nobody';
  }

  onEvent(event: AssociationEvent): void {
    switch (event.type) {
      case 'bind':
        void this.#bind(event);
        return;
      case 'invoke':
        this.#invoke(event);
        return;
      case 'result':
        this.#alerted(event.invokeId);
        this.#controlled(event.invokeId, event.result);
        return;
      case 'error':
      case 'reject':
        if (event.invokeId === null) return;
        this.#alerts.delete(event.invokeId);
        this.#controlled(event.invokeId, null);
        return;
      case 'unbind':
        this.#end.release();
    }
  }

  /** The user takes results again. */
  onDrain(): void {
    this.#serveNext();
  }

  /** A planned stop: operations on their way are answered, new ones refused. */
  stop(): void {
    this.#end.stop();
  }

  onClosed(): void {
    this.#end.closed();
    this.#queue = [];
    for (const invokeId of [...this.#controls.keys()]) this.#controlled(invokeId, null);
    this.#leave();
  }

  /** No longer counted, nor alerted. */
  #leave(): void {
    if (this.#mailbox !== null) this.#services.users.remove(this.#mailbox, this);
    this.#mailbox = null;
  }

  async #bind(event: BindIndication): Promise<void> {
    const bind = readBind(event.argument);
    if (bind === null) {
      const diagnostic = ACSE_USER_DIAGNOSTIC.noReasonGiven;
      this.#association.bindError({ isTransient: false, diagnostic, error: null });
      return;
    }
    if (event.isMonologue) {
      this.#refuse('unable-to-establish-association', false);
      return;
    }
    const { log, users } = this.#services;
    const mailbox = await this.#authenticate(bind.argument);
    // Who has left meanwhile must not be counted: nobody would count him out.
    if (this.#end.isClosed) return;
    if (mailbox === null) {
      const user = formatOrAddress(bind.argument.initiatorName.value);
      log.warn('p7.bind.refused', 'a P7 bind was refused', { user });
      setTimeout(() => this.#refuse('authentication-error', false), BIND_REFUSAL_DELAY_MS);
      return;
    }
    const isFull =
      mailbox !== 'unavailable' && users.countOf(mailbox) >= ASSOCIATIONS_PER_MAILBOX_MAX;
    if (this.#end.isStopping || mailbox === 'unavailable' || isFull) {
      this.#refuse('unable-to-establish-association', true);
      return;
    }
    // From now on alerts come here, so that none falls between the state and the answer.
    users.add(mailbox, this);
    this.#mailbox = mailbox;
    const state = await this.#bindState(mailbox, bind.argument);
    if (this.#end.isClosed) return;
    if (state === null || !state.isContextAcceptable) {
      this.#leave();
      if (state === null) this.#refuse('unable-to-establish-association', true);
      else this.#refuse('unacceptable-security-context', false);
      return;
    }
    this.#accept(event, bind, state);
    log.info('p7.bind', 'a user bound', { mailbox });
  }

  /** Null: not who he says. Where the shard cannot tell which password is right, none is. */
  async #authenticate({
    initiatorName,
    initiatorCredentials,
  }: MsBindArgument): Promise<MailboxId | 'unavailable' | null> {
    const { directory } = this.#services;
    const name = initiatorName.value;
    const claimed = directory.mailboxOf(name);
    let changedHash: string | null = null;
    if (claimed !== null) {
      const reply = await this.#ask({ kind: 'credentials', mailbox: claimed });
      if (reply.kind !== 'result') return 'unavailable';
      changedHash = Buffer.from(reply.result).toString() || null;
    }
    return directory.authenticateUser(name, passwordOctets(initiatorCredentials), changedHash);
  }

  /** Null where the shard cannot tell. */
  async #bindState(
    mailbox: MailboxId,
    { securityContext = [], uaRegistrationIdentifier }: MsBindArgument,
  ): Promise<BindState | null> {
    const reply = await this.#ask({
      kind: 'bind',
      mailbox,
      securityContext: securityContext.map((label) => encode(SecurityLabel, label)),
      userAgent: uaRegistrationIdentifier ?? null,
    });
    return reply.kind === 'result' ? JSON.parse(Buffer.from(reply.result).toString()) : null;
  }

  #ask(request: MailboxRequest): Promise<Reply> {
    return new Promise((resolve) => this.#services.router.request(request, resolve));
  }

  #accept(event: BindIndication, { argument, extensions }: Bind, state: BindState): void {
    const { edition, delivery, submission } = this.#context;
    const { msConfigurationRequest, uaRegistrationIdentifier, fetchRestrictions } = argument;
    this.#restrictions = fetchRestrictions;
    if (state.isUserAgentKnown && edition === '94') this.#userAgent = uaRegistrationIdentifier;
    const result = bindResult({
      edition,
      password: this.#services.storePassword,
      serviceInformation: this.#services.serviceInformation,
      state,
      wantsConfiguration: msConfigurationRequest,
      namesUserAgent: uaRegistrationIdentifier !== undefined,
      extensions,
      bytesMax: event.resultBytesMax ?? Number.POSITIVE_INFINITY,
      logs: this.#mailbox ? logsKeptOf(this.#services.logs, this.#mailbox).names : [],
      unsubscribed: this.#mailbox && this.#services.directory.unsubscribedOf(this.#mailbox),
    });
    this.#association.bindResult(servedSyntaxes(this.#context), result);
    this.#end.bound();
    // A peer that has proposed no context for a port invokes on that of the bind, and so do we.
    const syntaxOf = (port: Oid) =>
      event.contexts.some((proposed) => proposed.abstractSyntax === port) ? port : event.bindSyntax;
    this.#alertSyntax = syntaxOf(delivery);
    this.#controlSyntax = syntaxOf(submission);
    const early = this.#early;
    this.#early = [];
    for (const effect of early) this.alert(effect);
  }

  alert(effect: AlertEffect): void {
    if (this.#alertSyntax === null) {
      this.#early.push(effect);
      return;
    }
    if (this.#end.isLeaving || this.#alerts.size >= ALERTS_OUTSTANDING_MAX) return;
    const argument = effect.argument[this.#context.edition];
    const invokeId = this.#association.invoke(this.#alertSyntax, MS_OPERATION.alert, [argument]);
    this.#alerts.set(invokeId, effect.sequence);
  }

  /** The MTS's submission-control, as it came: users obey it as the store does. X.413 8.3.4. */
  control(argument: Uint8Array, done: Waited): void {
    if (this.#controlSyntax === null || this.#end.isLeaving) {
      done(null);
      return;
    }
    const { submissionControl } = MTS_OPERATION;
    const invokeId = this.#association.invoke(this.#controlSyntax, submissionControl, [argument]);
    this.#controls.set(invokeId, done);
  }

  #controlled(invokeId: number, result: Uint8Array | null): void {
    const done = this.#controls.get(invokeId);
    this.#controls.delete(invokeId);
    const isWaiting = result !== null && decodeOrNull(Waiting, result) !== null;
    done?.(isWaiting ? result : null);
  }

  /** What is not taken is indicated at the next bind. */
  #alerted(invokeId: number): void {
    const sequence = this.#alerts.get(invokeId);
    this.#alerts.delete(invokeId);
    if (sequence === undefined || this.#mailbox === null) return;
    void this.#ask({ kind: 'alerted', mailbox: this.#mailbox, sequence });
  }

  #refuse(problem: MsBindProblem, isTransient: boolean): void {
    const diagnostic = ACSE_USER_DIAGNOSTIC.noReasonGiven;
    const error = encode(MsBindError88, problem);
    this.#association.bindError({ isTransient, diagnostic, error });
  }

  /**
   * By operation code alone: what a user may invoke bears one code over all ports, and peers of
   * the ISODE family invoke on the context of the bind.
   */
  #invoke({ invokeId, operation, argument }: Invoke): void {
    const mailbox = this.#mailbox;
    const submission = submissionOperation(operation);
    if (mailbox !== null && submission !== null) {
      this.#submit(invokeId, mailbox, submission, argument);
      return;
    }
    const request = mailbox === null ? null : this.#requestOf(mailbox, operation, argument);
    if (mailbox === null || request === null) {
      this.#unserved(invokeId, operation);
      return;
    }
    if (this.#end.isStopping) {
      this.#serviceError(invokeId, 'unavailable');
      return;
    }
    this.#end.begun();
    this.#queue.push({ invokeId, request });
    this.#serveNext();
  }

  /** As long as the store stops, nothing goes out any more. */
  #submit(
    invokeId: number,
    mailbox: MailboxId,
    operation: SubmissionOperation,
    argument: Uint8Array,
  ): void {
    if (this.#end.isStopping) {
      this.#association.error(invokeId, MTS_ERROR.remoteBindError, null);
      return;
    }
    const { edition } = this.#context;
    this.#end.begun();
    const own = this.#userAgent === undefined ? {} : { userAgent: this.#userAgent };
    submit(this.#services, { mailbox, edition, operation, argument, ...own }, (reply) => {
      this.#answer(invokeId, reply);
      this.#end.done();
    });
    this.#pauseWhileFull(mailbox);
    // What waits for the MTA is held here: no more of it comes than one association can send ahead.
    const { mts } = this.#services;
    if (!mts.hasRoom) this.#pauseUntil((resume) => mts.onRoom(resume));
  }

  /** Asks for as many results as may be on their way. */
  #serveNext(): void {
    while (this.#window.isOpen && !this.#association.isBehind) {
      const next = this.#queue.shift();
      if (next === undefined) return;
      this.#serve(next.invokeId, next.request);
    }
  }

  #serve(invokeId: number, request: MailboxRequest): void {
    const { router } = this.#services;
    this.#window.asked();
    router.request(request, (reply) => {
      this.#window.answered(reply.kind === 'result' ? reply.result.length : 0);
      this.#answer(invokeId, reply);
      this.#end.done();
      this.#serveNext();
    });
    this.#pauseWhileFull(request.mailbox);
  }

  /** Reads no more while the mailbox's shard is behind. */
  #pauseWhileFull(mailbox: MailboxId): void {
    const { router } = this.#services;
    if (!router.hasRoom(mailbox)) this.#pauseUntil((resume) => router.onRoom(resume));
  }

  #pauseUntil(whenResumed: (resume: () => void) => void): void {
    this.#association.setReading(false);
    whenResumed(() => this.#association.setReading(true));
  }

  /** Null for an operation that no shard serves. */
  #requestOf(mailbox: MailboxId, operation: number, argument: Uint8Array): MailboxRequest | null {
    const { edition } = this.#context;
    const { directory } = this.#services;
    const unsubscribed = directory.unsubscribedOf(mailbox);
    const subscription = unsubscribed && { unsubscribed };
    if (operation === MS_OPERATION.registerMs) {
      const passwordHash = directory.passwordHashOf(mailbox);
      return { kind: 'register-ms', mailbox, edition, argument, passwordHash, ...subscription };
    }
    const kind = RETRIEVAL.get(operation);
    if (kind === undefined || (kind === 'modify' && edition === '88')) return null;
    const [restrictions, userAgent] = [this.#restrictions, this.#userAgent];
    return {
      kind,
      mailbox,
      edition,
      argument,
      ...(restrictions && { restrictions }),
      ...(userAgent !== undefined && { userAgent }),
      ...subscription,
    };
  }

  #answer(invokeId: number, reply: Reply): void {
    switch (reply.kind) {
      case 'result':
        this.#association.result(invokeId, [reply.result]);
        return;
      case 'error':
        this.#association.error(invokeId, reply.code, reply.parameter);
        return;
      case 'reject':
        this.#association.reject(invokeId, { kind: 'invoke', problem: reply.problem });
        return;
      case 'failure': {
        const { kind, code, detail } = reply.error;
        this.#services.log.error('p7.failure', 'an operation failed', { kind, code, detail });
        // A shard that died took with it whether the operation had its effect: no answer is true.
        if (kind === 'bug') this.#association.abort();
        else this.#serviceError(invokeId, 'unavailable');
      }
    }
  }

  #serviceError(invokeId: number, problem: Parameters<typeof serviceError>[0]): void {
    const error = msErrorOf(serviceError(problem));
    if (error !== null) this.#association.error(invokeId, error.code, error.parameter);
  }

  /** Known to the protocol and not done by this store yet, or not known at all. */
  #unserved(invokeId: number, operation: number): void {
    if (UNRELAYED.has(operation))
      this.#association.error(invokeId, MTS_ERROR.remoteBindError, null);
    else {
      const problem = INVOKE_PROBLEM.unrecognizedOperation;
      this.#association.reject(invokeId, { kind: 'invoke', problem });
    }
  }
}

/** A bind argument that could be read, and the types of its extensions. */
interface Bind {
  readonly argument: MsBindArgument;
  readonly extensions: readonly string[];
}

function readBind(octets: Uint8Array): Bind | null {
  try {
    const argument = decode(MsBindArgument, octets);
    return { argument, extensions: (argument.bindExtensions ?? []).map(extensionType) };
  } catch (error) {
    if (error instanceof ViolationError) return null;
    throw error;
  }
}
