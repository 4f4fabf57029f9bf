/**
 * Presentation, association control and remote operations in the whole stack: the octets that go
 * out over TCP, as the table has them. The machines' own tables: presentation, acse, rose tests.
 */
import { describe, expect, test } from 'vitest';
import { element, octets, userData } from './ber.js';
import {
  AARQ,
  CC,
  CN,
  CP,
  CR,
  data,
  dt,
  FN,
  ITEM,
  Responder,
  spdu,
  userDataParameter,
} from './peer.js';

/*
 * Rows of the tables that have no test, and why.
 * Presentation: P-ALTER-CONTEXT and resynchronize come in typed data and RS, which are session
 * protocol errors (test/osi/session.test.ts).
 * ACSE: called AP-title and AE-qualifier not ours (accepted, there is no strict setting).
 * Bind: no encryption although demanded (TLS is not there yet), monologue (test/p3/session.test.ts).
 * ROSE: results and errors of ours that cannot be decoded (the store invokes delivery-control alone
 * and looks at nothing but which of the two came back).
 * RTSE: test/osi/rtse-answers.test.ts.
 * P3 and P7 semantics: test/p3, test/conformance/p3, test/p7. Lost connections and planned stops:
 * test/conformance/limits.test.ts, test/fault.
 */

const arp = (reason: string, event: string) =>
  dt(spdu('19', '110103', userDataParameter(`30068001${reason}8101${event}`)));
const ABRT_PROVIDER =
  '03000029 02f080 1920 110103 c11b a019 a009 3007 020101 06025101 610c 300a 020101 a005 6403800101'.replaceAll(
    ' ',
    '',
  );
const ABRT_USER = ABRT_PROVIDER.replace(/01$/, '00');
const cn = (cp: string) => dt(spdu('0d', ITEM, userDataParameter(cp)));
const cpr = (reason: string) =>
  dt(spdu('0c', '110101', spdu('32', '02', element('30', `8a01${reason}`))));

describe('presentation', () => {
  test('the abort of the table, to the octet', () => {
    const answer = Responder.bound().hear(data('3000'));
    expect(answer.said).toBe('0300001602f080190d110103c1083006800101810107');
    expect(answer.said).toBe(arp('01', '07'));
    expect(answer).toMatchObject({ isClosing: false, told: [{ layer: 'presentation' }] });
  });

  test.each([
    ['simply encoded data', '60026000', '06'],
    ['a context that is not there', userData(9, '6000'), '06'],
    ['octets behind the list', `${userData(5, 'a1026000')}00`, '01'],
    ['a CP', CP, '01'],
  ])('%s', (_what, td, reason) => {
    const responder = Responder.bound();
    expect(responder.hear(data(td)).said).toBe(arp(reason, '07'));
    expect(responder.hear(data(td)).said).toBe('');
  });

  test.each([
    ['called P-selector unknown', 3, '03'],
    ['no user behind it', 7, '07'],
    ['congestion', 1, '01'],
    ['a local limit', 2, '02'],
  ])('%s', (_what, reason, code) => {
    const responder = new Responder({ refusePresentation: () => reason });
    expect(responder.hear(CR, CN)).toMatchObject({ said: CC + cpr(code), isClosing: false });
  });

  test.each([
    ['a CP that is no BER', 'ff', cpr('00')],
    [
      'a CP without contexts',
      element('31', 'a003800101', element('a2', userData(1, AARQ))),
      cpr('00'),
    ],
    [
      'X.410 mode',
      element('31', 'a003800100', 'a100'),
      dt(spdu('0c', '110101', spdu('32', '023103800102'))),
    ],
  ])('%s', (_what, cp, answer) => {
    expect(new Responder().hear(CR, cn(cp))).toMatchObject({ said: CC + answer });
  });
});

