/**
 * O/R names. What is only passed on is kept as it came: use {@link OrNameKept} in envelopes.
 *
 * Repertoires and upper bounds are not judged here; who stores mail must take what peers send.
 *
 * Source: X.411 (1999), module MTSAbstractService, ORName; X.402 (1999) 18.
 */
import { any, type Kept, keep, kept } from '../asn1/any.js';
import { choice } from '../asn1/choice.js';
import { optional, required } from '../asn1/component.js';
import { wrap } from '../asn1/header.js';
import { sequenceOf, setOf } from '../asn1/list.js';
import { integer } from '../asn1/primitive.js';
import { sequence } from '../asn1/sequence.js';
import { set } from '../asn1/set.js';
import { numericString, printableString } from '../asn1/string.js';
import { application as applicationTag } from '../asn1/tag.js';
import { application, explicit, explicitApplication, implicit } from '../asn1/tagged.js';
import { decode, encode, type TypeOf } from '../asn1/type.js';
import { joinOctets } from '../base/octets.js';

/** The two forms in which country and domain names come; as attributes they are one. */
export const NumericOrPrintable = choice('NumericOrPrintable', {
  numeric: numericString(),
  printable: printableString(),
});
export type NumericOrPrintable = TypeOf<typeof NumericOrPrintable>;

export const CountryName = explicitApplication(1, NumericOrPrintable);
export const AdministrationDomainName = explicitApplication(2, NumericOrPrintable);

export const PersonalName = set('PersonalName', {
  surname: required(implicit(0, printableString())),
  givenName: optional(implicit(1, printableString())),
  initials: optional(implicit(2, printableString())),
  generationQualifier: optional(implicit(3, printableString())),
});
export type PersonalName = TypeOf<typeof PersonalName>;

export const BuiltInStandardAttributes = sequence('BuiltInStandardAttributes', {
  countryName: optional(CountryName),
  administrationDomainName: optional(AdministrationDomainName),
  networkAddress: optional(implicit(0, numericString())),
  terminalIdentifier: optional(implicit(1, printableString())),
  privateDomainName: optional(explicit(2, NumericOrPrintable)),
  organizationName: optional(implicit(3, printableString())),
  numericUserIdentifier: optional(implicit(4, numericString())),
  personalName: optional(implicit(5, PersonalName)),
  organizationalUnitNames: optional(implicit(6, sequenceOf(printableString()))),
});
export type BuiltInStandardAttributes = TypeOf<typeof BuiltInStandardAttributes>;

export const BuiltInDomainDefinedAttribute = sequence('BuiltInDomainDefinedAttribute', {
  type: required(printableString()),
  value: required(printableString()),
});

export const ExtensionAttribute = sequence('ExtensionAttribute', {
  id: required(implicit(0, integer())),
  /** A whole element of the type that belongs to the id. */
  value: required(explicit(1, any)),
});
export type ExtensionAttribute = TypeOf<typeof ExtensionAttribute>;

const addressComponents = {
  standardAttributes: required(BuiltInStandardAttributes),
  domainDefinedAttributes: optional(sequenceOf(BuiltInDomainDefinedAttribute)),
  extensionAttributes: optional(setOf(ExtensionAttribute)),
} as const;

/** ORAddress: an O/R name without tag and directory name. */
export const OrAddress = sequence('ORAddress', addressComponents);
export type OrAddress = TypeOf<typeof OrAddress>;

/** For names whose octets are looked at or put together without decoding. */
export const OR_NAME_TAG = applicationTag(0);
export const OrName = application(
  0,
  sequence('ORName', { ...addressComponents, directoryName: optional(explicit(0, any)) }),
);
export type OrName = TypeOf<typeof OrName>;

/** An O/R name with the octets it came in, which go out again. */
export const OrNameKept = kept(OrName);
export type OrNameKept = Kept<OrName>;

/** The kept form of a name that we have made. */
export function keepOrName(name: OrName): OrNameKept {
  return keep(OrName, encode(OrName, name));
}

/** The name that has these contents octets. Throws a violation where they are none. */
export function orNameOfContents(contents: Uint8Array): OrName {
  return decode(OrName, joinOctets(wrap(OR_NAME_TAG, [contents])));
}
