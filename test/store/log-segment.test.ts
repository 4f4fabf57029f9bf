import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../src/base/random.js';
import {
  encodeLogRecord,
  entriesIn,
  LOG_HEADER_BYTES,
  LOG_RECORD,
  newLogHeader,
  packSeconds,
  readLogSegment,
} from '../../src/store/log/log-segment.js';

const { entered, deleted, removed } = LOG_RECORD;
const { salt, octets: header } = newLogHeader();
const record = (kind: number, sequence: number, body: Uint8Array = new Uint8Array(0)) =>
  Buffer.concat(encodeLogRecord(salt, kind, sequence, body));
const image = (text: string) => Buffer.from(text);
const RECORDS = [
  record(entered, 1, image('one')),
  record(entered, 2, image('two')),
  record(deleted, 1, packSeconds(77)),
  record(entered, 5, image('five')),
  record(removed, 2),
];
const SEGMENT = Buffer.concat([header, ...RECORDS]);

const told = (octets: Uint8Array) =>
  entriesIn(readLogSegment(octets).records).map(({ sequence, image: body, deletedAt }) => [
    sequence,
    body.toString(),
    deletedAt,
  ]);

describe('a segment of a log', () => {
  test('tells what was entered, when it was deleted, and not what was taken out', () => {
    expect(readLogSegment(SEGMENT)).toMatchObject({ damaged: 0, isTorn: false, salt });
    expect(told(SEGMENT)).toEqual([
      [1, 'one', 77],
      [5, 'five', 0],
    ]);
  });

  test('what is entered again keeps the time at which it was deleted', () => {
    const again = Buffer.concat([SEGMENT, record(entered, 1, image('one'))]);
    expect(told(again)[0]).toEqual([1, 'one', 77]);
  });

  test('torn anywhere it is whole up to there', () => {
    let whole = LOG_HEADER_BYTES;
    for (const [count, { length }] of RECORDS.entries()) {
      for (let end = whole; end < whole + length; end += 1) {
        const read = readLogSegment(SEGMENT.subarray(0, end));
        expect(read.records.length).toBe(count);
        expect(read.isTorn).toBe(end > whole);
        expect(read.damaged).toBe(0);
      }
      whole += length;
    }
  });

  test('a bit that flips costs one record, and is noticed', () => {
    for (let at = 0; at < SEGMENT.length; at += 1) {
      const bad = Buffer.from(SEGMENT);
      bad[at] = (bad[at] ?? 0) ^ (1 << (at % 8));
      const { records, damaged, isTorn } = readLogSegment(bad);
      expect(records.length, `octet ${at}`).toBeGreaterThanOrEqual(RECORDS.length - 1);
      expect(damaged > 0 || isTorn, `octet ${at}`).toBe(true);
    }
  });

  test('a record that a sender has written into an envelope is none', () => {
    const forged = Buffer.concat(encodeLogRecord((salt ^ 1) >>> 0, entered, 9, image('nine')));
    const bad = Buffer.concat([header, record(entered, 1, forged), RECORDS[3] ?? header]);
    bad[LOG_HEADER_BYTES + 4] = 0;
    bad[LOG_HEADER_BYTES + 5] = 0;
    expect(told(bad)).toEqual([[5, 'five', 0]]);
  });

  test('any octets are read to their end, in time', () => {
    const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 100_000);
    const random = seededRandom(seed);
    const count = Math.min(20_000, Number(process.env.FUZZ_COUNT ?? 2_000));
    for (let i = 0; i < count; i += 1) {
      const bad = Buffer.from(SEGMENT.subarray(0, random.below(SEGMENT.length + 1)));
      for (let flips = random.below(6); flips > 0 && bad.length > 0; flips -= 1)
        bad[random.below(bad.length)] = random.below(256);
      const { records } = readLogSegment(bad);
      const bytes = records.reduce((sum, { whole }) => sum + whole.length, 0);
      expect(bytes, `seed ${seed}`).toBeLessThanOrEqual(bad.length);
      // Nothing that was not written is believed.
      for (const { whole } of records) {
        const isOurs = RECORDS.some((one) => one.equals(whole));
        expect(isOurs, `seed ${seed}, round ${i}`).toBe(true);
      }
    }
  });
});
