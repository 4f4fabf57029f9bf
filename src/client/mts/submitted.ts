/**
 * What an MTA makes of a submission: the checks that its errors are for, a delivery for each
 * recipient, and the report about them. Nothing here knows of associations.
 *
 * Source: X.411 (1999) 8.2.1.1, 8.2.1.2, 8.3.1.1, 8.3.1.2, 9.4; module MTSAbstractService.
 */
import { bitsOf, hasBit } from '../../asn1/bit-string.js';
import { decodeOrNull } from '../../asn1/elements.js';
import { utcTime } from '../../asn1/string.js';
import { formatUtcTime, secondsOfUtcTime } from '../../asn1/time.js';
import { encode } from '../../asn1/type.js';
import { MTS_ERROR } from '../../x411/application-contexts.js';
import {
  DELIVERY_FLAG,
  MessageDeliveryArgument,
  type PerRecipientReportDeliveryFields,
  ReportDeliveryArgument,
  type ReportType,
} from '../../x411/delivery.js';
import { PER_MESSAGE_INDICATOR } from '../../x411/envelope-parts.js';
import { ImproperlySpecifiedRecipients } from '../../x411/errors.js';
import {
  EXTENSION,
  type ExtensionField,
  type ExtensionPlace,
  extensionByNumber,
  extensionValue,
  unsupportedCriticalExtension,
} from '../../x411/extension.js';
import type { MtsIdentifier } from '../../x411/identifiers.js';
import { orAddressKey } from '../../x411/or-address-key.js';
import {
  type MessageSubmissionArgument,
  ORIGINATOR_REPORT_REQUEST,
  type PerRecipientSubmissionFields,
  type ProbeSubmissionArgument,
} from '../../x411/submission.js';

/** What messages and probes have in common, and what only messages have. */
export interface Submitted {
  readonly kind: 'message' | 'probe';
  readonly envelope: MessageSubmissionArgument['envelope'] | ProbeSubmissionArgument;
  /** Null of a probe. */
  readonly content: Uint8Array | null;
  readonly identifier: MtsIdentifier;
  /** Unix seconds. */
  readonly submissionTime: number;
  /** Unix seconds; null: at once. */
  readonly deferredUntil: number | null;
}

/** An abstract-error; `parameter` null: NULL. */
export interface Refusal {
  readonly code: number;
  readonly parameter: Uint8Array | null;
}

const refusal = (code: number, parameter: Uint8Array | null = null): Refusal => ({
  code,
  parameter,
});

type Envelope = Submitted['envelope'];

/** Why an MTA would not take it; null: it does. `boundAs`: null where any originator may submit. */
export function refusalOf(envelope: Envelope, boundAs: string | null): Refusal | null {
  const { originatorName, perRecipientFields, extensions } = envelope;
  const all = [extensions, ...perRecipientFields.map((fields) => fields.extensions)];
  if (all.some((fields) => unsupportedCriticalExtension(fields, 'for-submission') !== null)) {
    return refusal(MTS_ERROR.unsupportedCriticalFunction);
  }
  if (boundAs !== null && orAddressKey(originatorName.value) !== boundAs) {
    return refusal(MTS_ERROR.originatorInvalid);
  }
  if (isInconsistent(envelope) || all.some(hasRepetition)) {
    return refusal(MTS_ERROR.inconsistentRequest);
  }
  const names = perRecipientFields.map(({ recipientName }) => recipientName);
  const isUsable = names.some(({ value }) => orAddressKey(value) !== '');
  // Where one is usable, the others are reported on.
  if (isUsable) return null;
  const parameter = encode(ImproperlySpecifiedRecipients, names);
  return refusal(MTS_ERROR.recipientImproperlySpecified, parameter);
}

function isInconsistent(envelope: Envelope): boolean {
  const { report, nonDeliveryReport } = ORIGINATOR_REPORT_REQUEST;
  const asksTwice = envelope.perRecipientFields.some(
    ({ originatorReportRequest: bits }) => hasBit(bits, report) && hasBit(bits, nonDeliveryReport),
  );
  const deferred = deferredTimeOf(envelope);
  const latest = latestDeliveryTime(envelope);
  return asksTwice || (deferred !== null && latest !== null && deferred > latest);
}

function hasRepetition(extensions: readonly ExtensionField[]): boolean {
  const types = extensions.map(({ type }) => `${type.kind} ${type.value}`);
  return new Set(types).size < types.length;
}

/** Unix seconds; null: not deferred. */
export function deferredTimeOf(envelope: Envelope): number | null {
  const time = 'deferredDeliveryTime' in envelope ? envelope.deferredDeliveryTime : undefined;
  return time === undefined ? null : secondsOfUtcTime(time);
}

/** Unix seconds; null: whenever. */
export function latestDeliveryTime({ extensions }: Envelope): number | null {
  const value = extensionValue(extensions, EXTENSION.latestDeliveryTime);
  const time = value === null ? null : decodeOrNull(utcTime, value);
  return time === null ? null : secondsOfUtcTime(time);
}

