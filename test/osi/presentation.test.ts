import { describe, expect, test } from 'vitest';
import { formatHex, joinOctets, type Pieces } from '../../src/base/octets.js';
import { PresentationMachine } from '../../src/osi/presentation/machine.js';
import type { PresentationIndication } from '../../src/osi/presentation/service.js';
import type { SessionIndication } from '../../src/osi/session/service.js';
import {
  ACSE,
  BER,
  connect,
  contextItem,
  element,
  indefinite,
  MRSE,
  MS,
  octets,
  userData,
} from './ber.js';

const VALUE = '6000';
const CONTEXTS = [contextItem(1, ACSE), contextItem(3, MS), contextItem(5, MRSE)];
const CP = connect(CONTEXTS, userData(1, VALUE));
const PROPOSED = [
  { id: 1, abstractSyntax: '2.2.1.0.1' },
  { id: 3, abstractSyntax: '2.6.0.2.9' },
  { id: 5, abstractSyntax: '2.6.0.2.5' },
];

interface Step {
  /** What went down, as the primitive's name and its user data. */
  readonly down: string[];
  readonly up: PresentationIndication[];
}

function stepOf(outputs: ReturnType<PresentationMachine['fromBelow']>): Step {
  const step: Step = { down: [], up: [] };
  for (const { to, primitive } of outputs) {
    if (to === 'above') step.up.push(primitive);
    else {
      const { userData } = primitive as { userData: Pieces };
      step.down.push(`${primitive.type} ${formatHex(joinOctets(userData))}`);
    }
  }
  return step;
}

type Kind = SessionIndication['type'];
const told = (machine: PresentationMachine, type: Kind, hex: string) =>
  stepOf(machine.fromBelow({ type, userData: octets(hex), reason: 2 } as SessionIndication));

function responder(accepted: readonly number[] = [1, 3]): PresentationMachine {
  const machine = new PresentationMachine();
  told(machine, 'S-CONNECT indication', CP);
  const value = { contextId: 1, data: [octets('6100')] };
  machine.fromAbove({ type: 'P-CONNECT accept response', accepted, userData: value });
  return machine;
}

function initiator(): PresentationMachine {
  const machine = new PresentationMachine();
  const value = { contextId: 1, data: [octets(VALUE)] };
  machine.fromAbove({ type: 'P-CONNECT request', contexts: PROPOSED, userData: value });
  return machine;
}

describe('a CP that cannot be taken', () => {
  const refusals: [string, string, string][] = [
    ['no BER', '3105a0', '8a0100'],
    ['no mode selector', element('31', element('a2', element('a4', ...CONTEXTS))), '8a0100'],
    ['normal mode without parameters', '3105a003800101', '8a0100'],
    [
      'protocol version without bit 0',
      element('31', 'a003800101', element('a2', '80020640', element('a4', ...CONTEXTS))),
      '8a0104',
    ],
    ['no user data', connect(CONTEXTS), '8a0106'],
    ['user data with a broken PDV', connect(CONTEXTS, '61023000'), '8a0100'],
    ['user data of no proposed context', connect(CONTEXTS, userData(7, VALUE)), '8a0106'],
    ['no contexts', connect([], userData(1, VALUE)), '8a0100'],
    ['an even identifier', connect([contextItem(2, ACSE)], userData(2, VALUE)), '8a0100'],
    [
      'an identifier twice',
      connect([contextItem(1, ACSE), contextItem(1, MS)], userData(1, VALUE)),
      '8a0100',
    ],
    ['identifier zero', connect([contextItem(0, ACSE)], userData(0, VALUE)), '8a0100'],
    [
      'user data of a context without BER',
      connect([contextItem(1, ACSE, '06025102')], userData(1, VALUE)),
      '8a0106',
    ],
  ];

  test.each(refusals)('%s', (_what, cp, reason) => {
    const { down, up } = told(new PresentationMachine(), 'S-CONNECT indication', cp);
    expect(down).toEqual([`S-CONNECT refuse response ${element('30', reason)}`]);
    expect(up).toMatchObject([{ type: 'P-P-ABORT indication', by: 'local' }]);
  });

  test('X.410 mode gets the refusal that its RTS reads', () => {
    const cp = element('31', 'a003800100', 'a100');
    const { down } = told(new PresentationMachine(), 'S-CONNECT indication', cp);
    expect(down).toEqual(['S-CONNECT refuse response 3103800102']);
  });

  const refuse = (code: number, known: string) => (called: Uint8Array | undefined) =>
    called === undefined || formatHex(called) === known ? null : code;

  test.each([
    ['5037', '8a0103'],
    ['504d', null],
  ])('called P-selector %s', (selector, refused) => {
    const machine = new PresentationMachine({ refusePresentation: refuse(3, '504d') });
    const fields = [element('82', selector), element('a4', ...CONTEXTS), userData(1, VALUE)];
    const cp = element('31', 'a003800101', element('a2', ...fields));
    const { down, up } = told(machine, 'S-CONNECT indication', cp);
    const answer = refused === null ? [] : [`S-CONNECT refuse response ${element('30', refused)}`];
    expect(down).toEqual(answer);
    expect(up).toMatchObject([
      { type: refused === null ? 'P-CONNECT indication' : 'P-P-ABORT indication' },
    ]);
  });

  test('called S-selector unknown: the session says so, in its own code', () => {
    const machine = new PresentationMachine({ refuseSession: refuse(129, '4d53') });
    const [refusal] = machine.fromBelow({
      type: 'S-CONNECT indication',
      userData: octets(CP),
      calledSelector: octets('5841'),
    });
    expect(refusal?.primitive).toEqual({
      type: 'S-CONNECT refuse response',
      reason: 129,
      userData: [],
    });
  });
});

