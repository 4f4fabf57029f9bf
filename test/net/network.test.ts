/** Real sockets: our client against a listener with a handler that answers by rote. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { encode } from '../../src/asn1/type.js';
import { UserAgent } from '../../src/client/index.js';
import type { AssociationDriver, Timing } from '../../src/net/association-driver.js';
import { connectAssociation } from '../../src/net/connector.js';
import { Listener } from '../../src/net/listener.js';
import type { AssociationEvent } from '../../src/osi/association.js';
import { APPLICATION_CONTEXT } from '../../src/x411/application-contexts.js';
import { MsBindResult } from '../../src/x413/bind.js';
import { startProxy } from '../support/proxy.js';

const CONTEXT = APPLICATION_CONTEXT.msAccess88;
const BIND = {
  applicationContext: CONTEXT.oid,
  bindSyntax: CONTEXT.bind,
  operationSyntaxes: [CONTEXT.delivery],
  addresses: {},
  argument: Uint8Array.of(0x31, 0),
};
const RESULT = encode(MsBindResult, {
  responderCredentials: { kind: 'simpleIa5', value: '' },
} as never);

let listener: Listener;
let closings: string[] = [];

async function listen(
  onInvoke: (
    driver: AssociationDriver,
    event: Extract<AssociationEvent, { type: 'invoke' }>,
  ) => void,
  timing: Partial<Timing> = {},
): Promise<number> {
  const closingsOfThis: string[] = [];
  closings = closingsOfThis;
  listener = await Listener.open({
    host: '127.0.0.1',
    port: 0,
    timing,
    handler: (driver) => ({
      onEvent: (event) => {
        if (event.type === 'bind') driver.bindResult([CONTEXT.delivery], RESULT);
        if (event.type === 'invoke') onInvoke(driver, event);
        if (event.type === 'unbind') driver.unbindResponse();
      },
      onClosed: (detail) => closingsOfThis.push(detail),
    }),
  });
  return listener.port;
}

afterEach(() => listener.close());

const settled = () => new Promise((resolve) => setTimeout(resolve, 50));

describe('network', () => {
  test.each(['as-it-came', 'octets', 'tpdus'] as const)(
    'an agent is served, cut %s',
    async (cut) => {
      const port = await listen((driver, { invokeId }) =>
        driver.result(invokeId, [Uint8Array.of(0x31, 5, 0xa1, 3, 2, 1, 9)]),
      );
      const proxy = await startProxy(port, cut);
      const user = await UserAgent.connect({
        host: '127.0.0.1',
        port: proxy.port,
        address: '/C=XX/A=ICAO/P=TEST/O=R/CN=USER/',
        password: 'secret',
      });
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => user.summarize({ range: { from: 1 }, requests: [] })),
      );
      expect(answers.map(({ count }) => count)).toEqual(answers.map(() => 9));
      await user.unbind();
      await settled();
      expect(closings).toEqual(['released']);
      await proxy.close();
    },
  );

  test('a handler that throws ends its own association only', async () => {
    const port = await listen((driver, { operation, invokeId }) => {
      if (operation === 99) throw new Error('a bug of the handler');
      driver.result(invokeId, [Uint8Array.of(5, 0)]);
    });
    const open = async () => {
      const events: AssociationEvent[] = [];
      const driver = await connectAssociation({
        host: '127.0.0.1',
        port,
        handler: (event) => events.push(event),
      });
      driver.bind(BIND);
      await settled();
      return { driver, events };
    };
    const [good, bad] = [await open(), await open()];
    bad.driver.invoke(CONTEXT.delivery, 99, [Uint8Array.of(5, 0)]);
    await settled();
    good.driver.invoke(CONTEXT.delivery, 20, [Uint8Array.of(5, 0)]);
    await settled();
    expect(bad.events.at(-1)).toMatchObject({ type: 'aborted', by: 'transport' });
    expect(good.events.at(-1)).toMatchObject({ type: 'result' });
    expect(closings).toEqual(['a fault of ours: a bug of the handler']);
    good.driver.destroy('the test is over');
  });

  test.each([
    ['nothing', '', { bindMs: 100 }, 'no bind in time'],
    ['half a packet', '030000', { partialPacketMs: 100 }, 'the rest of a packet did not come'],
  ])('who sends %s is closed', async (_title, hex, timing, reason) => {
    const port = await listen(() => undefined, timing);
    const socket = connect({ host: '127.0.0.1', port });
    socket.write(Buffer.from(hex, 'hex'));
    socket.resume();
    await once(socket, 'close');
    await settled();
    expect(closings).toEqual([reason]);
  });

  test('who does not take the answers is not read from', async () => {
    const big = Buffer.alloc(1_000_000);
    let served = 0;
    const port = await listen((driver, { invokeId }) => {
      served += 1;
      driver.result(invokeId, [Uint8Array.of(0x04, 0x83, 0x0f, 0x42, 0x40), big]);
    });
    const driver = await connectAssociation({ host: '127.0.0.1', port, handler: () => undefined });
    driver.bind(BIND);
    await settled();
    driver.setReading(false);
    for (let i = 0; i < 40; i += 1) {
      driver.invoke(CONTEXT.delivery, 22, [Uint8Array.of(5, 0)]);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await settled();
    expect(served).toBeLessThan(30);
    driver.setReading(true);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(served).toBe(40);
    driver.destroy('the test is over');
  });
});
