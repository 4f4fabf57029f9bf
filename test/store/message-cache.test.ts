import { expect, test } from 'vitest';
import { MessageCache } from '../../src/store/mailbox/message-cache.js';
import { BOX, mailboxId } from './samples.js';

const OTHER = mailboxId('other');
const chunk = (text: string) => Buffer.from(text.padEnd(10, '.'));
const text = (octets: Uint8Array | null) =>
  octets === null ? null : Buffer.from(octets).toString();

test('messages come back as they were put, each mailbox its own', () => {
  const cache = new MessageCache(100);
  const shared = chunk('onetwo');
  cache.put(BOX, 1, shared, 0, 3);
  cache.put(OTHER, 1, shared, 3, 3);
  expect([text(cache.get(BOX, 1)), text(cache.get(OTHER, 1))]).toEqual(['one', 'two']);
  cache.put(BOX, 1, chunk('new'), 0, 3);
  expect(text(cache.get(BOX, 1))).toBe('new');
  cache.forget(BOX, 1);
  expect([text(cache.get(BOX, 1)), text(cache.get(OTHER, 1))]).toEqual([null, 'two']);
});

test('whole buffers are held, counted and let go, oldest first', () => {
  const cache = new MessageCache(30);
  const chunks = [0, 1, 2, 3, 4].map((i) => chunk(`${i}`));
  for (const [i, one] of chunks.entries()) {
    cache.put(BOX, 2 * i, one, 0, 1);
    cache.put(BOX, 2 * i + 1, one, 0, 1);
    expect(cache.bytes).toBe(Math.min(30, 10 * (i + 1)));
  }
  expect(Array.from({ length: 10 }, (_, i) => text(cache.get(BOX, i)))).toEqual([
    null,
    null,
    null,
    null,
    '2',
    '2',
    '3',
    '3',
    '4',
    '4',
  ]);
});

test('a buffer none of whose messages is left is let go', () => {
  const cache = new MessageCache(100);
  const one = chunk('ab');
  cache.put(BOX, 1, one, 0, 1);
  cache.put(BOX, 2, one, 1, 1);
  cache.forget(BOX, 1);
  expect(cache.bytes).toBe(10);
  cache.forget(BOX, 2);
  cache.forget(BOX, 2);
  expect(cache.bytes).toBe(0);
});

test('a buffer larger than the bound is not kept', () => {
  const cache = new MessageCache(5);
  cache.put(BOX, 1, chunk('large'), 0, 5);
  expect([cache.bytes, cache.get(BOX, 1)]).toEqual([0, null]);
});
