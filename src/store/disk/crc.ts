/**
 * CRC-32C (Castagnoli), as in message files and journal.
 *
 * Combining: the CRC is linear, so what stands before n octets counts as itself times x^8n, modulo
 * the polynomial.
 *
 * Source: RFC 3720 B.4; @node-rs/crc32.
 */
import { crc32c } from '@node-rs/crc32';
import type { Pieces } from '../../base/octets.js';

/** The polynomial, bits reversed: bit 31 is x^0. */
const POLYNOMIAL = 0x82f6_3b78;

/** CRC-32C of all pieces, one after the other. */
export function crcOf(pieces: Pieces): number {
  let crc = 0;
  for (const piece of pieces) crc = crcContinued(crc, piece);
  return crc >>> 0;
}

/** The CRC of what `crc` is of, then the octets. */
export function crcContinued(crc: number, octets: Uint8Array): number {
  return octets.length === 0 ? crc : crc32c(octets, crc);
}

/** The product of two polynomials, modulo the polynomial. */
function times(a: number, b: number): number {
  let product = 0;
  for (let bit = 1 << 31; bit !== 0; bit >>>= 1) {
    if ((a & bit) !== 0) product ^= b;
    b = (b & 1) === 0 ? b >>> 1 : (b >>> 1) ^ POLYNOMIAL;
  }
  return product >>> 0;
}

/**
 * By i: what x^(8 * 2^i), which stands for 2^i octets, makes of a CRC. Four tables of 256, one for
 * each octet of the CRC: the products of a sum are the sum of the products.
 */
const SHIFTS: Uint32Array[] = [];

function shiftTable(power: number): Uint32Array {
  const table = new Uint32Array(1_024);
  for (let octet = 0; octet < 4; octet += 1)
    for (let value = 1; value < 256; value += 1) {
      const bit = value & -value;
      table[256 * octet + value] =
        value === bit
          ? times(power, bit << (8 * octet))
          : (table[256 * octet + bit] ?? 0) ^ (table[256 * octet + (value ^ bit)] ?? 0);
    }
  return table;
}

for (let i = 0, power = 1 << 23; i < 32; i += 1, power = times(power, power))
  SHIFTS.push(shiftTable(power));

/** The CRC of two octet strings, one after the other, from the CRC of each. */
export function crcCombined(first: number, second: number, secondBytes: number): number {
  let crc = first;
  for (let i = 0, left = secondBytes; left !== 0; i += 1, left >>>= 1) {
    const table = SHIFTS[i];
    if ((left & 1) === 0 || table === undefined) continue;
    crc =
      (table[crc & 255] ?? 0) ^
      (table[256 + ((crc >>> 8) & 255)] ?? 0) ^
      (table[512 + ((crc >>> 16) & 255)] ?? 0) ^
      (table[768 + (crc >>> 24)] ?? 0);
  }
  return (crc ^ second) >>> 0;
}
