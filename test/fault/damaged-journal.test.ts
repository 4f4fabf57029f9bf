/**
 * Bits that flip in a journal, in records whose batches were durable: nothing else is lost, whoever
 * operates the store is told what was, no number is given again, and the segment is kept.
 */
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../src/base/random.js';
import {
  encodeRecord,
  hasMarks,
  RECORD_TYPE,
  readSegment,
} from '../../src/store/journal/journal-record.js';
import { surveySegment } from '../../src/store/journal/journal-survey.js';
import { BOX, deliver } from '../store/samples.js';
import {
  isWhole,
  journalOnly,
  killed,
  killedAfter,
  open,
  openOn,
  placesOf,
  segmentOf,
  wholeOnes,
  withFile,
} from './journal-image.js';
import { type Image, MemoryFiles, systemError } from './power-cut-disk.js';

const LENGTH_OCTETS = 4;

function flipped(octets: Uint8Array, at: number, bit: number): Uint8Array {
  const changed = octets.slice();
  changed[at] = (changed[at] ?? 0) ^ (1 << bit);
  return changed;
}

const damagedFiles = (image: Image) =>
  [...image.files].filter(([path]) => path.startsWith('/data/damaged/'));

const all = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

describe('a bit flipped at every octet', () => {
  // The first of the journal, one in the middle, and the last before the last batch.
  test.each([1, 3, 4])('of record %i of five', async (damaged) => {
    const image = journalOnly(await killed());
    const { path, octets } = segmentOf(image);
    const [from = 0, to = 0] = placesOf(octets)[damaged - 1] ?? [];
    for (let at = from; at < to; at += 1) {
      const { store, notices } = await open(withFile(image, path, flipped(octets, at, at % 8)));
      const where = `octet ${at - from}`;
      // Where its length alone is wrong the record is whole all the same.
      const isLost = at - from >= LENGTH_OCTETS;
      const left = isLost ? all(5).filter((i) => i !== damaged) : all(5);
      expect(wholeOnes(store), where).toEqual(left);
      expect(notices, where).toEqual(
        isLost ? [expect.stringMatching(`^journal.damaged .*"records":"${damaged}"`)] : [],
      );
    }
  });

  test('of records of a batch of three, with another batch behind it', async () => {
    const image = journalOnly(await killedAfter([1, 3, 2]));
    const { path, octets } = segmentOf(image);
    const places = placesOf(octets);
    for (const damaged of [2, 3, 4]) {
      const [from = 0, to = 0] = places[damaged - 1] ?? [];
      for (let at = from + LENGTH_OCTETS; at < to; at += 1) {
        const { store, notices } = await open(withFile(image, path, flipped(octets, at, at % 8)));
        expect(wholeOnes(store, 6)).toEqual(all(6).filter((i) => i !== damaged));
        expect(notices).toEqual([expect.stringMatching(`"records":"${damaged}"`)]);
      }
    }
  });
});

test('a sector that is gone, wherever it lay: what is whole behind it is there', async () => {
  const image = journalOnly(await killedAfter([1, 2, 1, 2, 1, 2, 1]));
  const { path, octets } = segmentOf(image);
  const places = placesOf(octets);
  const [, end = 0] = places.at(-2) ?? [];
  const random = seededRandom(5);
  for (let from = 0; from + 512 < end; from += 64) {
    for (const rest of ['zeros', 'noise']) {
      const torn = octets.slice();
      torn.set(rest === 'zeros' ? new Uint8Array(512) : random.octets(512), from);
      const hit = places.flatMap(([a, b], i) => (a < from + 512 && from < b ? [i + 1] : []));
      const { store, notices } = await open(withFile(image, path, torn));
      // Of a journal of one segment nobody knows any more by what its records are found.
      const left = from === 0 ? [] : all(10).filter((i) => !hit.includes(i));
      expect(wholeOnes(store, 10), `${rest} at ${from}`).toEqual(left);
      // Zeros there look like the first write of all, torn.
      const isTold = from > 0 || rest === 'noise';
      expect(notices).toEqual(isTold ? [expect.stringMatching('^journal.damaged')] : []);
    }
  }
});

test('damage in the last batch is a torn write: it does not count, nor what is behind it', async () => {
  const image = journalOnly(await killedAfter([1, 1, 3]));
  const { path, octets } = segmentOf(image);
  const [from = 0, to = 0] = placesOf(octets)[3] ?? [];
  for (let at = from + LENGTH_OCTETS; at < to; at += 1) {
    const { store, notices } = await open(withFile(image, path, flipped(octets, at, at % 8)));
    expect(wholeOnes(store)).toEqual([1, 2, 3]);
    expect(notices).toEqual([]);
  }
});

