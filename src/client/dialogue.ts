/**
 * An association from the side that opened it: bind, then many operations at once, each a promise,
 * then unbind. P3 and P7 stand on it. At most `operationsMax` are with the peer; what is called
 * beyond that waits here, and goes out in the order of the calls.
 *
 * Invariant: every promise handed out settles; when the association ends, all that wait reject.
 *
 * Source: X.880 for what a reply may be; the form is ours.
 */
import type { Oid } from '../asn1/primitive.js';
import type { Asn1Type } from '../asn1/type.js';
import { assert } from '../base/assert.js';
import { ViolationError } from '../base/errors.js';
import { Fifo } from '../base/fifo.js';
import { CLIENT_OPERATIONS_OUTSTANDING, INVOCATIONS_OUTSTANDING_MAX } from '../limits.js';
import type { Timing } from '../net/association-driver.js';
import {
  type AssociationCommands,
  type AssociationEvent,
  type BindRequest,
  INVOKE_PROBLEM,
} from '../osi/association.js';
import {
  AbstractError,
  AssociationLostError,
  BindRefusedError,
  RejectedError,
  readAnswer,
} from './errors.js';

/** Opens a connection whose events go to the handler; the seam towards the network and tests. */
export type OpenAssociation = (
  handler: (event: AssociationEvent) => void,
) => Promise<AssociationCommands>;

/** Where the peer listens. */
export interface NetworkAddress {
  readonly host: string;
  readonly port: number;
  /** How long the peer may be silent before the association is given up; 15 minutes by default. */
  readonly silenceMaxMs?: number;
}

/** The network's times for an address. */
export function timingOf({ silenceMaxMs }: NetworkAddress): Partial<Timing> {
  if (silenceMaxMs === undefined) return {};
  return { idleMs: silenceMaxMs, bindMs: silenceMaxMs };
}

export type Invocation = Extract<AssociationEvent, { readonly type: 'invoke' }>;

export interface DialogueOptions {
  readonly protocol: 'p3' | 'p7';
  /** Operations with the peer at one time: 1..INVOCATIONS_OUTSTANDING_MAX. */
  readonly operationsMax?: number | undefined;
  /**
   * Serves what the peer invokes: the result's octets, or null for what it does not know. A
   * violation that it throws is answered with mistyped-argument.
   */
  readonly serve: (invocation: Invocation) => Uint8Array | null;
  /** Called once, when the association ends: null where that was our unbind or abort. */
  readonly onEnd?: ((error: Error | null) => void) | undefined;
}

interface Call {
  readonly syntax: Oid;
  readonly operation: number;
  readonly argument: Uint8Array;
  readonly waiting: Waiting<Uint8Array | null>;
}

interface Waiting<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

export class Dialogue {
  readonly #options: DialogueOptions;
  readonly #operationsMax: number;
  readonly #queue = new Fifo<Call>();
  readonly #pending = new Map<number, Waiting<Uint8Array | null>>();
  #commands: AssociationCommands | null = null;
  #binding: Waiting<Uint8Array> | null = null;
  #unbinding: Waiting<void> | null = null;
  #end: Error | null = null;

  private constructor(options: DialogueOptions) {
    this.#options = options;
    this.#operationsMax = options.operationsMax ?? CLIENT_OPERATIONS_OUTSTANDING;
    const isInRange =
      1 <= this.#operationsMax && this.#operationsMax <= INVOCATIONS_OUTSTANDING_MAX;
    if (!isInRange) throw new RangeError(`operationsMax is in 1..${INVOCATIONS_OUTSTANDING_MAX}`);
  }

