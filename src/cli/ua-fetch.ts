/**
 * `restante ua fetch`: entries to the screen, to a file or to a folder, whole or by body part.
 *
 * A file gets its name when it is complete: who watches the folder never sees half of one. With
 * --delete an entry is deleted when its files are on disk.
 *
 * Source: X.413 (1999) 8.2.3.
 */
import { join } from 'node:path';
import { Command } from 'commander';
import { ConfigError } from '../base/errors.js';
import {
  AbstractError,
  ATTRIBUTE,
  type EntryView,
  type Selection,
  type UserAgent,
} from '../client/index.js';
import { AbsentError } from './failure.js';
import { integerIn } from './options.js';
import { type CommandContext, EXIT, printJson, type Terminal } from './terminal.js';
import { checkChoice, numbers } from './ua-delete.js';
import { itemsOf, type What } from './ua-items.js';
import { LISTED_ATTRIBUTES } from './ua-list.js';
import { entryJson, printEntry } from './ua-print.js';
import { checkFree, makeFolder, saveFile } from './ua-save.js';
import { addSelectionOptions, type SelectionOptions, selectionOf } from './ua-selection.js';
import { BOXES, type UserOptions, withUser } from './ua-session.js';

interface Options extends UserOptions, SelectionOptions {
  readonly all?: true;
  readonly out?: string;
  readonly outDir?: string;
  readonly content?: true;
  readonly parts?: true;
  readonly part?: number;
  readonly delete?: true;
  readonly json?: true;
}

const FETCHED_ATTRIBUTES = [
  ...LISTED_ATTRIBUTES,
  ATTRIBUTE.content,
  ATTRIBUTE.reportDeliveryEnvelope,
  ATTRIBUTE.perRecipientReportDeliveryFields,
];

export function fetchCommand(context: CommandContext): Command {
  const command = new Command('fetch')
    .description('fetch entries by number, or the first that the options select (--all: every one)')
    .argument('[numbers...]', 'sequence numbers', numbers)
    .option('--all', 'every entry that the options select, instead of the first')
    .option('--out <file>', 'write to this file; - is standard output')
    .option('--out-dir <folder>', 'write files into this folder, named by sequence number')
    .option('--content', 'the content as the originator made it (what is written by default)')
    .option('--parts', 'each body part: texts as UTF-8, files as they are')
    .option('--part <number>', 'this body part only', integerIn(1, 1_000))
    .option('--delete', 'delete each entry when it is written')
    .option('--json', 'one JSON object');
  return addSelectionOptions(command).action(
    async (given: readonly number[] | undefined, options: Options) => {
      checkChoice(given ?? [], options);
      checkOutput(given ?? [], options);
      await fetch(context.terminal, given ?? [], options);
      context.finish(EXIT.done);
    },
  );
}

/** Throws ConfigError where the options do not say one thing. */
function checkOutput(given: readonly number[], options: Options): void {
  const { out, outDir, part, parts, content } = options;
  const check = (isGood: boolean, key: string, problem: string) => {
    if (!isGood) throw new ConfigError(key, problem);
  };
  check(out === undefined || outDir === undefined, 'out', '--out-dir says otherwise');
  const isOne = !options.all && given.length <= 1 && !parts;
  check(out === undefined || isOne, 'out', 'takes one entry or one part; use --out-dir');
  check(!parts || outDir !== undefined || options.json === true, 'parts', 'needs --out-dir');
  const whats = [content, parts, part].filter((one) => one !== undefined);
  check(whats.length <= 1, 'part', '--content, --parts and --part exclude each other');
  const isStandardOutput = out === '-' || (out === undefined && part !== undefined);
  check(!isStandardOutput || !options.json || outDir !== undefined, 'json', 'would mix with --out');
  const isKept = outDir !== undefined || (out !== undefined && out !== '-');
  check(!options.delete || isKept, 'delete', 'only where --out or --out-dir keep what is deleted');
}

function whatOf({ parts, part }: Options): What {
  return parts ? 'parts' : (part ?? 'content');
}

async function fetch(
  terminal: Terminal,
  given: readonly number[],
  options: Options,
): Promise<void> {
  const { outDir, json, content } = options;
  if (outDir !== undefined) makeFolder(outDir);
  // Before the store counts the entry as processed.
  if (options.out !== undefined && options.out !== '-') checkFree(options.out);
  const shown: object[] = [];
  const entryClass = BOXES[options.box ?? 'in'];
  await withUser(options, async (user) => {
    for await (const entry of entriesOf(user, given, options, terminal)) {
      const files = writeOrTell(terminal, entry, options);
      if (options.delete) await user.remove([entry.sequence], { entryClass });
      if (json) shown.push({ ...entryJson(entry, content === true), ...(files && { files }) });
    }
  });
  if (json) printJson(terminal, { entries: shown });
}

/** An entry that is not written will not be found by --new again: whoever reads this must know. */
function writeOrTell(terminal: Terminal, entry: EntryView, options: Options): string[] | null {
  try {
    return write(terminal, entry, options);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const hint = `entry ${entry.sequence} counts as fetched, get it by its number`;
    throw new ConfigError('', `${error.message}; ${hint}`);
  }
}

/** Writes or prints, as the options say; the files that were made, null where none could be. */
function write(terminal: Terminal, entry: EntryView, options: Options): string[] | null {
  const { out, outDir, json, content, part } = options;
  if (outDir !== undefined) {
    return itemsOf(entry, whatOf(options)).map(({ name, octets }) => {
      const path = join(outDir, name);
      saveFile(path, octets);
      if (!json) terminal.print(path);
      return path;
    });
  }
  const isToStandardOutput = content === true || part !== undefined || out === '-';
  if (out === undefined && (json || !isToStandardOutput)) {
    if (!json) printEntry(terminal, entry);
    return null;
  }
  const [item] = itemsOf(entry, whatOf(options));
  if (item === undefined) return null;
  if (out === undefined || out === '-') {
    terminal.write(item.octets);
    return null;
  }
  saveFile(out, item.octets);
  return [out];
}

async function* entriesOf(
  user: UserAgent,
  given: readonly number[],
  options: Options,
  terminal: Terminal,
): AsyncGenerator<EntryView, void> {
  const attributes = FETCHED_ATTRIBUTES;
  const selection = selectionOf(options);
  if (given.length === 0 && !options.all) {
    const { entry } = await user.fetch({ ...selection, attributes });
    if (entry === null) throw new AbsentError('no entry matches');
    yield entry;
    return;
  }
  const wanted = [...given];
  if (given.length === 0) {
    // Numbers alone: a list of more would make new entries listed.
    const found = user.entries({ ...selection, attributes: [] });
    for await (const { sequence } of found) wanted.push(sequence);
  }
  for (const sequence of wanted) {
    const entry = await fetchOne(user, sequence, selection);
    if (entry !== null) yield entry;
    else if (given.length > 0) throw new AbsentError(`no such entry: ${sequence}`);
    else terminal.complain(`entry ${sequence} is gone: somebody else has deleted it`);
  }
}

/** Null where there is no such entry. */
async function fetchOne(
  user: UserAgent,
  sequence: number,
  { entryClass }: Selection,
): Promise<EntryView | null> {
  try {
    return (await user.fetch({ sequence, entryClass, attributes: FETCHED_ATTRIBUTES })).entry;
  } catch (error) {
    if (error instanceof AbstractError && error.name === 'sequenceNumberError') return null;
    throw error;
  }
}
