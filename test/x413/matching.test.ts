/** Source: X.413 (1999) 12.2 to 12.4; X.420 for the rules of its own. */
import { describe, expect, test } from 'vitest';
import { wrap } from '../../src/asn1/header.js';
import {
  bmpString,
  generalString,
  printableString,
  teletexString,
  universalString,
} from '../../src/asn1/string.js';
import { application, context, TAG, type Tag } from '../../src/asn1/tag.js';
import { encode } from '../../src/asn1/type.js';
import { joinOctets, parseHex } from '../../src/base/octets.js';
import { OrName } from '../../src/x411/or-name.js';
import { MATCHING, type MatchingName, namedRuleOf, ruleOf } from '../../src/x413/matching.js';
import type { SubstringPiece } from '../../src/x413/matching-rule.js';

const hex = (text: string) => parseHex(text) as Uint8Array;
const within = (tag: Tag, ...parts: Uint8Array[]) => joinOctets(wrap(tag, parts));
const printable = (text: string) => encode(printableString(), text);
const teletex = (text: string) => encode(teletexString(), text);

/** Of an address, or of some of its elements: `/C=XX/`. */
function name(text: string): Uint8Array {
  const pairs = text
    .slice(1, -1)
    .split('/')
    .map((pair) => pair.split(/=(.*)/s) as [string, string]);
  const value = (label: string) => pairs.find(([key]) => key === label)?.[1];
  const form = (label: string) => ({ kind: 'printable', value: value(label) ?? '' }) as const;
  const has = (label: string) => value(label) !== undefined;
  const extensions = has('CN') ? [{ id: 1, value: printable(value('CN') ?? '') }] : undefined;
  const dda = pairs.find(([key]) => key.toUpperCase().startsWith('DDA:'));
  return encode(OrName, {
    standardAttributes: {
      ...(has('C') && { countryName: form('C') }),
      ...(has('A') && { administrationDomainName: form('A') }),
      ...(has('P') && { privateDomainName: form('P') }),
      ...(has('O') && { organizationName: value('O') ?? '' }),
      ...((has('OU1') || has('OU2')) && {
        organizationalUnitNames: [value('OU1') ?? '-', ...(has('OU2') ? [value('OU2') ?? ''] : [])],
      }),
    },
    ...(dda && { domainDefinedAttributes: [{ type: dda[0].slice(4), value: dda[1] }] }),
    ...(extensions && { extensionAttributes: extensions }),
  });
}
const descriptor = (...members: Uint8Array[]) => within(TAG.set, ...members);
/** [0] IMPLICIT of a SET. */
const specifier = (...members: Uint8Array[]) => within(TAG.set, within(context(0), ...members));
/** An O/R name that has only a directory name: RDNs of one attribute (2.5.4.n) each. */
const directory = (...values: [number, Uint8Array][]) => {
  const rdns = values.map(([number, value]) =>
    within(TAG.set, within(TAG.sequence, Uint8Array.of(6, 3, 0x55, 4, number), value)),
  );
  return within(application(0), hex('30 00'), within(context(0), within(TAG.sequence, ...rdns)));
};

const equals = (rules: MatchingName, value: Uint8Array, asserted: Uint8Array) =>
  MATCHING[rules].equality?.test(asserted)([value]);
const otherMatches = (rules: MatchingName, rule: string, value: Uint8Array, asserted: Uint8Array) =>
  namedRuleOf(MATCHING[rules], rule)?.test(asserted)([value]);

const UNICODE = encode(universalString, 'Grüße');

