import { describe, expect, test } from 'vitest';
import { formatMessageName, parseMessageName } from '../../src/store/files/message-name.js';
import { sequenceNumber } from '../../src/x413/entry.js';

describe('message-name', () => {
  test.each([
    ['0000000001n', 1, 'new'],
    ['0000000042l', 42, 'listed'],
    ['2147483647p', 2_147_483_647, 'processed'],
  ] as const)('%s is %i, %s, and back', (file, sequence, status) => {
    expect(parseMessageName(file)).toEqual({ sequence, status });
    expect(formatMessageName({ sequence: sequenceNumber(sequence), status })).toBe(file);
  });

  test.each([
    '',
    'n',
    '0000000000n',
    '2147483648n',
    '000000001n',
    '00000000001n',
    '0000000001',
    '0000000001N',
    '0000000001x',
    ' 000000001n',
    '-000000001n',
    '0000000001n\n',
    '0000000001n.tmp',
    '\u0660000000001n',
  ])('%j is not ours', (file) => expect(parseMessageName(file)).toBeNull());

  test('byte order is number order across every change of width', () => {
    const numbers = Array.from({ length: 10 }, (_, i) => [10 ** i, 2 * 10 ** i]).flat();
    const names = numbers.map((n) => ({ sequence: sequenceNumber(n), status: 'new' }) as const);
    const files = names.map(formatMessageName);
    expect([...files].sort()).toEqual(files);
  });
});
