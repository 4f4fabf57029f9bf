/**
 * How calls of the client library fail. Branch on the class, then on `name`, `code` or `problem`;
 * never on text.
 *
 * Source: X.411 (1999) 8.2.2, X.413 (1999) 9 for the codes; the classes are ours.
 */
import { type Asn1Type, decode } from '../asn1/type.js';
import { ViolationError } from '../base/errors.js';
import { MS_ERROR, MTS_ERROR } from '../x411/application-contexts.js';
import { bindProblemOf, type Problem, type Protocol, problemsOf } from './problems.js';

/** The peer understood the operation and refused it with one of the standard's abstract-errors. */
export class AbstractError extends Error {
  /** The local code on the wire. */
  readonly code: number;
  /** What exactly is wrong, in the words of the standard; empty where the error says no more. */
  readonly problems: readonly Problem[];
  /** The same call may succeed later: the store is full, busy, or holds deliveries back. */
  readonly isTemporary: boolean;
  /** The error's parameter, one whole BER element; null where there is none. */
  readonly parameter: Uint8Array | null;

  constructor(protocol: Protocol, code: number, parameter: Uint8Array | null) {
    const name = abstractErrorName(protocol, code);
    const problems = problemsOf(name, parameter);
    const details = problems.map(({ text }) => text).join('; ');
    super(`${kebab(name)}${details === '' ? '' : `: ${details}`}`);
    this.name = name;
    this.code = code;
    this.problems = problems;
    this.isTemporary = isTemporary(name, problems);
    this.parameter = parameter;
  }
}

/** The peer refused the bind. `parameter` is the bind error, where its application gave one. */
export class BindRefusedError extends Error {
  override readonly name = 'BindRefusedError';
  readonly isTransient: boolean;
  readonly diagnostic: string;
  /** As the standard calls it, `authentication-error` for one; null where the peer gave none. */
  readonly problem: string | null;
  readonly parameter: Uint8Array | null;

  constructor(
    protocol: Protocol,
    isTransient: boolean,
    diagnostic: string,
    parameter: Uint8Array | null,
  ) {
    const problem = bindProblemOf(protocol, parameter);
    super(`the peer refused the bind: ${problem ?? diagnostic}`);
    this.isTransient = isTransient;
    this.diagnostic = diagnostic;
    this.problem = problem;
    this.parameter = parameter;
  }
}

/** The association is gone; whether an outstanding operation was carried out is not known. */
export class AssociationLostError extends Error {
  override readonly name = 'AssociationLostError';
}

/** The peer could not read what was invoked (X.880 reject). */
export class RejectedError extends Error {
  override readonly name = 'RejectedError';
}

/** What the peer answered is not of the type that the protocol says. */
export class UnreadableError extends Error {
  override readonly name = 'UnreadableError';
}

/** Decodes an answer. Throws UnreadableError. */
export function readAnswer<T>(type: Asn1Type<T>, octets: Uint8Array): T {
  try {
    return decode(type, octets);
  } catch (cause) {
    if (!(cause instanceof ViolationError)) throw cause;
    throw new UnreadableError(`the answer cannot be read: ${cause.message}`, { cause });
  }
}

function abstractErrorName(protocol: Protocol, code: number): string {
  // Codes below 20 belong to X.411 in both protocols; P7 adds its own above.
  const tables = protocol === 'p7' ? [MS_ERROR, MTS_ERROR] : [MTS_ERROR];
  const names = tables.flatMap((table) => Object.entries(table)).filter(([, own]) => own === code);
  // One code is control-violated of delivery and of submission: P3 towards a store delivers.
  const found = protocol === 'p7' ? names.at(-1) : names[0];
  return found?.[0] ?? 'unknownError';
}

function isTemporary(name: string, problems: readonly Problem[]): boolean {
  if (name === 'deliveryControlViolated' || name === 'remoteBindError') return true;
  const waits = ['busy', 'unavailable'];
  return name === 'serviceError' && problems.some(({ problem }) => waits.includes(problem));
}

const kebab = (name: string) => name.replaceAll(/([a-z])([A-Z])/g, '$1-$2').toLowerCase();
