/**
 * Bad input at each layer, over TCP, to the whole server: that layer answers, the connection ends,
 * the log has one line, and a bystander's association notices nothing. The whole tables, octets in
 * and octets out, stand in test/osi.
 */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { encode } from '../../src/asn1/type.js';
import { formatHex } from '../../src/base/octets.js';
import { keptOrNameOf } from '../../src/client/address.js';
import { UserAgent } from '../../src/client/index.js';
import { MsBindArgument } from '../../src/x413/bind.js';
import { connect, contextItem, element, userData } from '../osi/ber.js';
import { CC, CR, data, dt, FN, ITEM, spdu, tpkt, userDataParameter } from '../osi/peer.js';
import {
  addressOf,
  type TestServer,
  testServer,
  USER_PASSWORD,
  userAt,
} from '../support/server.js';
import { wirePeer } from '../support/wire.js';

const MAILBOX = 'ttaayfyx';
const CONTEXTS = [
  contextItem(1, '060452010001'),
  contextItem(3, '060456000209'),
  contextItem(5, '060456000205'),
];
const bindOf = (password: string) =>
  formatHex(
    encode(MsBindArgument, {
      initiatorName: keptOrNameOf(addressOf(MAILBOX)),
      initiatorCredentials: { kind: 'simpleIa5', value: password },
      msConfigurationRequest: false,
    }),
  );
/** A CONNECT for an application context, with this bind. */
function cn(bind: string, context = '060456000104', bindContext = 3): string {
  const external = element(
    '28',
    `0201${bindContext.toString(16).padStart(2, '0')}`,
    element('a0', bind),
  );
  const aarq = element('60', element('a1', context), element('be', external));
  return dt(spdu('0d', ITEM, userDataParameter(connect(CONTEXTS, userData(1, aarq)))));
}
const BOUND = [CR, cn(element('b0', bindOf(USER_PASSWORD)))];

const AB = /0300000c02f0801903110105$/;
const ARP = (reason: string) => new RegExp(`c108300680010${reason}810107$`);
const ABRT = /6403800101$/;
const ER = (cause: string) => new RegExp(`700001${cause}c1[0-9a-f]+$`);
const aare = (context: string, result: string, diagnostic: string) =>
  new RegExp(`61[0-9a-f]{2}a106${context}a20302010${result}a305a10302010${diagnostic}`);

/** What is said, turn by turn, and what must come last before the connection ends. */
const CASES: readonly [what: string, turns: string[], answer: RegExp, isKept?: true][] = [
  ['TPKT of version 4', ['0400001611e0000000'], /^$/],
  ['TPKT of length 3', ['03000003'], /^$/],
  ['HTTP', [formatHex(Buffer.from('GET / HTTP/1.1\r\n\r\n'))], /^$/],
  ['TLS', ['160301020001'], /^$/],
  ['a DT before any CR', [dt('0100')], /^$/],
  ['class 4 alone', [tpkt('06 e0 0000 1234 40')], /^0300000b06801234000082$/],
  ['a broken CR', [tpkt('08 e0 0000 1234 00 c0 05')], /^0300000b0680123400008a$/],
  ['a second CR', [CR, CR], ER('02')],
  ['an AK', [CR, tpkt('04 60 0001 00')], ER('02')],
  [
    'a session that does not begin with CN',
    [CR, data('6100')],
    new RegExp(`^${CC.slice(0, 8)}[0-9a-f]+$`),
  ],
  ['versions that do not exist', [CR, dt('0d0f050613010016010414020002c10131')], /320184$/],
  ['a CONNECT without a version', [CR, dt(spdu('0d', '0503130100', 'c10131'))], /320185$/],
  ['NF in a session', [...BOUND, dt('0800')], AB],
  ['an unknown SPDU', [...BOUND, dt('7700')], AB],
  ['a CP that is no BER', [CR, dt(spdu('0d', ITEM, 'c101ff'))], /320602?3?0?0?3?.*8a0100$/],
  [
    'X.410 mode',
    [CR, dt(spdu('0d', ITEM, userDataParameter('3107a003800100a100')))],
    /3206023103800102$/,
  ],
  ['a PPDU that is none', [...BOUND, data('3000')], ARP('1')],
  ['a context that is not there', [...BOUND, data(userData(9, '6000'))], ARP('6')],
  [
    'an application context of RTSE on a duplex session',
    [CR, cn('b0023100', '060456000105')],
    aare('060456000105', '1', '1'),
  ],
  [
    'a bind in the syntax of P3',
    [CR, cn('b0023100', '060456000101')],
    aare('060456000101', '1', '1'),
  ],
  ['a bind on no context', [CR, cn('b0023100', '060456000104', 9)], aare('060456000104', '1', '1')],
  ['a bind that cannot be read', [CR, cn('b0023100')], aare('060456000104', '1', '1')],
  ['a wrong password', [CR, cn(element('b0', bindOf('guess')))], /b2030a0100$/],
  ['an AARE in an association', [...BOUND, data(userData(1, '6100'))], ABRT],
  [
    'what is no APDU',
    [...BOUND, data(userData(5, 'a503020101')), FN],
    /a4050500800100.*6303800100$/,
    true,
  ],
  [
    'an unknown operation',
    [...BOUND, data(userData(5, 'a1080201010201633100')), FN],
    /a406020101810101.*6303800100$/,
    true,
  ],
  [
    'a mistyped argument',
    [...BOUND, data(userData(5, 'a1080201010201150500')), FN],
    /a406020101810102.*6303800100$/,
    true,
  ],
  ['eleven rejects', [...BOUND, data(userData(5, 'a503020101')).repeat(11)], /6403800100$/],
];

describe('bad input', () => {
  let server: TestServer;
  let bystander: UserAgent;
  beforeAll(async () => {
    server = await testServer([MAILBOX]);
    await server.start();
    bystander = await UserAgent.connect(userAt(server.port, MAILBOX));
  });
  afterAll(() => server.dispose());

  const lines = (port: number) =>
    server
      .log()
      .split('\n')
      .filter((line) => line.includes('association.ended') && line.includes(`:${port}"`));

  test.each(CASES)('%s', async (_what, turns, answer) => {
    const peer = await wirePeer(server.port);
    const { localPort = 0 } = peer.socket;
    for (const turn of turns) {
      peer.send(turn);
      await peer.hears(2_000);
    }
    // Whoever was refused or aborted closes himself; we give him half a minute.
    await peer.closes(150);
    peer.socket.end();
    expect(await peer.closes()).toBe(true);
    expect(peer.received()).toMatch(answer);
    const { count } = await bystander.summarize({ range: { from: 1 }, requests: [] });
    expect(count).toBe(0);
    await vi.waitFor(() => expect(lines(localPort)).toHaveLength(1));
  });
});
