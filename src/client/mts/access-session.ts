/**
 * One association on which a user, or a store for its users, submits to an MTA (mts-access), from
 * the MTA's side. The MTA may deliver on it as well, and restrict what is submitted.
 *
 * Source: X.411 (1999) 8.1 to 8.3; X.419 (1999) for who may invoke what.
 */

import { decodeOrNull } from '../../asn1/elements.js';
import type { Oid } from '../../asn1/primitive.js';
import { encode } from '../../asn1/type.js';
import type { AssociationHandler } from '../../net/association-driver.js';
import { OrderlyEnd } from '../../net/orderly-end.js';
import {
  ACSE_USER_DIAGNOSTIC,
  type AssociationCommands,
  type AssociationEvent,
  type BindIndication,
  INVOKE_PROBLEM,
} from '../../osi/association.js';
import {
  type ApplicationContext,
  applicationContextByOid,
  MTS_OPERATION,
  servedSyntaxes,
} from '../../x411/application-contexts.js';
import { MTS_BIND_ERROR, MtsBindArgument, MtsBindError, MtsBindResult } from '../../x411/bind.js';
import {
  type Controls,
  DeliveryControlArgument,
  DeliveryControlResult,
  SubmissionControlArgument,
  SubmissionControlResult,
  type Waiting,
} from '../../x411/control.js';
import { passwordCredentials, passwordOctets } from '../../x411/credentials.js';
import type { OrName } from '../../x411/or-name.js';
import { AbstractError, AssociationLostError, RejectedError, readAnswer } from '../errors.js';

/** What an operation is answered with. */
export type ServedAnswer =
  | { readonly kind: 'result'; readonly result: Uint8Array }
  | { readonly kind: 'error'; readonly code: number; readonly parameter: Uint8Array | null }
  | { readonly kind: 'reject'; readonly problem: number }
  | { readonly kind: 'abort' }
  /** Never. */
  | { readonly kind: 'silence' };

export type ServedOperation =
  | 'message-submission'
  | 'probe-submission'
  | 'cancel-deferred-delivery';

const SERVED: ReadonlyMap<number, ServedOperation> = new Map([
  [MTS_OPERATION.messageSubmission, 'message-submission'],
  [MTS_OPERATION.probeSubmission, 'probe-submission'],
  [MTS_OPERATION.cancelDeferredDelivery, 'cancel-deferred-delivery'],
]);

/** Who is bound: the key of the name, and whether he may submit for others. */
export interface BoundUser {
  readonly key: string;
  readonly isStore: boolean;
}

/** The MTA, as its associations see it. */
export interface AccessHost {
  readonly name: string;
  /** What it answers a bind with. */
  readonly password: string;
  /** Who it is; a code: the bind error. */
  admit(name: OrName, password: Uint8Array | null): Promise<BoundUser | number>;
  serve(operation: ServedOperation, argument: Uint8Array, user: BoundUser): Promise<ServedAnswer>;
  /** The session is bound, and may be delivered to. */
  bound(session: AccessSession, user: BoundUser): void;
  closed(session: AccessSession): void;
}

interface Waited {
  readonly resolve: (result: Uint8Array | null) => void;
  readonly reject: (error: Error) => void;
}

export class AccessSession implements AssociationHandler {
  readonly #association: AssociationCommands;
  readonly #host: AccessHost;
  readonly #end: OrderlyEnd;
  readonly #waiting = new Map<number, Waited>();
  #context: ApplicationContext | null = null;
  #user: BoundUser | null = null;

  constructor(association: AssociationCommands, host: AccessHost) {
    this.#association = association;
    this.#host = host;
    this.#end = new OrderlyEnd(association);
  }

  onEvent(event: AssociationEvent): void {
    switch (event.type) {
      case 'bind':
        void this.#bind(event);
        return;
      case 'invoke':
        void this.#serve(event.invokeId, event.operation, event.argument);
        return;
      case 'result':
        this.#settle(event.invokeId, event.result);
        return;
      case 'error':
        this.#settle(event.invokeId, new AbstractError('p3', event.code, event.parameter));
        return;
      case 'reject': {
        const { kind, problem } = event.reject;
        const error = new RejectedError(`the user rejected the operation: ${kind} ${problem}`);
        this.#settle(event.invokeId, error);
        return;
      }
      case 'unbind':
        this.#end.release();
    }
  }

  onClosed(detail: string): void {
    this.#end.closed();
    const error = new AssociationLostError(detail);
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
    this.#host.closed(this);
  }

  /** message- or report-delivery on this association. Rejects as MtaLink.deliver does. */
  async deliver(kind: 'message' | 'report', argument: Uint8Array): Promise<void> {
    const { messageDelivery, reportDelivery } = MTS_OPERATION;
    const operation = kind === 'message' ? messageDelivery : reportDelivery;
    await this.#invoke('delivery', operation, argument);
  }

