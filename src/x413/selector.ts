/**
 * Selector: which entries an operation is about.
 *
 * Source: X.413 (1999) 8.1, module MSAbstractService, Selector, Range.
 */
import { namedBits } from '../asn1/bit-string.js';
import { choice } from '../asn1/choice.js';
import { optional, withDefault } from '../asn1/component.js';
import { boolean, integer } from '../asn1/primitive.js';
import { sequence } from '../asn1/sequence.js';
import { set } from '../asn1/set.js';
import { utcTime } from '../asn1/string.js';
import { tolerantExplicit } from '../asn1/tagged.js';
import type { TypeOf } from '../asn1/type.js';
import { SequenceNumberType } from './common.js';
import { Filter } from './filter.js';

/** Both ends are included; a missing end is open. */
export const SequenceNumberRange = sequence('NumberRange', {
  from: optional(tolerantExplicit(0, SequenceNumberType)),
  to: optional(tolerantExplicit(1, SequenceNumberType)),
});

export const CreationTimeRange = sequence('TimeRange', {
  from: optional(tolerantExplicit(0, utcTime)),
  to: optional(tolerantExplicit(1, utcTime)),
});

export const Range = choice('Range', {
  sequenceNumberRange: tolerantExplicit(0, SequenceNumberRange),
  creationTimeRange: tolerantExplicit(1, CreationTimeRange),
});
export type Range = TypeOf<typeof Range>;

/** Bits of override: which fetch-restriction this call lifts. */
export const OverrideRestrictions = namedBits('OverrideRestrictions', {
  overrideContentTypesRestriction: 0,
  overrideEitsRestriction: 1,
  overrideAttributeLengthRestriction: 2,
});

export const Selector = set('Selector', {
  childEntries: withDefault(tolerantExplicit(0, boolean), false),
  range: optional(tolerantExplicit(1, Range)),
  filter: optional(tolerantExplicit(2, Filter)),
  limit: optional(tolerantExplicit(3, integer('limit', 1))),
  override: optional(tolerantExplicit(4, OverrideRestrictions)),
});
export type Selector = TypeOf<typeof Selector>;
