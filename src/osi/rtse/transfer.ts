/**
 * One transfer, on its way out and on its way in: an APDU in segments, with a checkpoint between
 * one segment and the next.
 *
 * Source: X.228 7.3, 7.4.
 */
import { assert } from '../../base/assert.js';
import { copyOctets, joinOctets, type Pieces, sizeOf } from '../../base/octets.js';
import type { InterruptedTransfer } from './service.js';

/** Where an outgoing transfer begins: at its start, or behind a checkpoint that was confirmed. */
interface Start {
  readonly serial: number;
  readonly bytes: number;
}

export class OutgoingTransfer {
  readonly octets: Pieces;
  readonly bytes: number;
  readonly activity: Uint8Array;
  /** Octets of a segment; all that is left where there are no checkpoints. */
  readonly #segmentBytes: number;
  readonly #start: Start;
  #sentBytes: number;
  #serial: number;
  #confirmedSerial: number;
  /** The piece that comes next, and how much of it is sent. */
  #piece = 0;
  #offset = 0;

  constructor(octets: Pieces, activity: Uint8Array, segmentBytes: number, start?: Start) {
    this.octets = octets;
    this.bytes = sizeOf(octets);
    this.activity = activity;
    this.#segmentBytes = segmentBytes === 0 ? this.bytes : segmentBytes;
    this.#start = start ?? { serial: 0, bytes: 0 };
    this.#sentBytes = this.#start.bytes;
    this.#serial = this.#start.serial;
    this.#confirmedSerial = this.#serial;
    this.#take(this.#start.bytes);
  }

  get isSent(): boolean {
    return this.#sentBytes === this.bytes;
  }

  /** Whether a checkpoint stands between what was sent and what comes. */
  get isPointDue(): boolean {
    const { serial, bytes } = this.#start;
    return this.#sentBytes > bytes + (this.#serial - serial) * this.#segmentBytes;
  }

  /** Checkpoints that are not confirmed. */
  get unconfirmed(): number {
    return this.#serial - this.#confirmedSerial;
  }

  /** The last checkpoint that was confirmed, and what lies before it. */
  get confirmed(): Start {
    const { serial, bytes } = this.#start;
    const segments = this.#confirmedSerial - serial;
    return { serial: this.#confirmedSerial, bytes: bytes + segments * this.#segmentBytes };
  }

  get leftBytes(): number {
    return this.bytes - this.#sentBytes;
  }

  /** The next segment. */
  segment(): Pieces {
    const bytes = Math.min(this.#segmentBytes, this.leftBytes);
    assert(bytes > 0, 'a segment has something in it');
    this.#sentBytes += bytes;
    return this.#take(bytes);
  }

  /** A checkpoint was said. */
  point(): void {
    this.#serial += 1;
  }

  confirm(serial: number): void {
    this.#confirmedSerial = serial;
  }

  #take(bytes: number): Pieces {
    const taken: Uint8Array[] = [];
    for (let left = bytes; left > 0; ) {
      const piece = this.octets[this.#piece];
      assert(piece !== undefined, 'no more is taken than there is');
      const part = piece.subarray(this.#offset, this.#offset + left);
      if (part.length > 0) taken.push(part);
      left -= part.length;
      this.#offset += part.length;
      if (this.#offset < piece.length) break;
      this.#piece += 1;
      this.#offset = 0;
    }
    return taken;
  }
}

/** Below it a segment is copied into a block with its neighbours: it may be of one octet. */
const ALONE_BYTES_MIN = 4_096;
const BLOCK_BYTES = 16_384;
/** What a checkpoint costs us. */
const MARK_BYTES = 16;

export class IncomingTransfer {
  /** Of the session connection and the activity; null where nothing can be resumed. */
  readonly key: string | null;
  #segments: Uint8Array[];
  /** What is free of the block in which the last small segments lie, and how much is not. */
  #block: Uint8Array | null = null;
  #blockUsed = 0;
  /** Octets that were there at each checkpoint. */
  #marks: number[];
  #bytes: number;
  #isRefused = false;

  constructor(key: string | null, from?: InterruptedTransfer, serial = 0) {
    this.key = key;
    this.#marks = from?.marks.slice(0, serial) ?? [];
    this.#bytes = this.#marks.at(-1) ?? 0;
    this.#segments = from === undefined ? [] : [from.octets.subarray(0, this.#bytes)];
  }

  get bytes(): number {
    return this.#bytes;
  }

  get heldBytes(): number {
    return this.#bytes + MARK_BYTES * this.#marks.length;
  }

  /** We have said that we cannot go on: what comes is dropped until the sender hears of it. */
  get isRefused(): boolean {
    return this.#isRefused;
  }

  /** Whether something came since the last checkpoint. */
  get hasGrown(): boolean {
    return this.#bytes > (this.#marks.at(-1) ?? 0);
  }

  add(segment: Uint8Array): void {
    this.#bytes += segment.length;
    if (this.#segments.length === 0 || segment.length >= ALONE_BYTES_MIN) {
      this.#segments.push(segment);
      this.#block = null;
      return;
    }
    if (this.#block === null || this.#blockUsed + segment.length > BLOCK_BYTES) {
      this.#block = new Uint8Array(BLOCK_BYTES);
      this.#blockUsed = 0;
      this.#segments.push(this.#block);
    }
    this.#block.set(segment, this.#blockUsed);
    this.#blockUsed += segment.length;
    this.#segments[this.#segments.length - 1] = this.#block.subarray(0, this.#blockUsed);
  }

  /** A checkpoint, which is confirmed. */
  mark(): void {
    this.#marks.push(this.#bytes);
  }

  refuse(): void {
    this.#isRefused = true;
    this.#segments = [];
    this.#block = null;
    this.#marks = [];
    this.#bytes = 0;
  }

  octets(): Uint8Array {
    return joinOctets(this.#segments);
  }

  /** What is kept of it: up to its last checkpoint. Null where there is none, or no name. */
  interrupted(owner: Uint8Array): InterruptedTransfer | null {
    const bytes = this.#marks.at(-1) ?? 0;
    if (this.key === null || bytes === 0) return null;
    // In octets of their own: those of the network lie in buffers that are far larger.
    const octets = copyOctets(this.octets().subarray(0, bytes));
    return { key: this.key, owner, octets, marks: this.#marks, isComplete: false };
  }
}
