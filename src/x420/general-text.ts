/**
 * General text: characters of registered sets, switched by escape sequences. We write ASCII, ISO
 * 8859-1 or UTF-8, whichever is the least that holds the text, and read those and the other parts
 * of ISO 8859.
 *
 * Source: X.420 (1999) 7.4.11; ISO-IR registrations 1, 6, 100, 196.
 */
import { octetsOfLatin1 } from '../base/octets.js';

const UTF8_ANNOUNCEMENT = '\u001b%G';
const UTF8_END = '\u001b%@';
const LATIN1_ANNOUNCEMENT = '\u001b-A';
const ESCAPE = '\u001b';

/** Right-hand parts of ISO 8859 by registration number. */
const ENCODINGS: ReadonlyMap<number, string> = new Map([
  [100, 'latin1'],
  [101, 'iso-8859-2'],
  [109, 'iso-8859-3'],
  [110, 'iso-8859-4'],
  [144, 'iso-8859-5'],
  [127, 'iso-8859-6'],
  [126, 'iso-8859-7'],
  [138, 'iso-8859-8'],
  [148, 'iso-8859-9'],
]);

export interface GeneralText {
  readonly characterSets: readonly number[];
  /** One character an octet. */
  readonly octets: string;
}

export function generalTextOf(text: string): GeneralText {
  if (isBelow(text, 0x7f)) return { characterSets: [1, 6], octets: text };
  if (isBelow(text, 0x100)) {
    return { characterSets: [1, 6, 100], octets: LATIN1_ANNOUNCEMENT + text };
  }
  const octets = Buffer.from(text, 'utf8').toString('latin1');
  return { characterSets: [1, 6, 196], octets: UTF8_ANNOUNCEMENT + octets + UTF8_END };
}

function isBelow(text: string, limit: number): boolean {
  return [...text].every((character) => (character.codePointAt(0) ?? 0) < limit);
}

export function textOfGeneralText({ characterSets, octets }: GeneralText): string {
  const plain = withoutEscapes(octets);
  if (octets.includes('\u001b%G') || octets.includes('\u001b%/')) return decodeAs('utf-8', plain);
  if (characterSets.includes(196) || characterSets.includes(192)) return decodeAs('utf-8', plain);
  const encoding = characterSets
    .map((set) => ENCODINGS.get(set))
    .find((name) => name !== undefined);
  return encoding === undefined || encoding === 'latin1' ? plain : decodeAs(encoding, plain);
}

/** Without the escape sequences: ESC, intermediate octets, a final one. */
function withoutEscapes(octets: string): string {
  const [first = '', ...rest] = octets.split(ESCAPE);
  return first + rest.map((piece) => piece.replace(/^[ -/]+[0-~]/, '')).join('');
}

function decodeAs(encoding: string, octets: string): string {
  return new TextDecoder(encoding).decode(octetsOfLatin1(octets));
}