describe('equality', () => {
  test.each<[MatchingName, string, string, boolean]>([
    ['integer', '020105', '0201 05', true],
    ['integer', '0a0105', '020105', true],
    ['integer', '470102', '020102', true],
    ['integer', '020105', '020106', false],
    ['boolean', '0101ff', '010101', true],
    ['boolean', '010100', '010101', false],
    ['oid', '0603550403', '0603550403', true],
    ['oid', '0603550403', '0603550404', false],
    ['bits', '03020640', '0303004000', true],
    ['bits', '03020640', '03020560', false],
    ['bits', '030100', '03020700', true],
    ['bits', '48020640', '03020640', true],
    ['utcTime', '170d3236303130313132303030305a', '170b323630313031313230305a', true],
    // 1330+0130 is 1200Z.
    ['utcTime', '170b323630313031313230305a', '170f323630313031313333302b30313330', true],
    ['generalizedTime', '180f32303236303130313132303030305a', '180b323032363031303131325a', true],
    ['generalizedTime', '180f32303236303130313132303030305a', '180b323032363031303131335a', false],
    ['contentCorrelator', '1602 4142', '0402 4142', true],
    ['contentCorrelator', '1602 4142', '0402 6142', false],
    ['contentIdentifier', '4a03 412042', '4a04 61202062', true],
    ['contentIdentifier', '4a03 412042', '1302 4142', false],
  ])('%s: %s and %s: %s', (rules, value, asserted, isEqual) =>
    expect(equals(rules, hex(value), hex(asserted))).toBe(isEqual),
  );

  test.each([
    [teletex('Alpha  Test '), printable('alpha test'), true],
    [teletex('AlphaTest'), printable('alpha test'), false],
    [encode(bmpString, 'GRÜSSE'), teletex('Gr\xc8u\xfbe'), false],
    [UNICODE, encode(bmpString, 'GRÜßE'), true],
    [within(TAG.set, UNICODE, printable('de')), encode(bmpString, 'grüße'), true],
    [teletex('Gr\xc8ue'), encode(bmpString, 'grüe'), true],
    [encode(generalString(), 'Öl'), teletex('\xc8Ol'), true],
  ])('strings of all types, case %#', (value, asserted, isEqual) =>
    expect(equals('string', value, asserted)).toBe(isEqual),
  );

  const identifier = (country: string, domain: string, local: string) =>
    within(
      application(4),
      within(
        application(3),
        within(application(1), printable(country)),
        within(application(2), printable(domain)),
      ),
      Uint8Array.from([0x16, local.length, ...Buffer.from(local)]),
    );
  test.each([
    [identifier('XX', 'ICAO', 'a.1'), identifier('xx', 'icao', 'a.1'), true],
    [identifier('XX', 'ICAO', 'a.1'), identifier('XX', 'ICAO', 'A.1'), false],
    [identifier('XX', 'ICAO', 'a.1'), identifier('XY', 'ICAO', 'a.1'), false],
  ])('MTS identifiers, case %#', (value, asserted, isEqual) =>
    expect(equals('mtsIdentifier94', value, asserted)).toBe(isEqual),
  );
});

const FULL = name('/C=XX/A=ICAO/P=TEST/O=Region  One/OU1=Ops/CN=Duty Officer/DDA:TYPE=x/');

