/**
 * Summarize: how many entries, from where to where, and how many of each value. Changes nothing.
 *
 * Source: X.413 (1999) 8.2.1.
 */
import { integer } from '../asn1/primitive.js';
import { decode, encode } from '../asn1/type.js';
import { ViolationError } from '../base/errors.js';
import { copyOctets, formatHex } from '../base/octets.js';
import { SUMMARIES_MAX } from '../limits/upper-bounds.js';
import type { Mailbox } from '../store/contract.js';
import { orAddressKey } from '../x411/or-address-key.js';
import { OrName } from '../x411/or-name.js';
import type { AttributeDefinition } from '../x413/attribute.js';
import type { Edition } from '../x413/common.js';
import { RETRIEVAL_STATUS, type RetrievalStatus } from '../x413/entry.js';
import { invalidParametersError } from '../x413/errors.js';
import { type SummarizeArgument, SummarizeResult, type Summary } from '../x413/summarize.js';
import { AttributeProblems, attributeOf } from './attribute-problems.js';
import { valuesWherePossible } from './entry-information.js';
import { checkArgument, type OperationContext } from './operation.js';
import { Matches, type PreparedSelector, prepareSelector } from './select.js';
import type { Sliced } from './sliced.js';

/** [APPLICATION 0], constructed. */
const OR_NAME_IDENTIFIER = 0x60;
const STATUS = '2.6.4.3.15';
const STATUSES: readonly RetrievalStatus[] = ['new', 'listed', 'processed'];

export function* summarize(
  context: OperationContext,
  argument: SummarizeArgument,
): Sliced<Uint8Array> {
  const { mailbox, edition } = context;
  checkArgument(argument, context);
  const requests = argument.summaryRequests ?? [];
  if (requests.length > SUMMARIES_MAX) throw invalidParametersError();
  const problems = new AttributeProblems(context.unsubscribed);
  const definitions = requests.map((type) => summarizable(type, edition, problems));
  const selector = prepareSelector(argument.selector, edition, problems);
  problems.refuse();
  const tallies = definitions.flatMap((each) => (each === null ? [] : new Tally(each)));
  const counted = summaryOfAll(mailbox, argument, tallies);
  return counted ?? (yield* summaryOfMatches(context, selector, tallies));
}

/** Entry by entry, and none of them is kept: there may be as many as the mailbox holds. */
function* summaryOfMatches(
  context: OperationContext,
  prepared: PreparedSelector,
  tallies: readonly Tally[],
): Sliced<Uint8Array> {
  const { limit = Number.POSITIVE_INFINITY } = prepared.selector;
  let [count, lowest, highest] = [0, Number.POSITIVE_INFINITY, 0];
  let next: number | null = null;
  const matches = new Matches(context, prepared);
  for (const source of matches) {
    if (source === null) {
      yield;
      continue;
    }
    const { sequence } = source.entry;
    if (count === limit) {
      next = sequence;
      break;
    }
    count += 1;
    lowest = Math.min(lowest, sequence);
    highest = Math.max(highest, sequence);
    for (const tally of tallies) tally.add(valuesWherePossible(tally.definition, source));
  }
  next ??= matches.cutAt;
  return resultOf(next, count, count === 0 ? null : [lowest, highest], tallies);
}

/**
 * The widespread ways of waiting for mail: the whole mailbox, and at most the status asked for. The
 * index has counted already. Null where something else is asked.
 */
function summaryOfAll(
  mailbox: Mailbox,
  { selector }: SummarizeArgument,
  tallies: readonly Tally[],
): Uint8Array | null {
  const { range, filter, limit, childEntries } = selector;
  const isWhole = range === undefined && filter === undefined && limit === undefined;
  const isOfStatus = tallies.every(({ definition }) => definition.oid === STATUS);
  if (!isWhole || childEntries || !isOfStatus) return null;
  for (const tally of tallies) {
    for (const status of STATUSES) {
      const count = mailbox.countOf(status);
      if (count > 0) tally.add([encode(integer(), RETRIEVAL_STATUS[status])], count);
    }
  }
  return resultOf(null, mailbox.count, mailbox.span(), tallies);
}

function resultOf(
  next: number | null,
  count: number,
  span: readonly [lowest: number, highest: number] | null,
  tallies: readonly Tally[],
): Uint8Array {
  return encode(SummarizeResult, {
    ...(next !== null && { next }),
    count,
    ...(span !== null && { span: { lowest: span[0], highest: span[1] } }),
    ...(tallies.length > 0 && { summaries: tallies.map((tally) => tally.summary()) }),
  });
}

function summarizable(
  type: string,
  edition: Edition,
  problems: AttributeProblems,
): AttributeDefinition | null {
  const definition = attributeOf(type, edition, problems);
  if (definition?.isSummarizable === false) problems.add('inappropriate-for-operation', type);
  return definition;
}

/** How many entries have each value of an attribute, and how many have none. */
class Tally {
  readonly definition: AttributeDefinition;
  readonly #found = new Map<string, { readonly value: Uint8Array; count: number }>();
  #absent = 0;

  constructor(definition: AttributeDefinition) {
    this.definition = definition;
  }

  /** Of one entry, or of so many that have the same. An entry counts under each of its values. */
  add(values: readonly Uint8Array[], count = 1): void {
    if (values.length === 0) this.#absent += count;
    for (const value of values) {
      const key = keyOf(value);
      const known = this.#found.get(key);
      // A copy: the next turn reads other messages where this value stands.
      if (known === undefined) this.#found.set(key, { value: copyOctets(value), count });
      else known.count += count;
    }
  }

  summary(): Summary {
    const type = this.definition.oid;
    const present = [...this.#found.values()].map((each) => ({ type, ...each }));
    const absent = this.#absent;
    return { ...(absent > 0 && { absent }), ...(present.length > 0 && { present }) };
  }
}

/** What equal values have in common. O/R names are one however they are written. */
function keyOf(value: Uint8Array): string {
  if (value[0] !== OR_NAME_IDENTIFIER) return formatHex(value);
  try {
    return orAddressKey(decode(OrName, value)) || formatHex(value);
  } catch (error) {
    if (error instanceof ViolationError) return formatHex(value);
    throw error;
  }
}
