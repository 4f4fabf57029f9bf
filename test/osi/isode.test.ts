/** ISODE's conversations, each side played against ours: a stack that nobody here wrote. */
import { describe, expect, test } from 'vitest';
import { parseHex } from '../../src/base/octets.js';
import type { AssociationEvent, BindIndication } from '../../src/osi/association.js';
import { Association } from '../../src/osi/stack.js';
import { readPcap, type Segment } from '../support/pcap.js';
import { HAS_SHARED, readShared, WHY_SKIPPED } from '../support/shared.js';

const NULL = Uint8Array.of(5, 0);
const BIND_ERROR = parseHex('020100') as Uint8Array;

const CONNECTION_REQUEST = 0xe0;
const BIND = {
  applicationContext: '2.6.0.1.4',
  bindSyntax: '2.6.0.2.9',
  operationSyntaxes: [],
  addresses: {},
  argument: Uint8Array.of(0x31, 0),
};

const conversation = (name: string): Segment[] =>
  readPcap(readShared(`samples/isode/${name}.pcap`));

/**
 * What was read in the captures by hand: the operations that the initiator invokes, in order, and
 * the length of the longest argument; a big one may be longer.
 */
const CONVERSATIONS: readonly [name: string, operations: number[], longest: number][] = [
  ['p7-plain', [20, 22, 23, 21], 11],
  ['p7-pipelined', [20, 21, 20], 11],
  ['p7-alert', [20, 20], 11],
  ['p7-submission', [3], 108],
  ['p7-big-argument', [3], 60_000],
  ['p7-big-result', [22], 7],
  ['p7-unbind', [], 0],
  ['p3-delivery', [2], 2],
  ['p3-forced', [2], 2],
  ['v1-p7-plain', [20], 11],
  ['v1-p7-big-result', [22], 7],
];

/** What ISODE's responder said after the bind, and what it invoked itself. */
const ANSWERS: readonly [name: string, events: string[]][] = [
  ['p7-plain', ['result 1', 'error 2', 'reject 3', 'reject 4']],
  ['p7-pipelined', ['result 1', 'result 2', 'result 3']],
  ['p7-alert', ['result 1', 'invoke 1001', 'result 2']],
  ['p7-submission', ['result 1']],
  ['p7-big-argument', ['result 1']],
  ['p7-big-result', ['result 1']],
  ['p7-unbind', []],
  ['p3-delivery', ['invoke 1001', 'invoke 1002', 'reject 1']],
  ['p3-forced', ['result 1']],
];

/** Answers everything at once, and keeps what it was told. */
class Store {
  readonly stack = new Association({ role: 'responder' });
  readonly told: AssociationEvent[] = [];
  readonly sent: Uint8Array[] = [];

  constructor(readonly isRefusing = false) {}

  receive(octets: Uint8Array): AssociationEvent[] {
    this.stack.receive(octets);
    return this.answer();
  }

  answer(): AssociationEvent[] {
    const events = this.stack.takeEvents();
    for (const event of events) {
      if (event.type === 'bind') this.#bind(event);
      else if (event.type === 'invoke') this.stack.result(event.invokeId, [NULL]);
      else if (event.type === 'unbind') this.stack.unbindResponse();
    }
    this.told.push(...events);
    this.sent.push(...this.stack.takeOutput());
    return events;
  }

  #bind({ contexts }: BindIndication): void {
    if (this.isRefusing) {
      this.stack.bindError({ isTransient: false, diagnostic: 1, error: BIND_ERROR });
      return;
    }
    const syntaxes = contexts.map(({ abstractSyntax }) => abstractSyntax);
    this.stack.bindResult(syntaxes, Uint8Array.of(0x31, 0));
  }
}

