/**
 * Two stacks over RTSE, and between them somebody who changes, drops, repeats and puts in packets,
 * while both say and do what comes to their minds: neither throws, hears of more than one end, or
 * holds more than it may. FUZZ_COUNT and FUZZ_SEED as in shard.test.ts.
 */
import { describe, expect, test } from 'vitest';
import { parseHex } from '../../src/base/octets.js';
import { type Random, seededRandom } from '../../src/base/random.js';
import { InterruptedTransfers } from '../../src/net/transfer-memory.js';
import type { AssociationEvent } from '../../src/osi/association.js';
import { Association } from '../../src/osi/stack.js';
import { APPLICATION_CONTEXT, RELIABLE_CONTEXTS } from '../../src/x411/application-contexts.js';
import { packetsOf } from '../osi/rtse-pair.js';

const SEED = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 1e9));
const COUNT = Math.ceil(Number(process.env.FUZZ_COUNT ?? 20_000) / 20);
const STEPS = 40;
const TRANSFER_BYTES_MAX = 6_000;
const { oid, bind, delivery } = APPLICATION_CONTEXT.mtsForcedReliableAccess94;
/** TPKT and the code of the TPDU: changed there, a packet would only be waited for. */
const HEADER_BYTES = 6;

/** TSDUs that RTSE knows, in whatever state they come. */
const TSDUS = [
  '01002d052903020101',
  '01001d0f210829030201012a01312903020102',
  '0100010061083006020103a0010400',
  '01000100610a3008020103a003040141',
  '010029032a0131',
  '010029032a0132',
  '010031032a0131',
  '010031032a0132',
  '020032032a0131',
  '02002a032a0131',
  '02002a032a0132',
  '01001903320105',
  '02001a00',
  '01003903320100',
  '02003a00',
  '02003003320105',
  '1500',
  '1600',
  '0211100101c10c610a3008020103a003020100',
  '0913110101c10e610c300a020101a0056203800100',
  '0a10c10e610c300a020101a0056303800100',
  '1903110105',
].map((hex) => {
  const tsdu = parseHex(hex) as Uint8Array;
  return Uint8Array.of(3, 0, 0, 7 + tsdu.length, 2, 0xf0, 0x80, ...tsdu);
});

class End {
  readonly stack: Association;
  ends = 0;
  /** An operation has come to it. */
  wasAsked = false;
  readonly #random: Random;
  readonly #asked: number[] = [];
  #isUnbinding = false;

  constructor(role: 'initiator' | 'responder', random: Random, memory: InterruptedTransfers) {
    this.#random = random;
    const checkpointSize = random.below(3);
    const reference = { user: Uint8Array.of(0x14, 0), common: Uint8Array.of(0x17, 0) };
    const form = random.below(2) === 0 ? ('bare' as const) : ('external' as const);
    const reliable = {
      contexts: RELIABLE_CONTEXTS,
      ...{ checkpointSize, windowSize: 1 + random.below(3), form, reference, memory },
      transferBytesMax: TRANSFER_BYTES_MAX,
    } as const;
    this.stack = new Association({ role, reliable });
  }

  hear(): void {
    for (const event of this.stack.takeEvents()) {
      if (['refused', 'unbound', 'aborted'].includes(event.type)) this.ends += 1;
      this.#answer(event);
    }
  }

  /** Something of its own accord. */
  act(): void {
    const { stack } = this;
    const what = this.#random.below(12);
    if (!stack.isEstablished) return;
    if (what < 5 && !this.#isUnbinding) {
      stack.invoke(delivery, 5, [this.#octets()]);
    } else if (what < 9) {
      const invokeId = this.#asked.shift();
      if (invokeId !== undefined) stack.result(invokeId, [this.#octets()]);
    } else if (what === 9) stack.transferStalled();
    else if (what === 10 && this.#random.below(20) === 0) stack.abort();
    else if (what === 11 && this.#random.below(20) === 0) this.#unbind();
  }

  #unbind(): void {
    if (this.#isUnbinding) return;
    this.#isUnbinding = true;
    this.stack.unbind();
  }

  #answer(event: AssociationEvent): void {
    if (event.type === 'bind') {
      this.stack.bindResult([delivery], Uint8Array.of(0x31, 0));
    }
    if (event.type === 'invoke') {
      this.#asked.push(event.invokeId);
      this.wasAsked = true;
    }
    if (event.type === 'unbind') this.stack.unbindResponse();
  }

  #octets(): Uint8Array {
    const bytes = this.#random.below(8) === 0 ? 7_000 : this.#random.below(3_000);
    return Uint8Array.of(4, 0x82, bytes >> 8, bytes & 0xff, ...new Uint8Array(bytes));
  }
}

/** What becomes of a packet on its way. */
function disturbed(random: Random, packet: Uint8Array): Uint8Array[] {
  const other = TSDUS[random.below(TSDUS.length)] as Uint8Array;
  switch (random.below(5)) {
    case 0:
      return [];
    case 1:
      return [packet, packet];
    case 2:
      return [other, packet];
    case 3:
      return [packet, other];
    default: {
      const changed = Uint8Array.from(packet);
      for (let count = random.below(3); count >= 0; count -= 1) {
        const at = HEADER_BYTES + random.below(changed.length - HEADER_BYTES);
        changed[at] = random.below(2) === 0 ? random.below(256) : (changed[at] ?? 0) ^ 1;
      }
      return [changed];
    }
  }
}

function carry(random: Random, from: End, to: End, calm: number): void {
  for (const packet of packetsOf(Buffer.concat(from.stack.takeOutput()))) {
    const packets = random.below(calm) === 0 ? disturbed(random, packet) : [packet];
    for (const one of packets) to.stack.receive(one);
  }
  to.hear();
}

function play(seed: number, memory: InterruptedTransfers): boolean {
  const random = seededRandom(seed);
  const [user, store] = [
    new End('initiator', random, memory),
    new End('responder', random, memory),
  ];
  const argument = Uint8Array.of(0x31, 0);
  const request = { applicationContext: oid, bindSyntax: bind, operationSyntaxes: [delivery] };
  user.stack.bind({ ...request, addresses: {}, argument });
  // Some are left in peace until they are bound, and some for long.
  const calm = [4, 30, 200][random.below(3)] ?? 4;
  for (let step = 0; step < STEPS; step += 1) {
    carry(random, user, store, step < 3 ? 1_000 : calm);
    carry(random, store, user, step < 3 ? 1_000 : calm);
    (random.below(2) === 0 ? user : store).act();
  }
  for (const { stack } of [user, store]) {
    expect(stack.heldBytes, `seed ${seed}: held`).toBeLessThan(3 * TRANSFER_BYTES_MAX);
    stack.transportClosed('the end');
  }
  user.hear();
  store.hear();
  expect([user.ends <= 1, store.ends <= 1], `seed ${seed}: told of one end`).toEqual([true, true]);
  return store.wasAsked;
}

describe(`RTSE with somebody in between, FUZZ_SEED=${SEED} FUZZ_COUNT=${20 * COUNT}`, () => {
  test('neither end throws, is told of two ends, or holds too much', { timeout: 0 }, () => {
    const memory = new InterruptedTransfers({ bytes: 1_000_000 }, { monotonicMs: () => 0 });
    let served = 0;
    for (let at = 0; at < COUNT; at += 1) if (play(SEED + at, memory)) served += 1;
    // Most get as far as an operation.
    expect(served).toBeGreaterThan(COUNT / 2);
    expect(memory.bytes).toBeLessThanOrEqual(1_000_000);
  });
});
