/**
 * Work that may take long and lets others have their turn on the way. It yields wherever it may
 * stand still; whoever runs it goes on with it later, or at once.
 *
 * Source: ours.
 */

/** Ends with a value; yields to say that it has worked long enough for now. */
export type Sliced<T> = Generator<undefined, T, undefined>;

/** Asked between two steps. */
export interface Pace {
  /** Whether the present slice has lasted long enough. */
  readonly isOver: boolean;
}

/** Of work that nobody waits for. */
export const NO_PACE: Pace = { isOver: false };

/** All of it at once. */
export function whole<T>(work: Sliced<T>): T {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}