describe('O/R names', () => {
  test.each([
    ['/C=xx/A=icao/P=test/O=region one/OU1=OPS/CN=duty officer/DDA:type=X/', true],
    ['/C=XX/A=ICAO/P=TEST/O=Region One/OU1=Ops/CN=Duty Officer/', false],
    ['/C=XX/A=ICAO/P=TEST/O=Region One/OU1=Ops/CN=Duty Officer/DDA:TYPE=y/', false],
    ['/C=XX/A=ICAO/P=TEST/O=RegionOne/OU1=Ops/CN=Duty Officer/DDA:TYPE=x/', false],
  ])('%s is the same address: %s', (text, isEqual) => {
    expect(equals('orName', FULL, name(text))).toBe(isEqual);
    expect(equals('orName', name(text), FULL)).toBe(isEqual);
  });

  const ELEMENTS = '2.6.4.8.16';
  const SINGLE = '2.6.4.8.18';
  const SUBSTRINGS = '2.6.4.8.19';
  test.each([
    ['/C=XX/', true],
    ['/C=XX/CN=duty officer/', true],
    ['/C=XX/DDA:type=X/', true],
    ['/C=XX/CN=duty/', false],
    ['/C=XX/OU2=Ops/', false],
  ])('elements %s: %s', (text, matches) =>
    expect(otherMatches('orName', ELEMENTS, FULL, name(text))).toBe(matches),
  );
  test.each([
    ['/C=X/CN=DUTY/', true],
    ['/O=gion on/', true],
    ['/O=gion  two/', false],
    ['/OU2=o/', false],
  ])('substrings %s: %s', (text, matches) =>
    expect(otherMatches('orName', SUBSTRINGS, FULL, name(text))).toBe(matches),
  );
  test.each([
    ['duty OFFICER', true],
    ['duty', false],
    ['x', true],
  ])('single element %j: %s', (text, matches) =>
    expect(otherMatches('orName', SINGLE, FULL, printable(text))).toBe(matches),
  );

  test('an attribute matches by any of its forms', () => {
    // common-name [1] "Muller" with teletex-common-name [2] "Müller", and the latter alone.
    const address = '300f61041302474262031301208302 4f42';
    const both = hex(`60 2e ${address} 311b 300b800101a1061304 4d756c6c
      300c 800102 a107 1405 4dc8756c6c`);
    const one = hex(`60 21 ${address} 310e 300c 800102 a107 1405 4dc8756c6c`);
    const other = hex(`60 21 ${address} 310e 300c 800102 a107 1405 4dc8756c6d`);
    expect(equals('orName', both, one)).toBe(true);
    expect(equals('orName', one, both)).toBe(true);
    expect(equals('orName', both, other)).toBe(false);
  });

  test('directory names decide where an address is missing', () => {
    const alone = directory([6, printable('XX')], [3, teletex('Duty  Officer')]);
    const same = directory([6, printable('xx')], [3, printable('duty officer')]);
    const other = directory([6, printable('xx')], [3, printable('duty')]);
    expect(equals('orName', alone, same)).toBe(true);
    expect(equals('orName', alone, other)).toBe(false);
    expect(equals('orName', alone, FULL)).toBe(false);
    expect(otherMatches('orName', SINGLE, alone, printable('DUTY OFFICER'))).toBe(true);
  });

  test('the name in a redirection or an expansion', () => {
    const time = hex('170b323630313031313230305a');
    const expansion = within(TAG.sequence, FULL, time);
    const redirection = within(TAG.sequence, expansion, hex('0a0103'));
    for (const value of [expansion, redirection]) {
      expect(otherMatches('redirection', '2.6.4.8.21', value, FULL)).toBe(true);
      expect(otherMatches('redirection', '2.6.4.8.20', value, name('/C=XX/'))).toBe(true);
      expect(otherMatches('redirection', '2.6.4.8.20', value, name('/C=XY/'))).toBe(false);
      expect(otherMatches('redirection', '2.6.4.8.22', value, name('/O=one/'))).toBe(true);
      expect(otherMatches('redirection', '2.6.4.8.25', value, printable('ops'))).toBe(true);
    }
    expect(otherMatches('redirection', '2.6.4.8.23', redirection, hex('0a0103'))).toBe(true);
    expect(otherMatches('redirection', '2.6.4.8.23', redirection, hex('0a0100'))).toBe(false);
    expect(namedRuleOf(MATCHING.dlExpansion, '2.6.4.8.23')).toBeNull();
  });

  test('what was found about a value is found again', () => {
    const matches = MATCHING.orName.equality?.test(FULL);
    const other = name('/C=XX/A=ICAO/P=TEST/');
    for (let round = 0; round < 3; round += 1) {
      expect(matches?.([FULL])).toBe(true);
      expect(matches?.([other])).toBe(false);
      expect(matches?.([other, FULL])).toBe(true);
    }
  });
});

