/**
 * What an attribute type is to the store: its rules, and how its values come from an entry. Values
 * are whole BER elements, taken from the octets that arrived wherever there are such; nothing is
 * derived before it is asked for.
 *
 * Source: X.413 (1999) 11; X.420 (1999) 19 for those of interpersonal messages.
 */
import type { Oid } from '../asn1/primitive.js';
import { assert } from '../base/assert.js';
import { ViolationError } from '../base/errors.js';
import type { Edition } from './common.js';
import type { EntrySource, EntryType } from './entry.js';
import { MATCHING, type Matching, type MatchingName } from './matching.js';

/** The values that an entry has: none where it has not the attribute. */
export type Values = (source: EntrySource) => readonly Uint8Array[];

export interface AttributeDefinition {
  readonly name: string;
  readonly oid: Oid;
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
  derive: Values,
  bodyPartNumbers: AttributeDefinition['bodyPartNumbers'] = null,
): AttributeDefinition {
  const letters = [...flags.replaceAll(' ', '')];
  const entryTypes = letters.flatMap((letter) => ENTRY_TYPE_LETTERS[letter] ?? []);
  const flagCount = letters.filter((letter) => FLAG_LETTERS.includes(letter)).length;
  assert(flagCount + entryTypes.length === letters.length, `${name} has known flags only`);
  assert(entryTypes.length > 0, `some entry can have ${name}`);
  const guarded =
    <T>(read: (source: EntrySource) => readonly T[]) =>
    (source: EntrySource) =>
      entryTypes.includes(source.entry.entryType) ? readable(() => read(source)) : [];
  return {
    name,
    oid,
    edition: flags.includes('4') ? '94' : '88',
    isMultiValued: flags.includes('M'),
    matching: MATCHING[matching],
    isListable: flags.includes('L'),
    isSummarizable: flags.includes('Z'),
    isIndexed: flags.includes('X'),
    entryTypes,
    values: guarded(derive),
    bodyPartNumbers: bodyPartNumbers === null ? null : guarded(bodyPartNumbers),
  };
}

/** What cannot be read gives no values: a broken content is stored all the same. */
function readable<T>(derive: () => readonly T[]): readonly T[] {
  try {
    return derive();
  } catch (error) {
    if (error instanceof ViolationError) return [];
    throw error;
  }
}
