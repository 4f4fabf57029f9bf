/**
 * One P7 association of the store: the bind of a user, then the operations of the retrieval port,
 * each handed to the shard that owns the mailbox, and answered with what comes back.
 *
 * What the store does not do yet is answered with the protocol's own error.
 *
 * Source: X.413 (1999) 7, 8; X.419 (1999) for which operation belongs to which abstract syntax.
 */
import { decode, encode } from '../asn1/type.js';
import { present } from '../base/assert.js';
import { ViolationError } from '../base/errors.js';
import type { Directory } from '../directory/directory.js';
import type { FetchRestrictions, Reply, Request, RetrievalOperation } from '../engine/contract.js';
import type { MailboxId } from '../engine/mailbox-id.js';
import type { Router } from '../engine/router.js';
import { ASSOCIATIONS_PER_MAILBOX_MAX, BIND_REFUSAL_DELAY_MS } from '../limits.js';
import {
  ACSE_USER_DIAGNOSTIC,
  type AssociationCommands,
  type AssociationEvent,
  type BindIndication,
  INVOKE_PROBLEM,
} from '../osi/association.js';
import type { Log } from '../telemetry/log.js';
import {
  APPLICATION_CONTEXT,
  MS_OPERATION,
  MTS_ERROR,
  MTS_OPERATION,
} from '../x411/application-contexts.js';
import { passwordOctets } from '../x411/credentials.js';
import { formatOrAddress } from '../x411/or-address-text.js';
import { attributesOf } from '../x413/attribute-table.js';
import { MsBindArgument, MsBindError88, type MsBindProblem, MsBindResult } from '../x413/bind.js';
import { msErrorOf, serviceError } from '../x413/errors.js';
import { ResultWindow } from './result-window.js';

const CONTEXT = APPLICATION_CONTEXT.msAccess88;

const RETRIEVAL: ReadonlyMap<number, RetrievalOperation> = new Map([
  [MS_OPERATION.summarize, 'summarize'],
  [MS_OPERATION.list, 'list'],
  [MS_OPERATION.fetch, 'fetch'],
  [MS_OPERATION.delete, 'delete'],
]);

const RELAYED: ReadonlySet<number> = new Set([
  MTS_OPERATION.messageSubmission,
  MTS_OPERATION.probeSubmission,
  MTS_OPERATION.cancelDeferredDelivery,
  MTS_OPERATION.register,
  MTS_OPERATION.changeCredentials,
]);

/** Content types of which the store can read the headings; it keeps every other type as well. */
const CONTENT_TYPES = ['2.6.1.10.0', '2.6.1.10.1', '1.3.26.0.4406.0.4.1', '2.6.7.10.0'];

export interface P7Services {
  readonly directory: Directory;
  readonly router: Router;
  readonly log: Log;
  /** What the store answers a bind with. */
  readonly storePassword: string;
  /** Associations of each mailbox, over all listeners. */
  readonly bound: Map<MailboxId, number>;
}

/** What a session sees and sets of the flow of octets. */
interface Flow {
  readonly isBehind: boolean;
  setReading(isReading: boolean): void;
}

type RetrievalRequest = Extract<Request, { readonly kind: RetrievalOperation }>;
type Invoke = Extract<AssociationEvent, { readonly type: 'invoke' }>;

export class P7Session {
  readonly #association: AssociationCommands & Flow;
  readonly #services: P7Services;
  #mailbox: MailboxId | null = null;
  #restrictions: FetchRestrictions | undefined;
  /** Invocations that wait for the window. */
  #queue: { readonly invokeId: number; readonly request: RetrievalRequest }[] = [];
  readonly #window = new ResultWindow();
  #outstanding = 0;
  #isReleasing = false;
  #isStopping = false;
  #isClosed = false;

  constructor(association: AssociationCommands & Flow, services: P7Services) {
    this.#association = association;
    this.#services = services;
  }

  /** Who is bound, for the log. */
  get name(): string {
    return this.#mailbox ?? 'nobody';
  }

  onEvent(event: AssociationEvent): void {
    if (event.type === 'bind') void this.#bind(event);
    else if (event.type === 'invoke') this.#invoke(event);
    else if (event.type === 'unbind') {
      this.#isReleasing = true;
      this.#endWhenDone();
    }
  }

  /** The user takes results again. */
  onDrain(): void {
    this.#askNext();
  }

  /** A planned stop: operations on their way are answered, new ones refused. */
  stop(): void {
    this.#isStopping = true;
    this.#endWhenDone();
  }

