/**
 * Filters: checked before any entry is looked at, then compiled to a predicate. Truth has three
 * values inside; only TRUE selects.
 *
 * Source: X.413 (1999) 8.1.2; X.511 for the three values.
 */
import { readElement } from '../asn1/reader.js';
import { ViolationError } from '../base/errors.js';
import { FILTER_DEPTH_MAX } from '../limits.js';
import type { AttributeDefinition } from './attribute.js';
import { attributeByOid } from './attribute-table.js';
import type { Edition } from './common.js';
import type { EntrySource, RetrievalStatus } from './entry.js';
import { type AttributeProblem, attributeError, type MsRefusal, serviceError } from './errors.js';
import type { Filter, FilterItem } from './filter.js';
import { namedRuleOf, type RuleKind, ruleOf } from './matching.js';
import type { ValuesTest } from './matching-rule.js';

/** TRUE, FALSE, or undefined. */
type Truth = boolean | null;
type Test = (source: EntrySource) => Truth;

const STATUS_OID = '2.6.4.3.15';
const STATUSES: readonly RetrievalStatus[] = ['new', 'listed', 'processed'];

/** Compiles a filter. Throws the attribute-error or service-error that it deserves. */
export function compileFilter(
  filter: Filter,
  edition: Edition = '88',
): (source: EntrySource) => boolean {
  const test = compile(filter, edition, 1);
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

function compile(filter: Filter, edition: Edition, depth: number): Test {
  if (depth > FILTER_DEPTH_MAX) throw serviceError('unwilling-to-perform');
  switch (filter.kind) {
    case 'item':
      return compileItem(filter.value, edition);
    case 'not': {
      const inner = compile(filter.value, edition, depth + 1);
      return (source) => {
        const truth = inner(source);
        return truth === null ? null : !truth;
      };
    }
    case 'and':
    case 'or': {
      const parts = filter.value.map((part) => compile(part, edition, depth + 1));
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

function compileItem(item: FilterItem, edition: Edition): Test {
  switch (item.kind) {
    case 'present': {
      const definition = known(item.value, edition);
      return (source) => definition.values(source).length > 0;
    }
    case 'equality':
    case 'approximateMatch': {
      const { type, value } = item.value;
      const { definition, rule } = ruled(type, 'equality', edition);
      return tested(definition, value, () => rule.test(value));
    }
    case 'substrings': {
      const { type, strings } = item.value;
      const { definition, rule } = ruled(type, 'substrings', edition);
      return tested(definition, undefined, () => rule.test(strings));
    }
    case 'greaterOrEqual':
    case 'lessOrEqual': {
      const { type, value } = item.value;
      const { definition, rule } = ruled(type, 'ordering', edition);
      const isLower = item.kind === 'greaterOrEqual';
      return tested(definition, value, () => (isLower ? rule.atLeast(value) : rule.atMost(value)));
    }
    case 'otherMatch': {
      const { attributeType, matchingRule, matchValue } = item.value;
      const definition = known(attributeType, edition);
      const rule = namedRuleOf(definition.matching, matchingRule);
      if (rule === null) throw refusal('inappropriate-matching', attributeType);
      return tested(definition, matchValue, () => rule.test(matchValue));
    }
  }
}

/** The test, or the attribute-error for a value that is not of the rule's syntax. */
function tested(
  definition: AttributeDefinition,
  value: Uint8Array | undefined,
  make: () => ValuesTest,
): Test {
  try {
    const test = make();
    return (source) => test(definition.values(source));
  } catch (error) {
    if (!(error instanceof ViolationError)) throw error;
    throw refusal('invalid-attribute-value', definition.oid, value);
  }
}

function known(oid: string, edition: Edition): AttributeDefinition {
  const definition = attributeByOid(oid, edition);
  if (definition === null) throw refusal('unavailable-attribute-type', oid);
  return definition;
}

function ruled<K extends RuleKind>(oid: string, kind: K, edition: Edition) {
  const definition = known(oid, edition);
  const rule = ruleOf(definition.matching, kind, edition);
  if (rule === null) throw refusal('inappropriate-matching', oid);
  return { definition, rule };
}

function refusal(
  problem: AttributeProblem['problem'],
  type: string,
  value?: Uint8Array,
): MsRefusal {
  return attributeError([{ problem, type, ...(value !== undefined && { value }) }]);
}
