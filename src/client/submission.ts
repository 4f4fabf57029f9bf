/**
 * Arguments of the submission port as a user makes them: a message, or a probe of what would become
 * of one. Addresses are text.
 *
 * Source: X.411 (1999) 8.2.1.1, 8.2.1.2, module MTSAbstractService.
 */
import { type BitString, bitsOf } from '../asn1/bit-string.js';
import { enumerated, type Oid } from '../asn1/primitive.js';
import { utcTime } from '../asn1/string.js';
import { encode } from '../asn1/type.js';
import { contentTypeOf, PER_MESSAGE_INDICATOR, type Priority } from '../x411/envelope-parts.js';
import { CRITICALITY, EXTENSION, type ExtensionField } from '../x411/extension.js';
import {
  MessageSubmissionArgument,
  ORIGINATOR_REPORT_REQUEST,
  type PerRecipientSubmissionFields,
  ProbeSubmissionArgument,
} from '../x411/submission.js';
import type { PrecedenceName } from '../x420/military.js';
import { keptOrNameOf } from './address.js';
import { utcTimeOf } from './utc-time.js';

/**
 * What the envelope of a military message has of its precedence: one of three priorities, and a
 * qualifier that tells two levels of each apart.
 *
 * Source: STANAG 4406 A.1, priority-level-qualifier.
 */
const OF_PRECEDENCE: Readonly<Record<PrecedenceName, readonly [Priority, keyof typeof QUALIFIER]>> =
  {
    deferred: ['non-urgent', 'low'],
    routine: ['non-urgent', 'high'],
    priority: ['normal', 'low'],
    immediate: ['normal', 'high'],
    flash: ['urgent', 'low'],
    override: ['urgent', 'high'],
  };
const PRIORITY_LEVEL_QUALIFIER: Oid = '1.3.26.0.4406.0.8.0';
const QUALIFIER = { low: 0, high: 1 } as const;
const PriorityLevelQualifier = enumerated('PriorityLevelQualifier', QUALIFIER);

/** What the originator wants to hear of a recipient. */
export type ReportRequest = 'none' | 'non-delivery' | 'report';

export interface SubmissionRecipient {
  readonly address: string;
  /** 'non-delivery' by default. */
  readonly report?: ReportRequest;
}

export interface EnvelopeInput {
  readonly originator: string;
  readonly recipients: readonly (string | SubmissionRecipient)[];
  readonly contentType: Oid;
  /** Comes back in the result and in reports; 1 to 16 characters. */
  readonly contentIdentifier?: string;
  /** Each recipient is told who the others are. */
  readonly disclosesRecipients?: boolean;
  readonly prohibitsConversion?: boolean;
  readonly allowsAlternateRecipient?: boolean;
  /** Further extension fields of the message. */
  readonly extensions?: readonly ExtensionField[];
}

export interface SubmissionInput extends EnvelopeInput {
  readonly content: Uint8Array;
  /** Default: that of the precedence, or normal. */
  readonly priority?: Priority;
  /** Of a military message: its envelope tells it. */
  readonly precedence?: PrecedenceName;
  readonly deferredUntil?: Date;
  readonly latestDelivery?: Date;
  /** A non-delivery report brings the content back. */
  readonly returnsContent?: boolean;
}

export interface ProbeInput extends EnvelopeInput {
  /** Octets of the content that is meant. */
  readonly contentLength?: number;
}

/** The argument of message-submission. Throws AddressError; RangeError for a date UTCTime lacks. */
export function composeSubmission(input: SubmissionInput): Uint8Array {
  const { content, deferredUntil, latestDelivery, precedence, returnsContent } = input;
  const [ofPrecedence, qualifier] = precedence === undefined ? [] : OF_PRECEDENCE[precedence];
  const { priority = ofPrecedence ?? 'normal' } = input;
  const extensions = [...(input.extensions ?? [])];
  if (qualifier !== undefined) {
    extensions.push({
      type: { kind: 'private', value: PRIORITY_LEVEL_QUALIFIER },
      value: encode(PriorityLevelQualifier, qualifier),
    });
  }
  if (latestDelivery !== undefined) {
    extensions.push({
      type: { kind: 'standard', value: EXTENSION.latestDeliveryTime.number },
      criticality: bitsOf([CRITICALITY['for-delivery']]),
      value: encode(utcTime, utcTimeOf(latestDelivery)),
    });
  }
  return encode(MessageSubmissionArgument, {
    envelope: {
      ...envelopeOf(input, returnsContent ?? false),
      priority,
      ...(deferredUntil && { deferredDeliveryTime: utcTimeOf(deferredUntil) }),
      extensions,
    },
    content,
  });
}

/** The argument of probe-submission. Throws AddressError. */
export function composeProbe(input: ProbeInput): Uint8Array {
  const { contentLength, extensions = [] } = input;
  return encode(ProbeSubmissionArgument, {
    ...envelopeOf(input, false),
    ...(contentLength !== undefined && { contentLength }),
    extensions: [...extensions],
  });
}

function envelopeOf(input: EnvelopeInput, returnsContent: boolean) {
  const { contentIdentifier } = input;
  const indicators = indicatorsOf(input, returnsContent);
  return {
    originatorName: keptOrNameOf(input.originator),
    contentType: contentTypeOf(input.contentType),
    ...(contentIdentifier !== undefined && { contentIdentifier }),
    ...(indicators.octets.length > 0 && { perMessageIndicators: indicators }),
    perRecipientFields: input.recipients.map(recipientOf),
  };
}

function indicatorsOf(input: EnvelopeInput, returnsContent: boolean): BitString {
  const wanted: readonly [boolean | undefined, number][] = [
    [input.disclosesRecipients, PER_MESSAGE_INDICATOR.disclosureOfOtherRecipients],
    [input.prohibitsConversion, PER_MESSAGE_INDICATOR.implicitConversionProhibited],
    [input.allowsAlternateRecipient, PER_MESSAGE_INDICATOR.alternateRecipientAllowed],
    [returnsContent, PER_MESSAGE_INDICATOR.contentReturnRequest],
  ];
  return bitsOf(wanted.flatMap(([isWanted, bit]) => (isWanted ? [bit] : [])));
}

const REPORT_BITS: Readonly<Record<ReportRequest, readonly number[]>> = {
  none: [],
  'non-delivery': [ORIGINATOR_REPORT_REQUEST.nonDeliveryReport],
  report: [ORIGINATOR_REPORT_REQUEST.report],
};

function recipientOf(recipient: string | SubmissionRecipient): PerRecipientSubmissionFields {
  const { address, report = 'non-delivery' } =
    typeof recipient === 'string' ? { address: recipient } : recipient;
  return {
    recipientName: keptOrNameOf(address),
    originatorReportRequest: bitsOf(REPORT_BITS[report]),
    extensions: [],
  };
}
