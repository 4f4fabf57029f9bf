/**
 * What a peer may say over RTSE, right or wrong, and what it hears: octet by octet, each layer with
 * its own answer. X.225 7, X.228 8; docs/adr/0020 for what these leave open.
 */
import { describe, expect, test } from 'vitest';
import { InterruptedTransfers } from '../../src/net/transfer-memory.js';
import type { ReliableOptions } from '../../src/osi/rtse/service.js';
import { RELIABLE_CONTEXTS } from '../../src/x411/application-contexts.js';
import { connect, contextItem, element, userData } from './ber.js';
import { CR, dt, Responder, spdu, userDataParameter } from './peer.js';

const reliable: ReliableOptions = { contexts: RELIABLE_CONTEXTS, checkpointSize: 1 };
const CONTEXTS = [
  contextItem(1, '060452010001'),
  contextItem(3, '06045600020a'),
  contextItem(5, '060456000205'),
];
const OPEN = element('a3', element('a0', 'b0023100'));
const RTORQ = element('b0', '800101', '810103', '820101', OPEN);
/** A CONNECT with the units of RTSE, and who has the turn at first. */
function cn(rtorq: string, requirements = '0249', tokens = '1a0100', reference = ''): string {
  const information = element('be', element('28', '020103', element('a0', rtorq)));
  const aarq = element('60', 'a106060456000105', information);
  const item = `${element('05', '130100160102', tokens)}1402${requirements}`;
  const cp = userDataParameter(connect(CONTEXTS, userData(1, aarq)));
  return dt(spdu('0d', reference, item, cp));
}

/** A serial number of one digit. */
const hexOf = (digit: number) => (0x30 + digit).toString(16);
const AS = dt('01002d052903020101');
const AS_2 = dt('01002d052903020102');
const AE = (serial: number) => dt(`010029032a01${hexOf(serial)}`);
const MIP = (serial: number) => dt(`010031032a01${hexOf(serial)}`);
const MIA = (serial: number) => dt(`020032032a01${hexOf(serial)}`);
const AI = dt('01001903320100');
const AD = dt('01003903320100');
const GTC = dt('1500');
const PT = dt(spdu('02', '100101', userDataParameter(userData(3, '020100'))));
const FN = dt(spdu('09', '110101', userDataParameter(userData(1, '6203800100'))));
/** An RTTR with octets of a transfer. */
const segment = (hex: string, id = 3) => dt(`01000100${userData(id, element('04', hex))}`);
/** ROIV: invoke 1, operation 20, in an EXTERNAL of context 5. */
const INVOKE = 'a1080201010201143100';
const WHOLE = element('28', '020105', element('a0', INVOKE));

const SESSION_ABORT = dt('1903110105');
/** ABRT of the user with an RTAB. */
const rtab = (reason: string) => new RegExp(`6411800100be0c280a020103a005b60380010${reason}$`);
const AEA = (serial: number) => dt(`02002a032a01${hexOf(serial)}`);
const ED = (reason: string) => dt(`0200300332010${reason}`);
const [ADA, AIA] = [dt('02003a00'), dt('02001a00')];

function bound(options: Partial<ReliableOptions> = {}, tokens = '1a0100'): Responder {
  const responder = new Responder({ reliable: { ...reliable, ...options } });
  responder.hear(CR, cn(RTORQ, '0249', tokens));
  expect(responder.stack.isEstablished).toBe(true);
  return responder;
}

