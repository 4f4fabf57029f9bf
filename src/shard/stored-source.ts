/**
 * An entry with the octets behind it. The message file is opened when somebody asks for octets, and
 * once at most; who asks for indexed attributes only never causes it.
 *
 * Source: ours; X.413 (1999) 6.3.4 for what a child-entry holds.
 */

import { orNull } from '../asn1/elements.js';
import type { Oid } from '../asn1/primitive.js';
import { BerReader } from '../asn1/reader.js';
import { context, TAG } from '../asn1/tag.js';
import { BerWriter } from '../asn1/writer.js';
import { NO_OCTETS } from '../base/octets.js';
import { isLog } from '../store/box.js';
import type { Mailbox, StoredMessage } from '../store/contract.js';
import { MTS_IDENTIFIER_TAG } from '../x411/identifiers.js';
import { CACHED_ATTRIBUTE, type Entry, type EntrySource } from '../x413/entry.js';
import {
  type ContentDescription,
  describeContent,
  type ForwardedMessage,
} from '../x420/content.js';
import { contentOfEdimData, FORWARDED_EDIM_DATA } from '../x420/edi.js';
import { type Marks, NO_MARKS } from './marks.js';

export class StoredSource implements EntrySource {
  readonly entry: Entry;
  readonly #mailbox: Mailbox;
  readonly #marks: Marks;
  #message: StoredMessage | null;
  #content: Uint8Array | null | undefined;
  #envelope: Uint8Array | null = null;

  /** `message`: the octets of the tree that the entry belongs to, where they are at hand. */
  constructor(
    mailbox: Mailbox,
    entry: Entry,
    marks: Marks = NO_MARKS,
    message: StoredMessage | null = null,
  ) {
    this.#marks = marks;
    this.#mailbox = mailbox;
    this.entry = entry;
    this.#message = message;
  }

  /** Of a child-entry: what the forwarder said of its delivery, as far as he did. */
  envelope(): Uint8Array {
    this.#envelope ??= this.entry.parent === 0 ? this.#read().envelope : this.#childEnvelope();
    return this.#envelope;
  }

  /** Whether the message file, or its image in memory, has been opened for it. */
  get isOpen(): boolean {
    return this.#message !== null;
  }

  content(): Uint8Array | null {
    if (this.#content === undefined) this.#content = this.#ownContent();
    return this.#content;
  }

  related(sequence: number): StoredSource | null {
    const entry = this.#mailbox.entry(sequence);
    return entry === null
      ? null
      : new StoredSource(this.#mailbox, entry, this.#marks, this.#message);
  }

  reportsAbout(identifier: Uint8Array): StoredSource[] {
    const attribute = CACHED_ATTRIBUTE.subjectSubmissionIdentifier;
    const { mailbox, entries } = this.#mailbox.entriesWith('in', attribute, identifier);
    return entries.map((entry) => new StoredSource(mailbox, entry, this.#marks));
  }

  submittedAs(identifier: Uint8Array): StoredSource | null {
    const attribute = CACHED_ATTRIBUTE.messageIdentifier;
    const { mailbox, entries } = this.#mailbox.entriesWith('out', attribute, identifier);
    const [entry] = entries;
    return entry === undefined ? null : new StoredSource(mailbox, entry, this.#marks);
  }

  deletionTime(): number | null {
    const { conveyed } = this.entry;
    return conveyed !== 0 && isLog(this.#mailbox.id) ? conveyed >>> 0 : null;
  }

  marks(type: Oid): readonly Uint8Array[] {
    return this.#marks.get(this.entry.sequence)?.get(type) ?? [];
  }

  /** The content of the whole message, of which a child's is a part. */
  messageContent(): Uint8Array | null {
    return this.#read().content;
  }

  #ownContent(): Uint8Array | null {
    const { entryType, contentRange } = this.entry;
    // A report has no content; what it returns is its child's.
    if (entryType === 'delivered-report') return null;
    const { content } = this.#read();
    if (content === null || contentRange === null) return content;
    const [offset, length] = contentRange;
    const octets = content.subarray(offset, offset + length);
    return entryType === 'returned-content' ? octets : informationObjectOf(octets);
  }

  #read(): StoredMessage {
    this.#message ??= this.#mailbox.read(this.entry.sequence);
    return this.#message;
  }

  #childEnvelope(): Uint8Array {
    const content = this.messageContent();
    const range = this.entry.contentRange;
    if (this.entry.entryType !== 'delivered-message' || content === null || range === null) {
      return NO_OCTETS;
    }
    const description = describeContent(this.#outermostContentType(), content);
    const forwarded = description === null ? null : forwardedAt(description, range[0]);
    return forwarded === null ? NO_OCTETS : envelopeOf(forwarded);
  }

  /** The type of the content that the ranges of all descendants count in. */
  #outermostContentType(): string {
    let { contentType, parent } = this.entry;
    for (let above = this.#mailbox.entry(parent); above !== null; ) {
      if (above.entryType === 'delivered-report') break;
      ({ contentType, parent } = above);
      above = this.#mailbox.entry(parent);
    }
    return contentType;
  }
}

function forwardedAt(description: ContentDescription, offset: number): ForwardedMessage | null {
  for (const child of description.children) {
    if (child.ipmRange[0] === offset) return child;
    const below = forwardedAt(child.description, offset);
    if (below !== null) return below;
  }
  return null;
}

/** In the form of a delivery's envelope, of which it may lack every member. */
function envelopeOf(forwarded: ForwardedMessage): Uint8Array {
  const { deliveryTime, deliveryEnvelope, mtsIdentifier } = forwarded;
  const writer = new BerWriter();
  const mark = writer.mark();
  if (deliveryEnvelope !== undefined) {
    const fields = writer.mark();
    writer.octets(deliveryEnvelope);
    writer.header(TAG.set, true, fields);
  }
  const time = deliveryTime === undefined ? null : new BerReader(deliveryTime).next();
  if (time !== null) writer.primitive(TAG.utcTime, time.content);
  if (mtsIdentifier !== undefined) {
    const identifier = writer.mark();
    writer.octets(mtsIdentifier);
    writer.header(MTS_IDENTIFIER_TAG, true, identifier);
  }
  writer.header(TAG.sequence, true, mark);
  return writer.finish();
}

/**
 * The information object around a forwarded message, which stands in a body part as a SEQUENCE
 * without its tag [0]. Forwarded content has the tag already. The data of a forwarded EDI message
 * are put together anew, for their body has other tags than that of a message.
 */
export function informationObjectOf(octets: Uint8Array): Uint8Array {
  const element = orNull(() => new BerReader(octets).next());
  if (element?.tag === FORWARDED_EDIM_DATA)
    return orNull(() => contentOfEdimData(octets)) ?? octets;
  if (element?.tag !== TAG.sequence) return octets;
  const writer = new BerWriter(octets.length + 16);
  const mark = writer.mark();
  writer.octets(element.content);
  writer.header(context(0), true, mark);
  return writer.finish();
}
