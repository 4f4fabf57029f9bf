import { expect, test } from 'vitest';
import { readSegment, recordPieces } from '../../src/store/journal-record.js';

const record = (lsn: number, text: string) =>
  Buffer.concat(recordPieces({ lsn, type: 1, slot: 9, epoch: 3 }, [Buffer.from(text)]));
const lsns = (octets: Uint8Array) => readSegment(octets).map((one) => one.lsn);
const ZEROS = Buffer.alloc(100);

test('records are read in order, up to the zeros', () => {
  const read = readSegment(Buffer.concat([record(5, 'a'), record(6, ''), record(7, 'ccc'), ZEROS]));
  expect(read.map((r) => [r.lsn, r.type, r.slot, r.epoch, Buffer.from(r.body).toString()])).toEqual(
    [
      [5, 1, 9, 3, 'a'],
      [6, 1, 9, 3, ''],
      [7, 1, 9, 3, 'ccc'],
    ],
  );
});

test('the last record torn at any octet is not there; those before are', () => {
  const last = record(6, 'the last one');
  for (let length = 0; length < last.length; length += 1) {
    const torn = Buffer.concat([record(5, 'a'), last.subarray(0, length), ZEROS]);
    expect(lsns(torn), `after ${length}`).toEqual([5]);
    expect(lsns(torn.subarray(0, torn.length - 100))).toEqual([5]);
  }
});

test('a stale record of the segment before is not read', () => {
  expect(lsns(Buffer.concat([record(105, 'new'), record(6, 'old')]))).toEqual([105]);
});