describe('a bind', () => {
  test('is answered in an RTOAC: the lesser checkpoint size and window', () => {
    const responder = new Responder({ reliable });
    const { said, told } = responder.hear(
      CR,
      cn(element('b0', '800140', '810105', '820101', OPEN)),
    );
    expect(told).toMatchObject([{ type: 'bind', bindSyntax: '2.6.0.2.10' }]);
    expect(told[0]).not.toHaveProperty('isMonologue');
    expect(said).toMatch(/b1..800101810105a206a004b1023100$/);
    expect(said).toContain('05091301001601021a010014020249');
  });

  test.each([
    ['a monologue, said', '820100'],
    ['a monologue, by default', ''],
  ])('%s is named', (_what, mode) => {
    const responder = new Responder({ reliable });
    const { told } = responder.hear(CR, cn(element('b0', mode, OPEN)));
    expect(told).toMatchObject([{ type: 'bind', isMonologue: true }]);
  });

  const recover = element('a1', element('04', '140141'), '170d3236303130313132303030305a');
  test.each([
    ['that recovers an association', element('b0', '820101', element('a3', recover))],
    ['without connection data', element('b0', '820101')],
    ['with a window of nothing', element('b0', '810100', OPEN)],
    ['that is none', 'b0023100'],
    ['with a tag of its own', 'b9023100'],
  ])('%s is refused, with an empty RTORJ', (_what, rtorq) => {
    const { said, told } = new Responder({ reliable }).hear(CR, cn(rtorq));
    expect(said).toMatch(/a203020101a305a103020101be..28..020103a002b200$/);
    expect(told).toMatchObject([{ type: 'aborted', layer: 'rtse', by: 'local' }]);
  });

  test.each([
    ['only duplex', '0002', '1a0100'],
    ['no exceptions', '0049', '1a0100'],
    ['tokens on both sides', '0249', '1a0111'],
  ])('with %s in its session is refused by ACSE', (_what, requirements, tokens) => {
    const { said } = new Responder({ reliable }).hear(CR, cn(RTORQ, requirements, tokens));
    expect(said).toMatch(/0c[0-9a-f]+1101013[0-9a-f]+a203020101a305a103020101$/);
  });

  test('of a plain context over everything that there is: duplex is taken', () => {
    const information = element('be', element('28', '020103', element('a0', 'b0023100')));
    const aarq = element('60', 'a106060456000104', information);
    const contexts = [CONTEXTS[0] ?? '', contextItem(3, '060456000209')];
    const cp = connect(contexts, userData(1, aarq));
    const all = dt(spdu('0d', '0506130100160102', '140207ff', userDataParameter(cp)));
    const { said, told } = new Responder({ reliable }).hear(CR, all);
    expect(told).toMatchObject([{ type: 'bind' }]);
    expect(said).toContain('14020002');
  });

  test.each([
    ['the responder is to have the turn', '1a0115', '1a0115'],
    ['we may choose: who binds has it', '1a012a', '1a0100'],
    ['nothing is said of it', '', '1a0100'],
  ])('%s', (_what, asked, answered) => {
    const responder = new Responder({ reliable });
    const { said } = responder.hear(CR, cn(RTORQ, '0249', asked));
    expect(said).toContain(answered);
    responder.stack.invoke('2.6.0.2.5', 25, [Uint8Array.of(5, 0)]);
    const now = responder.hear().said;
    expect(now.startsWith(answered === '1a0115' ? AS : PT.slice(0, 14))).toBe(true);
  });
});

