/**
 * Where the heading of an entry's message names the recipient whose entry it is.
 *
 * A recipient who got the message by redirection stands in the heading under the name that was
 * intended at first. One who got it through a distribution list stands there not at all.
 *
 * Source: X.420 (1999) 19.6, recipient-category; X.411 (1999) 8.3.1.1.
 */
import { childrenOf } from '../asn1/elements.js';
import type { Element } from '../asn1/reader.js';
import { context, TAG } from '../asn1/tag.js';
import { OR_NAME_TAG, OrNameKept } from '../x411/or-name.js';
import { type ComparableOrName, comparableOrName, orNamesMatch } from '../x411/or-name-match.js';
import { HEADING_EXTENSION } from '../x420/heading.js';
import { contentView, fieldsOf } from './content-view.js';
import type { EntrySource } from './entry.js';
import { envelopeView } from './envelope-view.js';

export interface RecipientRole {
  /** RecipientCategory: primary 0, copy 1, blind-copy 2, circulation-list 4. */
  readonly category: number;
  /** The RecipientSpecifier, a SET. */
  readonly specifier: Element;
}

/** Tags of the recipient lists of a heading, by category. */
const LISTS = [
  [0, context(2)],
  [1, context(3)],
  [2, context(4)],
] as const;
const CIRCULATION_LIST = 4;
const THIS_RECIPIENT_NAME = context(4);
const ORIGINALLY_INTENDED_RECIPIENT_NAME = context(5);

/** All that name him, in the order of the lists. Throws a violation where something is broken. */
export function recipientRolesOf(source: EntrySource): RecipientRole[] {
  const names = recipientNamesOf(source);
  if (names.length === 0) return [];
  const isNamed = (specifier: Element) => {
    const name = formalNameOf(specifier);
    return name !== null && names.some((own) => orNamesMatch(own, name));
  };
  return specifiersOf(source).filter(({ specifier }) => isNamed(specifier));
}

/** The names under which the recipient may stand in a heading. */
export function recipientNamesOf(source: EntrySource): ComparableOrName[] {
  const { fields } = envelopeView(source);
  return [THIS_RECIPIENT_NAME, ORIGINALLY_INTENDED_RECIPIENT_NAME].flatMap((tag) => {
    const name = fields.get(tag);
    return name === undefined ? [] : [comparableOrName(OrNameKept.decode(name).value)];
  });
}

function specifiersOf(source: EntrySource): RecipientRole[] {
  const { headingFields, headingExtensions } = contentView(source);
  const listed = LISTS.flatMap(([category, tag]) => {
    const list = headingFields.get(tag);
    const specifiers = list === undefined ? [] : childrenOf(list);
    return specifiers.map((specifier) => ({ category, specifier }));
  });
  const circulation = headingExtensions
    .filter(({ type }) => type === HEADING_EXTENSION.circulationListRecipients)
    .flatMap(({ value }) => (value === null ? [] : childrenOf(value)))
    .flatMap((member) => fieldsOf(member).get(TAG.set) ?? [])
    .map((specifier) => ({ category: CIRCULATION_LIST, specifier }));
  return [...listed, ...circulation];
}

function formalNameOf(specifier: Element): ComparableOrName | null {
  const descriptor = fieldsOf(specifier).get(context(0));
  const name = descriptor === undefined ? undefined : fieldsOf(descriptor).get(OR_NAME_TAG);
  return name === undefined ? null : comparableOrName(OrNameKept.decode(name).value);
}
