/**
 * Batches of requests and replies, as they cross between threads: one msgpack array in one buffer
 * of its own, so that it can be transferred.
 *
 * Source: ours.
 */
import { Packr } from 'msgpackr';

/** Without records: both sides stay free of state that the other would have to share. */
const packr = new Packr({ useRecords: false });

/** The items in one buffer that holds nothing else and that the caller may transfer. */
export function packBatch(items: readonly unknown[]): Uint8Array<ArrayBuffer> {
  // Packing writes into a buffer that the packer goes on using; hence the copy.
  return new Uint8Array(packr.pack(items));
}

/**
 * The items. Octet strings among them are windows on `octets`. Whoever packed was one of us, so
 * the type is taken on trust.
 */
export function unpackBatch<T>(octets: Uint8Array): T[] {
  return packr.unpack(octets) as T[];
}
