/**
 * From a field of an envelope or content to the values of its attribute: windows on its octets
 * wherever the syntax is the same.
 *
 * Source: X.680 30 for what a tag does to a type; ours.
 */
import { childrenOf, retag } from '../asn1/elements.js';
import type { Element } from '../asn1/reader.js';
import type { Tag } from '../asn1/tag.js';

export type ReadField = (field: Element) => readonly Uint8Array[];

/** The field itself. */
export const whole: ReadField = (field) => [field.whole];

/** A field whose own tag was replaced: its contents under the type's tag. */
export const as =
  (tag: Tag): ReadField =>
  (field) => [retag(field, tag)];

/** The members of a list, or the one member of an EXPLICIT tag. */
export const each: ReadField = (field) => childrenOf(field).map((member) => member.whole);

/** Reads a field that may not be there. */
export function readField(field: Element | undefined, read: ReadField): readonly Uint8Array[] {
  return field === undefined ? [] : read(field);
}