function playInitiator(segments: readonly Segment[], cut: number, isRefusing = false): Store {
  const store = new Store(isRefusing);
  for (const { from, octets } of segments) {
    if (from !== 'initiator') continue;
    const step = cut === 0 ? octets.length : cut;
    for (let at = 0; at < octets.length; at += step) store.receive(octets.subarray(at, at + step));
  }
  store.stack.transportClosed('the peer closed');
  store.answer();
  return store;
}

const count = (events: readonly AssociationEvent[], type: AssociationEvent['type']) =>
  events.filter((event) => event.type === type).length;

/**
 * ISODE proposes ACSE last, as 3, and the bind as 1; we the other way round. In what its responder
 * said, the two change places.
 */
function exchangeContexts(octets: Uint8Array): Uint8Array {
  const changed = Uint8Array.from(octets);
  for (let at = 0; at + 4 <= octets.length; at += 1) {
    const [tag, length, id, choice] = octets.subarray(at, at + 4);
    if (tag !== 2 || length !== 1 || choice !== 0xa0) continue;
    if (id === 1 || id === 3) changed[at + 2] = 4 - id;
  }
  return changed;
}

/** Our initiator does what ISODE's did, which a store beside it finds out, and hears its peer. */
function playResponder(segments: readonly Segment[]): {
  user: Association;
  told: AssociationEvent[];
} {
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
      hear(exchangeContexts(octets));
      continue;
    }
    for (const event of shadow.receive(octets)) {
      if (user.isOver) break;
      if (event.type === 'invoke') user.invoke(BIND.bindSyntax, event.operation, [event.argument]);
      else if (event.type === 'unbind') user.unbind();
    }
    if (octets[5] === CONNECTION_REQUEST) user.bind(BIND);
    user.takeOutput();
  }
  user.transportClosed('the peer closed');
  hear(new Uint8Array(0));
  return { user, told };
}

describe.skipIf(!HAS_SHARED)(`ISODE${WHY_SKIPPED}`, () => {
  describe.each(CONVERSATIONS)('%s, to our responder', (name, operations, longest) => {
    test.each([0, 1, 1_000])('%i octets at a time: bound, served and released', (cut) => {
      const { told } = playInitiator(conversation(name), cut);
      expect(told[0]).toMatchObject({ type: 'bind' });
      const invokes = told.flatMap((event) => (event.type === 'invoke' ? [event] : []));
      expect(invokes.map(({ operation }) => operation)).toEqual(operations);
      expect(Math.max(0, ...invokes.map(({ argument }) => argument.length))).toBeGreaterThanOrEqual(
        longest,
      );
      expect(count(told, 'aborted')).toBe(0);
      expect(told.at(-1)).toEqual({ type: 'unbind' });
    });
  });

  test('p7-refused, to our responder: refused, and no violation after it', () => {
    const { told, stack, sent } = playInitiator(conversation('p7-refused'), 0, true);
    expect(told.map(({ type }) => type)).toEqual(['bind']);
    expect(stack.isOver).toBe(true);
    expect(Buffer.concat(sent).toString('hex')).toContain('b203020100');
  });

  test.each(ANSWERS)('%s, to our initiator: bound, answered and released', (name, answers) => {
    const { told } = playResponder(conversation(name));
    const texts = told.map((event) =>
      'invokeId' in event ? `${event.type} ${event.invokeId}` : event.type,
    );
    expect(texts).toEqual(['bound', ...answers, 'unbound']);
  });

  test('p7-refused, to our initiator: refused, with its error', () => {
    const { told } = playResponder(conversation('p7-refused'));
    expect(told).toMatchObject([{ type: 'refused', layer: 'acse', isTransient: false }]);
    const [refused] = told;
    expect(refused?.type === 'refused' && [...(refused.error ?? [])]).toEqual([...BIND_ERROR]);
  });

  test('v1-p7-plain, to our initiator: version 1, which we did not offer, is aborted', () => {
    const { told } = playResponder(conversation('v1-p7-plain'));
    expect(told).toMatchObject([{ type: 'aborted', layer: 'session', by: 'local' }]);
  });
});
