import { expect, test } from 'vitest';
import {
  encodeMessageFile,
  numberEntries,
  planMessageFile,
} from '../../src/store/files/message-file.js';
import {
  DeliverBody,
  encodeRecord,
  mailboxOctets,
  RECORD_HEADER_BYTES,
  readSegment,
  splitMailbox,
  writeRecord,
} from '../../src/store/journal/journal-record.js';
import { BOX, newMessage } from './samples.js';

const record = (lsn: number, text: string) =>
  encodeRecord({ lsn, type: 1, slot: 9, isFirst: false, life: 3 }, [Buffer.from(text)]);
const lsns = (octets: Uint8Array) => readSegment(octets).map((one) => one.lsn);
const ZEROS = Buffer.alloc(100);

test('records are read in order, up to the zeros', () => {
  const read = readSegment(Buffer.concat([record(5, 'a'), record(6, ''), record(7, 'ccc'), ZEROS]));
  expect(read.map((r) => [r.lsn, r.type, r.slot, r.life, Buffer.from(r.body).toString()])).toEqual([
    [5, 1, 9, 3, 'a'],
    [6, 1, 9, 3, ''],
    [7, 1, 9, 3, 'ccc'],
  ]);
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

test.each([null, new Uint8Array(0), Buffer.alloc(20_000, 5)])(
  'a delivery is put together as its parts are, at any place of a buffer (%#)',
  (content) => {
    const message = { ...newMessage({ children: 2 }), content };
    const front = numberEntries(7, message);
    const file = encodeMessageFile(front, message);
    const head = { lsn: 2 ** 40 + 3, type: 1, slot: 1_023, isFirst: true, life: 2 ** 32 - 1 };
    const whole = encodeRecord(head, [mailboxOctets(BOX), file]);
    for (const at of [0, 1, 777]) {
      const body = new DeliverBody(mailboxOctets(BOX), planMessageFile(front, message));
      const octets = Buffer.alloc(at + RECORD_HEADER_BYTES + body.bytes + 9, 0xee);
      writeRecord(octets, at, head, body);
      expect(octets.subarray(at, -9)).toEqual(whole);
      expect([...octets.subarray(0, at), ...octets.subarray(-9)].every((o) => o === 0xee)).toBe(
        true,
      );
    }
    const [record] = readSegment(whole);
    expect(record).toMatchObject({ ...head, at: RECORD_HEADER_BYTES });
    const { id, rest } = splitMailbox(record?.body ?? file);
    expect([id, Buffer.compare(rest, file)]).toEqual([BOX, 0]);
  },
);
