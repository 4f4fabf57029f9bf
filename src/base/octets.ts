/**
 * Small work on octet strings. Nothing here knows what the octets mean.
 *
 * Source: ours.
 */

/**
 * Octets in pieces, in order: what a layer hands down, so that nobody copies to prepend a header.
 */
export type Pieces = readonly Uint8Array[];

/** The empty octet string. */
export const NO_OCTETS = new Uint8Array(0);

/** How many octets the pieces hold together. */
export function sizeOf(pieces: Pieces): number {
  let size = 0;
  for (const piece of pieces) size += piece.length;
  return size;
}

/** One octet string from pieces. A single piece is returned as it is, not copied. */
export function joinOctets(pieces: Pieces): Uint8Array {
  const first = pieces[0];
  if (first === undefined) return NO_OCTETS;
  if (pieces.length === 1) return first;
  const joined = new Uint8Array(sizeOf(pieces));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}

/** In octets of its own. So does `slice`, but where it is a Buffer's, which copies nothing. */
export function copyOctets(octets: Uint8Array): Uint8Array {
  return Uint8Array.prototype.slice.call(octets);
}

/** Whether both hold the same octets. Not constant in time: never for secrets. */
export function equalOctets(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return false;
  return true;
}

const HEX = Array.from({ length: 256 }, (_, octet) => octet.toString(16).padStart(2, '0'));

/** Lower-case hexadecimal, two digits an octet, no separator. */
export function formatHex(octets: Uint8Array): string {
  let text = '';
  for (const octet of octets) text += HEX[octet];
  return text;
}

/** Reads hexadecimal, spaces allowed between octets. Null where the text is something else. */
export function parseHex(text: string): Uint8Array | null {
  const digits = text.replaceAll(/\s+/g, '');
  if (digits.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(digits)) return null;
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) =>
    Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16),
  );
}

/** Below it a loop is done before the call into the runtime is. */
const LATIN1_LOOP_MAX = 32;

/** The octets of a text all of whose characters are below 256, one octet a character. */
export function octetsOfLatin1(text: string): Uint8Array {
  const octets = new Uint8Array(text.length);
  if (text.length < LATIN1_LOOP_MAX) {
    for (let at = 0; at < text.length; at += 1) octets[at] = text.charCodeAt(at);
  } else {
    Buffer.from(octets.buffer).write(text, 'latin1');
  }
  return octets;
}