/** The argument of message-delivery for one recipient. `time`: Unix seconds. */
export function deliveryOf(
  submitted: Submitted & { readonly content: Uint8Array },
  recipient: PerRecipientSubmissionFields,
  time: number,
): Uint8Array {
  const { envelope, identifier, submissionTime, content } = submitted;
  const { originatorName, contentType, contentIdentifier, perMessageIndicators } = envelope;
  const eits = envelope.originalEncodedInformationTypes;
  const has = (bit: number) =>
    perMessageIndicators !== undefined && hasBit(perMessageIndicators, bit);
  const others = has(PER_MESSAGE_INDICATOR.disclosureOfOtherRecipients)
    ? envelope.perRecipientFields.filter((fields) => fields !== recipient)
    : [];
  const isFixed = has(PER_MESSAGE_INDICATOR.implicitConversionProhibited);
  return encode(MessageDeliveryArgument, {
    messageDeliveryIdentifier: identifier,
    messageDeliveryTime: formatUtcTime(time),
    otherFields: {
      contentType,
      originatorName,
      ...(eits && { originalEncodedInformationTypes: eits }),
      priority: 'priority' in envelope ? envelope.priority : 'normal',
      ...(isFixed && { deliveryFlags: bitsOf([DELIVERY_FLAG.implicitConversionProhibited]) }),
      ...(others.length > 0 && {
        otherRecipientNames: others.map(({ recipientName }) => recipientName),
      }),
      thisRecipientName: recipient.recipientName,
      messageSubmissionTime: formatUtcTime(submissionTime),
      ...(contentIdentifier !== undefined && { contentIdentifier }),
      extensions: extensionsFor('D', [...envelope.extensions, ...recipient.extensions]),
    },
    content,
  });
}

/** Those that stand at the place; private ones go through everywhere. */
function extensionsFor(
  place: ExtensionPlace,
  extensions: readonly ExtensionField[],
): ExtensionField[] {
  return extensions.filter(({ type }) => {
    if (type.kind === 'private') return true;
    return extensionByNumber(type.value)?.places.includes(place) ?? true;
  });
}

/** What became of one recipient. */
export type RecipientOutcome =
  /** Unix seconds; of a probe: it would have been. */
  { readonly kind: 'delivered'; readonly time: number } | NonDelivery;

export interface NonDelivery {
  readonly kind: 'not-delivered';
  readonly reasonCode: number;
  readonly diagnosticCode: number | null;
}

export interface Settled {
  readonly recipient: PerRecipientSubmissionFields;
  readonly outcome: RecipientOutcome;
}

/** The argument of report-delivery; null where the originator has asked for none of it. */
export function reportOf(submitted: Submitted, settled: readonly Settled[]): Uint8Array | null {
  const { envelope, identifier, content } = submitted;
  const told = settled.filter((one) => isWanted(submitted, one));
  if (told.length === 0) return null;
  const { contentIdentifier, contentType, perMessageIndicators } = envelope;
  const eits = envelope.originalEncodedInformationTypes;
  const isFailed = told.some(({ outcome }) => outcome.kind === 'not-delivered');
  const returnsContent =
    isFailed &&
    perMessageIndicators !== undefined &&
    hasBit(perMessageIndicators, PER_MESSAGE_INDICATOR.contentReturnRequest);
  return encode(ReportDeliveryArgument, {
    subjectSubmissionIdentifier: identifier,
    ...(contentIdentifier !== undefined && { contentIdentifier }),
    contentType,
    ...(eits && { originalEncodedInformationTypes: eits }),
    extensions: extensionsFor('R', envelope.extensions).filter(
      ({ type }) => type.kind !== 'private',
    ),
    perRecipientFields: told.map(reportedRecipient),
    ...(returnsContent && content !== null && { returnedContent: content }),
  });
}

/** A probe is always reported on: that is all it is for. */
function isWanted({ kind }: Submitted, { recipient, outcome }: Settled): boolean {
  const { report, nonDeliveryReport } = ORIGINATOR_REPORT_REQUEST;
  const bits = recipient.originatorReportRequest;
  if (kind === 'probe' || hasBit(bits, report)) return true;
  return outcome.kind === 'not-delivered' && hasBit(bits, nonDeliveryReport);
}

function reportedRecipient({ recipient, outcome }: Settled): PerRecipientReportDeliveryFields {
  return {
    actualRecipientName: recipient.recipientName,
    reportType: reportTypeOf(outcome),
    extensions: [],
  };
}

/** type-of-MTS-user: ms. */
const MESSAGE_STORE = 2;

function reportTypeOf(outcome: RecipientOutcome): ReportType {
  if (outcome.kind === 'delivered') {
    const messageDeliveryTime = formatUtcTime(outcome.time);
    return { kind: 'delivery', value: { messageDeliveryTime, typeOfMtsUser: MESSAGE_STORE } };
  }
  const { reasonCode, diagnosticCode } = outcome;
  return {
    kind: 'nonDelivery',
    value: { reasonCode, ...(diagnosticCode !== null && { diagnosticCode }) },
  };
}

/** Non-delivery reasons and diagnostics. X.411 9.4.1.1.7, 9.4.1.1.8. */
export const NON_DELIVERY = {
  unrecognisedName: failed(1, 0),
  recipientUnavailable: failed(1, 4),
  maximumTimeExpired: failed(1, 5),
  contentTooLong: failed(1, 7),
  protocolViolation: failed(1, 14),
  unsupportedCriticalFunction: failed(1, 18),
  conversionNotPerformed: failed(2, 8),
  transferFailure: failed(0, null),
} as const;

function failed(reasonCode: number, diagnosticCode: number | null): NonDelivery {
  return { kind: 'not-delivered', reasonCode, diagnosticCode };
}
