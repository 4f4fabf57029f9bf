/**
 * Tagged types. IMPLICIT replaces the type's own tag; EXPLICIT wraps the value. A CHOICE and an
 * open
 * type have no tag to replace, so a tag on them is EXPLICIT whatever the module says (X.680 30.6).
 *
 * Source: X.690 (2002) 8.14.
 */
import { assert } from '../base/assert.js';
import type { Element } from './reader.js';
import { application as applicationTag, context, type Tag } from './tag.js';
import { type Asn1Type, accepts, decodeElement, mistyped } from './type.js';

/** `[n] IMPLICIT type`. */
export function implicit<T>(number: number, type: Asn1Type<T>): Asn1Type<T> {
  return retagged(context(number), type);
}

/** `[APPLICATION n] IMPLICIT type`. */
export function application<T>(number: number, type: Asn1Type<T>): Asn1Type<T> {
  return retagged(applicationTag(number), type);
}

/** `[n] EXPLICIT type`. */
export function explicit<T>(number: number, type: Asn1Type<T>): Asn1Type<T> {
  return wrapped(context(number), type, theOnlyChild);
}

/** `[APPLICATION n] EXPLICIT type`. */
export function explicitApplication<T>(number: number, type: Asn1Type<T>): Asn1Type<T> {
  return wrapped(applicationTag(number), type, theOnlyChild);
}

/**
 * `[n] EXPLICIT type` that is encoded as it should be and decoded from the IMPLICIT form too. Some
 * P7 peers tag choices of the MS module implicitly. A primitive element, or one that holds anything
 * but exactly one element of the type, is read as IMPLICIT; but not where the type is a choice:
 * that has no one tag to replace, and its own alternative would be read in its place, without end.
 */
export function tolerantExplicit<T>(number: number, type: Asn1Type<T>): Asn1Type<T> {
  return wrapped(context(number), type, (element) => {
    const only = element.isConstructed ? onlyChildOf(element) : null;
    if (only !== null && accepts(type, only.tag)) return only;
    if (type.tags !== 'any' && type.tags.length > 1) throw mistyped(type.name, 'bad-explicit-tag');
    return element;
  });
}

function retagged<T>(tag: Tag, type: Asn1Type<T>): Asn1Type<T> {
  assert(type.tags !== 'any' && type.tags.length === 1, `${type.name} has one tag to replace`);
  return {
    name: type.name,
    tags: [tag],
    decode: (element) => type.decode(element),
    encode: (writer, value, outer = tag) => type.encode(writer, value, outer),
  };
}

function wrapped<T>(
  tag: Tag,
  type: Asn1Type<T>,
  inner: (element: Element, name: string) => Element,
): Asn1Type<T> {
  return {
    name: type.name,
    tags: [tag],
    decode: (element) => {
      const within = inner(element, type.name);
      // The IMPLICIT reading keeps the outer element, whose tag stands for the type's own.
      return within === element ? type.decode(element) : decodeElement(type, within);
    },
    encode: (writer, value, outer = tag) => {
      const mark = writer.mark();
      type.encode(writer, value);
      writer.header(outer, true, mark);
    },
  };
}

function theOnlyChild(element: Element, name: string): Element {
  const only = onlyChildOf(element);
  if (only === null) throw mistyped(name, 'bad-explicit-tag');
  return only;
}

function onlyChildOf(element: Element): Element | null {
  const reader = element.children();
  const only = reader.next();
  return only !== null && reader.isAtEnd ? only : null;
}
