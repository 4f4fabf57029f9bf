/**
 * `restante ua delete`: entries by number, or those that a selection finds. The store refuses to
 * delete an entry that is new, that is, of which its user knows nothing.
 *
 * Source: X.413 (1999) 8.2.4.
 */
import { Command, InvalidArgumentError } from 'commander';
import { ConfigError } from '../base/errors.js';
import { ATTRIBUTE, type UserAgent } from '../client/index.js';
import { type CommandContext, printJson } from './terminal.js';
import {
  addSelectionOptions,
  isRestricting,
  type SelectionOptions,
  selectionOf,
  sequenceNumber,
} from './ua-selection.js';
import { BOXES, type UserOptions, withUser } from './ua-session.js';

interface Options extends UserOptions, SelectionOptions {
  readonly all?: true;
  readonly evenNew?: true;
  readonly json?: true;
}

/** Numbers in one delete: each is one operation, done whole or not at all. */
const NUMBERS_MAX = 1_000;

/** A parser of a variadic argument: sequence numbers. */
export function numbers(text: string, before: readonly number[] = []): number[] {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('A sequence number.');
  return [...before, sequenceNumber(text)];
}

export function deleteCommand({ terminal, finish }: CommandContext): Command {
  const command = new Command('delete')
    .description('delete entries by number, or those that the options select')
    .argument('[numbers...]', 'sequence numbers', numbers)
    .option('--all', 'every entry, where no other option selects')
    .option('--even-new', 'new ones too: the store refuses those, so they are listed before')
    .option('--json', 'one JSON object');
  return addSelectionOptions(command).action(
    async (given: readonly number[] | undefined, options: Options) => {
      checkChoice(given ?? [], options);
      const deleted = await withUser(options, (user) => remove(user, given ?? [], options));
      if (options.json) printJson(terminal, { deleted });
      else terminal.print(`deleted ${deleted.length}: ${inRanges(deleted)}`.replace(/: $/, ''));
      finish(0);
    },
  );
}

/** Numbers or a selection, and never everything by oversight. Throws ConfigError. */
export function checkChoice(given: readonly number[], options: Options): void {
  const isSelecting = isRestricting(options) || options.limit !== undefined;
  if (given.length > 0 && (isSelecting || options.all)) {
    throw new ConfigError('numbers', 'give numbers, or options that select, not both');
  }
  if (given.length === 0 && !isSelecting && !options.all) {
    throw new ConfigError('numbers', 'give numbers, options that select, or --all');
  }
}

async function remove(
  user: UserAgent,
  given: readonly number[],
  options: Options,
): Promise<readonly number[]> {
  // With an attribute a list makes new entries listed; with none it changes nothing.
  const entryClass = BOXES[options.box ?? 'in'];
  const attributes = options.evenNew ? [ATTRIBUTE.retrievalStatus] : [];
  const found = [...given];
  if (given.length === 0) {
    const selection = { ...selectionOf(options), childEntries: false, attributes };
    for await (const { sequence } of user.entries(selection)) found.push(sequence);
  } else if (options.evenNew) {
    const one = (number: number) =>
      user.list({ entryClass, range: { from: number, to: number }, attributes });
    await Promise.all(given.map(one));
  }
  for (let at = 0; at < found.length; at += NUMBERS_MAX) {
    await user.remove(found.slice(at, at + NUMBERS_MAX), { entryClass });
  }
  return found;
}

/** `1-3, 7`. */
export function inRanges(given: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const number of given.toSorted((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && number <= last[1] + 1) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(', ');
}
