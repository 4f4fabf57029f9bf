/**
 * `restante ua status`: sets the status of entries, back too, so that who collects what is new gets
 * them again.
 *
 * Source: X.413 (1999) 8.2.7, 11.6.
 */
import { Argument, Command } from 'commander';
import type { RetrievalStatus, UserAgent } from '../client/index.js';
import { RETRIEVAL_STATUS } from '../x413/entry.js';
import { type CommandContext, printJson } from './terminal.js';
import { checkChoice, inRanges, numbers } from './ua-delete.js';
import { addSelectionOptions, type SelectionOptions, selectionOf } from './ua-selection.js';
import { BOXES, type UserOptions, withUser } from './ua-session.js';

interface Options extends UserOptions, SelectionOptions {
  readonly all?: true;
  readonly json?: true;
}

export function statusCommand({ terminal, finish }: CommandContext): Command {
  const command = new Command('status')
    .description('set the status of entries, by number or those that the options select; back too')
    .addArgument(new Argument('<to>', 'the status').choices(Object.keys(RETRIEVAL_STATUS)))
    .argument('[numbers...]', 'sequence numbers', numbers)
    .option('--all', 'every entry, where no other option selects')
    .option('--json', 'one JSON object');
  return addSelectionOptions(command).action(
    async (to: RetrievalStatus, given: readonly number[] | undefined, options: Options) => {
      checkChoice(given ?? [], options);
      const changed = await withUser({ ...options, is94: true }, (user) =>
        set(user, to, given ?? [], options),
      );
      if (options.json) printJson(terminal, { status: to, entries: changed });
      else terminal.print(`${to} ${changed.length}: ${inRanges(changed)}`.replace(/: $/, ''));
      finish(0);
    },
  );
}

function set(user: UserAgent, to: RetrievalStatus, given: readonly number[], options: Options) {
  const entryClass = BOXES[options.box ?? 'in'];
  return given.length > 0
    ? user.setStatus(to, given, { entryClass })
    : user.setStatus(to, selectionOf(options));
}
