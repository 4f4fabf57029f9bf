/**
 * From what was delivered to the entries that the store is to number: the main-entry, and a
 * child-entry for each message within the message, depth first.
 *
 * Cached values are copies: a window would keep the whole delivery in memory as long as its row.
 *
 * Source: X.413 (1999) 6.3.4, 11.2; X.411 (1999) 8.3 for the envelope.
 */
import { orNull } from '../asn1/elements.js';
import { External } from '../asn1/external.js';
import { wrap } from '../asn1/header.js';
import type { Oid } from '../asn1/primitive.js';
import { BerReader } from '../asn1/reader.js';
import { utcTime } from '../asn1/string.js';
import { TAG } from '../asn1/tag.js';
import { type Asn1Type, decode, encode } from '../asn1/type.js';
import { BerWriter } from '../asn1/writer.js';
import { ViolationError } from '../base/errors.js';
import { copyOctets, joinOctets, NO_OCTETS } from '../base/octets.js';
import { SUBJECT_INDEXED_BYTES_MAX } from '../limits.js';
import type { NewEntry } from '../store/contract.js';
import { OtherMessageDeliveryFields } from '../x411/delivery.js';
import {
  ContentIdentifier,
  type ContentType,
  contentTypeOid,
  PRIORITY,
} from '../x411/envelope-parts.js';
import { MTS_IDENTIFIER_TAG } from '../x411/identifiers.js';
import { OrNameKept } from '../x411/or-name.js';
import { CACHED_ATTRIBUTE, type CachedAttribute } from '../x413/entry.js';
import { type ContentDescription, type ForwardedMessage, IpmEntryType } from '../x420/content.js';
import { informationObjectOf } from './stored-source.js';

/** Built-in content type external: the content is an EXTERNAL. */
const EXTERNAL_CONTENT = 1;

export type CachedValues = Map<CachedAttribute, Uint8Array>;

/** Puts a value of the attribute's syntax among the cached ones; nothing where it is absent. */
export function cacheValue<T>(
  values: CachedValues,
  attribute: CachedAttribute,
  type: Asn1Type<T>,
  value: T | undefined,
): void {
  if (value !== undefined) values.set(attribute, encode(type, value));
}

/** The OID under which a content type is known; an external content names its own. */
export function knownContentType(contentType: ContentType, content: Uint8Array | null): Oid {
  const isExternal = contentType.kind === 'builtIn' && contentType.value === EXTERNAL_CONTENT;
  const named = isExternal && content !== null ? orNull(() => decode(External, content)) : null;
  return named?.directReference ?? contentTypeOid(contentType);
}

/** What of a message's delivery fields lists and filters ask for. */
export function cacheDeliveryFields(
  values: CachedValues,
  fields: OtherMessageDeliveryFields,
): void {
  const { originatorName, thisRecipientName, messageSubmissionTime, contentIdentifier } = fields;
  const C = CACHED_ATTRIBUTE;
  cacheValue(values, C.originatorName, OrNameKept, originatorName);
  cacheValue(values, C.thisRecipientName, OrNameKept, thisRecipientName);
  cacheValue(values, C.messageSubmissionTime, utcTime, messageSubmissionTime);
  cacheValue(values, C.contentIdentifier, ContentIdentifier, contentIdentifier);
}

/** What of an interpersonal content lists and filters ask for. */
export function cacheContentFields(
  values: CachedValues,
  description: ContentDescription | null,
): void {
  const { subject = null, kind = null } = description ?? {};
  if (subject !== null) {
    const isIndexed = subject.length <= SUBJECT_INDEXED_BYTES_MAX;
    values.set(CACHED_ATTRIBUTE.subject, isIndexed ? copyOctets(subject) : NO_OCTETS);
  }
  if (kind !== null) cacheValue(values, CACHED_ATTRIBUTE.ipmEntryType, IpmEntryType, kind);
}

/** What all entries of one message have in common. */
interface MessageFacts {
  readonly content: Uint8Array;
  readonly contentType: string;
  readonly creationTime: number;
  /** Where the described content stands within `content`. */
  readonly offset: number;
}

/**
 * Adds an entry for each message within the one that `entries` ends with.
 */
export function addForwarded(
  entries: NewEntry[],
  description: ContentDescription | null,
  message: MessageFacts,
): void {
  const parentIndex = entries.length - 1;
  for (const forwarded of description?.children ?? []) {
    entries.push(forwardedEntry(forwarded, parentIndex, message));
    addForwarded(entries, forwarded.description, message);
  }
}

function forwardedEntry(
  forwarded: ForwardedMessage,
  parentIndex: number,
  { content, contentType, creationTime, offset }: MessageFacts,
): NewEntry {
  const { description, ipmRange, deliveryTime, mtsIdentifier } = forwarded;
  const start = offset + ipmRange[0];
  const cached: CachedValues = new Map();
  const fields = deliveryFieldsOf(forwarded.deliveryEnvelope);
  if (fields !== null) cacheDeliveryFields(cached, fields);
  const time = deliveryTime === undefined ? null : new BerReader(deliveryTime).next();
  if (time !== null) {
    const text = Buffer.from(time.content).toString('latin1');
    cacheValue(cached, CACHED_ATTRIBUTE.messageDeliveryTime, utcTime, text);
  }
  if (mtsIdentifier !== undefined) {
    const identifier = joinOctets(wrap(MTS_IDENTIFIER_TAG, [mtsIdentifier]));
    cached.set(CACHED_ATTRIBUTE.messageIdentifier, identifier);
  }
  cacheContentFields(cached, description);
  return {
    parentIndex,
    entryType: 'delivered-message',
    priority: fields === null ? -1 : PRIORITY[fields.priority],
    precedence: description.precedence,
    contentLength: informationObjectOf(content.subarray(start, start + ipmRange[1])).length,
    contentType: fields === null ? contentType : contentTypeOid(fields.contentType),
    creationTime,
    contentReturned: null,
    partCount: description.partCount,
    cached,
    contentRange: [start, ipmRange[1]],
  };
}

/** The delivery fields that a forwarder has passed on; null where there are none to be read. */
function deliveryFieldsOf(contents: Uint8Array | undefined): OtherMessageDeliveryFields | null {
  if (contents === undefined) return null;
  try {
    const writer = new BerWriter(contents.length + 16);
    const mark = writer.mark();
    writer.octets(contents);
    writer.header(TAG.set, true, mark);
    const element = new BerReader(writer.finish()).next();
    return element === null ? null : OtherMessageDeliveryFields.decode(element);
  } catch (error) {
    if (error instanceof ViolationError) return null;
    throw error;
  }
}
