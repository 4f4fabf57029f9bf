/**
 * The message file: one message, written once, never changed. FROZEN.
 *
 *     0  8  magic "RSTMSG\r\n"     16  4  length of the front section
 *     8  2  version, 1             20  4  length of the envelope
 *    10  2  flags: bit 0 content   24  4  length of the content
 *    12  4  sequence number        28  4  CRC-32C of octets 0..27 and the front section
 *    32  front section (MessagePack), envelope, content, CRC-32C of all before
 *
 * Numbers are big-endian. A rebuild reads header and front section only.
 *
 * Source: ours. docs/formats/message-file.md.
 */
import { assert, present } from '../../base/assert.js';
import { DamageError } from '../../base/errors.js';
import { type SequenceNumber, sequenceNumber } from '../../x413/entry.js';
import type { NewMessage, StoredMessage } from '../contract.js';
import { crcOf } from '../disk/crc.js';
import { type MessageFront, packFront, type StoredEntry, unpackFront } from './front-section.js';

export const MESSAGE_HEADER_BYTES = 32;
export const TRAILER_BYTES = 4;
const VERSION = 1;
const MAGIC = Buffer.from('RSTMSG\r\n', 'latin1');
const HAS_CONTENT = 1;

/** Gives the entries of a message their numbers, from `first` on. */
export function numberEntries(first: number, message: NewMessage): MessageFront {
  assert(message.entries.length > 0, 'a message has a main-entry');
  const childrenOf = message.entries.map((): SequenceNumber[] => []);
  const entries = message.entries.map((entry, index): StoredEntry => {
    const { parentIndex } = entry;
    assert(parentIndex === null || parentIndex < index, 'a parent stands before its children');
    if (parentIndex !== null) childrenOf[parentIndex]?.push(sequenceNumber(first + index));
    // Element by element: this is on the way of every delivery, where a spread takes its time.
    return {
      sequence: sequenceNumber(first + index),
      parent: parentIndex === null ? 0 : first + parentIndex,
      children: present(childrenOf[index], 'a list for each entry'),
      entryType: entry.entryType,
      priority: entry.priority,
      precedence: entry.precedence,
      contentLength: entry.contentLength,
      contentType: entry.contentType,
      creationTime: entry.creationTime,
      contentReturned: entry.contentReturned,
      partCount: entry.partCount,
      cached: entry.cached,
      contentRange: entry.contentRange,
    };
  });
  return { deliveryIdentifier: message.deliveryIdentifier, entries };
}

/** What {@link numberEntries} was given, from the image of a whole file. Throws DamageError. */
export function unnumberedMessage(image: Uint8Array, file: string): NewMessage {
  const { deliveryIdentifier, entries } = decodeMessageFront(image, file);
  const first = entries[0]?.sequence ?? 0;
  return {
    ...decodeMessageFile(image, file),
    deliveryIdentifier,
    entries: entries.map(({ sequence: _, parent, children: __, ...facts }) => ({
      ...facts,
      parentIndex: parent === 0 ? null : parent - first,
    })),
  };
}

/** A message file that is still to be written down, its length known. */
export interface MessagePlan {
  readonly sequence: number;
  readonly section: Uint8Array;
  readonly message: StoredMessage;
  /** Of the whole file. */
  readonly bytes: number;
}

export function planMessageFile(front: MessageFront, message: StoredMessage): MessagePlan {
  const section = packFront(front);
  const { sequence } = present(front.entries[0], 'a main-entry');
  const bytes =
    MESSAGE_HEADER_BYTES +
    section.length +
    message.envelope.length +
    (message.content?.length ?? 0) +
    TRAILER_BYTES;
  return { sequence, section, message, bytes };
}

/**
 * Writes the file down at `at`, each octet once, and reads it once for its CRC. Returns the CRC-32C
 * of all but the last four octets, which are that CRC.
 */
export function writeMessageFile(plan: MessagePlan, octets: Buffer, at: number): number {
  const { sequence, section, message, bytes } = plan;
  const { envelope, content } = message;
  const envelopeStart = at + MESSAGE_HEADER_BYTES + section.length;
  const end = at + bytes - TRAILER_BYTES;
  octets.set(MAGIC, at);
  octets.writeUInt16BE(VERSION, at + 8);
  octets.writeUInt16BE(content === null ? 0 : HAS_CONTENT, at + 10);
  octets.writeUInt32BE(sequence, at + 12);
  octets.writeUInt32BE(section.length, at + 16);
  octets.writeUInt32BE(envelope.length, at + 20);
  octets.writeUInt32BE(content?.length ?? 0, at + 24);
  octets.set(section, at + MESSAGE_HEADER_BYTES);
  octets.set(envelope, envelopeStart);
  if (content !== null) octets.set(content, end - content.length);
  octets.writeUInt32BE(crcOf([octets.subarray(at, at + 28), section]), at + 28);
  const crc = crcOf([octets.subarray(at, end)]);
  octets.writeUInt32BE(crc, end);
  return crc;
}

/** The whole file, in one piece. */
export function encodeMessageFile(front: MessageFront, message: StoredMessage): Uint8Array {
  const plan = planMessageFile(front, message);
  const file = Buffer.allocUnsafeSlow(plan.bytes);
  writeMessageFile(plan, file, 0);
  return file;
}

/** The main-entry's number, as the header of a whole file tells it. */
export function messageSequence(octets: Uint8Array): number {
  return viewOf(octets).getUint32(12);
}

/** Octets of header and front section; what a first read must ask for again if it got fewer. */
export function frontLength(octets: Uint8Array, file: string): number {
  if (octets.length < MESSAGE_HEADER_BYTES) throw new DamageError('message-damaged', file);
  return MESSAGE_HEADER_BYTES + viewOf(octets).getUint32(16);
}

function viewOf(octets: Uint8Array): DataView {
  return new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
}

/** The front, its CRC verified. `octets` may end after the front section. Throws DamageError. */
export function decodeMessageFront(octets: Uint8Array, file: string): MessageFront {
  const end = frontLength(octets, file);
  const view = viewOf(octets);
  const header = octets.subarray(0, 28);
  const section = octets.subarray(MESSAGE_HEADER_BYTES, end);
  const isWhole = MAGIC.equals(octets.subarray(0, 8)) && octets.length >= end;
  if (!isWhole || view.getUint32(28) !== crcOf([header, section]) || view.getUint16(8) !== VERSION)
    throw new DamageError('message-damaged', file);
  try {
    return unpackFront(section);
  } catch (cause) {
    throw new DamageError('message-damaged', file, { cause });
  }
}

/**
 * Envelope and content as windows on `octets`, the CRC of all verified unless they come from memory
 * of ours. Throws DamageError.
 */
export function decodeMessageFile(
  octets: Uint8Array,
  file: string,
  isVerified = false,
): StoredMessage {
  const front = frontLength(octets, file);
  const view = viewOf(octets);
  const envelopeEnd = front + view.getUint32(20);
  const end = envelopeEnd + view.getUint32(24);
  const isWhole = octets.length === end + TRAILER_BYTES && MAGIC.equals(octets.subarray(0, 8));
  if (!isWhole || (!isVerified && view.getUint32(end) !== crcOf([octets.subarray(0, end)])))
    throw new DamageError('message-damaged', file);
  const hasContent = (view.getUint16(10) & HAS_CONTENT) !== 0;
  return {
    envelope: octets.subarray(front, envelopeEnd),
    content: hasContent ? octets.subarray(envelopeEnd, end) : null,
  };
}
