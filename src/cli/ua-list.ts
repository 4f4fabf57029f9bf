/**
 * `restante ua list`: one line an entry.
 *
 * Source: X.413 (1999) 8.2.2.
 */
import { Command } from 'commander';
import type { Oid } from '../asn1/primitive.js';
import { ATTRIBUTE, type EntryView, type UserAgent } from '../client/index.js';
import { attributeName, parseAttributes, shownValue } from './attribute-value.js';
import { contentTypeName } from './options.js';
import { type CommandContext, printJson, printTable, type Terminal } from './terminal.js';
import { addSelectionOptions, type SelectionOptions, selectionOf } from './ua-selection.js';
import { type UserOptions, withUser } from './ua-session.js';

interface Options extends UserOptions, SelectionOptions {
  readonly attributes?: string;
  readonly numbers?: true;
  readonly all?: true;
  readonly json?: true;
}

/** What a mail client shows of an entry; the store answers it without opening a file. */
export const LISTED_ATTRIBUTES: readonly Oid[] = [
  ATTRIBUTE.retrievalStatus,
  ATTRIBUTE.entryType,
  ATTRIBUTE.priority,
  ATTRIBUTE.contentType,
  ATTRIBUTE.contentLength,
  ATTRIBUTE.creationTime,
  ATTRIBUTE.originatorName,
  ATTRIBUTE.subject,
  ATTRIBUTE.messageIdentifier,
  ATTRIBUTE.subjectSubmissionIdentifier,
];

export function listCommand({ terminal, finish }: CommandContext): Command {
  const command = new Command('list')
    .description('list entries; new ones become listed by it, except with --numbers')
    .option('--attributes <attributes>', 'these instead: names or OIDs, with commas between')
    .option('--numbers', 'sequence numbers only; changes no status')
    .option('--all', 'go on where the store cuts a long list')
    .option('--json', 'one JSON object');
  return addSelectionOptions(command).action(async (options: Options) => {
    const chosen = options.attributes === undefined ? null : parseAttributes(options.attributes);
    const attributes = options.numbers ? [] : (chosen ?? LISTED_ATTRIBUTES);
    const { entries, next } = await withUser(options, (user) => list(user, options, attributes));
    const rows = options.numbers ? [] : chosen;
    if (options.json) {
      const shown = entries.map((entry) => (rows === null ? jsonOf(entry) : chosenOf(entry)));
      printJson(terminal, { entries: shown, next });
    } else print(terminal, entries, rows);
    if (!options.json && next !== null) {
      terminal.complain(`the store cut the list: more from number ${next} on (--all)`);
    }
    finish(0);
  });
}

async function list(
  user: UserAgent,
  options: Options,
  attributes: readonly Oid[],
): Promise<{ entries: readonly EntryView[]; next: number | null }> {
  const request = { ...selectionOf(options), attributes };
  if (!options.all) {
    const { entries, next = null } = await user.list(request);
    return { entries, next };
  }
  const entries: EntryView[] = [];
  for await (const entry of user.entries(request)) entries.push(entry);
  return { entries, next: null };
}

/** An entry with what {@link LISTED_ATTRIBUTES} tell of it; what it has not is null. */
export function jsonOf(entry: EntryView) {
  const { contentType } = entry;
  return {
    number: entry.sequence,
    status: entry.status,
    type: entry.entryType,
    priority: entry.priority,
    contentType: contentType === null ? null : contentTypeName(contentType),
    contentLength: entry.contentLength,
    creationTime: entry.creationTime?.toISOString() ?? null,
    originator: entry.originator,
    subject: entry.subject,
    identifier: entry.messageIdentifier ?? entry.subjectSubmissionIdentifier,
  };
}

/** The attributes that were asked for by name, each with all its values. */
function chosenOf(entry: EntryView) {
  const attributes = [...entry.attributes].map(([type, values]) => [
    attributeName(type),
    values.map((value) => shownValue(type, value)),
  ]);
  return { number: entry.sequence, attributes: Object.fromEntries(attributes) };
}

function print(
  terminal: Terminal,
  entries: readonly EntryView[],
  chosen: readonly Oid[] | null,
): void {
  if (chosen === null) {
    const head = ['number', 'status', 'type', 'priority', 'content', 'octets', 'created'];
    const rows = entries.map((entry) => {
      const one = jsonOf(entry);
      const type = one.type?.replace('delivered-', '') ?? null;
      const created = one.creationTime?.replace('.000Z', 'Z') ?? null;
      const figures = [one.contentType, one.contentLength, created];
      const texts = [one.originator, one.subject];
      return [one.number, one.status, type, one.priority, ...figures, ...texts];
    });
    printTable(terminal, [...head, 'originator', 'subject'], rows);
    return;
  }
  const rows = entries.map((entry) => [
    entry.sequence,
    ...chosen.map((type) => {
      const values = entry.attributes.get(type) ?? [];
      return values.length === 0 ? null : values.map((one) => shownValue(type, one)).join(' ');
    }),
  ]);
  printTable(terminal, ['number', ...chosen.map(attributeName)], rows);
}
