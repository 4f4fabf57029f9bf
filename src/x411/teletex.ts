/**
 * TeletexString and Unicode: the Latin part of T.61, in which an accent stands as an octet of its
 * own in front of its letter. Octets that are no such pair are read as Latin-1, which is what many
 * senders mean.
 *
 * Source: T.61 (1993) table 2; the fall-back is ours.
 */
const ACCENTS: ReadonlyMap<number, string> = new Map([
  [0xc1, '\u0300'],
  [0xc2, '\u0301'],
  [0xc3, '\u0302'],
  [0xc4, '\u0303'],
  [0xc5, '\u0304'],
  [0xc6, '\u0306'],
  [0xc7, '\u0307'],
  [0xc8, '\u0308'],
  [0xca, '\u030a'],
  [0xcb, '\u0327'],
  [0xcd, '\u030b'],
  [0xce, '\u0328'],
  [0xcf, '\u030c'],
]);
const OCTETS = new Map([...ACCENTS].map(([octet, accent]) => [accent, octet]));
/** The text of a string of T.61 octets, one character an octet. */
export function textOfTeletex(octets: string): string {
  return octets
    .replaceAll(/([\u00c1-\u00cf])([A-Za-z])/g, (pair, accent: string, letter: string) => {
      const mark = ACCENTS.get(accent.charCodeAt(0));
      return mark === undefined ? pair : `${letter}${mark}`;
    })
    .normalize('NFC');
}

/** The T.61 octets of a text, one character an octet; null where T.61 cannot write it. */
export function teletexOfText(text: string): string | null {
  let octets = '';
  for (const character of text.normalize('NFC')) {
    const [base = '', mark, more] = character.normalize('NFD');
    const accent = mark === undefined ? undefined : OCTETS.get(mark);
    if (more !== undefined || (mark !== undefined && accent === undefined)) return null;
    if (base > '~') return null;
    octets += (accent === undefined ? '' : String.fromCharCode(accent)) + base;
  }
  return octets;
}
