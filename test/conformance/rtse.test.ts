/**
 * The application contexts over RTSE, end to end: our own two ends over TCP, in awkward segments,
 * and what ISODE's initiator said, said to the whole server. X.218, X.228, X.419.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatHex, joinOctets } from '../../src/base/octets.js';
import {
  APPLICATION_CONTEXT,
  type ApplicationContext,
  AssociationLostError,
  ATTRIBUTE,
  composeDelivery,
  composeReport,
  composeSubmission,
  InterruptedTransfers,
  MtaLink,
  MtaServer,
  UserAgent,
} from '../../src/client/index.js';
import { hashPassword } from '../../src/directory/password.js';
import { decodeSpdu } from '../../src/osi/session/spdu.js';
import { readPcap, writePcap } from '../support/pcap.js';
import { type Cut, startProxy, type Proxy as TcpProxy } from '../support/proxy.js';
import {
  addressOf,
  freePort,
  MTA_NAME,
  MTA_PASSWORD,
  type TestServer,
  testServer,
  USER_PASSWORD,
} from '../support/server.js';
import { HAS_SHARED, readShared, WHY_SKIPPED } from '../support/shared.js';
import { dissect, HAS_TSHARK } from '../support/tshark.js';
import { tsdusOf, wirePeer } from '../support/wire.js';

const CONTEXT = APPLICATION_CONTEXT;
const P22 = '2.6.1.10.1';
/** SI of an activity's start, its end, and a minor synchronization point. */
const [START, RESUME, END, POINT, ABORT] = [0x2d, 0x1d, 0x29, 0x31, 0x19];

let server: TestServer;
let mta: MtaServer;
beforeAll(async () => {
  const mtsPort = await freePort();
  const mtsContext = 'mts-reliable-access-94';
  const password = await hashPassword('secret');
  const extra = [
    '  - id: isode',
    '    address: /C=GB/A=ADMD/P=PRMD/O=Org/S=Store/',
    `    password: "${password}"`,
    'reliableTransfer: { checkpointKibi: 2, window: 3 }',
  ];
  const names = ['reports', 'alpha', 'bravo', 'charlie', 'delta', 'echo', 'foxtrot'];
  server = await testServer(names, extra.join('\n'), [], { mtsPort, mtsContext });
  mta = await MtaServer.open({
    port: mtsPort,
    name: MTA_NAME,
    password: MTA_PASSWORD,
    stores: [{ host: '127.0.0.1', port: server.port, name: MTA_NAME, password: MTA_PASSWORD }],
    retryMs: 50,
  });
  await server.start();
});
afterAll(async () => {
  await server.dispose();
  await mta.close();
});

/** A content that is not the same anywhere. */
const contentOf = (bytes: number): Uint8Array =>
  Uint8Array.from({ length: bytes }, (_, at) => (at * 7919 + (at >> 8)) & 0xff);

const deliveryTo = (mailbox: string, number: number, content: Uint8Array) =>
  composeDelivery({
    recipient: addressOf(mailbox),
    originator: addressOf('sender'),
    contentType: P22,
    content,
    localIdentifier: `RTSE-${mailbox}-${number}`,
  });

/** What tshark calls the parts of any conversation over RTSE. */
const READ = ['(AS)', '(MAP)', '(MAA)', '(GTC)', '(GTA)'];

const SPDUS = new Map([
  [START, 'AS'],
  [RESUME, 'AR'],
  [END, 'AE'],
  [POINT, 'MIP'],
  [ABORT, 'AB'],
]);

/** The SPDUs of category 2 that a side said, but for data. */
const spdusOf = (octets: Uint8Array): string[] =>
  tsdusOf(octets).flatMap((tsdu) => {
    const { si, rest } = decodeSpdu(tsdu);
    const name = SPDUS.get(rest.length > 0 && si < 3 ? decodeSpdu(rest).si : si);
    return name === undefined ? [] : [name];
  });

const said = ({ segments }: TcpProxy, from: 'initiator' | 'responder') =>
  spdusOf(joinOctets(segments.flatMap((part) => (part.from === from ? [part.octets] : []))));

const tick = () => new Promise((resolve) => setImmediate(resolve));

