/**
 * How O/R names match one another: whole, in the elements that are asserted, in pieces of them, or
 * in any one element.
 *
 * Two forms of one attribute (printable, teletex, universal) are alternatives: the attribute
 * matches when any form on the one side matches any on the other.
 *
 * Source: X.402 (1999) 18.4; X.413 (1999) 12.4, rules oRNameMatch to oRNameSubstringElementsMatch.
 */
import { childrenOf } from '../asn1/elements.js';
import { objectIdentifier } from '../asn1/primitive.js';
import { readElement } from '../asn1/reader.js';
import { textOf } from '../asn1/text.js';
import { formatHex } from '../base/octets.js';
import { foldText } from '../base/text.js';
import { addressForms } from './or-address-attributes.js';
import type { OrName } from './or-name.js';
import { textOfTeletex } from './teletex.js';

/** Folded texts of an element by its key. */
type Elements = ReadonlyMap<string, readonly string[]>;

/** A name made ready: whoever compares one with many does this once. */
export interface ComparableOrName {
  /** Domain-defined attributes keyed by position and type. */
  readonly address: Elements;
  /** The same, but domain-defined attributes keyed by type alone. */
  readonly elements: Elements;
  /** Relative distinguished names, outermost first, each its sorted pairs of type and value. */
  readonly directoryName: readonly string[] | null;
  /** Values of all attributes of the directory name. */
  readonly directoryTexts: readonly string[];
}

export function comparableOrName(name: OrName): ComparableOrName {
  const address = new Map<string, string[]>();
  const elements = new Map<string, string[]>();
  for (const forms of addressForms(name)) {
    let position = 0;
    for (const { label, type, value } of forms) {
      const text = foldText(value);
      // An administration domain of one space stands for any: it is as good as none.
      if (label === 'A' && text === '') continue;
      const key = type === undefined ? label : `DDA:${foldText(type)}`;
      if (type !== undefined) position += 1;
      add(address, type === undefined ? key : `${position}.${key}`, text);
      add(elements, key, text);
    }
  }
  const pairs = name.directoryName === undefined ? null : directoryPairs(name.directoryName);
  return {
    address,
    elements,
    directoryName: pairs?.map((rdn) => rdn.map((pair) => pair.join('=')).join('+')) ?? null,
    directoryTexts: (pairs ?? []).flat().map(([, text]) => text),
  };
}

function add(map: Map<string, string[]>, key: string, text: string): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [text]);
  else known.push(text);
}

/** Type and folded value of every attribute, RDN by RDN. Throws a violation. */
function directoryPairs(octets: Uint8Array): [type: string, value: string][][] {
  return childrenOf(readElement(octets)).map((rdn) =>
    childrenOf(rdn)
      .map((pair): [string, string] => {
        const [type, value] = childrenOf(pair);
        const text = value === undefined ? null : textOf(value, textOfTeletex);
        return [
          type === undefined ? '' : objectIdentifier.decode(type),
          text === null ? formatHex(value?.whole ?? new Uint8Array(0)) : foldText(text),
        ];
      })
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** oRNameMatch: the addresses are equal, or, where both have one, the directory names. */
export function orNamesMatch(a: ComparableOrName, b: ComparableOrName): boolean {
  const hasAddress = a.address.size > 0 && b.address.size > 0;
  if (hasAddress && a.address.size === b.address.size && covers(a.address, b.address, isEqual)) {
    return true;
  }
  return a.directoryName !== null && equalDirectoryNames(a, b);
}

/** oRNameElementsMatch: whatever is asserted is there and equal. */
export function orNameHasElements(name: ComparableOrName, asserted: ComparableOrName): boolean {
  if (!covers(name.elements, asserted.elements, isEqual)) return false;
  return asserted.directoryName === null || equalDirectoryNames(name, asserted);
}

/** oRNameSubstringElementsMatch: whatever is asserted is part of what is there. */
export function orNameHasSubstrings(name: ComparableOrName, asserted: ComparableOrName): boolean {
  if (!covers(name.elements, asserted.elements, contains)) return false;
  return asserted.directoryName === null || equalDirectoryNames(name, asserted);
}

/** oRNameSingleElementMatch: some element is the folded text. */
export function orNameHasElement(name: ComparableOrName, text: string): boolean {
  for (const texts of name.elements.values()) if (texts.includes(text)) return true;
  return name.directoryTexts.includes(text);
}

const isEqual = (found: string, asserted: string) => found === asserted;
const contains = (found: string, asserted: string) => found.includes(asserted);

function covers(
  found: Elements,
  asserted: Elements,
  matches: (found: string, asserted: string) => boolean,
): boolean {
  for (const [key, wanted] of asserted) {
    const texts = found.get(key) ?? [];
    if (!texts.some((text) => wanted.some((one) => matches(text, one)))) return false;
  }
  return true;
}

function equalDirectoryNames(a: ComparableOrName, b: ComparableOrName): boolean {
  const [left, right] = [a.directoryName ?? [], b.directoryName ?? []];
  return left.length === right.length && left.every((rdn, i) => rdn === right[i]);
}
