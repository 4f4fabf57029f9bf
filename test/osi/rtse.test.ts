/**
 * RTSE between two ends of ours: checkpoints and windows, the turn, and what is left of a transfer
 * when the connection is lost at any of its packets. X.218, X.228.
 */
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../src/base/random.js';
import { TURN_TRANSFERS_MAX } from '../../src/limits/reliable-transfer.js';
import { InterruptedTransfers } from '../../src/net/transfer-memory.js';
import type { AssociationEvent } from '../../src/osi/association.js';
import { ARGUMENT, CONTEXT, ReliablePair } from './rtse-pair.js';

/** An octet string of so many octets, none of which is like its neighbours. */
function argumentOf(bytes: number): Uint8Array {
  const value = Uint8Array.from({ length: bytes }, (_, at) => (at * 31 + (at >> 8)) & 0xff);
  const head = Uint8Array.of(0x04, 0x83, bytes >> 16, (bytes >> 8) & 0xff, bytes & 0xff);
  return Buffer.concat([head, value]);
}

const invokes = (events: readonly AssociationEvent[]) =>
  events.flatMap((event) => (event.type === 'invoke' ? [event] : []));
const ends = (events: readonly AssociationEvent[]) =>
  events.flatMap((event) => (event.type === 'aborted' ? [`${event.layer}: ${event.detail}`] : []));

/** Answers every invocation with its own argument. */
const echo = (pair: ReliablePair) => (event: AssociationEvent) => {
  if (event.type === 'invoke') pair.store.result(event.invokeId, [event.argument]);
  if (event.type === 'unbind') pair.store.unbindResponse();
};

describe('checkpoints', () => {
  const SIZES = [0, 1, 1_000, 1_024, 1_025, 5_000, 300_000];
  test.each([
    [0, 1],
    [1, 1],
    [1, 3],
    [1, 8],
    [2, 3],
    [64, 8],
  ])('%i kilobytes, a window of %i: what is sent comes back', (checkpointSize, windowSize) => {
    const terms = { checkpointSize, windowSize };
    const pair = new ReliablePair({ initiator: terms, responder: terms }).bind();
    for (const size of SIZES) {
      pair.user.invoke(CONTEXT.delivery, 20, [argumentOf(size)]);
      pair.run(echo(pair));
      const answer = pair.userEvents.at(-1);
      const result = answer?.type === 'result' ? answer.result : null;
      expect(Buffer.compare(result ?? ARGUMENT, argumentOf(size))).toBe(0);
    }
    expect(ends([...pair.userEvents, ...pair.storeEvents])).toEqual([]);
    expect(pair.said.includes('>MIP')).toBe(checkpointSize > 0);
  });

  test('the lesser of both is in force; no more than the window is unconfirmed', () => {
    const initiator = { checkpointSize: 4, windowSize: 2 };
    const pair = new ReliablePair({ initiator, responder: { checkpointSize: 1, windowSize: 5 } });
    pair.bind().user.invoke(CONTEXT.delivery, 20, [argumentOf(10_000)]);
    pair.run(echo(pair));
    const said = pair.said.slice(0, pair.said.indexOf('<PT'));
    expect(said.filter((name) => name === '>MIP')).toHaveLength(9);
    let unconfirmed = 0;
    for (const name of said) {
      if (name === '>MIP') unconfirmed += 1;
      if (name === '<MIA') unconfirmed -= 1;
      expect(unconfirmed).toBeLessThanOrEqual(2);
    }
    const first = said.slice(said.indexOf('>AS'));
    const [point, confirm] = [['>MIP', '>DT'], '<MIA'];
    expect(first.slice(0, 7)).toEqual(['>AS', '>DT', ...point, ...point, confirm]);
  });

  test.each([1, 7, 100])('%i octets at a time', (cut) => {
    const terms = { checkpointSize: 1, windowSize: 3 };
    const pair = new ReliablePair({ initiator: terms, responder: terms, cut }).bind();
    pair.user.invoke(CONTEXT.delivery, 20, [argumentOf(5_000)]);
    pair.run(echo(pair));
    pair.user.unbind();
    pair.run(echo(pair));
    expect(pair.userEvents.map(({ type }) => type)).toEqual(['bound', 'result', 'unbound']);
  });
});

