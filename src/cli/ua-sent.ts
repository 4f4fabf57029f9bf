/**
 * `restante ua sent`: what became of what was sent, one line a recipient.
 *
 * Source: X.413 (1999) 6.3.1, the class submission.
 */
import { Command } from 'commander';
import { sentMessages } from '../client/index.js';
import { type CommandContext, EXIT, printJson, printTable } from './terminal.js';
import { type UserOptions, withUser } from './ua-session.js';

interface Options extends UserOptions {
  readonly json?: true;
}

export function sentCommand({ terminal, finish }: CommandContext): Command {
  return new Command('sent')
    .description('list the copies in the out box, with what reports and notifications tell of them')
    .option('--json', 'one JSON object')
    .action(async (options: Options) => {
      const sent = await withUser({ ...options, is94: true }, sentMessages);
      if (options.json) printJson(terminal, { sent });
      else {
        const head = ['number', 'submitted', 'subject', 'recipient', 'state'];
        const rows = sent.flatMap(({ sequence, submissionTime, subject, recipients }) => {
          const time = submissionTime?.toISOString().replace('.000Z', 'Z') ?? null;
          return recipients.map(({ address, state }) => [sequence, time, subject, address, state]);
        });
        printTable(terminal, head, rows);
      }
      finish(EXIT.done);
    });
}
