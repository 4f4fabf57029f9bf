/** BER: walking, decoding and encoding a delivery of 10 kB. Source: ours. */
import { readElement } from '../../src/asn1/reader.js';
import { decode, encode } from '../../src/asn1/type.js';
import { MessageDeliveryArgument } from '../../src/x411/delivery.js';
import { deliveryStencil } from '../load/messages.js';
import { type Micro, micro } from './micro.js';

const octets = deliveryStencil('bench-0', { contentBytes: 10_000 }).octets;
const value = decode(MessageDeliveryArgument, octets);

function countElements(): number {
  let count = 0;
  const reader = readElement(octets).children();
  for (let child = reader.next(); child !== null; child = reader.next()) count += 1;
  return count;
}

export const asn1Micros: readonly Micro[] = [
  micro('asn1 walk one level', countElements),
  micro('asn1 decode delivery 10k', () => decode(MessageDeliveryArgument, octets).content.length),
  micro('asn1 encode delivery 10k', () => encode(MessageDeliveryArgument, value)),
];
