/** TPKT and COTP: each malformed input, and the octets that answer it. Table of RFC 1006 and X.224. */
import { describe, expect, test } from 'vitest';
import { formatHex, joinOctets } from '../../src/base/octets.js';
import { TSDU_BYTES_MAX } from '../../src/limits.js';
import { Association } from '../../src/osi/stack.js';
import { octets } from './ber.js';
import { CC, CN, CR, data, dt, initiator, Responder, tpkt } from './peer.js';

/*
 * Rows of the table that have no test here, and why: "TPKT longer than the configured maximum" (ours
 * is what the 16 bits of the length hold, and larger does not exist); the timer of a half-received
 * packet and of a connection without a CR (timers are the network's: test/net/network.test.ts).
 */

const CLOSED = { said: '', isClosing: true };
const dr = (reason: string, reference = '0001') => tpkt(`06 80 ${reference} 0000 ${reason}`);
const er = (cause: string, header: string, reference = '0001') => {
  const length = header.replaceAll(' ', '').length / 2;
  const shown = length.toString(16).padStart(2, '0');
  return tpkt(
    `${(6 + length).toString(16).padStart(2, '0')} 70 ${reference} ${cause} c1 ${shown} ${header}`,
  );
};

describe('TPKT', () => {
  test.each([
    ['version 4', '0400001611e0'],
    ['version 2', '02000007'],
    ['length 3', '03000003'],
    ['length 6', '030000060580'],
    ['length 0', '03000000'],
    ['a TLS client hello', '16030100'],
    ['HTTP', '474554202f20'],
  ])('%s: closed without a word', (_what, hex) => {
    expect(new Responder().hear(hex)).toMatchObject(CLOSED);
    expect(Responder.bound().hear(hex)).toMatchObject({
      ...CLOSED,
      told: [{ type: 'aborted', layer: 'cotp', by: 'transport' }],
    });
  });

  test('the reserved octet is not looked at', () => {
    const request = CR.replace(/^0300/, '03ff');
    expect(new Responder().hear(request)).toMatchObject({ said: CC, isClosing: false });
  });

  test('nothing behind the octets that ended it is looked at', () => {
    const responder = new Responder();
    responder.hear(`${'04000007'}${CR}`);
    expect(responder.hear(CR)).toMatchObject(CLOSED);
  });
});

describe('a CR', () => {
  const cr = (rest: string) => tpkt(`${rest}`);
  test.each([
    ['class 4 alone', cr('06 e0 0000 1234 40'), dr('82', '1234')],
    ['class 2, alternative 3', cr('09 e0 0000 1234 20 c7 01 30'), dr('82', '1234')],
    ['a parameter beyond the header', cr('08 e0 0000 1234 00 c0 05'), dr('8a', '1234')],
    ['a size of two octets', cr('0a e0 0000 1234 00 c0 02 0d 0d'), dr('8a', '1234')],
    ['a preferred size of none', cr('08 e0 0000 1234 00 f0 00'), dr('8a', '1234')],
    [
      'a T-selector of 65 octets',
      cr(`49 e0 0000 1234 00 c2 41 ${'58'.repeat(65)}`),
      dr('8a', '1234'),
    ],
    ['a header that is too short', cr('05 e0 0000 1234'), dr('8a', '1234')],
    ['a length indicator beyond the TPDU', cr('20 e0 0000 1234 00'), dr('8a', '1234')],
    ['source reference 0', cr('06 e0 0000 0000 00'), dr('00', '0000')],
    ['a destination reference', cr('06 e0 0007 1234 00'), dr('00', '1234')],
  ])('with %s is refused and closed', (_what, request, answer) => {
    const told = [{ type: 'aborted' }];
    expect(new Responder().hear(request)).toMatchObject({ said: answer, isClosing: true, told });
  });

  test.each([
    ['service not started', 2, dr('02')],
    ['too many connections', 1, dr('01')],
    ['called T-selector unknown', 3, '0300000b06800001000003'],
  ])('%s', (_what, reason, answer) => {
    const responder = new Responder({ refuseTransport: () => reason });
    expect(responder.hear(CR)).toMatchObject({ said: answer, isClosing: true });
    expect(responder.hear(CR)).toMatchObject({ said: '', isClosing: true });
  });

  test.each([
    ['class 2, alternative 0', '09 e0 0000 0001 20 c7 01 00', '06 d0 0001 0001 00'],
    ['class 1, which falls back', '06 e0 0000 0001 10', '06 d0 0001 0001 00'],
    ['a parameter that nobody knows', '09 e0 0000 0001 00 ab 01 ff', '06 d0 0001 0001 00'],
    ['size code 06', '09 e0 0000 0001 00 c0 01 06', '06 d0 0001 0001 00'],
    ['size code 0e', '09 e0 0000 0001 00 c0 01 0e', '06 d0 0001 0001 00'],
    ['an empty calling selector', '08 e0 0000 0001 00 c1 00', '06 d0 0001 0001 00'],
    ['expedited asked for', '09 e0 0000 0001 00 c6 01 01', '06 d0 0001 0001 00'],
    ['a smaller size', '09 e0 0000 0001 00 c0 01 08', '09 d0 0001 0001 00 c0 01 08'],
  ])('with %s is confirmed', (_what, request, confirm) => {
    const answer = { said: tpkt(confirm), isClosing: false };
    expect(new Responder().hear(tpkt(request))).toMatchObject(answer);
  });
});

