/**
 * `restante ua`: a user agent on the command line. Its subcommands stand in files of their own.
 *
 * Source: ours; the operations are those of X.413 (1999) 8.
 */
import { Command } from 'commander';
import type { CommandContext } from './terminal.js';
import { deleteCommand } from './ua-delete.js';
import { fetchCommand } from './ua-fetch.js';
import { listCommand } from './ua-list.js';
import { sentCommand } from './ua-sent.js';
import { addUserOptions } from './ua-session.js';
import { statusCommand } from './ua-status.js';
import { cancelCommand, submitCommand } from './ua-submit.js';
import { summarizeCommand } from './ua-summarize.js';

const COMMANDS = [
  summarizeCommand,
  listCommand,
  fetchCommand,
  deleteCommand,
  statusCommand,
  submitCommand,
  cancelCommand,
  sentCommand,
];

export function uaCommand(context: CommandContext): Command {
  const command = new Command('ua');
  for (const make of COMMANDS) {
    command.addCommand(addUserOptions(make(context)));
  }
  return command;
}
