/**
 * The association under every subcommand of `restante ua`.
 *
 * Source: ours.
 */
import type { Command } from 'commander';
import { ConfigError } from '../base/errors.js';
import { APPLICATION_CONTEXT, type EntryClassName, UserAgent } from '../client/index.js';
import { withPlace } from './failure.js';
import { addConnectionOptions, type ConnectionOptions, networkOf, passwordOf } from './options.js';

export interface UserOptions extends ConnectionOptions {
  readonly user?: string;
  /** Which entries; another box than `in` needs an association of 1994. */
  readonly box?: Box;
  /** Whether it needs one anyway. */
  readonly is94?: boolean | undefined;
}

export function addUserOptions(command: Command): Command {
  return addConnectionOptions(
    command.option('--user <address>', 'the O/R address of the mailbox, or $RESTANTE_USER'),
  );
}

/** The boxes by their names, each a class of entries. */
export const BOXES = {
  in: 'delivery',
  out: 'submission',
  draft: 'draft',
  all: 'stored-message',
} as const satisfies Readonly<Record<string, EntryClassName>>;
export type Box = keyof typeof BOXES;

/** The address of the mailbox. Throws ConfigError where nobody has given it. */
export function userOf({ user }: UserOptions): string {
  const address = user ?? process.env.RESTANTE_USER;
  if (address === undefined) throw new ConfigError('user', 'give --user, or set RESTANTE_USER');
  return address;
}

/** Binds, works and unbinds; what fails in between ends the association. */
export async function withUser<T>(
  options: UserOptions,
  work: (user: UserAgent) => Promise<T>,
): Promise<T> {
  const address = userOf(options);
  const password = passwordOf(options);
  const { box = 'in', is94 = box !== 'in' } = options;
  const { msAccess88, msAccess94, msReliableAccess88, msReliableAccess94 } = APPLICATION_CONTEXT;
  const [of88, of94] =
    options.reliable === true ? [msReliableAccess88, msReliableAccess94] : [msAccess88, msAccess94];
  const applicationContext = is94 ? of94 : of88;
  const identity = { address, password, applicationContext };
  const user = await UserAgent.connect({ ...networkOf(options), ...identity }).catch(
    (error: unknown) => {
      throw withPlace(error, options.host, options.port);
    },
  );
  try {
    const result = await work(user);
    // The work is done: how the association ends does not undo it.
    await user.unbind().catch(() => undefined);
    return result;
  } finally {
    user.abort();
  }
}
