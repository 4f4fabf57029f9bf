/**
 * The messages of the benches: interpersonal messages of a given size, made once and then numbered
 * in place, so that making them costs next to nothing in the measured time.
 *
 * Source: ours; X.411 (1999) 8.3, X.420 (1999) 7 for what they are.
 */
import { seededRandom } from '../../src/base/random.js';
import { composeDelivery } from '../../src/client/index.js';
import { parseOrAddress } from '../../src/x411/or-address-text.js';
import type { OrName } from '../../src/x411/or-name.js';
import { ia5TextPart } from '../../src/x420/body-part.js';
import { composeIpm } from '../../src/x420/compose.js';
import { addressOf } from './server-process.js';

const IPM_1988 = '2.6.1.10.1';
const SEED = 42;
/** Stands where a number is put in; nowhere else in a message. */
const MARK = '99999999';
/** 2026-01-01T00:00:00Z: the same octets in every run. */
const DELIVERY_TIME = 1_767_225_600;

/** The text of all bodies: printable, and not to be compressed away. */
const TEXT = Buffer.from(seededRandom(SEED).octets(64_000)).toString('base64').replaceAll('9', '8');

/** A word that only the marked messages have in their subject. */
export const RARE_WORD = 'quetzal';

export interface MessageKind {
  readonly contentBytes: number;
  readonly priority?: 'normal' | 'urgent';
  readonly subject?: string;
}

/** Octets in which a number stands at some places, always with the same count of digits. */
export class Stencil {
  readonly octets: Buffer;
  readonly #places: readonly number[];

  /** A window on the octets: they are changed in place. */
  constructor(octets: Uint8Array) {
    this.octets = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength);
    const places: number[] = [];
    for (let at = this.octets.indexOf(MARK); at >= 0; at = this.octets.indexOf(MARK, at + 1)) {
      places.push(at);
    }
    this.#places = places;
  }

  /** Puts the number in; the octets stay the same buffer. */
  number(value: number): Buffer {
    const digits = String(value).padStart(MARK.length, '0');
    for (const place of this.#places) this.octets.write(digits, place, 'latin1');
    return this.octets;
  }
}

/** The argument of a message-delivery, its number still open. */
export function deliveryStencil(mailbox: string, kind: MessageKind): Stencil {
  const { priority = 'normal' } = kind;
  const argument = composeDelivery({
    recipient: addressOf(mailbox),
    originator: addressOf('sender'),
    contentType: IPM_1988,
    content: ipmOf(mailbox, kind),
    priority,
    localIdentifier: `bench.${MARK}`,
    deliveryTime: DELIVERY_TIME,
  });
  return new Stencil(argument);
}

/** A content of exactly the octets asked for. */
function ipmOf(mailbox: string, { contentBytes, subject = 'figures' }: MessageKind): Uint8Array {
  const make = (textBytes: number) =>
    composeIpm({
      originator: nameOf('sender'),
      identifier: `bench ${MARK}`,
      to: [nameOf(mailbox)],
      subject: `${subject} ${MARK}`,
      body: [ia5TextPart(TEXT.slice(0, textBytes))],
    });
  const rough = make(contentBytes);
  let content = make(Math.max(0, contentBytes - (rough.length - contentBytes)));
  // Length fields may have become shorter.
  const missing = contentBytes - content.length;
  if (missing !== 0) content = make(Math.max(0, 2 * contentBytes - rough.length + missing));
  return content;
}

function nameOf(mailbox: string): OrName {
  const parsed = parseOrAddress(addressOf(mailbox));
  if (parsed.kind === 'problem') throw new Error(parsed.problem);
  return parsed.name;
}
