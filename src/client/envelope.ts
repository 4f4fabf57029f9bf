/**
 * Envelopes as an MTA makes them when it delivers: the arguments of message- and report-delivery.
 * With times and identifiers given, the same input gives the same octets.
 *
 * Source: X.411 (1999) 8.3, module MTSAbstractService.
 */
import type { Oid } from '../asn1/primitive.js';
import { formatUtcTime } from '../asn1/time.js';
import { encode } from '../asn1/type.js';
import {
  MessageDeliveryArgument,
  ReportDeliveryArgument,
  type ReportType,
} from '../x411/delivery.js';
import { contentTypeOf, type Priority } from '../x411/envelope-parts.js';
import type { MtsIdentifier } from '../x411/identifiers.js';
import { keepOrName, type OrName } from '../x411/or-name.js';
import { keptOrNameOf, orNameOf } from './address.js';

export interface DeliveryInput {
  /** Addresses as text. */
  readonly recipient: string;
  readonly originator: string;
  readonly contentType: Oid;
  readonly content: Uint8Array;
  /** Default: normal. */
  readonly priority?: Priority;
  /** The local part of the MTS identifier; made from the clock by default. */
  readonly localIdentifier?: string;
  readonly contentIdentifier?: string;
  /** Unix seconds; now by default. */
  readonly deliveryTime?: number;
  /** Unix seconds; the delivery time by default. */
  readonly submissionTime?: number;
}

export interface ReportInput {
  /** The recipient that the report is about. */
  readonly recipient: string;
  readonly outcome: 'delivery' | 'non-delivery';
  readonly contentType?: Oid;
  readonly returnedContent?: Uint8Array;
  /** The local part of the subject's MTS identifier. */
  readonly localIdentifier?: string;
  /** Unix seconds at which the subject was delivered; now by default. */
  readonly deliveryTime?: number;
  /** Of a non-delivery: by default unable-to-transfer (1), unrecognised-OR-name (0). */
  readonly reasonCode?: number;
  readonly diagnosticCode?: number;
}

let identifierCount = 0;

/** The argument of message-delivery. Throws AddressError. */
export function composeDelivery(input: DeliveryInput): Uint8Array {
  const originator = orNameOf(input.originator);
  const deliveryTime = input.deliveryTime ?? Date.now() / 1000;
  const { contentIdentifier } = input;
  return encode(MessageDeliveryArgument, {
    messageDeliveryIdentifier: identifierOf(originator, input.localIdentifier),
    messageDeliveryTime: formatUtcTime(deliveryTime),
    otherFields: {
      contentType: contentTypeOf(input.contentType),
      originatorName: keepOrName(originator),
      priority: input.priority ?? 'normal',
      thisRecipientName: keptOrNameOf(input.recipient),
      messageSubmissionTime: formatUtcTime(input.submissionTime ?? deliveryTime),
      ...(contentIdentifier === undefined ? {} : { contentIdentifier }),
      extensions: [],
    },
    content: input.content,
  });
}

/** The argument of report-delivery, about one recipient. Throws AddressError. */
export function composeReport(input: ReportInput): Uint8Array {
  const recipient = orNameOf(input.recipient);
  const { contentType, returnedContent } = input;
  return encode(ReportDeliveryArgument, {
    subjectSubmissionIdentifier: identifierOf(recipient, input.localIdentifier),
    ...(contentType === undefined ? {} : { contentType: contentTypeOf(contentType) }),
    extensions: [],
    perRecipientFields: [
      {
        actualRecipientName: keepOrName(recipient),
        reportType: reportTypeOf(input),
        extensions: [],
      },
    ],
    ...(returnedContent === undefined ? {} : { returnedContent }),
  });
}

function reportTypeOf(input: ReportInput): ReportType {
  if (input.outcome === 'delivery') {
    const seconds = input.deliveryTime ?? Date.now() / 1000;
    return {
      kind: 'delivery',
      value: { messageDeliveryTime: formatUtcTime(seconds), typeOfMtsUser: 1 },
    };
  }
  const { reasonCode = 1, diagnosticCode = 0 } = input;
  return { kind: 'nonDelivery', value: { reasonCode, diagnosticCode } };
}

/** An identifier in the domain of the name. */
function identifierOf(name: OrName, local: string | undefined): MtsIdentifier {
  identifierCount += 1;
  const domain = name.standardAttributes;
  const { privateDomainName } = domain;
  return {
    globalDomainIdentifier: {
      countryName: domain.countryName ?? { kind: 'printable', value: 'XX' },
      // A single space stands for any administration domain (X.402 18.3.1).
      administrationDomainName: domain.administrationDomainName ?? {
        kind: 'printable',
        value: ' ',
      },
      ...(privateDomainName === undefined ? {} : { privateDomainIdentifier: privateDomainName }),
    },
    localIdentifier: local ?? `${Date.now().toString(36)}.${process.pid}.${identifierCount}`,
  };
}
