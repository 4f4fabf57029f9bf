/**
 * What a micro bench is: one call of one function, over and over.
 *
 * Source: ours.
 */

export interface Micro {
  /** Room and function, then the size where there is one: `x411 recipientOfDelivery 10k`. */
  readonly name: string;
  /** One call. What it returns is kept, so that no compiler leaves it out. */
  readonly run: () => unknown;
  /** Stands for what the call answers: the same in every run. */
  readonly answer: () => string | number | Uint8Array;
}

/** Where the call's own result is its answer. */
export function micro(name: string, run: () => string | number | Uint8Array): Micro {
  return { name, run, answer: run };
}
