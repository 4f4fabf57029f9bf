/**
 * Journals whose end is torn at every octet, and message files with bits that flipped: what is whole
 * is there, what is torn is absent, and nothing damaged passes for whole unsaid.
 */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DamageError } from '../../src/base/errors.js';
import * as layout from '../../src/store/layout.js';
import { sequenceNumber } from '../../src/x413/entry.js';
import { BOX, deliver } from '../store/samples.js';
import {
  COUNT,
  isWhole,
  journalOnly,
  killed,
  killedAfter,
  messageOf,
  open,
  placesOf,
  segmentOf,
  wholeOnes,
  withFile,
} from './journal-image.js';

describe('a journal', () => {
  test.each(['zeros', 'ones', 'nothing'])(
    'torn at every octet of its last record, then %s',
    async (rest) => {
      const image = journalOnly(await killed());
      const { path, octets } = segmentOf(image);
      const [from = 0, to = 0] = placesOf(octets).at(-1) ?? [];
      for (let at = from; at < to; at += 1) {
        const torn = octets.slice(0, rest === 'nothing' ? at : octets.length);
        if (rest !== 'nothing') torn.fill(rest === 'zeros' ? 0 : 0xff, at);
        // Octets that the record ends with may be what the tear left.
        const isSame = Buffer.compare(torn.subarray(0, to), octets.subarray(0, to)) === 0;
        const { store, notices } = await open(withFile(image, path, torn));
        expect(wholeOnes(store), `torn at ${at - from}`).toEqual(
          isSame ? [1, 2, 3, 4, 5] : [1, 2, 3, 4],
        );
        expect(notices).toEqual([]);
        if ((at - from) % 50 === 0) {
          expect((await deliver(store)).sequence).toBe(isSame ? 6 : 5);
          await store.close();
        }
      }
    },
  );

  test('of one record, torn at every octet: it was never there, and nothing is damaged', async () => {
    const image = journalOnly(await killedAfter([1]));
    const { path, octets } = segmentOf(image);
    const [[, to = 0] = []] = placesOf(octets);
    for (let at = 0; at < to; at += 1) {
      const torn = octets.slice().fill(0, at);
      if (Buffer.compare(torn, octets) === 0) continue;
      const { store, notices } = await open(withFile(image, path, torn));
      expect([store.mailbox(BOX).count, notices], `torn at ${at}`).toEqual([0, []]);
    }
  });

  test('with a hole at every octet of its last batch: nothing behind the hole counts', async () => {
    const image = journalOnly(await killedAfter([1, 1, 3]));
    const { path, octets } = segmentOf(image);
    const places = placesOf(octets);
    const [from = 0] = places[2] ?? [];
    const [, to = 0] = places[4] ?? [];
    for (let at = from; at < to; at += 1) {
      const torn = octets.slice();
      // As a sector that did not reach the disk.
      torn.fill(0, at, at + 40);
      if (Buffer.compare(torn.subarray(0, to), octets.subarray(0, to)) === 0) continue;
      const { store, files, notices } = await open(withFile(image, path, torn));
      const whole = wholeOnes(store);
      const hit = places.findIndex(([, end]) => at < end) + 1;
      // The octets of one record may be zeros where the hole begins.
      expect([hit, hit + 1], `hole at ${at - from}`).toContain(whole.length + 1);
      expect(whole).toEqual([1, 2, 3, 4, 5].slice(0, whole.length));
      expect(notices).toEqual([]);
      if ((at - from) % 40 !== 0) continue;
      expect((await deliver(store)).sequence).toBe(whole.length + 1);
      const again = await open(files.image());
      expect(again.store.mailbox(BOX).count).toBe(whole.length + 1);
    }
  });
});

test.each([1, 2])(
  'a file that a cut has left torn under two names is written anew as one (%i shards)',
  async (shardCount) => {
    const image = journalOnly(await killed());
    const at = (name: string) => join(layout.bucketDirectory('/data', BOX, 1), name);
    const torn = withFile(
      withFile(image, at('0000000002n'), Buffer.alloc(70)),
      at('0000000002p'),
      Buffer.alloc(0),
    );
    const { store, files, notices } = await open(torn, shardCount);
    expect([wholeOnes(store), notices]).toEqual([[1, 2, 3, 4, 5], []]);
    await store.checkpoint();
    const names = [...files.image().files.keys()].filter((path) => path.includes('/in/'));
    expect(names.filter((path) => path.includes('0000000002'))).toEqual([at('0000000002p')]);
  },
);

describe('a message file', () => {
  test('with a bit flipped anywhere is never read as if it were whole', async () => {
    const { store, files } = await open();
    for (let i = 1; i <= COUNT; i += 1) await deliver(store, messageOf(i));
    await store.close();
    const image = files.image();
    const paths = [...image.files.keys()].filter((path) => path.endsWith('0000000003n'));
    const [path = ''] = paths;
    const octets = image.files.get(path) ?? new Uint8Array(0);
    expect(octets.length).toBeGreaterThan(100);
    for (let bit = 0; bit < 8 * octets.length; bit += 3) {
      const flipped = octets.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const { store: again, notices } = await open(withFile(image, path, flipped));
      const mailbox = again.mailbox(BOX);
      const isShown = mailbox.entry(3) !== null;
      // Its front is damaged, and it is set aside and reported; or its rest, and reading it says so.
      if (isShown) expect(() => mailbox.read(sequenceNumber(3)), `bit ${bit}`).toThrow(DamageError);
      else expect(notices.length, `bit ${bit}`).toBeGreaterThan(0);
      for (const i of [1, 2, 4, 5]) expect(isWhole(again, i)).toBe(true);
    }
  });
});
