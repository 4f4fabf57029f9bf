/**
 * The rules for numbers, truth, identifiers, bits, times and strings.
 *
 * Source: X.413 (1999) 12.2 to 12.4; X.520 (1993) 6 for those with arc 2.5.13.
 */

import { bitString, hasBit } from '../asn1/bit-string.js';
import { childrenOf } from '../asn1/elements.js';
import { boolean, integer, objectIdentifier, stringContent } from '../asn1/primitive.js';
import { type Element, readElement } from '../asn1/reader.js';
import { generalizedTime, utcTime } from '../asn1/string.js';
import { application, TAG, type Tag } from '../asn1/tag.js';
import { textOf } from '../asn1/text.js';
import { secondsOfGeneralizedTime, secondsOfUtcTime } from '../asn1/time.js';
import { type Asn1Type, decodeElement } from '../asn1/type.js';
import { ViolationError } from '../base/errors.js';
import { formatHex } from '../base/octets.js';
import { foldText } from '../base/text.js';
import { MtsIdentifier } from '../x411/identifiers.js';
import { textOfTeletex } from '../x411/teletex.js';
import {
  equalityRule,
  type MatchingRule,
  matchingRule,
  type Reader,
  type SubstringPiece,
  type SubstringsRule,
  some,
} from './matching-rule.js';

function mistaken(code: string): ViolationError {
  return new ViolationError('asn1', code);
}

/** The element, which must have one of the tags. */
function elementOf(octets: Uint8Array, tags: readonly Tag[]): Element {
  const element = readElement(octets);
  if (!tags.includes(element.tag)) throw mistaken('unexpected-tag');
  return element;
}

/** INTEGER and ENUMERATED alike, and Priority, which keeps its APPLICATION tag. */
const NUMBER_TAGS = [TAG.integer, TAG.enumerated, application(7)];
export const numberOf: Reader<number> = (octets) =>
  integer().decode(elementOf(octets, NUMBER_TAGS));

const decoded =
  <T>(type: Asn1Type<T>): Reader<T> =>
  (octets) =>
    decodeElement(type, readElement(octets));

/** Trailing zero bits carry nothing. PerMessageIndicators keeps its APPLICATION tag. */
const bitsOf: Reader<string> = (octets) => {
  const bits = bitString.decode(elementOf(octets, [TAG.bitString, application(8)]));
  let text = '';
  for (let bit = 0; bit < 8 * bits.octets.length; bit += 1) text += hasBit(bits, bit) ? '1' : '0';
  return text.replace(/0+$/, '');
};

const time =
  (type: Asn1Type<string>, seconds: (text: string) => number | null): Reader<number> =>
  (octets) => {
    const found = seconds(decoded(type)(octets));
    if (found === null) throw mistaken('bad-time');
    return found;
  };
export const utcSecondsOf = time(utcTime, secondsOfUtcTime);
export const generalizedSecondsOf = time(generalizedTime, secondsOfGeneralizedTime);

const domainPart = (part: { readonly value: string } | undefined) =>
  part === undefined ? '' : foldText(part.value);

const mtsIdentifierKey: Reader<string> = (octets) => {
  const { globalDomainIdentifier, localIdentifier } = decoded(MtsIdentifier)(octets);
  const { countryName, administrationDomainName, privateDomainIdentifier } = globalDomainIdentifier;
  const domain = [countryName, administrationDomainName, privateDomainIdentifier].map(domainPart);
  return JSON.stringify([...domain, localIdentifier]);
};

/** IA5String and OCTET STRING are the same here; the attribute's own tag may stand before them. */
const correlatorKey: Reader<string> = (octets) => {
  const element = elementOf(octets, [TAG.ia5String, TAG.octetString]);
  return formatHex(stringContent(element, TAG.octetString, 'ContentCorrelator'));
};

const CONTENT_IDENTIFIER_TAGS = [application(10), TAG.printableString];
const contentIdentifierKey: Reader<string> = (octets) => {
  const element = elementOf(octets, CONTENT_IDENTIFIER_TAGS);
  const content = stringContent(element, TAG.octetString, 'ContentIdentifier');
  return foldText(Buffer.from(content).toString('latin1'));
};

/** The text of a string of any type, UniversalOrBMPString of X.411 among them. */
export const msStringOf: Reader<string> = (octets) => {
  const element = readElement(octets);
  const string = element.tag === TAG.set ? element.children().next() : element;
  const text = string === null ? null : textOf(string, textOfTeletex);
  if (text === null) throw mistaken('unexpected-tag');
  return text;
};
export const foldedMsStringOf: Reader<string> = (octets) => foldText(msStringOf(octets));

