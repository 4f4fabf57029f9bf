/**
 * SEQUENCE OF and SET OF. The order in which the elements came is kept for both.
 *
 * Source: X.690 (2002) 8.10, 8.12.
 */
import { BER_ELEMENTS_MAX } from '../limits.js';
import type { Element } from './reader.js';
import { TAG, type Tag } from './tag.js';
import { type Asn1Type, accepts, decodeWithin, mistyped, unexpectedTag } from './type.js';

/** SEQUENCE SIZE (min..max) OF. */
export function sequenceOf<T>(
  type: Asn1Type<T>,
  min = 0,
  max: number = BER_ELEMENTS_MAX,
): Asn1Type<readonly T[]> {
  return listOf(`SEQUENCE OF ${type.name}`, TAG.sequence, type, min, max);
}

/** SET SIZE (min..max) OF. */
export function setOf<T>(
  type: Asn1Type<T>,
  min = 0,
  max: number = BER_ELEMENTS_MAX,
): Asn1Type<readonly T[]> {
  return listOf(`SET OF ${type.name}`, TAG.set, type, min, max);
}

function listOf<T>(
  name: string,
  universalTag: Tag,
  type: Asn1Type<T>,
  min: number,
  max: number,
): Asn1Type<readonly T[]> {
  return {
    name,
    tags: [universalTag],
    decode: (element) => {
      const list: T[] = [];
      const reader = element.children();
      for (let child = reader.next(); child !== null; child = reader.next()) {
        if (list.length >= max) throw mistyped(name, 'too-many-elements');
        list.push(decodeItem(list.length, type, child));
      }
      if (list.length < min) throw mistyped(name, 'too-few-elements');
      return list;
    },
    encode: (writer, value, tag = universalTag) => {
      const mark = writer.mark();
      for (let i = value.length - 1; i >= 0; i -= 1) type.encode(writer, value[i] as T);
      writer.header(tag, true, mark);
    },
  };
}

function decodeItem<T>(index: number, type: Asn1Type<T>, element: Element): T {
  if (accepts(type, element.tag)) return decodeWithin(index, type, element);
  const error = unexpectedTag(type, element.tag);
  error.path.unshift(String(index));
  throw error;
}
