/**
 * Failures as one line and an exit code. What is none of these is a fault of ours and is thrown on.
 *
 * Source: ours.
 */
import { ConfigError } from '../base/errors.js';
import {
  AbstractError,
  AddressError,
  AssociationLostError,
  BindRefusedError,
  RejectedError,
  UnreadableError,
} from '../client/index.js';
import { EXIT } from './terminal.js';

export interface Failure {
  readonly line: string;
  readonly exitCode: number;
}

/** Nobody listens there, and the like; `place` is host and port. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
}

/** What was asked for is not there. */
export class AbsentError extends Error {
  override readonly name = 'AbsentError';
}

/** What a command that failed says; null for a fault of ours. */
export function failureOf(error: unknown): Failure | null {
  if (error instanceof ConfigError || error instanceof AddressError) {
    return { line: error.message, exitCode: EXIT.usage };
  }
  const line = refusalOf(error);
  return line === null ? null : { line, exitCode: EXIT.refused };
}

/** One line for what the peer or the network did; null for anything else. */
export function refusalOf(error: unknown): string | null {
  if (error instanceof AbstractError) return abstractErrorLine(error);
  if (error instanceof BindRefusedError) {
    if (error.problem === 'authentication-error') return 'unknown name or wrong password';
    const again = error.isTransient ? ', try again later' : '';
    return `the store refused the bind: ${error.problem ?? error.diagnostic}${again}`;
  }
  if (error instanceof AssociationLostError) return `the association ended: ${error.message}`;
  if (error instanceof UnreachableError || error instanceof AbsentError) return error.message;
  const isOfPeer = error instanceof RejectedError || error instanceof UnreadableError;
  return isOfPeer ? error.message : null;
}

/** What the commonest problems mean to whoever has typed the command. */
const MEANINGS: Readonly<Record<string, string>> = {
  'no-such-entry': 'no such entry',
  'child-entry-specified': 'a child entry cannot be deleted on its own',
  'delete-restriction-problem': 'new entries cannot be deleted before they are listed or fetched',
  'unauthorised-recipient-name': 'the store has no mailbox for this recipient',
};

function abstractErrorLine(error: AbstractError): string {
  if (error.name === 'deliveryControlViolated') {
    return 'the store takes no deliveries now (temporary, try again later)';
  }
  const [first] = error.problems;
  const meaning = MEANINGS[first?.problem ?? ''];
  const numbers = error.problems.flatMap(({ sequence }) => sequence ?? []).join(', ');
  const said = meaning === undefined ? error.message : `${meaning}${numbers && `: ${numbers}`}`;
  return error.isTemporary ? `${said} (temporary, try again later)` : said;
}

const NETWORK_PROBLEMS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ECONNRESET: 'the connection was reset',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the name of the host cannot be looked up now',
  ETIMEDOUT: 'no answer in time',
};

/** A failed connect with its place; other errors as they are. */
export function withPlace(error: unknown, host: string, port: number): unknown {
  const { code } = error as { readonly code?: unknown };
  const problem = typeof code === 'string' ? NETWORK_PROBLEMS[code] : undefined;
  if (problem === undefined) return error;
  return new UnreachableError(`${host} port ${port}: ${problem}`, { cause: error });
}
