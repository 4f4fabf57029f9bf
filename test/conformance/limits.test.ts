/** Limits on associations, enforced by the whole server, and what others notice of them: nothing. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { encode } from '../../src/asn1/type.js';
import { seededRandom } from '../../src/base/random.js';
import { keptOrNameOf } from '../../src/client/address.js';
import { AbstractError, composeDelivery, MtaLink, UserAgent } from '../../src/client/index.js';
import {
  ASSOCIATIONS_PER_MAILBOX_MAX,
  CONNECTIONS_UNBOUND_PER_ADDRESS_MAX,
} from '../../src/limits.js';
import { connectAssociation } from '../../src/net/connector.js';
import type { AssociationEvent } from '../../src/osi/association.js';
import { APPLICATION_CONTEXT } from '../../src/x411/application-contexts.js';
import { MsBindArgument } from '../../src/x413/bind.js';
import { FetchArgument } from '../../src/x413/fetch.js';
import {
  addressOf,
  mtaAt,
  type TestServer,
  testServer,
  USER_PASSWORD,
  userAt,
} from '../support/server.js';

const CONTENT = '2.6.4.3.1';
const CONTEXT = APPLICATION_CONTEXT.msAccess88;
let server: TestServer;

afterEach(() => server.dispose());

async function serve(...mailboxes: string[]): Promise<void> {
  server = await testServer(mailboxes);
  await server.start();
}

const agent = (mailbox: string) => UserAgent.connect(userAt(server.port, mailbox));
const link = () => MtaLink.connect(mtaAt(server.port));
const message = (mailbox: string, content: Uint8Array) =>
  composeDelivery({
    recipient: addressOf(mailbox),
    originator: addressOf('sender'),
    contentType: '2.6.3.3.0',
    content,
  });
const settled = (timeMs: number) => new Promise((resolve) => setTimeout(resolve, timeMs));

/** An association below the client, which answers nothing by itself. */
async function bare(mailbox: string) {
  const events: AssociationEvent[] = [];
  const driver = await connectAssociation({
    host: '127.0.0.1',
    port: server.port,
    handler: (event) => events.push(event),
  });
  const argument = encode(MsBindArgument, {
    initiatorName: keptOrNameOf(addressOf(mailbox)),
    initiatorCredentials: { kind: 'simpleIa5', value: USER_PASSWORD },
    msConfigurationRequest: false,
  });
  driver.bind({
    applicationContext: CONTEXT.oid,
    bindSyntax: CONTEXT.bind,
    operationSyntaxes: [CONTEXT.delivery],
    addresses: {},
    argument,
  });
  while (events.length === 0) await settled(5);
  return { driver, events };
}

const fetchContent = encode(FetchArgument, {
  item: { kind: 'precise', value: 1 },
  requestedAttributes: [{ type: CONTENT }],
} as never);

describe('MS-016: associations of one mailbox', () => {
  test('beyond the bound: unable-to-establish-association, for now; others are served', async () => {
    await serve('full', 'other');
    const users = await Promise.all(
      Array.from({ length: ASSOCIATIONS_PER_MAILBOX_MAX }, () => agent('full')),
    );
    const refused = await bare('full');
    expect(refused.events).toMatchObject([{ type: 'refused', layer: 'acse', isTransient: true }]);
    const [event] = refused.events;
    const error = event?.type === 'refused' ? event.error : null;
    expect([...(error ?? [])]).toEqual([0x0a, 1, 2]);
    await (await agent('other')).unbind();
    await users[0]?.unbind();
    await settled(50);
    await (await agent('full')).unbind();
  });
});

describe('a flood of connections that do not bind', () => {
  test('shuts out nobody who does', async () => {
    await serve('user');
    const bystander = await agent('user');
    const sockets: Socket[] = [];
    for (let count = 0; count < CONNECTIONS_UNBOUND_PER_ADDRESS_MAX + 50; count += 1) {
      const socket = connect({ port: server.port, host: '127.0.0.1' });
      socket.on('error', () => undefined);
      await once(socket, 'connect');
      sockets.push(socket);
    }
    await (await agent('user')).unbind();
    await settled(100);
    const closed = sockets.filter(({ destroyed, readableEnded }) => destroyed || readableEnded);
    expect(closed.length).toBeGreaterThanOrEqual(50);
    expect((await bystander.summarize({})).count).toBe(0);
    for (const socket of sockets) socket.destroy();
    await bystander.unbind();
  });
});

describe('a client that stops reading', () => {
  test('during large fetches stalls nobody, and memory stays bounded', {
    timeout: 60_000,
  }, async () => {
    await serve('large', 'small');
    const mta = await link();
    await mta.deliver(message('large', seededRandom(1).octets(20_000_000)));
    await mta.deliver(message('small', seededRandom(2).octets(1_000)));
    const { driver } = await bare('large');
    driver.setReading(false);
    for (let count = 0; count < 80; count += 1) {
      driver.invoke(CONTEXT.delivery, 22, [fetchContent]);
    }
    const user = await agent('small');
    const times: number[] = [];
    for (let count = 0; count < 100; count += 1) {
      const start = performance.now();
      const { entry } = await user.fetch({ sequence: 1, attributes: [CONTENT] });
      expect(entry?.attributes.get(CONTENT)?.[0]?.length).toBeGreaterThanOrEqual(1_000);
      times.push(performance.now() - start);
      await settled(10);
    }
    times.sort((a, b) => a - b);
    expect(times[50]).toBeLessThan(250);
    expect(times[99]).toBeLessThan(5_000);
    driver.destroy('the test is over');
    await Promise.all([user.unbind(), mta.unbind()]);
  });
});

describe('a planned stop', () => {
  test('lets what is outstanding finish, aborts those that stay, takes no more', async () => {
    await serve('user', 'idle');
    const idle = await bare('idle');
    const mta = await link();
    const deliveries = Array.from({ length: 50 }, (_, seed) =>
      mta.deliver(message('user', seededRandom(seed).octets(50_000))).then(
        () => 'stored',
        (error: Error) => (error instanceof AbstractError ? `error ${error.code}` : error.message),
      ),
    );
    await settled(5);
    const stopped = server.stop();
    const outcomes = await Promise.all(deliveries);
    expect(await stopped).toBe(0);
    // Each is stored, or the MTA was told to keep it, or heard of the abort before it was asked.
    for (const outcome of outcomes) expect(outcome).toMatch(/^stored|error 1$|acse: user abort/);
    expect(idle.events.at(-1)).toMatchObject({ type: 'aborted', layer: 'acse', by: 'peer' });
    await server.start();
    const user = await agent('user');
    const stored = outcomes.filter((outcome) => outcome === 'stored').length;
    expect((await user.summarize({})).count).toBeGreaterThanOrEqual(stored);
    await user.unbind();
  });
});
