/**
 * A BER writer that works from the back: contents first, then the header in front of them, whose
 * length is known by then. One pass, no copies but the values' own, always minimal definite
 * lengths.
 *
 *     const mark = writer.mark();
 *     writer.octets(contents);          // last component first
 *     writer.header(tag, true, mark);   // tag and length of all written since the mark
 *
 * Source: X.690 (2002) 8.1.
 */
import type { Pieces } from '../base/octets.js';
import { classOf, numberOf, type Tag } from './tag.js';

const CONSTRUCTED = 0x20;
const FIRST_CAPACITY_BYTES = 512;
/** Up to here a loop takes less time than a call of `set`: object identifiers, numbers. */
const FEW_OCTETS_MAX = 16;
const NOTHING = new Uint8Array(0);

/** How many octets a writer holds at some moment. */
export type Mark = number;

/** Octets that stand in front of so many of the buffer's. */
interface Lent {
  readonly octets: Uint8Array;
  readonly behindBytes: number;
}

export class BerWriter {
  readonly #lendBytesMin: number;
  #buffer: Uint8Array;
  /** Everything from here to the end of the buffer is written. */
  #start: number;
  /** What is not copied, the last first. */
  #lent: Lent[] = [];
  #lentBytes = 0;

  /** Octets from `lendBytesMin` on are not copied; then {@link pieces} has what is written. */
  constructor(
    capacityBytes: number = FIRST_CAPACITY_BYTES,
    lendBytesMin: number = Number.POSITIVE_INFINITY,
  ) {
    this.#buffer = new Uint8Array(capacityBytes);
    this.#start = capacityBytes;
    this.#lendBytesMin = lendBytesMin;
  }

  mark(): Mark {
    return this.#buffer.length - this.#start + this.#lentBytes;
  }

  /** Puts octets in front of what is written. */
  octets(octets: Uint8Array): void {
    if (octets.length >= this.#lendBytesMin) {
      this.#lent.push({ octets, behindBytes: this.#buffer.length - this.#start });
      this.#lentBytes += octets.length;
      return;
    }
    this.#reserve(octets.length);
    this.#start -= octets.length;
    if (octets.length > FEW_OCTETS_MAX) this.#buffer.set(octets, this.#start);
    else for (let i = 0; i < octets.length; i += 1) this.#buffer[this.#start + i] = octets[i] ?? 0;
  }

  octet(octet: number): void {
    this.#reserve(1);
    this.#start -= 1;
    this.#buffer[this.#start] = octet;
  }

  /** Puts the identifier and length octets of everything written since `mark` in front of it. */
  header(tag: Tag, isConstructed: boolean, mark: Mark): void {
    const length = this.mark() - mark;
    if (length < 0x80 && tag < 0x1f) {
      // Most are short and universal: both octets at once.
      this.#reserve(2);
      this.#start -= 2;
      this.#buffer[this.#start] = tag | (isConstructed ? CONSTRUCTED : 0);
      this.#buffer[this.#start + 1] = length;
      return;
    }
    this.length(length);
    this.identifier(tag, isConstructed);
  }

  /**
   * Puts the identifier and length octets of a constructed element in front of everything written,
   * which `bytesBehind` octets follow that are not written here.
   */
  around(tag: Tag, bytesBehind: number): void {
    this.length(this.mark() + bytesBehind);
    this.identifier(tag, true);
  }

  /** Length octets, in the shortest definite form. */
  length(length: number): void {
    if (length < 0x80) {
      this.octet(length);
      return;
    }
    let count = 0;
    for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) {
      this.octet(rest % 256);
      count += 1;
    }
    this.octet(0x80 | count);
  }

  /** Identifier octets. */
  identifier(tag: Tag, isConstructed: boolean): void {
    const number = numberOf(tag);
    const leading = (classOf(tag) << 6) | (isConstructed ? CONSTRUCTED : 0);
    if (number < 0x1f) {
      this.octet(leading | number);
      return;
    }
    this.octet(number & 0x7f);
    for (let rest = Math.floor(number / 128); rest > 0; rest = Math.floor(rest / 128)) {
      this.octet(0x80 | (rest & 0x7f));
    }
    this.octet(leading | 0x1f);
  }

  /** A whole primitive element. */
  primitive(tag: Tag, content: Uint8Array): void {
    const mark = this.mark();
    this.octets(content);
    this.header(tag, false, mark);
  }

  /** All that is written: a window on the writer's buffer, which the writer gives up. */
  finish(): Uint8Array {
    const written = this.#buffer.subarray(this.#start);
    this.#buffer = NOTHING;
    this.#start = 0;
    return written;
  }

  /** Octets that fit before the writer grows. */
  get capacityBytes(): number {
    return this.#buffer.length;
  }

  /** A copy of all that is written. */
  copy(): Uint8Array {
    return this.#buffer.slice(this.#start);
  }

  /** All that is written, at `at` of `target`, which has room for it. */
  copyTo(target: Uint8Array, at: number): void {
    target.set(this.#buffer.subarray(this.#start), at);
  }

  /** All that is written, in order: copies of what was copied, and what was lent. */
  pieces(): Pieces {
    const own = this.copy();
    if (this.#lent.length === 0) return [own];
    const pieces: Uint8Array[] = [];
    let at = 0;
    for (const { octets, behindBytes } of this.#lent.toReversed()) {
      const end = own.length - behindBytes;
      if (end > at) pieces.push(own.subarray(at, end));
      pieces.push(octets);
      at = end;
    }
    if (at < own.length) pieces.push(own.subarray(at));
    return pieces;
  }

  /** Nothing is written any more; the buffer stays. */
  clear(): void {
    this.#start = this.#buffer.length;
    if (this.#lentBytes === 0) return;
    this.#lent = [];
    this.#lentBytes = 0;
  }

  #reserve(size: number): void {
    if (size <= this.#start) return;
    const written = this.#buffer.subarray(this.#start);
    const grown = new Uint8Array(Math.max(2 * this.#buffer.length, written.length + size + 64));
    grown.set(written, grown.length - written.length);
    this.#start = grown.length - written.length;
    this.#buffer = grown;
  }
}

/** Holds nearly every value. */
const SPARE_BYTES = 16 * 1024;
/** A buffer that has grown beyond this is given away with what is in it. */
const SPARE_BYTES_MAX = 64 * 1024;

let spare: BerWriter | null = null;

/** Below it copying costs less than another piece does. */
const LEND_BYTES_MIN = 2 * 1024;

let lender: BerWriter | null = null;

/** What `write` writes, in pieces: long octet strings are not copied, so they must not change. */
export function writtenInPieces(write: (writer: BerWriter) => void): Pieces {
  const writer = lender ?? new BerWriter(SPARE_BYTES, LEND_BYTES_MIN);
  lender = null;
  try {
    write(writer);
    return writer.pieces();
  } finally {
    writer.clear();
    if (writer.capacityBytes <= SPARE_BYTES_MAX) lender = writer;
  }
}

/**
 * What `write` writes, in octets of its own. One buffer serves all calls: most values are a few
 * octets, and a fresh buffer for each would cost more than the encoding.
 */
export function written(write: (writer: BerWriter) => void): Uint8Array {
  const writer = spare ?? new BerWriter(SPARE_BYTES);
  // Whoever writes may come back here on its way.
  spare = null;
  try {
    write(writer);
    return writer.capacityBytes > SPARE_BYTES_MAX ? writer.finish() : writer.copy();
  } finally {
    writer.clear();
    if (writer.capacityBytes > 0) spare = writer;
  }
}
