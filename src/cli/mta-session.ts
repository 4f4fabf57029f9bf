/**
 * The associations under the subcommands of `restante mta`, and the options that all of them have.
 *
 * Source: ours.
 */
import type { Command } from 'commander';
import { APPLICATION_CONTEXT, MtaLink } from '../client/index.js';
import { withPlace } from './failure.js';
import {
  addConnectionOptions,
  type ConnectionOptions,
  networkOf,
  passwordOf,
  textUpTo,
} from './options.js';

export interface MtaOptions extends ConnectionOptions {
  readonly name: string;
}

/** ub-mta-name-length: characters. */
const MTA_NAME_MAX = 32;

export function addMtaOptions(command: Command): Command {
  return addConnectionOptions(
    command.option('--name <name>', 'the name of the MTA', textUpTo(MTA_NAME_MAX, 'ia5'), 'MTA-1'),
  );
}

/** Binds one association; `operationsMax` deliveries may be outstanding on it. */
export async function connectMta(options: MtaOptions, operationsMax: number): Promise<MtaLink> {
  const { name, host, port, reliable = false } = options;
  const { mtsForcedAccess88, mtsForcedReliableAccess88 } = APPLICATION_CONTEXT;
  const applicationContext = reliable ? mtsForcedReliableAccess88 : mtsForcedAccess88;
  const password = passwordOf(options);
  const link = { ...networkOf(options), name, password, operationsMax, applicationContext };
  return MtaLink.connect(link).catch((error: unknown) => {
    throw withPlace(error, host, port);
  });
}

/** Binds, works and unbinds; what fails in between ends the association. */
export async function withMta<T>(
  options: MtaOptions,
  operationsMax: number,
  work: (mta: MtaLink) => Promise<T>,
): Promise<T> {
  const mta = await connectMta(options, operationsMax);
  try {
    const result = await work(mta);
    // The work is done: how the association ends does not undo it.
    await mta.unbind().catch(() => undefined);
    return result;
  } finally {
    mta.abort();
  }
}
