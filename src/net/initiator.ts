/**
 * An association from the side that opened it: bind, then many operations at once, each answered
 * once, then unbind. Whoever opens associations stands on it: the client library, and the store
 * towards its MTAs. At most `operationsMax` are with the peer; what is invoked beyond that waits
 * here, and goes out in the order of the calls.
 *
 * Invariant: everything invoked is answered; when the association ends, all that wait are told.
 *
 * Source: X.880 for what an answer may be; the form is ours.
 */
import type { Oid } from '../asn1/primitive.js';
import { assert } from '../base/assert.js';
import { Fifo } from '../base/fifo.js';
import { INVOCATIONS_OUTSTANDING_MAX } from '../limits.js';
import type { AssociationCommands, AssociationEvent, RejectProblem } from '../osi/association.js';
import type { PresentationAddresses } from '../osi/presentation/service.js';

/** Opens a connection whose events go to the handler; the seam towards the network and tests. */
export type OpenAssociation = (
  handler: (event: AssociationEvent) => void,
) => Promise<AssociationCommands>;

export type Invocation = Extract<AssociationEvent, { readonly type: 'invoke' }>;

/** How an association ended that had been opened. */
export type AssociationEnd =
  /** Instead of the bind's result. */
  | {
      readonly kind: 'refused';
      readonly isTransient: boolean;
      readonly diagnostic: string;
      /** The bind error's value; null where the peer's application gave none. */
      readonly error: Uint8Array | null;
    }
  /** A reject without an invoke id names no call: nothing can be waited for any longer. */
  | { readonly kind: 'rejected'; readonly reject: RejectProblem }
  /** By our own unbind. */
  | { readonly kind: 'released' }
  /** `isOurs`: by our own abort. */
  | { readonly kind: 'lost'; readonly detail: string; readonly isOurs: boolean };

/** What became of an operation. */
export type Answer =
  /** Null where the operation returned nothing. */
  | { readonly kind: 'result'; readonly result: Uint8Array | null }
  | { readonly kind: 'error'; readonly code: number; readonly parameter: Uint8Array | null }
  | { readonly kind: 'reject'; readonly reject: RejectProblem }
  /** Not answered. `wasSent`: the peer may have carried it out. */
  | { readonly kind: 'ended'; readonly end: AssociationEnd; readonly wasSent: boolean };

/** What is asked for: an application context with its syntaxes, and the argument. */
export interface Bind {
  readonly context: {
    readonly oid: Oid;
    readonly bind: Oid;
    readonly submission: Oid;
    readonly delivery: Oid;
    readonly administration: Oid;
  };
  readonly addresses: PresentationAddresses;
  readonly argument: Uint8Array;
}

export interface InitiatorOptions {
  /** Operations with the peer at one time: 1..INVOCATIONS_OUTSTANDING_MAX. */
  readonly operationsMax: number;
  /** What the peer invokes; it is answered through the commands, now or later. */
  readonly onInvoke: (invocation: Invocation, commands: AssociationCommands) => void;
  /** Called once, when the association ends, after all that waited have been told. */
  readonly onEnd?: (end: AssociationEnd) => void;
}

interface Call {
  readonly syntax: Oid;
  readonly operation: number;
  readonly argument: Uint8Array;
  readonly done: (answer: Answer) => void;
}

export class Initiator {
  readonly #options: InitiatorOptions;
  readonly #queue = new Fifo<Call>();
  readonly #pending = new Map<number, Call>();
  #commands: AssociationCommands | null = null;
  #bound: ((outcome: Uint8Array | AssociationEnd) => void) | null = null;
  #unbound: ((end: AssociationEnd) => void) | null = null;
  #end: AssociationEnd | null = null;

  private constructor(options: InitiatorOptions) {
    const { operationsMax } = options;
    const isInRange = 1 <= operationsMax && operationsMax <= INVOCATIONS_OUTSTANDING_MAX;
    if (!isInRange) throw new RangeError(`operationsMax is in 1..${INVOCATIONS_OUTSTANDING_MAX}`);
    this.#options = options;
  }