describe('a transfer that the peer does not take', () => {
  test('is discarded, begun once more, and then the association is aborted', () => {
    const terms = { checkpointSize: 1, windowSize: 3 };
    const responder = { ...terms, transferBytesMax: 3_000 };
    const pair = new ReliablePair({ initiator: terms, responder }).bind();
    pair.user.invoke(CONTEXT.delivery, 20, [argumentOf(10_000)]);
    pair.run(echo(pair));
    const steps = pair.said.filter((name) => /^[<>](AS|ED|AD|ADA|AB)$/.test(name));
    const refused = ['>AS', '<ED', '>AD', '<ADA'];
    expect(steps).toEqual([...refused, ...refused, '>AB']);
    expect(ends(pair.userEvents)).toEqual(['rtse: transfer-refused']);
    expect(ends(pair.storeEvents)).toEqual(['rtse: RTSE abort, reason 5']);
  });

  test('what fits goes through after it', () => {
    const responder = { checkpointSize: 1, transferBytesMax: 3_000 };
    const pair = new ReliablePair({ initiator: { checkpointSize: 1 }, responder }).bind();
    pair.user.invoke(CONTEXT.delivery, 20, [argumentOf(2_900)]);
    pair.run(echo(pair));
    expect(pair.userEvents.at(-1)).toMatchObject({ type: 'result' });
  });
});

describe('the turn', () => {
  test('both have something to say at once: each is heard, in the order of the turn', () => {
    const pair = new ReliablePair().bind();
    pair.store.invoke(CONTEXT.delivery, 25, [ARGUMENT]);
    pair.store.invoke(CONTEXT.delivery, 25, [ARGUMENT]);
    pair.user.invoke(CONTEXT.delivery, 20, [ARGUMENT]);
    pair.user.invoke(CONTEXT.delivery, 21, [ARGUMENT]);
    pair.run();
    expect(invokes(pair.storeEvents).map(({ operation }) => operation)).toEqual([20, 21]);
    expect(invokes(pair.userEvents).map(({ operation }) => operation)).toEqual([25, 25]);
    for (const { invokeId } of invokes(pair.storeEvents)) pair.store.result(invokeId, [ARGUMENT]);
    for (const { invokeId } of invokes(pair.userEvents)) pair.user.result(invokeId, [ARGUMENT]);
    pair.run();
    const results = (events: AssociationEvent[]) => events.filter(({ type }) => type === 'result');
    expect(results(pair.storeEvents)).toHaveLength(2);
    expect(results(pair.userEvents)).toHaveLength(2);
  });

  test('who has nothing to say keeps it until it is asked for', () => {
    const pair = new ReliablePair().bind();
    pair.user.invoke(CONTEXT.delivery, 20, [ARGUMENT]);
    pair.run();
    expect(pair.said.slice(2)).toEqual(['>AS', '>DT', '>AE', '<AEA']);
    pair.store.result(invokes(pair.storeEvents)[0]?.invokeId ?? 0, [ARGUMENT]);
    pair.run();
    const turn = ['<PT', '>GTC', '<GTA', '<AS', '<DT', '<AE', '>AEA'];
    expect(pair.said.slice(6)).toEqual(turn);
  });

  test('who has much to say gives it up after so many transfers, and asks for it again', () => {
    const pair = new ReliablePair().bind();
    const count = TURN_TRANSFERS_MAX + 20;
    // The first takes the turn; what the store has to say then waits.
    for (let at = 0; at < count; at += 1) pair.user.invoke(CONTEXT.delivery, 20, [ARGUMENT]);
    pair.store.invoke(CONTEXT.delivery, 25, [ARGUMENT]);
    pair.run();
    const transfers = pair.said.filter((name) => name.endsWith('AS'));
    expect(transfers.indexOf('<AS')).toBe(TURN_TRANSFERS_MAX);
    expect(transfers).toHaveLength(count + 1);
    expect(invokes(pair.storeEvents)).toHaveLength(count);
    expect(invokes(pair.userEvents)).toHaveLength(1);
  });

  test('at random: every invocation is answered, whoever makes it', () => {
    for (let seed = 1; seed <= 40; seed += 1) {
      const random = seededRandom(seed);
      const terms = { checkpointSize: random.below(2), windowSize: 1 + random.below(3) };
      const pair = new ReliablePair({ initiator: terms, responder: terms }).bind();
      for (let step = 0; step < 30; step += 1) {
        const side = random.below(2) === 0 ? pair.user : pair.store;
        side.invoke(CONTEXT.delivery, 20, [argumentOf(random.below(4_000))]);
        if (random.below(3) > 0) continue;
        pair.run(echo(pair));
        const asked = invokes(pair.userEvents.splice(0));
        for (const { invokeId, argument } of asked) pair.user.result(invokeId, [argument]);
      }
      pair.run(echo(pair));
      for (const { invokeId, argument } of invokes(pair.userEvents.splice(0))) {
        pair.user.result(invokeId, [argument]);
      }
      pair.run(echo(pair));
      const state = [pair.user, pair.store].map((end) => [
        end.isEstablished,
        end.repliesOutstanding,
        end.invocationsOutstanding,
        end.waitingBytes,
        end.heldBytes,
      ]);
      expect([seed, ...state]).toEqual([seed, [true, 0, 0, 0, 0], [true, 0, 0, 0, 0]]);
    }
  });
});

