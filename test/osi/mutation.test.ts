/** Whatever a peer sends, the stack answers, refuses or aborts; it throws for nothing of it. */
import { describe, expect, test } from 'vitest';
import { parseHex } from '../../src/base/octets.js';
import { type Random, seededRandom } from '../../src/base/random.js';
import type { AssociationEvent } from '../../src/osi/association.js';
import { Association } from '../../src/osi/stack.js';
import { RELIABLE_CONTEXTS } from '../../src/x411/application-contexts.js';
import { HAS_SHARED, readShared, WHY_SKIPPED } from '../support/shared.js';

interface Stream {
  readonly name: string;
  readonly packets: readonly { readonly from: 'initiator' | 'responder'; readonly hex: string }[];
}

const streams: readonly Stream[] = HAS_SHARED
  ? JSON.parse(readShared('protocol/p3-p7-vectors.json').toString('utf8')).streams
  : [];

const RELIABLE = { contexts: RELIABLE_CONTEXTS };
const RUNS = 300;
/** Octets in front of which nothing is changed: TPKT, or the stream would only wait. */
const TPKT_BYTES = 4;

function mutate(random: Random, octets: Uint8Array): Uint8Array {
  const mutant = Uint8Array.from(octets);
  for (let count = random.below(3); count >= 0; count -= 1) {
    const at = TPKT_BYTES + random.below(mutant.length - TPKT_BYTES);
    const near = (mutant[at] ?? 0) + 1 - 2 * random.below(2);
    mutant[at] = random.below(2) === 0 ? near : random.below(256);
  }
  return mutant;
}

/** A user that answers all, and now and then does something of its own. */
function act(random: Random, stack: Association, event: AssociationEvent): void {
  if (event.type === 'bind') {
    const syntaxes = event.contexts.map(({ abstractSyntax }) => abstractSyntax);
    stack.bindResult(syntaxes, Uint8Array.of(0x31, 0));
  }
  if (event.type === 'invoke') stack.result(event.invokeId, [Uint8Array.of(5, 0)]);
  if (event.type === 'unbind') stack.unbindResponse();
  if (event.type === 'bound' && random.below(4) === 0) stack.unbind();
  if (event.type === 'result' && random.below(8) === 0) stack.abort();
}

function play(random: Random, stack: Association, packets: readonly Uint8Array[]): number {
  const victim = random.below(packets.length);
  let ends = 0;
  const drain = () => {
    for (const event of stack.takeEvents()) {
      if (['refused', 'unbound', 'aborted'].includes(event.type)) ends += 1;
      act(random, stack, event);
    }
    stack.takeOutput();
  };
  for (const [index, packet] of packets.entries()) {
    stack.receive(index === victim || random.below(8) === 0 ? mutate(random, packet) : packet);
    drain();
  }
  stack.transportClosed('the peer closed');
  drain();
  return ends;
}

describe.skipIf(!HAS_SHARED)(`mutated streams${WHY_SKIPPED}`, () => {
  const packetsOf = ({ packets }: Stream, side: string) =>
    packets.filter(({ from }) => from === side).map(({ hex }) => parseHex(hex) as Uint8Array);

  test.each(streams)('$name, to our responder', (stream) => {
    for (let seed = 1; seed <= RUNS; seed += 1) {
      const stack = new Association({ role: 'responder', reliable: RELIABLE });
      const ends = play(seededRandom(seed), stack, packetsOf(stream, 'initiator'));
      expect(ends, `seed ${seed}: told of one end`).toBeLessThanOrEqual(1);
    }
  });

  test.each(streams)('$name, to our initiator', (stream) => {
    const packets = packetsOf(stream, 'responder');
    const confirm = packets[0]?.subarray(6, 8) ?? [];
    const reference = (confirm[0] ?? 0) * 256 + (confirm[1] ?? 0);
    for (let seed = 1; seed <= RUNS; seed += 1) {
      const stack = new Association({
        role: 'initiator',
        reference: reference || 1,
        reliable: RELIABLE,
      });
      stack.bind({
        // Over RTSE only where the stream is: another session would be refused at once.
        applicationContext: stream.name.includes('reliable') ? '2.6.0.1.9' : '2.6.0.1.4',
        bindSyntax: '2.6.0.2.9',
        operationSyntaxes: ['2.6.0.2.5', '2.6.0.2.1', '2.6.0.2.6'],
        addresses: {},
        argument: Uint8Array.of(0x31, 0),
      });
      const ends = play(seededRandom(seed), stack, packets);
      expect(ends, `seed ${seed}: told of one end`).toBeLessThanOrEqual(1);
    }
  });
});
