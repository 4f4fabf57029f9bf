/**
 * Which rules an attribute has: the sets that occur in the standards' attribute definitions, by
 * the kind of value that they belong to.
 *
 * Source: X.413 (1999) 11, 12; X.420 (1999) 19.6; X.435 (1999); the MATCHING-RULE fields of each
 * attribute.
 */
import type { Oid } from '../asn1/primitive.js';
import type { Edition } from './common.js';
import { distributionCodeMatch, informationCategoryMatch } from './matching-code.js';
import {
  CIRCULATION_MEMBER_RULES,
  circulationMemberCheckmarkMatch,
  iPMIdentifierMatch,
  OR_DESCRIPTOR_RULES,
  oRNameElementsMatch,
  oRNameMatch,
  oRNameSingleElementMatch,
  oRNameSubstringElementsMatch,
  RECIPIENT_SPECIFIER_RULES,
  redirectionOrDLExpansionElementsMatch,
  redirectionOrDLExpansionMatch,
  redirectionOrDLExpansionSingleElementMatch,
  redirectionOrDLExpansionSubstringElementsMatch,
  redirectionReasonMatch,
} from './matching-name.js';
import {
  type MatchingRule,
  type OrderingRule,
  orderingRule,
  type SubstringsRule,
} from './matching-rule.js';
import * as simple from './matching-simple.js';

/** The rules of one attribute; null where it has none of a kind. */
export interface Matching {
  readonly equality: MatchingRule | null;
  readonly ordering: OrderingRule | null;
  readonly substrings: SubstringsRule | null;
  /** Those that other-match may name; 1994. */
  readonly others: readonly MatchingRule[];
  /** Kinds whose rule the edition of 1988 does not have. */
  readonly notIn88: readonly RuleKind[];
}

export type RuleKind = 'equality' | 'ordering' | 'substrings';

const NONE: Matching = {
  equality: null,
  ordering: null,
  substrings: null,
  others: [],
  notIn88: [],
};
const matching = (rules: Partial<Matching>): Matching => ({ ...NONE, ...rules });

const integerOrderingMatch = orderingRule('integerOrderingMatch', '2.5.13.15', simple.numberOf);
const uTCTimeOrderingMatch = orderingRule('uTCTimeOrderingMatch', '2.5.13.26', simple.utcSecondsOf);
const generalizedTimeOrderingMatch = orderingRule(
  'generalizedTimeOrderingMatch',
  '2.5.13.28',
  simple.generalizedSecondsOf,
);

const orName = matching({
  equality: oRNameMatch,
  others: [oRNameElementsMatch, oRNameSubstringElementsMatch, oRNameSingleElementMatch],
});
const dlExpansions = [
  redirectionOrDLExpansionMatch,
  redirectionOrDLExpansionElementsMatch,
  redirectionOrDLExpansionSubstringElementsMatch,
  redirectionOrDLExpansionSingleElementMatch,
];
type Rules = typeof OR_DESCRIPTOR_RULES;
const descriptor = ({ equality, elements, substrings, single }: Rules, ...more: MatchingRule[]) =>
  matching({ equality, others: [elements, substrings, single, ...more] });
const integers = { equality: simple.integerMatch, ordering: integerOrderingMatch };
const text = { equality: simple.mSStringMatch, substrings: simple.mSSubstringsMatch };

/** A name that ends in 94: what is named behind it came in 1994. */
export const MATCHING = {
  none: NONE,
  boolean: matching({ equality: simple.booleanMatch }),
  bits: matching({ equality: simple.bitStringMatch }),
  integer: matching({ equality: simple.integerMatch }),
  integer94: matching({ equality: simple.integerMatch, notIn88: ['equality'] }),
  orderedInteger: matching(integers),
  orderedInteger94: matching({ ...integers, notIn88: ['ordering'] }),
  /** Larger or smaller, but never equal: lengths. */
  length: matching({ ordering: integerOrderingMatch }),
  oid: matching({ equality: simple.objectIdentifierMatch }),
  utcTime: matching({ equality: simple.uTCTimeMatch, ordering: uTCTimeOrderingMatch }),
  generalizedTime: matching({
    equality: simple.generalizedTimeMatch,
    ordering: generalizedTimeOrderingMatch,
  }),
  string: matching({ equality: simple.mSStringMatch }),
  text: matching(text),
  textSubstrings94: matching({ ...text, notIn88: ['substrings'] }),
  stringList: matching({
    equality: simple.mSStringListMatch,
    others: [...simple.MS_STRING_LIST_RULES, simple.valueCountMatch],
  }),
  contentCorrelator: matching({ equality: simple.contentCorrelatorMatch }),
  contentIdentifier: matching({ equality: simple.contentIdentifierMatch }),
  mtsIdentifier94: matching({ equality: simple.mTSIdentifierMatch, notIn88: ['equality'] }),
  ipmIdentifier: matching({ equality: iPMIdentifierMatch }),
  orName,
  orName94: { ...orName, notIn88: ['equality'] },
  orNameOnly: matching({ equality: oRNameMatch }),
  dlExpansion: matching({ others: dlExpansions }),
  redirection: matching({ others: [...dlExpansions, redirectionReasonMatch] }),
  orDescriptor: descriptor(OR_DESCRIPTOR_RULES),
  orDescriptorOnly: matching({ equality: OR_DESCRIPTOR_RULES.equality }),
  recipientSpecifier: descriptor(RECIPIENT_SPECIFIER_RULES),
  circulationMember: descriptor(CIRCULATION_MEMBER_RULES, circulationMemberCheckmarkMatch),
  distributionCode: matching({ equality: distributionCodeMatch }),
  informationCategory: matching({ equality: informationCategoryMatch }),
} as const satisfies Readonly<Record<string, Matching>>;
export type MatchingName = keyof typeof MATCHING;

/** The rule of the kind, where the edition has it; null: it does not apply to the attribute. */
export function ruleOf<K extends RuleKind>(
  rules: Matching,
  kind: K,
  edition: Edition,
): Matching[K] {
  return edition === '88' && rules.notIn88.includes(kind) ? null : rules[kind];
}

/** The identifiers of all rules that the attributes have, each once. */
export function matchingRulesOf(attributes: readonly Matching[]): Oid[] {
  const rules = attributes.flatMap(({ equality, ordering, substrings, others }) => [
    ...[equality, ordering, substrings].filter((rule) => rule !== null),
    ...others,
  ]);
  return [...new Set(rules.map(({ oid }) => oid))].sort();
}

/** The rule that other-match names, equality among them; null where the attribute has it not. */
export function namedRuleOf({ equality, others }: Matching, oid: Oid): MatchingRule | null {
  if (equality?.oid === oid) return equality;
  return others.find((rule) => rule.oid === oid) ?? null;
}
