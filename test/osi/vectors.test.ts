/** Packet streams made by hand and read by tshark, played against our responder and our initiator. */
import { describe, expect, test } from 'vitest';
import { formatHex, joinOctets, parseHex } from '../../src/base/octets.js';
import type { AssociationEvent } from '../../src/osi/association.js';
import { Association } from '../../src/osi/stack.js';
import { APPLICATION_CONTEXT } from '../../src/x411/application-contexts.js';
import { HAS_SHARED, readShared, WHY_SKIPPED } from '../support/shared.js';

interface Stream {
  readonly name: string;
  readonly packets: readonly { readonly from: 'initiator' | 'responder'; readonly hex: string }[];
}

const streams: readonly Stream[] = HAS_SHARED
  ? JSON.parse(readShared('protocol/p3-p7-vectors.json').toString('utf8')).streams
  : [];

const octetsOf = (hex: string) => parseHex(hex) as Uint8Array;
const SERVED = new Set<string>(Object.values(APPLICATION_CONTEXT).map(({ oid }) => oid));

function playInitiator({ packets }: Stream): AssociationEvent[] {
  const store = new Association({ role: 'responder' });
  const told: AssociationEvent[] = [];
  for (const { from, hex } of packets) {
    if (from !== 'initiator') continue;
    store.receive(octetsOf(hex));
    for (const event of store.takeEvents()) {
      told.push(event);
      if (event.type === 'bind' && SERVED.has(event.applicationContext)) {
        const syntaxes = event.contexts.map(({ abstractSyntax }) => abstractSyntax);
        store.bindResult(syntaxes, Uint8Array.of(0x31, 0));
      }
      if (event.type === 'unbind') store.unbindResponse();
    }
    store.takeOutput();
  }
  return told;
}

const WHOLE = [
  'p7-88-association',
  'p7-94-association',
  'p3-94-all-operations',
  'p3-88-register',
  'p3-94-forced-delivery',
  'p3-94-strong-and-protected',
];

