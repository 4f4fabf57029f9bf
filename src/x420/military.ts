/**
 * Military messages: the extensions of a P772 heading.
 *
 * Source: STANAG 4406 Annex A, ACP 123, ASN.1 modules MMSInformationObjects, MMSHeadingExtensions.
 */
import { any } from '../asn1/any.js';
import { optional, required } from '../asn1/component.js';
import { sequenceOf } from '../asn1/list.js';
import { integer } from '../asn1/primitive.js';
import { set } from '../asn1/set.js';
import { printableString, utcTime } from '../asn1/string.js';
import { implicit } from '../asn1/tagged.js';
import type { TypeOf } from '../asn1/type.js';

export const MILITARY_EXTENSION = {
  primaryPrecedence: '1.3.26.0.4406.0.2.0',
  copyPrecedence: '1.3.26.0.4406.0.2.1',
  messageType: '1.3.26.0.4406.0.2.2',
  addressListIndicator: '1.3.26.0.4406.0.2.3',
  exemptedAddress: '1.3.26.0.4406.0.2.4',
  extendedAuthorisationInfo: '1.3.26.0.4406.0.2.5',
  distributionCodes: '1.3.26.0.4406.0.2.6',
  handlingInstructions: '1.3.26.0.4406.0.2.7',
  messageInstructions: '1.3.26.0.4406.0.2.8',
  codressMessage: '1.3.26.0.4406.0.2.9',
  originatorReference: '1.3.26.0.4406.0.2.10',
  otherRecipientsIndicator: '1.3.26.0.4406.0.2.11',
  pilotForwardingInfo: '1.3.26.0.4406.0.2.12',
  acp127MessageIdentifier: '1.3.26.0.4406.0.2.13',
  originatorPlad: '1.3.26.0.4406.0.2.14',
  /** Of a recipient. */
  acp127NotificationRequest: '1.3.26.0.4406.0.2.15',
  /** Deprecated. */
  informationLabels: '1.3.26.0.4406.0.2.17',
} as const;

/** In the order of urgency. 16 to 31 are national. */
export const MMHS_PRECEDENCE = {
  deferred: 0,
  routine: 1,
  priority: 2,
  immediate: 3,
  flash: 4,
  override: 5,
} as const;
export type PrecedenceName = keyof typeof MMHS_PRECEDENCE;

/** The greatest national one. */
export const MMHS_PRECEDENCE_MAX = 31;
export const MmhsPrecedence = integer('MMHSPrecedence');

export const MessageType = set('MessageType', {
  /** 0 exercise, 1 operation, 2 project, 3 drill. */
  type: required(implicit(0, integer())),
  identifier: optional(implicit(1, printableString())),
});
export type MessageType = TypeOf<typeof MessageType>;

export const DistributionCodes = set('DistributionCodes', {
  sics: optional(implicit(0, sequenceOf(printableString()))),
  distExtensions: optional(implicit(1, sequenceOf(any))),
});
export type DistributionCodes = TypeOf<typeof DistributionCodes>;

export const MilitaryStrings = sequenceOf(printableString());
export const ExtendedAuthorisationInfo = utcTime;
