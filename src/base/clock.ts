/**
 * Time, as a thing that is handed in: tests and simulations bring their own.
 *
 * Source: ours.
 */

export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. May step when the machine's clock is set. */
  nowMs(): number;
  /** Milliseconds since some fixed moment. Never goes back. For measuring. */
  monotonicMs(): number;
}

/** The machine's own clock. */
export const SYSTEM_CLOCK: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};
