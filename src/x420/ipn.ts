/**
 * Interpersonal notifications.
 *
 * Source: X.420 (1999) 8, module IPMSInformationObjects.
 */
import { choice } from '../asn1/choice.js';
import { optional, required } from '../asn1/component.js';
import { setOf } from '../asn1/list.js';
import { integer } from '../asn1/primitive.js';
import { set } from '../asn1/set.js';
import { printableString, utcTime } from '../asn1/string.js';
import { TAG } from '../asn1/tag.js';
import { explicit, implicit } from '../asn1/tagged.js';
import type { Asn1Type, TypeOf } from '../asn1/type.js';
import { EncodedInformationTypes } from '../x411/envelope-parts.js';
import { opaqueSequence } from '../x411/opaque.js';
import { HeadingExtension, IpmIdentifier, OrDescriptor } from './heading.js';

/** ENUMERATED whose unknown numbers are kept. */
const code: Asn1Type<number> = {
  ...integer('code'),
  tags: [TAG.enumerated],
  encode: (writer, value, tag = TAG.enumerated) => integer().encode(writer, value, tag),
};

export const NonReceiptFields = set('NonReceiptFields', {
  /** 0 ipm-discarded, 1 ipm-auto-forwarded. */
  nonReceiptReason: required(implicit(0, code)),
  /** 0 ipm-expired, 1 ipm-obsoleted, 2 user-subscription-terminated. */
  discardReason: optional(implicit(1, code)),
  autoForwardComment: optional(implicit(2, printableString())),
  /** The contents of the IPM. */
  returnedIpm: optional(implicit(3, opaqueSequence('IPM'))),
  extensions: optional(implicit(4, setOf(HeadingExtension))),
});

export const ReceiptFields = set('ReceiptFields', {
  receiptTime: required(implicit(0, utcTime)),
  /** 0 manual (absent: manual), 1 automatic. */
  acknowledgmentMode: optional(implicit(1, code)),
  supplReceiptInfo: optional(implicit(2, printableString())),
  extensions: optional(implicit(3, setOf(HeadingExtension))),
});

export const Ipn = set('IPN', {
  subjectIpm: required(IpmIdentifier),
  ipnOriginator: optional(implicit(1, OrDescriptor)),
  ipmIntendedRecipient: optional(implicit(2, OrDescriptor)),
  conversionEits: optional(EncodedInformationTypes),
  notificationExtensions: optional(implicit(3, setOf(HeadingExtension))),
  fields: required(
    explicit(
      0,
      choice('IPNFields', {
        nonReceipt: implicit(0, NonReceiptFields),
        receipt: implicit(1, ReceiptFields),
        other: implicit(2, setOf(HeadingExtension)),
      }),
    ),
  ),
});
export type Ipn = TypeOf<typeof Ipn>;
