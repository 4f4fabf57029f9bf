/**
 * The simple types: BOOLEAN, NULL, INTEGER, ENUMERATED, OBJECT IDENTIFIER, OCTET STRING.
 *
 * Source: X.690 (2002) 8.2 to 8.8, 8.19.
 */
import { assert } from '../base/assert.js';
import { ViolationError } from '../base/errors.js';
import { joinOctets } from '../base/octets.js';
import { BER_ELEMENTS_MAX, BER_INTEGER_BYTES_MAX, BER_OID_BYTES_MAX } from '../limits.js';
import type { Element } from './reader.js';
import { TAG, type Tag } from './tag.js';
import { type Asn1Type, mistyped } from './type.js';
import type { BerWriter } from './writer.js';

/** The element must be primitive, and its contents within bounds. */
function checkPrimitive(name: string, element: Element, min: number, max: number): void {
  if (element.isConstructed) throw mistyped(name, 'constructed-where-primitive');
  const length = element.contentEnd - element.contentStart;
  if (length < min || length > max) throw mistyped(name, 'bad-length');
}

/** BOOLEAN. TRUE is any octet but zero; we send FF, as DER would. */
export const boolean: Asn1Type<boolean> = {
  name: 'BOOLEAN',
  tags: [TAG.boolean],
  decode: (element) => {
    checkPrimitive('BOOLEAN', element, 1, 1);
    return element.octets[element.contentStart] !== 0;
  },
  encode: (writer, value, tag = TAG.boolean) =>
    writer.primitive(tag, Uint8Array.of(value ? 0xff : 0)),
};

/** NULL. */
export const nullType: Asn1Type<null> = {
  name: 'NULL',
  tags: [TAG.null],
  decode: (element) => {
    checkPrimitive('NULL', element, 0, 0);
    return null;
  },
  encode: (writer, _value, tag = TAG.null) => writer.primitive(tag, new Uint8Array(0)),
};

/** The number in an INTEGER's contents. Throws an `asn1` violation beyond ±2^53. */
function decodeNumber(name: string, element: Element): number {
  checkPrimitive(name, element, 1, BER_INTEGER_BYTES_MAX);
  const { octets, contentStart, contentEnd } = element;
  let value = (octets[contentStart] ?? 0) >= 0x80 ? -1 : 0;
  for (let at = contentStart; at < contentEnd; at += 1) value = value * 256 + (octets[at] ?? 0);
  if (!Number.isSafeInteger(value)) throw mistyped(name, 'integer-too-large');
  return value;
}

function encodeNumber(writer: BerWriter, value: number, tag: Tag): void {
  assert(Number.isSafeInteger(value), 'an INTEGER of ours is a safe integer');
  const mark = writer.mark();
  let rest = value;
  let last: number;
  do {
    last = ((rest % 256) + 256) % 256;
    writer.octet(last);
    rest = (rest - last) / 256;
  } while ((rest !== 0 || last >= 0x80) && (rest !== -1 || last < 0x80));
  writer.header(tag, false, mark);
}

/** INTEGER (min..max), ends included. Outside them is an `asn1` violation. */
export function integer(
  name = 'INTEGER',
  min: number = Number.MIN_SAFE_INTEGER,
  max: number = Number.MAX_SAFE_INTEGER,
): Asn1Type<number> {
  return {
    name,
    tags: [TAG.integer],
    decode: (element) => {
      const value = decodeNumber(name, element);
      if (value < min || value > max) throw mistyped(name, 'out-of-range');
      return value;
    },
    encode: (writer, value, tag = TAG.integer) => encodeNumber(writer, value, tag),
  };
}

/** A type whose numbers have names, on either ENUMERATED or INTEGER. */
function named<const Names extends Record<string, number>>(
  name: string,
  universalTag: Tag,
  names: Names,
): Asn1Type<keyof Names & string> {
  const byNumber = new Map(Object.entries(names).map(([key, number]) => [number, key]));
  return {
    name,
    tags: [universalTag],
    decode: (element) => {
      const key = byNumber.get(decodeNumber(name, element));
      if (key === undefined) throw mistyped(name, 'unknown-value');
      return key;
    },
    encode: (writer, value, tag = universalTag) => {
      const number = names[value];
      assert(number !== undefined, `${name} has the value`);
      encodeNumber(writer, number, tag);
    },
  };
}

/** ENUMERATED. An unknown number is an `asn1` violation. */
export function enumerated<const Names extends Record<string, number>>(name: string, names: Names) {
  return named(name, TAG.enumerated, names);
}

/** INTEGER with named numbers, all others refused. */
export function namedInteger<const Names extends Record<string, number>>(
  name: string,
  names: Names,
) {
  return named(name, TAG.integer, names);
}

/** A dotted OBJECT IDENTIFIER, such as `2.6.1.10.1`. */
export type Oid = string;

