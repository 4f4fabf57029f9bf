/**
 * `restante mta`: an MTA that delivers over P3 and takes submissions, for tests and measurements.
 * Its subcommands stand in files of their own.
 *
 * Source: ours; the operations are those of X.411 (1999) 8.2, 8.3.
 */
import { Command } from 'commander';
import { deliverCommand } from './mta-deliver.js';
import { generateCommand } from './mta-generate.js';
import { reportCommand } from './mta-report.js';
import { serveCommand } from './mta-serve.js';
import { addMtaOptions } from './mta-session.js';
import type { CommandContext } from './terminal.js';

export function mtaCommand(context: CommandContext): Command {
  const command = new Command('mta');
  for (const make of [deliverCommand, generateCommand, reportCommand, serveCommand]) {
    command.addCommand(addMtaOptions(make(context)));
  }
  return command;
}
