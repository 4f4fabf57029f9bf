/**
 * How calls of the client library fail. Branch on the class, then on `code`; never on text.
 *
 * Source: X.411 (1999) 8.2.2, X.413 (1999) 9 for the codes; the classes are ours.
 */
import { MS_ERROR, MTS_ERROR } from '../x411/application-contexts.js';

type Protocol = 'p3' | 'p7';

/** The peer understood the operation and refused it with one of the standard's abstract-errors. */
export class AbstractError extends Error {
  /** The local code on the wire. */
  readonly code: number;
  /** The error's parameter, one whole BER element; null where there is none. */
  readonly parameter: Uint8Array | null;

  constructor(protocol: Protocol, code: number, parameter: Uint8Array | null) {
    const name = abstractErrorName(protocol, code);
    super(`the peer answered ${name} (${code})`);
    this.name = name;
    this.code = code;
    this.parameter = parameter;
  }
}

/** The peer refused the bind. `parameter` is the bind error, where its application gave one. */
export class BindRefusedError extends Error {
  readonly isTransient: boolean;
  readonly diagnostic: string;
  readonly parameter: Uint8Array | null;

  constructor(isTransient: boolean, diagnostic: string, parameter: Uint8Array | null) {
    super(`the peer refused the bind: ${diagnostic}`);
    this.name = 'BindRefusedError';
    this.isTransient = isTransient;
    this.diagnostic = diagnostic;
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

function abstractErrorName(protocol: Protocol, code: number): string {
  // Codes below 20 belong to X.411 in both protocols; P7 adds its own above.
  const tables = protocol === 'p7' ? [MS_ERROR, MTS_ERROR] : [MTS_ERROR];
  const found = tables.flatMap((table) => Object.entries(table)).find(([, own]) => own === code);
  return found?.[0] ?? 'unknownError';
}
