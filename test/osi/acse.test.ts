import { describe, expect, test } from 'vitest';
import { formatHex, joinOctets } from '../../src/base/octets.js';
import { AcseMachine } from '../../src/osi/acse/machine.js';
import type { AcseIndication } from '../../src/osi/acse/service.js';
import type {
  PresentationData,
  PresentationIndication,
} from '../../src/osi/presentation/service.js';
import { element, indefinite, octets } from './ber.js';

const CONTEXTS = [
  { id: 1, abstractSyntax: '2.6.0.2.9' },
  { id: 3, abstractSyntax: '2.2.1.0.1' },
];
const MS_ACCESS = 'a10606045600 0104'.replaceAll(' ', '');
const BIND = element('b0', '3100');
const external = (...parts: string[]) => element('be', element('28', ...parts));
const INFORMATION = external('020101', element('a0', BIND));
const AARQ = element('60', MS_ACCESS, INFORMATION);
const ABORT_PROVIDER = '6403800101';
const ABORT_USER = '6403800100';

interface Step {
  readonly down: string[];
  readonly up: AcseIndication[];
}

function stepOf(outputs: ReturnType<AcseMachine['fromBelow']>): Step {
  const step: Step = { down: [], up: [] };
  for (const { to, primitive } of outputs) {
    if (to === 'above') step.up.push(primitive as AcseIndication);
    else if (primitive.type === 'P-DATA request') step.down.push('P-DATA request');
    else {
      const { userData } = primitive as { userData?: PresentationData };
      const data = joinOctets(userData?.data ?? []);
      step.down.push(`${primitive.type} ${formatHex(data)}`.trim());
    }
  }
  return step;
}

function told(machine: AcseMachine, type: PresentationIndication['type'], apdu: string, id = 3) {
  const value = { contextId: id, data: octets(apdu) };
  const userData = type === 'P-DATA indication' ? {} : { userData: value };
  const all = { type, ...value, ...userData, contexts: CONTEXTS, by: 'user', reason: null };
  return stepOf(machine.fromBelow(all as unknown as PresentationIndication));
}

function responder(): AcseMachine {
  const machine = new AcseMachine();
  told(machine, 'P-CONNECT indication', AARQ);
  const userInformation = { contextId: 1, value: octets('b1023100') };
  machine.fromAbove({ type: 'A-ASSOCIATE accept response', accepted: [1], userInformation });
  return machine;
}

function initiator(isAccepted = true): AcseMachine {
  const machine = new AcseMachine();
  machine.fromAbove({
    type: 'A-ASSOCIATE request',
    applicationContext: '2.6.0.1.4',
    contexts: CONTEXTS,
    userInformation: { contextId: 1, value: octets(BIND) },
  });
  if (isAccepted) told(machine, 'P-CONNECT accept confirm', AARE);
  return machine;
}

const AARE = element('61', MS_ACCESS, 'a203020100', 'a305a103020100', INFORMATION);

describe('AARQ', () => {
  const direct = '06025101';
  test.each([
    ['indirect reference', INFORMATION],
    ['both references, as ISODE has it', external(direct, '020101', element('a0', BIND))],
    ['octet-aligned', external('020101', element('81', BIND))],
    ['indefinite', indefinite('be', indefinite('28', '020101', indefinite('a0', BIND)))],
  ])('user information: %s', (_what, information) => {
    const { down, up } = told(
      new AcseMachine(),
      'P-CONNECT indication',
      element('60', '80020780', MS_ACCESS, 'a203060129', '9d0158', information),
    );
    expect(down).toEqual([]);
    expect(up).toMatchObject([
      { type: 'A-ASSOCIATE indication', applicationContext: '2.6.0.1.4', contexts: CONTEXTS },
    ]);
    const [associate] = up;
    if (associate?.type !== 'A-ASSOCIATE indication') throw new Error('no association asked for');
    expect(formatHex(associate.userInformation?.value ?? octets(''))).toBe(BIND);
  });

  test.each([
    ['none', ''],
    ['an empty list', 'be00'],
    ['two values', element('be', `2807020101a0020500`.repeat(2))],
    ['a value of no context', external(direct, element('a0', BIND))],
  ])('no bind in it: %s', (_what, information) => {
    const aarq = element('60', MS_ACCESS, information);
    expect(told(new AcseMachine(), 'P-CONNECT indication', aarq).up).toMatchObject([
      { type: 'A-ASSOCIATE indication', userInformation: null },
    ]);
  });

  test.each([
    ['no application context', element('60', INFORMATION)],
    ['an AARE', AARE],
    ['an APDU of no protocol', '6900'],
    ['no BER', '6080'],
    [
      'an EXTERNAL that is a SEQUENCE',
      element('60', MS_ACCESS, 'be04 3002 0500'.replaceAll(' ', '')),
    ],
  ])('%s is aborted by the provider', (_what, apdu) => {
    const machine = new AcseMachine();
    const { down, up } = told(machine, 'P-CONNECT indication', apdu);
    expect(down).toEqual([`P-U-ABORT request ${ABORT_PROVIDER}`]);
    expect(up).toMatchObject([{ type: 'A-ABORT indication', layer: 'acse', by: 'local' }]);
  });

  test('no common version: provider diagnostic 2', () => {
    const aarq = element('60', '80020640', MS_ACCESS, INFORMATION);
    const aare = element('61', MS_ACCESS, 'a203020101', 'a305a203020102');
    expect(told(new AcseMachine(), 'P-CONNECT indication', aarq).down).toEqual([
      `P-CONNECT refuse response ${aare}`,
    ]);
  });

  test('no ACSE context: the presentation provider refuses', () => {
    const machine = new AcseMachine();
    const userData = { contextId: 1, data: octets(AARQ) };
    const contexts = CONTEXTS.slice(0, 1);
    const [refusal] = machine.fromBelow({ type: 'P-CONNECT indication', contexts, userData });
    expect(refusal?.primitive).toMatchObject({ accepted: [], providerReason: 0 });
  });
});

