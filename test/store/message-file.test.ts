import { expect, test } from 'vitest';
import { DamageError } from '../../src/base/errors.js';
import {
  decodeMessageFile,
  decodeMessageFront,
  encodeMessageFile,
  frontLength,
  numberEntries,
} from '../../src/store/files/message-file.js';
import { newMessage } from './samples.js';

const message = newMessage({ identifier: 'a', children: 2 });
const front = numberEntries(7, message);
const image = encodeMessageFile(front, message);

test('what was written is read back, whole and front only', () => {
  const { envelope, content } = decodeMessageFile(image, 'f');
  expect(Buffer.from(envelope)).toEqual(message.envelope);
  expect(Buffer.from(content ?? [])).toEqual(message.content);
  const read = decodeMessageFront(image.subarray(0, frontLength(image, 'f')), 'f');
  expect(read.entries.map((e) => [e.sequence, e.parent, e.children])).toEqual([
    [7, 0, [8, 9]],
    [8, 7, []],
    [9, 7, []],
  ]);
  expect(read.entries[1]?.contentRange).toEqual([3, 5]);
  expect(Buffer.from(read.deliveryIdentifier ?? []).toString()).toBe('a');
});

test('no content is not empty content', () => {
  const none = encodeMessageFile(front, { envelope: message.envelope, content: null });
  const empty = encodeMessageFile(front, {
    envelope: message.envelope,
    content: new Uint8Array(0),
  });
  expect(decodeMessageFile(none, 'f').content).toBeNull();
  expect(decodeMessageFile(empty, 'f').content?.length).toBe(0);
});

test('one bit flipped anywhere is damage', () => {
  for (let at = 0; at < image.length; at += 1) {
    const bad = Buffer.from(image);
    bad.writeUInt8(bad.readUInt8(at) ^ (1 << (at % 8)), at);
    expect(() => decodeMessageFile(bad, 'f'), `octet ${at}`).toThrow(DamageError);
  }
});

test('every length but the right one is damage', () => {
  for (let length = 0; length < image.length; length += 1)
    expect(() => decodeMessageFile(image.subarray(0, length), 'f')).toThrow(DamageError);
  expect(() => decodeMessageFile(Buffer.concat([image, Buffer.alloc(1)]), 'f')).toThrow(
    DamageError,
  );
});

test('one bit flipped in header or front section is damage to who reads the front only', () => {
  for (let at = 0; at < frontLength(image, 'f'); at += 1) {
    const bad = Buffer.from(image);
    bad.writeUInt8(bad.readUInt8(at) ^ 1, at);
    expect(() => decodeMessageFront(bad, 'f'), `octet ${at}`).toThrow(DamageError);
  }
});
