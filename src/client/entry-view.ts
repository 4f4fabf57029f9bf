/**
 * The attributes that people look at, out of the octets of an entry. What is absent is null; what
 * cannot be read is null as well, since the octets are there for whoever wants them.
 *
 * Source: X.413 (1999) 11, X.420 (1999) annex on MS attributes, for types and syntaxes.
 */
import { choice } from '../asn1/choice.js';
import { integer, type Oid, objectIdentifier, octetString } from '../asn1/primitive.js';
import { printableString, teletexString, utcTime } from '../asn1/string.js';
import { type Asn1Type, decode } from '../asn1/type.js';
import { ViolationError } from '../base/errors.js';
import { Priority } from '../x411/envelope-parts.js';
import { formatMtsIdentifier, MtsIdentifier } from '../x411/identifiers.js';
import { formatOrAddress } from '../x411/or-address-text.js';
import { OrName } from '../x411/or-name.js';
import {
  ENTRY_TYPE,
  type EntryType,
  RETRIEVAL_STATUS,
  type RetrievalStatus,
} from '../x413/entry.js';
import type { EntryInformation } from './retrieval.js';

/** The attribute types that this client knows by name. */
export const ATTRIBUTE = {
  content: '2.6.4.3.1',
  contentLength: '2.6.4.3.6',
  contentType: '2.6.4.3.8',
  creationTime: '2.6.4.3.11',
  retrievalStatus: '2.6.4.3.15',
  entryType: '2.6.4.3.16',
  messageDeliveryEnvelope: '2.6.4.3.18',
  messageIdentifier: '2.6.4.3.19',
  deliveryTime: '2.6.4.3.20',
  submissionTime: '2.6.4.3.23',
  originatorName: '2.6.4.3.27',
  priority: '2.6.4.3.31',
  reportDeliveryEnvelope: '2.6.4.3.34',
  subject: '2.6.1.7.4',
} as const satisfies Readonly<Record<string, Oid>>;

const Subject = choice('Subject', { teletex: teletexString(), printable: printableString() });

/** An entry as it came: its number, and the values of each attribute, whole elements in order. */
export class EntryView {
  readonly sequence: number;
  readonly attributes: ReadonlyMap<Oid, readonly Uint8Array[]>;

  constructor({ sequenceNumber, attributes }: EntryInformation) {
    this.sequence = sequenceNumber;
    this.attributes = new Map(attributes.map(({ type, values }) => [type, values]));
  }

  get subject(): string | null {
    return this.#read(ATTRIBUTE.subject, Subject)?.value ?? null;
  }

  /** In the slash form. */
  get originator(): string | null {
    const name = this.#read(ATTRIBUTE.originatorName, OrName);
    return name === null ? null : formatOrAddress(name);
  }

  get priority(): Priority | null {
    return this.#read(ATTRIBUTE.priority, Priority);
  }

  get status(): RetrievalStatus | null {
    return nameOf(RETRIEVAL_STATUS, this.#read(ATTRIBUTE.retrievalStatus, integer()));
  }

  get entryType(): EntryType | null {
    return nameOf(ENTRY_TYPE, this.#read(ATTRIBUTE.entryType, integer()));
  }

  get contentType(): Oid | null {
    return this.#read(ATTRIBUTE.contentType, objectIdentifier);
  }

  /** In octets. */
  get contentLength(): number | null {
    return this.#read(ATTRIBUTE.contentLength, integer());
  }

  /** The octets inside the OCTET STRING, as the originator made them. */
  get content(): Uint8Array | null {
    return this.#read(ATTRIBUTE.content, octetString('Content'));
  }

  /** UTCTime, as its text. */
  get deliveryTime(): string | null {
    return this.#read(ATTRIBUTE.deliveryTime, utcTime);
  }

  /** UTCTime, as its text. */
  get submissionTime(): string | null {
    return this.#read(ATTRIBUTE.submissionTime, utcTime);
  }

  get messageIdentifier(): string | null {
    const identifier = this.#read(ATTRIBUTE.messageIdentifier, MtsIdentifier);
    return identifier === null ? null : formatMtsIdentifier(identifier);
  }

  #read<T>(type: Oid, syntax: Asn1Type<T>): T | null {
    const first = this.attributes.get(type)?.[0];
    if (first === undefined) return null;
    try {
      return decode(syntax, first);
    } catch (error) {
      if (error instanceof ViolationError) return null;
      throw error;
    }
  }
}

function nameOf<const Names extends Readonly<Record<string, number>>>(
  names: Names,
  value: number | null,
): (keyof Names & string) | null {
  return Object.keys(names).find((name) => names[name] === value) ?? null;
}
