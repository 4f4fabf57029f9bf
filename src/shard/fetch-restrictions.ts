/**
 * fetch-restrictions, which a user sets at bind for one association: what Fetch may not return
 * unless the call lifts the restriction. All that offends is told at once.
 *
 * Source: X.413 (1999) 7.1.1, 8.1.3 for override, 9.5.
 */
import { objectIdentifier, octetString } from '../asn1/primitive.js';
import { decode, type TypeOf } from '../asn1/type.js';
import type { FetchRestrictions } from '../engine/contract.js';
import { attributeByOid } from '../x413/attribute-table.js';
import { type FetchRestriction, fetchRestrictionError } from '../x413/errors.js';
import type { EntryInformation } from '../x413/selection.js';
import type { OverrideRestrictions } from '../x413/selector.js';
import { CONTENT, isPartOfContent } from './content-parts.js';
import type { WantedAttribute } from './entry-information.js';
import type { StoredSource } from './stored-source.js';

type Offence = TypeOf<typeof FetchRestriction>;

const DELIVERED_EITS = '2.6.4.3.12';

/** Throws fetch-restriction-error. */
export function checkRestrictions(
  source: StoredSource,
  wanted: readonly WantedAttribute[],
  { attributes = [] }: EntryInformation,
  restrictions: FetchRestrictions,
  override: TypeOf<typeof OverrideRestrictions> = new Set(),
): void {
  const offences: Offence[] = [];
  // Types of contents and of information matter to who gets the content, or a part of it.
  const isReturned = ({ definition }: WantedAttribute) =>
    attributes.some(({ type }) => type === definition.oid);
  if (wanted.filter(isReturned).some(({ definition }) => isPartOfContent(definition))) {
    if (!override.has('overrideContentTypesRestriction')) {
      offences.push(...contentTypeOffences(source, restrictions));
    }
    if (!override.has('overrideEitsRestriction')) {
      offences.push(...eitOffences(source, restrictions));
    }
  }
  const { maximumAttributeLength = Number.POSITIVE_INFINITY } = restrictions;
  if (!override.has('overrideAttributeLengthRestriction')) {
    for (const { type, values } of attributes) {
      const longest = Math.max(...values.map((value) => lengthOf(type, value)));
      if (longest > maximumAttributeLength) {
        offences.push({ kind: 'attributeLength', value: longest });
      }
    }
  }
  if (offences.length > 0) throw fetchRestrictionError(offences);
}

function contentTypeOffences(
  { entry: { contentType } }: StoredSource,
  { allowedContentTypes: allowed }: FetchRestrictions,
): Offence[] {
  if (allowed === undefined || allowed.includes(contentType)) return [];
  return [{ kind: 'contentType', value: contentType }];
}

function eitOffences(source: StoredSource, { allowedEits: allowed }: FetchRestrictions): Offence[] {
  if (allowed === undefined) return [];
  const eits = (attributeByOid(DELIVERED_EITS)?.values(source) ?? []).map((value) =>
    decode(objectIdentifier, value),
  );
  const barred = eits.filter((eit) => !allowed.includes(eit));
  return barred.length === 0 ? [] : [{ kind: 'eit', value: barred }];
}

/** Octets of a value; of the content, of what is in it. */
function lengthOf(type: string, value: Uint8Array): number {
  return type === CONTENT ? decode(octetString(), value).length : value.length;
}
