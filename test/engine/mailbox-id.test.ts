/** FROZEN: slots stand in journals, and the first octet of the hash in paths. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { fanOut, type MailboxId, shardOf, slotOf } from '../../src/engine/mailbox-id.js';
import { MAILBOX_HASHES_MAX, SLOT_COUNT } from '../../src/limits.js';

const idOf = (text: string) => text as MailboxId;

describe('the hash of a mailbox', () => {
  test.each([
    ['alpha', 723, '8e'],
    ['bravo', 324, 'f1'],
    ['bench-0', 882, '0f'],
  ])('%s: slot %i, directory %s, again and again', (text, slot, directory) => {
    for (const _ of [1, 2]) {
      expect(slotOf(idOf(text))).toBe(slot);
      expect(fanOut(idOf(text))).toBe(directory);
    }
  });

  test('more mailboxes than are remembered keep their slots', () => {
    const slots = (from: number) =>
      Array.from({ length: 5 }, (_, i) => slotOf(idOf(`m${from + i}`)));
    const first = slots(0);
    for (let i = 0; i <= MAILBOX_HASHES_MAX; i += 1) slotOf(idOf(`m${i}`));
    expect(slots(0)).toEqual(first);
    const digest = createHash('sha256').update('m0').digest();
    expect(first[0]).toBe(digest.readUInt16BE(0) % SLOT_COUNT);
  });

  test('slots go round the shards', () => {
    expect([0, 1, 2, 3].map((slot) => shardOf(slot as never, 3))).toEqual([0, 1, 2, 0]);
  });
});
