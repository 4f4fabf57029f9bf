/**
 * Filters: checked before any entry is looked at, then cut in two: what the index decides by its
 * columns while it scans, and a test of what they leave open, which may open the message file.
 *
 * Truth has three values inside: an item is TRUE when some value matches, FALSE when none does or
 * the attribute is absent, undefined when none matches and one cannot be read, or the message not.
 * Only TRUE selects.
 *
 * Source: X.413 (1999) 8.1.2, 9.2; X.511 for the three values.
 */

import { integer } from '../asn1/primitive.js';
import { readElement } from '../asn1/reader.js';
import { utcTime } from '../asn1/string.js';
import { TAG } from '../asn1/tag.js';
import { secondsOfUtcTime } from '../asn1/time.js';
import { decode } from '../asn1/type.js';
import { ViolationError } from '../base/errors.js';
import { FILTER_DEPTH_MAX, FILTER_ITEMS_MAX } from '../limits.js';
import { signatureOfText } from '../store/index/subject-signature.js';
import type { AttributeDefinition } from '../x413/attribute.js';
import type { Edition } from '../x413/common.js';
import type { EntrySource } from '../x413/entry.js';
import { invalidParametersError, serviceError } from '../x413/errors.js';
import type { Filter, FilterItem } from '../x413/filter.js';
import { namedRuleOf, type RuleKind, ruleOf } from '../x413/matching.js';
import type { SubstringPiece, Truth, ValuesTest } from '../x413/matching-rule.js';
import { type AttributeProblems, attributeOf } from './attribute-problems.js';
import { COLUMNS, type Column, type Condition, conditionsOfSome } from './column-conditions.js';
import { readableValues } from './readable-values.js';

export interface CompiledFilter {
  /** Each holds for every entry that the filter selects. */
  readonly conditions: readonly Condition[];
  /** What they leave open; null: nothing, an entry that satisfies them all is selected. */
  readonly test: ((source: EntrySource) => boolean) | null;
  /** How many items the test may ask of one entry. */
  readonly itemCount: number;
  /** Whether the filter selects an entry that no scan has yielded. */
  readonly selects: (source: EntrySource) => boolean;
}

export const NO_FILTER: CompiledFilter = {
  conditions: [],
  test: null,
  itemCount: 0,
  selects: () => true,
};

type Test = (source: EntrySource) => Truth;
type Item<K extends FilterItem['kind']> = Extract<FilterItem, { readonly kind: K }>;

/** A filter, or a part of it. */
interface Part {
  /** Each holds for every entry for which the part is TRUE. */
  readonly conditions: readonly Condition[];
  /** Whether the part is TRUE for every entry that satisfies them, and FALSE for all others. */
  readonly isExact: boolean;
  readonly test: Test;
}

/** Stands for an item with a problem: the filter is refused before anybody asks. */
const NO_ITEM: Part = { conditions: [], isExact: false, test: () => false };

/**
 * Compiles a filter. What is wrong with its attributes is put among the problems; where there are
 * any, the result is not to be used. Throws service-error for one that is too deep or too long, and
 * invalid-parameters-error for what the edition does not have.
 */
export function compileFilter(
  filter: Filter,
  edition: Edition,
  problems: AttributeProblems,
): CompiledFilter {
  const compiler = new Compiler(edition, problems);
  const { conditions, isExact, test } = compiler.compile(filter, 1);
  const selects = (source: EntrySource) => test(source) === true;
  const { itemCount } = compiler;
  return { conditions, test: isExact ? null : selects, itemCount, selects };
}

class Compiler {
  readonly #edition: Edition;
  readonly #problems: AttributeProblems;
  itemCount = 0;

  constructor(edition: Edition, problems: AttributeProblems) {
    this.#edition = edition;
    this.#problems = problems;
  }

  compile(filter: Filter, depth: number): Part {
    if (depth > FILTER_DEPTH_MAX) throw serviceError('unwilling-to-perform');
    switch (filter.kind) {
      case 'item':
        return this.#item(filter.value) ?? NO_ITEM;
      case 'not':
        return negation(this.compile(filter.value, depth + 1));
      case 'and':
        return conjunction(filter.value.map((part) => this.compile(part, depth + 1)));
      case 'or':
        return disjunction(filter.value.map((part) => this.compile(part, depth + 1)));
    }
  }

