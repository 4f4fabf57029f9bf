/**
 * A zero-copy BER reader: a walk over tag, length and contents. An element is a window on the
 * octets it came from; nothing is copied and nothing below an element is looked at before it is
 * asked for, except that an indefinite length is measured by walking to its end.
 *
 * Definite and indefinite lengths are taken, minimal or not. Invariant: every loop advances, every
 * window lies within its parent's, and nesting is bounded by BER_DEPTH_MAX.
 *
 * Source: X.690 (2002) 8.1.
 */
import { ViolationError } from '../base/errors.js';
import { BER_DEPTH_MAX } from '../limits.js';
import { TAG_NUMBER_MAX, type Tag, tagOf } from './tag.js';

const CONSTRUCTED = 0x20;
const INDEFINITE = 0x80;

/** One encoded value: where it stands in `octets`. */
export class Element {
  /** What all offsets count in. */
  readonly octets: Uint8Array;
  readonly tag: Tag;
  readonly isConstructed: boolean;
  /** Offset of the first identifier octet. */
  readonly start: number;
  readonly contentStart: number;
  /**
   * Offset behind the contents; behind it two end-of-contents octets if the length is indefinite.
   */
  readonly contentEnd: number;
  /** Offset behind the whole element. */
  readonly end: number;
  /** Levels above this element: 0 for an outermost one. */
  readonly depth: number;

  constructor(
    octets: Uint8Array,
    tag: Tag,
    isConstructed: boolean,
    start: number,
    contentStart: number,
    contentEnd: number,
    end: number,
    depth: number,
  ) {
    this.octets = octets;
    this.tag = tag;
    this.isConstructed = isConstructed;
    this.start = start;
    this.contentStart = contentStart;
    this.contentEnd = contentEnd;
    this.end = end;
    this.depth = depth;
  }

  /** The contents octets: a window, not a copy. */
  get content(): Uint8Array {
    return this.octets.subarray(this.contentStart, this.contentEnd);
  }

  /** The whole element with tag and length: a window, not a copy. */
  get whole(): Uint8Array {
    return this.octets.subarray(this.start, this.end);
  }

  /** A reader over the elements within. Throws a `ber` violation on a primitive element. */
  children(): BerReader {
    if (!this.isConstructed) throw new ViolationError('ber', 'primitive-where-constructed');
    return new BerReader(this.octets, this.contentStart, this.contentEnd, this.depth + 1);
  }
}

/** Reads the elements of a window one after another. Throws `ber` violations. */
export class BerReader {
  readonly #octets: Uint8Array;
  readonly #end: number;
  readonly #depth: number;
  #at: number;

  constructor(octets: Uint8Array, start = 0, end: number = octets.length, depth = 0) {
    if (depth > BER_DEPTH_MAX) throw new ViolationError('ber', 'too-deep');
    this.#octets = octets;
    this.#at = start;
    this.#end = end;
    this.#depth = depth;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#end;
  }

  /** The next element, or null at the end of the window. */
  next(): Element | null {
    if (this.#at >= this.#end) return null;
    const element = elementAt(this.#octets, this.#at, this.#end, this.#depth);
    this.#at = element.end;
    return element;
  }
}

/**
 * The one element that fills `octets`. Throws a `ber` violation when they are empty, broken, or go
 * on behind it.
 */
export function readElement(octets: Uint8Array): Element {
  if (octets.length === 0) throw new ViolationError('ber', 'truncated');
  const element = elementAt(octets, 0, octets.length, 0);
  if (element.end !== octets.length) throw new ViolationError('ber', 'trailing-octets');
  return element;
}

/** The element that starts `octets`; more may follow. */
export function readFirstElement(octets: Uint8Array): Element {
  return elementAt(octets, 0, octets.length, 0);
}

function elementAt(octets: Uint8Array, start: number, limit: number, depth: number): Element {
  const identifier = octetAt(octets, start, limit);
  let at = start + 1;
  let number = identifier & 0x1f;
  if (number === 0x1f) {
    number = 0;
    for (let more = true; more; at += 1) {
      const octet = octetAt(octets, at, limit);
      number = number * 128 + (octet & 0x7f);
      if (number > TAG_NUMBER_MAX) throw new ViolationError('ber', 'tag-too-large');
      more = (octet & 0x80) !== 0;
    }
  }
  const tag = tagOf(identifier >> 6, number);
  const isConstructed = (identifier & CONSTRUCTED) !== 0;
  const first = octetAt(octets, at, limit);
  at += 1;
  if (first === INDEFINITE) {
    if (!isConstructed) throw new ViolationError('ber', 'indefinite-primitive');
    const contentEnd = endOfContents(octets, at, limit, depth + 1);
    return new Element(octets, tag, isConstructed, start, at, contentEnd, contentEnd + 2, depth);
  }
  let length = first;
  if (first > INDEFINITE) {
    length = 0;
    for (const last = at + (first & 0x7f); at < last; at += 1) {
      length = length * 256 + octetAt(octets, at, limit);
      if (length > octets.length) throw new ViolationError('ber', 'truncated');
    }
  }
  const end = at + length;
  if (end > limit) throw new ViolationError('ber', 'truncated');
  return new Element(octets, tag, isConstructed, start, at, end, end, depth);
}

/** Walks an indefinite-length window to its end-of-contents octets; returns their offset. */
function endOfContents(octets: Uint8Array, start: number, limit: number, depth: number): number {
  if (depth > BER_DEPTH_MAX) throw new ViolationError('ber', 'too-deep');
  let at = start;
  while (octetAt(octets, at, limit) !== 0 || octetAt(octets, at + 1, limit) !== 0) {
    at = elementAt(octets, at, limit, depth).end;
  }
  return at;
}

function octetAt(octets: Uint8Array, at: number, limit: number): number {
  const octet = octets[at];
  if (octet === undefined || at >= limit) throw new ViolationError('ber', 'truncated');
  return octet;
}
