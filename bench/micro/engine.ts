/** Batches across the thread boundary, without the threads. Source: ours. */
import { packRequests, unpackRequests } from '../../src/engine/batch.js';
import type { NumberedRequest } from '../../src/engine/contract.js';
import type { MailboxId } from '../../src/engine/mailbox-id.js';
import { deliveryStencil } from '../load/messages.js';
import { type Micro, micro } from './micro.js';

const argument = Uint8Array.from(deliveryStencil('bench-0', { contentBytes: 10_000 }).octets);
const requests: readonly NumberedRequest[] = Array.from({ length: 32 }, (_, id) => ({
  id,
  request: { kind: 'message-delivery', mailbox: `bench-${id}` as MailboxId, argument },
}));

export const engineMicros: readonly Micro[] = [
  micro('engine pack and unpack 32 x 10k', () => unpackRequests(packRequests(requests)).length),
];
