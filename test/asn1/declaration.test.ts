import { describe, expect, test } from 'vitest';
import { choice } from '../../src/asn1/choice.js';
import { listOrEmpty, optional, required, withDefault } from '../../src/asn1/component.js';
import { sequenceOf } from '../../src/asn1/list.js';
import { boolean, integer, octetString } from '../../src/asn1/primitive.js';
import { sequence } from '../../src/asn1/sequence.js';
import { set } from '../../src/asn1/set.js';
import { explicit, implicit, tolerantExplicit } from '../../src/asn1/tagged.js';
import { decode, encode, type TypeOf } from '../../src/asn1/type.js';
import { formatHex, parseHex } from '../../src/base/octets.js';

const Range = choice('Range', {
  numbers: tolerantExplicit(
    0,
    sequence('NumberRange', {
      from: optional(tolerantExplicit(0, integer())),
      to: optional(tolerantExplicit(1, integer())),
    }),
  ),
});

const Selector = set('Selector', {
  childEntries: withDefault(explicit(0, boolean), false),
  range: optional(explicit(1, Range)),
  limit: optional(explicit(3, integer())),
  names: listOrEmpty(implicit(4, sequenceOf(octetString()))),
});
type Selector = TypeOf<typeof Selector>;

const hex = (text: string) => parseHex(text) as Uint8Array;

describe('declaration', () => {
  const cases: [string, Selector][] = [
    ['3100', { childEntries: false, names: [] }],
    ['3105a30302010a', { childEntries: false, limit: 10, names: [] }],
    [
      '3110a10ea00c300aa003020103a103020107',
      { childEntries: false, range: { kind: 'numbers', value: { from: 3, to: 7 } }, names: [] },
    ],
    [
      '3109a003010 1ffa4020400'.replaceAll(' ', ''),
      { childEntries: true, names: [new Uint8Array(0)] },
    ],
  ];

  test.each(cases)('%s both ways', (octets, value) => {
    expect(decode(Selector, hex(octets))).toEqual(value);
    expect(formatHex(encode(Selector, value))).toBe(octets);
  });

  test('an implicit tag where an explicit one belongs is understood', () => {
    expect(decode(Selector, hex('310aa108a006800103810107'))).toEqual(
      decode(Selector, hex('3110a10ea00c300aa003020103a103020107')),
    );
  });

  test('unknown members, other order and indefinite lengths are taken', () => {
    expect(decode(Selector, hex('3180a380020105 0000bf2a0101a0030101ff0000'))).toEqual({
      childEntries: true,
      limit: 5,
      names: [],
    });
  });

  test.each([
    ['3105a3030201', 'truncated'],
    ['3105a30302010a00', 'trailing-octets'],
    ['3105a303040100', 'unexpected-tag'],
    ['310aa30302010aa30302010a', 'component-twice'],
    ['3002', 'truncated'],
    ['3000', 'unexpected-tag'],
    ['3180a303020105', 'truncated'],
    ['', 'truncated'],
  ])('%s is %s', (octets, code) => {
    expect(() => decode(Selector, hex(octets))).toThrowError(
      expect.objectContaining({ kind: 'violation', code }),
    );
  });

  const Loose = sequence('Loose', { first: required(integer()), last: optional(boolean) });
  test('an unknown element of a sequence is passed over', () => {
    expect(decode(Loose, hex('300902010 504010a0101ff'.replaceAll(' ', '')))).toEqual({
      first: 5,
      last: true,
    });
  });

  test('a choice under a tolerant tag is read in its EXPLICIT form only', () => {
    const Inner = choice('Inner', { a: implicit(0, integer()), b: implicit(1, integer()) });
    const Outer = tolerantExplicit(1, Inner);
    expect(decode(Outer, Uint8Array.of(0xa1, 3, 0x81, 1, 7))).toEqual({ kind: 'b', value: 7 });
    for (const octets of [
      [0xa1, 0],
      [0x81, 1, 7],
      [0xa1, 3, 0x82, 1, 7],
    ]) {
      expect(() => decode(Outer, Uint8Array.from(octets))).toThrow(/bad-explicit-tag/);
    }
  });
});
