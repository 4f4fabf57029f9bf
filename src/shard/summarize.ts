/**
 * Summarize: how many entries, from where to where, and how many of each value. Changes nothing.
 *
 * Source: X.413 (1999) 8.2.1.
 */
import { encode } from '../asn1/type.js';
import { formatHex } from '../base/octets.js';
import { SUMMARIES_MAX } from '../limits.js';
import type { Mailbox } from '../store/contract.js';
import type { AttributeDefinition } from '../x413/attribute.js';
import { attributeByOid } from '../x413/attribute-table.js';
import { attributeError, invalidParametersError } from '../x413/errors.js';
import { type SummarizeArgument, SummarizeResult } from '../x413/summarize.js';
import { select } from './select.js';
import type { StoredSource } from './stored-source.js';

export function summarize(mailbox: Mailbox, argument: SummarizeArgument): Uint8Array {
  const requests = argument.summaryRequests ?? [];
  if (requests.length > SUMMARIES_MAX) throw invalidParametersError();
  const definitions = requests.map(summarizable);
  const quick = quickCount(mailbox, argument);
  if (quick !== null) return quick;
  const { sources, next } = select(mailbox, argument.selector, Number.MAX_SAFE_INTEGER);
  const [lowest, highest] = [sources[0]?.entry.sequence, sources.at(-1)?.entry.sequence];
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

function summarizable(type: string): AttributeDefinition {
  const definition = attributeByOid(type);
  if (definition?.isSummarizable === true) return definition;
  const problem =
    definition === null ? 'unavailable-attribute-type' : 'inappropriate-for-operation';
  throw attributeError([{ problem, type }]);
}

function summaryOf(definition: AttributeDefinition, sources: readonly StoredSource[]) {
  let absent = 0;
  const found = new Map<string, { value: Uint8Array; count: number }>();
  for (const source of sources) {
    const values = definition.values(source);
    if (values.length === 0) absent += 1;
    for (const value of values) {
      const key = formatHex(value);
      const known = found.get(key);
      if (known === undefined) found.set(key, { value, count: 1 });
      else known.count += 1;
    }
  }
  const present = [...found.values()].map((each) => ({ type: definition.oid, ...each }));
  return { ...(absent > 0 && { absent }), ...(present.length > 0 && { present }) };
}
