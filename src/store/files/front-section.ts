/**
 * The front section of a message file: what a rebuild must know of a message, as MessagePack.
 *
 *     [delivery identifier or nil, [entry, ...]]
 *
 * It is written for every delivery, and its form never changes, so the octets are put down directly
 * instead of by way of arrays that a packer walks through. FROZEN: the order of the elements.
 *
 * Source: ours, docs/formats/message-file.md; MessagePack specification for the forms.
 */
import { present } from '../../base/assert.js';
import { NO_OCTETS } from '../../base/octets.js';
import {
  type CachedAttribute,
  ENTRY_TYPE,
  type EntryFacts,
  type EntryType,
  type SequenceNumber,
  sequenceNumber,
} from '../../x413/entry.js';

export interface StoredEntry extends EntryFacts {
  readonly sequence: SequenceNumber;
}

/** What the front of a message file tells. */
export interface MessageFront {
  readonly deliveryIdentifier: Uint8Array | null;
  /** Main-entry first, ascending. */
  readonly entries: readonly StoredEntry[];
}

const NIL = 0xc0;
const FALSE = 0xc2;
const TRUE = 0xc3;
const BIN_8 = 0xc4;
const UINT_8 = 0xcc;
const INT_8 = 0xd0;
const STR_8 = 0xd9;
const ARRAY_16 = 0xdc;
const ENTRY_ELEMENTS = 13;
/** More than all of an entry but its strings and lists takes, each number in its longest form. */
const ENTRY_BYTES_MAX = 128;
const ITEM_BYTES_MAX = 8;

/** Puts one value behind the other in a buffer that grows. */
class Packer {
  #octets = Buffer.allocUnsafeSlow(4_096);
  #used = 0;

  clear(): void {
    this.#used = 0;
  }

