/**
 * The newest messages, in the memory they were journalled from: an alert is followed by a fetch.
 *
 * Memory is held and let go in whole buffers, oldest first, so what counts against the bound is
 * what is really held, however few of a buffer's messages are left.
 *
 * Source: ours.
 */

import { DELIVERY_CACHE_BYTES_MAX } from '../../limits.js';
import type { BoxId } from '../box.js';

interface Item {
  readonly chunk: Buffer;
  readonly id: BoxId;
  readonly sequence: number;
  readonly at: number;
  readonly bytes: number;
}

export class MessageCache {
  readonly #bytesMax: number;
  readonly #items = new Map<BoxId, Map<number, Item>>();
  /** In order of age, with what of them is still wanted. */
  readonly #chunks = new Map<Buffer, Set<Item>>();
  bytes = 0;

  constructor(bytesMax = DELIVERY_CACHE_BYTES_MAX) {
    this.#bytesMax = bytesMax;
  }

  /** `bytes` octets at `at` of a buffer that nobody writes there any more. */
  put(id: BoxId, sequence: number, chunk: Buffer, at: number, bytes: number): void {
    this.forget(id, sequence);
    const item = { chunk, id, sequence, at, bytes };
    const others = this.#chunks.get(chunk);
    if (others === undefined) {
      this.#chunks.set(chunk, new Set([item]));
      this.bytes += chunk.length;
    } else {
      others.add(item);
    }
    const mailbox = this.#items.get(id);
    if (mailbox === undefined) this.#items.set(id, new Map([[sequence, item]]));
    else mailbox.set(sequence, item);
    for (const oldest of this.#chunks.keys()) {
      if (this.bytes <= this.#bytesMax) return;
      this.#drop(oldest);
    }
  }

  get(id: BoxId, sequence: number): Uint8Array | null {
    const item = this.#items.get(id)?.get(sequence);
    return item === undefined ? null : item.chunk.subarray(item.at, item.at + item.bytes);
  }

  forget(id: BoxId, sequence: number): void {
    const item = this.#items.get(id)?.get(sequence);
    if (item === undefined) return;
    this.#forgetItem(item);
    const others = this.#chunks.get(item.chunk);
    others?.delete(item);
    if (others?.size === 0) this.#drop(item.chunk);
  }

  #forgetItem({ id, sequence }: Item): void {
    const mailbox = this.#items.get(id);
    mailbox?.delete(sequence);
    if (mailbox?.size === 0) this.#items.delete(id);
  }

  #drop(chunk: Buffer): void {
    for (const item of this.#chunks.get(chunk) ?? []) this.#forgetItem(item);
    if (this.#chunks.delete(chunk)) this.bytes -= chunk.length;
  }
}
