/**
 * Message-delivery: what the store is to keep of one.
 *
 * The envelope is kept in the octets that arrived, without the content; the content likewise. A
 * content that cannot be read is stored with the attributes of its envelope: the store is not its
 * judge.
 *
 * Source: X.411 (1999) 8.3.1.1; X.413 (1999) 6.3, 11.2.
 */
import { readElement } from '../asn1/reader.js';
import { utcTime } from '../asn1/string.js';
import { TAG } from '../asn1/tag.js';
import { decodeElement } from '../asn1/type.js';
import { BerWriter } from '../asn1/writer.js';
import type { NewEntry, NewMessage } from '../store/contract.js';
import { crcOf } from '../store/disk/crc.js';
import { MTS_ERROR } from '../x411/application-contexts.js';
import { MessageDeliveryArgument } from '../x411/delivery.js';
import { PRIORITY } from '../x411/envelope-parts.js';
import { unsupportedCriticalExtension } from '../x411/extension.js';
import { MtsIdentifier } from '../x411/identifiers.js';
import { CACHED_ATTRIBUTE } from '../x413/entry.js';
import { MsRefusal } from '../x413/errors.js';
import { describeContent } from '../x420/content.js';
import {
  addForwarded,
  type CachedValues,
  cacheContentFields,
  cacheDeliveryFields,
  cacheValue,
  knownContentType,
} from './new-entries.js';

/** An empty MessageDeliveryResult. */
export const MESSAGE_DELIVERY_RESULT = Uint8Array.of(0x31, 0x00);

/**
 * Throws a violation where the octets are no MessageDeliveryArgument, and a refusal where an
 * extension is critical for delivery and not known. `creationTime` in seconds since 1970.
 */
export function newMessageOf(octets: Uint8Array, creationTime: number): NewMessage {
  const element = readElement(octets);
  const argument = decodeElement(MessageDeliveryArgument, element);
  const { messageDeliveryIdentifier, messageDeliveryTime, otherFields, content } = argument;
  refuseUnknownCritical(unsupportedCriticalExtension(otherFields.extensions, 'for-delivery'));
  const contentType = knownContentType(otherFields.contentType, content);
  const description = describeContent(contentType, content);
  const cached: CachedValues = new Map();
  const C = CACHED_ATTRIBUTE;
  cacheValue(cached, C.messageIdentifier, MtsIdentifier, messageDeliveryIdentifier);
  cacheValue(cached, C.messageDeliveryTime, utcTime, messageDeliveryTime);
  cacheDeliveryFields(cached, otherFields);
  cacheContentFields(cached, description);
  const main: NewEntry = {
    parentIndex: null,
    entryType: 'delivered-message',
    priority: PRIORITY[otherFields.priority],
    precedence: description?.precedence ?? -1,
    contentLength: content.length,
    contentType,
    creationTime,
    contentReturned: null,
    partCount: description?.partCount ?? 0,
    cached,
    contentRange: null,
  };
  const entries = [main];
  addForwarded(entries, description, { content, contentType, creationTime, offset: 0 });
  const deliveryIdentifier = identityOf(cached.get(C.messageIdentifier), content);
  return { envelope: envelopeOf(element), content, entries, deliveryIdentifier };
}

/**
 * What a repetition of the delivery has too: MTS identifier, length and CRC-32C of the content. An
 * MTA that gives one identifier to two messages must not make us lose the second.
 */
function identityOf(identifier: Uint8Array | undefined, content: Uint8Array): Uint8Array | null {
  if (identifier === undefined) return null;
  const identity = new Uint8Array(identifier.length + 8);
  identity.set(identifier);
  const view = new DataView(identity.buffer, identifier.length);
  view.setUint32(0, content.length);
  view.setUint32(4, crcOf([content]));
  return identity;
}

/** Throws error 13 where there is such an extension. */
export function refuseUnknownCritical(extension: unknown): void {
  if (extension === null) return;
  const code = MTS_ERROR.unsupportedCriticalFunction;
  throw new MsRefusal('unsupported-critical-function', { code, parameter: null });
}

/** SEQUENCE of identifier, time and other-fields: all that stands before the content. */
function envelopeOf(argument: ReturnType<typeof readElement>): Uint8Array {
  const reader = argument.children();
  let end = argument.contentStart;
  for (let child = reader.next(); child !== null && child.tag !== TAG.octetString; ) {
    end = child.end;
    child = reader.next();
  }
  const writer = new BerWriter(end - argument.contentStart + 16);
  const mark = writer.mark();
  writer.octets(argument.octets.subarray(argument.contentStart, end));
  writer.header(TAG.sequence, true, mark);
  return writer.finish();
}
