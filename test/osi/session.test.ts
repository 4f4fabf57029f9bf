/** Session: each malformed input, and the octets that answer it. Table of X.225. */
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
  initiator,
  Responder,
  spdu,
  userDataParameter,
} from './peer.js';

/*
 * Rows of the table that have no test here, and where they are: data from the side without the token
 * and serial numbers (test/osi/rtse-answers.test.ts; on a duplex session their SPDUs are protocol
 * errors, and tested as such); the idle time (test/net/network.test.ts).
 */

const ABORT = '0300000c02f0801903110105';
const rf = (reason: string) => `0300000f02f0800c061101013201${reason}`;
const DATA = userData(5, 'a1080201010201153100');

describe('before a session', () => {
  test.each([
    ['an empty TSDU', ''],
    ['one octet', '0d'],
    ['a length beyond the TSDU', '0dff0100'],
    ['an SPDU that is no CN', '19031101 05'.replace(' ', '')],
    ['data', `01000100${DATA}`],
    ['an unknown SPDU', '7700'],
  ])('%s: closed', (_what, tsdu) => {
    expect(new Responder().hear(CR, dt(tsdu))).toMatchObject({
      said: CC,
      isClosing: true,
      told: [{ type: 'aborted', layer: 'session', by: 'local' }],
    });
  });

  const USER = userDataParameter(CP);
  test.each([
    ['no connect item', spdu('0d', '14020002', USER), '85'],
    ['no version', spdu('0d', '0503130100', '14020002', USER), '85'],
    ['a version of two octets', spdu('0d', '050713010016020102', '14020002', USER), '85'],
    ['requirements of one octet', spdu('0d', '0506130100160102', '140102', USER), '85'],
    ['requirements twice', spdu('0d', ITEM, '14020002', USER), '85'],
    ['an S-selector of 65 octets', spdu('0d', ITEM, `3441${'58'.repeat(65)}`, USER), '85'],
    ['a TSDU size of two octets', spdu('0d', '050a130100150207f9160102', USER), '85'],
    ['a parameter that goes on beyond it', spdu('0d', ITEM, '33ff'), '85'],
    ['an item whose parts do not fit', spdu('0d', '0506130900160102', USER), '85'],
    ['no user data', spdu('0d', ITEM), '85'],
    ['versions that do not exist', spdu('0d', '0506130100160104', '14020002', USER), '84'],
    ['more data to come', spdu('0d', ITEM, '3c0101', USER), '86'],
    [
      'extended user data of 10241 octets',
      spdu('0d', ITEM, `c2ff2801${'00'.repeat(10_241)}`),
      '86',
    ],
    [
      'neither duplex nor a CP that can be read',
      spdu('0d', '0506130100160102', '14020249', userDataParameter('31023000')),
      '86',
    ],
  ])('a CN with %s: refused', (_what, tsdu, reason) => {
    expect(new Responder().hear(CR, dt(tsdu))).toMatchObject({
      said: CC + rf(reason),
      isClosing: false,
      told: [{ type: 'aborted', by: 'local' }],
    });
  });

  test.each([
    ['without duplex', '14020249'],
    ['with the requirements of 1984, unsaid', ''],
  ])('a CN %s and with a CP: AARE rejected-permanent, user, 1', (_what, requirements) => {
    const connect = spdu('0d', '0506130100160102', requirements, userDataParameter(CP));
    const { said, told } = new Responder().hear(CR, dt(connect));
    const aare = element('61', 'a106060456000104', 'a203020101', 'a305a103020101');
    const results = element('a5', '300780010081025101', '3006800102820101', '3006800102820101');
    const cpr = element('30', results, userData(1, aare));
    expect(said).toBe(CC + dt(spdu('0c', '110101', spdu('32', '02', cpr))));
    expect(told).toMatchObject([{ type: 'aborted', layer: 'session', by: 'local' }]);
  });

  test.each([
    ['called S-selector unknown', 129, '81'],
    ['nothing behind it', 130, '82'],
    ['congestion', 131, '83'],
  ])('%s', (_what, reason, answer) => {
    const responder = new Responder({ refuseSession: () => reason });
    expect(responder.hear(CR, CN)).toMatchObject({ said: CC + rf(answer), isClosing: false });
    // Once refused, nothing is answered any more.
    expect(responder.hear(CN)).toMatchObject({ said: '', told: [] });
  });

  test.each([
    ['parameters that nobody knows', spdu('0d', ITEM, '7702abcd', userDataParameter(CP))],
    ['version 1 alone', spdu('0d', '0506130100160101', '14020002', userDataParameter(CP))],
    ['both versions', spdu('0d', '0506130100160103', '14020002', userDataParameter(CP))],
    ['everything proposed', spdu('0d', '0506130100160102', '140207ff', userDataParameter(CP))],
    ['an empty S-selector', spdu('0d', ITEM, '3400', userDataParameter(CP))],
  ])('a CN with %s is accepted', (_what, tsdu) => {
    const { told, said } = new Responder().hear(CR, dt(tsdu));
    expect(told).toMatchObject([{ type: 'bind' }]);
    const version = tsdu.includes('160101') ? '160101' : '160102';
    expect(said).toContain(`0506130100${version}14020002`);
  });
});

