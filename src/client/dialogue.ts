/**
 * An association from the side that opened it: bind, then many operations at once, each a promise,
 * then unbind. P3 and P7 stand on it.
 *
 * Invariant: every promise handed out settles; when the association ends, all that wait reject.
 *
 * Source: X.880 for what a reply may be; the form is ours.
 */
import type { Oid } from '../asn1/primitive.js';
import { assert } from '../base/assert.js';
import type { AssociationCommands, AssociationEvent, BindRequest } from '../osi/association.js';
import { AbstractError, AssociationLostError, BindRefusedError, RejectedError } from './errors.js';

/** Opens a connection whose events go to the handler; the seam towards the network and tests. */
export type OpenAssociation = (
  handler: (event: AssociationEvent) => void,
) => Promise<AssociationCommands>;

/** Where the peer listens. */
export interface NetworkAddress {
  readonly host: string;
  readonly port: number;
}

interface Waiting<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

export class Dialogue {
  readonly #protocol: 'p3' | 'p7';
  readonly #pending = new Map<number, Waiting<Uint8Array | null>>();
  #commands: AssociationCommands | null = null;
  #binding: Waiting<Uint8Array> | null = null;
  #unbinding: Waiting<void> | null = null;
  #end: Error | null = null;

  private constructor(protocol: 'p3' | 'p7') {
    this.#protocol = protocol;
  }

  /** Connects and binds. Rejects with BindRefusedError or AssociationLostError. */
  static async bind(
    protocol: 'p3' | 'p7',
    open: OpenAssociation,
    request: BindRequest,
  ): Promise<{ readonly dialogue: Dialogue; readonly result: Uint8Array }> {
    const dialogue = new Dialogue(protocol);
    const commands = await open((event) => dialogue.#receive(event));
    dialogue.#commands = commands;
    const result = await new Promise<Uint8Array>((resolve, reject) => {
      if (dialogue.#end !== null) return reject(dialogue.#end);
      dialogue.#binding = { resolve, reject };
      commands.bind(request);
    });
    return { dialogue, result };
  }

  /** Invokes an operation. Resolves with its result, null where it has none. */
  invoke(syntax: Oid, operation: number, argument: Uint8Array): Promise<Uint8Array | null> {
    return new Promise((resolve, reject) => {
      if (this.#end !== null) return reject(this.#end);
      const invokeId = this.#opened().invoke(syntax, operation, [argument]);
      this.#pending.set(invokeId, { resolve, reject });
    });
  }

  /** Releases the association. Operations that are outstanding should be awaited before. */
  unbind(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#end !== null) return reject(this.#end);
      this.#unbinding = { resolve, reject };
      this.#opened().unbind();
    });
  }

  /** Ends the association at once; what waits rejects. Harmless when it has ended already. */
  abort(): void {
    if (this.#end !== null) return;
    this.#opened().abort();
    this.#finish(new AssociationLostError('the association was aborted by its user'));
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
        this.#finish(new BindRefusedError(event.isTransient, event.diagnostic, event.error));
        return;
      case 'result':
        this.#take(event.invokeId)?.resolve(event.result);
        return;
      case 'error':
        this.#take(event.invokeId)?.reject(
          new AbstractError(this.#protocol, event.code, event.parameter),
        );
        return;
      case 'reject':
        this.#receiveReject(event.invokeId, `${event.reject.kind} ${event.reject.problem}`);
        return;
      case 'invoke':
        // We serve nothing: an alert asks for an answer that says so.
        this.#opened().reject(event.invokeId, { kind: 'invoke', problem: 1 });
        return;
      case 'unbound':
        this.#unbinding?.resolve();
        this.#unbinding = null;
        this.#finish(new AssociationLostError('the association was released'));
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

  #receiveReject(invokeId: number | null, problem: string): void {
    const error = new RejectedError(`the peer rejected the operation: ${problem}`);
    // A reject without an id names no call: nothing can be waited for any longer.
    if (invokeId === null) this.#finish(error);
    else this.#take(invokeId)?.reject(error);
  }

  #take(invokeId: number): Waiting<Uint8Array | null> | undefined {
    const waiting = this.#pending.get(invokeId);
    this.#pending.delete(invokeId);
    return waiting;
  }

  #finish(error: Error): void {
    if (this.#end !== null) return;
    this.#end = error;
    for (const waiting of this.#pending.values()) waiting.reject(error);
    this.#pending.clear();
    this.#binding?.reject(error);
    this.#unbinding?.reject(error);
  }
}
