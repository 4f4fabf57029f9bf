/**
 * Headers in front of octets that are not to be copied: what the protocol layers wrap around user
 * data on its way down.
 *
 * Source: X.690 (2002) 8.1.
 */
import { type Pieces, sizeOf } from '../base/octets.js';
import type { Tag } from './tag.js';
import { type BerWriter, written } from './writer.js';

/** The pieces as the contents of one constructed element: a header piece, then the pieces. */
export function wrap(tag: Tag, pieces: Pieces): Pieces {
  return headed(pieces, (writer, bytesBehind) => writer.around(tag, bytesBehind));
}

/** One piece of headers, the innermost written first, then the pieces. */
export function headed(
  pieces: Pieces,
  write: (writer: BerWriter, bytesBehind: number) => void,
): Pieces {
  const bytesBehind = sizeOf(pieces);
  return [written((writer) => write(writer, bytesBehind)), ...pieces];
}
