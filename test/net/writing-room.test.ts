import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { WRITING_ROOM_BYTES } from '../../src/limits.js';
import { WritingRoom } from '../../src/net/writing-room.js';

/** Takes all at once, or nothing. */
class Peer {
  readonly written: Buffer[] = [];
  writableLength = 0;
  isTaking = true;

  write(buffer: Buffer): void {
    this.written.push(buffer);
    if (!this.isTaking) this.writableLength += buffer.length;
  }
  cork(): void {}
  uncork(): void {}
}

const pieces = (octet: number, ...sizes: number[]) =>
  sizes.map((size) => Buffer.alloc(size, octet));

function write(room: WritingRoom, peer: Peer, all: readonly Buffer[]): Buffer[] {
  const before = peer.written.length;
  room.write(peer as unknown as Socket, all);
  return peer.written.slice(before);
}

test('what is taken at once leaves the room to the next', () => {
  const [room, peer, other] = [new WritingRoom(), new Peer(), new Peer()];
  const [first] = write(room, peer, pieces(1, 10, 20));
  expect(first).toEqual(Buffer.alloc(30, 1));
  const [second] = write(room, other, pieces(2, 10, 20));
  expect(second).toEqual(Buffer.alloc(30, 2));
  expect(second?.buffer).toBe(first?.buffer);
  expect(first).toEqual(second);
});

test('what is not taken stays as it is, whatever is written to others, and to the same', () => {
  const [room, peer, other] = [new WritingRoom(), new Peer(), new Peer()];
  peer.isTaking = false;
  write(room, peer, pieces(1, 10, 20));
  write(room, other, pieces(2, 10, 20));
  write(room, peer, pieces(3, 5, 5));
  write(room, other, pieces(4, 10, 20));
  expect(peer.written).toEqual([Buffer.alloc(30, 1), Buffer.alloc(10, 3)]);
});

test('a peer that is behind keeps one room at most', () => {
  const [room, peer] = [new WritingRoom(), new Peer()];
  peer.isTaking = false;
  for (let at = 0; at < 100; at += 1) write(room, peer, pieces(at, 5_000, 5_000));
  const large = new Set(
    peer.written.map(({ buffer }) => buffer).filter((one) => one.byteLength === WRITING_ROOM_BYTES),
  );
  expect(large.size).toBeLessThanOrEqual(1);
  expect(peer.written).toEqual(Array.from({ length: 100 }, (_, at) => Buffer.alloc(10_000, at)));
});

test.each([
  ['more than the room holds', [30_000, 30_000, 30_000, 30_000, 30_000, 30_000]],
  ['large ones between small ones', [10, 20, 40_000, 30_000, 100_000, 30_000, 30_000, 70_000, 9]],
])('%s is written in order', (_, sizes) => {
  const all = sizes.map((size, at) => Buffer.alloc(size, at + 1));
  const written = write(new WritingRoom(), new Peer(), all);
  expect(Buffer.concat(written).equals(Buffer.concat(all))).toBe(true);
});