describe('what may not come', () => {
  test.each([
    ['a DT first', dt('0100')],
    ['a CC first', CC],
    ['a DR first', tpkt('06 80 0001 0001 00')],
    ['an ER first', tpkt('04 70 0001 00')],
    ['an AK first', tpkt('04 60 0001 00')],
  ])('%s: closed', (_what, packet) => {
    expect(new Responder().hear(packet)).toMatchObject(CLOSED);
  });

  const unknown = (code: string) => `04${code}000100`;
  test.each<[string, string, string, string]>([
    ['a second CR', CR, '02', CR.slice(8)],
    ['a CC', CC, '03', CC.slice(8)],
    ['a DT with another header length', tpkt('03 f0 80 00 0d'), '01', '03f08000'],
    ...['60', '50', '10', '20', 'c0'].map((code): [string, string, string, string] => [
      `TPDU code ${code}`,
      tpkt(unknown(code)),
      '02',
      unknown(code),
    ]),
  ])('%s in a connection: ER, closed', (_what, packet, cause, header) => {
    const told = [{ type: 'aborted', layer: 'cotp' }];
    for (const responder of [Responder.bound(), new Responder()]) {
      if (responder.stack.isEstablished === false) responder.hear(CR);
      const answer = responder.hear(packet);
      expect(answer).toMatchObject({ said: er(cause, header), isClosing: true });
      if (answer.told.length > 0) expect(answer.told).toMatchObject(told);
      expect(responder.hear(FNOTHING)).toMatchObject(CLOSED);
    }
  });

  test.each([
    ['an ER', tpkt('04 70 0001 01')],
    ['a DR', tpkt('06 80 0001 0001 80')],
    ['a DR between the parts of a TSDU', `${tpkt('02f000 0100')}${tpkt('06 80 0001 0001 80')}`],
  ])('%s: closed, and the layers above are told', (_what, packets) => {
    expect(Responder.bound().hear(packets)).toMatchObject({
      ...CLOSED,
      told: [{ type: 'aborted', layer: 'cotp', by: 'transport' }],
    });
  });

  test('a CR between the parts of a TSDU', () => {
    const answer = Responder.bound().hear(tpkt('02f000 0100'), CR);
    expect(answer).toMatchObject({ said: er('02', CR.slice(8)), isClosing: true });
  });

  test('a TSDU above the limit: closed', () => {
    const responder = new Responder({ tsduBytesMax: 20_000 });
    responder.hear(CR, CN);
    const part = tpkt(`02f000${'00'.repeat(8_000)}`);
    expect(responder.hear(part, part)).toMatchObject({ said: '', isClosing: false });
    expect(responder.hear(part)).toMatchObject({ ...CLOSED, told: [{ type: 'aborted' }] });
    expect(TSDU_BYTES_MAX).toBeGreaterThan(64 * 1024 * 1024);
  });

  test.each([
    ['a number in class 0', '02f0e5'],
    ['more data than was agreed', '02f080'],
  ])('%s is taken', (_what, header) => {
    const more = _what.startsWith('more') ? '00'.repeat(8_200) : '';
    const length = more.length / 2;
    const tag = `a183${(9 + 5 + length - 3).toString(16).padStart(6, '0')}`;
    const octetString = `0483${length.toString(16).padStart(6, '0')}${more}`;
    const apdu = more === '' ? 'a1080201010201153100' : `${tag}020101020115${octetString}`;
    const pdv = `020105a083${(apdu.length / 2).toString(16).padStart(6, '0')}${apdu}`;
    const list = `3083${(pdv.length / 2).toString(16).padStart(6, '0')}${pdv}`;
    const td = `6183${(list.length / 2).toString(16).padStart(6, '0')}${list}`;
    const { told } = Responder.bound().hear(tpkt(`${header}01000100${td}`));
    expect(told).toMatchObject([{ type: 'invoke', invokeId: 1 }]);
  });
});

const FNOTHING = data('00');

describe('as initiator', () => {
  const cc = (rest: string) => tpkt(`09 d0 ${rest}`);
  test('a CC with a foreign reference: ER 3, closed', () => {
    const confirm = cc('0009 0002 00 c0 01 0d');
    const answer = { said: er('03', confirm.slice(8), '0002'), isClosing: true };
    expect(initiator().hear(confirm)).toMatchObject(answer);
  });

  test('a CC of 8192 where 2048 was proposed: ER 3, closed', () => {
    const stack = new Association({ role: 'initiator', tpduBytes: 2_048 });
    stack.bind({
      applicationContext: '2.6.0.1.4',
      bindSyntax: '2.6.0.2.9',
      operationSyntaxes: [],
      addresses: {},
      argument: octets('3100'),
    });
    stack.takeOutput();
    const confirm = cc('0001 0002 00 c0 01 0d');
    stack.receive(octets(confirm));
    expect(formatHex(joinOctets(stack.takeOutput()))).toBe(er('03', confirm.slice(8), '0002'));
    expect(stack.wantsClose).toBe(true);
  });

  test.each([
    ['a DR', tpkt('06 80 0001 0000 03')],
    ['a DT before the CC', dt('0100')],
    ['a CC of class 2', tpkt('06 d0 0001 0002 20')],
  ])('%s: closed, and the bind is lost', (_what, packet) => {
    expect(initiator().hear(packet)).toMatchObject({
      ...CLOSED,
      told: [{ type: 'aborted', layer: 'cotp' }],
    });
  });

  test('a CR is no answer', () => {
    expect(initiator().hear(CR)).toMatchObject({ said: er('02', CR.slice(8), '0000') });
  });
});
