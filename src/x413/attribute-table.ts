/**
 * All attribute types that the store implements, by their object identifiers. An extended body
 * part's own data and parameters identifiers are not among them yet.
 *
 * Source: X.413 (1999) 11; X.420 (1999) 19.6.
 */
import type { Oid } from '../asn1/primitive.js';
import type { AttributeDefinition } from './attribute.js';
import { GENERAL_ATTRIBUTES } from './attributes-general.js';
import { IPM_ATTRIBUTES } from './attributes-ipm.js';

export const ATTRIBUTES: readonly AttributeDefinition[] = [
  ...GENERAL_ATTRIBUTES,
  ...IPM_ATTRIBUTES,
];

const BY_OID: ReadonlyMap<Oid, AttributeDefinition> = new Map(
  ATTRIBUTES.map((definition) => [definition.oid, definition]),
);

export function attributeByOid(oid: Oid): AttributeDefinition | null {
  return BY_OID.get(oid) ?? null;
}
