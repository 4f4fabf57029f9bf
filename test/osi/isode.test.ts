/** ISODE's conversations, each side played against ours: a stack that nobody here wrote. */
import { describe, expect, test } from 'vitest';
import { HAS_SHARED, WHY_SKIPPED } from '../support/shared.js';
import { BIND_ERROR, conversation, count, playInitiator, playResponder } from './isode-play.js';

const BIND = {
  applicationContext: '2.6.0.1.4',
  bindSyntax: '2.6.0.2.9',
  operationSyntaxes: [],
  addresses: {},
  argument: Uint8Array.of(0x31, 0),
};

/**
 * What was read in the captures by hand: the operations that the initiator invokes, in order, and
 * the length of the longest argument; a big one may be longer.
 */
const CONVERSATIONS: readonly [name: string, operations: number[], longest: number][] = [
  ['p7-plain', [20, 22, 23, 21], 11],
  ['p7-pipelined', [20, 21, 20], 11],
  ['p7-alert', [20, 20], 11],
  ['p7-submission', [3], 108],
  ['p7-big-argument', [3], 60_000],
  ['p7-big-result', [22], 7],
  ['p7-unbind', [], 0],
  ['p3-delivery', [2], 2],
  ['p3-forced', [2], 2],
  ['v1-p7-plain', [20], 11],
  ['v1-p7-big-result', [22], 7],
];

/** What ISODE's responder said after the bind, and what it invoked itself. */
const ANSWERS: readonly [name: string, events: string[]][] = [
  ['p7-plain', ['result 1', 'error 2', 'reject 3', 'reject 4']],
  ['p7-pipelined', ['result 1', 'result 2', 'result 3']],
  ['p7-alert', ['result 1', 'invoke 1001', 'result 2']],
  ['p7-submission', ['result 1']],
  ['p7-big-argument', ['result 1']],
  ['p7-big-result', ['result 1']],
  ['p7-unbind', []],
  ['p3-delivery', ['invoke 1001', 'invoke 1002', 'reject 1']],
  ['p3-forced', ['result 1']],
];

describe.skipIf(!HAS_SHARED)(`ISODE${WHY_SKIPPED}`, () => {
  describe.each(CONVERSATIONS)('%s, to our responder', (name, operations, longest) => {
    test.each([0, 1, 1_000])('%i octets at a time: bound, served and released', (cut) => {
      const { told } = playInitiator(conversation(name), cut);
      expect(told[0]).toMatchObject({ type: 'bind' });
      const invokes = told.flatMap((event) => (event.type === 'invoke' ? [event] : []));
      expect(invokes.map(({ operation }) => operation)).toEqual(operations);
      expect(Math.max(0, ...invokes.map(({ argument }) => argument.length))).toBeGreaterThanOrEqual(
        longest,
      );
      expect(count(told, 'aborted')).toBe(0);
      expect(told.at(-1)).toEqual({ type: 'unbind' });
    });
  });

  test('p7-refused, to our responder: refused, and no violation after it', () => {
    const { told, stack, sent } = playInitiator(conversation('p7-refused'), 0, {
      isRefusing: true,
    });
    expect(told.map(({ type }) => type)).toEqual(['bind']);
    expect(stack.isOver).toBe(true);
    expect(Buffer.concat(sent).toString('hex')).toContain('b203020100');
  });

  test.each(ANSWERS)('%s, to our initiator: bound, answered and released', (name, answers) => {
    const { told } = playResponder(conversation(name), BIND);
    const texts = told.map((event) =>
      'invokeId' in event ? `${event.type} ${event.invokeId}` : event.type,
    );
    expect(texts).toEqual(['bound', ...answers, 'unbound']);
  });

  test('p7-refused, to our initiator: refused, with its error', () => {
    const { told } = playResponder(conversation('p7-refused'), BIND);
    expect(told).toMatchObject([{ type: 'refused', layer: 'acse', isTransient: false }]);
    const [refused] = told;
    expect(refused?.type === 'refused' && [...(refused.error ?? [])]).toEqual([...BIND_ERROR]);
  });

  test('v1-p7-plain, to our initiator: version 1, which we did not offer, is aborted', () => {
    const { told } = playResponder(conversation('v1-p7-plain'), BIND);
    expect(told).toMatchObject([{ type: 'aborted', layer: 'session', by: 'local' }]);
  });
});
