/**
 * The store's hold on an MTA's deliveries over one association. When several in a row had to be
 * refused for want of room or of a working disk, the store asks the MTA by delivery-control to hold
 * everything, and lifts that after a while: a store in trouble is not hammered, and the MTA keeps
 * what it holds. An MTA that will not be controlled goes on being refused message by message.
 *
 * The hold is the association's, as in X.411; a store of many shards of which one is in trouble is
 * never held, for the others' deliveries come in between.
 *
 * Source: X.411 (1999) 8.3.1.3; how many and how long are ours.
 */
import { bitsOf } from '../asn1/bit-string.js';
import { encode } from '../asn1/type.js';
import { DELIVERY_HOLD_MS, DELIVERY_REFUSALS_BEFORE_HOLD } from '../limits.js';
import { DeliveryControlArgument } from '../x411/control.js';

/** Nothing may be delivered: restrict is TRUE by default. */
const HOLD = encode(DeliveryControlArgument, {
  permissibleOperations: bitsOf([]),
  extensions: [],
});
const LIFT = encode(DeliveryControlArgument, { restrict: false, extensions: [] });

/** Sends delivery-control; the MTA's answer is told once, if there is one. */
type Invoke = (argument: Uint8Array, answered: (isAgreed: boolean) => void) => void;

export class DeliveryControl {
  readonly #invoke: Invoke;
  readonly #holdMs: number;
  #refusals = 0;
  #isHolding = false;
  #isUnwelcome = false;
  #timer: NodeJS.Timeout | null = null;

  constructor(invoke: Invoke, holdMs: number = DELIVERY_HOLD_MS) {
    this.#invoke = invoke;
    this.#holdMs = holdMs;
  }

  /** Whether a delivery that comes now violates the control. */
  get isHolding(): boolean {
    return this.#isHolding;
  }

  accepted(): void {
    this.#refusals = 0;
  }

  /** A delivery was refused for temporary trouble. */
  refused(): void {
    this.#refusals += 1;
    const isEnough = this.#refusals >= DELIVERY_REFUSALS_BEFORE_HOLD;
    if (!isEnough || this.#isUnwelcome || this.#timer !== null) return;
    const timer = setTimeout(() => this.#lift(), this.#holdMs).unref();
    this.#timer = timer;
    this.#invoke(HOLD, (isAgreed) => {
      // An answer that comes when the hold is over is about nothing any more.
      if (this.#timer !== timer) return;
      this.#isHolding = isAgreed;
      this.#isUnwelcome = !isAgreed;
      if (!isAgreed) this.close();
    });
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #lift(): void {
    this.#timer = null;
    this.#refusals = 0;
    this.#isHolding = false;
    this.#invoke(LIFT, () => undefined);
  }
}
