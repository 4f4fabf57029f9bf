/**
 * The attributes of military messages: one for each extension that STANAG 4406 puts into the
 * heading. Syntax, rules and what may be listed follow from the extensions, for the module that
 * defines the attributes could not be read.
 *
 * Source: STANAG 4406 Annex A, ACP 123, ASN.1 module MMSHeadingExtensions.
 */
import { integer } from '../asn1/primitive.js';
import { context } from '../asn1/tag.js';
import { encode } from '../asn1/type.js';
import { MILITARY_EXTENSION } from '../x420/military.js';
import { type AttributeDefinition, attribute, type Values } from './attribute.js';
import { headingExtension, recipientExtension } from './attributes-heading.js';
import { fieldsOf } from './content-view.js';
import { each, readField, whole } from './field-readers.js';
import type { MatchingName } from './matching.js';

const M = MILITARY_EXTENSION;

/** One member of an extension that is a SET, split. */
const memberOf = (type: string, number: number): Values =>
  headingExtension(type, (value) => readField(fieldsOf(value).get(context(number)), each));

/** From the index, so that a scan by precedence opens no file. */
const primaryPrecedence: Values = ({ entry }) =>
  entry.precedence < 0 ? [] : [encode(integer(), entry.precedence)];

/** An extension of this recipient; some put it into the heading. */
const acp127NotificationRequest: Values = (source) => {
  const found = recipientExtension(M.acp127NotificationRequest)(source);
  if (found.length > 0) return found;
  return headingExtension(M.acp127NotificationRequest, whole)(source);
};

const row = (number: number, name: string, matching: MatchingName, flags: string, derive: Values) =>
  attribute(`1.3.26.0.4406.0.3.${number}`, `mm-${name}`, matching, `${flags} dcsf`, derive);

/** An extension that is one value, and one whose members are the values. */
const one = (
  number: number,
  name: string,
  matching: MatchingName,
  flags: string,
  extension: string,
) => row(number, name, matching, flags, headingExtension(extension, whole));
const many = (number: number, name: string, matching: MatchingName, extension: string) =>
  row(number, name, matching, 'ML', headingExtension(extension, each));

export const MILITARY_ATTRIBUTES: readonly AttributeDefinition[] = [
  row(0, 'primary-precedence', 'orderedInteger', 'LZX', primaryPrecedence),
  one(1, 'copy-precedence', 'orderedInteger', 'LZ', M.copyPrecedence),
  one(2, 'message-type', 'none', 'L', M.messageType),
  many(3, 'address-list-indicator', 'none', M.addressListIndicator),
  many(4, 'exempted-address', 'orDescriptorOnly', M.exemptedAddress),
  one(5, 'extended-authorisation-info', 'utcTime', 'L', M.extendedAuthorisationInfo),
  one(6, 'distribution-codes', 'none', 'L', M.distributionCodes),
  many(7, 'handling-instructions', 'string', M.handlingInstructions),
  many(8, 'message-instructions', 'string', M.messageInstructions),
  one(9, 'codress-message', 'integer', 'L', M.codressMessage),
  one(10, 'originator-reference', 'string', 'L', M.originatorReference),
  many(11, 'other-recipients-indicator', 'none', M.otherRecipientsIndicator),
  many(12, 'pilot-forwarding-info', 'none', M.pilotForwardingInfo),
  one(13, 'acp127-message-identifier', 'string', 'L', M.acp127MessageIdentifier),
  one(14, 'originator-plad', 'string', 'L', M.originatorPlad),
  row(15, 'acp127-notification-request', 'bits', 'L', acp127NotificationRequest),
  row(16, 'sic-codes', 'string', 'MLZ', memberOf(M.distributionCodes, 0)),
  row(17, 'distribution-extensions', 'none', 'ML', memberOf(M.distributionCodes, 1)),
  row(18, 'body-part-information-label', 'none', 'ML', memberOf(M.informationLabels, 2)),
  one(19, 'security-information-labels', 'none', 'L', M.informationLabels),
];
