/**
 * The attributes of an interpersonal message that come from its body: the whole of it, and its
 * basic body parts by their types, each as a whole, by its parameters and by its data. Extended
 * body parts have attributes of their own: attributes-extended.ts.
 *
 * Source: X.420 (1999) 19.6.3, module IPMSMessageStoreAttributes; 7.3 for the body parts.
 */
import { childrenOf, retag } from '../asn1/elements.js';
import { integer, objectIdentifier } from '../asn1/primitive.js';
import type { Element } from '../asn1/reader.js';
import { context, TAG, type Tag } from '../asn1/tag.js';
import { encode } from '../asn1/type.js';
import { type AttributeDefinition, attribute, type Values } from './attribute.js';
import { type BodyPart, bodyPartsOf } from './body-part-view.js';
import { contentView } from './content-view.js';
import type { EntrySource } from './entry.js';
import type { MatchingName } from './matching.js';

/** The basic body parts with the tag. */
const basic = (source: EntrySource, number: number): BodyPart[] =>
  bodyPartsOf(source).filter(({ element }) => element.tag === context(number));

const numbersOf = (number: number) => (source: EntrySource) =>
  basic(source, number).map((part) => part.number);

/** Whole body parts of one basic type, under the tag of the type itself. */
const parts =
  (number: number, tag: Tag): Values =>
  (source) =>
    basic(source, number).map(({ element }) => retag(element, tag));

/** Nationally-defined: an open type, whose tag is therefore EXPLICIT. */
const openParts =
  (number: number): Values =>
  (source) =>
    basic(source, number).flatMap(({ element }) => childrenOf(element).map(({ whole }) => whole));

/** Parameters (0) or data (1) of the body parts of one basic type. */
const half =
  (number: number, which: 0 | 1): Values =>
  (source) =>
    basic(source, number).flatMap(({ element }) => wholeOf(childrenOf(element)[which]));

const wholeOf = (element: Element | undefined) => (element === undefined ? [] : [element.whole]);

/** The data type of each extended body part, each once. */
const extendedTypes: Values = (source) => {
  const types = bodyPartsOf(source).flatMap(({ extended }) => extended?.type ?? []);
  return [...new Set(types)].map((oid) => encode(objectIdentifier, oid));
};

/** The child-entries that were made of the messages in it. */
const messageParts: Values = (source) =>
  bodyPartsOf(source).flatMap(({ child }) => (child === null ? [] : [encode(integer(), child)]));

const wholeBody: Values = (source) => wholeOf(contentView(source).message?.body);

const { sequence, octetString } = TAG;
const row = (
  number: number,
  name: string,
  matching: MatchingName,
  flags: string,
  derive: Values,
  bodyPartNumbers: AttributeDefinition['bodyPartNumbers'] = null,
) => attribute(`2.6.1.8.${number}`, name, matching, `${flags} dcsf`, derive, bodyPartNumbers);

/** A whole body part of a basic type. */
const partRow = (number: number, name: string, tagNumber: number, tag: Tag) =>
  row(number, name, 'none', 'M', parts(tagNumber, tag), numbersOf(tagNumber));
const parametersRow = (number: number, name: string, tagNumber: number) =>
  row(number, name, 'none', 'ML', half(tagNumber, 0));
const dataRow = (number: number, name: string, tagNumber: number) =>
  row(number, name, 'none', 'M', half(tagNumber, 1), numbersOf(tagNumber));

export const BODY_ATTRIBUTES: readonly AttributeDefinition[] = [
  row(0, 'body', 'none', '', wholeBody),
  partRow(1, 'ia5-text-body-parts', 0, sequence),
  partRow(3, 'g3-facsimile-body-parts', 3, sequence),
  partRow(4, 'g4-class1-body-parts', 4, sequence),
  partRow(5, 'teletex-body-parts', 5, sequence),
  partRow(6, 'videotex-body-parts', 6, sequence),
  partRow(7, 'encrypted-body-parts', 8, sequence),
  row(8, 'message-body-parts', 'none', 'ML', messageParts),
  partRow(9, 'mixed-mode-body-parts', 11, sequence),
  partRow(10, 'bilaterally-defined-body-parts', 14, octetString),
  row(11, 'nationally-defined-body-parts', 'none', 'M', openParts(7), numbersOf(7)),
  row(12, 'extended-body-part-types', 'oid', 'MLZ', extendedTypes),
  parametersRow(13, 'ia5-text-parameters', 0),
  parametersRow(15, 'g3-facsimile-parameters', 3),
  parametersRow(16, 'teletex-parameters', 5),
  parametersRow(17, 'videotex-parameters', 6),
  parametersRow(18, 'encrypted-parameters', 8),
  parametersRow(19, 'message-parameters', 9),
  dataRow(20, 'ia5-text-data', 0),
  dataRow(22, 'g3-facsimile-data', 3),
  dataRow(23, 'teletex-data', 5),
  dataRow(24, 'videotex-data', 6),
  dataRow(25, 'encrypted-data', 8),
  dataRow(26, 'message-data', 9),
];
