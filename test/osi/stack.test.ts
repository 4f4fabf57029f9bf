import { describe, expect, test } from 'vitest';
import { joinOctets, parseHex } from '../../src/base/octets.js';
import { seededRandom } from '../../src/base/random.js';
import { PRE_BIND_BYTES_MAX } from '../../src/limits.js';
import type { AssociationEvent } from '../../src/osi/association.js';
import { Association } from '../../src/osi/stack.js';
import { APPLICATION_CONTEXT } from '../../src/x411/application-contexts.js';

const CONTEXT = APPLICATION_CONTEXT.msAccess88;
const ARGUMENT = parseHex('310302012a') as Uint8Array;
const BIND = {
  applicationContext: CONTEXT.oid,
  bindSyntax: CONTEXT.bind,
  operationSyntaxes: [CONTEXT.delivery, CONTEXT.submission],
  addresses: {},
  argument: ARGUMENT,
};

/** Two ends, and what each was told. `cut` cuts the octets between them. */
class Pair {
  readonly user = new Association({ role: 'initiator', tpduBytes: 2_048 });
  readonly store = new Association({ role: 'responder' });
  readonly userEvents: AssociationEvent[] = [];
  readonly storeEvents: AssociationEvent[] = [];

  constructor(readonly cut: number) {}

  run(): void {
    for (let moved = true; moved; ) {
      moved = this.#carry(this.user, this.store);
      moved = this.#carry(this.store, this.user) || moved;
      this.userEvents.push(...this.user.takeEvents());
      this.storeEvents.push(...this.store.takeEvents());
    }
  }

  bind(): void {
    this.user.bind(BIND);
    this.run();
    this.store.bindResult([CONTEXT.delivery], ARGUMENT);
    this.run();
  }

  #carry(from: Association, to: Association): boolean {
    const octets = joinOctets(from.takeOutput());
    const step = this.cut === 0 ? octets.length : this.cut;
    for (let at = 0; at < octets.length; at += step) to.receive(octets.subarray(at, at + step));
    return octets.length > 0;
  }
}

describe.each([0, 1, 7])('two stacks, %i octets at a time', (cut) => {
  test('bind, operate both ways, release', () => {
    const pair = new Pair(cut);
    pair.bind();
    expect(pair.storeEvents[0]).toMatchObject({ type: 'bind', bindSyntax: CONTEXT.bind });
    expect(pair.userEvents[0]).toMatchObject({ type: 'bound' });
    const ids = [20, 21, 22].map((code) => pair.user.invoke(CONTEXT.delivery, code, [ARGUMENT]));
    const alert = pair.store.invoke(CONTEXT.delivery, 25, [ARGUMENT]);
    pair.run();
    expect(pair.storeEvents.slice(1)).toMatchObject(
      [20, 21, 22].map((operation, at) => ({ type: 'invoke', operation, invokeId: ids[at] })),
    );
    pair.store.result(ids[1] as number, [ARGUMENT]);
    pair.store.error(ids[0] as number, 21, null);
    pair.store.reject(ids[2] as number, { kind: 'invoke', problem: 2 });
    pair.user.result(alert, [ARGUMENT]);
    pair.run();
    expect(pair.userEvents.slice(2)).toMatchObject([
      { type: 'result', invokeId: ids[1] },
      { type: 'error', invokeId: ids[0], code: 21 },
      { type: 'reject', invokeId: ids[2], reject: { kind: 'invoke', problem: 2 } },
    ]);
    pair.user.unbind();
    pair.run();
    expect(pair.storeEvents.at(-1)).toEqual({ type: 'unbind' });
    pair.store.unbindResponse();
    pair.run();
    expect(pair.userEvents.at(-1)).toEqual({ type: 'unbound' });
    expect(pair.user.wantsClose).toBe(true);
  });

  test('a refused bind tells why', () => {
    const pair = new Pair(cut);
    pair.user.bind(BIND);
    pair.run();
    const error = parseHex('0a0100') as Uint8Array;
    pair.store.bindError({ isTransient: false, diagnostic: 1, error });
    pair.run();
    expect(pair.userEvents).toMatchObject([{ type: 'refused', layer: 'acse', isTransient: false }]);
    const [refused] = pair.userEvents;
    expect(refused?.type === 'refused' && [...(refused.error ?? [])]).toEqual([...error]);
  });

  test('an abort reaches the other side', () => {
    const pair = new Pair(cut);
    pair.bind();
    pair.user.abort();
    pair.run();
    expect(pair.storeEvents.at(-1)).toMatchObject({ type: 'aborted', layer: 'acse', by: 'peer' });
  });
});

