/**
 * What is returned of an entry: the attributes asked for that it has, with the values asked for.
 *
 * Source: X.413 (1999) 8.1.4, 8.1.5.
 */
import { TAG } from '../asn1/tag.js';
import { explicit } from '../asn1/tagged.js';
import type { BerWriter } from '../asn1/writer.js';
import { SELECTION_ATTRIBUTES_MAX } from '../limits/upper-bounds.js';
import type { AttributeDefinition } from '../x413/attribute.js';
import { attributeByOid, isOfLaterEdition, ownBodyPartAttribute } from '../x413/attribute-table.js';
import { type Edition, SequenceNumberType } from '../x413/common.js';
import type { EntrySource } from '../x413/entry.js';
import { invalidParametersError } from '../x413/errors.js';
import {
  AttributeValueCounts,
  type EntryInformation,
  type EntryInformationSelection,
} from '../x413/selection.js';
import { type AttributeProblems, attributeOf } from './attribute-problems.js';
import type { OperationContext } from './operation.js';
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

/** Default attributes as a selection: all values of those that the edition, and the user, has. */
export function selectionOf(
  types: readonly string[],
  { edition, unsubscribed }: Pick<OperationContext, 'edition' | 'unsubscribed'>,
): EntryInformationSelection {
  const isThere = (type: string) =>
    attributeByOid(type, edition) !== null && !unsubscribed?.attributes.includes(type);
  return types.filter(isThere).map((type) => ({ type }));
}

type ValuesOf = (definition: AttributeDefinition, source: EntrySource) => readonly Uint8Array[];

/** Throws DamageError: who asks for one entry is to hear that it is damaged. */
const valuesAlways: ValuesOf = (definition, source) => definition.values(source);
/** Who asks for many gets the others, and of the damaged one what the index has. */
export const valuesWherePossible: ValuesOf = (definition, source) =>
  readableValues(definition, source) ?? [];

/**
 * Writes the EntryInformation that {@link entryInformation} gives, octet by octet the same, without
 * making it: what the index has goes straight to where it is to stand. Tells whether the entry has
 * any of the attributes.
 */
export function writeEntryInformation(
  writer: BerWriter,
  source: EntrySource,
  wanted: Wanted,
  valuesOf = valuesAlways,
): boolean {
  const end = writer.mark();
  const counts = valueCounts(source, wanted, valuesOf);
  if (counts.length > 0) ValueCountExceeded.encode(writer, counts);
  const setEnd = writer.mark();
  for (let at = wanted.attributes.length - 1; at >= 0; at -= 1) {
    const attribute = wanted.attributes[at];
    if (attribute !== undefined) writeAttribute(writer, source, attribute, valuesOf);
  }
  const hasAttributes = writer.mark() > setEnd;
  if (hasAttributes) writer.header(TAG.set, true, setEnd);
  SequenceNumberType.encode(writer, source.entry.sequence);
  writer.header(TAG.sequence, true, end);
  return hasAttributes;
}

const ValueCountExceeded = explicit(0, AttributeValueCounts);

/** Nothing where the entry has no such value. */
function writeAttribute(
  writer: BerWriter,
  source: EntrySource,
  { definition, from, count }: WantedAttribute,
  valuesOf: ValuesOf,
): void {
  const end = writer.mark();
  const { single, encodedType } = definition;
  if (single !== null && from === 1 && count > 0) {
    const value = single.of(source);
    if (value === null) return;
    single.type.encode(writer, value);
  } else {
    const values = valuesFrom(valuesOf(definition, source), from, count);
    if (values.length === 0) return;
    for (const value of values.toReversed()) writer.octets(value);
  }
  writer.header(TAG.sequence, true, end);
  writer.octets(encodedType);
  writer.header(TAG.sequence, true, end);
}

function valuesFrom(all: readonly Uint8Array[], from: number, count: number) {
  return from === 1 && all.length <= count ? all : all.slice(from - 1, from - 1 + count);
}

/** Of every type of which `count` holds some values back. There is no such thing in 1988. */
function valueCounts(
  source: EntrySource,
  { attributes, edition }: Wanted,
  valuesOf: ValuesOf,
): { type: string; total: number }[] {
  if (edition === '88') return [];
  return attributes.flatMap(({ definition, from, count }) => {
    if (!definition.isMultiValued || count === Number.POSITIVE_INFINITY) return [];
    const total = valuesOf(definition, source).length;
    return total > from - 1 + count ? [{ type: definition.oid, total }] : [];
  });
}

/** In 1994 also the number of values there are, of every type of which `count` held some back. */
export function entryInformation(
  source: EntrySource,
  wanted: Wanted,
  valuesOf = valuesAlways,
): EntryInformation {
  const valueCountExceeded = valueCounts(source, wanted, valuesOf);
  const attributes = wanted.attributes.flatMap(({ definition, from, count }) => {
    const values = valuesFrom(valuesOf(definition, source), from, count);
    return values.length === 0 ? [] : [{ type: definition.oid, values }];
  });
  return {
    sequenceNumber: source.entry.sequence,
    ...(attributes.length > 0 && { attributes }),
    ...(valueCountExceeded.length > 0 && { valueCountExceeded }),
  };
}