describe('contexts', () => {
  test('results come in the order of the proposal, with why', () => {
    const machine = new PresentationMachine();
    const contexts = [contextItem(5, MRSE), contextItem(9, MS, '06025102'), contextItem(3, ACSE)];
    const { up } = told(machine, 'S-CONNECT indication', connect(contexts, userData(3, VALUE)));
    expect(up).toMatchObject([
      {
        type: 'P-CONNECT indication',
        contexts: [{ id: 5 }, { id: 3 }],
        userData: { contextId: 3 },
      },
    ]);
    const value = { contextId: 3, data: [octets('6100')] };
    const response = { type: 'P-CONNECT accept response', accepted: [3], userData: value } as const;
    const results = element('a5', '3006800102820101', '3006800102820102', '300780010081025101');
    const cpa = element('31', 'a003800101', element('a2', results, userData(3, '6100')));
    expect(stepOf(machine.fromAbove(response)).down).toEqual([`S-CONNECT accept response ${cpa}`]);
  });

  test('those beyond the limit are refused for it, the others served', () => {
    const machine = new PresentationMachine();
    const contexts = Array.from({ length: 33 }, (_, at) => contextItem(2 * at + 1, MRSE));
    contexts[0] = contextItem(1, ACSE);
    told(machine, 'S-CONNECT indication', connect(contexts, userData(1, VALUE)));
    const value = { contextId: 1, data: [octets('6100')] };
    const accepted = Array.from({ length: 32 }, (_, at) => 2 * at + 1);
    const response = { type: 'P-CONNECT accept response', accepted, userData: value } as const;
    const [cpa = ''] = stepOf(machine.fromAbove(response)).down;
    expect(cpa.split('300780010081025101')).toHaveLength(33);
    expect(cpa).toContain('3006800102820103');
  });

  test.each([
    ['definite', CP],
    [
      'indefinite at every level, two transfer syntaxes, the members of the SET in other order',
      indefinite(
        '31',
        indefinite(
          'a2',
          indefinite(
            'a4',
            indefinite('30', '020101', ACSE, indefinite('30', '06025102', BER)),
            ...CONTEXTS.slice(1),
          ),
          indefinite('61', indefinite('30', BER, '020101', indefinite('a0', VALUE))),
        ),
        indefinite('a0', '800101'),
      ),
    ],
    [
      'octet-aligned, with fields that nobody knows',
      connect(CONTEXTS, '88020640', element('61', element('30', '020101', element('81', VALUE)))),
    ],
  ])('a CP: %s', (_what, cp) => {
    const { down, up } = told(new PresentationMachine(), 'S-CONNECT indication', cp);
    expect(down).toEqual([]);
    expect(up).toMatchObject([{ contexts: PROPOSED, userData: { contextId: 1 } }]);
    const [indication] = up;
    expect(indication?.type === 'P-CONNECT indication' && formatHex(indication.userData.data)).toBe(
      VALUE,
    );
  });
});

