import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decode, encode } from '../../src/asn1/type.js';
import { formatHex, parseHex } from '../../src/base/octets.js';
import { orAddressKey } from '../../src/x411/or-address-key.js';
import { formatOrAddress, parseOrAddress } from '../../src/x411/or-address-text.js';
import { keepOrName, OrName, OrNameKept } from '../../src/x411/or-name.js';

function nameOf(text: string): OrName {
  const parsed = parseOrAddress(text);
  if (parsed.kind === 'problem') throw new Error(`${text}: ${parsed.problem}`);
  return parsed.name;
}

const CAAS = '/C=XX/A=ICAO/P=TESTLAND/O=REGION1/OU1=TTAA/CN=TTAAYFYX/';
const CAAS_OCTETS =
  '6040302b610413025858620613044943414fa20a1308544553544c414e448307524547494f4e31a606130454544141' +
  '3111300f800101a10a13085454414159465958';

describe('address text', () => {
  test.each([
    [CAAS, CAAS],
    ['/C=XX/A=ICAO/P=TESTLAND/O=REGION1/OU=TTAA/CN=TTAAYFYX/', CAAS],
    ['CN=TTAAYFYX; OU1=TTAA; O=REGION1; P=TESTLAND; A=ICAO; C=XX', CAAS],
    ['x400: cn=TTAAYFYX;ou=TTAA;o=REGION1;prmd=TESTLAND;admd=ICAO;c=XX;', CAAS],
    [
      'G=john; S=smith; O=a bank ltd; P=abl; A=snomail; C=aq',
      '/C=aq/A=snomail/P=abl/O=a bank ltd/S=smith/G=john/',
    ],
    ['/S=smith/P=abl/C=aq', '/C=aq/A= /P=abl/S=smith/'],
    [
      'DDA:RFC-822=fred(a)widget.co.uk; O=gateway; P=abc; C=gb',
      '/C=gb/A= /P=abc/O=gateway/DDA:RFC-822=fred(a)widget.co.uk/',
    ],
    [
      '/DD.RFC-822=a/OU=inner/OU=outer/O=x/C=gb',
      '/C=gb/A= /O=x/OU1=outer/OU2=inner/DDA:RFC-822=a/',
    ],
    ['/C=gb/O=a//b/CN=c$/d$=e', '/C=gb/A= /O=a$/b/CN=c$/d=e/'],
    ['C=gb;O=a/b;CN=c', '/C=gb/A= /O=a$/b/CN=c/'],
    ['C=234;N-ID=12 34', '/C=234/A= /N-ID=12 34/'],
    ['X.121=23421234', '/X.121=23421234/'],
    ['ISDN=4412+3', '/ISDN=4412+3/'],
    ['C=de;CN=Müller;O=Straßenbau', null],
    ['C=de;CN=Müller;S=Händel;OU1=Köln;O=x', '/C=de/A= /O=x/OU1=Köln/S=Händel/CN=Müller/'],
    [
      'C=gb;PD-C=gb;PD-PC=N1 1AA;PD-S=Road 1;PD-A1=one;PD-A2=two',
      '/C=gb/A= /PD-C=gb/PD-PC=N1 1AA/PD-S=Road 1/PD-A1=one/PD-A2=two/',
    ],
    ['C=gb;O=x;T-TY=g3fax;X-99=0500', '/C=gb/A= /O=x/T-TY=g3fax/X-99=0500/'],
  ])('%s', (text, written) => {
    const parsed = parseOrAddress(text);
    if (written === null || parsed.kind === 'problem') {
      expect(parsed.kind).toBe(written === null ? 'problem' : 'name');
      return;
    }
    const { name } = parsed;
    expect(formatOrAddress(name)).toBe(written);
    expect(formatOrAddress(decode(OrName, encode(OrName, name)))).toBe(written);
    expect(formatOrAddress(nameOf(written))).toBe(written);
  });

  test.each([
    ['', 'C is missing'],
    ['A=ICAO;O=x', 'C is missing'],
    ['C=XX;A=ICAO', 'C and A alone are no address'],
    ['C=XX;O=x;O=y', 'O twice'],
    ['C=XX;O=x;FOO=y', 'unknown label FOO'],
    ['C=XX;O=x;OU2=y', 'OU1 is missing'],
    ['C=XX;O=x;OU1=y;OU=z', 'OU with and without number'],
    ['C=XX;O=x;G=y', 'S is missing'],
    ['C=XXX;O=x', 'C is neither two letters nor three digits'],
    ['C=XX;O=', 'O is empty'],
    ['C=XX;Ox', '"Ox" has no "="'],
    [`C=XX;A=${'a'.repeat(17)};O=x`, 'A is longer than 16'],
    ['C=XX;A=a_b;O=x', 'A has a character that cannot be sent'],
    ['C=XX;CN=日本', 'CN has a character that cannot be sent'],
    ['C=XX;N-ID=12a', 'N-ID is no number'],
    ['C=XX;DDA:a=1;DDA:b=1;DDA:c=1;DDA:d=1;DDA:e=1', 'more than four DDA'],
  ])('"%s": %s', (text, problem) =>
    expect(parseOrAddress(text)).toEqual({ kind: 'problem', problem }),
  );

  test('the octets are those of the standard form', () => {
    expect(formatHex(encode(OrName, nameOf(CAAS)))).toBe(CAAS_OCTETS);
    expect(formatHex(encode(OrNameKept, keepOrName(nameOf(CAAS))))).toBe(CAAS_OCTETS);
  });

  const value = fc.stringMatching(/^[A-Za-z0-9'()+,\-./:=?]{1,16}$/);
  test('what is written is read', () => {
    fc.assert(
      fc.property(value, value, value, value, (p, o, cn, dda) => {
        const text = (s: string) => s.replaceAll('/', '$/');
        const name = nameOf(`/C=XX/P=${text(p)}/O=${text(o)}/CN=${text(cn)}/DDA:t=${text(dda)}/`);
        expect(nameOf(formatOrAddress(name))).toEqual(name);
      }),
    );
  });
});

describe('address key', () => {
  test.each([
    [CAAS, '/c=xx/a=icao/p=testland/o=region1/ou1=ttaa/cn=ttaayfyx/'],
    ['C=gb;O=a  b', 'C=GB;A= ;O= A B '],
    ['C=gb;G=a;S=b', 'S=B;G=A;C=GB'],
    ['C=gb;O=x;DDA:RFC-822=A', 'C=gb;O=x;DDA:rfc-822=a'],
    ['C=de;CN=MÜLLER', 'C=de;CN=müller'],
  ])('%s is %s', (a, b) => expect(orAddressKey(nameOf(a))).toBe(orAddressKey(nameOf(b))));

  test.each([
    [CAAS, '/C=XX/A=ICAO/P=TESTLAND/O=REGION1/OU1=TTAA/CN=TTAAYFYA/'],
    [CAAS, '/C=XX/A=ICAO/P=TESTLAND/O=REGION1/OU1=TTAA/'],
    [CAAS, '/C=XX/P=TESTLAND/O=REGION1/OU1=TTAA/CN=TTAAYFYX/'],
    ['C=gb;O=ab', 'C=gb;O=a b'],
    ['C=gb;O=x', 'C=gb;P=x'],
    ['C=gb;O=x;OU1=a;OU2=b', 'C=gb;O=x;OU1=b;OU2=a'],
    ['C=gb;O=x;DDA:a=1;DDA:b=2', 'C=gb;O=x;DDA:b=2;DDA:a=1'],
    ['C=gb;N-ID=012', 'C=gb;N-ID=12'],
    ['/C=gb/O=x$/p=y', '/C=gb/O=x/P=y'],
    ['C=de;CN=Müller', 'C=de;CN=Muller'],
  ])('%s is not %s', (a, b) => expect(orAddressKey(nameOf(a))).not.toBe(orAddressKey(nameOf(b))));

  const keyOf = (hex: string) => orAddressKey(decode(OrName, parseHex(hex) as Uint8Array));
  const standard = '300f6104130247426203130120 83024f42'.replaceAll(' ', '');
  test('the string type of a name does not count', () => {
    const extension = (id: string, value: string) => {
      const inner = `8001${id}a1${(value.length / 2).toString(16).padStart(2, '0')}${value}`;
      const one = `30${(inner.length / 2).toString(16).padStart(2, '0')}${inner}`;
      const all = `31${(one.length / 2).toString(16).padStart(2, '0')}${one}`;
      const body = `${standard}${all}`;
      return `60${(body.length / 2).toString(16).padStart(2, '0')}${body}`;
    };
    const printable = keyOf(extension('01', '13024d65'));
    expect(keyOf(extension('02', '14024d65'))).toBe(printable);
    expect(keyOf(extension('18', '31061e04004d0065'))).toBe(printable);
    expect(keyOf(extension('02', '14034dc265'))).not.toBe(printable);
    expect(keyOf(extension('02', '14034dc265'))).toBe(keyOf(extension('18', '31061e04004d00e9')));
    expect(keyOf(extension('63', '13024d65'))).not.toBe(printable);
  });

  test('a directory name counts only alone', () => {
    const plain = orAddressKey(nameOf('C=gb;O=x'));
    const directoryName = Uint8Array.of(0x30, 0);
    expect(orAddressKey({ ...nameOf('C=gb;O=x'), directoryName })).toBe(plain);
    expect(orAddressKey({ standardAttributes: {}, directoryName })).toBe('dn=3000');
  });
});
