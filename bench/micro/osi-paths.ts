/**
 * The front end's two ways through the stack: a delivery that comes in and is answered, and a fetch
 * that goes out with its result, to the buffers that are written. Source: ours.
 *
 * Processor time of one delivery of 10 kB in and its answer, 2 cores of AMD EPYC, Node 20, three
 * runs each on a busy machine: 3.7, 4.2, 3.6 µs before, 2.6, 2.7, 2.6 µs after headers of one layer
 * became one piece and plain data were no longer taken apart as two SPDUs.
 */
import { joinOctets } from '../../src/base/octets.js';
import { gather } from '../../src/net/gather.js';
import { Association } from '../../src/osi/stack.js';
import { APPLICATION_CONTEXT } from '../../src/x411/application-contexts.js';
import { deliveryStencil } from '../load/messages.js';
import type { Micro } from './micro.js';

const { oid, bind, delivery, submission } = APPLICATION_CONTEXT.mtsForcedAccess88;
const EMPTY_SET = Uint8Array.of(0x31, 0);
const large = deliveryStencil('bench-0', { contentBytes: 10_000 }).octets;

const store = new Association({ role: 'responder' });

/** An invocation as a peer that is bound sends it; the same again and again. */
function boundFrames(...arguments_: Uint8Array[]): Buffer[] {
  const peer = new Association({ role: 'initiator' });
  const move = (from: Association, to: Association) => to.receive(joinOctets(from.takeOutput()));
  const operationSyntaxes = [delivery, submission];
  const argument = EMPTY_SET;
  peer.bind({
    applicationContext: oid,
    bindSyntax: bind,
    operationSyntaxes,
    addresses: {},
    argument,
  });
  move(peer, store);
  move(store, peer);
  move(peer, store);
  store.takeEvents();
  store.bindResult([delivery], EMPTY_SET);
  move(store, peer);
  return arguments_.map((one) => {
    peer.invoke(delivery, 5, [one]);
    return Buffer.from(joinOctets(peer.takeOutput()));
  });
}

const [delivering = EMPTY_SET, fetching = EMPTY_SET] = boundFrames(large, EMPTY_SET);

function operate(frame: Uint8Array, result: Uint8Array): Buffer[] {
  store.receive(frame);
  for (const event of store.takeEvents()) {
    if (event.type === 'invoke') store.result(event.invokeId, [result]);
  }
  return gather(store.takeOutput());
}

const answer = (frame: Uint8Array, result: Uint8Array) => joinOctets(operate(frame, result));

export const osiPathMicros: readonly Micro[] = [
  {
    name: 'osi delivery in, result out 10k',
    run: () => operate(delivering, EMPTY_SET),
    answer: () => answer(delivering, EMPTY_SET),
  },
  {
    name: 'osi fetch in, result out 10k',
    run: () => operate(fetching, large),
    answer: () => answer(fetching, large),
  },
];
