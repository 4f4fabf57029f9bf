/**
 * Matching rules: what it is to assert something about the values of an attribute.
 *
 * A rule is asked twice. First with the asserted value, once for a filter: it says whether that is
 * of the rule's syntax, and makes it ready. Then with the values of one entry after another. A
 * stored value that cannot be read matches nothing, and leaves it undefined whether it would have;
 * it is no fault of who asks.
 *
 * Source: X.413 (1999) 12; X.501 (1993) for the three kinds.
 */
import type { Oid } from '../asn1/primitive.js';
import { ViolationError } from '../base/errors.js';

/** TRUE, FALSE, or undefined (null). */
export type Truth = boolean | null;

/**
 * Whether an attribute with these values satisfies what was asserted: TRUE where one value does,
 * FALSE where none does, undefined where none does and one cannot be read.
 */
export type ValuesTest = (values: readonly Uint8Array[]) => Truth;

/** Equality, and every rule that is named by its identifier. */
export interface MatchingRule {
  readonly name: string;
  readonly oid: Oid;
  /** `assertion` is a whole element; throws a violation where it is not of the rule's syntax. */
  readonly test: (assertion: Uint8Array) => ValuesTest;
}

export interface OrderingRule {
  readonly name: string;
  readonly oid: Oid;
  /** Some value is the asserted one or comes behind it. Throws as {@link MatchingRule.test}. */
  readonly atLeast: (assertion: Uint8Array) => ValuesTest;
  /** Some value is the asserted one or comes before it. */
  readonly atMost: (assertion: Uint8Array) => ValuesTest;
}

export interface SubstringPiece {
  readonly kind: 'initial' | 'any' | 'final';
  /** A whole element. */
  readonly value: Uint8Array;
}

export interface SubstringsRule {
  readonly name: string;
  readonly oid: Oid;
  /** Some value holds the pieces in their order. Throws as {@link MatchingRule.test}. */
  readonly test: (pieces: readonly SubstringPiece[]) => ValuesTest;
}

/** Reads a whole element. Throws a violation where it is of another syntax. */
export type Reader<T> = (octets: Uint8Array) => T;

/** A test that one matching value satisfies. */
export function some(matches: (value: Uint8Array) => Truth): ValuesTest {
  return (values) => {
    let truth: Truth = false;
    for (const value of values) {
      const found = readable(() => matches(value));
      if (found === true) return true;
      if (found === null) truth = null;
    }
    return truth;
  };
}

function readable(matches: () => Truth): Truth {
  try {
    return matches();
  } catch (error) {
    if (error instanceof ViolationError) return null;
    throw error;
  }
}

/** A rule that compares each value, read by `value`, with the asserted one. */
export function matchingRule<A, V>(
  name: string,
  oid: Oid,
  assertion: Reader<A>,
  value: Reader<V>,
  matches: (value: V, asserted: A) => Truth,
): MatchingRule {
  const test = (octets: Uint8Array) => {
    const asserted = assertion(octets);
    return some((found) => matches(value(found), asserted));
  };
  return { name, oid, test };
}

/** Equality of what both sides are compared by. */
export function equalityRule(name: string, oid: Oid, key: Reader<string | number>): MatchingRule {
  return matchingRule(name, oid, key, key, (value, asserted) => value === asserted);
}

/** The order of the numbers that values stand for. */
export function orderingRule(name: string, oid: Oid, number: Reader<number>): OrderingRule {
  const rule = (holds: (value: number, asserted: number) => boolean) => (octets: Uint8Array) => {
    const asserted = number(octets);
    return some((found) => holds(number(found), asserted));
  };
  return {
    name,
    oid,
    atLeast: rule((value, asserted) => value >= asserted),
    atMost: rule((value, asserted) => value <= asserted),
  };
}