describe('what holds a name', () => {
  const freeForm = (text: string) => Uint8Array.from([0x80, text.length, ...Buffer.from(text)]);
  const telephone = (text: string) => Uint8Array.from([0x81, text.length, ...Buffer.from(text)]);
  const person = descriptor(FULL, freeForm('The Duty  Officer'), telephone('123'));

  test.each([
    [descriptor(FULL), true],
    [descriptor(FULL, freeForm('Someone else')), true],
    [descriptor(name('/C=XX/'), freeForm('The Duty Officer')), false],
    [descriptor(freeForm('the duty officer')), true],
    [descriptor(freeForm('the officer')), false],
    [descriptor(telephone('123')), true],
    [descriptor(telephone('1234')), false],
    [descriptor(), false],
  ])('O/R descriptors, case %#', (asserted, matches) =>
    expect(equals('orDescriptor', person, asserted)).toBe(matches),
  );

  const inSet = (text: Uint8Array) => descriptor(name('/C=XX/'), text);
  test('elements, substrings and single elements of descriptors', () => {
    const other = (rule: number, asserted: Uint8Array) =>
      otherMatches('orDescriptor', `2.6.1.14.${rule}`, person, asserted);
    expect(other(2, inSet(freeForm('THE DUTY OFFICER')))).toBe(true);
    expect(other(2, inSet(freeForm('duty')))).toBe(false);
    expect(other(3, inSet(freeForm('duty')))).toBe(true);
    expect(other(3, inSet(freeForm('night')))).toBe(false);
    expect(other(8, printable('the duty officer'))).toBe(true);
    expect(other(8, printable('ops'))).toBe(true);
    expect(other(8, printable('123'))).toBe(true);
    expect(other(8, printable('duty'))).toBe(false);
  });

  test('recipient specifiers and circulation members', () => {
    const value = specifier(FULL);
    expect(equals('recipientSpecifier', value, specifier(FULL))).toBe(true);
    expect(equals('recipientSpecifier', value, specifier(name('/C=XX/')))).toBe(false);
    const elements = '2.6.1.14.5';
    expect(otherMatches('recipientSpecifier', elements, value, specifier(name('/C=XX/')))).toBe(
      true,
    );
    const member = within(TAG.set, value, hex('0500'));
    const unchecked = within(TAG.set, value);
    expect(equals('circulationMember', member, unchecked)).toBe(true);
    expect(otherMatches('circulationMember', '2.6.1.14.14', member, unchecked)).toBe(false);
    expect(otherMatches('circulationMember', '2.6.1.14.14', member, member)).toBe(true);
    expect(otherMatches('circulationMember', '2.6.1.14.13', member, printable('OPS'))).toBe(true);
  });

  test('identifiers of messages', () => {
    const ipm = (user: Uint8Array[], relative: string) =>
      within(application(11), ...user, printable(relative));
    expect(equals('ipmIdentifier', ipm([FULL], '7'), ipm([FULL], '7'))).toBe(true);
    expect(equals('ipmIdentifier', ipm([FULL], '7'), ipm([FULL], '8'))).toBe(false);
    expect(equals('ipmIdentifier', ipm([FULL], '7'), ipm([], '7'))).toBe(false);
    expect(equals('ipmIdentifier', ipm([], '7'), ipm([], '7'))).toBe(true);
    expect(equals('ipmIdentifier', ipm([name('/C=XX/')], '7'), ipm([FULL], '7'))).toBe(false);
    // An EDIM's: a SET whose members have tags of their own.
    const [tag, ...contents] = FULL;
    expect(tag).toBe(0x60);
    const edim = within(TAG.set, Uint8Array.from([0xa0, ...contents]), hex('810137'));
    expect(equals('ipmIdentifier', edim, edim)).toBe(true);
    expect(equals('ipmIdentifier', edim, ipm([FULL], '7'))).toBe(true);
  });

  test('codes', () => {
    const text = (value: string) => within(TAG.set, encode(bmpString, value));
    const code = within(TAG.sequence, hex('0603550403'), text('Ops'));
    const same = within(TAG.sequence, hex('0603550403'), text('OPS'));
    expect(equals('distributionCode', code, same)).toBe(true);
    expect(equals('distributionCode', code, within(TAG.sequence, text('OPS')))).toBe(false);
    const category = within(TAG.sequence, within(context(1), encode(bmpString, 'Ops')));
    const equal = within(TAG.sequence, within(context(1), encode(bmpString, 'ops')));
    expect(equals('informationCategory', category, equal)).toBe(true);
    expect(equals('informationCategory', category, within(TAG.sequence))).toBe(false);
  });
});

