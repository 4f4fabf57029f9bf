/**
 * Filters as they are sent. What they mean is in shard/compile-filter.ts.
 *
 * Source: X.413 (1999) 8.1, module MSAbstractService, Filter.
 */
import { any } from '../asn1/any.js';
import { type ChoiceValue, choice } from '../asn1/choice.js';
import { required } from '../asn1/component.js';
import { lazy } from '../asn1/lazy.js';
import { sequenceOf, setOf } from '../asn1/list.js';
import { objectIdentifier } from '../asn1/primitive.js';
import { sequence } from '../asn1/sequence.js';
import { context } from '../asn1/tag.js';
import { tolerantExplicit } from '../asn1/tagged.js';
import type { Asn1Type, TypeOf } from '../asn1/type.js';

export const AttributeValueAssertion = sequence('AttributeValueAssertion', {
  type: required(objectIdentifier),
  value: required(any),
});
export type AttributeValueAssertion = TypeOf<typeof AttributeValueAssertion>;

export const Substrings = sequence('Substrings', {
  type: required(objectIdentifier),
  strings: required(
    sequenceOf(
      choice('SubstringPiece', {
        initial: tolerantExplicit(0, any),
        any: tolerantExplicit(1, any),
        final: tolerantExplicit(2, any),
      }),
      1,
    ),
  ),
});

/** 1994. */
export const MatchingRuleAssertion = sequence('MatchingRuleAssertion', {
  matchingRule: required(tolerantExplicit(0, objectIdentifier)),
  attributeType: required(tolerantExplicit(1, objectIdentifier)),
  matchValue: required(tolerantExplicit(2, any)),
});

const filterItemAlternatives = {
  equality: tolerantExplicit(0, AttributeValueAssertion),
  substrings: tolerantExplicit(1, Substrings),
  greaterOrEqual: tolerantExplicit(2, AttributeValueAssertion),
  lessOrEqual: tolerantExplicit(3, AttributeValueAssertion),
  present: tolerantExplicit(4, objectIdentifier),
  approximateMatch: tolerantExplicit(5, AttributeValueAssertion),
  /** 1994. */
  otherMatch: tolerantExplicit(6, MatchingRuleAssertion),
} as const;
export const FilterItem = choice('FilterItem', filterItemAlternatives);
export type FilterItem = ChoiceValue<typeof filterItemAlternatives>;

export type Filter =
  | { readonly kind: 'item'; readonly value: FilterItem }
  | { readonly kind: 'and'; readonly value: readonly Filter[] }
  | { readonly kind: 'or'; readonly value: readonly Filter[] }
  | { readonly kind: 'not'; readonly value: Filter };

const filterTags = [context(0), context(1), context(2), context(3)];

export const Filter: Asn1Type<Filter> = lazy('Filter', filterTags, () => filterType);

const filterType: Asn1Type<Filter> = choice('Filter', {
  item: tolerantExplicit(0, FilterItem),
  and: tolerantExplicit(1, setOf(Filter)),
  or: tolerantExplicit(2, setOf(Filter)),
  not: tolerantExplicit(3, Filter),
});
