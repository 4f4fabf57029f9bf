/** CRC-32C (Castagnoli), as in message files and journal. Source: RFC 3720 B.4; @node-rs/crc32. */
import { crc32c } from '@node-rs/crc32';
import type { Pieces } from '../base/octets.js';

/** CRC-32C of all pieces, one after the other. */
export function crcOf(pieces: Pieces): number {
  let crc = 0;
  for (const piece of pieces) if (piece.length > 0) crc = crc32c(piece, crc);
  return crc >>> 0;
}
