/**
 * Where message files are read into: one room, used again in each turn of the event loop, for
 * octets of their own would cost the collector more than reading them.
 *
 * Invariant: what was read is overwritten in a later turn at the earliest. Whoever keeps some of it
 * longer copies it.
 *
 * Source: ours.
 */
import { READING_FILE_BYTES, READING_ROOM_BYTES } from '../../limits.js';
import type { Disk } from '../disk/disk.js';

export class ReadingRoom {
  readonly #disk: Disk;
  /** No Buffer, whose `slice` would not copy. */
  #octets: Uint8Array | null = null;
  #used = 0;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  /** A whole file, until this turn ends; null where there is none. Throws what the disk throws. */
  read(path: string): Uint8Array | null {
    this.#octets ??= new Uint8Array(READING_ROOM_BYTES);
    const rest = this.#octets.subarray(this.#used);
    if (rest.length < READING_FILE_BYTES) return this.#disk.readFile(path);
    const bytes = this.#disk.readInto(path, rest);
    if (bytes === null) return null;
    if (bytes === rest.length) return this.#disk.readFile(path);
    // After all that this turn promises, replies included.
    if (this.#used === 0) setImmediate(() => this.#clear());
    this.#used += bytes;
    return rest.subarray(0, bytes);
  }

  #clear(): void {
    this.#used = 0;
  }
}
