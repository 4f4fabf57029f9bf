/**
 * The attributes of extended body parts. Each type of them makes two: under the identifier of its
 * data and under that of its parameters, which are the types of the attributes. A value is what
 * stands in the body part's EXTERNAL: the data or the parameters under an EXPLICIT [0].
 *
 * Identifiers under the arcs of the standards are known beforehand. Any other may be that of a body
 * part as well: whether it is, only an entry can tell.
 *
 * Source: X.420 (1999) 19.6.3.2, module IPMSExtendedBodyPartTypes; STANAG 4406 Annex A for the
 * military ones.
 */
import { orNull } from '../asn1/elements.js';
import { wrap } from '../asn1/header.js';
import type { Oid } from '../asn1/primitive.js';
import { readElement } from '../asn1/reader.js';
import { context } from '../asn1/tag.js';
import { joinOctets } from '../base/octets.js';
import type { Instance } from '../x420/external.js';
import { type AttributeDefinition, attribute } from './attribute.js';
import { bodyPartsOf } from './body-part-view.js';
import type { EntrySource } from './entry.js';

const DATA_ARC = '2.6.1.4';
const PARAMETERS_ARC = '2.6.1.11';
const MILITARY_ARC = '1.3.26.0.4406.0.7';

/** Names by the last arc of the data's identifier; that of parameters is the same. */
const STANDARD: readonly (readonly [arc: number, name: string, hasParameters: boolean])[] = [
  [0, 'ia5-text', true],
  [2, 'g3-facsimile', true],
  [3, 'g4-class1', false],
  [4, 'teletex', true],
  [5, 'videotex', true],
  [6, 'encrypted', true],
  [7, 'message', true],
  [8, 'mixed-mode', false],
  [9, 'bilaterally-defined', false],
  [10, 'nationally-defined', false],
  [11, 'general-text', true],
  [12, 'file-transfer', true],
  [14, 'report', false],
  [15, 'notification', true],
  [16, 'voice', true],
  [18, 'pkcs7', false],
];
/** Last arcs of data and parameters. */
const MILITARY: readonly (readonly [data: number, parameters: number, name: string])[] = [
  [0, 2, 'adatp3'],
  [1, 3, 'corrections'],
  [6, 7, 'forwarded-encrypted'],
  [9, 10, 'mm-message'],
  [12, 13, 'acp127-data'],
];

/** The attribute of that type, for the type of the data of some body part or of its parameters. */
export function bodyPartAttribute(oid: Oid, name = `extended body part ${oid}`) {
  const values = (source: EntrySource) =>
    bodyPartsOf(source).flatMap(({ extended }) => {
      if (extended === null) return [];
      if (extended.type === oid) return encodedValue(extended.data);
      return extended.parameters?.type === oid ? encodedValue(extended.parameters) : [];
    });
  const numbers = (source: EntrySource) =>
    bodyPartsOf(source).flatMap(({ number, extended }) =>
      extended?.type === oid && encodedValue(extended.data).length > 0 ? [number] : [],
    );
  if (isParameters(oid)) return attribute(oid, name, 'none', 'ML dcsf', values);
  return attribute(oid, name, 'none', 'M dcsf', values, numbers);
}

/** Null for a type outside the standards' arcs. */
export function standardBodyPartAttribute(oid: Oid): AttributeDefinition | null {
  const isKnown = [DATA_ARC, PARAMETERS_ARC, MILITARY_ARC].some((arc) => isBelow(oid, arc));
  return isKnown ? bodyPartAttribute(oid) : null;
}

/** Those of the types that the standards name. */
export const EXTENDED_BODY_PART_ATTRIBUTES: readonly AttributeDefinition[] = [
  ...STANDARD.flatMap(([arc, name, hasParameters]) => [
    bodyPartAttribute(`${DATA_ARC}.${arc}`, `${name} data`),
    ...(hasParameters ? [bodyPartAttribute(`${PARAMETERS_ARC}.${arc}`, `${name} parameters`)] : []),
  ]),
  ...MILITARY.flatMap(([data, parameters, name]) => [
    bodyPartAttribute(`${MILITARY_ARC}.${data}`, `${name} data`),
    bodyPartAttribute(`${MILITARY_ARC}.${parameters}`, `${name} parameters`),
  ]),
];

function isBelow(oid: Oid, arc: Oid): boolean {
  return oid.startsWith(`${arc}.`);
}

/** Parameters are listed as those of basic body parts are, data are not. */
function isParameters(oid: Oid): boolean {
  if (isBelow(oid, PARAMETERS_ARC)) return true;
  return MILITARY.some(([, parameters]) => oid === `${MILITARY_ARC}.${parameters}`);
}

/** What was sent octet-aligned is given under [0] where it is one element, and else not at all. */
function encodedValue({ encoding }: Instance): Uint8Array[] {
  if (encoding.tag === context(0)) return [encoding.whole];
  if (encoding.tag !== context(1) || encoding.isConstructed) return [];
  const element = orNull(() => readElement(encoding.content));
  return element === null ? [] : [joinOctets(wrap(context(0), [element.whole]))];
}
