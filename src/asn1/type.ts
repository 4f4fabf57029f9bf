/**
 * What a type declaration is: made once, it gives the TypeScript type, the decoder and the encoder.
 *
 *     export const LocalRange = sequence('Range', {
 *       from: optional(explicit(0, SequenceNumber)),
 *       to: optional(explicit(1, SequenceNumber)),
 *     });
 *     export type LocalRange = TypeOf<typeof LocalRange>;   // { from?: number; to?: number }
 *
 * Decoding throws `ber` violations for octets that are no BER and `asn1` violations for BER that is
 * not of the type: the two get different answers on the wire.
 *
 * Source: X.680, X.690; the form is ours.
 */
import { ViolationError } from '../base/errors.js';
import type { Pieces } from '../base/octets.js';
import { type Element, readElement } from './reader.js';
import { formatTag, type Tag } from './tag.js';
import { type BerWriter, written, writtenInPieces } from './writer.js';

export interface Asn1Type<T> {
  /** As in the standard; for messages. */
  readonly name: string;
  /** The tags with which a value may begin: one, a choice's several, or 'any' for an open type. */
  readonly tags: readonly Tag[] | 'any';
  /** Decodes an element whose tag the caller has matched (or replaced, where tagged IMPLICIT). */
  decode(element: Element): T;
  /** Puts the encoding in front of what is written; under `tag` where tagged IMPLICIT. */
  encode(writer: BerWriter, value: T, tag?: Tag): void;
}

/** The TypeScript type of a declaration's values. */
export type TypeOf<D> = D extends Asn1Type<infer T> ? T : never;

/** Whether a value of the type may begin with the tag. */
export function accepts(type: Asn1Type<unknown>, tag: Tag): boolean {
  return type.tags === 'any' || type.tags.includes(tag);
}

/** Decodes an element of which only the place is known: checks its tag first. */
export function decodeElement<T>(type: Asn1Type<T>, element: Element): T {
  if (!accepts(type, element.tag)) throw unexpectedTag(type, element.tag);
  return type.decode(element);
}

/** Decodes octets that hold exactly one value. */
export function decode<T>(type: Asn1Type<T>, octets: Uint8Array): T {
  return decodeElement(type, readElement(octets));
}

/** Encodes one value. */
export function encode<T>(type: Asn1Type<T>, value: T): Uint8Array {
  return written((writer) => type.encode(writer, value));
}

/** The same in pieces: see {@link writtenInPieces}. */
export function encodeInPieces<T>(type: Asn1Type<T>, value: T): Pieces {
  return writtenInPieces((writer) => type.encode(writer, value));
}

export function unexpectedTag(type: Asn1Type<unknown>, tag: Tag): ViolationError {
  return new ViolationError('asn1', 'unexpected-tag', `${formatTag(tag)} for ${type.name}`);
}

/** An `asn1` violation about a value of the type. */
export function mistyped(name: string, code: string): ViolationError {
  return new ViolationError('asn1', code, name);
}

/**
 * Decodes a component; a violation that escapes learns the component's name, or its number in a
 * list.
 */
export function decodeWithin<T>(
  component: string | number,
  type: Asn1Type<T>,
  element: Element,
): T {
  try {
    return type.decode(element);
  } catch (error) {
    if (error instanceof ViolationError) error.path.unshift(String(component));
    throw error;
  }
}
