import { describe, expect, test } from 'vitest';
import { Fifo } from '../../src/base/fifo.js';
import { seededRandom } from '../../src/base/random.js';

describe('first in, first out', () => {
  test('nothing is taken of nothing', () => {
    const fifo = new Fifo<number>();
    expect([fifo.take(), fifo.size]).toEqual([undefined, 0]);
  });

  test.each([7, 8, 9])('seed %i: as an array does, through every cut', (seed) => {
    const random = seededRandom(seed);
    const fifo = new Fifo<number>();
    const array: number[] = [];
    for (let step = 0; step < 20_000; step += 1) {
      // Grows in the first half, shrinks in the second.
      if (random.below(10) < (step < 10_000 ? 7 : 3)) {
        fifo.push(step);
        array.push(step);
      } else if (fifo.take() !== array.shift()) expect.fail(`another item in step ${step}`);
      if (fifo.size !== array.length) expect.fail(`another size in step ${step}`);
    }
    const rest = Array.from({ length: fifo.size }, () => fifo.take());
    expect(rest).toEqual(array);
  });

  test('an item that is undefined is an item', () => {
    const fifo = new Fifo<undefined>();
    fifo.push(undefined);
    expect(fifo.size).toBe(1);
    fifo.take();
    expect(fifo.size).toBe(0);
  });

  test('a hundred thousand that wait are taken in no time', () => {
    const fifo = new Fifo<number>();
    for (let i = 0; i < 100_000; i += 1) fifo.push(i);
    const start = performance.now();
    while (fifo.size > 0) fifo.take();
    // An array's shift takes seconds here.
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});
