import { describe, expect, test } from 'vitest';
import { assert, present } from '../../src/base/assert.js';
import { errorData, RefusalError, ViolationError } from '../../src/base/errors.js';
import {
  equalOctets,
  formatHex,
  joinOctets,
  octetsOfLatin1,
  parseHex,
  sizeOf,
} from '../../src/base/octets.js';
import { seededRandom } from '../../src/base/random.js';

describe('octets', () => {
  test.each([
    ['', []],
    ['00ff', [0, 255]],
    ['0A b1', [10, 177]],
  ])('%j is %j', (text, octets) => {
    expect([...(parseHex(text) as Uint8Array)]).toEqual(octets);
  });

  test.each(['0', '0g', '0x00', '-1'])('%j is no hexadecimal', (text) => {
    expect(parseHex(text)).toBeNull();
  });

  test.each([0, 1, 31, 32, 33, 1_000])('a text of %i characters below 256', (length) => {
    const codes = Array.from({ length }, (_, at) => at % 256);
    const octets = octetsOfLatin1(String.fromCharCode(...codes));
    expect([...octets]).toEqual(codes);
  });

  test('pieces join in order, and one piece is not copied', () => {
    const piece = Uint8Array.of(1, 2);
    expect(joinOctets([piece])).toBe(piece);
    expect([...joinOctets([piece, new Uint8Array(0), Uint8Array.of(3)])]).toEqual([1, 2, 3]);
    expect(sizeOf([piece, piece])).toBe(4);
    expect(formatHex(joinOctets([]))).toBe('');
  });

  test.each([
    [[1, 2], [1, 2], true],
    [[1, 2], [1, 3], false],
    [[1, 2], [1], false],
    [[], [], true],
  ])('%j and %j are equal: %s', (a, b, expected) => {
    expect(equalOctets(Uint8Array.from(a), Uint8Array.from(b))).toBe(expected);
  });
});

describe('errors', () => {
  test('a false invariant throws with its sentence', () => {
    expect(() => assert(false, 'the sky is up')).toThrow('the sky is up');
    expect(() => present(null, 'it is there')).toThrow('it is there');
    expect(present(0, 'zero is there')).toBe(0);
  });

  test.each([
    [new ViolationError('cotp', 'bad-length'), { kind: 'violation', code: 'bad-length' }],
    [new RefusalError('rangeError', null), { kind: 'refusal', code: 'rangeError' }],
    [new TypeError('oops'), { kind: 'bug', code: 'TypeError' }],
    ['thrown text', { kind: 'bug', code: 'thrown' }],
  ])('%s crosses threads as data', (error, data) => {
    expect(errorData(error)).toMatchObject(data);
  });
});

describe('random', () => {
  test('the seed decides everything', () => {
    expect(formatHex(seededRandom(7).octets(16))).toBe(formatHex(seededRandom(7).octets(16)));
    expect(formatHex(seededRandom(7).octets(16))).not.toBe(formatHex(seededRandom(8).octets(16)));
  });

  test('below stays below and reaches every value', () => {
    const random = seededRandom(1);
    const seen = new Set(Array.from({ length: 1_000 }, () => random.below(10)));
    expect([...seen].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});
