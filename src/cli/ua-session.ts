/**
 * The association under every subcommand of `restante ua`.
 *
 * Source: ours.
 */
import type { Command } from 'commander';
import { ConfigError } from '../base/errors.js';
import { UserAgent } from '../client/index.js';
import { withPlace } from './failure.js';
import { addConnectionOptions, type ConnectionOptions, networkOf, passwordOf } from './options.js';

export interface UserOptions extends ConnectionOptions {
  readonly user?: string;
}

export function addUserOptions(command: Command): Command {
  return addConnectionOptions(
    command.option('--user <address>', 'the O/R address of the mailbox, or $RESTANTE_USER'),
  );
}

/** Binds, works and unbinds; what fails in between ends the association. */
export async function withUser<T>(
  options: UserOptions,
  work: (user: UserAgent) => Promise<T>,
): Promise<T> {
  const address = options.user ?? process.env.RESTANTE_USER;
  if (address === undefined) throw new ConfigError('user', 'give --user, or set RESTANTE_USER');
  const password = passwordOf(options);
  const user = await UserAgent.connect({ ...networkOf(options), address, password }).catch(
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
