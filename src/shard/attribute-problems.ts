/**
 * What is wrong with the attributes that an argument names: gathered from selection and filter, so
 * that all of it is told in one attribute-error.
 *
 * Source: X.413 (1999) 9.2.
 */
import type { Oid } from '../asn1/primitive.js';
import { equalOctets } from '../base/octets.js';
import type { Unsubscribed } from '../engine/contract.js';
import type { AttributeDefinition } from '../x413/attribute.js';
import { attributeByOid } from '../x413/attribute-table.js';
import type { Edition } from '../x413/common.js';
import { type AttributeProblem, attributeError } from '../x413/errors.js';

export class AttributeProblems {
  readonly #problems: AttributeProblem[] = [];
  readonly #unsubscribed: readonly Oid[];

  /** `unsubscribed`: what is not subscribed to, among it types that are there. */
  constructor(unsubscribed?: Pick<Unsubscribed, 'attributes'>) {
    this.#unsubscribed = unsubscribed?.attributes ?? [];
  }

  isSubscribed(type: Oid): boolean {
    return !this.#unsubscribed.includes(type);
  }

  get isEmpty(): boolean {
    return this.#problems.length === 0;
  }

  /** Each problem is told once, however often the argument has it. */
  add(problem: AttributeProblem['problem'], type: string, value?: Uint8Array): void {
    const isTold = this.#problems.some(
      (other) => other.problem === problem && other.type === type && isSame(other.value, value),
    );
    if (!isTold) this.#problems.push({ problem, type, ...(value !== undefined && { value }) });
  }

  /** Throws the attribute-error where there is a problem. */
  refuse(): void {
    if (!this.isEmpty) throw attributeError(this.#problems);
  }
}

function isSame(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : equalOctets(a, b);
}

/** Null for a type that the edition, or the user, does not have; that is put among the problems. */
export function attributeOf(
  type: string,
  edition: Edition,
  problems: AttributeProblems,
): AttributeDefinition | null {
  const definition = attributeByOid(type, edition);
  if (definition === null) problems.add('unavailable-attribute-type', type);
  else if (!problems.isSubscribed(type)) {
    problems.add('attribute-type-not-subscribed', type);
    return null;
  }
  return definition;
}
