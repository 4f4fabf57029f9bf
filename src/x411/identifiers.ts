/**
 * Identifiers that the MTS gives to messages, probes and reports.
 *
 * Source: X.411 (1999), module MTSAbstractService, MTSIdentifier.
 */
import { optional, required } from '../asn1/component.js';
import { sequence } from '../asn1/sequence.js';
import { ia5String } from '../asn1/string.js';
import { application as applicationTag } from '../asn1/tag.js';
import { application } from '../asn1/tagged.js';
import type { TypeOf } from '../asn1/type.js';
import { AdministrationDomainName, CountryName, NumericOrPrintable } from './or-name.js';

/** The private domain is untagged here, unlike in an address. */
export const GlobalDomainIdentifier = application(
  3,
  sequence('GlobalDomainIdentifier', {
    countryName: required(CountryName),
    administrationDomainName: required(AdministrationDomainName),
    privateDomainIdentifier: optional(NumericOrPrintable),
  }),
);
export type GlobalDomainIdentifier = TypeOf<typeof GlobalDomainIdentifier>;

export const MTS_IDENTIFIER_TAG = applicationTag(4);
export const MtsIdentifier = application(
  4,
  sequence('MTSIdentifier', {
    globalDomainIdentifier: required(GlobalDomainIdentifier),
    localIdentifier: required(ia5String()),
  }),
);
export type MtsIdentifier = TypeOf<typeof MtsIdentifier>;

/** What {@link formatMtsIdentifier} writes; null for another text. */
export function parseMtsIdentifier(text: string): MtsIdentifier | null {
  const match = /^\[\/C=([^/]*)\/A=([^/]*)\/(?:P=([^/]*)\/)?;(.*)\]$/.exec(text);
  if (match === null) return null;
  const [, country = '', admd = '', prmd, localIdentifier = ''] = match;
  return {
    globalDomainIdentifier: {
      countryName: { kind: 'printable', value: country },
      administrationDomainName: { kind: 'printable', value: admd },
      ...(prmd !== undefined && { privateDomainIdentifier: { kind: 'printable', value: prmd } }),
    },
    localIdentifier,
  };
}

/** As the gateways write it: `[/C=XX/A=ICAO/P=TESTLAND/;MTA1.260101.000001]`. */
export function formatMtsIdentifier(identifier: MtsIdentifier): string {
  const { countryName, administrationDomainName, privateDomainIdentifier } =
    identifier.globalDomainIdentifier;
  const prmd = privateDomainIdentifier === undefined ? '' : `P=${privateDomainIdentifier.value}/`;
  const domain = `/C=${countryName.value}/A=${administrationDomainName.value}/${prmd}`;
  return `[${domain};${identifier.localIdentifier}]`;
}
