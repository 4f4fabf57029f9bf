/**
 * Headers in front of octets that are not to be copied: what the protocol layers wrap around user
 * data on its way down.
 *
 * Source: X.690 (2002) 8.1.
 */
import { type Pieces, sizeOf } from '../base/octets.js';
import type { Tag } from './tag.js';
import { written } from './writer.js';

/** The pieces as the contents of one constructed element: a header piece, then the pieces. */
export function wrap(tag: Tag, pieces: Pieces): Pieces {
  const header = written((writer) => {
    writer.length(sizeOf(pieces));
    writer.identifier(tag, true);
  });
  return [header, ...pieces];
}
