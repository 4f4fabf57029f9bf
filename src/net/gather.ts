/**
 * What is to be written, in few buffers: neighbours that are small are copied into one, for a
 * buffer of its own costs the runtime more than copying a few kilobytes; what is large is not
 * copied.
 *
 * Source: ours; measured in bench/micro/osi-paths.ts.
 */
import type { Pieces } from '../base/octets.js';

const ALONE_BYTES_MIN = 32 * 1024;

/**
 * The pieces, in order. Windows on them where they are large or alone; the others lie in what
 * `take` gives, which holds so many octets.
 */
export function gather(
  pieces: Pieces,
  take: (bytes: number) => Buffer = Buffer.allocUnsafe,
): Buffer[] {
  const buffers: Buffer[] = [];
  let from = 0;
  let bytes = 0;
  for (const [at, piece] of pieces.entries()) {
    if (piece.length < ALONE_BYTES_MIN) {
      bytes += piece.length;
      continue;
    }
    if (bytes > 0) buffers.push(joined(pieces.slice(from, at), bytes, take));
    buffers.push(windowOn(piece));
    from = at + 1;
    bytes = 0;
  }
  if (bytes > 0) buffers.push(joined(from === 0 ? pieces : pieces.slice(from), bytes, take));
  return buffers;
}

function joined(pieces: Pieces, bytes: number, take: (bytes: number) => Buffer): Buffer {
  const [only] = pieces;
  if (pieces.length === 1 && only !== undefined) return windowOn(only);
  const buffer = take(bytes);
  let at = 0;
  for (const piece of pieces) {
    buffer.set(piece, at);
    at += piece.length;
  }
  return buffer;
}

function windowOn(piece: Uint8Array): Buffer {
  return Buffer.from(piece.buffer, piece.byteOffset, piece.length);
}