  /** Binds. Rejects with BindRefusedError or AssociationLostError, or as `open` does. */
  static async bind(
    options: DialogueOptions,
    open: OpenAssociation,
    request: BindRequest,
  ): Promise<{ readonly dialogue: Dialogue; readonly result: Uint8Array }> {
    const dialogue = new Dialogue(options);
    const commands = await open((event) => dialogue.#receive(event));
    dialogue.#commands = commands;
    const result = await new Promise<Uint8Array>((resolve, reject) => {
      if (dialogue.#end !== null) return reject(dialogue.#end);
      dialogue.#binding = { resolve, reject };
      commands.bind(request);
    });
    return { dialogue, result };
  }

  /** Decodes what the bind answered; an association that cannot be understood is aborted. */
  readBindResult<T>(type: Asn1Type<T>, result: Uint8Array): T {
    try {
      return readAnswer(type, result);
    } catch (error) {
      this.abort();
      throw error;
    }
  }

  /** Invokes an operation. Resolves with its result, null where it has none. */
  invoke(syntax: Oid, operation: number, argument: Uint8Array): Promise<Uint8Array | null> {
    return new Promise((resolve, reject) => {
      if (this.#end !== null) return reject(this.#end);
      assert(this.#unbinding === null, 'nothing is invoked after an unbind');
      this.#queue.push({ syntax, operation, argument, waiting: { resolve, reject } });
      this.#pump();
    });
  }

  /** Sends what waits, as far as the peer may be asked more. */
  #pump(): void {
    while (this.#pending.size < this.#operationsMax) {
      const call = this.#queue.take();
      if (call === undefined) return;
      const { syntax, operation, argument, waiting } = call;
      this.#pending.set(this.#opened().invoke(syntax, operation, [argument]), waiting);
    }
  }

  /** Waits for what is outstanding, then releases the association. Nothing may be invoked after. */
  unbind(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#end !== null) return reject(this.#end);
      assert(this.#unbinding === null, 'a dialogue is unbound once');
      this.#unbinding = { resolve, reject };
      this.#releaseWhenIdle();
    });
  }

  #releaseWhenIdle(): void {
    if (this.#unbinding !== null && this.#pending.size === 0) this.#opened().unbind();
  }

  /** Ends the association at once; what waits rejects. Harmless when it has ended already. */
  abort(): void {
    if (this.#end !== null) return;
    this.#opened().abort();
    this.#finish(new AssociationLostError('the association was aborted by its user'), true);
  }

  #opened(): AssociationCommands {
    assert(this.#commands !== null, 'a dialogue is used after it was opened');
    return this.#commands;
  }

  #receive(event: AssociationEvent): void {
    switch (event.type) {
      case 'bound':
        this.#binding?.resolve(event.result);
        this.#binding = null;
        return;
      case 'refused':
        this.#finish(this.#refusal(event));
        return;
      case 'result':
        this.#take(event.invokeId)?.resolve(event.result);
        return;
      case 'error':
        this.#take(event.invokeId)?.reject(
          new AbstractError(this.#options.protocol, event.code, event.parameter),
        );
        return;
      case 'reject':
        this.#receiveReject(event.invokeId, `${event.reject.kind} ${event.reject.problem}`);
        return;
      case 'invoke':
        this.#receiveInvoke(event);
        return;
      case 'unbound':
        this.#unbinding?.resolve();
        this.#unbinding = null;
        this.#finish(new AssociationLostError('the association was released'), true);
        return;
      case 'aborted':
        this.#finish(new AssociationLostError(`${event.layer}: ${event.detail} (${event.by})`));
        return;
      case 'unbind':
      case 'bind':
        // Only an initiator binds and releases; a peer that does so here has lost its way.
        this.abort();
    }
  }

  #refusal(event: Extract<AssociationEvent, { readonly type: 'refused' }>): BindRefusedError {
    const { isTransient, diagnostic, error } = event;
    return new BindRefusedError(this.#options.protocol, isTransient, diagnostic, error);
  }

  #receiveInvoke(invocation: Invocation): void {
    const { invokeId } = invocation;
    const refuse = (problem: number) =>
      this.#opened().reject(invokeId, { kind: 'invoke', problem });
    try {
      const result = this.#options.serve(invocation);
      if (result === null) refuse(INVOKE_PROBLEM.unrecognizedOperation);
      else this.#opened().result(invokeId, [result]);
    } catch (error) {
      if (!(error instanceof ViolationError)) throw error;
      refuse(INVOKE_PROBLEM.mistypedArgument);
    }
  }

  #receiveReject(invokeId: number | null, problem: string): void {
    const error = new RejectedError(`the peer rejected the operation: ${problem}`);
    // A reject without an id names no call: nothing can be waited for any longer.
    if (invokeId === null) this.#finish(error);
    else this.#take(invokeId)?.reject(error);
  }

  #take(invokeId: number): Waiting<Uint8Array | null> | undefined {
    const waiting = this.#pending.get(invokeId);
    if (!this.#pending.delete(invokeId)) return undefined;
    this.#pump();
    this.#releaseWhenIdle();
    return waiting;
  }

  #finish(error: Error, isOurs = false): void {
    if (this.#end !== null) return;
    this.#end = error;
    for (const waiting of this.#pending.values()) waiting.reject(error);
    for (let call = this.#queue.take(); call !== undefined; call = this.#queue.take())
      call.waiting.reject(error);
    this.#pending.clear();
    this.#binding?.reject(error);
    this.#unbinding?.reject(error);
    this.#options.onEnd?.(isOurs ? null : error);
  }
}
