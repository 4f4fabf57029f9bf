import { describe, expect, test } from 'vitest';
import { formatUtcTime, secondsOfUtcTime } from '../../src/asn1/time.js';

describe('UTCTime', () => {
  test.each([
    ['700101000000Z', 0],
    ['2601011200Z', Date.UTC(2026, 0, 1, 12) / 1000],
    ['260101120030Z', Date.UTC(2026, 0, 1, 12, 0, 30) / 1000],
    ['2601011400+0200', Date.UTC(2026, 0, 1, 12) / 1000],
    ['260101070030-0500', Date.UTC(2026, 0, 1, 12, 0, 30) / 1000],
    ['491231235959Z', Date.UTC(2049, 11, 31, 23, 59, 59) / 1000],
    ['500101000000Z', Date.UTC(1950, 0, 1) / 1000],
    ['240229000000Z', Date.UTC(2024, 1, 29) / 1000],
  ])('%s', (text, seconds) => expect(secondsOfUtcTime(text)).toBe(seconds));

  test.each([
    ['2601011200'],
    ['2601011200z'],
    ['260230120000Z'],
    ['250229000000Z'],
    ['261301120000Z'],
    ['260101240000Z'],
    ['260101126000Z'],
    ['26010112000Z'],
    ['20260101120000Z'],
    ['2601011200+02'],
    ['2601011200+2400'],
    [''],
  ])('"%s" is none', (text) => expect(secondsOfUtcTime(text)).toBeNull());

  test('both ways', () => {
    expect(formatUtcTime(0)).toBe('700101000000Z');
    expect(secondsOfUtcTime(formatUtcTime(1_767_268_830.9))).toBe(1_767_268_830);
  });
});