describe('a transfer', () => {
  test.each([
    ['whole', [segment(WHOLE)]],
    [
      'octet by octet',
      Array.from({ length: WHOLE.length / 2 }, (_, at) => segment(WHOLE.slice(2 * at, 2 * at + 2))),
    ],
    [
      'in a constructed string',
      [
        dt(
          `01000100${userData(3, element('24', element('04', WHOLE.slice(0, 6)), element('04', WHOLE.slice(6))))}`,
        ),
      ],
    ],
    ['bare, as ISODE has it', [segment(INVOKE)]],
  ])('%s is taken, acknowledged, and answered with the turn', (_what, segments) => {
    const { said, told } = bound().hear(AS, ...segments, AE(1));
    expect(said).toBe(AEA(1));
    expect(told).toMatchObject([{ type: 'invoke', invokeId: 1, operation: 20 }]);
  });

  test('is answered as it came: in an EXTERNAL, or bare', () => {
    for (const [transfer, result] of [
      [WHOLE, element('28', '020105', element('a0', 'a20a02010130050201143100'))],
      [INVOKE, 'a20a02010130050201143100'],
    ] as const) {
      const responder = bound();
      responder.hear(AS, segment(transfer), AE(1));
      responder.stack.result(1, [Uint8Array.of(0x31, 0)]);
      expect(responder.hear().said.slice(0, 14)).toBe(PT.slice(0, 14));
      const gta = dt('1600');
      expect(responder.hear(GTC).said).toBe(gta + AS + segment(result) + AE(1));
    }
  });

  test('each checkpoint is confirmed, more of them than the window too', () => {
    const parts = [0, 1, 2, 3, 4, 5].map((at) => segment(WHOLE.slice(2 * at, 2 * at + 2)));
    const points = [1, 2, 3, 4, 5, 6];
    const said = points.flatMap((serial) => [parts[serial - 1] ?? '', MIP(serial)]);
    const responder = bound();
    expect(responder.hear(AS, ...said).said).toBe(points.map(MIA).join(''));
    expect(responder.hear(segment(WHOLE.slice(12)), AE(7))).toMatchObject({
      said: AEA(7),
      told: [{ type: 'invoke' }],
    });
  });

  test('that is interrupted may be resumed on the same connection, and another goes first', () => {
    const responder = new Responder({
      reliable: { ...reliable, memory: new InterruptedTransfers() },
    });
    responder.hear(CR, cn(RTORQ, '0249', '1a0100', '01080a031401410b0117'));
    const begun = responder.hear(AS, segment(WHOLE.slice(0, 10)), MIP(1), segment('ffff'), AI);
    expect(begun.said).toBe(MIA(1) + AIA);
    const other = responder.hear(AS_2, segment(WHOLE.replace('a108020101', 'a108020102')), AE(1));
    expect(other.told).toMatchObject([{ type: 'invoke', invokeId: 2 }]);
    // AR: behind serial 1 of activity 1, as activity 3.
    const resume = dt('01001d0f210829030201012a01312903020103');
    const { said, told } = responder.hear(resume, segment(WHOLE.slice(10)), AE(2));
    expect(said).toBe(AEA(2));
    expect(told).toMatchObject([{ type: 'invoke', invokeId: 1 }]);
  });

  test('that was completed and is resumed: RTAB 7, for it was performed', () => {
    const memory = new InterruptedTransfers();
    const first = new Responder({ reliable: { ...reliable, memory } });
    first.hear(CR, cn(RTORQ, '0249', '1a0100', '01080a031401410b0117'));
    expect(first.hear(AS, segment(WHOLE), AE(1)).told).toMatchObject([{ type: 'invoke' }]);
    first.stack.transportClosed('lost');
    const second = new Responder({ reliable: { ...reliable, memory } });
    second.hear(CR, cn(RTORQ));
    // AR: behind serial 0 of activity 1 of that connection.
    const resume = dt('01001d1721100a031401410b011729030201012a01302903020101');
    expect(second.hear(resume).said).toMatch(rtab('7'));
  });

  test('that is resumed and not known cannot be: ED 6, then all is dropped until AD', () => {
    const resume = dt('01001d0f210829030201072a01312903020101');
    const responder = bound();
    expect(responder.hear(resume, segment('ff'), MIP(2)).said).toBe(ED('6'));
    expect(responder.hear(AD).said).toBe(ADA);
    expect(responder.hear(AS, segment(WHOLE), AE(1)).said).toBe(AEA(1));
  });

  test('longer than the store takes: ED 5, then all is dropped until AD', () => {
    const responder = bound({ transferBytesMax: 100 });
    const large = segment('00'.repeat(60));
    expect(responder.hear(AS, large, MIP(1), large).said).toBe(MIA(1) + ED('5'));
    expect(responder.stack.heldBytes).toBe(0);
    expect(responder.hear(large, MIP(2), AE(3)).said).toBe('');
    expect(responder.hear(AD, AS, segment(WHOLE), AE(1)).said).toBe(ADA + AEA(1));
  });

  test('in which nothing comes for long: ED 1, once', () => {
    const responder = bound();
    responder.hear(AS, segment(WHOLE.slice(0, 10)));
    responder.stack.transferStalled();
    responder.stack.transferStalled();
    expect(responder.hear().said).toBe(ED('1'));
  });
});

