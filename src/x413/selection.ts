/**
 * Attributes as they are asked for and conveyed.
 *
 * Source: X.413 (1999) 8.1, module MSAbstractService, EntryInformationSelection, EntryInformation.
 */
import { any } from '../asn1/any.js';
import { optional, required } from '../asn1/component.js';
import { sequenceOf, setOf } from '../asn1/list.js';
import { integer, objectIdentifier } from '../asn1/primitive.js';
import { sequence } from '../asn1/sequence.js';
import { set } from '../asn1/set.js';
import { tolerantExplicit } from '../asn1/tagged.js';
import type { TypeOf } from '../asn1/type.js';
import { SequenceNumberType } from './common.js';

export const AttributeSelection = set('AttributeSelection', {
  type: required(objectIdentifier),
  /** Values are counted from one. */
  from: optional(tolerantExplicit(0, integer('from', 1))),
  count: optional(tolerantExplicit(1, integer('count', 0))),
});
export type AttributeSelection = TypeOf<typeof AttributeSelection>;

export const EntryInformationSelection = setOf(AttributeSelection);
export type EntryInformationSelection = TypeOf<typeof EntryInformationSelection>;

/** Values are whole elements of the attribute's own syntax. */
export const Attribute = sequence('Attribute', {
  type: required(objectIdentifier),
  values: required(sequenceOf(any, 1)),
});
export type Attribute = TypeOf<typeof Attribute>;

export const AttributeValueCount = sequence('AttributeValueCount', {
  type: required(tolerantExplicit(0, objectIdentifier)),
  total: required(tolerantExplicit(1, integer())),
});

export const AttributeValueCounts = setOf(AttributeValueCount);

export const EntryInformation = sequence('EntryInformation', {
  sequenceNumber: required(SequenceNumberType),
  attributes: optional(setOf(Attribute, 1)),
  /** 1994. */
  valueCountExceeded: optional(tolerantExplicit(0, AttributeValueCounts)),
});
export type EntryInformation = TypeOf<typeof EntryInformation>;

/** The same, of which only the number is looked at: what follows is passed over as unknown. */
export const EntryOutline = sequence('EntryInformation', {
  sequenceNumber: required(SequenceNumberType),
});
