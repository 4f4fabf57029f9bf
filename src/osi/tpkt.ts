/**
 * TPKT: TPDUs in a TCP stream, each behind a version, a reserved octet and a 16-bit length that
 * counts the header too. A reader takes chunks as TCP gives them, one octet at a time or many
 * packets at once; a packet that lies within one chunk is a window on it.
 *
 * Source: RFC 1006 6.
 */
import { ViolationError } from '../base/errors.js';
import { joinOctets, type Pieces, sizeOf } from '../base/octets.js';
import { TPKT_BYTES_MAX, TPKT_BYTES_MIN } from '../limits.js';

const VERSION = 3;
const HEADER_BYTES = 4;

export class TpktReader {
  /** The packet that is not whole yet, in the pieces in which it came. */
  #pieces: Uint8Array[] = [];
  #heldBytes = 0;
  /** Length of that packet; 0 while its header is not whole. */
  #packetBytes = 0;

  /** Octets of a packet that has begun and not ended. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** The TPDUs that the octets complete. Throws a `tpkt` violation; nothing can follow it. */
  push(octets: Uint8Array): Uint8Array[] {
    const tpdus: Uint8Array[] = [];
    let at = 0;
    while (at < octets.length) {
      const wanted = this.#packetBytes === 0 ? HEADER_BYTES : this.#packetBytes;
      const taken = octets.subarray(at, at + wanted - this.#heldBytes);
      at += taken.length;
      this.#pieces.push(taken);
      this.#heldBytes += taken.length;
      if (this.#heldBytes < wanted) break;
      if (this.#packetBytes === 0) {
        // Where the header came whole the body is read as its continuation, without a copy.
        this.#packetBytes = packetBytes(joinOctets(this.#pieces));
        const body = octets.subarray(at, at + this.#packetBytes - HEADER_BYTES);
        if (body.length < this.#packetBytes - HEADER_BYTES) continue;
        at += body.length;
        tpdus.push(body);
      } else {
        tpdus.push(joinOctets(this.#pieces).subarray(HEADER_BYTES));
      }
      this.#pieces = [];
      this.#heldBytes = 0;
      this.#packetBytes = 0;
    }
    return tpdus;
  }
}

function packetBytes(header: Uint8Array): number {
  const [version, , high = 0, low = 0] = header;
  if (version !== VERSION) throw new ViolationError('tpkt', 'bad-version');
  const length = high * 256 + low;
  if (length < TPKT_BYTES_MIN) throw new ViolationError('tpkt', 'bad-length');
  return length;
}

/** Up to here the first pieces of a TPDU, which are headers, are joined with that of the TPKT. */
const HEAD_BYTES_MAX = 128;

/** A TPDU with its header in front: one small piece, then what is not copied. */
export function frameTpdu(tpdu: Pieces): Pieces {
  const length = HEADER_BYTES + sizeOf(tpdu);
  if (length > TPKT_BYTES_MAX) throw new RangeError('a TPDU fits a TPKT');
  let headBytes = HEADER_BYTES;
  let count = 0;
  for (const piece of tpdu) {
    if (headBytes + piece.length > HEAD_BYTES_MAX) break;
    headBytes += piece.length;
    count += 1;
  }
  const head = new Uint8Array(headBytes);
  head[0] = VERSION;
  head[2] = length >> 8;
  head[3] = length & 0xff;
  let at = HEADER_BYTES;
  for (const piece of tpdu.slice(0, count)) {
    head.set(piece, at);
    at += piece.length;
  }
  return [head, ...tpdu.slice(count)];
}
