/**
 * What an attribute type is to the store: its rules, and how its values come from an entry. Values
 * are whole BER elements, taken from the octets that arrived wherever there are such; nothing is
 * derived before it is asked for.
 *
 * Source: X.413 (1999) 11; X.420 (1999) 19 for those of interpersonal messages.
 */
import { any } from '../asn1/any.js';
import { type Oid, objectIdentifier } from '../asn1/primitive.js';
import { type Asn1Type, encode } from '../asn1/type.js';
import { assert } from '../base/assert.js';
import { ViolationError } from '../base/errors.js';
import type { Edition } from './common.js';
import type { EntrySource, EntryType } from './entry.js';
import { MATCHING, type Matching, type MatchingName } from './matching.js';

/** The values that an entry has: none where it has not the attribute. */
export type Values = (source: EntrySource) => readonly Uint8Array[];

/**
 * The one value that an entry has at most, before it is encoded: who writes it somewhere else need
 * not encode it on its own.
 */
export interface SingleValue {
  readonly type: Asn1Type<unknown>;
  /** Null where the entry has none. */
  readonly of: (source: EntrySource) => unknown;
}

export function single<T>(type: Asn1Type<T>, of: (source: EntrySource) => T | null): SingleValue {
  return { type: type as Asn1Type<unknown>, of };
}

export interface AttributeDefinition {
  readonly name: string;
  readonly oid: Oid;
  /** The identifier as an element, to be written with each entry that has the attribute. */
  readonly encodedType: Uint8Array;
  /** 94: it does not exist in the application contexts of 1988. */
  readonly edition: Edition;
  readonly isMultiValued: boolean;
  readonly matching: Matching;
  /** Whether it may be asked for in List, and in Summarize. */
  readonly isListable: boolean;
  readonly isSummarizable: boolean;
  /** Whether its values come from the index, so that no file is opened. */
  readonly isIndexed: boolean;
  /** Entries of other types never have it. */
  readonly entryTypes: readonly EntryType[];
  /** Never throws for what a peer has sent: what cannot be read gives no values. */
  readonly values: Values;
  /** The same, where there is one value at most that comes as it is in the index or the file. */
  readonly single: SingleValue | null;
  /**
   * Which body part each of the values is, counting parts from one; null where values are no body
   * parts. Who is given such a value has got that part.
   */
  readonly bodyPartNumbers: ((source: EntrySource) => readonly number[]) | null;
}

const ENTRY_TYPE_LETTERS: Readonly<Record<string, EntryType>> = {
  d: 'delivered-message',
  r: 'delivered-report',
  c: 'returned-content',
  s: 'submitted-message',
  p: 'submitted-probe',
  f: 'draft-message',
  a: 'auto-action-event',
};
const FLAG_LETTERS = 'MLZX4';

/**
 * A row of the table. `flags`, in any order: M multi-valued, L List, Z Summarize, X indexed, 4 of
 * 1994; d delivered message, r delivered report, c returned content, s submitted message, p
 * submitted probe, f draft, a auto-action event.
 */
export function attribute(
  oid: Oid,
  name: string,
  matching: MatchingName,
  flags: string,
  derive: Values | SingleValue,
  bodyPartNumbers: AttributeDefinition['bodyPartNumbers'] = null,
): AttributeDefinition {
  const letters = [...flags.replaceAll(' ', '')];
  const entryTypes = letters.flatMap((letter) => ENTRY_TYPE_LETTERS[letter] ?? []);
  const flagCount = letters.filter((letter) => FLAG_LETTERS.includes(letter)).length;
  assert(flagCount + entryTypes.length === letters.length, `${name} has known flags only`);
  assert(entryTypes.length > 0, `some entry can have ${name}`);
  const guarded =
    <T, None>(read: (source: EntrySource) => T, none: None) =>
    (source: EntrySource) =>
      entryTypes.includes(source.entry.entryType) ? readable(read, source, none) : none;
  const one = 'of' in derive ? { ...derive, of: guarded(derive.of, null) } : null;
  return {
    name,
    oid,
    encodedType: encode(objectIdentifier, oid),
    edition: flags.includes('4') ? '94' : '88',
    isMultiValued: flags.includes('M'),
    matching: MATCHING[matching],
    isListable: flags.includes('L'),
    isSummarizable: flags.includes('Z'),
    isIndexed: flags.includes('X'),
    entryTypes,
    values: 'of' in derive ? guarded(valuesOf(derive), []) : guarded(derive, []),
    single: one,
    bodyPartNumbers: bodyPartNumbers === null ? null : guarded(bodyPartNumbers, []),
  };
}

const valuesOf =
  ({ type, of }: SingleValue): Values =>
  (source) => {
    const value = of(source);
    if (value === null) return [];
    return [type === any ? (value as Uint8Array) : encode(type, value)];
  };

/** What cannot be read gives no values: a broken content is stored all the same. */
function readable<T, None>(
  read: (source: EntrySource) => T,
  source: EntrySource,
  none: None,
): T | None {
  try {
    return read(source);
  } catch (error) {
    if (error instanceof ViolationError) return none;
    throw error;
  }
}
