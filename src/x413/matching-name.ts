/**
 * The rules for O/R names and for what holds one: redirections, O/R descriptors, recipient
 * specifiers, members of a circulation list; and for identifiers of messages, which name a user.
 *
 * Names are costly to read, and a mailbox has few correspondents: what a rule has said of some
 * octets it says again without reading them.
 *
 * Source: X.413 (1999) 12.4; X.420 (1999), module IPMSMessageStoreAttributes.
 */

import { childrenOf, retag } from '../asn1/elements.js';
import type { Oid } from '../asn1/primitive.js';
import { type Element, readElement } from '../asn1/reader.js';
import { application, context, TAG, type Tag } from '../asn1/tag.js';
import { decode } from '../asn1/type.js';
import { ViolationError } from '../base/errors.js';
import { MATCH_REMEMBERED_BYTES_MAX, MATCHES_REMEMBERED_MAX } from '../limits.js';
import { OR_NAME_TAG, OrName } from '../x411/or-name.js';
import {
  type ComparableOrName,
  comparableOrName,
  orNameHasElement,
  orNameHasElements,
  orNameHasSubstrings,
  orNamesMatch,
} from '../x411/or-name-match.js';
import { type MatchingRule, matchingRule, type Reader, some, type Truth } from './matching-rule.js';
import { foldedMsStringOf, numberOf } from './matching-simple.js';

const generalRule = (number: number): Oid => `2.6.4.8.${number}`;
const ipmRule = (number: number): Oid => `2.6.1.14.${number}`;

function mistaken(): ViolationError {
  return new ViolationError('asn1', 'unexpected-tag');
}

/** The rule, which keeps in mind what it has found about the octets of recent values. */
function remembering(rule: MatchingRule): MatchingRule {
  const test = (assertion: Uint8Array) => {
    const matches = rule.test(assertion);
    const known = new Map<string, Truth>();
    return some((value) => {
      if (value.length > MATCH_REMEMBERED_BYTES_MAX) return matches([value]);
      const key = Buffer.from(value.buffer, value.byteOffset, value.length).toString('latin1');
      const told = known.get(key);
      const found = told === undefined ? matches([value]) : told;
      if (known.size < MATCHES_REMEMBERED_MAX) known.set(key, found);
      return found;
    });
  };
  return { ...rule, test };
}

function nameRule<A, V>(
  name: string,
  oid: Oid,
  assertion: Reader<A>,
  value: Reader<V>,
  matches: (value: V, asserted: A) => boolean,
): MatchingRule {
  return remembering(matchingRule(name, oid, assertion, value, matches));
}

const orNameOf: Reader<ComparableOrName> = (octets) => comparableOrName(decode(OrName, octets));

export const oRNameMatch = nameRule(
  'oRNameMatch',
  generalRule(17),
  orNameOf,
  orNameOf,
  orNamesMatch,
);
export const oRNameElementsMatch = nameRule(
  'oRNameElementsMatch',
  generalRule(16),
  orNameOf,
  orNameOf,
  orNameHasElements,
);
export const oRNameSingleElementMatch = nameRule(
  'oRNameSingleElementMatch',
  generalRule(18),
  foldedMsStringOf,
  orNameOf,
  orNameHasElement,
);
export const oRNameSubstringElementsMatch = nameRule(
  'oRNameSubstringElementsMatch',
  generalRule(19),
  orNameOf,
  orNameOf,
  orNameHasSubstrings,
);

/** The name in a Redirection or DLExpansion: its first member, or the first of that. */
const nameWithin: Reader<ComparableOrName> = (octets) => {
  let element: Element | undefined = readElement(octets);
  for (let depth = 0; depth < 2 && element !== undefined; depth += 1) {
    element = childrenOf(element)[0];
    if (element?.tag === OR_NAME_TAG) return orNameOf(element.whole);
  }
  throw mistaken();
};

