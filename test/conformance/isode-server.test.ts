/**
 * ISODE's plain conversations, end to end: what its initiator said, said to the whole server. It
 * defines no context but that of the bind (and ACSE), and invokes there; the answers come back there.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encode } from '../../src/asn1/type.js';
import { formatHex, joinOctets, parseHex } from '../../src/base/octets.js';
import { keptOrNameOf } from '../../src/client/address.js';
import { hashPassword } from '../../src/directory/password.js';
import { CONNECT_USER_DATA_SHORT_BYTES_MAX } from '../../src/limits.js';
import { decodeSpdu, PI } from '../../src/osi/session/spdu.js';
import { Association } from '../../src/osi/stack.js';
import { APPLICATION_CONTEXT } from '../../src/x411/application-contexts.js';
import { MtsBindArgument } from '../../src/x411/bind.js';
import { MsBindArgument } from '../../src/x413/bind.js';
import { readPcap } from '../support/pcap.js';
import { MTA_NAME, MTA_PASSWORD, type TestServer, testServer } from '../support/server.js';
import { HAS_SHARED, readShared, WHY_SKIPPED } from '../support/shared.js';
import { readSaid, tsdusOf, wirePeer } from '../support/wire.js';

const ADDRESS = '/C=GB/A=ADMD/P=PRMD/O=Org/S=Store/';
/** SI of DN, RF and AC. */
const [DISCONNECT, REFUSE, ACCEPT] = [10, 12, 14];
/** The end of every bind of ISODE's. */
const PASSWORD = 'a2081606736563726574';

/** What answers each conversation on an empty mailbox: context, kind, invoke id, code. */
const CONVERSATIONS: readonly [name: string, answers: string[]][] = [
  ['p7-plain', ['1 result 1 20', '1 error 2 28', '1 error 3 28', '1 result 4 21']],
  ['p7-pipelined', ['1 result 1 20', '1 result 2 21', '1 result 3 20']],
  // It answers an alert that we have not sent, too.
  ['p7-alert', ['1 result 1 20', '1 result 2 20', '1 reject 1001 ']],
  ['p7-submission', ['1 error 1 15']],
  ['p7-big-argument', ['1 error 1 15']],
  ['p7-big-result', ['1 error 1 28']],
  ['p7-unbind', []],
  ['v1-p7-plain', ['1 result 1 20']],
  ['v1-p7-big-result', ['1 error 1 28']],
];

/** What the initiator said, as far as it did not wait for an answer in between. */
function initiatorOf(name: string): string[] {
  const turns: string[] = [];
  let isHis = false;
  for (const { from, octets } of readPcap(readShared(`samples/isode/${name}.pcap`))) {
    const wasHis = isHis;
    isHis = from === 'initiator';
    if (!isHis) continue;
    turns.push((wasHis ? turns.pop() : '') + formatHex(octets));
  }
  return turns;
}

/** Every length above the bind in ISODE's CONNECT: each second group. */
const LENGTHS = new RegExp(
  [
    '^(030000)(..)(02f0800d)(..)(.*?c1)(..)(3180a003800101a2)(..)(8202.*61)(..)(30)(..)(020103a0)(..)',
    '(60)(..)(a1060604560001..be)(..)(28)(..)(06025101020101a0)(..)(b0)(..)(.*)$',
  ].join(''),
);

/** Puts another bind, not longer, in the place of ISODE's: every length above it shrinks alike. */
function withBind(packet: string, bind: (old: string) => string): string {
  const end = packet.indexOf(PASSWORD) + PASSWORD.length;
  const groups = LENGTHS.exec(packet.slice(0, end))?.slice(1) ?? [];
  const old = groups.pop() ?? '';
  const fresh = bind(old);
  const shrunk = (length: string) =>
    (Number.parseInt(length, 16) - (old.length - fresh.length) / 2).toString(16).padStart(2, '0');
  const before = groups.map((group, at) => (at % 2 === 1 ? shrunk(group) : group));
  return before.join('') + fresh + packet.slice(end);
}