describe('data', () => {
  const arp = (reason: number, event: number) =>
    `S-U-ABORT request 300680010${reason}8101${event.toString(16).padStart(2, '0')}`;
  const pdv = (...content: string[]) => element('61', element('30', ...content));
  const aborts: [string, string, string][] = [
    ['no octets', '', arp(1, 7)],
    ['no BER', '6105', arp(1, 7)],
    ['a CP', CP, arp(1, 7)],
    ['no value', '6100', arp(1, 7)],
    ['octets behind the list', `${userData(3, VALUE)}00`, arp(1, 7)],
    ['a PDV-list that is a SET', element('61', element('31', '020103', 'a0026000')), arp(1, 7)],
    ['no context identifier', pdv('a0026000'), arp(1, 7)],
    ['no value in the PDV', pdv('020103'), arp(1, 7)],
    ['two values in the single type', pdv('020103', 'a00460006000'), arp(1, 7)],
    ['no value in the single type', pdv('020103', 'a000'), arp(1, 7)],
    ['more behind the value', pdv('020103', 'a0026000', '0500'), arp(1, 7)],
    ['arbitrary encoding', pdv('020103', '8203006000'), arp(1, 7)],
    ['indefinite without end', '61803009020103a08060000000', arp(1, 7)],
    ['simply encoded', '60026000', arp(6, 7)],
    ['a context that was refused', userData(5, VALUE), arp(6, 7)],
    ['a context that was never proposed', userData(7, VALUE), arp(6, 7)],
    ['another transfer syntax', pdv('06025102', '020103', 'a0026000'), arp(5, 7)],
  ];

  test.each(aborts)('%s', (_what, td, abort) => {
    const machine = responder();
    const { down, up } = told(machine, 'S-DATA indication', td);
    expect(down).toEqual([abort]);
    expect(up).toMatchObject([
      { type: 'P-P-ABORT indication', layer: 'presentation', by: 'local' },
    ]);
    expect(told(machine, 'S-DATA indication', userData(3, VALUE))).toEqual({ down: [], up: [] });
  });

  test.each([
    ['single type', userData(3, 'a1026000')],
    ['octet-aligned', pdv('020103', element('81', 'a1026000'))],
    ['octet-aligned in segments', pdv('020103', element('a1', '0402a102', '04026000'))],
    ['BER named once more', pdv(BER, '020103', 'a004a1026000')],
    ['lengths longer than need be', '6182000e30810b020103a0820004a1026000'],
  ])('taken: %s', (_what, td) => {
    const { down, up } = told(responder(), 'S-DATA indication', td);
    expect(down).toEqual([]);
    expect(up).toMatchObject([{ type: 'P-DATA indication', contextId: 3 }]);
    const [indication] = up;
    expect(indication?.type === 'P-DATA indication' && formatHex(indication.data)).toBe('a1026000');
  });

  test('several values are several indications; one bad value and none is delivered', () => {
    const values = (id: string) => element('61', '3007020103a0026000', `300702010${id}a0026100`);
    expect(told(responder(), 'S-DATA indication', values('1')).up).toHaveLength(2);
    expect(told(responder(), 'S-DATA indication', values('5')).up).toMatchObject([
      { type: 'P-P-ABORT indication' },
    ]);
  });

  test('neither way are the octets copied', () => {
    const machine = responder();
    const [came] = machine.fromBelow({
      type: 'S-DATA indication',
      userData: octets(userData(3, 'a1026000')),
    });
    const sent = octets('a2023000');
    const [went] = machine.fromAbove({ type: 'P-DATA request', contextId: 3, data: [sent] });
    if (came?.primitive.type !== 'P-DATA indication') throw new Error('no data came');
    expect(came.primitive.data.byteLength).toBeLessThan(came.primitive.data.buffer.byteLength);
    if (went?.primitive.type !== 'S-DATA request') throw new Error('no data went');
    expect(went.primitive.userData.at(-1)).toBe(sent);
  });
});

