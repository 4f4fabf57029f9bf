import { describe, expect, test } from 'vitest';
import { joinOctets } from '../../src/base/octets.js';
import { seededRandom } from '../../src/base/random.js';
import { gather } from '../../src/net/gather.js';

const LARGE = 40_000;
const pieces = (...sizes: number[]) =>
  sizes.map((size, at) => new Uint8Array(size).fill(1 + (at % 255)));

describe('gather', () => {
  test.each([
    ['nothing', [], []],
    ['one small piece, not copied', [10], [10]],
    ['small neighbours in one', [10, 20, 30_000], [30_030]],
    ['a large one alone', [LARGE], [LARGE]],
    ['a large one between small ones', [10, 20, LARGE, 5], [30, LARGE, 5]],
    ['large neighbours', [LARGE, LARGE, 1], [LARGE, LARGE, 1]],
  ])('%s', (_what, sizes, buffers) => {
    expect(gather(pieces(...sizes)).map(({ length }) => length)).toEqual(buffers);
  });

  test('what is large, or alone, is not copied', () => {
    const [small, large] = [new Uint8Array(3), new Uint8Array(LARGE)];
    expect(gather([small])[0]?.buffer).toBe(small.buffer);
    expect(gather([small, large])[1]?.buffer).toBe(large.buffer);
  });

  test.each([1, 2, 3])('the octets are the same, in order: seed %i', (seed) => {
    const random = seededRandom(seed);
    const sizes = Array.from({ length: 50 }, () =>
      random.below(random.below(4) === 0 ? 80_000 : 90),
    );
    const all = sizes.map((size) => random.octets(size));
    expect(Buffer.concat(gather(all)).equals(joinOctets(all))).toBe(true);
  });
});
