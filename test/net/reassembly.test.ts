import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../src/base/random.js';
import { type Holder, ReassemblyBudget } from '../../src/net/reassembly.js';

class Association implements Holder {
  isHeld = false;
  bytes = 0;

  holdForMemory(isHeld: boolean): void {
    this.isHeld = isHeld;
  }
}

const held = (associations: readonly Association[]) => associations.map(({ isHeld }) => isHeld);

describe('reassembly budget', () => {
  test('above the bound the newest stops, then the one before, never the oldest', () => {
    const budget = new ReassemblyBudget(100);
    const all = [new Association(), new Association(), new Association()] as const;
    for (const one of all) budget.update(one, 33);
    expect(held(all)).toEqual([false, false, false]);
    budget.update(all[0], 35);
    expect(held(all)).toEqual([false, false, true]);
    budget.update(all[1], 40);
    expect(held(all)).toEqual([false, true, true]);
    budget.update(all[0], 90);
    expect(held(all)).toEqual([false, true, true]);
  });

  test('age is that of the TSDU, not of the association', () => {
    const budget = new ReassemblyBudget(100);
    const [a, b] = [new Association(), new Association()];
    budget.update(a, 10);
    budget.update(b, 10);
    budget.update(a, 0);
    budget.update(a, 95);
    expect(held([a, b])).toEqual([true, false]);
  });

  test('when enough is whole, all go on; the next oldest in any case', () => {
    const budget = new ReassemblyBudget(100);
    const [a, b, c] = [new Association(), new Association(), new Association()];
    budget.update(a, 10);
    budget.update(b, 45);
    budget.update(c, 46);
    budget.update(b, 46);
    expect(held([a, b, c])).toEqual([false, true, true]);
    budget.update(a, 0);
    expect(held([a, b, c])).toEqual([false, false, true]);
    budget.update(b, 0);
    expect(held([a, b, c])).toEqual([false, false, false]);
  });

  test('who is gone is held no more and counts no more', () => {
    const budget = new ReassemblyBudget(100);
    const [a, b] = [new Association(), new Association()];
    budget.update(a, 60);
    budget.update(b, 60);
    budget.update(b, 0);
    expect([b.isHeld, budget.bytes]).toEqual([false, 60]);
  });

  test.each([1, 2, 3])('whatever comes, the oldest goes on and all get whole: seed %i', (seed) => {
    const random = seededRandom(seed);
    const budget = new ReassemblyBudget(1_000);
    const all = Array.from({ length: 20 }, () => new Association());
    let whole = 0;
    for (let step = 0; step < 20_000; step += 1) {
      const readable = all.filter(({ isHeld }) => !isHeld);
      expect(readable.length).toBeGreaterThan(0);
      const one = readable[random.below(readable.length)] as Association;
      one.bytes += 1 + random.below(30);
      if (one.bytes > 500) {
        one.bytes = 0;
        whole += 1;
      }
      budget.update(one, one.bytes);
      expect(budget.bytes).toBeLessThanOrEqual(1_000 + 500 + 20 * 30);
    }
    expect(whole).toBeGreaterThan(100);
  });
});
