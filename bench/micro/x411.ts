/** What the front end asks of every delivery. Source: ours. */
import { present } from '../../src/base/assert.js';
import { orAddressKey } from '../../src/x411/or-address-key.js';
import { orNameOfContents } from '../../src/x411/or-name.js';
import { factsOfDelivery } from '../../src/x411/peek.js';
import { deliveryStencil } from '../load/messages.js';
import { type Micro, micro } from './micro.js';

const octets = deliveryStencil('bench-0', { contentBytes: 10_000 }).octets;
const recipient = () => present(factsOfDelivery(octets), 'a delivery has facts').recipient;
const name = orNameOfContents(recipient());

export const x411Micros: readonly Micro[] = [
  {
    name: 'x411 factsOfDelivery 10k',
    run: recipient,
    answer: recipient,
  },
  micro('x411 orAddressKey', () => orAddressKey(name)),
];