describe('a connection that is lost', () => {
  const terms = { checkpointSize: 1, windowSize: 3 };
  const reference = (at: number) => ({
    user: Uint8Array.of(0x14, 1, 0x41),
    common: Uint8Array.of(0x17, 1, 0x30 + at),
  });
  const LARGE = argumentOf(12_000);
  const memory = () => new InterruptedTransfers();

  /** Binds and invokes once; the connection ends after so many packets. */
  function attempt(at: number, packetsMax: number, ours = memory(), theirs = memory()) {
    const pair = new ReliablePair({
      initiator: { ...terms, reference: reference(at), memory: ours },
      responder: { ...terms, memory: theirs },
      packetsMax,
    }).bind();
    if (!pair.isLost) pair.user.invoke(CONTEXT.delivery, 5, [LARGE]);
    pair.run(echo(pair));
    return pair;
  }

  const whole = attempt(0, Number.POSITIVE_INFINITY);
  const steps = Array.from({ length: whole.packets }, (_, at) => at);

  test.each(steps)('after %i packets: it goes on behind what was confirmed', (packets) => {
    const [ours, theirs] = [memory(), memory()];
    const first = attempt(0, packets, ours, theirs);
    expect(first.isLost).toBe(true);
    const confirmed = first.said.filter((name) => name === '<MIA').length;
    const wasPerformed = invokes(first.storeEvents).length;

    const second = attempt(1, Number.POSITIVE_INFINITY, ours, theirs);
    const [again] = invokes(second.storeEvents);
    // Whole, and once: what had not come to its end had not been performed.
    expect(invokes(second.storeEvents)).toHaveLength(1);
    expect(Buffer.compare(again?.argument ?? ARGUMENT, LARGE)).toBe(0);
    expect(second.userEvents.at(-1)).toMatchObject({ type: 'result' });
    expect(ends(second.storeEvents)).toEqual([]);
    // Twelve segments and a window of three: with eight confirmed the end has been said, and then
    // it is said anew, for nobody knows whether it was performed.
    const isResumed = 0 < confirmed && confirmed < 8;
    expect(second.said.includes('>AR')).toBe(isResumed);
    if (isResumed) {
      const points = second.said.filter((name) => name === '>MIP').length;
      expect(points).toBe(11 - confirmed);
      expect(wasPerformed).toBe(0);
    }
    expect([ours.bytes, ours.unfinished().length]).toEqual([0, 0]);
  });

  test('of the steps, many resume', () => {
    expect(whole.said.filter((name) => name === '>MIP')).toHaveLength(11);
    const resumed = steps.filter((packets) => {
      const [ours, theirs] = [memory(), memory()];
      attempt(0, packets, ours, theirs);
      return attempt(1, Number.POSITIVE_INFINITY, ours, theirs).said.includes('>AR');
    });
    expect(resumed.length).toBeGreaterThan(15);
  });

  test('who has bound in other words begins anew', () => {
    const [ours, theirs] = [memory(), memory()];
    attempt(0, 20, ours, theirs);
    expect(ours.unfinished()).toHaveLength(1);
    const other = new ReliablePair({
      initiator: { ...terms, reference: reference(1), memory: ours },
      responder: { ...terms, memory: theirs },
      argument: Uint8Array.of(0x31, 3, 2, 1, 43),
    }).bind();
    other.user.invoke(CONTEXT.delivery, 5, [LARGE]);
    other.run(echo(other));
    expect(other.said).not.toContain('>AR');
    expect(invokes(other.storeEvents)).toHaveLength(1);
  });

  test('a store that has forgotten says so, and the transfer begins anew', () => {
    const ours = memory();
    attempt(0, 20, ours);
    const second = attempt(1, Number.POSITIVE_INFINITY, ours);
    const from = second.said.indexOf('>AR');
    expect(from).toBeGreaterThan(0);
    const answers = second.said.slice(from).filter((name) => /^[<>](ED|AD|ADA|AS|AR)$/.test(name));
    expect(answers).toEqual(['>AR', '<ED', '>AD', '<ADA', '>AS', '<AS']);
    expect(invokes(second.storeEvents)).toHaveLength(1);
    expect(second.userEvents.at(-1)).toMatchObject({ type: 'result' });
  });

  test('a message of its own is not taken for another that was interrupted', () => {
    const [ours, theirs] = [memory(), memory()];
    attempt(0, 20, ours, theirs);
    const pair = new ReliablePair({
      initiator: { ...terms, reference: reference(1), memory: ours },
      responder: { ...terms, memory: theirs },
    }).bind();
    const other = Uint8Array.from(LARGE);
    other[11_000] = 0;
    pair.user.invoke(CONTEXT.delivery, 5, [other]);
    pair.run(echo(pair));
    expect(pair.said).not.toContain('>AR');
    expect(Buffer.compare(invokes(pair.storeEvents)[0]?.argument ?? ARGUMENT, other)).toBe(0);
  });

  test.each(steps)('after %i packets: what the end was not said of was not sent', (packets) => {
    const pair = new ReliablePair({ initiator: terms, responder: terms, packetsMax: packets });
    pair.bind();
    if (pair.isLost) return;
    const ids = [LARGE, ARGUMENT, ARGUMENT].map((argument) =>
      pair.user.invoke(CONTEXT.delivery, 5, [argument]),
    );
    pair.run();
    const [end] = pair.userEvents.filter(({ type }) => type === 'aborted');
    const unsent = end?.type === 'aborted' ? [...(end.unsent ?? [])] : null;
    const performed = invokes(pair.storeEvents).map(({ invokeId }) => invokeId);
    // Nothing that was performed is among them; and what is neither is one at most.
    expect(performed.filter((id) => unsent?.includes(id))).toEqual([]);
    const unknown = ids.filter((id) => !performed.includes(id) && !unsent?.includes(id));
    expect(unknown.length).toBeLessThanOrEqual(1);
  });
});