  onClosed(): void {
    this.#isClosed = true;
    this.#queue = [];
    if (this.#mailbox === null) return;
    const left = (this.#services.bound.get(this.#mailbox) ?? 1) - 1;
    if (left === 0) this.#services.bound.delete(this.#mailbox);
    else this.#services.bound.set(this.#mailbox, left);
    this.#mailbox = null;
  }

  async #bind(event: BindIndication): Promise<void> {
    const argument = readBind(event.argument);
    if (argument === null) {
      const diagnostic = ACSE_USER_DIAGNOSTIC.noReasonGiven;
      this.#association.bindError({ isTransient: false, diagnostic, error: null });
      return;
    }
    const { directory, log, bound } = this.#services;
    const name = argument.initiatorName.value;
    const password = passwordOctets(argument.initiatorCredentials);
    const mailbox = await directory.authenticateUser(name, password);
    // Who has left meanwhile must not be counted: nobody would count him out.
    if (this.#isClosed) return;
    if (mailbox === null) {
      log.warn('p7.bind.refused', 'a P7 bind was refused', { user: formatOrAddress(name) });
      setTimeout(() => this.#refuse('authentication-error', false), BIND_REFUSAL_DELAY_MS);
      return;
    }
    const count = bound.get(mailbox) ?? 0;
    if (this.#isStopping || count >= ASSOCIATIONS_PER_MAILBOX_MAX) {
      this.#refuse('unable-to-establish-association', true);
      return;
    }
    bound.set(mailbox, count + 1);
    this.#mailbox = mailbox;
    this.#restrictions = argument.fetchRestrictions;
    this.#accept(argument.msConfigurationRequest, event.resultBytesMax);
    log.info('p7.bind', 'a user bound', { mailbox });
  }

  /** Of a peer that bounds the result the configuration loses its longest list, or both. */
  #accept(wantsConfiguration: boolean, bytesMax = Number.POSITIVE_INFINITY): void {
    const contentTypesSupported = CONTENT_TYPES;
    const availableAttributeTypes = attributesOf('88').map(({ oid }) => oid);
    const whole = { contentTypesSupported, availableAttributeTypes };
    const choices = wantsConfiguration ? [whole, { contentTypesSupported }, {}] : [{}];
    const results = choices.map((configuration) =>
      encode(MsBindResult, {
        responderCredentials: { kind: 'simpleIa5', value: this.#services.storePassword },
        alertIndication: false,
        uaRegistrationIdUnknown: false,
        ...configuration,
      }),
    );
    const result = present(
      results.find(({ length }) => length <= bytesMax) ?? results.at(-1),
      'there is a result without configuration',
    );
    const served = [CONTEXT.delivery, CONTEXT.submission, CONTEXT.administration];
    this.#association.bindResult(served, result);
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
    const kind = RETRIEVAL.get(operation);
    if (kind === undefined || mailbox === null) {
      this.#unserved(invokeId, operation);
      return;
    }
    if (this.#isStopping) {
      this.#serviceError(invokeId, 'unavailable');
      return;
    }
    this.#outstanding += 1;
    const restrictions = this.#restrictions;
    const request = { kind, mailbox, edition: '88', argument } as const;
    this.#queue.push({ invokeId, request: { ...request, ...(restrictions && { restrictions }) } });
    this.#askNext();
  }

  /** Asks for as many results as may be on their way. */
  #askNext(): void {
    while (this.#window.isOpen && !this.#association.isBehind) {
      const next = this.#queue.shift();
      if (next === undefined) return;
      this.#ask(next.invokeId, next.request);
    }
  }

  #ask(invokeId: number, request: RetrievalRequest): void {
    const { router } = this.#services;
    this.#window.asked();
    router.request(request, (reply) => {
      this.#outstanding -= 1;
      this.#window.answered(reply.kind === 'result' ? reply.result.length : 0);
      this.#answer(invokeId, reply);
      this.#endWhenDone();
      this.#askNext();
    });
    if (router.hasRoom(request.mailbox)) return;
    this.#association.setReading(false);
    router.onRoom(() => this.#association.setReading(true));
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
        this.#serviceError(invokeId, 'unavailable');
      }
    }
  }

  #serviceError(invokeId: number, problem: Parameters<typeof serviceError>[0]): void {
    const error = msErrorOf(serviceError(problem));
    if (error !== null) this.#association.error(invokeId, error.code, error.parameter);
  }

  /** Known to the protocol and not done by this store yet, or not known at all. */
  #unserved(invokeId: number, operation: number): void {
    if (operation === MS_OPERATION.registerMs) {
      this.#serviceError(invokeId, 'unwilling-to-perform');
      return;
    }
    // Submission and administration go to the MTS, to which there is no association yet.
    if (RELAYED.has(operation)) this.#association.error(invokeId, MTS_ERROR.remoteBindError, null);
    else {
      const problem = INVOKE_PROBLEM.unrecognizedOperation;
      this.#association.reject(invokeId, { kind: 'invoke', problem });
    }
  }

  /** A responder cannot release: when it stops, it aborts, with everything answered. */
  #endWhenDone(): void {
    if (this.#outstanding > 0 || this.#isClosed) return;
    if (this.#isReleasing) {
      this.#isReleasing = false;
      this.#association.unbindResponse();
    } else if (this.#isStopping && this.#mailbox !== null) this.#association.abort();
  }
}

function readBind(octets: Uint8Array): MsBindArgument | null {
  try {
    return decode(MsBindArgument, octets);
  } catch (error) {
    if (error instanceof ViolationError) return null;
    throw error;
  }
}
