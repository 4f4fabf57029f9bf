/**
 * `store.json`, `position` and `mailbox.json`, torn at every octet or full of something else: the
 * store starts and serves all the same, gives no number again, keeps the file, and says so.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Notice } from '../../src/engine/contract.js';
import * as layout from '../../src/store/layout.js';
import { sequenceNumber } from '../../src/x413/entry.js';
import {
  BOX,
  contentsOf,
  deliver,
  newMessage,
  openSample,
  remove,
  temporaryDirectory,
} from '../store/samples.js';
import { messageOf, open, wholeOnes, withFile } from './journal-image.js';
import type { Image } from './power-cut-disk.js';

const FILES = {
  'store.json': layout.storeFile('/data'),
  position: layout.positionFile('/data', 0),
  'mailbox.json': layout.mailboxFile('/data', BOX),
};
const NAMES = Object.keys(FILES) as (keyof typeof FILES)[];

/** After a clean stop: messages 1 to 4 of five, of which the newest was removed. */
async function stopped(): Promise<Image> {
  const { store, files } = await open();
  for (let i = 1; i <= 5; i += 1) await deliver(store, messageOf(i));
  await remove(store, sequenceNumber(5));
  await store.checkpoint();
  await store.close();
  return files.image();
}

const GARBAGE = [
  '[]',
  'null',
  '7',
  '"text"',
  '{"lsn":-1,"shardCount":1.5,"sequenceHighWater":"9"}',
];

test.each(NAMES)('%s, torn or garbage', async (name) => {
  const image = await stopped();
  const path = FILES[name];
  const octets = image.files.get(path) ?? new Uint8Array(0);
  const text = Buffer.from(octets).toString().trimEnd();
  expect(text).toMatch(/^\{.*\}$/);
  const torn = Array.from({ length: text.length }, (_, length) => octets.slice(0, length));
  const zeros = Buffer.alloc(text.length);
  const damaged = [
    ...torn,
    zeros,
    Buffer.alloc(600, 0xff),
    ...GARBAGE.map((one) => Buffer.from(one)),
  ];
  for (const [i, other] of damaged.entries()) {
    const { store, files, notices } = await open(withFile(image, path, other));
    expect(wholeOnes(store), `${i}`).toEqual([1, 2, 3, 4]);
    expect(notices, `${i}`).toEqual([
      expect.stringMatching(`^small-file-damaged .*"file":"${path}","remedy":`),
    ]);
    expect((await deliver(store)).sequence, `${i}`).toBeGreaterThan(5);
    await store.close();
    const left = files.image();
    expect(Buffer.from(left.files.get(`${path}.damaged`) ?? [1])).toEqual(Buffer.from(other));
    const again = await open(left);
    expect([again.notices, wholeOnes(again.store), again.store.mailbox(BOX).count]).toEqual([
      [],
      [1, 2, 3, 4],
      5,
    ]);
  }
});

test('with a snapshot the numbers of a mailbox go on as if nothing had happened', async () => {
  const directory = temporaryDirectory();
  const store = await openSample(directory);
  for (let i = 0; i < 5; i += 1) await deliver(store);
  await remove(store, sequenceNumber(5));
  await store.close();
  writeFileSync(layout.mailboxFile(directory, BOX), '');
  const notices: Notice[] = [];
  const again = await openSample(directory, { onNotice: (notice) => notices.push(notice) });
  expect((await deliver(again)).sequence).toBe(6);
  expect(notices.map(({ event }) => event)).toEqual(['small-file-damaged']);
  await again.close();
  rmSync(join(directory, 'shards'), { recursive: true });
  const files = await openSample(directory);
  expect(contentsOf(files).length).toBe(5);
  expect((await deliver(files)).sequence).toBe(7);
  await files.close();
});

test('records of the journal are not lost with the number of shards', async () => {
  const { store, files } = await open();
  for (let i = 1; i <= 5; i += 1) await deliver(store, newMessage({ identifier: `${i}` }));
  const damaged = withFile(files.image(), FILES['store.json'], Buffer.alloc(0));
  const again = await open(damaged, 2);
  expect(again.store.mailbox(BOX).count).toBe(5);
  expect(again.notices.length).toBe(1);
});
