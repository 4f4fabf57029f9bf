/** What the client library does with a list of 1,000 entries. Source: ours. */

import { octetString } from '../../src/asn1/primitive.js';
import { encode } from '../../src/asn1/type.js';
import { readAnswer } from '../../src/client/errors.js';
import { EntryView } from '../../src/client/index.js';
import { ListOutline, ListResult } from '../../src/x413/list.js';
import { type Micro, micro } from './micro.js';

const ENTRIES = 1_000;
const ATTRIBUTES = 8;

const octets = encode(ListResult, {
  requested: Array.from({ length: ENTRIES }, (_, entry) => ({
    sequenceNumber: entry + 1,
    attributes: Array.from({ length: ATTRIBUTES }, (_, attribute) => ({
      type: `2.6.4.3.${attribute + 1}`,
      values: [encode(octetString(), Buffer.alloc(4 * attribute + 1, 'x'))],
    })),
  })),
});

/** As `UserAgent.list` reads it. */
function readList(): number {
  const { requested = [] } = readAnswer(ListOutline, octets);
  const entries = requested.map((information) => EntryView.of(information));
  return entries.reduce((sum, { sequence }) => sum + sequence, 0);
}

/** And everything in it, value by value. */
function readValues(): number {
  const { requested = [] } = readAnswer(ListOutline, octets);
  const entries = requested.map((information) => EntryView.of(information));
  return entries.reduce((sum, { attributes }) => sum + attributes.size, 0);
}

export const clientMicros: readonly Micro[] = [
  micro('client read list 1k x 8', readList),
  micro('client read list 1k x 8, values', readValues),
];
