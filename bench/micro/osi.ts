/** Both ends of an association in memory: what the stack itself costs. Source: ours. */
import { joinOctets } from '../../src/base/octets.js';
import type { AssociationEvent } from '../../src/osi/association.js';
import { Association } from '../../src/osi/stack.js';
import { APPLICATION_CONTEXT } from '../../src/x411/application-contexts.js';
import { deliveryStencil } from '../load/messages.js';
import type { Micro } from './micro.js';

const { oid, bind, delivery, submission } = APPLICATION_CONTEXT.mtsForcedAccess88;
const EMPTY_SET = Uint8Array.of(0x31, 0);
const argument = deliveryStencil('bench-0', { contentBytes: 10_000 }).octets;

class Pair {
  readonly initiator = new Association({ role: 'initiator' });
  readonly responder = new Association({ role: 'responder' });

  constructor() {
    this.initiator.bind({
      applicationContext: oid,
      bindSyntax: bind,
      operationSyntaxes: [delivery, submission],
      addresses: {},
      argument: EMPTY_SET,
    });
    this.#move(this.initiator, this.responder);
    this.#move(this.responder, this.initiator);
    this.#move(this.initiator, this.responder);
    this.responder.takeEvents();
    this.responder.bindResult([delivery], EMPTY_SET);
    this.#move(this.responder, this.initiator);
    this.initiator.takeEvents();
  }

  /** Invoke, indication, result, confirmation. */
  operate(): AssociationEvent | undefined {
    this.initiator.invoke(delivery, 5, [argument]);
    this.#move(this.initiator, this.responder);
    const [invoked] = this.responder.takeEvents();
    if (invoked?.type === 'invoke') this.responder.result(invoked.invokeId, [EMPTY_SET]);
    this.#move(this.responder, this.initiator);
    return this.initiator.takeEvents()[0];
  }

  #move(from: Association, to: Association): void {
    to.receive(joinOctets(from.takeOutput()));
  }
}

const pair = new Pair();

export const osiMicros: readonly Micro[] = [
  {
    name: 'osi operation, both ends 10k',
    run: () => pair.operate(),
    answer: () => pair.operate()?.type ?? 'nothing',
  },
];