describe('after damage', () => {
  /** With record 3 of five damaged, opened. */
  async function opened() {
    const image = journalOnly(await killed());
    const { path, octets } = segmentOf(image);
    const [from = 0] = placesOf(octets)[2] ?? [];
    const damaged = flipped(octets, from + 40, 3);
    return { damaged, ...(await open(withFile(image, path, damaged))) };
  }

  test('no number is given again that the lost record may have given', async () => {
    const image = journalOnly(await killed());
    const { path, octets } = segmentOf(image);
    // The newest message but one, and the newest removed: its number is shown by nothing else.
    const [from = 0] = placesOf(octets)[3] ?? [];
    const { store, files } = await open(withFile(image, path, flipped(octets, from + 40, 0)));
    expect((await deliver(store)).sequence).toBeGreaterThan(5 + 1_000);
    const again = await open(journalOnly(files.image()));
    expect((await deliver(again.store)).sequence).toBeGreaterThan(5 + 1_001);
  });

  test('nor where the marks cannot be written at the start', async () => {
    const image = journalOnly(await killed());
    const { path, octets } = segmentOf(image);
    const [from = 0] = placesOf(octets)[3] ?? [];
    let isFull = true;
    const fault = (label: string) =>
      isFull && label.endsWith('write mailbox.json') ? systemError('ENOSPC', label) : null;
    const damaged = withFile(image, path, flipped(octets, from + 40, 0));
    const files = new MemoryFiles({ model: 'posix', image: damaged, fault });
    const { store } = await openOn(files);
    isFull = false;
    await store.checkpoint();
    const again = await open(files.image());
    expect(again.notices).toEqual([]);
    expect((await deliver(again.store)).sequence).toBeGreaterThan(5 + 1_000);
  });

  test('the loss is told once, and the same is there in each life that follows', async () => {
    const first = await opened();
    expect(first.notices.length).toBe(1);
    const number = (await deliver(first.store)).sequence ?? 0;
    let image = journalOnly(first.files.image());
    for (let life = 0; life < 3; life += 1) {
      const { store, files, notices } = await open(image);
      expect(notices).toEqual([]);
      expect(wholeOnes(store)).toEqual([1, 2, 4, 5]);
      expect(store.mailbox(BOX).entry(number)).not.toBeNull();
      await deliver(store);
      expect(store.mailbox(BOX).count).toBe(6 + life);
      image = journalOnly(files.image());
    }
  });

  test('the segment is kept as it was when its records are not needed any more', async () => {
    const { store, files, damaged } = await opened();
    expect(damagedFiles(files.image())).toEqual([]);
    await store.checkpoint();
    const kept = damagedFiles(files.image());
    expect(kept.map(([path]) => path)).toEqual([
      expect.stringMatching(/^\/data\/damaged\/0-\d{10}\.journal$/),
    ]);
    expect(Buffer.compare(kept[0]?.[1] ?? Buffer.alloc(0), damaged)).toBe(0);
    await store.close();
    const again = await open(files.image());
    expect(again.notices).toEqual([]);
    expect([1, 2, 4, 5].every((i) => isWhole(again.store, i))).toBe(true);
  });

  test('files get what is behind the damage', async () => {
    const { store, files } = await opened();
    await store.checkpoint();
    await store.close();
    const { directories, files: all } = files.image();
    const withoutShard = [...all].filter(([path]) => !path.startsWith('/data/shards/'));
    const again = await open({ directories, files: new Map(withoutShard) });
    expect(wholeOnes(again.store)).toEqual([1, 2, 4, 5]);
  });

  test('another number of shards changes nothing about it', async () => {
    const image = journalOnly(await killed());
    const { path, octets } = segmentOf(image);
    const [from = 0] = placesOf(octets)[2] ?? [];
    const damaged = withFile(image, path, flipped(octets, from + 40, 3));
    const { store, files, notices } = await open(damaged, 2);
    expect(notices).toEqual([expect.stringMatching('^journal.damaged .*"records":"3"')]);
    expect(wholeOnes(store)).toEqual([1, 2, 4, 5]);
    expect((await deliver(store)).sequence).toBeGreaterThan(5 + 1_000);
    expect(damagedFiles(files.image()).length).toBe(1);
  });
});

describe('what somebody sends', () => {
  const forged = (life: number, lsn: number) =>
    encodeRecord({ lsn, type: RECORD_TYPE.deliver, isFirst: true, slot: 0, life }, [
      Buffer.alloc(9),
    ]);

  test.each(['torn', 'damaged'])('is not taken for records of ours (%s)', (how) => {
    const life = 0x1234_5678;
    const head = { type: RECORD_TYPE.deliver, isFirst: true, slot: 0, life };
    const guesses = [1, 2, 0xffff, 0x1_0000, 0x1234_5679].flatMap((one) =>
      [1, 2, 3, 4].map((lsn) => forged(one, lsn)),
    );
    const records = [
      encodeRecord({ ...head, lsn: 1 }, [Buffer.from('first')]),
      encodeRecord({ ...head, lsn: 2 }, guesses),
      ...(how === 'damaged' ? [encodeRecord({ ...head, lsn: 3 }, [Buffer.from('third')])] : []),
    ];
    const octets = Buffer.concat([...records, Buffer.alloc(100)]);
    const bad = (records[0]?.length ?? 0) + 24;
    const { records: whole } = surveySegment(flipped(octets, bad, 1), [life, 1]);
    expect(whole.map(({ lsn }) => lsn)).toEqual(how === 'damaged' ? [1, 3] : [1]);
  });

  test('a life is drawn anew for each start', async () => {
    const lives = await Promise.all(
      [1, 2, 3].map(async () => readSegment(segmentOf(await killed()).octets)[0]?.life ?? 0),
    );
    expect(new Set(lives).size).toBe(3);
    expect(lives.every(hasMarks)).toBe(true);
  });
});

test('a batch is marked at its first record', async () => {
  const { octets } = segmentOf(await killedAfter([1, 3, 2, 1]));
  const marks = readSegment(octets).map(({ isFirst }) => Number(isFirst));
  expect(marks).toEqual([1, 1, 0, 0, 1, 0, 1]);
});