describe('answers to our CP', () => {
  const accepted = '300780010081025101';
  const cpa = (results: readonly string[], ...rest: string[]) =>
    element('31', 'a003800101', element('a2', element('a5', ...results), ...rest));

  test('what the peer refused is not among the contexts', () => {
    const octetsOfCpa = cpa([accepted, accepted, '3003800101'], userData(1, '6100'));
    const { up } = told(initiator(), 'S-CONNECT accept confirm', octetsOfCpa);
    expect(up).toMatchObject([{ contexts: PROPOSED.slice(0, 2), userData: { contextId: 1 } }]);
  });

  test.each([
    ['no BER', '3180', '3006800101810101'],
    ['no user data', cpa([accepted, accepted, accepted]), '3006800101810101'],
    [
      'user data on a refused context',
      cpa(['3003800102', accepted, accepted], userData(1, '6100')),
      '3006800106810101',
    ],
    [
      'a context accepted with another transfer syntax',
      cpa(['300780010081025102', accepted, accepted], userData(1, '6100')),
      '3006800106810101',
    ],
    ['fewer results than contexts', cpa([], userData(1, '6100')), '3006800106810101'],
    ['a CPR in its place', element('30', '8a0100'), '3006800102810102'],
  ])('a CPA that cannot be taken: %s', (_what, answer, arp) => {
    const { down, up } = told(initiator(), 'S-CONNECT accept confirm', answer);
    expect(down).toEqual([`S-U-ABORT request ${arp}`]);
    expect(up).toMatchObject([{ type: 'P-P-ABORT indication', by: 'local' }]);
  });

  test.each([
    ['the provider', element('30', '8a0103'), { by: 'presentation', reason: 3, userData: null }],
    ['the user', element('30', userData(1, '6100')), { by: 'user', userData: { contextId: 1 } }],
    ['nobody says who', '', { by: 'session', reason: 2 }],
    ['X.410 mode', '3103800102', { by: 'presentation', reason: null }],
    ['what is no BER', '30', { by: 'presentation', reason: null }],
  ])('refused by %s', (_what, answer, refusal) => {
    const { down, up } = told(initiator(), 'S-CONNECT refuse confirm', answer);
    expect(down).toEqual([]);
    expect(up).toMatchObject([{ type: 'P-CONNECT refuse confirm', ...refusal }]);
  });
});

describe('release and abort', () => {
  test.each([
    ['S-RELEASE indication', userData(5, '6200'), '300680010681010e'],
    ['S-RELEASE indication', '6100', '300680010181010e'],
    ['S-RELEASE confirm', userData(5, '6300'), '300680010681010f'],
  ] as const)('%s with %s is aborted', (type, ppdu, arp) => {
    const { up, down } = told(responder(), type, ppdu);
    expect(up).toMatchObject([{ type: 'P-P-ABORT indication', by: 'local' }]);
    // After DN there is no session to abort; the session drops what comes then.
    expect(down.filter((text) => !text.endsWith(arp))).toEqual([]);
  });

  test.each([
    ['ARU', element('a0', userData(1, '6403800100')), { type: 'P-U-ABORT indication' }],
    ['ARU without data', 'a000', { type: 'P-U-ABORT indication', userData: null }],
    ['broken ARU', 'a0056103', { type: 'P-U-ABORT indication', userData: null }],
    ['ARP', '3006800101810107', { type: 'P-P-ABORT indication', by: 'peer' }],
    ['nothing', '', { type: 'P-P-ABORT indication', by: 'peer' }],
    ['noise', 'ff00ff', { type: 'P-P-ABORT indication', by: 'peer' }],
  ])('%s is taken and never answered', (_what, ppdu, indication) => {
    const { up, down } = told(responder(), 'S-U-ABORT indication', ppdu);
    expect(down).toEqual([]);
    expect(up).toMatchObject([indication]);
  });
});
