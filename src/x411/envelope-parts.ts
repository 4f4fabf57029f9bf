/**
 * What the envelopes of submission, delivery and report have in common.
 *
 * Named bits stay the bit strings that came, for trailing zeros are legal and we hand envelopes on;
 * ask them with `hasBit`.
 *
 * Source: X.411 (1999), module MTSAbstractService; the OID forms: X.411 Annex A, X.413 Annex.
 */
import { type BitString, bitString, hasBit } from '../asn1/bit-string.js';
import { choice } from '../asn1/choice.js';
import { optional, required } from '../asn1/component.js';
import { setOf } from '../asn1/list.js';
import { enumerated, integer, type Oid, objectIdentifier } from '../asn1/primitive.js';
import { set } from '../asn1/set.js';
import { printableString } from '../asn1/string.js';
import { TAG, universal } from '../asn1/tag.js';
import { application, implicit } from '../asn1/tagged.js';
import type { Asn1Type, TypeOf } from '../asn1/type.js';
import { opaqueSet } from './opaque.js';

/** The numbers are not in the order of urgency. */
export const PRIORITY = { normal: 0, 'non-urgent': 1, urgent: 2 } as const;
export const Priority = application(7, enumerated('Priority', PRIORITY));
export type Priority = TypeOf<typeof Priority>;

/** Greater is more urgent. */
export const URGENCY: Readonly<Record<Priority, number>> = {
  'non-urgent': 0,
  normal: 1,
  urgent: 2,
};

const RELATIVE_OID = universal(13);

/**
 * The text of 1999 makes of it a relative identifier, without saying to what: then it has all arcs
 * one by one, or is written as the whole it stands for. All send OBJECT IDENTIFIER; so do we.
 */
const ExtendedContentType: Asn1Type<Oid> = {
  ...objectIdentifier,
  name: 'ExtendedContentType',
  tags: [TAG.objectIdentifier, RELATIVE_OID],
  decode: (element) => {
    const text = objectIdentifier.decode(element);
    // Its first arc alone, which is 2 at most, has been taken for the first two in one.
    const hasAllArcs = element.tag === RELATIVE_OID && /^0\.[0-2]\./.test(text);
    return hasAllArcs ? text.slice(2) : text;
  },
};

export const ContentType = choice('ContentType', {
  builtIn: application(6, integer()),
  extended: ExtendedContentType,
});
export type ContentType = TypeOf<typeof ContentType>;

/** In a delivery the built-in number has another tag. */
export const DeliveredContentType = choice('DeliveredContentType', {
  builtIn: implicit(0, integer()),
  extended: ExtendedContentType,
});

export const ContentIdentifier = application(10, printableString());

export const PerMessageIndicators = application(8, bitString);
export const PER_MESSAGE_INDICATOR = {
  disclosureOfOtherRecipients: 0,
  implicitConversionProhibited: 1,
  alternateRecipientAllowed: 2,
  contentReturnRequest: 3,
  notificationType1: 6,
  notificationType2: 5,
  serviceMessage: 7,
} as const;

const encodedInformationTypes = set('EncodedInformationTypes', {
  builtIn: required(implicit(0, bitString)),
  g3Facsimile: optional(implicit(1, bitString)),
  teletex: optional(implicit(2, opaqueSet('TeletexNonBasicParameters'))),
  extended: optional(implicit(4, setOf(objectIdentifier))),
});

/** Envelopes of delivery put another tag in the place of this one. */
export const EncodedInformationTypes = application(5, encodedInformationTypes);
export type EncodedInformationTypes = TypeOf<typeof EncodedInformationTypes>;

const CONTENT_TYPE_OIDS: ReadonlyMap<number, Oid> = new Map([
  [0, '2.6.3.3.0'],
  [1, '2.6.3.3.1'],
  [2, '2.6.1.10.0'],
  [22, '2.6.1.10.1'],
  [35, '2.6.7.10.0'],
]);

/**
 * The OID under which the store knows a content type. A built-in number that has none (voice) is
 * shown as unidentified.
 */
export function contentTypeOid(contentType: ContentType): Oid {
  if (contentType.kind === 'extended') return contentType.value;
  return CONTENT_TYPE_OIDS.get(contentType.value) ?? '2.6.3.3.0';
}

/** The envelope's form of a content type: the built-in number where there is one. */
export function contentTypeOf(oid: Oid): ContentType {
  for (const [number, known] of CONTENT_TYPE_OIDS) {
    if (known === oid && number !== 1) return { kind: 'builtIn', value: number };
  }
  return { kind: 'extended', value: oid };
}

/** Built-in bits that have an OID: all but telex, which is withdrawn. */
const EIT_BITS = [0, 2, 3, 4, 5, 6, 7, 8, 9];

/** One OID for each encoded information type, built-in ones first, none twice. */
export function eitOids(eits: EncodedInformationTypes): Oid[] {
  const builtIn = eitBits(eits.builtIn).map((bit) => `2.6.3.4.${bit}`);
  return [...new Set([...builtIn, ...(eits.extended ?? [])])];
}

function eitBits(bits: BitString): number[] {
  return EIT_BITS.filter((bit) => hasBit(bits, bit));
}
