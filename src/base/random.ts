/**
 * Seeded random numbers (the xoshiro128** generator), so that a run can be repeated by its seed.
 * Not for secrets.
 *
 * Source: ours; the generator is by D. Blackman and S. Vigna, public domain.
 */

export interface Random {
  /** An integer in 0..2^32-1. */
  uint32(): number;
  /** An integer in 0..bound-1. */
  below(bound: number): number;
  /** `length` octets. */
  octets(length: number): Uint8Array;
}

/** A generator whose whole future is decided by `seed`. */
export function seededRandom(seed: number): Random {
  const state = spread(seed);
  const uint32 = () => step(state);
  return {
    uint32,
    below: (bound) => Math.floor((uint32() / 0x1_0000_0000) * bound),
    octets: (length) => Uint8Array.from({ length }, () => uint32() >>> 24),
  };
}

/** Fills four words from one, by splitmix32, so that near seeds give far states. */
function spread(seed: number): Uint32Array {
  let word = seed >>> 0;
  return Uint32Array.from({ length: 4 }, () => {
    word = (word + 0x9e37_79b9) >>> 0;
    let mixed = word ^ (word >>> 16);
    mixed = Math.imul(mixed, 0x21f0_aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a_2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  });
}

function step(state: Uint32Array): number {
  const [a = 0, b = 0, c = 0, d = 0] = state;
  const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
  state[2] = c ^ a;
  state[3] = d ^ b;
  state[1] = b ^ (c ^ a);
  state[0] = a ^ (d ^ b);
  state[2] = (state[2] ?? 0) ^ (b << 9);
  state[3] = rotateLeft(state[3] ?? 0, 11);
  return result;
}

function rotateLeft(word: number, bits: number): number {
  return ((word << bits) | (word >>> (32 - bits))) >>> 0;
}
