/**
 * Headers in front of octets that are not to be copied: what the protocol layers wrap around user
 * data on its way down.
 *
 * Source: X.690 (2002) 8.1.
 */
import { type Pieces, sizeOf } from '../base/octets.js';
import type { Tag } from './tag.js';
import { BerWriter } from './writer.js';

/** The pieces as the contents of one constructed element: a header piece, then the pieces. */
export function wrap(tag: Tag, pieces: Pieces): Pieces {
  const writer = new BerWriter(16);
  writer.length(sizeOf(pieces));
  writer.identifier(tag, true);
  return [writer.finish(), ...pieces];
}
