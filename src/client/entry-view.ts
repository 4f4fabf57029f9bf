/**
 * The attributes that people look at, out of the octets of an entry. What is absent is null; what
 * cannot be read is null as well, since the octets are there for whoever wants them.
 *
 * Source: X.413 (1999) 11, X.420 (1999) annex on MS attributes, for types and syntaxes.
 */
import { integer, type Oid, objectIdentifier, octetString } from '../asn1/primitive.js';
import { utcTime } from '../asn1/string.js';
import { secondsOfUtcTime } from '../asn1/time.js';
import { type Asn1Type, decode } from '../asn1/type.js';
import { ViolationError } from '../base/errors.js';
import { PerRecipientReportDeliveryFields } from '../x411/delivery.js';
import { ContentIdentifier, Priority } from '../x411/envelope-parts.js';
import { formatMtsIdentifier, MtsIdentifier } from '../x411/identifiers.js';
import { formatOrAddress } from '../x411/or-address-text.js';
import { OrName } from '../x411/or-name.js';
import { textOfTeletex } from '../x411/teletex.js';
import {
  ENTRY_TYPE,
  type EntryType,
  RETRIEVAL_STATUS,
  type RetrievalStatus,
} from '../x413/entry.js';
import { EntryInformation, EntryOutline } from '../x413/selection.js';
import { Subject } from '../x420/heading.js';
import { ATTRIBUTE } from './attribute-names.js';
import { walkAttributes } from './attribute-walk.js';
import { readAnswer } from './errors.js';

/** One recipient in a report; the codes are those of a non-delivery (X.411 8.3.1.2.1). */
export interface ReportedRecipient {
  readonly recipient: string;
  readonly outcome: 'delivery' | 'non-delivery';
  readonly reasonCode?: number;
  readonly diagnosticCode?: number | null;
}

/**
 * An entry as it came: its number, and the values of each attribute, whole elements in order. A
 * list may have thousands, of which a program looks at some; what is within one is read when it is
 * asked for, and throws UnreadableError then.
 */
export class EntryView {
  readonly sequence: number;
  #information: EntryInformation | Uint8Array;
  #attributes: ReadonlyMap<Oid, readonly Uint8Array[]> | null = null;

  constructor(information: EntryInformation) {
    this.sequence = information.sequenceNumber;
    this.#information = information;
  }

  /** Of one element EntryInformation. Throws UnreadableError where it does not begin as one. */
  static of(octets: Uint8Array): EntryView {
    const { sequenceNumber } = readAnswer(EntryOutline, octets);
    const view = new EntryView({ sequenceNumber });
    view.#information = octets;
    return view;
  }

  get attributes(): ReadonlyMap<Oid, readonly Uint8Array[]> {
    if (this.#attributes !== null) return this.#attributes;
    const information = this.#information;
    const walked = information instanceof Uint8Array ? walkAttributes(information) : null;
    this.#attributes = walked ?? attributesOf(information);
    return this.#attributes;
  }

  get subject(): string | null {
    const subject = this.#read(ATTRIBUTE.subject, Subject);
    return subject === null ? null : textOfTeletex(subject.value);
  }

  /** In the slash form. */
  get originator(): string | null {
    return this.#address(ATTRIBUTE.originatorName);
  }

  /** This recipient, in the slash form. */
  get recipient(): string | null {
    return this.#address(ATTRIBUTE.thisRecipientName);
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

  get creationTime(): Date | null {
    return this.#time(ATTRIBUTE.creationTime);
  }

  get deliveryTime(): Date | null {
    return this.#time(ATTRIBUTE.deliveryTime);
  }

  get submissionTime(): Date | null {
    return this.#time(ATTRIBUTE.submissionTime);
  }

  get messageIdentifier(): string | null {
    return this.#identifier(ATTRIBUTE.messageIdentifier);
  }

  /** Of a report: which message it is about. */
  get subjectSubmissionIdentifier(): string | null {
    return this.#identifier(ATTRIBUTE.subjectSubmissionIdentifier);
  }

  get contentIdentifier(): string | null {
    return this.#read(ATTRIBUTE.contentIdentifier, ContentIdentifier);
  }

  /** The entry within which this one lies; null for a main-entry. */
  get parent(): number | null {
    return this.#read(ATTRIBUTE.parentSequenceNumber, integer());
  }

  get children(): readonly number[] {
    return this.#readAll(ATTRIBUTE.childSequenceNumbers, integer());
  }

  /** Of a report: what became of each recipient. */
  get reported(): readonly ReportedRecipient[] {
    const fields = this.#readAll(
      ATTRIBUTE.perRecipientReportDeliveryFields,
      PerRecipientReportDeliveryFields,
    );
    return fields.map(({ actualRecipientName, reportType }) => ({
      recipient: formatOrAddress(actualRecipientName.value),
      outcome: reportType.kind === 'delivery' ? 'delivery' : 'non-delivery',
      ...(reportType.kind === 'nonDelivery' && {
        reasonCode: reportType.value.reasonCode,
        diagnosticCode: reportType.value.diagnosticCode ?? null,
      }),
    }));
  }

  #address(type: Oid): string | null {
    const name = this.#read(type, OrName);
    return name === null ? null : formatOrAddress(name);
  }

  #time(type: Oid): Date | null {
    const text = this.#read(type, utcTime);
    const seconds = text === null ? null : secondsOfUtcTime(text);
    return seconds === null ? null : new Date(1000 * seconds);
  }

  #identifier(type: Oid): string | null {
    const identifier = this.#read(type, MtsIdentifier);
    return identifier === null ? null : formatMtsIdentifier(identifier);
  }

  #read<T>(type: Oid, syntax: Asn1Type<T>): T | null {
    return this.#readAll(type, syntax)[0] ?? null;
  }

  #readAll<T>(type: Oid, syntax: Asn1Type<T>): T[] {
    try {
      return (this.attributes.get(type) ?? []).map((value) => decode(syntax, value));
    } catch (error) {
      if (error instanceof ViolationError) return [];
      throw error;
    }
  }
}

/** Throws UnreadableError. */
function attributesOf(information: EntryInformation | Uint8Array) {
  const { attributes = [] } =
    information instanceof Uint8Array ? readAnswer(EntryInformation, information) : information;
  return new Map(attributes.map(({ type, values }) => [type, values]));
}

function nameOf<const Names extends Readonly<Record<string, number>>>(
  names: Names,
  value: number | null,
): (keyof Names & string) | null {
  return Object.keys(names).find((name) => names[name] === value) ?? null;
}