describe.each(['as-it-came', 'octets', 'tpdus'] as const)('cut: %s', (cut: Cut) => {
  test.each([
    ['88', CONTEXT.mtsForcedReliableAccess88, CONTEXT.msReliableAccess88],
    ['94', CONTEXT.mtsForcedReliableAccess94, CONTEXT.msReliableAccess94],
  ])('%s: an MTA delivers and reports, a user reads', async (_edition, forced, access) => {
    const mailbox = cut === 'octets' ? 'alpha' : cut === 'tpdus' ? 'bravo' : 'charlie';
    const [proxy, usersProxy] = [
      await startProxy(server.port, cut),
      await startProxy(server.port, cut),
    ];
    const link = await MtaLink.connect({ ...connectionTo(proxy.port), ...mtaAs(forced) });
    const user = await UserAgent.connect({
      ...connectionTo(usersProxy.port),
      ...userAs(mailbox, access),
    });
    try {
      const { count: before } = await user.summarize({});
      const content = contentOf(20_000);
      const deliveries = [1, 2, 3].map((number) =>
        link.deliver(deliveryTo(mailbox, number + before, content)),
      );
      await Promise.all(deliveries);
      await link.report(composeReport({ recipient: addressOf('x'), outcome: 'delivery' }));
      const { count } = await user.summarize({});
      expect(count).toBe(before + 3);
      const { entry } = await user.fetch({
        sequence: before + 1,
        attributes: [ATTRIBUTE.content],
      });
      expect(Buffer.compare(entry?.content ?? new Uint8Array(0), content)).toBe(0);
      await Promise.all([link.unbind(), user.unbind()]);
    } finally {
      await Promise.all([proxy.close(), usersProxy.close()]);
    }
    // Twenty kilobytes are ten segments, three times; the report fits into one.
    const points = Array.from({ length: 9 }, () => 'MIP');
    const transfer = ['AS', ...points, 'AE'];
    expect(said(proxy, 'initiator')).toEqual([...transfer, ...transfer, ...transfer, 'AS', 'AE']);
    expect(said(proxy, 'responder')).toEqual(['AS', 'AE', 'AS', 'AE', 'AS', 'AE', 'AS', 'AE']);
    expect(said(usersProxy, 'responder').filter((name) => name === 'MIP')).toEqual(points);
  });
});

function connectionTo(port: number) {
  return { host: '127.0.0.1', port };
}

function mtaAs(applicationContext: ApplicationContext) {
  return { name: MTA_NAME, password: MTA_PASSWORD, applicationContext };
}

function userAs(mailbox: string, applicationContext: ApplicationContext) {
  return { address: addressOf(mailbox), password: USER_PASSWORD, applicationContext };
}