describe('AARE', () => {
  test('written as the standard has it, accepted and rejected', () => {
    const machine = new AcseMachine();
    told(machine, 'P-CONNECT indication', AARQ);
    const userInformation = { contextId: 1, value: octets(BIND) };
    const response = { type: 'A-ASSOCIATE accept response', accepted: [1] } as const;
    expect(stepOf(machine.fromAbove({ ...response, userInformation })).down).toEqual([
      `P-CONNECT accept response ${AARE}`,
    ]);
  });

  test.each([
    [false, 2, 'a203020101', 'a305a103020102'],
    [true, 1, 'a203020102', 'a305a103020101'],
  ])('transient %j, diagnostic %i', (isTransient, diagnostic, result, source) => {
    const machine = new AcseMachine();
    told(machine, 'P-CONNECT indication', AARQ);
    const refusal = { type: 'A-ASSOCIATE reject response', accepted: [] } as const;
    const userInformation = null;
    const outputs = machine.fromAbove({ ...refusal, isTransient, diagnostic, userInformation });
    const aare = element('61', MS_ACCESS, result, source);
    expect(stepOf(outputs).down).toEqual([`P-CONNECT refuse response ${aare}`]);
  });

  test.each([
    ['a203020101', 'a305a103020101', { isTransient: false, diagnostic: 'user 1' }],
    ['a203020102', 'a305a203020102', { isTransient: true, diagnostic: 'provider 2' }],
  ])('refused: %s %s', (result, source, refusal) => {
    const aare = element('61', MS_ACCESS, result, source);
    const { down, up } = told(initiator(false), 'P-CONNECT refuse confirm', aare);
    expect(down).toEqual([]);
    expect(up).toMatchObject([{ type: 'A-ASSOCIATE reject confirm', layer: 'acse', ...refusal }]);
  });

  test.each([
    ['that rejects within a CPA', element('61', MS_ACCESS, 'a203020101', 'a305a103020101')],
    ['without a result', element('61', MS_ACCESS, 'a305a103020100')],
    ['that is an AARQ', AARQ],
  ])('%s is aborted', (_what, apdu) => {
    const { down, up } = told(initiator(false), 'P-CONNECT accept confirm', apdu);
    expect(down).toEqual([`P-U-ABORT request ${ABORT_PROVIDER}`]);
    expect(up).toMatchObject([{ type: 'A-ABORT indication', layer: 'acse', by: 'local' }]);
  });
});

describe('in an association', () => {
  test.each([
    ['AARQ', AARQ],
    ['AARE', AARE],
    ['RLRE', '6300'],
    ['nothing known', '6500'],
  ])('%s as data is aborted by the provider, once', (_what, apdu) => {
    for (const machine of [initiator(), responder()]) {
      const { down, up } = told(machine, 'P-DATA indication', apdu);
      expect(down).toEqual([`P-U-ABORT request ${ABORT_PROVIDER}`]);
      expect(up).toMatchObject([{ type: 'A-ABORT indication', by: 'local' }]);
      expect(told(machine, 'P-DATA indication', apdu)).toEqual({ down: [], up: [] });
    }
  });

  test('data of other contexts pass', () => {
    expect(told(responder(), 'P-DATA indication', 'a1026000', 1).up).toMatchObject([
      { type: 'P-DATA indication', contextId: 1 },
    ]);
  });

  test.each(['6200', '6203800100', '620380011e', `6209800100be042802a000`])(
    'RLRQ %s is understood and answered as normal',
    (rlrq) => {
      const machine = responder();
      const { up } = told(machine, 'P-RELEASE indication', rlrq);
      expect(up).toEqual([{ type: 'A-RELEASE indication' }]);
      const outputs = machine.fromAbove({ type: 'A-RELEASE response' });
      expect(stepOf(outputs).down).toEqual(['P-RELEASE response 6303800100']);
    },
  );

  test.each(['6300', '6303800100', '6303800101'])(
    'RLRE %s is the end, whatever its reason',
    (rlre) => {
      const machine = initiator();
      const outputs = machine.fromAbove({ type: 'A-RELEASE request' });
      expect(stepOf(outputs).down).toEqual(['P-RELEASE request 6203800100']);
      expect(told(machine, 'P-RELEASE confirm', rlre).up).toEqual([{ type: 'A-RELEASE confirm' }]);
    },
  );

  test('what is no RLRQ in a release is aborted', () => {
    expect(told(responder(), 'P-RELEASE indication', AARQ).down).toEqual([
      `P-U-ABORT request ${ABORT_PROVIDER}`,
    ]);
  });

  test.each([
    [ABORT_USER, 'user abort'],
    [ABORT_PROVIDER, 'ACSE provider abort'],
    ['6400', 'abort with an unreadable APDU'],
    ['6500', 'abort with an unreadable APDU'],
    ['ff', 'abort with an unreadable APDU'],
  ])('ABRT %s is told and never answered', (abrt, detail) => {
    const { down, up } = told(responder(), 'P-U-ABORT indication', abrt);
    expect(down).toEqual([]);
    expect(up).toEqual([{ type: 'A-ABORT indication', layer: 'acse', by: 'peer', detail }]);
  });

  test('our abort names its source', () => {
    const outputs = responder().fromAbove({ type: 'A-ABORT request', source: 'user' });
    expect(stepOf(outputs).down).toEqual([`P-U-ABORT request ${ABORT_USER}`]);
  });
});
