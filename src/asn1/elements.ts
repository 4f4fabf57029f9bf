/**
 * Elements as lists, and an element's contents under another tag: for those who take values apart
 * without decoding them.
 *
 * Source: X.690 (2002) 8.1, 8.14.
 */
import { ViolationError } from '../base/errors.js';
import { BerReader, type Element } from './reader.js';
import type { Tag } from './tag.js';
import { type Asn1Type, decode } from './type.js';
import { BerWriter } from './writer.js';

/** The elements within a constructed one. Throws a `ber` violation. */
export function childrenOf(element: Element): Element[] {
  return all(element.children());
}

/** The elements that stand one after another in octets. Throws a `ber` violation. */
export function elementsOf(octets: Uint8Array): Element[] {
  return all(new BerReader(octets));
}

function all(reader: BerReader): Element[] {
  const elements: Element[] = [];
  for (let element = reader.next(); element !== null; element = reader.next()) {
    elements.push(element);
  }
  return elements;
}

/** What was read, or null where that throws a violation. */
export function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof ViolationError) return null;
    throw error;
  }
}

/** Decodes what a peer has sent: null where the octets are no such value. */
export function decodeOrNull<T>(type: Asn1Type<T>, octets: Uint8Array): T | null {
  return orNull(() => decode(type, octets));
}

/** The contents of an element under another tag. */
export function retag(element: Element, tag: Tag): Uint8Array {
  const writer = new BerWriter(element.contentEnd - element.contentStart + 16);
  const mark = writer.mark();
  writer.octets(element.content);
  writer.header(tag, element.isConstructed, mark);
  return writer.finish();
}
