/**
 * Assertions, which stay on in production: a broken invariant is a bug of ours, and a shard that
 * has one is safer dead and rebuilt than alive and wrong.
 *
 * Source: ours.
 */
import { InvariantError } from './errors.js';

/** Throws {@link InvariantError} with the sentence that should have been true. */
export function assert(condition: boolean, sentence: string): asserts condition {
  if (!condition) throw new InvariantError(sentence);
}

/** Marks a branch that the types say cannot be reached; throws {@link InvariantError} if it is. */
export function unreachable(value: never): never {
  throw new InvariantError(`unreachable: ${JSON.stringify(value)}`);
}

/** The value, asserted to be there. For look-ups whose success is an invariant. */
export function present<T>(value: T | null | undefined, sentence: string): T {
  assert(value !== undefined && value !== null, sentence);
  return value;
}
