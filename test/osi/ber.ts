/** BER written by hand, as hexadecimal text: what a peer might send, right or wrong. */
import { parseHex } from '../../src/base/octets.js';

export function octets(hex: string): Uint8Array {
  const parsed = parseHex(hex);
  if (parsed === null) throw new Error(`no hexadecimal: ${hex}`);
  return parsed;
}

/** A tag and its contents, the length in the shortest definite form. */
export function element(tag: string, ...contents: string[]): string {
  const content = contents.join('').replaceAll(' ', '');
  const length = content.length / 2;
  const digits = length.toString(16);
  const even = digits.padStart(digits.length + (digits.length % 2), '0');
  return length < 0x80
    ? `${tag}${even}${content}`
    : `${tag}${(0x80 + even.length / 2).toString(16)}${even}${content}`;
}

/** The same with indefinite length. */
export function indefinite(tag: string, ...contents: string[]): string {
  return `${tag}80${contents.join('')}0000`;
}

export const BER = '06025101';
export const ACSE = '060452010001';
/** id-as-ms-88 and id-as-mrse-88. */
export const MS = '060456000209';
export const MRSE = '060456000205';

/** An item of a context definition list. */
export function contextItem(id: number, syntax: string, transfer = BER): string {
  return element(
    '30',
    element('02', id.toString(16).padStart(2, '0')),
    syntax,
    element('30', transfer),
  );
}

/** User data of one value, fully encoded. */
export function userData(id: number, value: string): string {
  const pdv = [element('02', id.toString(16).padStart(2, '0')), element('a0', value)];
  return element('61', element('30', ...pdv));
}

/** A CP of normal mode. */
export function connect(contexts: readonly string[], ...fields: string[]): string {
  return element('31', 'a003800101', element('a2', element('a4', ...contexts), ...fields));
}