const directory = (number: number) => `2.5.13.${number}`;
const general = (number: number) => `2.6.4.8.${number}`;

export const objectIdentifierMatch = equalityRule(
  'objectIdentifierMatch',
  directory(0),
  decoded(objectIdentifier),
);
export const booleanMatch = equalityRule('booleanMatch', directory(13), (octets) =>
  Number(decoded(boolean)(octets)),
);
export const integerMatch = equalityRule('integerMatch', directory(14), numberOf);
export const bitStringMatch = equalityRule('bitStringMatch', directory(16), bitsOf);
export const uTCTimeMatch = equalityRule('uTCTimeMatch', directory(25), utcSecondsOf);
export const generalizedTimeMatch = equalityRule(
  'generalizedTimeMatch',
  directory(27),
  generalizedSecondsOf,
);
export const contentCorrelatorMatch = equalityRule(
  'contentCorrelatorMatch',
  general(1),
  correlatorKey,
);
export const contentIdentifierMatch = equalityRule(
  'contentIdentifierMatch',
  general(2),
  contentIdentifierKey,
);
/** Texts of a list of strings, folded: a message group's name. */
const foldedListOf: Reader<readonly string[]> = (octets) => {
  const list = readElement(octets);
  if (list.tag !== TAG.sequence) throw mistaken('unexpected-tag');
  return childrenOf(list).map(({ whole }) => foldedMsStringOf(whole));
};

type TextTest = (text: string, asserted: string) => boolean;
const isSame: TextTest = (text, asserted) => text === asserted;
const holdsText: TextTest = (text, asserted) => text.includes(asserted);

/** Lists whose elements match one by one; where `isWhole` is not asked, more may follow. */
function listRule(name: string, number: number, matches: TextTest, isWhole: boolean): MatchingRule {
  const holdsAll = (list: readonly string[], asserted: readonly string[]) => {
    if (asserted.length > list.length || (isWhole && asserted.length < list.length)) return false;
    return asserted.every((text, i) => matches(list[i] ?? '', text));
  };
  return matchingRule(name, general(number), foldedListOf, foldedListOf, holdsAll);
}

export const mSStringListMatch = listRule('mSStringListMatch', 9, isSame, true);
export const MS_STRING_LIST_RULES = [
  listRule('mSStringListElementsMatch', 8, isSame, false),
  listRule('mSSingleSubstringListMatch', 4, holdsText, true),
  listRule('mSSingleSubstringListElementsMatch', 3, holdsText, false),
];

/** The number of values there are, whatever they are. */
export const valueCountMatch: MatchingRule = {
  name: 'valueCountMatch',
  oid: general(24),
  test: (assertion) => {
    const count = numberOf(assertion);
    return (values) => values.length === count;
  },
};

export const mSStringMatch = equalityRule('mSStringMatch', general(10), foldedMsStringOf);
export const mTSIdentifierMatch = equalityRule('mTSIdentifierMatch', general(12), mtsIdentifierKey);

/** Blanks at the inner ends of a piece count: `ha ` is in `Alpha Test`, and not in `Alphabet`. */
export const mSSubstringsMatch: SubstringsRule = {
  name: 'mSSubstringsMatch',
  oid: general(6),
  test: (pieces) => {
    const texts = pieces.map(({ kind, value }) => ({
      kind,
      text: foldPiece(kind, msStringOf(value)),
    }));
    if (!isInOrder(pieces)) return () => false;
    return some((value) => holds(foldedMsStringOf(value), texts));
  },
};

/** As `foldText`, with one blank left at an end that had any and is no end of the text. */
function foldPiece(kind: SubstringPiece['kind'], text: string): string {
  const before = kind !== 'initial' && /^\s/.test(text) ? ' ' : '';
  const after = kind !== 'final' && /\s$/.test(text) ? ' ' : '';
  const folded = foldText(text);
  return folded === '' ? before : before + folded + after;
}

/** `initial` stands first or nowhere, `final` last or nowhere. */
function isInOrder(pieces: readonly SubstringPiece[]): boolean {
  return pieces.every(
    ({ kind }, i) => kind === 'any' || (kind === 'initial' ? i === 0 : i === pieces.length - 1),
  );
}

/** The pieces one after another, none overlapping the one before. */
function holds(
  text: string,
  pieces: readonly { readonly kind: SubstringPiece['kind']; readonly text: string }[],
): boolean {
  let at = 0;
  for (const { kind, text: piece } of pieces) {
    if (kind === 'final') return text.length - piece.length >= at && text.endsWith(piece);
    const found = kind === 'initial' ? (text.startsWith(piece) ? 0 : -1) : text.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return true;
}