  /** Null where the item has a problem. */
  #item(item: FilterItem): Part | null {
    this.itemCount += 1;
    if (this.itemCount > FILTER_ITEMS_MAX) throw serviceError('unwilling-to-perform');
    switch (item.kind) {
      case 'present':
        return this.#presence(item.value);
      case 'equality':
      case 'approximateMatch':
        return this.#equality(item.value);
      case 'greaterOrEqual':
      case 'lessOrEqual':
        return this.#ordering(item);
      case 'substrings':
        return this.#substrings(item.value);
      case 'otherMatch':
        return this.#otherMatch(item.value);
    }
  }

  #presence(type: string): Part | null {
    const definition = attributeOf(type, this.#edition, this.#problems);
    if (definition === null) return null;
    const test: Test = (source) => {
      const values = readableValues(definition, source);
      return values === null ? null : values.length > 0;
    };
    const column = COLUMNS.get(type);
    return column === undefined ? open(test) : exact(test, { column, from: 0, to: Infinity });
  }

  #equality({ type, value }: Item<'equality'>['value']): Part | null {
    const found = this.#rule(type, 'equality');
    if (found === null) return null;
    const test = this.#test(found.definition, value, () => found.rule.test(value));
    if (test === null) return null;
    const column = COLUMNS.get(type);
    const number = column === undefined ? null : numberOf(column, value);
    if (column !== undefined && number !== null) {
      return exact(test, { column, from: number, to: number });
    }
    return type === SUBJECT ? signed(test, [value]) : open(test);
  }

  #ordering(item: Item<'greaterOrEqual' | 'lessOrEqual'>): Part | null {
    const { type, value } = item.value;
    const isLower = item.kind === 'greaterOrEqual';
    const found = this.#rule(type, 'ordering');
    if (found === null) return null;
    const { definition, rule } = found;
    const test = this.#test(definition, value, () =>
      isLower ? rule.atLeast(value) : rule.atMost(value),
    );
    if (test === null) return null;
    const column = COLUMNS.get(type);
    const number = column === undefined ? null : numberOf(column, value);
    if (column === undefined || number === null) return open(test);
    const [from, to] = isLower ? [Math.max(0, number), Infinity] : [0, number];
    return exact(test, { column, from, to });
  }

  #substrings({ type, strings }: Item<'substrings'>['value']): Part | null {
    const found = this.#rule(type, 'substrings');
    if (found === null) return null;
    // What is asked of the order of the pieces is no rule that any attribute has.
    if (!isInOrder(strings)) {
      this.#problems.add('inappropriate-matching', type);
      return null;
    }
    const { definition, rule } = found;
    const test = this.#test(definition, strings[0]?.value, () => rule.test(strings));
    if (test === null) return null;
    const values = strings.map(({ value }) => value);
    return type === SUBJECT ? signed(test, values) : open(test);
  }

  #otherMatch({ attributeType, matchingRule, matchValue }: Item<'otherMatch'>['value']) {
    if (this.#edition === '88') throw invalidParametersError();
    const definition = attributeOf(attributeType, this.#edition, this.#problems);
    if (definition === null) return null;
    const rule = namedRuleOf(definition.matching, matchingRule);
    if (rule === null) {
      this.#problems.add('inappropriate-matching', attributeType);
      return null;
    }
    const test = this.#test(definition, matchValue, () => rule.test(matchValue));
    return test === null ? null : open(test);
  }

  /** The rule of the kind that the type has; null, and a problem, where it has none. */
  #rule<K extends RuleKind>(type: string, kind: K) {
    const definition = attributeOf(type, this.#edition, this.#problems);
    if (definition === null) return null;
    const rule = ruleOf(definition.matching, kind, this.#edition);
    if (rule !== null) return { definition, rule };
    this.#problems.add('inappropriate-matching', type);
    return null;
  }

  /** The test; null, and a problem, for a value that is not of the rule's syntax. */
  #test(
    definition: AttributeDefinition,
    value: Uint8Array | undefined,
    make: () => ValuesTest,
  ): Test | null {
    try {
      const test = make();
      return (source) => {
        const values = readableValues(definition, source);
        return values === null ? null : test(values);
      };
    } catch (error) {
      if (!(error instanceof ViolationError)) throw error;
      this.#problems.add('invalid-attribute-value', definition.oid, value);
      return null;
    }
  }
}

/** Nothing but the test can tell. */
function open(test: Test): Part {
  return { conditions: [], isExact: false, test };
}

/** The condition says it all. */
function exact(test: Test, condition: Condition): Part {
  return { conditions: [condition], isExact: true, test };
}

/** A part of a subject: whose subject lacks its pairs of letters cannot have it. */
function signed(test: Test, texts: readonly Uint8Array[]): Part {
  const signature = texts.reduce((bits, text) => bits | signatureOf(text), 0) >>> 0;
  return { conditions: [{ column: 'subject', signature }], isExact: false, test };
}

/** From the conditions of a part nothing follows for its contrary. */
function negation({ test }: Part): Part {
  return open((source) => {
    const truth = test(source);
    return truth === null ? null : !truth;
  });
}

/** FALSE decides a conjunction; undefined only where nothing does. */
function conjunction(parts: readonly Part[]): Part {
  const undecided = parts.filter(({ isExact }) => !isExact);
  return {
    conditions: parts.flatMap(({ conditions }) => conditions),
    isExact: undecided.length === 0,
    // Whoever asks has seen the conditions satisfied; but a negation asks about all entries.
    test: (source) => decide(parts, source, false),
  };
}

/** TRUE decides a disjunction. */
function disjunction(parts: readonly Part[]): Part {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
  return {
    conditions: conditionsOfSome(parts.map(({ conditions }) => conditions)),
    isExact: false,
    test: (source) => decide(parts, source, true),
  };
}

function decide(parts: readonly Part[], source: EntrySource, decisive: boolean): Truth {
  let truth: Truth = !decisive;
  for (const { test } of parts) {
    const found = test(source);
    if (found === decisive) return decisive;
    if (found === null) truth = null;
  }
  return truth;
}

/** `initial` stands first or nowhere, `final` last or nowhere. */
function isInOrder(pieces: readonly SubstringPiece[]): boolean {
  const last = pieces.length - 1;
  return pieces.every(
    ({ kind }, at) => (kind !== 'initial' || at === 0) && (kind !== 'final' || at === last),
  );
}

const SUBJECT = '2.6.1.7.4';

/** Strings of eight-bit characters; of all others nothing is known in advance. */
const EIGHT_BIT: ReadonlySet<number> = new Set([
  TAG.printableString,
  TAG.teletexString,
  TAG.ia5String,
  TAG.generalString,
]);

function signatureOf(text: Uint8Array): number {
  const element = readElement(text);
  const isPlain = EIGHT_BIT.has(element.tag) && !element.isConstructed;
  return isPlain ? signatureOfText(element.content) : 0;
}

/** The number that the column holds for a value; null where it holds none. */
function numberOf(column: Column, value: Uint8Array): number | null {
  if (column === 'creationTime') return secondsOfUtcTime(decode(utcTime, value));
  return integer().decode(readElement(value));
}