describe('what breaks the protocol', () => {
  const BEGUN = [AS, segment(WHOLE.slice(0, 10))];
  test.each([
    ['data outside of an activity', [segment(WHOLE)], rtab('4')],
    ['an activity within an activity', [...BEGUN, AS_2], rtab('4')],
    ['a segment that is no octet string', [AS, dt(`01000100${userData(3, '0500')}`)], rtab('4')],
    ['data on another context', [AS, segment(WHOLE, 5)], rtab('4')],
    ['an end with nothing before it', [AS, AE(1)], rtab('4')],
    ['an end outside of an activity', [AE(1)], rtab('4')],
    ['a transfer that is no BER', [AS, segment('ff'), AE(1)], rtab('4')],
    ['a transfer of another kind', [AS, segment('0500'), AE(1)], rtab('4')],
    ['an EXTERNAL of no context', [AS, segment('2804a0023100'), AE(1)], rtab('4')],
    [
      'an EXTERNAL of a context that is not there',
      [AS, segment(WHOLE.replace('020105', '020109')), AE(1)],
      rtab('4'),
    ],
    ['a checkpoint with nothing before it', [AS, MIP(1)], rtab('4')],
    ['an interruption outside of an activity', [AI], rtab('2')],
    ['a discard outside of an activity', [AD], rtab('2')],
    ['a discard of what was acknowledged', [AS, segment(WHOLE), AE(1), AD], rtab('7')],
    ['an interruption from who receives', [GTC, AI], rtab('2')],
    ['the turn given in an activity', [...BEGUN, GTC], rtab('4')],
    ['the turn given twice', [GTC, GTC], rtab('4')],
    ['the turn asked for by who has it', [PT], rtab('4')],
    [
      'a priority that is none',
      [GTC, dt(spdu('02', '100101', userDataParameter(userData(3, '0500'))))],
      rtab('4'),
    ],
    ['an activity without the turn', [GTC, AS], rtab('4')],
    ['a release in an activity', [...BEGUN, FN], rtab('4')],
    ['a release without the turn', [GTC, FN], rtab('4')],
    ['an exception report with nothing on its way', [dt('02003003320105')], rtab('4')],
    ['a confirmation of a discard', [dt('02003a00')], rtab('4')],
    ['a confirmation of an interruption', [dt('02001a00')], rtab('4')],
    ['data without the token', [GTC, segment(WHOLE)], SESSION_ABORT],
    ['a serial number too high', [...BEGUN, MIP(2)], SESSION_ABORT],
    ['a serial number that is none', [...BEGUN, dt('010031032a0141')], SESSION_ABORT],
    ['no serial number', [...BEGUN, dt('01003100')], SESSION_ABORT],
    ['a confirmation of what was not said', [MIA(1)], SESSION_ABORT],
    ['an end confirmed that was not said', [AEA(1)], SESSION_ABORT],
    ['a major synchronization point', [...BEGUN, dt('010029060f01012a0131')], SESSION_ABORT],
    ['an activity without an identifier', [dt('01002d00')], SESSION_ABORT],
    ['an identifier that is too long', [dt('01002d09290702050101010101')], SESSION_ABORT],
    ['a resumption without a link', [dt('01001d052903020101')], SESSION_ABORT],
    ['a stray parameter', [dt('01002d082903020101320100')], SESSION_ABORT],
    ['tokens given by themselves', [dt('0103100115')], SESSION_ABORT],
    ['the turn asked for without a token', [dt('0200')], SESSION_ABORT],
    ['something behind an activity', [dt('01002d05290302010101')], SESSION_ABORT],
    ['capability data', [dt('01003d00')], SESSION_ABORT],
  ] as const)('%s', (_what, packets, answer) => {
    const { said, told } = bound().hear(...packets);
    if (typeof answer === 'string') expect(said.endsWith(answer)).toBe(true);
    else expect(said).toMatch(answer);
    expect(told.at(-1)).toMatchObject({ type: 'aborted', by: 'local' });
  });

  test.each([['01002d052903020101'], ['1500'], ['020032032a0131']])(
    '%s on a duplex session',
    (hex) => {
      expect(Responder.bound().hear(dt(hex)).said).toBe(SESSION_ABORT);
    },
  );
});

describe('an abort', () => {
  test('of ours has an RTAB: user error', () => {
    const responder = bound();
    responder.stack.abort();
    expect(responder.hear().said).toMatch(rtab('6'));
  });

  test.each([
    ['6411800100be0c280a020103a005b603800103', 'RTSE abort, reason 3'],
    ['6411800100be0c280a020103a005b903800103', 'abort with an unreadable RTAB'],
  ])('of the peer is told', (abrt, detail) => {
    const aru = element('a0', userData(1, abrt));
    const { told } = bound().hear(dt(spdu('19', '110103', userDataParameter(aru))));
    expect(told).toMatchObject([{ type: 'aborted', layer: 'rtse', by: 'peer', detail }]);
  });
});