describe('in a session', () => {
  test.each([
    ['an empty TSDU', ''],
    ['one octet', '01'],
    ['a length beyond the TSDU', '01ff'],
    ['an unknown SPDU', '7700'],
    ['a second CN', CN.slice(14)],
    ['data without a GT', `0100${DATA}`],
    ['data behind a CN', `0d000100${DATA}`],
    ['two SPDUs that stand alone', '09031101010a00'],
    ['a GT alone', '0100'],
    ['a GT behind a GT', '010002000100'],
    ['DN without FN', spdu('0a', userDataParameter(userData(1, '6303800100')))],
    ['NF', '0800'],
    ['PT', '0211100101c10c610a30080201 03a003020100'.replace(' ', '')],
    ['GTC', '1500'],
    ['GTA', '1600'],
    ['an activity start', '01002d052903020101'],
    ['a minor synchronization point', '010031032a0131'],
    ['an activity end', '010029032a0132'],
    ['an activity interrupt', '01001903320100'],
    ['exception data', '02003003320105'],
    ['typed data, which could alter contexts', `2100${element('61', '3000')}`],
    ['resynchronization', '0100350632010027 0100'.replace(' ', '')],
    ['a capability', '01003d00'],
    ['expedited data', '0500'],
    ['a GT with a parameter that it has not', `0103770101 0100${DATA}`.replace(' ', '')],
    ['a DT with a parameter that it has not', `01000103770101${DATA}`],
    ['a DT with an item twice', `01000106190103190103${DATA}`],
    ['an FN with a parameter that it has not', '0903770101'],
    ['a parameter that goes on beyond the SPDU', '09021105'],
    ['the first segment of data, when none was agreed', `01000103190101${DATA}`],
    ['a segment that continues nothing', `01000103190102${DATA}`],
  ])('%s: aborted', (_what, tsdu) => {
    const responder = Responder.bound();
    expect(responder.hear(dt(tsdu))).toMatchObject({
      said: ABORT,
      isClosing: false,
      told: [{ type: 'aborted', layer: 'session', by: 'local' }],
    });
    expect(responder.hear(data(DATA))).toMatchObject({ said: '', told: [] });
  });

  test('a DT with the enclosure item that says whole is taken', () => {
    const answer = Responder.bound().hear(dt(`01000103190103${DATA}`));
    expect(answer.told).toMatchObject([{ type: 'invoke' }]);
  });

  test('data after the FN of the same side: aborted', () => {
    const responder = Responder.bound();
    expect(responder.hear(FN).told).toEqual([{ type: 'unbind' }]);
    expect(responder.hear(data(DATA)).said).toBe(ABORT);
  });

  test.each([
    [
      'a user abort',
      spdu('19', '110103', userDataParameter(element('a0', userData(1, '6403800100')))),
      'acse',
    ],
    ['a provider abort', '1903110105', 'session'],
    ['an abort that keeps the connection', '1903110104', 'session'],
    ['an abort without a word', '1900', 'session'],
    ['an abort with what nobody knows', '1906110105770101', 'session'],
  ])('%s: closed, told, not answered', (_what, tsdu, layer) => {
    expect(Responder.bound().hear(dt(tsdu))).toMatchObject({
      said: '',
      isClosing: true,
      told: [{ type: 'aborted', layer, by: 'peer' }],
    });
  });
});

describe('as initiator', () => {
  const ac = (...parameters: string[]) => dt(spdu('0e', ...parameters));
  const CPA = element(
    '31',
    'a003800101',
    element(
      'a2',
      element('a5', ...Array.from({ length: 3 }, () => '300780010081025101')),
      userData(
        1,
        element(
          '61',
          'a106060456000104',
          'a203020100',
          'a305a103020100',
          AARQ.slice(20).replace('b002', 'b102'),
        ),
      ),
    ),
  );

  test.each([
    ['data', data(DATA)],
    ['a CN', CN],
    ['an FN', FN],
    ['an unknown SPDU', dt('7700')],
    [
      'an AC of a version that was not offered',
      ac('0506130100160101', '14020002', userDataParameter(CPA)),
    ],
    ['an AC without duplex', ac('0506130100160102', '14020249', userDataParameter(CPA))],
    [
      'an AC with what it has not',
      ac('0506130100160102', '14020002', '770101', userDataParameter(CPA)),
    ],
  ])('%s instead of an answer: aborted', (_what, packet) => {
    expect(initiator([CC]).hear(packet)).toMatchObject({
      said: ABORT,
      told: [{ type: 'aborted', layer: 'session', by: 'local' }],
    });
  });

  test('an AC that names TSDU sizes may segment what follows', () => {
    const item = '050c130100150407f907f9160102';
    const user = initiator([CC]);
    const { told } = user.hear(ac(item, '14020002', userDataParameter(CPA)));
    expect(told).toMatchObject([{ type: 'bound' }]);
    const alert = octets(userData(5, 'a1080201010201193100'));
    const half = (from: number, to?: number) =>
      Buffer.from(alert.subarray(from, to)).toString('hex');
    user.hear(dt(`01000103190101${half(0, 7)}`));
    expect(user.hear(dt(`01000103190102${half(7)}`)).told).toMatchObject([{ type: 'invoke' }]);
    expect(user.hear(dt(`01000103190102${half(7)}`)).said).toBe(ABORT);
  });

  test.each(['81', '82', '83', '84', '85', '86', '00', '01'])('RF %s is a refusal', (reason) => {
    const number = Number.parseInt(reason, 16);
    expect(initiator([CC]).hear(rf(reason))).toMatchObject({
      said: '',
      isClosing: true,
      told: [{ type: 'refused', layer: 'session', diagnostic: `reason ${number}` }],
    });
  });
});
