/**
 * Values written one after another, as the contents of one long SEQUENCE OF: a writer works from
 * the back, and who makes a list does not know its last value yet.
 *
 * Source: ours.
 */
import type { Pieces } from '../base/octets.js';
import { BerWriter } from './writer.js';

const CHUNK_BYTES = 64 * 1024;

export class WrittenList {
  readonly #writer = new BerWriter();
  readonly #full: Uint8Array[] = [];
  #chunk: Uint8Array | null = null;
  #used = 0;
  #fullBytes = 0;
  count = 0;

  /** Octets of all values. */
  get bytes(): number {
    return this.#fullBytes + this.#used;
  }

  /** In order. Good for as long as nothing is added. */
  get pieces(): Pieces {
    return this.#chunk === null ? [] : [...this.#full, this.#chunk.subarray(0, this.#used)];
  }

  /** Adds a value, unless all octets would be more than `bytesMax` then: false, and it is not. */
  add(write: (writer: BerWriter) => void, bytesMax = Number.POSITIVE_INFINITY): boolean {
    this.#writer.clear();
    write(this.#writer);
    const bytes = this.#writer.mark();
    if (this.bytes + bytes > bytesMax) return false;
    const chunk = this.#chunkFor(bytes);
    this.#writer.copyTo(chunk, this.#used);
    this.#used += bytes;
    this.count += 1;
    return true;
  }

  #chunkFor(bytes: number): Uint8Array {
    const chunk = this.#chunk;
    if (chunk !== null && chunk.length - this.#used >= bytes) return chunk;
    if (chunk !== null) this.#full.push(chunk.subarray(0, this.#used));
    this.#fullBytes += this.#used;
    this.#used = 0;
    this.#chunk = Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, bytes));
    return this.#chunk;
  }
}
