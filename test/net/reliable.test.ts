/** What the network owns of associations over RTSE: their time, and what waits for the turn. */
import { afterEach, expect, test, vi } from 'vitest';
import type { AssociationDriver, Timing } from '../../src/net/association-driver.js';
import { connectAssociation } from '../../src/net/connector.js';
import { type Answer, Initiator } from '../../src/net/initiator.js';
import { Listener } from '../../src/net/listener.js';
import type { AssociationEvent } from '../../src/osi/association.js';
import { APPLICATION_CONTEXT, RELIABLE_CONTEXTS } from '../../src/x411/application-contexts.js';
import { connect, contextItem, element, userData } from '../osi/ber.js';
import { CR, dt, spdu, userDataParameter } from '../osi/peer.js';
import { wirePeer } from '../support/wire.js';

const { oid, bind, delivery } = APPLICATION_CONTEXT.msReliableAccess88;
const reliable = { contexts: RELIABLE_CONTEXTS };
const SET = Uint8Array.of(0x31, 0);
const MEGABYTE = Buffer.concat([Buffer.of(4, 0x83, 0x10, 0, 0), Buffer.alloc(0x10_0000)]);

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

interface Serving {
  readonly port: number;
  readonly events: AssociationEvent[];
  readonly drivers: AssociationDriver[];
  readonly drains: boolean[];
}

/** Accepts every bind; `serve` is told of what is invoked. */
async function listen(
  serve: (driver: AssociationDriver, invokeId: number) => void,
  timing: Partial<Timing> = {},
): Promise<Serving> {
  const events: AssociationEvent[] = [];
  const drivers: AssociationDriver[] = [];
  const drains: boolean[] = [];
  const listener = await Listener.open({
    host: '127.0.0.1',
    port: 0,
    reliable,
    timing,
    handler: (driver) => {
      drivers.push(driver);
      return {
        onEvent: (event) => {
          events.push(event);
          if (event.type === 'bind') driver.bindResult([delivery], SET);
          if (event.type === 'invoke') serve(driver, event.invokeId);
          if (event.type === 'unbind') driver.unbindResponse();
        },
        onDrain: () => drains.push(driver.isBehind),
        onClosed: () => undefined,
      };
    },
  });
  open.push(listener);
  return { port: listener.port, events, drivers, drains };
}

test('results that wait for the turn are what the peer has not taken; it is told when it has', async () => {
  const answered: boolean[] = [];
  const served = await listen((driver, invokeId) => {
    driver.result(invokeId, [MEGABYTE]);
    answered.push(driver.isBehind);
  });
  const events: AssociationEvent[] = [];
  const client = await connectAssociation({
    host: '127.0.0.1',
    port: served.port,
    reliable,
    handler: (event) => events.push(event),
  });
  client.bind({
    applicationContext: oid,
    bindSyntax: bind,
    operationSyntaxes: [delivery],
    addresses: {},
    argument: SET,
  });
  await vi.waitFor(() => expect(events).toMatchObject([{ type: 'bound' }]));
  for (let at = 0; at < 8; at += 1) client.invoke(delivery, 20, [SET]);
  await vi.waitFor(() => expect(events).toHaveLength(9), 10_000);
  expect(events.slice(1).map(({ type }) => type)).toEqual(Array(8).fill('result'));
  // Eight megabytes are more than may wait, and four are not.
  expect(answered.at(0)).toBe(false);
  expect(answered.at(-1)).toBe(true);
  expect(served.drains).toContain(false);
  client.unbind();
  await vi.waitFor(() => expect(events.at(-1)?.type).toBe('unbound'));
});

test('a transfer in which nothing comes is refused, and then the association ends', async () => {
  const served = await listen(() => undefined, { transferMs: 600, partialPacketMs: 100 });
  const information = element(
    'be',
    element('28', '020103', element('a0', element('b0', '820101', 'a306a004b0023100'))),
  );
  const aarq = element('60', 'a106060456000105', information);
  const contexts = [contextItem(1, '060452010001'), contextItem(3, '06045600020a')];
  const cp = userDataParameter(connect(contexts, userData(1, aarq)));
  const peer = await wirePeer(served.port);
  peer.send(CR);
  await peer.hears();
  peer.send(dt(spdu('0d', '050613010016010214020249', cp)));
  await peer.hears();
  const before = peer.received().length;
  peer.send(dt('01002d052903020101') + dt(`01000100${userData(3, '040128')}`));
  expect(await peer.hears()).toBe(true);
  // ED, reason 1; and when that does not help either, the abort.
  expect(peer.received().slice(before)).toBe(dt('02003003320101'));
  await vi.waitFor(() => expect(peer.received()).toMatch(/b603800106$/), 5_000);
  expect(served.events.at(-1)).toMatchObject({
    type: 'aborted',
    by: 'local',
    detail: 'a transfer did not go on',
  });
});

test('what the peer was not given whole was not sent: it may go elsewhere', async () => {
  const served = await listen(() => undefined);
  const context = APPLICATION_CONTEXT.msReliableAccess88;
  const { initiator } = await Initiator.bind(
    { operationsMax: 8, onInvoke: () => undefined },
    (handler) => connectAssociation({ host: '127.0.0.1', port: served.port, reliable, handler }),
    { context, addresses: {}, argument: SET },
  );
  const answers: Answer[] = [];
  const invoke = (argument: Uint8Array) =>
    initiator.invoke(delivery, 5, argument, (answer) => answers.push(answer));
  invoke(SET);
  await vi.waitFor(() => expect(served.events.at(-1)).toMatchObject({ type: 'invoke' }));
  // Of this it has nothing, and confirms nothing.
  served.drivers[0]?.setReading(false);
  invoke(MEGABYTE);
  invoke(SET);
  await new Promise((resolve) => setTimeout(resolve, 50));
  served.drivers[0]?.destroy('lost');
  await vi.waitFor(() => expect(answers).toHaveLength(3));
  expect(answers).toMatchObject([
    { kind: 'ended', wasSent: true },
    { kind: 'ended', wasSent: false },
    { kind: 'ended', wasSent: false },
  ]);
});
