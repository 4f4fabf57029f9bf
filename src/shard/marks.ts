/**
 * What a user has written on his entries with Modify: the values of the attributes that may be
 * modified. They are kept with what he has registered, by the numbers of entries; a number is never
 * given twice, so what belongs to an entry that is gone does no harm until it is dropped.
 *
 * Source: X.413 (1999) 8.2.7, 11.6.
 */
import type { Oid } from '../asn1/primitive.js';

/** Values by attribute type; none of the lists is empty. */
export type EntryMarks = ReadonlyMap<Oid, readonly Uint8Array[]>;
/** By sequence number; none of the maps is empty. */
export type Marks = ReadonlyMap<number, EntryMarks>;

export const NO_MARKS: Marks = new Map();
export const NO_ENTRY_MARKS: EntryMarks = new Map();

/** In the form of arrays, which every msgpack has. */
export type PackedMarks = readonly (readonly [
  number,
  readonly (readonly [Oid, readonly Uint8Array[]])[],
])[];

export function packMarks(marks: Marks): PackedMarks {
  return [...marks].map(([sequence, attributes]) => [sequence, [...attributes]]);
}

export function unpackMarks(packed: PackedMarks): Marks {
  return new Map(packed.map(([sequence, attributes]) => [sequence, new Map(attributes)]));
}
