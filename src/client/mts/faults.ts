/**
 * Faults on demand: what an MTA is to do wrong, when, and how often. The same seed and the same
 * events give the same faults.
 *
 * Source: ours.
 */
import { type Random, seededRandom } from '../../base/random.js';

/** Where a fault may strike: the operations of the submission port, the bind, and deliveries. */
export type FaultPoint =
  | 'bind'
  | 'message-submission'
  | 'probe-submission'
  | 'cancel-deferred-delivery'
  | 'delivery'
  | 'report';

export interface Fault {
  /** Waits first. */
  readonly delayMs?: number | undefined;
  /** Answers with this abstract-error; of a bind, this bind error. */
  readonly error?: number | undefined;
  /** Rejects with this invoke problem. */
  readonly reject?: number | undefined;
  /** Aborts instead of an answer: the operation is not carried out, or it is. */
  readonly abort?: 'before' | 'after' | undefined;
  /** Carries it out and never answers. */
  readonly silence?: boolean | undefined;
  /** Of a delivery: it fails for the recipient, and is reported on. */
  readonly nonDelivery?: { readonly reason: number; readonly diagnostic?: number | undefined };
}

export interface FaultRule {
  readonly on: FaultPoint;
  /** O/R address: of the originator, and of a delivery of the recipient. Absent: any. */
  readonly address?: string | undefined;
  /** Lets so many through first; none by default. */
  readonly after?: number | undefined;
  /** Strikes so often; always by default. */
  readonly times?: number | undefined;
  /** Strikes with this probability, 0 to 1. */
  readonly share?: number | undefined;
  readonly do: Fault;
}

interface Rule extends FaultRule {
  /** Null: any. */
  readonly key: string | null;
  seen: number;
  struck: number;
}

const SHARE_STEPS = 1_000_000;

export class Faults {
  readonly #rules: Rule[];
  readonly #random: Random;

  /** `keyOf` turns an address into what it is compared by, and throws for one that is none. */
  constructor(rules: readonly FaultRule[], seed: number, keyOf: (address: string) => string) {
    this.#rules = rules.map((rule) => ({
      ...rule,
      key: rule.address === undefined ? null : keyOf(rule.address),
      seen: 0,
      struck: 0,
    }));
    this.#random = seededRandom(seed);
  }

  /** What the first rule that strikes says; nothing where none does. `key`: of the address. */
  at(point: FaultPoint, key: string): Fault {
    for (const rule of this.#rules) {
      if (rule.on !== point || (rule.key !== null && rule.key !== key)) continue;
      rule.seen += 1;
      const { after = 0, times = Number.POSITIVE_INFINITY, share = 1 } = rule;
      if (rule.seen <= after || rule.struck >= times) continue;
      if (this.#random.below(SHARE_STEPS) >= share * SHARE_STEPS) continue;
      rule.struck += 1;
      return rule.do;
    }
    return {};
  }
}