export const redirectionOrDLExpansionElementsMatch = nameRule(
  'redirectionOrDLExpansionElementsMatch',
  generalRule(20),
  orNameOf,
  nameWithin,
  orNameHasElements,
);
export const redirectionOrDLExpansionMatch = nameRule(
  'redirectionOrDLExpansionMatch',
  generalRule(21),
  orNameOf,
  nameWithin,
  orNamesMatch,
);
export const redirectionOrDLExpansionSubstringElementsMatch = nameRule(
  'redirectionOrDLExpansionSubstringElementsMatch',
  generalRule(22),
  orNameOf,
  nameWithin,
  orNameHasSubstrings,
);
export const redirectionReasonMatch = matchingRule(
  'redirectionReasonMatch',
  generalRule(23),
  numberOf,
  (octets) => {
    const reason = childrenOf(readElement(octets)).at(-1);
    if (reason === undefined) throw mistaken();
    return numberOf(reason.whole);
  },
  (value, asserted) => value === asserted,
);
export const redirectionOrDLExpansionSingleElementMatch = nameRule(
  'redirectionOrDLExpansionSingleElementMatch',
  generalRule(25),
  foldedMsStringOf,
  nameWithin,
  orNameHasElement,
);

/** IPMIdentifier, and EDIMIdentifier, which has its members under other tags. */
interface MessageIdentifier {
  readonly user: ComparableOrName | null;
  readonly relative: string;
}

const IDENTIFIER_TAGS: readonly Tag[] = [application(11), TAG.set];

const messageIdentifierOf: Reader<MessageIdentifier> = (octets) => {
  const identifier = readElement(octets);
  if (!IDENTIFIER_TAGS.includes(identifier.tag)) throw mistaken();
  let user: ComparableOrName | null = null;
  let relative: string | null = null;
  for (const member of childrenOf(identifier)) {
    if (member.tag === OR_NAME_TAG || member.tag === context(0)) {
      user = orNameOf(retag(member, OR_NAME_TAG));
    } else if (member.tag === TAG.printableString || member.tag === context(1)) {
      relative = Buffer.from(member.content).toString('latin1');
    }
  }
  if (relative === null) throw mistaken();
  return { user, relative };
};

export const iPMIdentifierMatch = nameRule(
  'iPMIdentifierMatch',
  ipmRule(0),
  messageIdentifierOf,
  messageIdentifierOf,
  (a, b) => {
    if (a.relative !== b.relative) return false;
    return a.user === null || b.user === null ? a.user === b.user : orNamesMatch(a.user, b.user);
  },
);

/** What an ORDescriptor says, its texts folded. */
interface Descriptor {
  readonly formalName: ComparableOrName | null;
  readonly freeFormName: string | null;
  readonly telephoneNumber: string | null;
}

const descriptorOf: Reader<Descriptor> = (octets) => {
  const descriptor = readElement(octets);
  if (descriptor.tag !== TAG.set) throw mistaken();
  const members = childrenOf(descriptor);
  const formalName = members.find(({ tag }) => tag === OR_NAME_TAG);
  const text = (number: number, type: Tag) => {
    const member = members.find(({ tag }) => tag === context(number));
    return member === undefined ? null : foldedMsStringOf(retag(member, type));
  };
  return {
    formalName: formalName === undefined ? null : orNameOf(formalName.whole),
    freeFormName: text(0, TAG.teletexString),
    telephoneNumber: text(1, TAG.printableString),
  };
};

/** The formal names decide where both have one, then the free-form ones, then the numbers. */
function descriptorsMatch(a: Descriptor, b: Descriptor): boolean {
  if (a.formalName !== null && b.formalName !== null) {
    return orNamesMatch(a.formalName, b.formalName);
  }
  if (a.freeFormName !== null && b.freeFormName !== null) return a.freeFormName === b.freeFormName;
  return a.telephoneNumber !== null && a.telephoneNumber === b.telephoneNumber;
}