  copy(): Uint8Array {
    return Uint8Array.prototype.slice.call(this.#octets, 0, this.#used);
  }

  /** Room for what comes next. */
  reserve(bytes: number): void {
    if (this.#octets.length - this.#used >= bytes) return;
    const larger = Buffer.allocUnsafeSlow(2 * (this.#used + bytes));
    larger.set(this.#octets.subarray(0, this.#used));
    this.#octets = larger;
  }

  array(length: number): void {
    if (length < 16) this.#octet(0x90 | length);
    else if (length < 0x1_0000) this.#sized(ARRAY_16, 2, length);
    else this.#sized(ARRAY_16 + 1, 4, length);
  }

  /** An integer of -32..2^32-1. */
  integer(value: number): void {
    if (value < 0) this.#octet(0x100 + value);
    else if (value < 0x80) this.#octet(value);
    else this.#sizedShortest(UINT_8, value);
  }

  /** Text of ASCII letters. */
  text(text: string): void {
    this.reserve(text.length + ENTRY_BYTES_MAX);
    if (text.length < 32) this.#octet(0xa0 | text.length);
    else this.#sizedShortest(STR_8, text.length);
    this.#used += this.#octets.write(text, this.#used, 'latin1');
  }

  octets(octets: Uint8Array | null): void {
    if (octets === null) {
      this.#octet(NIL);
      return;
    }
    this.reserve(octets.length + ENTRY_BYTES_MAX);
    this.#sizedShortest(BIN_8, octets.length);
    this.#octets.set(octets, this.#used);
    this.#used += octets.length;
  }

  truth(value: boolean | null): void {
    if (value === null) this.#octet(NIL);
    else this.#octet(value ? TRUE : FALSE);
  }

  nil(): void {
    this.#octet(NIL);
  }

  #octet(octet: number): void {
    this.#octets[this.#used] = octet;
    this.#used += 1;
  }

  /** The forms of 8, 16 and 32 bits lie one behind the other. */
  #sizedShortest(form: number, value: number): void {
    if (value < 0x100) this.#sized(form, 1, value);
    else if (value < 0x1_0000) this.#sized(form + 1, 2, value);
    else this.#sized(form + 2, 4, value);
  }

  #sized(form: number, bytes: number, value: number): void {
    this.#octet(form);
    this.#used = this.#octets.writeUIntBE(value, this.#used, bytes);
  }
}

const packer = new Packer();

/** The section's octets, its own. */
export function packFront({ deliveryIdentifier, entries }: MessageFront): Uint8Array {
  packer.clear();
  packer.array(2);
  packer.octets(deliveryIdentifier);
  packer.reserve(ITEM_BYTES_MAX);
  packer.array(entries.length);
  for (const entry of entries) packEntry(entry);
  return packer.copy();
}

function packEntry(entry: StoredEntry): void {
  const { children, cached, contentRange } = entry;
  packer.reserve(ENTRY_BYTES_MAX + ITEM_BYTES_MAX * children.length);
  packer.array(ENTRY_ELEMENTS);
  packer.integer(entry.sequence);
  packer.integer(entry.parent);
  packer.array(children.length);
  for (const child of children) packer.integer(child);
  packer.integer(ENTRY_TYPE[entry.entryType]);
  packer.integer(entry.priority);
  packer.integer(entry.contentLength);
  packer.text(entry.contentType);
  packer.integer(entry.creationTime);
  packer.truth(entry.contentReturned);
  packer.integer(entry.partCount);
  const items = [...cached];
  packer.array(items.length);
  for (const [attribute, value] of items) {
    packer.array(2);
    packer.integer(attribute);
    packer.octets(value);
  }
  if (contentRange === null) packer.nil();
  else {
    packer.array(2);
    packer.integer(contentRange[0]);
    packer.integer(contentRange[1]);
  }
  packer.integer(entry.precedence);
}

const ENTRY_TYPES: ReadonlyMap<unknown, EntryType> = new Map(
  Object.entries(ENTRY_TYPE).map(([type, number]) => [number, type as EntryType]),
);

/** Takes one value after the other. Throws where one is not of the form that was asked for. */
class Unpacker {
  readonly #octets: Uint8Array;
  #at = 0;

  constructor(octets: Uint8Array) {
    this.#octets = octets;
  }

  array(): number {
    const form = this.#octet();
    if ((form & 0xf0) === 0x90) return form & 0x0f;
    if (form === ARRAY_16) return this.#unsigned(2);
    if (form === ARRAY_16 + 1) return this.#unsigned(4);
    throw unexpected(form);
  }

  integer(): number {
    const form = this.#octet();
    if (form < 0x80) return form;
    if (form >= 0xe0) return form - 0x100;
    const bytes = 1 << (form - (form < INT_8 ? UINT_8 : INT_8));
    if (form < UINT_8 || form > INT_8 + 2 || bytes > 4) throw unexpected(form);
    const value = this.#unsigned(bytes);
    return form >= INT_8 && value >= 2 ** (8 * bytes - 1) ? value - 2 ** (8 * bytes) : value;
  }

  text(): string {
    const form = this.#octet();
    const isShort = (form & 0xe0) === 0xa0;
    if (!isShort && (form < STR_8 || form > STR_8 + 2)) throw unexpected(form);
    const length = isShort ? form & 0x1f : this.#unsigned(1 << (form - STR_8));
    return String.fromCharCode(...this.#window(length));
  }

  /** A window. */
  octets(): Uint8Array | null {
    const form = this.#octet();
    if (form === NIL) return null;
    if (form < BIN_8 || form > BIN_8 + 2) throw unexpected(form);
    return this.#window(this.#unsigned(1 << (form - BIN_8)));
  }

  truth(): boolean | null {
    const form = this.#octet();
    if (form === NIL) return null;
    if (form !== TRUE && form !== FALSE) throw unexpected(form);
    return form === TRUE;
  }

  isNil(): boolean {
    const is = this.#octets[this.#at] === NIL;
    if (is) this.#at += 1;
    return is;
  }

  #octet(): number {
    const octet = this.#octets[this.#at];
    if (octet === undefined) throw new RangeError('the section ends within a value');
    this.#at += 1;
    return octet;
  }

  #unsigned(bytes: number): number {
    let value = 0;
    for (let i = 0; i < bytes; i += 1) value = value * 0x100 + this.#octet();
    return value;
  }

  #window(bytes: number): Uint8Array {
    const end = this.#at + bytes;
    if (end > this.#octets.length) throw new RangeError('the section ends within a value');
    const window = this.#octets.subarray(this.#at, end);
    this.#at = end;
    return window;
  }
}

function unexpected(form: number): Error {
  return new RangeError(`form ${form} is not expected here`);
}

/** Throws where the octets are no front section. Values are windows on them. */
export function unpackFront(section: Uint8Array): MessageFront {
  const unpacker = new Unpacker(section);
  unpacker.array();
  const deliveryIdentifier = unpacker.octets();
  const entries: StoredEntry[] = [];
  for (let left = unpacker.array(); left > 0; left -= 1) entries.push(unpackEntry(unpacker));
  return { deliveryIdentifier, entries };
}

function unpackEntry(unpacker: Unpacker): StoredEntry {
  const elements = unpacker.array();
  // In the order of the elements, in which these are evaluated.
  return {
    sequence: sequenceNumber(unpacker.integer()),
    parent: unpacker.integer(),
    children: unpackChildren(unpacker),
    entryType: present(ENTRY_TYPES.get(unpacker.integer()), 'the entry type is known'),
    priority: unpacker.integer(),
    contentLength: unpacker.integer(),
    contentType: unpacker.text(),
    creationTime: unpacker.integer(),
    contentReturned: unpacker.truth(),
    partCount: unpacker.integer(),
    cached: unpackCached(unpacker),
    contentRange: unpackRange(unpacker),
    // Not in files of the first days.
    precedence: elements < ENTRY_ELEMENTS ? -1 : unpacker.integer(),
  };
}

function unpackChildren(unpacker: Unpacker): SequenceNumber[] {
  const children: SequenceNumber[] = [];
  for (let left = unpacker.array(); left > 0; left -= 1)
    children.push(sequenceNumber(unpacker.integer()));
  return children;
}

function unpackCached(unpacker: Unpacker): StoredEntry['cached'] {
  const cached = new Map<CachedAttribute, Uint8Array>();
  for (let left = unpacker.array(); left > 0; left -= 1) {
    unpacker.array();
    const attribute = unpacker.integer() as CachedAttribute;
    cached.set(attribute, unpacker.octets() ?? NO_OCTETS);
  }
  return cached;
}

function unpackRange(unpacker: Unpacker): readonly [number, number] | null {
  if (unpacker.isNil()) return null;
  unpacker.array();
  return [unpacker.integer(), unpacker.integer()];
}
