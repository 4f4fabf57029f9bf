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
});