  /** Opens and binds; `outcome` is the bind's result, or how it ended. Rejects as `open` does. */
  static async bind(
    options: InitiatorOptions,
    open: OpenAssociation,
    { context, addresses, argument }: Bind,
  ): Promise<{ readonly initiator: Initiator; readonly outcome: Uint8Array | AssociationEnd }> {
    const initiator = new Initiator(options);
    const commands = await open((event) => initiator.#receive(event));
    initiator.#commands = commands;
    const outcome = await new Promise<Uint8Array | AssociationEnd>((resolve) => {
      if (initiator.#end !== null) return resolve(initiator.#end);
      initiator.#bound = resolve;
      commands.bind({
        applicationContext: context.oid,
        bindSyntax: context.bind,
        operationSyntaxes: [context.submission, context.delivery, context.administration],
        addresses,
        argument,
      });
    });
    return { initiator, outcome };
  }

  /** Operations that are not answered: with the peer, and waiting here. */
  get outstanding(): number {
    return this.#pending.size + this.#queue.size;
  }

  get isOver(): boolean {
    return this.#end !== null;
  }

  /** `done` is called once; at once where the association has ended. */
  invoke(
    syntax: Oid,
    operation: number,
    argument: Uint8Array,
    done: (answer: Answer) => void,
  ): void {
    if (this.#end !== null) {
      done({ kind: 'ended', end: this.#end, wasSent: false });
      return;
    }
    assert(this.#unbound === null, 'nothing is invoked after an unbind');
    this.#queue.push({ syntax, operation, argument, done });
    this.#pump();
  }

  /** Waits for what is outstanding, then releases. Nothing may be invoked after. */
  unbind(): Promise<AssociationEnd> {
    return new Promise((resolve) => {
      if (this.#end !== null) return resolve(this.#end);
      assert(this.#unbound === null, 'an association is unbound once');
      this.#unbound = resolve;
      this.#releaseWhenIdle();
    });
  }

  /** Ends the association at once; what waits is told. Harmless when it has ended already. */
  abort(): void {
    if (this.#end !== null) return;
    this.#opened().abort();
    this.#finish(lost('the association was aborted by its user', true));
  }

  /** Sends what waits, as far as the peer may be asked more. */
  #pump(): void {
    while (this.#pending.size < this.#options.operationsMax) {
      const call = this.#queue.take();
      if (call === undefined) return;
      const { syntax, operation, argument } = call;
      this.#pending.set(this.#opened().invoke(syntax, operation, [argument]), call);
    }
  }

  #releaseWhenIdle(): void {
    if (this.#unbound !== null && this.#pending.size === 0) this.#opened().unbind();
  }

  #opened(): AssociationCommands {
    assert(this.#commands !== null, 'an association is used after it was opened');
    return this.#commands;
  }

  #receive(event: AssociationEvent): void {
    switch (event.type) {
      case 'bound':
        this.#bound?.(event.result);
        this.#bound = null;
        return;
      case 'refused': {
        const { isTransient, diagnostic, error } = event;
        this.#finish({ kind: 'refused', isTransient, diagnostic, error });
        return;
      }
      case 'result':
        this.#answer(event.invokeId, { kind: 'result', result: event.result });
        return;
      case 'error': {
        const { invokeId, code, parameter } = event;
        this.#answer(invokeId, { kind: 'error', code, parameter });
        return;
      }
      case 'reject': {
        const { invokeId, reject } = event;
        if (invokeId === null) this.#finish({ kind: 'rejected', reject });
        else this.#answer(invokeId, { kind: 'reject', reject });
        return;
      }
      case 'invoke':
        this.#options.onInvoke(event, this.#opened());
        return;
      case 'unbound':
        this.#finish({ kind: 'released' });
        return;
      case 'aborted':
        this.#finish(lost(`${event.layer}: ${event.detail} (${event.by})`, false), event.unsent);
        return;
      case 'unbind':
      case 'bind':
        // Only an initiator binds and releases; a peer that does so here has lost its way.
        this.abort();
    }
  }

  #answer(invokeId: number, answer: Answer): void {
    const call = this.#pending.get(invokeId);
    if (call === undefined) return;
    this.#pending.delete(invokeId);
    this.#pump();
    this.#releaseWhenIdle();
    call.done(answer);
  }

  #finish(end: AssociationEnd, unsent: ReadonlySet<number> = NONE): void {
    if (this.#end !== null) return;
    this.#end = end;
    const sent = [...this.#pending];
    this.#pending.clear();
    for (const [id, { done }] of sent) done({ kind: 'ended', end, wasSent: !unsent.has(id) });
    for (let call = this.#queue.take(); call !== undefined; call = this.#queue.take()) {
      call.done({ kind: 'ended', end, wasSent: false });
    }
    this.#bound?.(end);
    this.#unbound?.(end);
    this.#options.onEnd?.(end);
  }
}

const NONE: ReadonlySet<number> = new Set();

const lost = (detail: string, isOurs: boolean): AssociationEnd => ({
  kind: 'lost',
  detail,
  isOurs,
});
