/**
 * The operations of the delivery port that carry messages and reports.
 *
 * Source: X.411 (1999) 8.3, module MTSAbstractService, MessageDelivery, ReportDelivery.
 */
import { bitString } from '../asn1/bit-string.js';
import { choice } from '../asn1/choice.js';
import { listOrEmpty, optional, required, withDefault } from '../asn1/component.js';
import { sequenceOf } from '../asn1/list.js';
import { integer, nullType, octetString } from '../asn1/primitive.js';
import { sequence } from '../asn1/sequence.js';
import { set } from '../asn1/set.js';
import { printableString, utcTime } from '../asn1/string.js';
import { explicit, implicit } from '../asn1/tagged.js';
import type { TypeOf } from '../asn1/type.js';
import {
  ContentIdentifier,
  ContentType,
  DeliveredContentType,
  EncodedInformationTypes,
  Priority,
} from './envelope-parts.js';
import { Extensions } from './extension.js';
import { MtsIdentifier } from './identifiers.js';
import { Certificates, Signature } from './opaque.js';
import { OrNameKept } from './or-name.js';

export const OtherMessageDeliveryFields = set('OtherMessageDeliveryFields', {
  contentType: required(DeliveredContentType),
  originatorName: required(OrNameKept),
  originalEncodedInformationTypes: optional(implicit(1, EncodedInformationTypes)),
  priority: withDefault(Priority, 'normal'),
  deliveryFlags: optional(implicit(2, bitString)),
  otherRecipientNames: optional(implicit(3, sequenceOf(OrNameKept))),
  thisRecipientName: required(implicit(4, OrNameKept)),
  originallyIntendedRecipientName: optional(implicit(5, OrNameKept)),
  convertedEncodedInformationTypes: optional(implicit(6, EncodedInformationTypes)),
  messageSubmissionTime: required(implicit(7, utcTime)),
  contentIdentifier: optional(implicit(8, printableString())),
  extensions: listOrEmpty(implicit(9, Extensions)),
});
export type OtherMessageDeliveryFields = TypeOf<typeof OtherMessageDeliveryFields>;

/** Bits of delivery-flags. */
export const DELIVERY_FLAG = { implicitConversionProhibited: 1 } as const;

export const MessageDeliveryArgument = sequence('MessageDeliveryArgument', {
  messageDeliveryIdentifier: required(MtsIdentifier),
  messageDeliveryTime: required(utcTime),
  otherFields: required(OtherMessageDeliveryFields),
  content: required(octetString('Content')),
});
export type MessageDeliveryArgument = TypeOf<typeof MessageDeliveryArgument>;

export const MessageDeliveryResult = set('MessageDeliveryResult', {
  recipientCertificate: optional(implicit(0, Certificates)),
  proofOfDelivery: optional(implicit(1, Signature)),
  extensions: listOrEmpty(implicit(2, Extensions)),
});
export type MessageDeliveryResult = TypeOf<typeof MessageDeliveryResult>;

export const DeliveryReport = set('DeliveryReport', {
  messageDeliveryTime: required(implicit(0, utcTime)),
  typeOfMtsUser: optional(implicit(1, integer())),
});

export const NonDeliveryReport = set('NonDeliveryReport', {
  reasonCode: required(implicit(0, integer())),
  diagnosticCode: optional(implicit(1, integer())),
});

export const ReportType = choice('ReportType', {
  delivery: implicit(0, DeliveryReport),
  nonDelivery: implicit(1, NonDeliveryReport),
});
export type ReportType = TypeOf<typeof ReportType>;

export const PerRecipientReportDeliveryFields = set('PerRecipientReportDeliveryFields', {
  actualRecipientName: required(implicit(0, OrNameKept)),
  reportType: required(explicit(1, ReportType)),
  convertedEncodedInformationTypes: optional(EncodedInformationTypes),
  originallyIntendedRecipientName: optional(implicit(2, OrNameKept)),
  supplementaryInformation: optional(implicit(3, printableString())),
  extensions: listOrEmpty(implicit(4, Extensions)),
});
export type PerRecipientReportDeliveryFields = TypeOf<typeof PerRecipientReportDeliveryFields>;

/** A SET, where the argument of message-delivery is a SEQUENCE. */
export const ReportDeliveryArgument = set('ReportDeliveryArgument', {
  subjectSubmissionIdentifier: required(MtsIdentifier),
  contentIdentifier: optional(ContentIdentifier),
  contentType: optional(ContentType),
  originalEncodedInformationTypes: optional(EncodedInformationTypes),
  extensions: listOrEmpty(implicit(1, Extensions)),
  perRecipientFields: required(sequenceOf(PerRecipientReportDeliveryFields, 1)),
  returnedContent: optional(implicit(0, octetString('Content'))),
});
export type ReportDeliveryArgument = TypeOf<typeof ReportDeliveryArgument>;

/** NULL in 1988; 1994 also lets extensions stand here. */
export const ReportDeliveryResult = choice('ReportDeliveryResult', {
  empty: nullType,
  extensions: Extensions,
});
export type ReportDeliveryResult = TypeOf<typeof ReportDeliveryResult>;