/** OBJECT IDENTIFIER. */
export const objectIdentifier: Asn1Type<Oid> = {
  name: 'OBJECT IDENTIFIER',
  tags: [TAG.objectIdentifier],
  decode: (element) => {
    checkPrimitive('OBJECT IDENTIFIER', element, 1, BER_OID_BYTES_MAX);
    const { octets, contentStart, contentEnd } = element;
    return knownOid(octets, contentStart, contentEnd) ?? formatOid(element.content);
  },
  encode: (writer, value, tag = TAG.objectIdentifier) => writer.primitive(tag, oidContent(value)),
};

/** Short ones by their contents octets as a number: the few that are used are used all the time. */
const OID_TEXTS = new Map<number, Oid>();
const OID_TEXTS_MAX = 2_000;
/** With the length in front the number stays a safe integer. */
const OID_KEY_BYTES_MAX = 6;

/** From contents octets that were walked to, not decoded; null where they are none, or long. */
export function oidAt(octets: Uint8Array, start: number, end: number): Oid | null {
  try {
    return start === end ? null : knownOid(octets, start, end);
  } catch (error) {
    if (error instanceof ViolationError) return null;
    throw error;
  }
}

/** Null for an identifier that is too long to be looked up. Throws as {@link formatOid} does. */
function knownOid(octets: Uint8Array, start: number, end: number): Oid | null {
  let key = end - start;
  if (key > OID_KEY_BYTES_MAX) return null;
  for (let at = start; at < end; at += 1) key = key * 256 + (octets[at] ?? 0);
  const known = OID_TEXTS.get(key);
  if (known !== undefined) return known;
  const text = formatOid(octets.subarray(start, end));
  if (OID_TEXTS.size < OID_TEXTS_MAX) OID_TEXTS.set(key, text);
  return text;
}

function formatOid(content: Uint8Array): Oid {
  const arcs: number[] = [];
  let arc = 0;
  for (const octet of content) {
    arc = arc * 128 + (octet & 0x7f);
    if (!Number.isSafeInteger(arc)) throw mistyped('OBJECT IDENTIFIER', 'arc-too-large');
    if (octet < 0x80) {
      arcs.push(arc);
      arc = 0;
    }
  }
  if ((content.at(-1) ?? 0) >= 0x80) throw mistyped('OBJECT IDENTIFIER', 'truncated-arc');
  const [joint = 0, ...rest] = arcs;
  const top = Math.min(2, Math.floor(joint / 40));
  return [top, joint - 40 * top, ...rest].join('.');
}

/** Contents octets by dotted text: the few that are used are used all the time. */
const OID_CONTENTS = new Map<Oid, Uint8Array>();
const OID_CONTENTS_MAX = 2_000;

function oidContent(oid: Oid): Uint8Array {
  const known = OID_CONTENTS.get(oid);
  if (known !== undefined) return known;
  assert(/^[0-2](\.\d+)+$/.test(oid), `${oid} is an object identifier`);
  const [top = 0, second = 0, ...rest] = oid.split('.').map(Number);
  const octets: number[] = [];
  for (const arc of [40 * top + second, ...rest]) {
    const at = octets.length;
    octets.push(arc % 128);
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) {
      octets.splice(at, 0, 0x80 | (left % 128));
    }
  }
  const content = Uint8Array.from(octets);
  if (OID_CONTENTS.size < OID_CONTENTS_MAX) OID_CONTENTS.set(oid, content);
  return content;
}

/**
 * The octets of a string type: a window on a primitive encoding, a copy of a constructed one's
 * segments. Segments must be primitive or constructed strings of `segmentTag`.
 */
export function stringContent(element: Element, segmentTag: Tag, name: string): Uint8Array {
  if (!element.isConstructed) return element.content;
  const segments: Uint8Array[] = [];
  const reader = element.children();
  for (let segment = reader.next(); segment !== null; segment = reader.next()) {
    if (segment.tag !== segmentTag) throw mistyped(name, 'bad-segment');
    if (segments.length >= BER_ELEMENTS_MAX) throw mistyped(name, 'too-many-segments');
    segments.push(stringContent(segment, segmentTag, name));
  }
  return joinOctets(segments);
}

/** OCTET STRING (SIZE (0..max)). The value is a window on the input where the encoding allows. */
export function octetString(
  name = 'OCTET STRING',
  max: number = Number.MAX_SAFE_INTEGER,
): Asn1Type<Uint8Array> {
  return {
    name,
    tags: [TAG.octetString],
    decode: (element) => {
      const content = stringContent(element, TAG.octetString, name);
      if (content.length > max) throw mistyped(name, 'too-long');
      return content;
    },
    encode: (writer, value, tag = TAG.octetString) => writer.primitive(tag, value),
  };
}
