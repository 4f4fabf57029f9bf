import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { READING_FILE_BYTES, READING_ROOM_BYTES } from '../../src/limits.js';
import { NodeDisk } from '../../src/store/disk/disk.js';
import { ReadingRoom } from '../../src/store/files/reading-room.js';

describe('reading-room', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'restante-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  function write(name: string, bytes: number, octet: number): string {
    const path = join(directory, name);
    writeFileSync(path, Buffer.alloc(bytes, octet));
    return path;
  }
  const isFilled = (octets: Uint8Array | null, bytes: number, octet: number) =>
    octets !== null && Buffer.alloc(bytes, octet).equals(octets);
  const turn = () => new Promise((resolve) => setImmediate(resolve));

  test('files of one turn stand beside each other', () => {
    const room = new ReadingRoom(new NodeDisk());
    const [one, two] = [write('one', 1_000, 1), write('two', 2_000, 2)];
    const first = room.read(one);
    const second = room.read(two);
    expect(isFilled(first, 1_000, 1)).toBe(true);
    expect(isFilled(second, 2_000, 2)).toBe(true);
    expect(second?.buffer).toBe(first?.buffer);
  });

  test('the next turn has the same room', async () => {
    const room = new ReadingRoom(new NodeDisk());
    const [one, two] = [write('one', 1_000, 1), write('two', 2_000, 2)];
    const first = room.read(one);
    await turn();
    expect(room.read(two)?.byteOffset).toBe(first?.byteOffset);
    expect(isFilled(first, 1_000, 2)).toBe(true);
  });

  test('what microtasks of the turn see is not overwritten', async () => {
    const room = new ReadingRoom(new NodeDisk());
    const first = room.read(write('one', 1_000, 1));
    await null;
    room.read(write('two', 2_000, 2));
    expect(isFilled(first, 1_000, 1)).toBe(true);
  });

  test.each([0, READING_ROOM_BYTES - 1, READING_ROOM_BYTES, READING_ROOM_BYTES + 1])(
    'a file of %i octets is whole',
    (bytes) => {
      const room = new ReadingRoom(new NodeDisk());
      expect(room.read(write('one', bytes, 1))?.length).toBe(bytes);
    },
  );

  test('where the room is full files are read alone', () => {
    const room = new ReadingRoom(new NodeDisk());
    const paths = Array.from({ length: 40 }, (_, at) => write(`${at}`, READING_FILE_BYTES, at));
    const read = paths.map((path) => room.read(path));
    for (const [at, octets] of read.entries())
      expect(isFilled(octets, READING_FILE_BYTES, at)).toBe(true);
    expect(new Set(read.map((octets) => octets?.buffer)).size).toBeGreaterThan(1);
  });

  test('there may be no file', () => {
    expect(new ReadingRoom(new NodeDisk()).read(join(directory, 'none'))).toBeNull();
  });
});
