/**
 * ISODE's conversations over RTSE, each side played against ours: a stack that nobody here wrote.
 * What ours says is compared with what ISODE said in its place, value by value.
 */
import { describe, expect, test } from 'vitest';
import { formatHex, joinOctets } from '../../src/base/octets.js';
import type { AssociationEvent } from '../../src/osi/association.js';
import { decodeData } from '../../src/osi/presentation/ppdu.js';
import { decodeApdu, type RoseApdu } from '../../src/osi/rose/apdu.js';
import { decodeSegment } from '../../src/osi/rtse/apdu.js';
import { decodeSpdu, PI, SI } from '../../src/osi/session/spdu.js';
import { Association } from '../../src/osi/stack.js';
import { RELIABLE_CONTEXTS } from '../../src/x411/application-contexts.js';
import { HAS_SHARED, readShared, WHY_SKIPPED } from '../support/shared.js';
import { tsdusOf } from '../support/wire.js';
import { CONNECTION_REQUEST, conversation, exchangeContexts, playInitiator } from './isode-play.js';

type Side = 'initiator' | 'responder';

/** One kilobyte between checkpoints, which are three: as ISODE's responder answers. */
const RELIABLE = { contexts: RELIABLE_CONTEXTS, checkpointSize: 1, windowSize: 3 };
const NULL = Uint8Array.of(5, 0);

/** A TSDU in words: data by its value, whatever its lengths' form; what else there is by octets. */
function textOf(tsdu: Uint8Array): string {
  const first = decodeSpdu(tsdu);
  if (first.si === SI.pleaseTokens && first.rest.length === 0) return 'PT';
  const isData = first.rest.length > 0 && decodeSpdu(first.rest).si === SI.data;
  if (!isData) return formatHex(tsdu);
  const [value] = decodeData(decodeSpdu(first.rest).rest);
  return `DT ${value?.contextId} ${formatHex(decodeSegment(value?.data ?? NULL))}`;
}

const octetsOf = (name: string, from: Side) =>
  joinOctets(conversation(name).flatMap((part) => (part.from === from ? [part.octets] : [])));

/** All but the first, which connects. */
const textsOf = (octets: Uint8Array) => tsdusOf(octets).slice(1).map(textOf);

/** The same without what the segments hold. */
const stepsOf = (octets: Uint8Array) =>
  textsOf(octets).map((text) => text.replace(/^(DT \d+) .*/, '$1'));

/** The APDUs that a side transferred: in activities, each a string of segments. */
function apdusOf(octets: Uint8Array): RoseApdu[] {
  const apdus: RoseApdu[] = [];
  let hex = '';
  for (const text of textsOf(octets)) {
    if (text.startsWith('DT')) hex += text.split(' ')[2];
    if (text.startsWith('010029')) {
      apdus.push(decodeApdu(Buffer.from(hex, 'hex')));
      hex = '';
    }
  }
  return apdus;
}

const CONVERSATIONS: readonly [name: string, operations: number[]][] = [
  ['p7-rtse', [20, 22]],
  ['p7-rtse-big-result', [22]],
];

const BIND = {
  bindSyntax: '2.3.0',
  operationSyntaxes: ['2.6.0.2.9'],
  addresses: {},
  argument: Uint8Array.of(0x31, 0),
};

/** Our initiator invokes what ISODE's did when it did, and hears its peer. */
function playResponder(name: string, applicationContext: string) {
  const parts = conversation(name);
  const invoked = apdusOf(octetsOf(name, 'initiator'));
  const reference = Buffer.from(parts[0]?.octets ?? []).readUInt16BE(8);
  const reliable = { ...RELIABLE, form: 'bare' } as const;
  const user = new Association({ role: 'initiator', reference, tpduBytes: 2_048, reliable });
  const told: AssociationEvent[] = [];
  const sent: Uint8Array[] = [];
  for (const { from, octets } of parts) {
    if (octets[5] === CONNECTION_REQUEST) user.bind({ ...BIND, applicationContext });
    for (const text of from === 'initiator' ? tsdusOf(octets).map(formatHex) : []) {
      const apdu = text.startsWith('01002d') ? invoked.shift() : undefined;
      if (apdu?.type === 'invoke') {
        user.invoke('2.6.0.2.9', apdu.operation ?? 0, [apdu.argument ?? NULL]);
      }
      if (text.startsWith('09')) user.unbind();
    }
    if (from === 'responder') user.receive(exchangeContexts(octets, 5));
    for (const event of user.takeEvents()) {
      told.push(event);
      if (event.type === 'invoke') user.result(event.invokeId, [BIND.argument]);
    }
    sent.push(...user.takeOutput());
  }
  return { told, sent: joinOctets(sent) };
}

