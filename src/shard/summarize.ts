/**
 * Summarize: how many entries, from where to where, and how many of each value. Changes nothing.
 *
 * Source: X.413 (1999) 8.2.1.
 */
import { decode, encode } from '../asn1/type.js';
import { ViolationError } from '../base/errors.js';
import { formatHex } from '../base/octets.js';
import { SUMMARIES_MAX } from '../limits.js';
import type { Mailbox } from '../store/contract.js';
import { orAddressKey } from '../x411/or-address-key.js';
import { OrName } from '../x411/or-name.js';
import type { AttributeDefinition } from '../x413/attribute.js';
import type { Edition } from '../x413/common.js';
import { invalidParametersError } from '../x413/errors.js';
import { type SummarizeArgument, SummarizeResult } from '../x413/summarize.js';
import { AttributeProblems, attributeOf } from './attribute-problems.js';
import { checkArgument, type OperationContext } from './operation.js';
import { prepareSelector, select } from './select.js';
import type { StoredSource } from './stored-source.js';

/** [APPLICATION 0], constructed. */
const OR_NAME_IDENTIFIER = 0x60;

export function summarize(context: OperationContext, argument: SummarizeArgument): Uint8Array {
  const { mailbox, edition } = context;
  checkArgument(argument, edition);
  const requests = argument.summaryRequests ?? [];
  if (requests.length > SUMMARIES_MAX) throw invalidParametersError();
  const problems = new AttributeProblems();
  const definitions = requests.map((type) => summarizable(type, edition, problems));
  const selector = prepareSelector(argument.selector, edition, problems);
  problems.refuse();
  const quick = quickCount(mailbox, argument);
  if (quick !== null) return quick;
  const { sources, next } = select(context, selector, Number.MAX_SAFE_INTEGER);
  const ends = [sources[0], sources.at(-1)].map((source) => source?.entry.sequence);
  // Lowest and highest, whichever way the range went.
  const [lowest, highest] = ends.sort((a, b) => Number(a) - Number(b));
  return encode(SummarizeResult, {
    ...(next !== null && { next }),
    count: sources.length,
    ...(lowest !== undefined && highest !== undefined && { span: { lowest, highest } }),
    ...(definitions.length > 0 && {
      summaries: definitions.map((definition) => summaryOf(definition, sources)),
    }),
  });
}

/** The whole mailbox, nothing asked: the widespread way of waiting for mail. No scan. */
function quickCount(mailbox: Mailbox, argument: SummarizeArgument): Uint8Array | null {
  const { range, filter, limit, childEntries } = argument.selector;
  const isWhole = range === undefined && filter === undefined && limit === undefined;
  if (!isWhole || childEntries || (argument.summaryRequests ?? []).length > 0) return null;
  const [lowest, highest] = mailbox.span() ?? [];
  return encode(SummarizeResult, {
    count: mailbox.count,
    ...(lowest !== undefined && highest !== undefined && { span: { lowest, highest } }),
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

/** Without a definition, which problems would have told, there is nothing to count. */
function summaryOf(definition: AttributeDefinition | null, sources: readonly StoredSource[]) {
  if (definition === null) return {};
  let absent = 0;
  const found = new Map<string, { value: Uint8Array; count: number }>();
  for (const source of sources) {
    const values = definition.values(source);
    if (values.length === 0) absent += 1;
    for (const value of values) {
      const key = keyOf(value);
      const known = found.get(key);
      if (known === undefined) found.set(key, { value, count: 1 });
      else known.count += 1;
    }
  }
  const present = [...found.values()].map((each) => ({ type: definition.oid, ...each }));
  return { ...(absent > 0 && { absent }), ...(present.length > 0 && { present }) };
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
