import { describe, expect, test } from 'vitest';
import { formatHex, joinOctets } from '../../src/base/octets.js';
import { INVOCATIONS_OUTSTANDING_MAX, REJECTS_MAX } from '../../src/limits.js';
import type { AcseIndication } from '../../src/osi/acse/service.js';
import type { AssociationEvent } from '../../src/osi/association.js';
import { RoseMachine } from '../../src/osi/rose/machine.js';
import { element, octets } from './ber.js';

const CONTEXTS = [
  { id: 1, abstractSyntax: '2.2.1.0.1' },
  { id: 3, abstractSyntax: '2.6.0.2.9' },
  { id: 5, abstractSyntax: '2.6.0.2.5' },
  { id: 7, abstractSyntax: '2.6.0.2.1' },
];
const SYNTAXES = CONTEXTS.map(({ abstractSyntax }) => abstractSyntax);

interface Step {
  readonly down: string[];
  readonly up: AssociationEvent[];
}

function stepOf(outputs: ReturnType<RoseMachine['fromBelow']>): Step {
  const step: Step = { down: [], up: [] };
  for (const { to, primitive } of outputs) {
    if (to === 'above') step.up.push(primitive);
    else if (primitive.type === 'P-DATA request') {
      step.down.push(`${primitive.contextId} ${formatHex(joinOctets(primitive.data))}`);
    } else step.down.push(primitive.type);
  }
  return step;
}

const associate = (bind: string, id = 3) =>
  ({
    type: 'A-ASSOCIATE indication',
    applicationContext: '2.6.0.1.4',
    contexts: CONTEXTS,
    userInformation: { contextId: id, value: octets(bind) },
  }) as const satisfies AcseIndication;

function bound(): RoseMachine {
  const machine = new RoseMachine();
  machine.fromBelow(associate('b0023100'));
  machine.fromAbove({ type: 'RO-BIND result', syntaxes: SYNTAXES, result: octets('3100') });
  return machine;
}

function told(machine: RoseMachine, apdu: string, contextId = 5): Step {
  return stepOf(machine.fromBelow({ type: 'P-DATA indication', contextId, data: octets(apdu) }));
}

const number = (value: number) => element('02', value.toString(16).padStart(2, '0'));
const invoke = (id: number, operation = 21) => element('a1', number(id), number(operation), '3100');
const ask = (machine: RoseMachine, invokeId: number, syntax = '2.6.0.2.5', operation = 21) =>
  stepOf(
    machine.fromAbove({
      type: 'RO-INVOKE request',
      invokeId,
      syntax,
      operation,
      argument: [octets('3100')],
    }),
  );

describe('bind', () => {
  test.each([
    ['a bind result', 'b1023100', 3],
    ['no value', 'b000', 3],
    ['two values', 'b00431003100', 3],
    ['no BER', 'b080', 3],
    ['a primitive tag', '90023100', 3],
    ['a value of no proposed context', 'b0023100', 9],
  ])('%s: rejected for good, without user information', (_what, value, id) => {
    const machine = new RoseMachine();
    const [rejection, event] = machine.fromBelow(associate(value, id));
    expect(rejection?.primitive).toMatchObject({
      type: 'A-ASSOCIATE reject response',
      isTransient: false,
      diagnostic: 1,
      userInformation: null,
    });
    expect(event?.primitive).toMatchObject({ type: 'aborted', layer: 'rose', by: 'local' });
  });

  test('ACSE, the bind and what is served are accepted, no more', () => {
    const machine = new RoseMachine();
    machine.fromBelow(associate('b0023100'));
    const syntaxes = ['2.2.1.0.1', '2.6.0.2.1'];
    const result = octets('3100');
    const [answer] = machine.fromAbove({ type: 'RO-BIND result', syntaxes, result });
    expect(answer?.primitive).toMatchObject({ accepted: [1, 3, 7] });
  });

  test('a bind result that cannot be read is aborted', () => {
    const machine = new RoseMachine();
    const addresses = {};
    const argument = octets('3100');
    const [bindSyntax, ...operationSyntaxes] = SYNTAXES.slice(1) as [string, ...string[]];
    const bind = { applicationContext: '2.6.0.1.4', bindSyntax, operationSyntaxes, addresses };
    machine.fromAbove({ type: 'RO-BIND request', ...bind, argument });
    const type = 'A-ASSOCIATE accept confirm';
    const outputs = machine.fromBelow({ type, contexts: CONTEXTS, userInformation: null });
    expect(stepOf(outputs)).toMatchObject({
      down: ['A-ABORT request'],
      up: [{ type: 'aborted', layer: 'rose', by: 'local' }],
    });
  });
});

