/**
 * The security context of an association: the labels that its messages may bear.
 *
 * Source: X.411 (1999) 8.1.1.1.1, 8.5.9.
 */
import { type Asn1Type, decode, encode } from '../asn1/type.js';
import { equalOctets } from '../base/octets.js';
import { SECURITY_LABELS_MAX } from '../limits/upper-bounds.js';
import { MessageDeliveryArgument, ReportDeliveryArgument } from '../x411/delivery.js';
import { SECURITY_PROBLEM } from '../x411/errors.js';
import { EXTENSION, type ExtensionField, extensionValue } from '../x411/extension.js';
import { SecurityCategory, SecurityLabel } from '../x411/security-label.js';

/** Whether a bind may ask for it: SIZE (1..ub-security-labels). */
export function isAcceptableContext(labels: readonly SecurityLabel[]): boolean {
  return labels.length >= 1 && labels.length <= SECURITY_LABELS_MAX;
}

/**
 * The security problem of what bears these extensions within the context; null where there is none.
 * A message with no label is within every context. Throws a violation where the label is none.
 */
export function labelProblemOf(
  context: readonly SecurityLabel[],
  extensions: readonly ExtensionField[],
): number | null {
  const octets = extensionValue(extensions, EXTENSION.messageSecurityLabel);
  if (octets === null) return null;
  const label = decode(SecurityLabel, octets);
  if (context.some((allowed) => isEqual(allowed, label))) return null;
  const isPolicyKnown = context.some(
    ({ securityPolicyIdentifier }) => securityPolicyIdentifier === label.securityPolicyIdentifier,
  );
  return isPolicyKnown
    ? SECURITY_PROBLEM.securityContextProblem
    : SECURITY_PROBLEM.securityPolicyViolation;
}

/** Of a delivery's argument. Throws a violation where the octets are none. */
export function extensionsOfDelivery(
  kind: 'message-delivery' | 'report-delivery',
  argument: Uint8Array,
): readonly ExtensionField[] {
  if (kind === 'report-delivery') return decode(ReportDeliveryArgument, argument).extensions;
  return decode(MessageDeliveryArgument, argument).otherFields.extensions;
}

function isEqual(a: SecurityLabel, b: SecurityLabel): boolean {
  return (
    a.securityPolicyIdentifier === b.securityPolicyIdentifier &&
    a.securityClassification === b.securityClassification &&
    a.privacyMark === b.privacyMark &&
    areEqualSets(SecurityCategory, a.securityCategories ?? [], b.securityCategories ?? [])
  );
}

function areEqualSets<T>(type: Asn1Type<T>, a: readonly T[], b: readonly T[]): boolean {
  const encoded = (list: readonly T[]) => list.map((item) => encode(type, item));
  const [ofA, ofB] = [encoded(a), encoded(b)];
  const isWithin = (list: readonly Uint8Array[], other: readonly Uint8Array[]) =>
    list.every((item) => other.some((one) => equalOctets(item, one)));
  return isWithin(ofA, ofB) && isWithin(ofB, ofA);
}
