/**
 * A subject in 32 bits: a bit for each pair of neighbouring letters, whatever their case. A text
 * that holds another has all its bits, so a search for a part of a subject looks at few subjects.
 *
 *     "Flight"  fl li ig gh ht   five of 32 bits
 *
 * Pairs with a space are left out, for spaces are folded where subjects are compared, and so are
 * pairs with an octet beyond ASCII, which may be half of a T.61 letter. A subject that has such an
 * octet may be searched for in letters of ASCII that are not in it (a sharp s is two of them, a
 * superior figure is a figure): of it nothing is known.
 *
 * Source: ours; X.413 (1999) 8.1.2 for how strings match. FROZEN: it is in snapshots.
 */

/** What a text has of which nothing is known: no search may pass it over. */
export const ANY_SIGNATURE = 0xffff_ffff;

/** Odd and without pattern: pairs spread over all bits. */
const SPREAD = 0x9e3779b1;
const SHORT_LENGTH_MAX = 127;
const PRINTABLE = 0x13;
const TELETEX = 0x14;
const IA5 = 0x16;

/** Lower case of an ASCII octet that counts; 0 of one that does not. */
const FOLDED = Uint8Array.from({ length: 256 }, (_, octet) => {
  if (octet <= 0x20 || octet >= 0x7f) return 0;
  return 0x41 <= octet && octet <= 0x5a ? octet + 0x20 : octet;
});

/** Of the octets of a text, from `start` on. */
export function signatureOfText(octets: Uint8Array, start = 0): number {
  let bits = 0;
  let before = 0;
  for (let at = start; at < octets.length; at += 1) {
    const here = FOLDED[octets[at] ?? 0] ?? 0;
    if (before !== 0 && here !== 0) bits |= 1 << (Math.imul(before * 31 + here, SPREAD) >>> 27);
    before = here;
  }
  return bits >>> 0;
}

/** Of a subject as an element; {@link ANY_SIGNATURE} for every form but a plain string of ASCII. */
export function signatureOfSubject(element: Uint8Array): number {
  const [tag, length = 0, second = 0] = element;
  if (tag !== TELETEX && tag !== PRINTABLE && tag !== IA5) return ANY_SIGNATURE;
  if (length <= SHORT_LENGTH_MAX && element.length === length + 2) return signatureOf(element, 2);
  if (length === 0x81 && element.length === second + 3) return signatureOf(element, 3);
  return ANY_SIGNATURE;
}

function signatureOf(element: Uint8Array, start: number): number {
  for (let at = start; at < element.length; at += 1) {
    if ((element[at] ?? 0) >= 0x80) return ANY_SIGNATURE;
  }
  return signatureOfText(element, start);
}
