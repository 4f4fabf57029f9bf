/**
 * `restante ua summarize`: how many entries, and how many with each value of an attribute.
 *
 * Source: X.413 (1999) 8.2.1.
 */
import { Command } from 'commander';
import type { Summary } from '../client/index.js';
import { attributeName, parseAttributes, shownValue } from './attribute-value.js';
import { type CommandContext, printJson, printTable, type Terminal } from './terminal.js';
import { addSelectionOptions, type SelectionOptions, selectionOf } from './ua-selection.js';
import { type UserOptions, withUser } from './ua-session.js';

interface Options extends UserOptions, SelectionOptions {
  readonly by: string;
  readonly json?: true;
}

export function summarizeCommand({ terminal, finish }: CommandContext): Command {
  const command = new Command('summarize')
    .description('count entries, and their values of some attributes; changes no status')
    .option('--by <attributes>', 'names or OIDs, with commas between', 'status,priority,type')
    .option('--json', 'one JSON object');
  return addSelectionOptions(command).action(async (options: Options) => {
    const requests = parseAttributes(options.by);
    const selection = selectionOf(options);
    const summary = await withUser(options, (user) => user.summarize({ ...selection, requests }));
    if (options.json) printJson(terminal, jsonOf(summary));
    else printSummary(terminal, summary);
    finish(0);
  });
}

function valuesOf({ type, values, absent }: Summary['attributes'][number]) {
  // The protocol's SET has no order; the octets give one that is the same every time.
  const sorted = values.toSorted((a, b) => Buffer.compare(a.value, b.value));
  return {
    attribute: attributeName(type),
    absent,
    values: sorted.map(({ value, count }) => ({ value: shownValue(type, value), count })),
  };
}

function jsonOf({ count, span, attributes, next }: Summary) {
  return {
    count,
    lowest: span?.lowest ?? null,
    highest: span?.highest ?? null,
    next: next ?? null,
    attributes: attributes.map(valuesOf),
  };
}

function printSummary(terminal: Terminal, { count, span, attributes, next }: Summary): void {
  const numbers = span === null ? '' : `, numbers ${span.lowest} to ${span.highest}`;
  terminal.print(`${count} ${count === 1 ? 'entry' : 'entries'}${numbers}`);
  const rows = attributes
    .map(valuesOf)
    .flatMap(({ attribute, values, absent }) => [
      ...values.map((item) => [attribute, String(item.value), item.count] as const),
      ...(absent === 0 ? [] : [[attribute, null, absent] as const]),
    ]);
  printTable(terminal, ['attribute', 'value', 'entries'], rows);
  if (next !== undefined) terminal.print(`more from number ${next} on`);
}
