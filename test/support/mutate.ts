/**
 * Mutation that knows BER: a value is read into a tree, a node of it is changed, and the whole is
 * written again with right lengths; so that what is wrong lies deep inside, where a flipped octet
 * seldom gets. Some mutations leave the form as well.
 */
import type { Random } from '../../src/base/random.js';

interface Node {
  /** Class in the top two bits, then the constructed bit, then the number up to 30. */
  identifier: number;
  /** Of a primitive one: octets; of a constructed one: what is within. */
  content: Uint8Array | Node[];
}

/** The tree of octets that are BER with one-octet tags and definite lengths; null for others. */
function parse(octets: Uint8Array): Node[] | null {
  const nodes: Node[] = [];
  for (let at = 0; at < octets.length; ) {
    const identifier = octets[at] ?? 0;
    const first = octets[at + 1] ?? 0x80;
    const isLong = first > 0x80;
    const lengthOctets = isLong ? first & 0x7f : 0;
    if ((identifier & 0x1f) === 0x1f || first === 0x80 || lengthOctets > 3) return null;
    let length = first;
    if (isLong) {
      length = 0;
      for (let i = 0; i < lengthOctets; i += 1) length = length * 256 + (octets[at + 2 + i] ?? 0);
    }
    const start = at + 2 + lengthOctets;
    const end = start + length;
    if (end > octets.length) return null;
    const content = octets.slice(start, end);
    const within = (identifier & 0x20) === 0 ? null : parse(content);
    nodes.push({ identifier, content: within ?? content });
    at = end;
  }
  return nodes;
}

function write(nodes: readonly Node[], random: Random): Buffer {
  return Buffer.concat(nodes.map((node) => writeNode(node, random)));
}

function writeNode({ identifier, content }: Node, random: Random): Buffer {
  const inner = content instanceof Uint8Array ? Buffer.from(content) : write(content, random);
  const isIndefinite = (identifier & 0x20) !== 0 && random.below(60) === 0;
  if (isIndefinite) {
    return Buffer.concat([Buffer.of(identifier, 0x80), inner, Buffer.of(0, 0)]);
  }
  const length = random.below(400) === 0 ? inner.length + random.below(3) - 1 : inner.length;
  return Buffer.concat([Buffer.of(identifier), lengthOf(Math.max(0, length)), inner]);
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.of(length);
  if (length < 0x100) return Buffer.of(0x81, length);
  return Buffer.of(0x83, length >> 16, (length >> 8) & 0xff, length & 0xff);
}

/** Every list of siblings in the tree, the outermost first. */
function listsOf(nodes: Node[]): Node[][] {
  return [
    nodes,
    ...nodes.flatMap(({ content }) => (content instanceof Uint8Array ? [] : listsOf(content))),
  ];
}

/** Numbers at which something changes. */
const NUMBERS = ['00', '01', '7f', '80', 'ff', '0080', '7fffffff', '80000000', 'ffffffff'];
const WIDE = ['0080000000', '7fffffffffffffff', '8000000000000000', '010000000000000000'];
const ODD_NUMBERS = [...NUMBERS, ...WIDE].map((hex) => Buffer.from(hex, 'hex'));
const IDENTIFIERS = [0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0a, 0x13, 0x14, 0x17, 0x30, 0x31, 0x60];

/** One change of one node. `others` are trees from which parts are taken. */
function mutateOnce(nodes: Node[], others: readonly Node[][], random: Random): void {
  const lists = listsOf(nodes).filter((list) => list.length > 0);
  const list = lists[random.below(lists.length)];
  if (list === undefined) return;
  const at = random.below(list.length);
  const node = list[at] as Node;
  switch (random.below(10)) {
    case 0:
      list.splice(at, 1);
      return;
    case 1:
      list.splice(at, 0, structuredClone(node));
      return;
    case 2:
      list.splice(random.below(list.length), 0, ...list.splice(at, 1));
      return;
    case 3:
      node.identifier = (node.identifier & 0xe0) | random.below(31);
      return;
    case 4:
      node.identifier = IDENTIFIERS[random.below(IDENTIFIERS.length)] ?? 0x05;
      return;
    case 5:
      node.content = ODD_NUMBERS[random.below(ODD_NUMBERS.length)] ?? new Uint8Array(0);
      return;
    case 6:
      node.content = random.octets(random.below(24));
      return;
    case 7: {
      const donors = listsOf(others[random.below(others.length)] ?? []).flat();
      const donor = donors[random.below(donors.length)];
      if (donor !== undefined) list[at] = structuredClone(donor);
      return;
    }
    case 8: {
      let wrapped: Node = structuredClone(node);
      const depth = random.below(20) === 0 ? 150 : 1;
      const identifier = 0xa0 | random.below(8);
      for (let i = 0; i < depth; i += 1) wrapped = { identifier, content: [wrapped] };
      list[at] = wrapped;
      return;
    }
    default:
      if (node.content instanceof Uint8Array && node.content.length > 0) {
        const bit = random.below(8 * node.content.length);
        node.content[bit >> 3] = (node.content[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      } else node.content = [];
  }
}

/** Makes mutations of the seeds, which are whole BER elements. */
export class Mutator {
  readonly #trees: readonly Node[][];
  readonly #random: Random;

  constructor(seeds: readonly Uint8Array[], random: Random) {
    this.#random = random;
    this.#trees = seeds.map((seed) => parse(seed) ?? []);
  }

  /** A mutation of the seed of that index: mostly one change, seldom many, seldom cut off. */
  mutate(index: number): Uint8Array {
    const random = this.#random;
    const tree = structuredClone(this.#trees[index] ?? []);
    const changes = random.below(4) === 0 ? 1 + random.below(8) : 1;
    for (let i = 0; i < changes; i += 1) mutateOnce(tree, this.#trees, random);
    const octets = write(tree, random);
    return random.below(100) === 0 ? octets.subarray(0, random.below(octets.length + 1)) : octets;
  }
}