describe.skipIf(!HAS_SHARED)(`hand-made streams${WHY_SKIPPED}`, () => {
  test.each(streams.filter(({ name }) => WHOLE.includes(name)))(
    '$name is bound and served',
    (stream) => {
      const told = playInitiator(stream);
      expect(told[0]).toMatchObject({ type: 'bind' });
      expect(told.filter(({ type }) => type === 'aborted')).toEqual([]);
      expect(told.some(({ type }) => type === 'invoke' || type === 'reject')).toBe(true);
    },
  );

  test('every stream named here exists', () => {
    expect(streams.map(({ name }) => name)).toEqual(expect.arrayContaining(WHOLE));
  });

  /** The worked example: what we send for the same bind, list and release is the same to the octet. */
  test('our initiator writes the octets of p7-88-association', () => {
    const stream = streams.find(({ name }) => name === 'p7-88-association') as Stream;
    const text = (name: string) => Buffer.from(name);
    const user = new Association({ role: 'initiator', tpduBytes: 8_192 });
    const context = APPLICATION_CONTEXT.msAccess88;
    const bind = stream.packets[2]?.hex ?? '';
    const argument = octetsOf(bind.slice(bind.indexOf('b04e') + 4));
    user.bind({
      applicationContext: context.oid,
      bindSyntax: context.bind,
      operationSyntaxes: [context.delivery, context.submission, context.administration],
      addresses: {
        callingTransport: text('UA'),
        calledTransport: text('MS'),
        callingSelector: text('UA'),
        calledSelector: text('MS'),
        callingPresentation: text('UA'),
        calledPresentation: text('MS'),
      },
      argument,
    });
    const sent: string[] = [];
    const [, confirm, , accept] = stream.packets;
    const take = () => sent.push(formatHex(joinOctets(user.takeOutput())));
    take();
    user.receive(octetsOf(confirm?.hex ?? ''));
    take();
    user.receive(octetsOf(accept?.hex ?? ''));
    expect(user.takeEvents()).toMatchObject([{ type: 'bound' }]);
    expect(sent).toEqual([stream.packets[0]?.hex, stream.packets[2]?.hex]);
  });

  const stream = (name: string) => {
    const found = streams.find((one) => one.name === name);
    if (found === undefined) throw new Error(`no stream ${name}`);
    return found;
  };

  /** Our initiator with the streams' selectors left out, fed with what their responders said. */
  function hear(name: string, reference: number): { user: Association; told: AssociationEvent[] } {
    const user = new Association({ role: 'initiator', tpduBytes: 8_192, reference });
    const { oid, bind, submission, delivery, administration } = APPLICATION_CONTEXT.mtsAccess94;
    const syntaxes = {
      bindSyntax: bind,
      operationSyntaxes: [submission, delivery, administration],
    };
    const argument = Uint8Array.of(0x31, 0);
    user.bind({ applicationContext: oid, ...syntaxes, addresses: {}, argument });
    for (const { from, hex } of stream(name).packets) {
      if (from === 'responder') user.receive(octetsOf(hex));
    }
    return { user, told: user.takeEvents() };
  }

  test.each([
    ['p3-bind-refused', 5, 'acse', 'user 1', '020102'],
    ['p3-context-not-supported', 5, 'acse', 'user 2', null],
    ['p3-psap-unknown', 5, 'presentation', 'reason 3', null],
  ])(
    '%s: our initiator learns who refused and why',
    (name, reference, layer, diagnostic, error) => {
      const { user, told } = hear(name, reference);
      expect(told).toMatchObject([{ type: 'refused', layer, isTransient: false, diagnostic }]);
      const [event] = told;
      const found =
        event?.type === 'refused' && event.error !== null ? formatHex(event.error) : null;
      expect(found).toBe(error);
      expect(user.wantsClose).toBe(true);
    },
  );

  test('tsap-unknown: the transport says it', () => {
    const { user, told } = hear('tsap-unknown', 7);
    expect(told).toMatchObject([{ type: 'aborted', layer: 'cotp' }]);
    expect(user.wantsClose).toBe(true);
  });

  test.each([
    ['abort-user', 'acse', 'user abort'],
    ['abort-presentation-provider', 'presentation', 'provider abort, reason 1, event 7'],
    ['abort-session-provider', 'session', 'session provider abort, cause 5'],
    ['abort-acse-provider', 'acse', 'ACSE provider abort'],
  ])('%s: our responder learns who aborted, and answers nothing', (name, layer, detail) => {
    const store = new Association({ role: 'responder' });
    const packets = stream(name).packets.filter(({ from }) => from === 'initiator');
    for (const { hex } of packets.slice(0, -1)) store.receive(octetsOf(hex));
    expect(store.takeEvents()).toMatchObject([{ type: 'bind' }]);
    store.bindResult([], Uint8Array.of(0x31, 0));
    store.takeOutput();
    store.receive(octetsOf(packets.at(-1)?.hex ?? ''));
    expect(store.takeEvents()).toEqual([{ type: 'aborted', layer, by: 'peer', detail }]);
    expect(store.takeOutput()).toEqual([]);
    expect(store.wantsClose).toBe(true);
  });

  test('our aborts and refusals are those of the streams, to the octet', () => {
    const said = (name: string) => stream(name).packets.at(-1)?.hex;
    const asked = (name: string) => {
      const store = new Association({ role: 'responder', tpduBytes: 8_192 });
      for (const { from, hex } of stream(name).packets.slice(0, 3)) {
        if (from === 'initiator') store.receive(octetsOf(hex));
      }
      store.takeOutput();
      return store;
    };
    const output = (store: Association) => formatHex(joinOctets(store.takeOutput()));
    const { delivery, submission, administration } = APPLICATION_CONTEXT.mtsAccess94;
    const served = [submission, delivery, administration];

    const aborting = asked('abort-user');
    aborting.bindResult(served, Uint8Array.of(0x31, 0));
    aborting.takeOutput();
    aborting.abort();
    expect(output(aborting)).toBe(said('abort-user'));

    const refusing = asked('p3-bind-refused');
    refusing.bindError({ isTransient: false, diagnostic: 1, error: octetsOf('020102') });
    expect(output(refusing)).toBe(said('p3-bind-refused'));

    const unknown = asked('p3-context-not-supported');
    unknown.bindError({ isTransient: false, diagnostic: 2, error: null });
    expect(output(unknown)).toBe(said('p3-context-not-supported'));
  });

  /** The worked example from the other side: our responder's answers, from CC to DN. */
  test('our responder writes the octets of p7-88-association', () => {
    const { packets } = stream('p7-88-association');
    const store = new Association({ role: 'responder', tpduBytes: 8_192, reference: 2 });
    const context = APPLICATION_CONTEXT.msAccess88;
    const served = [context.delivery, context.submission, context.administration];
    const attributeError = octetsOf('3113a011310f310da003020101a106060456040308');
    const answers: ((id: number) => void)[] = [
      (id) => store.result(id, [octetsOf('3100')]),
      (id) => store.error(id, 21, attributeError),
      (id) => store.reject(id, { kind: 'invoke', problem: 1 }),
    ];
    for (const { from, hex } of packets) {
      if (from === 'responder') {
        expect(formatHex(joinOctets(store.takeOutput()))).toBe(hex);
        continue;
      }
      store.receive(octetsOf(hex));
      for (const event of store.takeEvents()) {
        if (event.type === 'bind') {
          store.bindResult(served, octetsOf('310aa20816066d7370617373'));
        } else if (event.type === 'invoke') answers.shift()?.(event.invokeId);
        else if (event.type === 'unbind') store.unbindResponse();
      }
    }
    expect(answers).toEqual([]);
  });
});
