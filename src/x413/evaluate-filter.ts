/**
 * Filters: checked before any entry is looked at, then compiled to a predicate. Truth has three
 * values inside; only TRUE selects.
 *
 * Done: equality, ordering and presence on the syntaxes of {@link Matching}. Substrings, names and
 * matching rules of 1994 are answered with service-error unwilling-to-perform.
 *
 * Source: X.413 (1999) 8.1.2; X.511 for the three values.
 */
import { integer } from '../asn1/primitive.js';
import { readElement } from '../asn1/reader.js';
import { utcTime } from '../asn1/string.js';
import { ViolationError } from '../base/errors.js';
import { formatHex } from '../base/octets.js';
import { FILTER_DEPTH_MAX } from '../limits.js';
import { secondsOfUtcTime } from '../x411/time.js';
import type { AttributeDefinition } from './attribute.js';
import { attributeByOid } from './attribute-table.js';
import type { EntrySource, RetrievalStatus } from './entry.js';
import { type AttributeProblem, attributeError, type MsRefusal, serviceError } from './errors.js';
import type { Filter, FilterItem } from './filter.js';

/** TRUE, FALSE, or undefined. */
type Truth = boolean | null;
type Test = (source: EntrySource) => Truth;

const STATUS_OID = '2.6.4.3.15';
const STATUSES: readonly RetrievalStatus[] = ['new', 'listed', 'processed'];

/** Compiles a filter. Throws the attribute-error or service-error that it deserves. */
export function compileFilter(filter: Filter): (source: EntrySource) => boolean {
  const test = compile(filter, 1);
  return (source) => test(source) === true;
}

/** The only statuses that can satisfy the filter, where it says so at its top; else null. */
export function statusesOf(filter: Filter): readonly RetrievalStatus[] | null {
  if (filter.kind === 'and') {
    for (const part of filter.value) {
      const statuses = statusesOf(part);
      if (statuses !== null) return statuses;
    }
    return null;
  }
  if (filter.kind !== 'item' || filter.value.kind !== 'equality') return null;
  const { type, value } = filter.value.value;
  if (type !== STATUS_OID) return null;
  const status = STATUSES[Number(readElement(value).content[0])];
  return status === undefined ? null : [status];
}

function compile(filter: Filter, depth: number): Test {
  if (depth > FILTER_DEPTH_MAX) throw serviceError('unwilling-to-perform');
  switch (filter.kind) {
    case 'item':
      return compileItem(filter.value);
    case 'not': {
      const inner = compile(filter.value, depth + 1);
      return (source) => {
        const truth = inner(source);
        return truth === null ? null : !truth;
      };
    }
    case 'and':
    case 'or': {
      const parts = filter.value.map((part) => compile(part, depth + 1));
      // What decides a conjunction is FALSE, a disjunction TRUE; undefined only when nothing does.
      const decisive = filter.kind === 'or';
      return (source) => {
        let truth: Truth = !decisive;
        for (const part of parts) {
          const found = part(source);
          if (found === decisive) return decisive;
          if (found === null) truth = null;
        }
        return truth;
      };
    }
  }
}

function compileItem(item: FilterItem): Test {
  switch (item.kind) {
    case 'present': {
      const definition = known(item.value);
      return (source) => definition.values(source).length > 0;
    }
    case 'equality':
    case 'approximateMatch': {
      const { definition, wanted, keyOf } = assertion(item.value, false);
      return some(definition, (value) => keyOf(value) === wanted);
    }
    case 'greaterOrEqual': {
      const { definition, wanted, keyOf } = assertion(item.value, true);
      return some(definition, (value) => keyOf(value) >= wanted);
    }
    case 'lessOrEqual': {
      const { definition, wanted, keyOf } = assertion(item.value, true);
      return some(definition, (value) => keyOf(value) <= wanted);
    }
    default:
      throw serviceError('unwilling-to-perform');
  }
}

function some(definition: AttributeDefinition, matches: (value: Uint8Array) => boolean): Test {
  return (source) => definition.values(source).some(matches);
}

function known(oid: string): AttributeDefinition {
  const definition = attributeByOid(oid);
  if (definition === null) throw refusal('unavailable-attribute-type', oid);
  return definition;
}

function refusal(
  problem: AttributeProblem['problem'],
  type: string,
  value?: Uint8Array,
): MsRefusal {
  return attributeError([{ problem, type, ...(value !== undefined && { value }) }]);
}

type KeyOf = (value: Uint8Array) => string | number;

function assertion(
  { type, value }: { readonly type: string; readonly value: Uint8Array },
  isOrdering: boolean,
): { definition: AttributeDefinition; wanted: string | number; keyOf: KeyOf } {
  const definition = known(type);
  const { matching, isOrdered } = definition;
  if (matching === null || (isOrdering && !isOrdered)) {
    throw refusal('inappropriate-matching', type);
  }
  if (matching === 'or-name') throw serviceError('unwilling-to-perform');
  const keyOf = KEYS[matching];
  try {
    return { definition, wanted: keyOf(value), keyOf };
  } catch (error) {
    if (error instanceof ViolationError) throw refusal('invalid-attribute-value', type, value);
    throw error;
  }
}

/** What values of a syntax are compared by. Throws a violation for a value of another syntax. */
const KEYS: Readonly<Record<Exclude<AttributeDefinition['matching'], null | 'or-name'>, KeyOf>> = {
  integer: numberOf,
  boolean: (value) => (contentOf(value, [0x01])[0] === 0 ? 0 : 1),
  oid: (value) => formatHex(contentOf(value, [0x06])),
  'utc-time': (value) => {
    contentOf(value, [0x17]);
    const seconds = secondsOfUtcTime(utcTime.decode(readElement(value)));
    if (seconds === null) throw new ViolationError('asn1', 'bad-time');
    return seconds;
  },
  octets: formatHex,
  'ms-string': (value) => {
    // X.413 12: letter case, outer blanks and repeated inner blanks do not count.
    const octets = contentOf(value, [0x13, 0x14, 0x1b, 0x16]);
    return Buffer.from(octets).toString('latin1').trim().replaceAll(/ +/g, ' ').toLowerCase();
  },
};

/** INTEGER, ENUMERATED, and Priority with its APPLICATION tag compare by their number. */
function numberOf(value: Uint8Array): number {
  contentOf(value, [0x02, 0x0a, 0x47]);
  return integer().decode(readElement(value));
}

function contentOf(value: Uint8Array, identifiers: readonly number[]): Uint8Array {
  if (!identifiers.includes(value[0] ?? 0)) throw new ViolationError('asn1', 'unexpected-tag');
  return readElement(value).content;
}