describe.skipIf(!HAS_SHARED)(`ISODE over RTSE${WHY_SKIPPED}`, () => {
  describe.each(CONVERSATIONS)('%s, to our responder', (name, operations) => {
    const play = (cut: number) =>
      playInitiator(conversation(name), cut, {
        reliable: RELIABLE,
        answers: apdusOf(octetsOf(name, 'responder')),
      });

    test.each([0, 1, 1_000])('%i octets at a time: bound, served and released', (cut) => {
      const { told } = play(cut);
      const invokes = told.flatMap((event) => (event.type === 'invoke' ? [event] : []));
      expect(told.map(({ type }) => type)).toEqual([
        'bind',
        ...operations.map(() => 'invoke'),
        'unbind',
      ]);
      expect(invokes.map(({ operation }) => operation)).toEqual(operations);
    });

    test('what it answers is what ISODE answered', () => {
      const { sent } = play(0);
      const [ours, isodes] = [joinOctets(sent), octetsOf(name, 'responder')];
      expect(stepsOf(ours)).toEqual(stepsOf(isodes));
      expect(apdusOf(ours)).toEqual(apdusOf(isodes));
      // Where ISODE uses the definite form, as it does for what is short, octet by octet.
      if (name === 'p7-rtse') expect(textsOf(ours)).toEqual(textsOf(isodes));
    });

    test('it connects as ISODE does, but for its bind result', () => {
      const accept = decodeSpdu(tsdusOf(joinOctets(play(0).sent))[0] ?? NULL).parameters;
      const isodes = decodeSpdu(tsdusOf(octetsOf(name, 'responder'))[0] ?? NULL).parameters;
      // All but the selector, which ISODE does not repeat, and the user data.
      const said = [...accept].filter(([pi]) => pi !== PI.calledSelector && pi !== PI.userData);
      for (const [pi, value] of said) {
        expect([pi, formatHex(value)]).toEqual([pi, formatHex(isodes.get(pi) ?? NULL)]);
      }
      // RTOAC: a checkpoint size of 1, a window of 3.
      expect(formatHex(accept.get(PI.userData) ?? NULL)).toMatch(/b1..800101810103a2/);
    });
  });

  test.each([
    ['p7-rtse', '2.6.0.1.5', ['result 1', 'error 2']],
    ['p7-rtse-big-result', '2.6.0.1.5', ['result 1']],
    ['p3-rtse-delivery', '2.6.0.1.2', ['result 1', 'invoke 1001', 'result 2']],
  ])('%s, to our initiator', (name, context, events) => {
    const { told, sent } = playResponder(name, context);
    const texts = told.map((event) => {
      if (event.type === 'aborted') return event.detail;
      return 'invokeId' in event ? `${event.type} ${event.invokeId}` : event.type;
    });
    expect(texts).toEqual(['bound', ...events, 'unbound']);
    // Octet by octet, but for the turn: it is asked for when something waits, soon or late.
    const withoutTurns = (texts: string[]) => texts.filter((text) => !/^(PT|15|16)/.test(text));
    const isodes = textsOf(octetsOf(name, 'initiator'));
    // Our ACSE has another context.
    const acse = (text: string) => text.replace('020105a0', '020101a0');
    expect(withoutTurns(textsOf(sent))).toEqual(withoutTurns(isodes).map(acse));
  });
});

/** A P3 delivery over RTSE that was made by hand, with an EXTERNAL around what is transferred. */
describe.skipIf(!HAS_SHARED)(`a hand-made stream${WHY_SKIPPED}`, () => {
  const packets = (from: Side): string[] => {
    const { streams } = JSON.parse(readShared('protocol/p3-p7-vectors.json').toString('utf8'));
    const stream = streams.find(({ name }: { name: string }) => name === 'p3-94-reliable');
    return stream.packets.flatMap((packet: { from: Side; hex: string }) =>
      packet.from === from ? [packet.hex] : [],
    );
  };
  const octetsIn = (hex: readonly string[]) => Buffer.from(hex.join(''), 'hex');

  test('is bound, served and released, and answered to the octet', () => {
    const result =
      octetsIn(packets('responder'))
        .toString('hex')
        .match(/a24e020101.*$/)?.[0] ?? '';
    const answer = decodeApdu(Buffer.from(result.slice(0, 2 * 80), 'hex'));
    // There the turn comes back unasked; we wait for being asked, as ISODE does.
    const please = '0300001a02f0800211100101c10c610a3008020103a003020100';
    const isTaken = (hex: string) => hex === '0300000902f0801600';
    const segments = packets('initiator')
      .flatMap((hex) => (isTaken(hex) ? [please, hex] : [hex]))
      .map((hex) => ({ from: 'initiator' as const, octets: octetsIn([hex]) }));
    const store = playInitiator(segments, 0, { reliable: RELIABLE, answers: [answer] });
    expect(store.told).toMatchObject([
      { type: 'bind', bindSyntax: '2.6.0.2.8', applicationContext: '2.6.0.1.9' },
      { type: 'invoke', operation: 4, invokeId: 1, syntax: '2.6.0.2.14' },
      { type: 'unbind' },
    ]);
    const said = tsdusOf(joinOctets(store.sent)).slice(1).map(formatHex);
    const theirs = tsdusOf(octetsIn(packets('responder')))
      .slice(1)
      .map(formatHex);
    // The priority in the request for the turn is ours.
    const withoutPriority = (text: string) => text.replace(/^(02.*)..$/, '$1');
    expect(said.map(withoutPriority)).toEqual(theirs.map(withoutPriority));
  });
});
