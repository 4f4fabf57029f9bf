/** Real sockets: our client against a listener with a handler that answers by rote. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { encode } from '../../src/asn1/type.js';
import { UserAgent } from '../../src/client/index.js';
import type { AssociationDriver, Timing } from '../../src/net/association-driver.js';
import { connectAssociation } from '../../src/net/connector.js';
import { Listener, type ListenOptions } from '../../src/net/listener.js';
import { ReassemblyBudget } from '../../src/net/reassembly.js';
import type { AssociationEvent } from '../../src/osi/association.js';
import { APPLICATION_CONTEXT } from '../../src/x411/application-contexts.js';
import { MsBindResult } from '../../src/x413/bind.js';
import { CN, CR } from '../osi/peer.js';
import { startProxy } from '../support/proxy.js';
import { wirePeer } from '../support/wire.js';

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
  options: Partial<ListenOptions> = {},
): Promise<number> {
  const closingsOfThis: string[] = [];
  closings = closingsOfThis;
  listener = await Listener.open({
    host: '127.0.0.1',
    port: 0,
    timing,
    ...options,
    handler: (driver) => ({
      onEvent: (event) => {
        if (event.type === 'bind') driver.bindResult([CONTEXT.delivery], RESULT);
        if (event.type === 'invoke') onInvoke(driver, event);
        if (event.type === 'unbind' && driver.invocationsOutstanding === 0) driver.unbindResponse();
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
    await expect.poll(() => served, { timeout: 20_000 }).toBe(40);
    driver.destroy('the test is over');
  });

  test('an invocation in answer to what came with the end goes nowhere, and harms nobody', async () => {
    // The store answers and aborts in one breath: the user hears both at once.
    const port = await listen((driver, { invokeId }) => {
      driver.result(invokeId, [Uint8Array.of(5, 0)]);
      driver.abort();
    });
    const heard: string[] = [];
    const late: number[] = [];
    const driver = await connectAssociation({
      host: '127.0.0.1',
      port,
      handler: (event) => {
        heard.push(event.type);
        if (event.type !== 'result') return;
        for (let i = 0; i < 2; i += 1) {
          late.push(driver.invoke(CONTEXT.delivery, 20, [Uint8Array.of(5, 0)]));
        }
      },
    });
    driver.bind(BIND);
    await settled();
    driver.invoke(CONTEXT.delivery, 20, [Uint8Array.of(5, 0)]);
    await vi.waitFor(() => expect(heard).toEqual(['bound', 'result', 'aborted']));
    expect(late).toEqual([-1, -2]);
    await vi.waitFor(() => expect(closings).toEqual(['aborted by us']));
  });

  test('who takes nothing for as long as the idle time is closed', async () => {
    const big = Buffer.alloc(1_000_000);
    const port = await listen(
      (driver, { invokeId }) =>
        driver.result(invokeId, [Uint8Array.of(0x04, 0x83, 0x0f, 0x42, 0x40), big]),
      { idleMs: 300 },
    );
    const driver = await connectAssociation({ host: '127.0.0.1', port, handler: () => undefined });
    driver.bind(BIND);
    await settled();
    driver.setReading(false);
    for (let i = 0; i < 40; i += 1) driver.invoke(CONTEXT.delivery, 22, [Uint8Array.of(5, 0)]);
    const reason = 'the peer takes nothing of what is answered';
    await vi.waitFor(() => expect(closings).toEqual([reason]), 5_000);
    driver.destroy('the test is over');
  });

  const bound = async (port: number, timing: Partial<Timing> = {}) => {
    const events: AssociationEvent[] = [];
    const driver = await connectAssociation({
      host: '127.0.0.1',
      port,
      timing,
      handler: (event) => events.push(event),
    });
    driver.bind(BIND);
    await vi.waitFor(() => expect(events).toHaveLength(1));
    return { driver, events };
  };

  test.each([
    ['idle', { idleMs: 100 }, () => undefined, 'idle'],
    [
      'that asks to release while an operation is never answered',
      { releaseMs: 100 },
      (driver: AssociationDriver) => {
        driver.invoke(CONTEXT.delivery, 20, [Uint8Array.of(5, 0)]);
        driver.unbind();
      },
      'the release waited too long for operations',
    ],
  ])('a peer %s is aborted, not just closed', async (_what, timing, act, reason) => {
    const { driver, events } = await bound(await listen(() => undefined, timing));
    act(driver);
    await vi.waitFor(() => expect(closings).toEqual([reason]), 3_000);
    expect(events.at(-1)).toMatchObject({ type: 'aborted', layer: 'acse', by: 'peer' });
  });

  test('a peer that does not answer what we invoke is aborted', async () => {
    const alert = (driver: AssociationDriver) => {
      driver.invoke(CONTEXT.delivery, 25, [Uint8Array.of(5, 0)]);
    };
    const { driver, events } = await bound(await listen(alert, { replyMs: 100 }));
    driver.invoke(CONTEXT.delivery, 20, [Uint8Array.of(5, 0)]);
    const reason = 'an operation of ours was not answered';
    await vi.waitFor(() => expect(closings).toEqual([reason]), 3_000);
    expect(events.at(-1)).toMatchObject({ type: 'aborted', by: 'peer' });
  });

  test('whoever opened an association hears when it is given up', async () => {
    const port = await listen(() => undefined);
    const { driver, events } = await bound(port, { replyMs: 100 });
    driver.invoke(CONTEXT.delivery, 20, [Uint8Array.of(5, 0)]);
    await vi.waitFor(() => expect(events.at(-1)?.type).toBe('aborted'), 3_000);
    expect(events.at(-1)).toMatchObject({
      by: 'local',
      detail: 'an operation of ours was not answered',
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(events.filter(({ type }) => type === 'aborted')).toHaveLength(1);
  });

  test.each([{ associations: 1 }, { perAddress: 1 }])(
    'beyond %j a connection is refused for congestion, and taken when there is room',
    async (bounds) => {
      const port = await listen(() => undefined, {}, { bounds });
      const { driver } = await bound(port);
      const late = await wirePeer(port);
      late.send(CR);
      await late.closes();
      expect(late.received()).toBe('0300000b06800001000001');
      driver.unbind();
      await vi.waitFor(() => expect(closings).toContain('released'));
      await (await bound(port)).driver.unbind();
    },
  );

  test.each([{ unbound: 2 }, { unboundPerAddress: 2 }])(
    'with %j the connection that has waited longest for its bind goes',
    async (bounds) => {
      const port = await listen(() => undefined, {}, { bounds });
      const { driver, events } = await bound(port);
      const waiting = [await wirePeer(port), await wirePeer(port), await wirePeer(port)];
      expect(await waiting[0]?.closes()).toBe(true);
      await settled();
      expect(waiting.map((peer) => peer.isClosed())).toEqual([true, false, false]);
      expect(closings).toEqual(['too many connections without a bind']);
      driver.unbind();
      await vi.waitFor(() => expect(events.at(-1)).toEqual({ type: 'unbound' }));
      for (const peer of waiting) peer.socket.destroy();
    },
  );

  test('above the bound on octets in reassembly the newest is not read from', async () => {
    const reassembly = new ReassemblyBudget(300_000);
    const served: number[] = [];
    const port = await listen((_, { invokeId }) => served.push(invokeId), {}, { reassembly });
    // An invocation of 400 kB, without its last part.
    const body = Buffer.alloc(400_000);
    const invoke = parts(wholeInvoke(body));
    const peers = [await boundPeer(port), await boundPeer(port)];
    for (const peer of peers) {
      for (const part of invoke.slice(0, 32)) peer.send(part);
      await settled();
    }
    await settled();
    expect(reassembly.bytes).toBeGreaterThan(256_000);
    expect(reassembly.bytes).toBeLessThan(300_000 + 2 * 65_536);
    for (const part of invoke.slice(32)) peers[0]?.send(part);
    await vi.waitFor(() => expect(served).toHaveLength(1));
    for (const part of invoke.slice(32)) peers[1]?.send(part);
    await vi.waitFor(() => expect(served).toHaveLength(2));
    expect(reassembly.bytes).toBe(0);
    for (const peer of peers) peer.socket.destroy();
  });
});

async function boundPeer(port: number) {
  const peer = await wirePeer(port);
  peer.send(CR);
  await peer.hears();
  peer.send(CN);
  await peer.hears();
  return peer;
}

/** The TSDU of an invocation with an argument of so many octets. */
function wholeInvoke(body: Uint8Array): Buffer {
  const wrap = (tag: number, ...contents: Uint8Array[]) => {
    const content = Buffer.concat(contents);
    const header = Buffer.from([tag, 0x83, 0, 0, 0]);
    header.writeUIntBE(content.length, 2, 3);
    return Buffer.concat([header, content]);
  };
  const id = Buffer.of(2, 1, 1, 2, 1, 21);
  const apdu = wrap(0xa1, id, wrap(0x04, body));
  const pdv = wrap(0x30, Buffer.of(2, 1, 5), wrap(0xa0, apdu));
  return Buffer.concat([Buffer.of(1, 0, 1, 0), wrap(0x61, pdv)]);
}

/** The same in DTs of 8,000 octets. */
function parts(tsdu: Buffer): Buffer[] {
  const packets: Buffer[] = [];
  for (let at = 0; at < tsdu.length; at += 8_000) {
    const data = tsdu.subarray(at, at + 8_000);
    const header = Buffer.of(3, 0, 0, 0, 2, 0xf0, at + 8_000 >= tsdu.length ? 0x80 : 0);
    header.writeUInt16BE(7 + data.length, 2);
    packets.push(Buffer.concat([header, data]));
  }
  return packets;
}
