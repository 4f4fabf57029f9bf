/**
 * A value that writes itself: for who has it in another form than a declaration wants, and need not
 * make one first. Nothing is decoded as such.
 *
 * Source: ours.
 */
import { unreachable } from '../base/assert.js';
import type { Asn1Type } from './type.js';
import type { BerWriter } from './writer.js';

export const toWrite: Asn1Type<(writer: BerWriter) => void> = {
  name: 'ANY',
  tags: 'any',
  decode: (element) => unreachable(element as never),
  encode: (writer, write) => write(writer),
};
