/**
 * The operations of the submission port, but for submission-control.
 *
 * Source: X.411 (1999) 8.2, module MTSAbstractService, MessageSubmission, ProbeSubmission.
 */

import { bitString } from '../asn1/bit-string.js';
import { listOrEmpty, optional, required, withDefault } from '../asn1/component.js';
import { sequenceOf } from '../asn1/list.js';
import { integer, nullType, octetString } from '../asn1/primitive.js';
import { sequence } from '../asn1/sequence.js';
import { set } from '../asn1/set.js';
import { utcTime } from '../asn1/string.js';
import { implicit } from '../asn1/tagged.js';
import type { TypeOf } from '../asn1/type.js';
import { CONTENT_LENGTH_MAX } from '../limits/upper-bounds.js';
import {
  ContentIdentifier,
  ContentType,
  EncodedInformationTypes,
  PerMessageIndicators,
  Priority,
} from './envelope-parts.js';
import { Extensions } from './extension.js';
import { MtsIdentifier } from './identifiers.js';
import { OrNameKept } from './or-name.js';

/** Bits of originator-report-request; at most one of them, none for no report. */
export const ORIGINATOR_REPORT_REQUEST = { report: 3, nonDeliveryReport: 4 } as const;

export const PerRecipientSubmissionFields = set('PerRecipientSubmissionFields', {
  recipientName: required(OrNameKept),
  originatorReportRequest: required(implicit(0, bitString)),
  explicitConversion: optional(implicit(1, integer())),
  extensions: listOrEmpty(implicit(2, Extensions)),
});
export type PerRecipientSubmissionFields = TypeOf<typeof PerRecipientSubmissionFields>;

export const MessageSubmissionEnvelope = set('MessageSubmissionEnvelope', {
  originatorName: required(OrNameKept),
  originalEncodedInformationTypes: optional(EncodedInformationTypes),
  contentType: required(ContentType),
  contentIdentifier: optional(ContentIdentifier),
  priority: withDefault(Priority, 'normal'),
  perMessageIndicators: optional(PerMessageIndicators),
  deferredDeliveryTime: optional(implicit(0, utcTime)),
  extensions: listOrEmpty(implicit(2, Extensions)),
  perRecipientFields: required(implicit(1, sequenceOf(PerRecipientSubmissionFields, 1))),
});
export type MessageSubmissionEnvelope = TypeOf<typeof MessageSubmissionEnvelope>;

export const MessageSubmissionArgument = sequence('MessageSubmissionArgument', {
  envelope: required(MessageSubmissionEnvelope),
  content: required(octetString('Content')),
});
export type MessageSubmissionArgument = TypeOf<typeof MessageSubmissionArgument>;

export const MessageSubmissionResult = set('MessageSubmissionResult', {
  messageSubmissionIdentifier: required(MtsIdentifier),
  messageSubmissionTime: required(implicit(0, utcTime)),
  contentIdentifier: optional(ContentIdentifier),
  extensions: listOrEmpty(implicit(1, Extensions)),
});
export type MessageSubmissionResult = TypeOf<typeof MessageSubmissionResult>;

/** The envelope itself, without content. Its recipients have another tag than a message's. */
export const ProbeSubmissionArgument = set('ProbeSubmissionArgument', {
  originatorName: required(OrNameKept),
  originalEncodedInformationTypes: optional(EncodedInformationTypes),
  contentType: required(ContentType),
  contentIdentifier: optional(ContentIdentifier),
  contentLength: optional(implicit(0, integer('ContentLength', 0, CONTENT_LENGTH_MAX))),
  perMessageIndicators: optional(PerMessageIndicators),
  extensions: listOrEmpty(implicit(2, Extensions)),
  perRecipientFields: required(implicit(3, sequenceOf(PerRecipientSubmissionFields, 1))),
});
export type ProbeSubmissionArgument = TypeOf<typeof ProbeSubmissionArgument>;

export const ProbeSubmissionResult = set('ProbeSubmissionResult', {
  probeSubmissionIdentifier: required(MtsIdentifier),
  probeSubmissionTime: required(implicit(0, utcTime)),
  contentIdentifier: optional(ContentIdentifier),
  extensions: listOrEmpty(implicit(1, Extensions)),
});
export type ProbeSubmissionResult = TypeOf<typeof ProbeSubmissionResult>;

export const CancelDeferredDeliveryArgument = MtsIdentifier;
export const CancelDeferredDeliveryResult = nullType;
