/** Who gets his turn when: searches, what waits behind them, and everybody else. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { InvariantError } from '../../src/base/errors.js';
import type { MailboxId } from '../../src/engine/mailbox-id.js';
import { SEARCH_SLICE_MS, SEARCHES_AT_ONCE_MAX, SEARCHES_SUSPENDED_MAX } from '../../src/limits.js';
import { Searches } from '../../src/shard/searches.js';
import type { Sliced } from '../../src/shard/sliced.js';
import { msErrorOf, serviceError } from '../../src/x413/errors.js';

const box = (name: string | number) => `box${name}` as MailboxId;

describe('searches', () => {
  let nowMs: number;
  let turns: number;
  let searches: Searches;
  let told: string[];
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate'] });
    nowMs = 0;
    turns = 0;
    told = [];
    const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs };
    searches = new Searches(clock, () => {
      turns += 1;
    });
  });
  afterEach(() => {
    searches.stop();
    vi.useRealTimers();
  });

  /** Takes so many slices and a half, a millisecond a step. */
  function* long(name: string, slices: number): Sliced<void> {
    for (let step = 0; step < (slices + 0.5) * SEARCH_SLICE_MS; step += 1) {
      nowMs += 1;
      if (searches.isOver) yield;
    }
    told.push(name);
  }
  const failed = (error: unknown) => {
    const known = msErrorOf(error);
    if (known === null) throw error;
    told.push(`error ${known.code}`);
  };
  const run = (mailbox: MailboxId, name: string, slices: number, isChange = false) =>
    searches.admit(mailbox, isChange, () =>
      searches.run(mailbox, { work: long(name, slices), failed, isChange }),
    );

  test('what one slice is enough for is done at once', () => {
    run(box(1), 'short', 0);
    expect([told, vi.getTimerCount()]).toEqual([['short'], 0]);
  });

  test('what is longer goes on by itself, a slice a turn', () => {
    run(box(1), 'long', 3);
    expect(told).toEqual([]);
    vi.runAllTimers();
    expect([told, turns]).toEqual([['long'], 3]);
  });

  test('between two slices others are served, and get as much time', () => {
    run(box(1), 'long', 2);
    // The first turn was taken when nobody else had asked.
    vi.runOnlyPendingTimers();
    searches.noteOthers();
    vi.advanceTimersToNextTimer();
    run(box(2), 'short', 0);
    expect(told).toEqual(['long', 'short']);
    run(box(1), 'next', 3);
    searches.noteOthers();
    vi.runOnlyPendingTimers();
    vi.advanceTimersByTime(SEARCH_SLICE_MS - 1);
    expect(turns).toBe(3);
    vi.advanceTimersByTime(1);
    expect(turns).toBe(4);
  });

  test('whoever reads the same mailbox need not wait', () => {
    run(box(1), 'first', 2);
    run(box(1), 'second', 1);
    run(box(1), 'short', 0);
    expect(told).toEqual(['short']);
    vi.runAllTimers();
    expect(told).toEqual(['short', 'second', 'first']);
  });

  test('who changes it waits, and whoever comes after it waits behind it', () => {
    run(box(1), 'first', 2);
    run(box(1), 'change', 1, true);
    run(box(1), 'second', 0);
    run(box(1), 'third', 0);
    run(box(2), 'other', 0);
    run(box(2), 'change elsewhere', 0, true);
    expect(told).toEqual(['other', 'change elsewhere']);
    vi.runAllTimers();
    expect(told.slice(2)).toEqual(['first', 'change', 'second', 'third']);
    run(box(1), 'last', 0, true);
    expect(told.at(-1)).toBe('last');
  });

  test('nobody else is in a mailbox while it is changed', () => {
    run(box(1), 'change', 2, true);
    run(box(1), 'reader', 0);
    run(box(1), 'second change', 1, true);
    run(box(1), 'long reader', 1);
    run(box(1), 'another', 0);
    expect(told).toEqual([]);
    vi.runAllTimers();
    expect(told.slice(0, 3)).toEqual(['change', 'reader', 'second change']);
    expect(told.slice(3).sort()).toEqual(['another', 'long reader']);
  });

  test('many short ones that have waited do not make one long turn', () => {
    run(box(1), 'first', 1, true);
    const count = 40;
    for (let i = 0; i < count; i += 1) run(box(1), 'short', 0);
    expect(told).toEqual([]);
    let longestMs = 0;
    while (vi.getTimerCount() > 0) {
      const startMs = nowMs;
      vi.advanceTimersToNextTimer();
      longestMs = Math.max(longestMs, nowMs - startMs);
    }
    expect(told).toHaveLength(count + 1);
    expect(longestMs).toBeLessThan(2 * SEARCH_SLICE_MS);
  });

  test('those that go on take turns, and who comes later waits for his', () => {
    const all = Array.from({ length: SEARCHES_AT_ONCE_MAX + 2 }, (_, i) => i);
    for (const i of all) run(box(i), `${i}`, 2);
    vi.runAllTimers();
    expect([...told].sort()).toEqual(all.map(String).sort());
    const late = told.slice(-2).map(Number);
    expect(late.sort()).toEqual(all.slice(-2));
  });

  test('beyond the bound: busy; and room again when one has ended', () => {
    for (let i = 0; i < SEARCHES_SUSPENDED_MAX; i += 1) run(box(i), 'one of many', 1);
    run(box('more'), 'too many', 1);
    expect(told).toEqual(['error 27']);
    run(box('short'), 'short', 0);
    expect(told).toEqual(['error 27', 'short']);
    vi.runAllTimers();
    run(box('more'), 'again', 1);
    vi.runAllTimers();
    expect(told.at(-1)).toBe('again');
  });

  test('an error in a later slice is answered, and what waits goes on', () => {
    searches.run(box(1), {
      work: (function* (): Sliced<void> {
        yield* long('begun', 1);
        throw serviceError('unavailable');
      })(),
      failed,
      isChange: true,
    });
    run(box(1), 'next', 0);
    vi.runAllTimers();
    expect(told).toEqual(['begun', 'error 27', 'next']);
  });

  test('a bug is not swallowed', () => {
    searches.run(box(1), {
      work: (function* (): Sliced<void> {
        yield;
        throw new InvariantError('for the test');
      })(),
      failed,
      isChange: false,
    });
    expect(() => vi.runAllTimers()).toThrow(InvariantError);
  });

  test('when it is stopped nothing goes on', () => {
    run(box(1), 'long', 3);
    searches.stop();
    vi.runAllTimers();
    expect([told, turns]).toEqual([[], 0]);
  });
});
