/**
 * Batches of requests and replies, as they cross between threads: one msgpack array in one buffer
 * of its own, so that it can be transferred. An argument is copied once on the way, into that
 * buffer; where it arrives it is a window on it.
 *
 * Source: ours.
 */
import { Packr } from 'msgpackr';

/** Without records: both sides stay free of state that the other would have to share. */
const packr = new Packr({ useRecords: false });

/** What surrounds the octets of one item, and room that the packer wants to see at the end. */
const ITEM_BYTES = 256;
const SPARE_BYTES = 4_096;

/**
 * The items in one buffer that holds nothing else and that the caller may transfer. `bodyBytes`:
 * octets of arguments or results in them; where it says too little, packing is slower.
 */
export function packBatch(items: readonly unknown[], bodyBytes: number): Uint8Array<ArrayBuffer> {
  // The packer's own buffer would have to be copied from; a new one for each batch is filled once.
  const bytes = bodyBytes + ITEM_BYTES * items.length + SPARE_BYTES;
  packr.useBuffer(Buffer.allocUnsafeSlow(bytes));
  return packr.pack(items) as Uint8Array<ArrayBuffer>;
}

/**
 * The items. Octet strings among them are windows on `octets`. Whoever packed was one of us, so
 * the type is taken on trust.
 */
export function unpackBatch<T>(octets: Uint8Array): T[] {
  return packr.unpack(octets) as T[];
}
