/**
 * What an attribute type is to the store: its rules, and how its values come from an entry. Values
 * are whole BER elements, taken from the octets that arrived wherever there are such.
 *
 * Source: X.413 (1999) 11; X.420 (1999) 19 for those of interpersonal messages.
 */
import type { Oid } from '../asn1/primitive.js';
import { BerReader, type Element, readElement } from '../asn1/reader.js';
import { context, TAG, type Tag } from '../asn1/tag.js';
import { BerWriter } from '../asn1/writer.js';
import { ViolationError } from '../base/errors.js';
import type { EntrySource } from './entry.js';

/** How values of a syntax compare; null: not at all. */
export type Matching =
  | 'integer'
  | 'boolean'
  | 'oid'
  | 'utc-time'
  | 'octets'
  | 'ms-string'
  | 'or-name'
  | null;

export interface AttributeDefinition {
  readonly name: string;
  readonly oid: Oid;
  readonly isMultiValued: boolean;
  readonly matching: Matching;
  /** Whether greater-or-equal and less-or-equal are defined. */
  readonly isOrdered: boolean;
  /** Whether it may be asked for in List, and in Summarize. */
  readonly isListable: boolean;
  readonly isSummarizable: boolean;
  /** Whether its values come from the index, so that no file is opened. */
  readonly isIndexed: boolean;
  readonly values: (source: EntrySource) => readonly Uint8Array[];
}

/** Flags as a row of the table writes them: O ordered, L List, Z Summarize, X indexed, M multi. */
export function attribute(
  oid: Oid,
  name: string,
  matching: Matching,
  flags: string,
  values: AttributeDefinition['values'],
): AttributeDefinition {
  return {
    name,
    oid,
    isMultiValued: flags.includes('M'),
    matching,
    isOrdered: flags.includes('O'),
    isListable: flags.includes('L'),
    isSummarizable: flags.includes('Z'),
    isIndexed: flags.includes('X'),
    values,
  };
}

/** The elements within one, as a list. */
export function childrenOf(element: Element): Element[] {
  const children: Element[] = [];
  const reader = element.children();
  for (let child = reader.next(); child !== null; child = reader.next()) children.push(child);
  return children;
}

/** The elements that stand one after another in octets. */
export function elementsOf(octets: Uint8Array): Element[] {
  const elements: Element[] = [];
  const reader = new BerReader(octets);
  for (let element = reader.next(); element !== null; element = reader.next()) {
    elements.push(element);
  }
  return elements;
}

/** The contents of an element under another tag. */
export function retag(element: Element, tag: Tag): Uint8Array {
  const writer = new BerWriter(element.contentEnd - element.contentStart + 16);
  const mark = writer.mark();
  writer.octets(element.content);
  writer.header(tag, element.isConstructed, mark);
  return writer.finish();
}

/**
 * Runs a derivation; what cannot be read gives no values: a broken content is stored all the same.
 */
export function readable<T>(derive: () => readonly T[]): readonly T[] {
  try {
    return derive();
  } catch (error) {
    if (error instanceof ViolationError) return [];
    throw error;
  }
}

/** The fields of a delivered message's or report's envelope, by tag; none for other entries. */
export function envelopeFields(source: EntrySource): readonly Element[] {
  return readable(() => {
    const octets = source.envelope();
    if (octets.length === 0) return [];
    const envelope = readElement(octets);
    if (envelope.tag === TAG.set) return childrenOf(envelope);
    const fields = childrenOf(envelope).find(({ tag }) => tag === TAG.set);
    return fields === undefined ? [] : childrenOf(fields);
  });
}

/** The value of a standard extension of the envelope, whole; at most one. */
export function extensionValues(source: EntrySource, number: number): readonly Uint8Array[] {
  const holder = source.entry.entryType === 'delivered-report' ? context(1) : context(9);
  return readable(() => {
    const extensions = envelopeFields(source).find(({ tag }) => tag === holder);
    if (extensions === undefined) return [];
    for (const field of childrenOf(extensions)) {
      const [type, ...rest] = childrenOf(field);
      if (type?.tag !== context(0) || type.content.at(-1) !== number) continue;
      if (type.content.length !== 1) continue;
      const value = rest.find(({ tag }) => tag === context(2));
      const [inner] = value === undefined ? [] : childrenOf(value);
      return inner === undefined ? [] : [inner.whole];
    }
    return [];
  });
}
