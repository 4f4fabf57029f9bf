import { expect, test } from 'vitest';
import { copyOctets } from '../../src/base/octets.js';

test('a copy shares nothing with what it is of, be that a Buffer or not', () => {
  for (const octets of [Buffer.from([1, 2, 3]), Uint8Array.of(0, 1, 2, 3).subarray(1)]) {
    const copy = copyOctets(octets);
    octets[0] = 9;
    expect([...copy]).toEqual([1, 2, 3]);
  }
});