describe('what is rejected', () => {
  const GENERAL = (id: string, problem: number) => element('a4', id, `80010${problem}`);
  const NULL = '0500';
  const rows: [string, string, string][] = [
    ['another tag', 'a503020101', GENERAL(NULL, 0)],
    ['a tag below', 'a003020101', GENERAL(NULL, 0)],
    ['a universal tag', '3003020101', GENERAL(NULL, 0)],
    ['a bind in an association', 'b0023100', GENERAL(NULL, 0)],
    ['octets that are no BER', 'a10302', GENERAL(NULL, 2)],
    ['octets behind the APDU', `${invoke(1)}00`, GENERAL(NULL, 2)],
    ['a primitive APDU', '8103020101', GENERAL(NULL, 2)],
    ['a broken element within', 'a105020101 0205'.replace(' ', ''), GENERAL(NULL, 2)],
    ['nothing within', 'a100', GENERAL(NULL, 1)],
    ['an invoke id that is no INTEGER', 'a1060401010201 15'.replace(' ', ''), GENERAL(NULL, 1)],
    ['NULL for an invoke id', element('a1', NULL, number(21), '3100'), GENERAL(NULL, 1)],
    ['an empty invoke id', 'a1050200020115', GENERAL(NULL, 1)],
    [
      'an invoke id beyond any number',
      element('a1', element('02', '01'.repeat(9)), number(21), '3100'),
      GENERAL(NULL, 1),
    ],
    ['no operation code', 'a103020101', GENERAL(number(1), 1)],
    ['an operation code of another type', 'a106020101040115', GENERAL(number(1), 1)],
    ['a linked id alone', 'a106020101800102', GENERAL(number(1), 1)],
    [
      'a constructed linked id',
      element('a1', number(1), 'a003020102', number(21)),
      GENERAL(number(1), 1),
    ],
    ['an error without code', 'a303020101', GENERAL(number(1), 1)],
    [
      'a result whose inner part is no SEQUENCE of a code',
      'a20702010130020500',
      GENERAL(number(1), 1),
    ],
    ['a global operation code', element('a1', number(1), '06022a03', '3100'), 'a406020101810101'],
    ['no argument', 'a106020101020115', 'a406020101810102'],
    [
      'a linked id of no invocation',
      element('a1', number(1), '800163', number(21), '3100'),
      'a406020101810105',
    ],
    ['a result of no invocation', 'a203020109', 'a406020109820100'],
    ['an error of no invocation', 'a306020109020101', 'a406020109830100'],
  ];

  test.each(rows)('%s', (_what, apdu, reject) => {
    expect(told(bound(), apdu)).toEqual({ down: [`5 ${reject}`], up: [] });
  });

  test('a linked id of an invocation of ours', () => {
    const machine = bound();
    ask(machine, 7);
    const linked = element('a1', number(1), '800107', number(21), '3100');
    expect(told(machine, linked).down).toEqual(['5 a406020101810106']);
  });

  test('an invoke id that is outstanding, and not after its answer', () => {
    const machine = bound();
    expect(told(machine, invoke(1)).up).toMatchObject([{ type: 'invoke', invokeId: 1 }]);
    expect(told(machine, invoke(1), 7).down).toEqual(['7 a406020101810100']);
    machine.fromAbove({ type: 'RO-RESULT request', invokeId: 1, result: [octets('0500')] });
    expect(told(machine, invoke(1)).up).toMatchObject([{ type: 'invoke', invokeId: 1 }]);
  });

  test('invoke ids of the two sides are independent; negative ones are as good', () => {
    const machine = bound();
    ask(machine, 1);
    expect(told(machine, invoke(1)).up).toMatchObject([{ type: 'invoke', invokeId: 1 }]);
    const negative = element('a1', '0202ff38', number(21), '3100');
    expect(told(machine, negative).up).toMatchObject([{ type: 'invoke', invokeId: -200 }]);
    const result = [octets('0500')];
    const outputs = machine.fromAbove({ type: 'RO-RESULT request', invokeId: -200, result });
    expect(stepOf(outputs).down).toEqual(['5 a20b0202ff3830050201150500']);
  });

  test('more invocations than we hold: resource limitation, which is no fault', () => {
    const machine = bound();
    for (let id = 1; id <= INVOCATIONS_OUTSTANDING_MAX; id += 1) told(machine, invoke(id));
    for (let id = 101; id <= 120; id += 1) {
      expect(told(machine, invoke(id)).down).toEqual([`5 ${element('a4', number(id), '810103')}`]);
    }
    machine.fromAbove({ type: 'RO-RESULT request', invokeId: 50, result: [octets('0500')] });
    expect(told(machine, invoke(101)).up).toMatchObject([{ type: 'invoke', invokeId: 101 }]);
  });

  test('after the peer asked to release', () => {
    const machine = bound();
    told(machine, invoke(1));
    expect(stepOf(machine.fromBelow({ type: 'A-RELEASE indication' })).up).toEqual([
      { type: 'unbind' },
    ]);
    expect(told(machine, invoke(2)).down).toEqual(['5 a406020102810104']);
    const result = [octets('0500')];
    const outputs = machine.fromAbove({ type: 'RO-RESULT request', invokeId: 1, result });
    expect(stepOf(outputs).down).toHaveLength(1);
  });

  test('one reject too many ends in an abort', () => {
    const machine = bound();
    for (let count = 1; count <= REJECTS_MAX; count += 1) {
      expect(told(machine, 'a503020101').up).toEqual([]);
    }
    const { down, up } = told(machine, 'a503020101');
    expect(down).toEqual(['5 a4050500800100', 'A-ABORT request']);
    expect(up).toMatchObject([{ type: 'aborted', layer: 'rose', by: 'local' }]);
    expect(told(machine, invoke(1))).toEqual({ down: [], up: [] });
  });
});