describe('at the wrong moment', () => {
  test('an invocation that meets our unbind is let go; its answer is not sent', () => {
    const pair = new Pair(0);
    pair.bind();
    pair.store.invoke(CONTEXT.delivery, 25, [ARGUMENT]);
    pair.user.receive(joinOctets(pair.store.takeOutput()));
    const [, alert] = [...pair.userEvents, ...pair.user.takeEvents()];
    if (alert?.type !== 'invoke') throw new Error('no alert came');
    const id = pair.user.invoke(CONTEXT.delivery, 20, [ARGUMENT]);
    pair.user.unbind();
    pair.store.invoke(CONTEXT.delivery, 25, [ARGUMENT]);
    pair.user.result(alert.invokeId, [ARGUMENT]);
    pair.run();
    expect(pair.storeEvents.slice(1).map(({ type }) => type)).toEqual(['invoke', 'unbind']);
    pair.store.result(id, [ARGUMENT]);
    pair.store.unbindResponse();
    pair.run();
    expect(pair.userEvents.slice(1)).toMatchObject([
      { type: 'result', invokeId: id },
      { type: 'unbound' },
    ]);
  });

  // The unbind belongs to the initiator; a responder that asks too has no orderly end with us yet.
  test('both unbind at once: both ends are over, and nobody throws', () => {
    const pair = new Pair(0);
    pair.bind();
    pair.user.unbind();
    pair.store.unbind();
    pair.run();
    expect(pair.userEvents.at(-1)).toEqual({ type: 'unbind' });
    expect(pair.storeEvents.at(-1)).toEqual({ type: 'unbind' });
    pair.store.unbindResponse();
    pair.run();
    pair.user.unbindResponse();
    pair.run();
    expect(pair.user.isOver && pair.store.isOver).toBe(true);
  });

  test('a responder that unbinds is answered', () => {
    const pair = new Pair(0);
    pair.bind();
    pair.store.unbind();
    pair.run();
    expect(pair.userEvents.at(-1)).toEqual({ type: 'unbind' });
    pair.user.unbindResponse();
    pair.run();
    expect(pair.storeEvents.at(-1)).toEqual({ type: 'unbound' });
  });

  test.each([
    ['left', (pair: Pair) => pair.store.transportClosed('gone')],
    [
      'aborted',
      (pair: Pair) => {
        pair.user.abort();
        pair.run();
      },
    ],
  ])('a bind that is judged when its peer has %s makes no association', (_what, leave) => {
    const pair = new Pair(0);
    pair.user.bind(BIND);
    pair.run();
    leave(pair);
    pair.store.bindResult([CONTEXT.delivery], ARGUMENT);
    expect(pair.store.isEstablished).toBe(false);
    expect(pair.store.isOver).toBe(true);
    expect(pair.store.takeOutput()).toEqual([]);
  });

  test.each([
    ['before anything came', 0],
    ['before the CONNECT', 1],
  ])('an abort %s closes', (_what, packets) => {
    const pair = new Pair(0);
    pair.user.bind(BIND);
    if (packets > 0) pair.store.receive(joinOctets(pair.user.takeOutput()));
    pair.store.abort();
    expect(pair.store.wantsClose).toBe(true);
    expect(pair.store.takeEvents()).toEqual([]);
  });

  test('what a peer may make us hold before its bind is bounded, after it is not', () => {
    const pair = new Pair(0);
    pair.user.bind(BIND);
    pair.store.receive(joinOctets(pair.user.takeOutput()));
    pair.store.takeOutput();
    const fragment = Uint8Array.from({ length: 2_048 }, (_, at) => [3, 0, 8, 0, 2, 0xf0][at] ?? 0);
    let count = 0;
    for (; count < 100 && !pair.store.wantsClose; count += 1) pair.store.receive(fragment);
    expect(count * fragment.length).toBeLessThanOrEqual(PRE_BIND_BYTES_MAX + fragment.length);
    expect(count * fragment.length).toBeGreaterThan(PRE_BIND_BYTES_MAX - fragment.length);
    const bound = new Pair(0);
    bound.bind();
    for (let at = 0; at < 100; at += 1) bound.store.receive(fragment);
    expect(bound.store.wantsClose).toBe(false);
  });

  test('invocations by the hundred both ways, answered in reverse', () => {
    const pair = new Pair(13);
    pair.bind();
    const asked = Array.from({ length: 100 }, (_, at) =>
      pair.user.invoke(CONTEXT.delivery, at % 7, [ARGUMENT]),
    );
    const alerts = asked.map(() => pair.store.invoke(CONTEXT.delivery, 25, [ARGUMENT]));
    pair.run();
    for (const id of [...asked].reverse()) pair.store.result(id, [ARGUMENT]);
    for (const id of [...alerts].reverse()) pair.user.result(id, [ARGUMENT]);
    pair.run();
    const answered = (events: readonly AssociationEvent[]) =>
      events.flatMap((event) => (event.type === 'result' ? [event.invokeId] : []));
    expect(answered(pair.userEvents)).toEqual([...asked].reverse());
    expect(answered(pair.storeEvents)).toEqual([...alerts].reverse());
    expect(pair.user.repliesOutstanding + pair.store.invocationsOutstanding).toBe(0);
  });
});

test('20 MB go through whole', () => {
  const pair = new Pair(0);
  pair.bind();
  const content = seededRandom(1).octets(20_000_000);
  const argument = [Uint8Array.of(0x04, 0x84, 1, 0x31, 0x2d, 0), content];
  pair.user.invoke(CONTEXT.delivery, 22, argument);
  pair.run();
  const [, invoke] = pair.storeEvents;
  if (invoke?.type !== 'invoke') throw new Error('no invoke came');
  expect(Buffer.compare(invoke.argument.subarray(6), content)).toBe(0);
});
