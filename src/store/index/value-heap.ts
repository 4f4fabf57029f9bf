/**
 * The cached attribute values of one segment. Values of one attribute are much alike (the same
 * originator, identifiers of one domain, times of one day), so a value is kept as a number of
 * octets of an earlier one, its base, and what follows.
 *
 *     item:  base (1)  octets taken from it (1)  octets that follow (1, or 255 and 4)  the octets
 *     item with base 255:  255  attribute (1)  octets (1, or 255 and 4)  the octets
 *
 * The items of a row lie together. Bases are looked for by attribute and length, for the length
 * stands in the first octets of an element.
 *
 * Source: ours. docs/formats/snapshot.md. FROZEN: it is in snapshots.
 */

const NO_BASE = 255;
const TAKEN_MAX = 255;
const LONG = 255;
/** Bases of one attribute and length that are compared with a value before it becomes one. */
const CANDIDATES_MAX = 6;

/** A buffer that grows by half: heaps are most of what a message costs in memory. */
class Heap {
  octets: Buffer;
  used: number;

  constructor(octets: Buffer) {
    this.octets = octets;
    this.used = octets.length;
  }

  reserve(bytes: number): void {
    const end = this.used + bytes;
    if (end <= this.octets.length) return;
    const size = Math.ceil(Math.max(end, 1.5 * this.octets.length));
    const larger = Buffer.allocUnsafeSlow(size);
    larger.set(this.octets.subarray(0, this.used));
    this.octets = larger;
  }

  byte(value: number): void {
    this.octets[this.used] = value;
    this.used += 1;
  }

  length(value: number): void {
    if (value < LONG) {
      this.byte(value);
      return;
    }
    this.byte(LONG);
    this.used = this.octets.writeUInt32LE(value, this.used);
  }

  append(octets: Uint8Array): void {
    this.octets.set(octets, this.used);
    this.used += octets.length;
  }

  trim(): void {
    if (this.octets.length > this.used) {
      const exact = Buffer.allocUnsafeSlow(this.used);
      exact.set(this.octets.subarray(0, this.used));
      this.octets = exact;
    }
  }
}

/** As saved: three octet strings' worth of state. */
export interface SavedValues {
  readonly items: Uint8Array;
  readonly literals: Uint8Array;
  /** Per base: attribute, where it begins and ends in `literals`. */
  readonly bases: readonly number[];
}

const copyOf = (octets: Uint8Array) => {
  const copy = Buffer.allocUnsafeSlow(octets.length);
  copy.set(octets);
  return copy;
};

export class ValueHeap {
  readonly #items: Heap;
  readonly #literals: Heap;
  readonly #bases: number[];
  /** By attribute and length, for adding only; made when needed. */
  #candidates: Map<number, number[]> | null = null;

  constructor(saved?: SavedValues) {
    this.#items = new Heap(copyOf(saved?.items ?? new Uint8Array(0)));
    this.#literals = new Heap(copyOf(saved?.literals ?? new Uint8Array(0)));
    this.#bases = [...(saved?.bases ?? [])];
  }

  get used(): number {
    return this.#items.used;
  }

  get bytes(): number {
    return this.#items.octets.length + this.#literals.octets.length;
  }

  /** Windows, good until the next change. */
  save(): SavedValues {
    return {
      items: this.#items.octets.subarray(0, this.#items.used),
      literals: this.#literals.octets.subarray(0, this.#literals.used),
      bases: this.#bases,
    };
  }

  /** No more is added: gives back what was kept for growing. */
  seal(): void {
    this.#candidates = null;
    this.#items.trim();
    this.#literals.trim();
  }

  /** Adds one value at the end. */
  add(attribute: number, value: Uint8Array): void {
    const base = this.#baseFor(attribute, value);
    this.#items.reserve(12 + value.length);
    if (base === NO_BASE) {
      this.#items.byte(NO_BASE);
      this.#items.byte(attribute);
      this.#items.length(value.length);
      this.#items.append(value);
      return;
    }
    const taken = this.#common(base, value);
    this.#items.byte(base);
    this.#items.byte(taken);
    this.#items.length(value.length - taken);
    this.#items.append(value.subarray(taken));
  }