/** Whatever is asserted is there: names by `names`, texts by `texts`. */
function descriptorHas(
  found: Descriptor,
  asserted: Descriptor,
  names: typeof orNameHasElements,
  texts: (found: string, asserted: string) => boolean,
): boolean {
  const hasText = (text: string | null, wanted: string | null) =>
    wanted === null || (text !== null && texts(text, wanted));
  const hasName =
    asserted.formalName === null ||
    (found.formalName !== null && names(found.formalName, asserted.formalName));
  return (
    hasName &&
    hasText(found.freeFormName, asserted.freeFormName) &&
    hasText(found.telephoneNumber, asserted.telephoneNumber)
  );
}

const descriptorHasElements = (found: Descriptor, asserted: Descriptor) =>
  descriptorHas(found, asserted, orNameHasElements, (text, wanted) => text === wanted);
const descriptorHasSubstrings = (found: Descriptor, asserted: Descriptor) =>
  descriptorHas(found, asserted, orNameHasSubstrings, (text, wanted) => text.includes(wanted));
const descriptorHasElement = (found: Descriptor, text: string) =>
  found.freeFormName === text ||
  found.telephoneNumber === text ||
  (found.formalName !== null && orNameHasElement(found.formalName, text));

/** The four rules for a syntax that holds one descriptor. */
function descriptorRules(
  prefix: string,
  numbers: readonly [equal: number, elements: number, substrings: number, single: number],
  read: Reader<Descriptor>,
) {
  const [equal, elements, substrings, single] = numbers;
  const rule = (
    name: string,
    number: number,
    matches: (found: Descriptor, asserted: Descriptor) => boolean,
  ) => nameRule(prefix + name, ipmRule(number), read, read, matches);
  return {
    equality: rule('Match', equal, descriptorsMatch),
    elements: rule('ElementsMatch', elements, descriptorHasElements),
    substrings: rule('SubstringElementsMatch', substrings, descriptorHasSubstrings),
    single: nameRule(
      `${prefix}SingleElementMatch`,
      ipmRule(single),
      foldedMsStringOf,
      read,
      descriptorHasElement,
    ),
  };
}

/** recipient of a RecipientSpecifier or CirculationMember: its [0]. */
const specifiedDescriptorOf: Reader<Descriptor> = (octets) => {
  const specifier = readElement(octets);
  if (specifier.tag !== TAG.set) throw mistaken();
  const recipient = childrenOf(specifier).find(({ tag }) => tag === context(0));
  if (recipient === undefined) throw mistaken();
  return descriptorOf(retag(recipient, TAG.set));
};

/** A CirculationMember holds the specifier as a SET of its own. */
const memberDescriptorOf: Reader<Descriptor> = (octets) => {
  const specifier = childrenOf(readElement(octets)).find(({ tag }) => tag === TAG.set);
  if (specifier === undefined) throw mistaken();
  return specifiedDescriptorOf(specifier.whole);
};

export const OR_DESCRIPTOR_RULES = descriptorRules('oRDescriptor', [1, 2, 3, 8], descriptorOf);
export const RECIPIENT_SPECIFIER_RULES = descriptorRules(
  'recipientSpecifier',
  [4, 5, 6, 9],
  specifiedDescriptorOf,
);
export const CIRCULATION_MEMBER_RULES = descriptorRules(
  'circulationMember',
  [10, 11, 12, 13],
  memberDescriptorOf,
);

/** How a member was checked: simply, at a time, by signature; or not at all. */
const checkmarkOf: Reader<string> = (octets) => {
  const mark = childrenOf(readElement(octets)).find(({ tag }) => tag !== TAG.set);
  if (mark === undefined) return 'none';
  if (mark.tag === TAG.null) return 'simple';
  return mark.tag === TAG.generalizedTime ? 'timestamped' : 'signed';
};

export const circulationMemberCheckmarkMatch = matchingRule(
  'circulationMemberCheckmarkMatch',
  ipmRule(14),
  checkmarkOf,
  checkmarkOf,
  (value, asserted) => value === asserted,
);