describe('order', () => {
  test.each<[MatchingName, string, string, boolean, boolean]>([
    ['orderedInteger', '020105', '020105', true, true],
    ['orderedInteger', '020106', '020105', true, false],
    ['orderedInteger', '0201ff', '020100', false, true],
    ['utcTime', '170b323630313031313230305a', '170b323630313031313230315a', false, true],
    ['utcTime', '170b323630313031313230305a', '170b393930313031313230305a', true, false],
    ['length', '02022710', '0202270f', true, false],
  ])('%s: %s against %s', (rules, value, asserted, isAtLeast, isAtMost) => {
    const { ordering } = MATCHING[rules];
    expect(ordering?.atLeast(hex(asserted))([hex(value)])).toBe(isAtLeast);
    expect(ordering?.atMost(hex(asserted))([hex(value)])).toBe(isAtMost);
  });
});

describe('substrings', () => {
  const piece = (text: string): SubstringPiece => {
    const [, start, inner = '', end] = /^(\^?)(.*?)(\$?)$/.exec(text) ?? [];
    const kind = start === '^' ? 'initial' : end === '$' ? 'final' : 'any';
    return { kind, value: teletex(inner) };
  };
  const holds = (text: string, ...pieces: string[]) =>
    MATCHING.text.substrings?.test(pieces.map(piece))([teletex(text)]);
  test.each([
    ['Alpha Test', ['^al', 'a t', 'st$'], true],
    ['Alpha  Test', ['a t'], true],
    ['Alphabet', ['^alpha '], false],
    ['Alpha Test', ['^alpha '], true],
    ['Alpha Test', [' test$'], true],
    ['aba', ['^ab', 'ba$'], false],
    ['abba', ['^ab', 'ba$'], true],
    ['aaa', ['a', 'a', 'a', 'a'], false],
    ['aaa', ['a', 'a', 'a$'], true],
    ['abc', ['c$', '^a'], false],
    ['abc', ['b', '^a'], false],
    ['abc', [''], true],
    ['', ['a'], false],
  ])('%j has %j: %s', (text, pieces, matches) => expect(holds(text, ...pieces)).toBe(matches));
});

describe('near misses', () => {
  test.each<[MatchingName, string]>([
    ['integer', '160135'],
    ['boolean', '020101'],
    ['oid', '020101'],
    ['bits', '0401 ff'],
    ['utcTime', '170b323631333031313230305a'],
    ['utcTime', '180f32303236303130313132303030305a'],
    ['generalizedTime', '180e3230323630313031313230303030'],
    ['string', '020101'],
    ['orName', '1600'],
    ['ipmIdentifier', '6b00'],
    ['recipientSpecifier', '3100'],
    ['integer', ''],
    ['integer', '0201'],
  ])('%s: %j asserted is a violation', (rules, octets) => {
    const { equality } = MATCHING[rules];
    expect(() => equality?.test(hex(octets))).toThrow(/asn1|ber/);
  });

  test('a stored value that cannot be read leaves it undefined, unless another one matches', () => {
    const matches = MATCHING.integer.equality?.test(hex('020105'));
    expect(matches?.([hex('160135')])).toBeNull();
    expect(matches?.([hex('160135'), hex('020106')])).toBeNull();
    expect(matches?.([hex('0201'), hex('020105')])).toBe(true);
    expect(matches?.([])).toBe(false);
  });

  test('what came in 1994 is not there in 1988', () => {
    expect(ruleOf(MATCHING.orderedInteger94, 'ordering', '88')).toBeNull();
    expect(ruleOf(MATCHING.orderedInteger94, 'ordering', '94')?.oid).toBe('2.5.13.15');
    expect(ruleOf(MATCHING.orderedInteger94, 'equality', '88')?.oid).toBe('2.5.13.14');
    expect(ruleOf(MATCHING.orName94, 'equality', '88')).toBeNull();
    expect(ruleOf(MATCHING.none, 'equality', '94')).toBeNull();
  });
});