describe('association control', () => {
  test.each([
    ['an AARE', '6100'],
    ['an AARQ', AARQ],
    ['an RLRE', '6303800100'],
    ['what is nothing known', '6500'],
  ])('%s in an association: the abort of the provider, to the octet', (_what, apdu) => {
    expect(Responder.bound().hear(data(userData(1, apdu)))).toMatchObject({
      said: ABRT_PROVIDER,
      isClosing: false,
      told: [{ type: 'aborted', layer: 'acse', by: 'local' }],
    });
  });

  test('an AARQ that cannot be read: the same, before the CPA', () => {
    const cp = CP.replace(AARQ, AARQ.replace(/^60/, '65'));
    expect(new Responder().hear(CR, cn(cp)).said).toBe(CC + ABRT_PROVIDER);
  });

  test('ours, to the octet', () => {
    const responder = Responder.bound();
    responder.stack.abort();
    expect(responder.hear().said).toBe(ABRT_USER);
  });

  test('a release is confirmed, to the octet', () => {
    const responder = Responder.bound();
    expect(responder.hear(FN).told).toEqual([{ type: 'unbind' }]);
    responder.stack.unbindResponse();
    expect(responder.hear().said).toBe('0300001902f0800a10c10e610c300a020101a0056303800100');
  });

  test('an authentication unit is proposed: not selected, no harm', () => {
    const aarq = element(
      '60',
      'a106060456000104',
      '8a020780',
      '8b0352 0309'.replace(' ', ''),
      'ac0a800873 65637265740000'.replaceAll(' ', ''),
      AARQ.slice(20),
    );
    const cp = reframe(aarq);
    const { told, said } = new Responder().hear(CR, cn(cp));
    expect(told).toMatchObject([{ type: 'bind' }]);
    expect(said).not.toMatch(/8802|8903/);
  });
});

/** The CP around another AARQ. */
function reframe(aarq: string): string {
  const contexts = /a4[0-9a-f]{2}((?:300f[0-9a-f]{30})+)/.exec(CP)?.[0] ?? '';
  return element('31', 'a003800101', element('a2', contexts, userData(1, aarq)));
}

describe('the bind', () => {
  const refused = (aare: string, accepted: readonly boolean[] = [true, true, true]) => {
    const results = accepted.map((is) => (is ? '300780010081025101' : '3006800102820101'));
    const ppdu = element('30', element('a5', ...results), userData(1, aare));
    return dt(spdu('0c', '110101', spdu('32', '02', ppdu)));
  };
  const AARE = element('61', 'a106060456000104', 'a203020101', 'a305a103020101');

  test.each([
    ['is not there', ''],
    ['has no value', 'be00'],
    ['is on a context that is not there', element('be', element('28', '020109', 'a004b0023100'))],
    ['is a bind result', element('be', element('28', '020103', 'a004b1023100'))],
    [
      'holds two values',
      element('be', element('28', '020103', element('a0', element('b0', '3100', '3100')))),
    ],
  ])('that %s: rejected-permanent, user, 1, without user information', (_what, information) => {
    const cp = reframe(element('60', 'a106060456000104', information));
    const { said, told } = new Responder().hear(CR, cn(cp));
    expect(said).toBe(CC + refused(AARE));
    expect(told).toMatchObject([{ type: 'aborted', layer: 'rose', by: 'local' }]);
  });

  test.each([
    ['permanently', false, 'a203020101'],
    ['for now', true, 'a203020102'],
  ])('refused %s by the application, with its error', (_what, isTransient, result) => {
    const responder = new Responder();
    responder.stack.receive(octets(CR + CN));
    responder.stack.takeEvents();
    responder.stack.takeOutput();
    responder.stack.bindError({ isTransient, diagnostic: 1, error: octets('020100') });
    const information = element('be', element('28', '020103', element('a0', 'b203020100')));
    const aare = element('61', 'a106060456000104', result, 'a305a103020101', information);
    expect(responder.hear().said).toBe(refused(aare));
  });
});

describe('remote operations', () => {
  test.each([
    ['a tag of no APDU', 'a503020101', 'a4050500800100'],
    ['BER that is broken within', 'a105020101 0205'.replace(' ', ''), 'a4050500800102'],
    ['a shape that does not fit', 'a103020101', 'a406020101800101'],
    [
      'an operation code that is an OID',
      element('a1', '020101', '06022a03', '3100'),
      'a406020101810101',
    ],
    ['no argument', 'a106020101020115', 'a406020101810102'],
    [
      'a linked id of nothing',
      element('a1', '020101', '800163', '020115', '3100'),
      'a406020101810105',
    ],
    ['a result of nothing', 'a203020109', 'a406020109820100'],
    ['an error of nothing', 'a306020109020101', 'a406020109830100'],
  ])('%s', (_what, apdu, reject) => {
    const responder = Responder.bound();
    expect(responder.hear(data(userData(5, apdu)))).toEqual({
      said: data(userData(5, reject)),
      isClosing: false,
      told: [],
    });
    // The association goes on.
    const invoke = userData(5, 'a1080201010201153100');
    expect(responder.hear(data(invoke)).told).toMatchObject([{ type: 'invoke' }]);
  });

  test('the reject of the table, to the octet', () => {
    expect(Responder.bound().hear(data(userData(5, 'a1050201010205'))).said).toBe(
      '0300001b02f08001000100610e300c020105a007a4050500800102',
    );
  });
});
