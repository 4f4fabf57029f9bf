/**
 * What a log keeps of a message: a message file with the envelope, and without all that comes from
 * the content, which its owner has deleted when he deletes the message. An entry stands for the
 * message as a whole, so there are none for what is within it.
 *
 * Source: X.413 (1999) 6.3.7.
 */
import { present } from '../../base/assert.js';
import { CACHED_ATTRIBUTE, type CachedAttribute } from '../../x413/entry.js';
import { type BoxId, isLog } from '../box.js';
import type { MessageFront, StoredEntry } from '../files/front-section.js';
import { decodeMessageFile, decodeMessageFront, encodeMessageFile } from '../files/message-file.js';

const OF_CONTENT: ReadonlySet<CachedAttribute> = new Set([
  CACHED_ATTRIBUTE.subject,
  CACHED_ATTRIBUTE.ipmEntryType,
]);

/** The front of what is entered for a message of the box; of a log itself with its identifier. */
export function logFrontOf(box: BoxId, front: MessageFront): MessageFront {
  const main = present(front.entries[0], 'a main-entry');
  const entry: StoredEntry = {
    sequence: main.sequence,
    parent: 0,
    children: [],
    entryType: main.entryType,
    priority: main.priority,
    precedence: -1,
    contentLength: main.contentLength,
    contentType: main.contentType,
    creationTime: main.creationTime,
    contentReturned: main.contentReturned,
    partCount: 0,
    cached: new Map([...main.cached].filter(([attribute]) => !OF_CONTENT.has(attribute))),
    contentRange: null,
  };
  return { deliveryIdentifier: isLog(box) ? front.deliveryIdentifier : null, entries: [entry] };
}

/** The body of a record `entered` for the image of a whole message file. Throws DamageError. */
export function logImageOf(box: BoxId, image: Uint8Array, file: string): Uint8Array {
  const front = logFrontOf(box, decodeMessageFront(image, file));
  const { envelope } = decodeMessageFile(image, file);
  return encodeMessageFile(front, { envelope, content: null });
}