  /** Adds the items of another heap as they are; both must have the same bases. */
  addItems(other: ValueHeap, start: number, end: number): void {
    this.#items.reserve(end - start);
    this.#items.append(other.#items.octets.subarray(start, end));
  }

  /** An empty heap with the same bases, to be filled with {@link addItems}. */
  withSameBases(): ValueHeap {
    const { literals, bases } = this.save();
    return new ValueHeap({ items: new Uint8Array(0), literals, bases });
  }

  /** The value of an attribute among the items from `start` to `end`. */
  get(attribute: number, start: number, end: number): Uint8Array | undefined {
    const { octets } = this.#items;
    for (let at = start; at < end; at = this.#itemEnd(at)) {
      if (this.#attributeAt(octets, at) === attribute) return this.#valueAt(at);
    }
    return undefined;
  }

  *entries(start: number, end: number): IterableIterator<readonly [number, Uint8Array]> {
    for (let at = start; at < end; at = this.#itemEnd(at)) {
      yield [this.#attributeAt(this.#items.octets, at), this.#valueAt(at)];
    }
  }

  #attributeAt(octets: Buffer, at: number): number {
    const base = octets[at] ?? NO_BASE;
    return (base === NO_BASE ? octets[at + 1] : this.#bases[3 * base]) ?? 0;
  }

  #itemEnd(at: number): number {
    const { octets } = this.#items;
    const rest = octets[at + 2] ?? 0;
    return rest === LONG ? at + 7 + octets.readUInt32LE(at + 3) : at + 3 + rest;
  }

  #valueAt(at: number): Uint8Array {
    const { octets } = this.#items;
    const end = this.#itemEnd(at);
    const from = at + (octets[at + 2] === LONG ? 7 : 3);
    const base = octets[at] ?? NO_BASE;
    if (base === NO_BASE) return octets.subarray(from, end);
    const taken = octets[at + 1] ?? 0;
    const start = this.#bases[3 * base + 1] ?? 0;
    const literal = this.#literals.octets.subarray(start, start + taken);
    if (from === end) return literal;
    const value = Buffer.allocUnsafe(taken + end - from);
    value.set(literal);
    value.set(octets.subarray(from, end), taken);
    return value;
  }

  #baseFor(attribute: number, value: Uint8Array): number {
    const key = attribute * 65_536 + Math.min(value.length, 65_535);
    this.#candidates ??= this.#findCandidates();
    let known = this.#candidates.get(key);
    let best = NO_BASE;
    let taken = 0;
    for (const base of known ?? []) {
      const common = this.#common(base, value);
      if (common > taken) [best, taken] = [base, common];
    }
    const isGood = 2 * taken >= Math.min(value.length, TAKEN_MAX);
    const count = this.#bases.length / 3;
    if (isGood || count === NO_BASE || (known?.length ?? 0) >= CANDIDATES_MAX) return best;
    const start = this.#literals.used;
    const length = Math.min(value.length, TAKEN_MAX);
    this.#literals.reserve(length);
    this.#literals.append(value.subarray(0, length));
    this.#bases.push(attribute, start, start + length);
    known ??= [];
    known.push(count);
    this.#candidates.set(key, known);
    return count;
  }

  /** A base longer than it may be is cut, so its length is known only where it is short. */
  #findCandidates(): Map<number, number[]> {
    const candidates = new Map<number, number[]>();
    for (let base = 0; 3 * base < this.#bases.length; base += 1) {
      const [attribute = 0, start = 0, end = 0] = this.#bases.slice(3 * base, 3 * base + 3);
      const key = attribute * 65_536 + (end - start);
      candidates.set(key, [...(candidates.get(key) ?? []), base]);
    }
    return candidates;
  }

  #common(base: number, value: Uint8Array): number {
    const start = this.#bases[3 * base + 1] ?? 0;
    const length = Math.min((this.#bases[3 * base + 2] ?? 0) - start, value.length);
    const { octets } = this.#literals;
    let at = 0;
    while (at < length && octets[start + at] === value[at]) at += 1;
    return at;
  }
}
