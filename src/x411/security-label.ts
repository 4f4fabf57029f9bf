/**
 * Security labels. Categories are kept as octets: their meaning belongs to the policy.
 *
 * Source: X.411 (1999), module MTSAbstractService, SecurityLabel.
 */
import { any } from '../asn1/any.js';
import { optional, required } from '../asn1/component.js';
import { setOf } from '../asn1/list.js';
import { integer, objectIdentifier } from '../asn1/primitive.js';
import { sequence } from '../asn1/sequence.js';
import { set } from '../asn1/set.js';
import { printableString } from '../asn1/string.js';
import { explicit, implicit } from '../asn1/tagged.js';
import type { TypeOf } from '../asn1/type.js';

export const SecurityCategory = sequence('SecurityCategory', {
  type: required(implicit(0, objectIdentifier)),
  value: required(explicit(1, any)),
});

export const SecurityLabel = set('SecurityLabel', {
  securityPolicyIdentifier: optional(objectIdentifier),
  securityClassification: optional(integer()),
  privacyMark: optional(printableString()),
  securityCategories: optional(setOf(SecurityCategory)),
});
export type SecurityLabel = TypeOf<typeof SecurityLabel>;

export const SECURITY_CLASSIFICATION = {
  unmarked: 0,
  unclassified: 1,
  restricted: 2,
  confidential: 3,
  secret: 4,
  topSecret: 5,
} as const;
