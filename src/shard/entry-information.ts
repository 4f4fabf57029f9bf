/**
 * What is returned of an entry: the attributes asked for that it has, with the values asked for.
 *
 * Source: X.413 (1999) 8.1.4, 8.1.5.
 */
import { SELECTION_ATTRIBUTES_MAX } from '../limits.js';
import type { AttributeDefinition } from '../x413/attribute.js';
import { attributeByOid, isOfLaterEdition, ownBodyPartAttribute } from '../x413/attribute-table.js';
import type { Edition } from '../x413/common.js';
import type { EntrySource } from '../x413/entry.js';
import { invalidParametersError } from '../x413/errors.js';
import type { EntryInformation, EntryInformationSelection } from '../x413/selection.js';
import { type AttributeProblems, attributeOf } from './attribute-problems.js';
import { readableValues } from './readable-values.js';

/** One attribute asked for: all its values, or `count` from the `from`th. */
export interface WantedAttribute {
  readonly definition: AttributeDefinition;
  readonly from: number;
  readonly count: number;
}

/** Attributes asked for, by an association of an edition. */
export interface Wanted {
  readonly attributes: readonly WantedAttribute[];
  readonly edition: Edition;
}

/**
 * Resolves what is asked for. Types of a later edition are left out: widespread clients ask for
 * them over application contexts of 1988. Types that do not exist, and, with `isForList`, those
 * that List may not return, are put among the problems. With a `source`, types of its own body
 * parts exist. Throws invalid-parameters-error for more types than there can be.
 */
export function wantedAttributes(
  selection: EntryInformationSelection | undefined,
  isForList: boolean,
  edition: Edition,
  problems: AttributeProblems,
  source: EntrySource | null = null,
): Wanted {
  if ((selection?.length ?? 0) > SELECTION_ATTRIBUTES_MAX) throw invalidParametersError();
  const attributes: WantedAttribute[] = [];
  for (const { type, from = 1, count = Number.POSITIVE_INFINITY } of selection ?? []) {
    if (isOfLaterEdition(type, edition)) continue;
    const own = source === null ? null : ownBodyPartAttribute(source, type, edition);
    const definition = own ?? attributeOf(type, edition, problems);
    if (definition === null) continue;
    if (isForList && !definition.isListable) problems.add('inappropriate-for-operation', type);
    else if (definition.isMultiValued) attributes.push({ definition, from, count });
    // Where there is one value at most, there is nothing to choose from.
    else attributes.push({ definition, from: 1, count: 1 });
  }
  return { attributes, edition };
}

/** Default attributes as a selection: all values of those that the edition has. */
export function selectionOf(types: readonly string[], edition: Edition): EntryInformationSelection {
  return types.filter((type) => attributeByOid(type, edition) !== null).map((type) => ({ type }));
}

type ValuesOf = (definition: AttributeDefinition, source: EntrySource) => readonly Uint8Array[];

/** Throws DamageError: who asks for one entry is to hear that it is damaged. */
const valuesAlways: ValuesOf = (definition, source) => definition.values(source);
/** Who asks for many gets the others, and of the damaged one what the index has. */
export const valuesWherePossible: ValuesOf = (definition, source) =>
  readableValues(definition, source) ?? [];

/** In 1994 also the number of values there are, of every type of which `count` held some back. */
export function entryInformation(
  source: EntrySource,
  { attributes: wanted, edition }: Wanted,
  valuesOf = valuesAlways,
): EntryInformation {
  const attributes = [];
  const valueCountExceeded = [];
  for (const { definition, from, count } of wanted) {
    const { oid: type } = definition;
    const all = valuesOf(definition, source);
    const values = from === 1 && all.length <= count ? all : all.slice(from - 1, from - 1 + count);
    if (values.length > 0) attributes.push({ type, values });
    if (all.length > from - 1 + count) valueCountExceeded.push({ type, total: all.length });
  }
  return {
    sequenceNumber: source.entry.sequence,
    ...(attributes.length > 0 && { attributes }),
    ...(edition === '94' && valueCountExceeded.length > 0 && { valueCountExceeded }),
  };
}
