/**
 * Text in the form in which it is compared where letter case and blanks do not count.
 *
 * Source: ours; the Unicode forms are those of UAX 15 and of simple case mapping.
 */

/** One case, no outer blanks, inner runs of blanks as one, compatible characters made one. */
export function foldText(text: string): string {
  // Upper before lower: only so are letters with two lower cases (final sigma, long s) one.
  return foldBlanks(text.normalize('NFKC').toUpperCase().toLowerCase());
}

/** No outer blanks, inner runs of blanks as one. */
export function foldBlanks(text: string): string {
  return text.trim().replaceAll(/\s+/g, ' ');
}