describe('answers to our invocations', () => {
  test.each([
    ['a result', 'a20a020101 30050201150500', { type: 'result', invokeId: 1 }],
    ['a result of none', 'a203020101', { type: 'result', invokeId: 1, result: null }],
    ['an error', 'a3080201010201150500', { type: 'error', invokeId: 1, code: 21 }],
    ['an error without parameter', 'a306020101020115', { type: 'error', parameter: null }],
    ['a reject', 'a406020101810102', { reject: { kind: 'invoke', problem: 2 } }],
    ['a reject of another kind', 'a406020101830104', { reject: { kind: 'error', problem: 4 } }],
  ])('%s, in whatever context', (_what, apdu, event) => {
    for (const context of [3, 5, 7]) {
      const machine = bound();
      ask(machine, 1);
      const { down, up } = told(machine, apdu.replaceAll(' ', ''), context);
      expect(down).toEqual([]);
      expect(up).toMatchObject([event]);
      expect(machine.oursOutstanding).toBe(0);
    }
  });

  test.each([
    ['another operation', 'a20a02010130050201160500'],
    ['a global operation', 'a20b020101300606022a030500'],
  ])('a result of %s is no answer', (_what, apdu) => {
    const machine = bound();
    ask(machine, 1);
    expect(told(machine, apdu)).toEqual({ down: ['5 a406020101820100'], up: [] });
    expect(machine.oursOutstanding).toBe(1);
  });

  test('an error with a global code ends the invocation', () => {
    const machine = bound();
    ask(machine, 1);
    const { down, up } = told(machine, element('a3', number(1), '06022a03'));
    expect(down).toEqual(['5 a406020101830102']);
    expect(up).toMatchObject([{ type: 'reject', invokeId: 1 }]);
  });

  test.each([
    ['of an unknown id', 'a406020109810102'],
    ['of no id', 'a4050500800102'],
    ['of an unknown number', 'a406020109810163'],
  ])('a reject %s is told, never answered', (_what, apdu) => {
    const { down, up } = told(bound(), apdu);
    expect(down).toEqual([]);
    expect(up).toMatchObject([{ type: 'reject' }]);
  });

  test.each([
    ['of no kind', 'a406020101840101'],
    ['without a problem', 'a403020101'],
    ['without anything', 'a400'],
    ['that is no BER', 'a4050201018101'],
  ])('a reject %s ends the association: there is no reject of rejects', (_what, apdu) => {
    const { down, up } = told(bound(), apdu);
    expect(down).toEqual(['A-ABORT request']);
    expect(up).toMatchObject([{ type: 'aborted', layer: 'rose', by: 'local' }]);
  });
});

