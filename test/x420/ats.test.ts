import { describe, expect, test } from 'vitest';
import {
  ATS_PRECEDENCE,
  atsPriorityOfPrecedence,
  formatAtsText,
  parseAtsText,
} from '../../src/x420/ats.js';

const header = { priority: 'SS', filingTime: '311200', optionalHeadingInformation: null } as const;

describe('ATS header', () => {
  test.each([
    ['\x01PRI: SS\r\nFT: 311200\r\n\r\n\x02text', null],
    ['\x01PRI: SS\r\nFT: 311200\r\n\n\x02text', null],
    ['\x01PRI: SS\r\nFT: 311200\r\n\x02text', null],
    ['\x01PRI: SS\r\nFT: 311200\r\nOHI: a word\r\n\r\n\x02text', 'a word'],
  ])('%j', (text, optionalHeadingInformation) =>
    expect(parseAtsText(text)).toEqual({
      header: { ...header, optionalHeadingInformation },
      text: 'text',
    }),
  );

  test.each([
    ['text'],
    ['PRI: SS\r\nFT: 311200\r\n\r\n\x02text'],
    ['\x01PRI: XX\r\nFT: 311200\r\n\r\n\x02text'],
    ['\x01PRI: SS\r\nFT: 321200\r\n\r\n\x02text'],
    ['\x01PRI: SS\r\nFT: 312400\r\n\r\n\x02text'],
    ['\x01PRI: SS\r\nFT: 31120\r\n\r\n\x02text'],
    ['\x01FT: 311200\r\nPRI: SS\r\n\r\n\x02text'],
    ['\x01PRI: SS\r\nFT: 311200\r\n\r\ntext'],
  ])('%j has none', (text) => expect(parseAtsText(text)).toBeNull());

  test('both ways', () => {
    expect(formatAtsText(header, 'x')).toBe('\x01PRI: SS\r\nFT: 311200\r\n\r\n\x02x');
    const long = { ...header, optionalHeadingInformation: 'a word' };
    expect(parseAtsText(formatAtsText(long, 'x'))).toEqual({ header: long, text: 'x' });
  });

  test('precedence', () => {
    expect(Object.values(ATS_PRECEDENCE).map(atsPriorityOfPrecedence)).toEqual(
      Object.keys(ATS_PRECEDENCE),
    );
    expect(atsPriorityOfPrecedence(70)).toBeNull();
  });
});