describe.skipIf(!HAS_SHARED)(`ISODE against the server${WHY_SKIPPED}`, () => {
  let server: TestServer;
  beforeAll(async () => {
    const password = await hashPassword('secret');
    const mailbox = ['  - id: isode', `    address: ${ADDRESS}`, `    password: "${password}"`];
    server = await testServer(['other'], mailbox.join('\n'));
    await server.start();
  });
  afterAll(() => server.dispose());

  /** Says a packet and waits for what answers it, until the server has had enough. */
  async function say(packets: readonly string[]) {
    const peer = await wirePeer(server.port);
    for (const packet of packets) {
      peer.send(packet);
      if (!(await peer.hears())) break;
    }
    peer.socket.end();
    await peer.closes();
    return { ...readSaid(peer.octets()), octets: peer.octets() };
  }

  /** DN is answered with a DR and a closed connection: nothing more is to be waited for. */
  const withoutDr = (packets: readonly string[]) =>
    packets.filter((packet) => !/^0300000b0680/.test(packet));

  test.each(CONVERSATIONS)('%s is bound, answered and released', async (name, answers) => {
    const { apdus, spdus } = await say(withoutDr(initiatorOf(name)));
    expect(spdus).toEqual([ACCEPT, DISCONNECT]);
    const texts = apdus.map((apdu) => {
      const code = apdu.type === 'error' ? apdu.code : apdu.type === 'result' ? apdu.operation : '';
      return `${apdu.contextId} ${apdu.type} ${apdu.invokeId} ${code}`;
    });
    expect(texts).toEqual(answers);
  });

  test('p7-refused: a wrong password is refused with a bind error', async () => {
    const [request = '', connect = ''] = initiatorOf('p7-refused');
    const wrong = withBind(connect, (bind) => bind.replace(PASSWORD, 'a2081606736563726575'));
    const { spdus, octets } = await say([request, wrong]);
    expect(spdus).toEqual([REFUSE]);
    expect(formatHex(octets)).toContain('b2030a0100');
  });

  test('p3-forced: a store that binds where an MTA should is not authenticated', async () => {
    const { spdus, octets } = await say(initiatorOf('p3-forced').slice(0, 2));
    expect(spdus).toEqual([REFUSE]);
    expect(formatHex(octets)).toContain('b203020102');
  });

  test('p3-forced, with the name of an MTA: submission-control is obeyed', async () => {
    const bind = encode(MtsBindArgument, {
      initiatorName: { kind: 'mta', value: MTA_NAME },
      initiatorCredentials: { kind: 'simpleIa5', value: MTA_PASSWORD },
      extensions: [],
    });
    const [request = '', connect = '', ...rest] = withoutDr(initiatorOf('p3-forced'));
    const { apdus, spdus } = await say([
      request,
      withBind(connect, () => formatHex(bind)),
      ...rest,
    ]);
    expect(spdus).toEqual([ACCEPT, DISCONNECT]);
    expect(apdus).toMatchObject([{ type: 'result', invokeId: 1, operation: 2, contextId: 1 }]);
  });

  test('p3-delivery: we are no MTS, and say that the context is not served', async () => {
    const { spdus, octets } = await say(initiatorOf('p3-delivery').slice(0, 2));
    expect(spdus).toEqual([REFUSE]);
    expect(formatHex(octets)).toContain('a203020101a305a103020102');
  });

  describe('a bind that asks for the configuration', () => {
    const { oid, bind, delivery } = APPLICATION_CONTEXT.msAccess88;
    const argument = encode(MsBindArgument, {
      initiatorName: keptOrNameOf(ADDRESS),
      initiatorCredentials: { kind: 'simpleIa5', value: 'secret' },
      msConfigurationRequest: true,
    });

    /** Our own CONNECT, with a connect item of ISODE's. */
    function connectWith(item: string): string[] {
      const stack = new Association({ role: 'initiator' });
      const syntaxes = { bindSyntax: bind, operationSyntaxes: [delivery] };
      stack.bind({ applicationContext: oid, ...syntaxes, addresses: {}, argument });
      const request = formatHex(joinOctets(stack.takeOutput()));
      stack.receive(parseHex('0300000e09d0000100020 0c0010b'.replaceAll(' ', '')) as Uint8Array);
      const connect = formatHex(joinOctets(stack.takeOutput()));
      const more = item.length / 2 - 8;
      const grown = (_: string, before: string, length: string) =>
        before + (Number.parseInt(length, 16) + more).toString(16);
      return [
        request,
        connect
          .replace('0506130100160102', item)
          .replace(/^(030000)(..)/, grown)
          .replace(/(02f0800d)(..)/, grown),
      ];
    }

    // ISODE aborts above 512 octets, whatever the version: seen in a capture (19 03 11 01 05).
    test.each([
      ['any other peer', '0506130100160102', false],
      ['version 2, TSDUs bounded', '050c130100150407f907f9160102', true],
      ['version 1', '0506130100160101', true],
    ])('%s', async (_what, item, isShort) => {
      const { octets } = await say(connectWith(item));
      const spdu = decodeSpdu(tsdusOf(octets)[0] ?? new Uint8Array(0));
      expect(spdu.si).toBe(ACCEPT);
      const userData = spdu.parameters.get(PI.userData) ?? new Uint8Array(0);
      const text = formatHex(userData);
      expect(userData.length <= CONNECT_USER_DATA_SHORT_BYTES_MAX).toBe(isShort);
      expect(text).toContain('060456010a01');
      expect(text.includes('060456040306')).toBe(!isShort);
    });
  });
});
