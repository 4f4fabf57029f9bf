/**
 * The kinds of failure, by whose fault they are. Branch on `kind` and `code`, never on text.
 *
 * | kind | whose fault | what happens |
 * | --- | --- | --- |
 * | InvariantError | ours | the thread ends; its shard comes back with the next epoch |
 * | RefusalError | the request | encoded once, as the operation's abstract-error |
 * | ViolationError | the peer | that layer aborts or rejects; one association ends, no other |
 * | DamageError | the disk | the entry is set aside and reported |
 * | ConfigError | the operator | one clear line, exit code 2 |
 *
 * Errors lose their class between threads, so across a thread they travel as {@link ErrorData}.
 *
 * Source: ours.
 */

/** Our own bug. */
export class InvariantError extends Error {
  readonly kind = 'bug';
}

/**
 * The request is understood and refused. `error` is the abstract-error's name (it has one code on
 * the wire); `parameter` is what that error carries, in the form of its type declaration.
 */
export class RefusalError<Name extends string = string, Parameter = unknown> extends Error {
  readonly kind = 'refusal';
  readonly code: Name;
  readonly parameter: Parameter;

  constructor(code: Name, parameter: Parameter, message: string = code) {
    super(message);
    this.code = code;
    this.parameter = parameter;
  }
}

/** The layer that a peer has offended. `ber` and `asn1` are reported by the layer that decoded. */
export type Layer =
  | 'ber'
  | 'asn1'
  | 'tpkt'
  | 'cotp'
  | 'session'
  | 'presentation'
  | 'acse'
  | 'rtse'
  | 'rose'
  | 'p3'
  | 'p7';

/** A peer has sent what its protocol does not allow. `code` is stable, in kebab-case. */
export class ViolationError extends Error {
  readonly kind = 'violation';
  readonly layer: Layer;
  readonly code: string;
  /** Where in a nested value it happened, outermost component first. Filled in on the way up. */
  readonly path: string[] = [];

  constructor(layer: Layer, code: string, detail = '') {
    super(detail === '' ? `${layer}: ${code}` : `${layer}: ${code}: ${detail}`);
    this.layer = layer;
    this.code = code;
  }
}

/** What is stored cannot be read back as it was written. */
export class DamageError extends Error {
  readonly kind = 'damage';
  readonly code: string;
  readonly file: string;

  constructor(code: string, file: string, options?: ErrorOptions) {
    super(`${code}: ${file}`, options);
    this.code = code;
    this.file = file;
  }
}

/** What the operator has written cannot be used. `key` names the place, as `listeners[0].port`. */
export class ConfigError extends Error {
  readonly kind = 'config';
  readonly key: string;

  constructor(key: string, message: string) {
    super(key === '' ? message : `${key}: ${message}`);
    this.key = key;
  }
}

/** An error in the form in which it may cross threads. */
export interface ErrorData {
  readonly kind: string;
  readonly code: string;
  readonly detail: string;
}

/** Flattens whatever was thrown. An unknown thing counts as a bug. */
export function errorData(error: unknown): ErrorData {
  if (!(error instanceof Error)) return { kind: 'bug', code: 'thrown', detail: String(error) };
  const { kind, code } = error as { kind?: unknown; code?: unknown };
  return {
    kind: typeof kind === 'string' ? kind : 'bug',
    code: typeof code === 'string' ? code : error.name,
    detail: error.message,
  };
}
