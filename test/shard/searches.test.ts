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
  const run = (mailbox: MailboxId, name: string, slices: number) =>
    searches.run(mailbox, { work: long(name, slices), failed });

  test('what one slice is enough for is done at once', () => {
    run(box(1), 'short', 0);
    expect([told, searches.isUnderWay(box(1)), vi.getTimerCount()]).toEqual([['short'], false, 0]);
  });

  test('what is longer goes on by itself, a slice a turn', () => {
    run(box(1), 'long', 3);
    expect([told, searches.isUnderWay(box(1))]).toEqual([[], true]);
    vi.runAllTimers();
    expect([told, searches.isUnderWay(box(1)), turns]).toEqual([['long'], false, 3]);
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

  test('further operations of the mailbox wait, in their order', () => {
    run(box(1), 'first', 2);
    for (const name of ['second', 'third']) {
      searches.wait(box(1), () => run(box(1), name, name === 'second' ? 1 : 0));
    }
    run(box(2), 'other', 0);
    expect(told).toEqual(['other']);
    vi.runAllTimers();
    expect(told).toEqual(['other', 'first', 'second', 'third']);
    expect(searches.isUnderWay(box(1))).toBe(false);
  });

  test('many short ones that have waited do not make one long turn', () => {
    run(box(1), 'first', 1);
    const count = 40;
    for (let i = 0; i < count; i += 1) searches.wait(box(1), () => run(box(1), 'short', 0));
    let longestMs = 0;
    while (vi.getTimerCount() > 0) {
      const startMs = nowMs;
      vi.advanceTimersToNextTimer();
      longestMs = Math.max(longestMs, nowMs - startMs);
    }
    expect(told).toHaveLength(count + 1);
    expect(longestMs).toBeLessThan(2 * SEARCH_SLICE_MS);
  });

  test('those that go on take turns, and who asks again stands behind the others', () => {
    const all = Array.from({ length: SEARCHES_AT_ONCE_MAX + 2 }, (_, i) => i);
    for (const i of all) run(box(i), `${i}`, 2);
    searches.wait(box(0), () => run(box(0), 'again', 0));
    vi.runAllTimers();
    expect(told.at(-1)).toBe('again');
    expect([...told].slice(0, -1).sort()).toEqual(all.map(String).sort());
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
    });
    searches.wait(box(1), () => run(box(1), 'next', 0));
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
