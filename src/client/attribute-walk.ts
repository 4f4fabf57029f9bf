/**
 * The attributes of an entry in the form in which a store sends nearly all: definite lengths, tags
 * of one octet, nothing that is not known. Lists have thousands, and a walk over such octets takes
 * half of what decoding them by their declaration does.
 *
 *     SEQUENCE { INTEGER, SET OF SEQUENCE { OBJECT IDENTIFIER, SEQUENCE OF value } }
 *
 * Source: X.413 (1999) 8.1.4 for the type; X.690 (2002) 8.1.
 */
import { type Oid, oidAt } from '../asn1/primitive.js';
import { TAG, type Tag } from '../asn1/tag.js';

const CONSTRUCTED = 0x20;
const MANY_OCTETS = 0x1f;

/** Reads headers; where one is of another form, or reaches too far, it says so. */
class Walk {
  readonly octets: Uint8Array;
  /** Of the element that was met last. */
  identifier = 0;
  start = 0;
  end = 0;

  constructor(octets: Uint8Array) {
    this.octets = octets;
  }

  /** The element at `at`, which must end by `limit`. */
  meet(at: number, limit: number): boolean {
    const { octets } = this;
    if (at + 2 > limit) return false;
    this.identifier = octets[at] ?? 0;
    let length = octets[at + 1] ?? 0;
    this.start = at + 2;
    if (length >= 0x80) {
      const count = length - 0x80;
      if (count === 0 || count > 3 || this.start + count > limit) return false;
      length = 0;
      for (const last = this.start + count; this.start < last; this.start += 1) {
        length = length * 256 + (octets[this.start] ?? 0);
      }
    }
    this.end = this.start + length;
    return this.end <= limit && (this.identifier & MANY_OCTETS) !== MANY_OCTETS;
  }

  meetOne(identifier: number, at: number, limit: number): boolean {
    return this.meet(at, limit) && this.identifier === identifier;
  }
}

const primitive = (tag: Tag): number => tag;
const constructed = (tag: Tag): number => tag | CONSTRUCTED;
const [SEQUENCE, SET] = [constructed(TAG.sequence), constructed(TAG.set)];
const [INTEGER, OBJECT_IDENTIFIER] = [primitive(TAG.integer), primitive(TAG.objectIdentifier)];

/**
 * The attributes of one element EntryInformation, values as windows; null for every other form,
 * which may be wrong, or right: the declaration can tell.
 */
export function walkAttributes(octets: Uint8Array): Map<Oid, readonly Uint8Array[]> | null {
  const walk = new Walk(octets);
  const attributes = new Map<Oid, readonly Uint8Array[]>();
  if (!walk.meetOne(SEQUENCE, 0, octets.length) || walk.end !== octets.length) return null;
  if (!walk.meetOne(INTEGER, walk.start, octets.length)) return null;
  if (walk.end === octets.length) return attributes;
  if (!walk.meetOne(SET, walk.end, octets.length) || walk.end !== octets.length) return null;
  for (let at = walk.start; at < octets.length; ) {
    if (!walk.meetOne(SEQUENCE, at, octets.length)) return null;
    const { end } = walk;
    if (!walk.meetOne(OBJECT_IDENTIFIER, walk.start, end)) return null;
    const type = oidAt(octets, walk.start, walk.end);
    const isWhole = walk.meetOne(SEQUENCE, walk.end, end) && walk.end === end;
    const values = isWhole ? valuesIn(walk, walk.start, end) : null;
    if (type === null || values === null) return null;
    attributes.set(type, values);
    at = end;
  }
  return attributes.size === 0 ? null : attributes;
}

/** Null where there are none, or others than we know to pass over. */
function valuesIn(walk: Walk, start: number, end: number): Uint8Array[] | null {
  if (!walk.meet(start, end)) return null;
  // Most have one. An empty array that is pushed to would make room for seventeen.
  const values = [walk.octets.subarray(start, walk.end)];
  for (let at = walk.end; at < end; at = walk.end) {
    if (!walk.meet(at, end)) return null;
    values.push(walk.octets.subarray(at, walk.end));
  }
  return values;
}
