/**
 * The interpersonal message: heading and body. Body parts stay whole elements; body-part.ts and
 * content.ts look into them.
 *
 * Source: X.420 (1999) 7, module IPMSInformationObjects.
 */
import { any } from '../asn1/any.js';
import { bitString } from '../asn1/bit-string.js';
import { choice } from '../asn1/choice.js';
import { listOrEmpty, optional, required } from '../asn1/component.js';
import { sequenceOf, setOf } from '../asn1/list.js';
import { boolean, enumerated, integer, objectIdentifier } from '../asn1/primitive.js';
import { sequence } from '../asn1/sequence.js';
import { set } from '../asn1/set.js';
import { printableString, teletexString, utcTime } from '../asn1/string.js';
import { application, explicit, implicit } from '../asn1/tagged.js';
import type { TypeOf } from '../asn1/type.js';
import { OrNameKept } from '../x411/or-name.js';

export const IpmIdentifier = application(
  11,
  set('IPMIdentifier', {
    user: optional(OrNameKept),
    userRelativeIdentifier: required(printableString()),
  }),
);
export type IpmIdentifier = TypeOf<typeof IpmIdentifier>;

export const OrDescriptor = set('ORDescriptor', {
  formalName: optional(OrNameKept),
  freeFormName: optional(implicit(0, teletexString())),
  telephoneNumber: optional(implicit(1, printableString())),
});
export type OrDescriptor = TypeOf<typeof OrDescriptor>;

/** An extension of heading, recipient or notification. An absent value is NULL. */
export const HeadingExtension = sequence('IPMSExtension', {
  type: required(objectIdentifier),
  value: optional(any),
});
export type HeadingExtension = TypeOf<typeof HeadingExtension>;

/** Bits of notification-requests. */
export const NOTIFICATION_REQUEST = { rn: 0, nrn: 1, ipmReturn: 2, anSupported: 3, suppressAn: 4 };

export const RecipientSpecifier = set('RecipientSpecifier', {
  recipient: required(implicit(0, OrDescriptor)),
  notificationRequests: optional(implicit(1, bitString)),
  replyRequested: optional(implicit(2, boolean)),
  recipientExtensions: optional(implicit(3, setOf(HeadingExtension))),
});
export type RecipientSpecifier = TypeOf<typeof RecipientSpecifier>;

/** A TeletexString; a PrintableString from senders of 1984. */
export const Subject = choice('Subject', {
  teletex: teletexString(),
  printable: printableString(),
});

export const IMPORTANCE = { low: 0, normal: 1, high: 2 } as const;

export const Heading = set('Heading', {
  thisIpm: required(IpmIdentifier),
  originator: optional(implicit(0, OrDescriptor)),
  authorizingUsers: optional(implicit(1, sequenceOf(OrDescriptor))),
  primaryRecipients: listOrEmpty(implicit(2, sequenceOf(RecipientSpecifier))),
  copyRecipients: listOrEmpty(implicit(3, sequenceOf(RecipientSpecifier))),
  blindCopyRecipients: optional(implicit(4, sequenceOf(RecipientSpecifier))),
  repliedToIpm: optional(implicit(5, IpmIdentifier)),
  obsoletedIpms: listOrEmpty(implicit(6, sequenceOf(IpmIdentifier))),
  relatedIpms: listOrEmpty(implicit(7, sequenceOf(IpmIdentifier))),
  subject: optional(explicit(8, Subject)),
  expiryTime: optional(implicit(9, utcTime)),
  replyTime: optional(implicit(10, utcTime)),
  replyRecipients: optional(implicit(11, sequenceOf(OrDescriptor))),
  importance: optional(implicit(12, enumerated('Importance', IMPORTANCE))),
  /** 1 personal, 2 private, 3 company-confidential. */
  sensitivity: optional(
    implicit(13, enumerated('Sensitivity', { personal: 1, private: 2, 'company-confidential': 3 })),
  ),
  autoForwarded: optional(implicit(14, boolean)),
  extensions: listOrEmpty(implicit(15, setOf(HeadingExtension))),
});
export type Heading = TypeOf<typeof Heading>;

export const Ipm = sequence('IPM', {
  heading: required(Heading),
  body: required(sequenceOf(any)),
});
export type Ipm = TypeOf<typeof Ipm>;

/** Extensions of the heading, arc 2.6.1.5, and of a recipient, arc 2.6.1.20. */
export const HEADING_EXTENSION = {
  incompleteCopy: '2.6.1.5.0',
  languages: '2.6.1.5.1',
  autoSubmitted: '2.6.1.5.2',
  bodyPartSignatures: '2.6.1.5.3',
  ipmSecurityLabel: '2.6.1.5.4',
  authorizationTime: '2.6.1.5.5',
  circulationListRecipients: '2.6.1.5.6',
  distributionCodes: '2.6.1.5.7',
  extendedSubject: '2.6.1.5.8',
  informationCategory: '2.6.1.5.9',
  manualHandlingInstructions: '2.6.1.5.10',
  originatorsReference: '2.6.1.5.11',
  precedencePolicyIdentifier: '2.6.1.5.12',
} as const;
export const RECIPIENT_EXTENSION = {
  circulationListIndicator: '2.6.1.20.0',
  precedence: '2.6.1.20.1',
} as const;

/** The value of recipient extension precedence. */
export const Precedence = integer('Precedence', 0, 127);
