/** ISODE's conversations played against stacks of ours: either end in the place of one of its. */
import { parseHex } from '../../src/base/octets.js';
import type { AssociationEvent, BindIndication, BindRequest } from '../../src/osi/association.js';
import type { RoseApdu } from '../../src/osi/rose/apdu.js';
import type { ReliableOptions } from '../../src/osi/rtse/service.js';
import { Association } from '../../src/osi/stack.js';
import { readPcap, type Segment } from '../support/pcap.js';
import { readShared } from '../support/shared.js';

const NULL = Uint8Array.of(5, 0);
export const BIND_ERROR = parseHex('020100') as Uint8Array;

export const CONNECTION_REQUEST = 0xe0;

export const conversation = (name: string): Segment[] =>
  readPcap(readShared(`samples/isode/${name}.pcap`));

export interface StoreOptions {
  readonly isRefusing?: boolean;
  readonly reliable?: ReliableOptions;
  /** What answers an invocation, by invoke id; NULL as a result where none is given. */
  readonly answers?: readonly RoseApdu[];
}

/** Answers everything at once, and keeps what it was told. */
export class Store {
  readonly stack: Association;
  readonly told: AssociationEvent[] = [];
  readonly sent: Uint8Array[] = [];

  constructor(readonly options: StoreOptions = {}) {
    const { reliable } = options;
    this.stack = new Association({ role: 'responder', ...(reliable && { reliable }) });
  }

  receive(octets: Uint8Array): AssociationEvent[] {
    this.stack.receive(octets);
    return this.answer();
  }

  answer(): AssociationEvent[] {
    const events = this.stack.takeEvents();
    for (const event of events) {
      if (event.type === 'bind') this.#bind(event);
      else if (event.type === 'invoke') this.#reply(event.invokeId);
      else if (event.type === 'unbind') this.stack.unbindResponse();
    }
    this.told.push(...events);
    this.sent.push(...this.stack.takeOutput());
    return events;
  }

  #reply(invokeId: number): void {
    const answer = this.options.answers?.find((apdu) => apdu.invokeId === invokeId);
    if (answer?.type === 'error' && answer.code !== null) {
      this.stack.error(invokeId, answer.code, answer.parameter);
    } else {
      this.stack.result(invokeId, [(answer?.type === 'result' && answer.result) || NULL]);
    }
  }

  #bind({ contexts }: BindIndication): void {
    if (this.options.isRefusing === true) {
      this.stack.bindError({ isTransient: false, diagnostic: 1, error: BIND_ERROR });
      return;
    }
    const syntaxes = contexts.map(({ abstractSyntax }) => abstractSyntax);
    this.stack.bindResult(syntaxes, Uint8Array.of(0x31, 0));
  }
}

export function playInitiator(
  segments: readonly Segment[],
  cut: number,
  options: StoreOptions = {},
): Store {
  const store = new Store(options);
  for (const { from, octets } of segments) {
    if (from !== 'initiator') continue;
    const step = cut === 0 ? octets.length : cut;
    for (let at = 0; at < octets.length; at += step) store.receive(octets.subarray(at, at + step));
  }
  store.stack.transportClosed('the peer closed');
  store.answer();
  return store;
}

export const count = (events: readonly AssociationEvent[], type: AssociationEvent['type']) =>
  events.filter((event) => event.type === type).length;

/**
 * ISODE proposes ACSE last, and we first. In what its responder said, the first and the last
 * context change places.
 */
export function exchangeContexts(octets: Uint8Array, last: number): Uint8Array {
  const changed = Uint8Array.from(octets);
  for (let at = 0; at + 4 <= octets.length; at += 1) {
    const [tag, length, id, choice] = octets.subarray(at, at + 4);
    if (tag !== 2 || length !== 1 || choice !== 0xa0) continue;
    if (id === 1 || id === last) changed[at + 2] = last + 1 - id;
  }
  return changed;
}

/** Our initiator does what ISODE's did, which a store beside it finds out, and hears its peer. */
export function playResponder(
  segments: readonly Segment[],
  bind: BindRequest,
): { user: Association; told: AssociationEvent[] } {
  const shadow = new Store();
  const reference = Buffer.from(segments[0]?.octets ?? []).readUInt16BE(8);
  const user = new Association({ role: 'initiator', reference, tpduBytes: 2_048 });
  const told: AssociationEvent[] = [];
  const hear = (octets: Uint8Array) => {
    user.receive(octets);
    for (const event of user.takeEvents()) {
      told.push(event);
      if (event.type === 'invoke') user.result(event.invokeId, [NULL]);
    }
  };
  for (const { from, octets } of segments) {
    if (from === 'responder') {
      hear(exchangeContexts(octets, 3));
      continue;
    }
    for (const event of shadow.receive(octets)) {
      if (user.isOver) break;
      if (event.type === 'invoke') user.invoke(bind.bindSyntax, event.operation, [event.argument]);
      else if (event.type === 'unbind') user.unbind();
    }
    if (octets[5] === CONNECTION_REQUEST) user.bind(bind);
    user.takeOutput();
  }
  user.transportClosed('the peer closed');
  hear(new Uint8Array(0));
  return { user, told };
}
