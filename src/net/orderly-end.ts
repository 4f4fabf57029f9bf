/**
 * How an association ends in order: not before everything that the peer has invoked is answered,
 * whether the peer asks to release or the store stops. A responder cannot release: when it stops,
 * it aborts, with everything answered.
 *
 * Source: ours; X.227 for who may release.
 */
import type { AssociationCommands } from '../osi/association.js';

export class OrderlyEnd {
  readonly #association: Pick<AssociationCommands, 'unbindResponse' | 'abort'>;
  #outstanding = 0;
  #isBound = false;
  #isReleasing = false;
  #isLeaving = false;
  #isStopping = false;
  #isClosed = false;

  constructor(association: Pick<AssociationCommands, 'unbindResponse' | 'abort'>) {
    this.#association = association;
  }

  /** The store stops: new operations are refused. */
  get isStopping(): boolean {
    return this.#isStopping;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Whether the association is on its way out: nothing may be invoked on it any more. */
  get isLeaving(): boolean {
    return this.#isLeaving || this.#isStopping || this.#isClosed;
  }

  /** The peer's bind is accepted. Before that a stop has nothing to end; now it has. */
  bound(): void {
    this.#isBound = true;
    this.#endWhenDone();
  }

  /** An operation of the peer is on its way. */
  begun(): void {
    this.#outstanding += 1;
  }

  /** It has been answered. */
  done(): void {
    this.#outstanding -= 1;
    this.#endWhenDone();
  }

  /** The peer has asked to release. */
  release(): void {
    this.#isReleasing = true;
    this.#isLeaving = true;
    this.#endWhenDone();
  }

  /** A planned stop. */
  stop(): void {
    this.#isStopping = true;
    this.#endWhenDone();
  }

  /** The connection is gone. */
  closed(): void {
    this.#isClosed = true;
  }

  #endWhenDone(): void {
    if (this.#outstanding > 0 || this.#isClosed) return;
    if (this.#isReleasing) {
      this.#isReleasing = false;
      this.#association.unbindResponse();
    } else if (this.#isStopping && this.#isBound) this.#association.abort();
  }
}
