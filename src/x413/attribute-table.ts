/**
 * All attribute types that the store implements, by their object identifiers. Of extended body
 * parts those are listed that the standards name; others under the same arcs are answered as well.
 *
 * Source: X.413 (1999) 11; X.420 (1999) 19.6; X.435 (1999); STANAG 4406 Annex A.
 */
import type { Oid } from '../asn1/primitive.js';
import type { AttributeDefinition } from './attribute.js';
import { BODY_ATTRIBUTES } from './attributes-body.js';
import { EDI_ATTRIBUTES } from './attributes-edi.js';
import {
  bodyPartAttribute,
  EXTENDED_BODY_PART_ATTRIBUTES,
  standardBodyPartAttribute,
} from './attributes-extended.js';
import { GENERAL_ATTRIBUTES } from './attributes-general.js';
import { HEADING_ATTRIBUTES } from './attributes-heading.js';
import { MILITARY_ATTRIBUTES } from './attributes-military.js';
import { NOTIFICATION_ATTRIBUTES } from './attributes-notification.js';
import { SUMMARY_ATTRIBUTES } from './attributes-summary.js';
import type { Edition } from './common.js';
import type { EntrySource } from './entry.js';

export const ATTRIBUTES: readonly AttributeDefinition[] = [
  ...GENERAL_ATTRIBUTES,
  ...SUMMARY_ATTRIBUTES,
  ...HEADING_ATTRIBUTES,
  ...BODY_ATTRIBUTES,
  ...NOTIFICATION_ATTRIBUTES,
  ...EXTENDED_BODY_PART_ATTRIBUTES,
  ...MILITARY_ATTRIBUTES,
  ...EDI_ATTRIBUTES,
];

const BY_OID: ReadonlyMap<Oid, AttributeDefinition> = new Map(
  ATTRIBUTES.map((definition) => [definition.oid, definition]),
);

/** Null for a type that the edition does not have. */
export function attributeByOid(oid: Oid, edition: Edition = '88'): AttributeDefinition | null {
  const definition = BY_OID.get(oid) ?? standardBodyPartAttribute(oid);
  return definition === null || isLater(definition, edition) ? null : definition;
}

/** The types that the edition of 1994 has added, ours or not: arc, first and last number. */
const LATER: readonly (readonly [arc: Oid, first: number, last: number])[] = [
  ['2.6.4.3', 42, 44],
  ['2.6.4.3', 46, 82],
  ['2.6.1.6', 2, 3],
  ['2.6.1.7', 23, 38],
  ['2.6.1.9', 11, 14],
  ['2.6.1.13', 0, 18],
];

/** Whether the type is of a later edition than the association is. */
export function isOfLaterEdition(oid: Oid, edition: Edition): boolean {
  if (edition !== '88') return false;
  const at = oid.lastIndexOf('.');
  const [arc, number] = [oid.slice(0, at), Number(oid.slice(at + 1))];
  return LATER.some(([one, first, last]) => one === arc && first <= number && number <= last);
}

/**
 * The attribute of the entry's own body parts of the type, be it one that no standard names. Null
 * where the table has the type, and where the entry has no such body part.
 */
export function ownBodyPartAttribute(
  source: EntrySource,
  oid: Oid,
  edition: Edition,
): AttributeDefinition | null {
  if (attributeByOid(oid, edition) !== null) return null;
  const definition = bodyPartAttribute(oid);
  return definition.values(source).length > 0 ? definition : null;
}

/** The types that an association of the edition may ask for. */
export function attributesOf(edition: Edition): readonly AttributeDefinition[] {
  return ATTRIBUTES.filter((definition) => !isLater(definition, edition));
}

function isLater(definition: AttributeDefinition, edition: Edition): boolean {
  return edition === '88' && definition.edition === '94';
}