test('what a user submits goes to the MTA over RTSE, and comes back as a delivery', async () => {
  const user = await UserAgent.connect({
    ...connectionTo(server.port),
    ...userAs('delta', CONTEXT.msReliableAccess94),
  });
  const outcome = await user.submit(
    composeSubmission({
      originator: addressOf('delta'),
      recipients: [addressOf('delta')],
      contentType: P22,
      content: contentOf(50_000),
    }),
  );
  expect(outcome.identifier).toMatch(/^\[/);
  const until = Date.now() + 5_000;
  let { count } = await user.summarize({});
  while (count === 0 && Date.now() < until) ({ count } = await user.summarize({}));
  expect(count).toBe(1);
  await user.unbind();
});

describe('a connection that is lost in the middle of a delivery', () => {
  const forced = CONTEXT.mtsForcedReliableAccess88;

  test('whoever comes back goes on behind what the store has of it', async () => {
    const memory = new InterruptedTransfers();
    const content = contentOf(300_000);
    const delivery = deliveryTo('echo', 1, content);
    const link = async (port: number) =>
      MtaLink.connect({ ...connectionTo(port), ...mtaAs(forced), reliableTransfer: { memory } });

    const first = await startProxy(server.port);
    const lost = (await link(first.port)).deliver(delivery);
    const failed = expect(lost).rejects.toThrow(AssociationLostError);
    while (said(first, 'initiator').filter((name) => name === 'MIP').length < 40) await tick();
    await first.close();
    await failed;
    expect(memory.bytes).toBeGreaterThan(content.length);

    const second = await startProxy(server.port);
    const back = await link(second.port);
    await back.deliver(delivery);
    await back.unbind();
    const again = said(second, 'initiator');
    await second.close();
    expect(again[0]).toBe('AR');
    // 147 segments in all: those that were confirmed do not come again.
    expect(again.filter((name) => name === 'MIP').length).toBeLessThan(147 - 30);
    expect(memory.bytes).toBe(0);

    const user = await UserAgent.connect({
      ...connectionTo(server.port),
      ...userAs('echo', CONTEXT.msReliableAccess88),
    });
    expect((await user.summarize({})).count).toBe(1);
    const { entry } = await user.fetch({ sequence: 1, attributes: [ATTRIBUTE.content] });
    expect(Buffer.compare(entry?.content ?? new Uint8Array(0), content)).toBe(0);
    await user.unbind();
  });
});

describe.skipIf(!HAS_TSHARK)(`Wireshark${HAS_TSHARK ? '' : ' (skipped: no tshark)'}`, () => {
  test.each([
    [CONTEXT.mtsForcedReliableAccess88, CONTEXT.msReliableAccess88],
    [CONTEXT.mtsForcedReliableAccess94, CONTEXT.msReliableAccess94],
  ])('reads both ends of $name without a complaint', async (forced, access) => {
    const [proxy, usersProxy] = [await startProxy(server.port), await startProxy(server.port)];
    const { edition } = forced;
    const link = await MtaLink.connect({ ...connectionTo(proxy.port), ...mtaAs(forced) });
    await link.deliver(deliveryTo('foxtrot', Number(edition), contentOf(9_000)));
    await link.unbind();
    const who = userAs('foxtrot', access);
    const user = await UserAgent.connect({ ...connectionTo(usersProxy.port), ...who });
    await user.list({});
    await user.unbind();
    await Promise.all([proxy.close(), usersProxy.close()]);
    // It knows the RTSE of P3, not that of P7, and no operations within either.
    const read = [
      [proxy, ['rtorq-apdu', 'rtoac-apdu', ...READ]],
      [usersProxy, READ],
    ] as const;
    for (const [{ segments }, names] of read) {
      const { complaints, text } = dissect(writePcap(segments, server.port), server.port);
      expect(complaints.filter((line) => !line.includes('not implemented'))).toEqual([]);
      expect(names.filter((name) => !text.includes(name))).toEqual([]);
    }
  });
});

describe('refused', () => {
  test.each([
    ['a wrong password', CONTEXT.msReliableAccess88, 'no'],
    ['a wrong password of 1994', CONTEXT.msReliableAccess94, 'no'],
  ])('%s, with the bind error in an RTORJ', async (_what, context, password) => {
    const bad = { ...connectionTo(server.port), ...userAs('alpha', context), password };
    await expect(UserAgent.connect(bad)).rejects.toMatchObject({
      name: 'BindRefusedError',
      problem: 'authentication-error',
    });
  });
});

describe.skipIf(!HAS_SHARED)(`ISODE over RTSE against the server${WHY_SKIPPED}`, () => {
  test('p7-rtse is bound, answered and released', async () => {
    const parts = readPcap(readShared('samples/isode/p7-rtse.pcap'));
    const peer = await wirePeer(server.port);
    let isodeHas = 0;
    for (const { from, octets } of parts) {
      const isDisconnect = octets[5] === 0x80;
      if (isDisconnect) break;
      if (from === 'responder') {
        isodeHas += tsdusOf(octets).length;
        const isHeard = () => tsdusOf(peer.octets()).length >= isodeHas;
        for (let tries = 0; tries < 500 && !isHeard(); tries += 1) {
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
        expect(isHeard()).toBe(true);
      } else peer.send(octets);
    }
    peer.socket.end();
    const said = tsdusOf(peer.octets()).map(formatHex);
    const isodes = tsdusOf(
      joinOctets(parts.flatMap(({ from, octets }) => (from === 'responder' ? [octets] : []))),
    ).map(formatHex);
    // All but the bind and what the operations answer is what ISODE's responder said.
    const turns = (texts: string[]) => texts.filter((text) => !/^(0e|02|0100010061)/.test(text));
    expect(turns(said)).toEqual(turns(isodes));
    expect(said.filter((text) => text.startsWith('0100010061'))).toEqual([
      expect.stringMatching(/a2..020101 ?30/),
      expect.stringMatching(/a3..02010202011c/),
    ]);
  });
});
