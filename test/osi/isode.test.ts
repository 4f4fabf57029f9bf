/** ISODE's side of its conversations, played against our responder: a stack that nobody here wrote. */
import { describe, expect, test } from 'vitest';
import type { AssociationEvent } from '../../src/osi/association.js';
import { Association } from '../../src/osi/stack.js';
import { readPcap } from '../support/pcap.js';
import { HAS_SHARED, readShared, WHY_SKIPPED } from '../support/shared.js';

function initiatorOctets(name: string): Uint8Array[] {
  const segments = readPcap(readShared(`samples/isode/${name}.pcap`));
  return segments.filter(({ from }) => from === 'initiator').map(({ octets }) => octets);
}

/** Answers everything at once, and keeps what it was told. */
function play(packets: readonly Uint8Array[]): AssociationEvent[] {
  const store = new Association({ role: 'responder' });
  const told: AssociationEvent[] = [];
  for (const packet of packets) {
    store.receive(packet);
    for (const event of store.takeEvents()) {
      told.push(event);
      if (event.type === 'bind') {
        const syntaxes = event.contexts.map(({ abstractSyntax }) => abstractSyntax);
        store.bindResult(syntaxes, Uint8Array.of(0x31, 0));
      } else if (event.type === 'invoke') {
        store.result(event.invokeId, [Uint8Array.of(0x31, 0)]);
      } else if (event.type === 'unbind') store.unbindResponse();
    }
    store.takeOutput();
  }
  store.transportClosed('the peer closed');
  told.push(...store.takeEvents());
  return told;
}

const RELEASED = ['p7-plain', 'p7-big-argument', 'p7-pipelined', 'p7-submission', 'p3-delivery'];
const VERSION_1 = ['v1-p7-plain', 'v1-p7-big-result'];

describe.skipIf(!HAS_SHARED)(`ISODE${WHY_SKIPPED}`, () => {
  test.each([...RELEASED, ...VERSION_1, 'p7-big-result', 'p7-alert', 'p7-unbind', 'p3-forced'])(
    '%s: bound, served and released',
    (name) => {
      const types = play(initiatorOctets(name)).map(({ type }) => type);
      expect(types[0]).toBe('bind');
      expect(types).not.toContain('aborted');
      expect(types.at(-1)).toBe('unbind');
    },
  );

  test('p7-refused: its bind is understood, and it takes the refusal', () => {
    const [event] = play(initiatorOctets('p7-refused'));
    expect(event).toMatchObject({ type: 'bind' });
  });
});
