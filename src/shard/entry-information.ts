/**
 * What is returned of an entry: the attributes asked for that it has, with the values asked for.
 *
 * Source: X.413 (1999) 8.1.4, 8.1.5.
 */

import type { AttributeDefinition } from '../x413/attribute.js';
import { attributeByOid } from '../x413/attribute-table.js';
import type { EntrySource } from '../x413/entry.js';
import { type AttributeProblem, attributeError } from '../x413/errors.js';
import type { EntryInformation, EntryInformationSelection } from '../x413/selection.js';

/** One attribute asked for: all its values, or `count` from the `from`th. */
export interface WantedAttribute {
  readonly definition: AttributeDefinition;
  readonly from: number;
  readonly count: number;
}

/**
 * Resolves what is asked for. Throws attribute-error for types that do not exist, and, with
 * `isForList`, for those that List may not return; all of them in one error.
 */
export function wantedAttributes(
  selection: EntryInformationSelection | undefined,
  isForList: boolean,
): readonly WantedAttribute[] {
  const wanted: WantedAttribute[] = [];
  const problems: AttributeProblem[] = [];
  for (const { type, from = 1, count } of selection ?? []) {
    const definition = attributeByOid(type);
    if (definition === null) {
      problems.push({ problem: 'unavailable-attribute-type', type });
    } else if (isForList && !definition.isListable) {
      problems.push({ problem: 'inappropriate-for-operation', type });
    } else {
      const some = count ?? Number.POSITIVE_INFINITY;
      const isMulti = definition.isMultiValued;
      wanted.push({ definition, from: isMulti ? from : 1, count: isMulti ? some : 1 });
    }
  }
  if (problems.length > 0) throw attributeError(problems);
  return wanted;
}

export function entryInformation(
  source: EntrySource,
  wanted: readonly WantedAttribute[],
): EntryInformation {
  const attributes = [];
  for (const { definition, from, count } of wanted) {
    const all = definition.values(source);
    const values = from === 1 && all.length <= count ? all : all.slice(from - 1, from - 1 + count);
    if (values.length > 0) attributes.push({ type: definition.oid, values });
  }
  const sequenceNumber = source.entry.sequence;
  return attributes.length === 0 ? { sequenceNumber } : { sequenceNumber, attributes };
}