describe('contexts', () => {
  test.each([
    [3, '2.6.0.2.9'],
    [5, '2.6.0.2.5'],
    [7, '2.6.0.2.1'],
  ])('context %i: the syntax is told, and the answer goes back there', (context, syntax) => {
    const machine = bound();
    expect(told(machine, invoke(1), context).up).toMatchObject([{ type: 'invoke', syntax }]);
    const result = [octets('3100')];
    const outputs = machine.fromAbove({ type: 'RO-RESULT request', invokeId: 1, result });
    expect(stepOf(outputs).down).toEqual([`${context} a20a02010130050201153100`]);
  });

  test('a result is not copied on its way down', () => {
    const machine = bound();
    told(machine, invoke(1));
    const result = octets('3100');
    const [answer] = machine.fromAbove({
      type: 'RO-RESULT request',
      invokeId: 1,
      result: [result],
    });
    if (answer?.primitive.type !== 'P-DATA request') throw new Error('no answer');
    expect(answer.primitive.data.at(-1)).toBe(result);
  });
});

describe('release', () => {
  test('after ours nothing more is sent, and answers still come', () => {
    const machine = bound();
    told(machine, invoke(1));
    ask(machine, 1);
    expect(stepOf(machine.fromAbove({ type: 'RO-UNBIND request' })).down).toEqual([
      'A-RELEASE request',
    ]);
    expect(told(machine, invoke(2))).toEqual({ down: [], up: [] });
    expect(told(machine, 'a503020101')).toEqual({ down: [], up: [] });
    const result = [octets('0500')];
    expect(machine.fromAbove({ type: 'RO-RESULT request', invokeId: 1, result })).toEqual([]);
    expect(told(machine, 'a203020101').up).toMatchObject([{ type: 'result', invokeId: 1 }]);
    expect(() => ask(machine, 2)).toThrowError(expect.objectContaining({ kind: 'bug' }));
  });

  test('asked for by both: theirs is answered, ours still confirmed', () => {
    const machine = bound();
    machine.fromAbove({ type: 'RO-UNBIND request' });
    machine.fromBelow({ type: 'A-RELEASE indication' });
    expect(stepOf(machine.fromAbove({ type: 'RO-UNBIND response' })).down).toEqual([
      'A-RELEASE response',
    ]);
    expect(stepOf(machine.fromBelow({ type: 'A-RELEASE confirm' })).up).toEqual([
      { type: 'unbound' },
    ]);
  });

  test('asked for by us when the peer has asked already: that is the answer', () => {
    const machine = bound();
    machine.fromBelow({ type: 'A-RELEASE indication' });
    expect(stepOf(machine.fromAbove({ type: 'RO-UNBIND request' }))).toEqual({
      down: ['A-RELEASE response'],
      up: [{ type: 'unbound' }],
    });
    expect(machine.fromAbove({ type: 'RO-UNBIND response' })).toEqual([]);
  });

  test('an answer to what nobody invoked is our bug', () => {
    const outputs = () =>
      bound().fromAbove({ type: 'RO-RESULT request', invokeId: 1, result: [octets('0500')] });
    expect(outputs).toThrowError(expect.objectContaining({ kind: 'bug' }));
  });
});
