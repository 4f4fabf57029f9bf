import { describe, expect, test } from 'vitest';
import { InterruptedTransfers } from '../../src/net/transfer-memory.js';
import type { InterruptedTransfer, UnfinishedTransfer } from '../../src/osi/rtse/service.js';

const OWNER = Uint8Array.of(1, 2, 3);
const interrupted = (key: string, bytes = 10): InterruptedTransfer => ({
  key,
  owner: OWNER,
  octets: new Uint8Array(bytes),
  marks: [bytes],
  isComplete: false,
});
const unfinished = (bytes: number): UnfinishedTransfer => ({
  owner: OWNER,
  connection: { user: OWNER, common: OWNER },
  activity: OWNER,
  octets: [new Uint8Array(bytes)],
  serial: 1,
  confirmedBytes: 1,
});

describe('interrupted transfers', () => {
  test('what is taken is gone; another does not get it, and leaves it there', () => {
    const memory = new InterruptedTransfers();
    memory.keepInterrupted(interrupted('a'));
    expect(memory.takeInterrupted('b', OWNER)).toBeNull();
    expect(memory.takeInterrupted('a', Uint8Array.of(1, 2, 4))).toBeNull();
    expect(memory.bytes).toBe(10);
    expect(memory.takeInterrupted('a', OWNER)?.key).toBe('a');
    expect(memory.takeInterrupted('a', OWNER)).toBeNull();
    expect(memory.bytes).toBe(0);
  });

  test('the same again stands for the one before', () => {
    const memory = new InterruptedTransfers();
    memory.keepInterrupted(interrupted('a', 10));
    memory.keepInterrupted(interrupted('a', 7));
    expect(memory.bytes).toBe(7);
    expect(memory.takeInterrupted('a', OWNER)?.octets).toHaveLength(7);
  });

  test('beyond their number the oldest goes', () => {
    const memory = new InterruptedTransfers({ count: 2 });
    for (const key of ['a', 'b', 'c']) memory.keepInterrupted(interrupted(key));
    expect(memory.takeInterrupted('a', OWNER)).toBeNull();
    expect(memory.takeInterrupted('b', OWNER)?.key).toBe('b');
    expect(memory.takeInterrupted('c', OWNER)?.key).toBe('c');
  });

  test('beyond their octets the oldest goes, of both kinds; one that is too long is not kept', () => {
    const memory = new InterruptedTransfers({ bytes: 100 });
    memory.keepInterrupted(interrupted('a', 60));
    memory.keepInterrupted(interrupted('b', 40));
    memory.keepInterrupted(interrupted('long', 101));
    expect(memory.bytes).toBe(100);
    memory.keepUnfinished(unfinished(50));
    expect(memory.bytes).toBe(90);
    expect(memory.takeInterrupted('a', OWNER)).toBeNull();
    memory.keepUnfinished(unfinished(90));
    expect(memory.bytes).toBe(90);
    expect(memory.unfinished().map(({ octets }) => octets[0]?.length)).toEqual([90]);
  });

  test('after their time they are gone', () => {
    let nowMs = 0;
    const memory = new InterruptedTransfers({ timeMs: 1_000 }, { monotonicMs: () => nowMs });
    memory.keepInterrupted(interrupted('a'));
    memory.keepUnfinished(unfinished(5));
    nowMs = 999;
    expect(memory.unfinished()).toHaveLength(1);
    expect(memory.bytes).toBe(15);
    nowMs = 1_000;
    expect(memory.unfinished()).toHaveLength(0);
    expect(memory.takeInterrupted('a', OWNER)).toBeNull();
    expect(memory.bytes).toBe(0);
  });

  test('what is forgotten is gone, once', () => {
    const memory = new InterruptedTransfers();
    memory.keepUnfinished(unfinished(5));
    const [kept] = memory.unfinished();
    if (kept === undefined) throw new Error('nothing is kept');
    memory.forget(kept);
    memory.forget(kept);
    expect([memory.bytes, memory.unfinished().length]).toEqual([0, 0]);
  });
});
