/**
 * Where what is to be written is put together. As long as the system takes all of it at once, which
 * it nearly always does, there is one room for all connections, and the collector gets nothing.
 *
 * Source: ours.
 */
import type { Socket } from 'node:net';
import type { Pieces } from '../base/octets.js';
import { WRITING_ROOM_BYTES } from '../limits.js';
import { gather } from './gather.js';

export class WritingRoom {
  #octets: Buffer | null = null;
  #used = 0;

  /** Writes the pieces, which may be large, and may not change until they are written. */
  write(socket: Socket, pieces: Pieces): void {
    // A peer that is behind gets octets of its own, or it would hold a room for each write.
    const isBehind = socket.writableLength > 0;
    const buffers = gather(pieces, isBehind ? Buffer.allocUnsafe : (bytes) => this.#take(bytes));
    if (buffers.length > 1) socket.cork();
    for (const buffer of buffers) socket.write(buffer);
    if (buffers.length > 1) socket.uncork();
    // What the system did not take stands in the room, and keeps it.
    if (!isBehind && socket.writableLength > 0) this.#octets = null;
    this.#used = 0;
  }

  #take(bytes: number): Buffer {
    if (bytes > WRITING_ROOM_BYTES - this.#used) return Buffer.allocUnsafe(bytes);
    this.#octets ??= Buffer.allocUnsafeSlow(WRITING_ROOM_BYTES);
    this.#used += bytes;
    return this.#octets.subarray(this.#used - bytes, this.#used);
  }
}