  /** submission-control. Resolves with what the user says waits with him. */
  async restrict(controls: Controls): Promise<Waiting> {
    const argument = encode(SubmissionControlArgument, controls);
    const result = await this.#invoke('submission', MTS_OPERATION.submissionControl, argument);
    return readAnswer(SubmissionControlResult, result ?? new Uint8Array(0));
  }

  /** Ends when everything is answered. */
  stop(): void {
    this.#end.stop();
  }

  abort(): void {
    this.#association.abort();
  }

  #invoke(
    port: 'delivery' | 'submission',
    operation: number,
    argument: Uint8Array,
  ): Promise<Uint8Array | null> {
    return new Promise((resolve, reject) => {
      if (this.#context === null || this.#end.isLeaving) {
        reject(new AssociationLostError('the association is ending'));
        return;
      }
      const syntax: Oid = this.#context[port];
      const invokeId = this.#association.invoke(syntax, operation, [argument]);
      this.#waiting.set(invokeId, { resolve, reject });
    });
  }

  #settle(invokeId: number | null, end: Uint8Array | null | Error): void {
    const waiting = invokeId === null ? undefined : this.#waiting.get(invokeId);
    if (invokeId === null || waiting === undefined) return;
    this.#waiting.delete(invokeId);
    if (end instanceof Error) waiting.reject(end);
    else waiting.resolve(end);
  }

  async #bind(event: BindIndication): Promise<void> {
    const { applicationContext, argument: octets } = event;
    const context = applicationContextByOid(applicationContext);
    if (context?.protocol !== 'p3' || context.isForced) {
      this.#refuse(ACSE_USER_DIAGNOSTIC.applicationContextNotSupported, null);
      return;
    }
    if (event.isMonologue) {
      this.#refuse(ACSE_USER_DIAGNOSTIC.noReasonGiven, MTS_BIND_ERROR.unacceptableDialogueMode);
      return;
    }
    const argument = decodeOrNull(MtsBindArgument, octets);
    if (argument === null) {
      this.#refuse(ACSE_USER_DIAGNOSTIC.noReasonGiven, null);
      return;
    }
    const { initiatorName, initiatorCredentials } = argument;
    const user =
      initiatorName.kind === 'mta'
        ? MTS_BIND_ERROR.authenticationError
        : await this.#host.admit(initiatorName.value.value, passwordOctets(initiatorCredentials));
    if (this.#end.isClosed) return;
    if (typeof user === 'number') {
      this.#refuse(ACSE_USER_DIAGNOSTIC.noReasonGiven, user);
      return;
    }
    this.#accept(context, user);
  }

  #accept(context: ApplicationContext, user: BoundUser): void {
    this.#context = context;
    this.#user = user;
    const result = encode(MtsBindResult, {
      responderName: { kind: 'mta', value: this.#host.name },
      responderCredentials: passwordCredentials(this.#host.password),
      extensions: [],
    });
    this.#association.bindResult(servedSyntaxes(context), result);
    this.#end.bound();
    this.#host.bound(this, user);
  }

  #refuse(diagnostic: number, problem: number | null): void {
    this.#association.bindError({
      isTransient: problem === MTS_BIND_ERROR.busy,
      diagnostic,
      error: problem === null ? null : encode(MtsBindError, problem),
    });
  }

  async #serve(invokeId: number, operation: number, argument: Uint8Array): Promise<void> {
    const served = SERVED.get(operation);
    const reject = (problem: number) =>
      this.#association.reject(invokeId, { kind: 'invoke', problem });
    if (operation === MTS_OPERATION.deliveryControl) {
      // What is under control is tried all the same, and then the store's to refuse.
      const isRead = decodeOrNull(DeliveryControlArgument, argument) !== null;
      if (isRead) this.#association.result(invokeId, [NOTHING_WAITS]);
      else reject(INVOKE_PROBLEM.mistypedArgument);
      return;
    }
    if (served === undefined || this.#user === null) {
      reject(INVOKE_PROBLEM.unrecognizedOperation);
      return;
    }
    this.#end.begun();
    const answer = await this.#host.serve(served, argument, this.#user);
    if (answer.kind === 'result') this.#association.result(invokeId, [answer.result]);
    else if (answer.kind === 'error') {
      this.#association.error(invokeId, answer.code, answer.parameter);
    } else if (answer.kind === 'reject') reject(answer.problem);
    else if (answer.kind === 'abort') this.#association.abort();
    // Who is never answered keeps the association from an orderly end, as in life.
    if (answer.kind !== 'silence') this.#end.done();
  }
}

const NOTHING_WAITS = encode(DeliveryControlResult, { waitingContentTypes: [], extensions: [] });
