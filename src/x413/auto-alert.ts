/**
 * The auto-actions by their types, and what a registration of auto-alert carries.
 *
 * Source: X.413 (1999) 13, module MSGeneralAutoActionTypes; X.420 (1999) 19.7 for those of IPM,
 * X.435 (1999) for those of EDI.
 */
import { optional, required, withDefault } from '../asn1/component.js';
import { External } from '../asn1/external.js';
import { sequenceOf } from '../asn1/list.js';
import { boolean, octetString } from '../asn1/primitive.js';
import { sequence } from '../asn1/sequence.js';
import { set } from '../asn1/set.js';
import { tolerantExplicit } from '../asn1/tagged.js';
import type { TypeOf } from '../asn1/type.js';
import { Filter } from './filter.js';
import { EntryInformationSelection } from './selection.js';

/** id-act-…: the types that the standards define, whether we perform them or not. */
export const AUTO_ACTION = {
  autoForward: '2.6.4.4.0',
  autoAlert: '2.6.4.4.1',
  autoCorrelateReports: '2.6.4.4.2',
  autoDelete: '2.6.4.4.3',
  autoModify: '2.6.4.4.4',
  ipmAutoAcknowledgement: '2.6.1.15.0',
  ipmAutoCorrelate: '2.6.1.15.1',
  ipmAutoDiscard: '2.6.1.15.2',
  ipmAutoAdvise: '2.6.1.15.3',
  ediAutoForwardFirst: '2.6.7.14.0',
  ediAutoCorrelate: '2.6.7.14.1',
  ediAutoAcknowledgement: '2.6.7.14.2',
  ediAutoForward: '2.6.7.14.3',
} as const;

/** What an alert-address means is agreed between provider and user. */
export const AlertDestination = sequence('AlertDestination', {
  alertAddress: required(External),
  alertQualifier: optional(octetString('alert-qualifier')),
});

export const AutoAlertParameter = set('AutoAlertRegistrationParameter', {
  /** Which new entries alert; absent: every one. */
  filter: optional(tolerantExplicit(0, Filter)),
  alertDestinations: optional(tolerantExplicit(1, sequenceOf(AlertDestination, 1))),
  /** What the alert carries of the entry; types that List may return. */
  requestedAttributes: optional(tolerantExplicit(2, EntryInformationSelection)),
  /** 1994. */
  suppressAlertDestinations: withDefault(tolerantExplicit(3, boolean), true),
});
export type AutoAlertParameter = TypeOf<typeof AutoAlertParameter>;
