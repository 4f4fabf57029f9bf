/**
 * Which entries, as options: shared by all subcommands of `restante ua`.
 *
 * Source: X.413 (1999) 8.1 for what can be selected.
 */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Oid } from '../asn1/primitive.js';
import { ConfigError } from '../base/errors.js';
import {
  type Filter,
  type NumberRange,
  type Priority,
  type RetrievalStatus,
  type Selection,
  where,
} from '../client/index.js';
import { SEQUENCE_NUMBER_MAX } from '../limits.js';
import { RETRIEVAL_STATUS } from '../x413/entry.js';
import { contentType, integerIn, octetCount, priorityOption } from './options.js';
import { BOXES, type Box } from './ua-session.js';

export interface SelectionOptions {
  readonly box?: Box;
  readonly new?: true;
  readonly status?: RetrievalStatus;
  readonly range?: NumberRange;
  readonly since?: Date;
  readonly until?: Date;
  readonly priority?: Priority;
  readonly type?: 'message' | 'report';
  readonly contentType?: Oid;
  readonly from?: string;
  readonly subject?: string;
  readonly minSize?: number;
  readonly maxSize?: number;
  readonly limit?: number;
  readonly children?: true;
}

export const sequenceNumber = integerIn(1, SEQUENCE_NUMBER_MAX);

export function addSelectionOptions(command: Command): Command {
  return command
    .addOption(new Option('--box <box>', 'which box').choices(Object.keys(BOXES)).default('in'))
    .option('--new', 'new ones only')
    .addOption(
      new Option('--status <status>', 'of this status only').choices(Object.keys(RETRIEVAL_STATUS)),
    )
    .option('--range <numbers>', 'sequence numbers: 5, 3..7, 3.. or ..7', numberRange)
    .option('--since <time>', 'created at this time (ISO 8601) or later', time)
    .option('--until <time>', 'created at this time (ISO 8601) or earlier', time)
    .addOption(priorityOption('of this priority only'))
    .addOption(new Option('--type <type>', 'of this type only').choices(['message', 'report']))
    .option('--content-type <type>', 'of this content type only', contentType)
    .option('--from <address>', 'from this originator only')
    .option('--subject <text>', 'with this text in the subject only')
    .option('--min-size <octets>', 'with a content of at least so much', octetCount)
    .option('--max-size <octets>', 'with a content of at most so much', octetCount)
    .option('--limit <count>', 'at most so many', sequenceNumber)
    .option('--children', 'child entries too: forwarded messages, returned contents');
}

function numberRange(text: string): NumberRange {
  const [, from = '', dots, to = ''] = /^(\d*)(\.\.)?(\d*)$/.exec(text) ?? [];
  if (from === '' && to === '') throw new InvalidArgumentError('As in 5, 3..7, 3.. or ..7.');
  if (dots === undefined) return { from: sequenceNumber(text), to: sequenceNumber(text) };
  return {
    ...(from !== '' && { from: sequenceNumber(from) }),
    ...(to !== '' && { to: sequenceNumber(to) }),
  };
}

function time(text: string): Date {
  const date = new Date(text);
  // The protocol's times have two digits for the year.
  const isDate = /^(19[5-9]|20[0-4])\d-\d\d-\d\d/.test(text) && !Number.isNaN(date.getTime());
  if (!isDate) {
    throw new InvalidArgumentError('As in 2026-01-31 or 2026-01-31T08:00:00Z, 1950 to 2049.');
  }
  return date;
}

/** Throws ConfigError for options that exclude each other, AddressError for --from. */
export function selectionOf(options: SelectionOptions): Selection {
  const { range, since, until, limit } = options;
  if (options.new && options.status !== undefined && options.status !== 'new') {
    throw new ConfigError('status', '--new says otherwise');
  }
  const status = options.new ? 'new' : options.status;
  const filters = filtersOf(options);
  const hasTime = since !== undefined || until !== undefined;
  // The protocol has one range in a call: beside numbers, times become conditions.
  if (hasTime && range !== undefined) {
    if (since !== undefined) filters.push(where.createdSince(since));
    if (until !== undefined) filters.push(where.createdUntil(until));
  }
  const [first, ...more] = filters;
  return {
    entryClass: BOXES[options.box ?? 'in'],
    status,
    limit,
    childEntries: options.children ?? false,
    range: range ?? (hasTime ? { since, until } : undefined),
    filter: more.length === 0 ? first : where.all(...filters),
  };
}

function filtersOf(options: SelectionOptions): Filter[] {
  const { priority, type, from, subject, minSize, maxSize } = options;
  const filters: Filter[] = [];
  if (priority !== undefined) filters.push(where.priority(priority));
  if (type !== undefined) {
    const isSubmitted = options.box === 'out' && type === 'message';
    filters.push(where.entryType(isSubmitted ? 'submitted-message' : `delivered-${type}`));
  }
  if (options.contentType !== undefined) filters.push(where.contentType(options.contentType));
  if (from !== undefined) filters.push(where.originator(from));
  if (subject !== undefined) filters.push(where.subjectContains(subject));
  if (minSize !== undefined) filters.push(where.contentLengthAtLeast(minSize));
  if (maxSize !== undefined) filters.push(where.contentLengthAtMost(maxSize));
  return filters;
}

/** Whether any option restricts which entries there are; a limit alone does not. */
export function isRestricting({
  limit: _limit,
  children: _children,
  box: _box,
  ...rest
}: SelectionOptions) {
  const keys: readonly (keyof typeof rest)[] = [
    'new',
    'status',
    'range',
    'since',
    'until',
    'priority',
    'type',
    'contentType',
    'from',
    'subject',
    'minSize',
    'maxSize',
  ];
  return keys.some((key) => rest[key] !== undefined);
}
