/**
 * O/R addresses as text: the labelled form with `;` or `/`, and the slash form of the gateways.
 * Both are read, with their labels and escapes mixed as they are met; the slash form is written,
 * outermost attribute first.
 *
 * Source: X.402 (1999) Annex F, RFC 1685, RFC 2156 4.1.
 */
import { type AddressAttribute, addressAttributes } from './or-address-attributes.js';
import { buildOrAddress } from './or-address-build.js';
import type { OrName } from './or-name.js';

export type ParsedOrAddress =
  | { readonly kind: 'name'; readonly name: OrName }
  | { readonly kind: 'problem'; readonly problem: string };

/** `/C=XX/A=ICAO/P=TESTLAND/O=REGION1/OU1=TTAA/CN=TTAAYFYX/`. */
export function formatOrAddress(name: OrName): string {
  const parts = addressAttributes(name).map(({ label, type, value }) => {
    const dda = type === undefined ? '' : `:${escaped(type).replaceAll('=', '$=')}`;
    return `${label}${dda}=${escaped(value)}`;
  });
  return parts.length === 0 ? '' : `/${parts.join('/')}/`;
}

function escaped(text: string): string {
  return text.replaceAll(/[/$]/g, (character) => `$${character}`);
}

/** Reads an address. What is wrong with it is said in one line, for whoever has typed it. */
export function parseOrAddress(text: string): ParsedOrAddress {
  const body = text.trim().replace(/^X\.?400:\s*/i, '');
  const attributes: AddressAttribute[] = [];
  for (const pair of body.startsWith('/') ? slashPairs(body.slice(1)) : semicolonPairs(body)) {
    const attribute = parsePair(pair);
    if (typeof attribute === 'string') return { kind: 'problem', problem: attribute };
    attributes.push(attribute);
  }
  const numbered = numberUnits(attributes);
  const built = typeof numbered === 'string' ? numbered : buildOrAddress(numbered);
  return typeof built === 'string'
    ? { kind: 'problem', problem: built }
    : { kind: 'name', name: built };
}

/** A label with its value; escapes are resolved, so `=` is found before. */
interface Pair {
  readonly label: string;
  readonly value: string | null;
}

function slashPairs(body: string): Pair[] {
  return splitPairs(body, /\$([/=$])|\/\/|\/|=/g, '/');
}

function semicolonPairs(body: string): Pair[] {
  return splitPairs(body, /;;|;|=/g, ';');
}

/** Walks over delimiters and escapes, the first `=` of a pair ending its label. */
function splitPairs(body: string, marks: RegExp, delimiter: string): Pair[] {
  const pairs: Pair[] = [];
  let label: string | null = null;
  let text = '';
  let at = 0;
  const finish = () => {
    if (label !== null || text.trim() !== '') {
      pairs.push(label === null ? { label: text, value: null } : { label, value: text });
    }
    label = null;
    text = '';
  };
  for (const match of body.matchAll(marks)) {
    if (match.index < at) continue;
    text += body.slice(at, match.index);
    at = match.index + match[0].length;
    const isDoubled = delimiter === ';' && isDdaLabel(text);
    if (match[0] === delimiter) finish();
    else if (isDoubled && match[0] === '=' && label === null && body[at] === '=') {
      // The type of a domain-defined attribute; the slash form has `$=` for that.
      text += '=';
      at += 1;
    } else if (match[0] === '=' && label === null) [label, text] = [text, ''];
    else text += match[1] ?? match[0][0];
  }
  text += body.slice(at);
  finish();
  return pairs;
}

const isDdaLabel = (text: string) => /^\s*(DDA:|DD\.)/i.test(text);

const SYNONYMS: Readonly<Record<string, string>> = {
  ADMD: 'A',
  PRMD: 'P',
  GQ: 'Q',
  X121: 'X.121',
  'UA-ID': 'N-ID',
};

function parsePair({ label: written, value }: Pair): AddressAttribute | string {
  const trimmed = written.trim();
  if (value === null) return `"${trimmed}" has no "="`;
  const dda = /^(?:DDA:|DD\.)(.+)$/i.exec(trimmed);
  if (dda !== null) return { label: 'DDA', type: (dda[1] ?? '').trim(), value: value.trim() };
  const upper = trimmed.toUpperCase();
  const label = SYNONYMS[upper] ?? upper;
  // A single space is the administration domain that stands for any.
  const text = label === 'A' && value.trim() === '' ? ' ' : value.trim();
  return { label, value: text };
}

/** Numbers the units written plainly: the first is OU1, unless O comes behind them. */
function numberUnits(attributes: readonly AddressAttribute[]): AddressAttribute[] | string {
  const plain = attributes.filter(({ label }) => label === 'OU');
  if (plain.length === 0) return [...attributes];
  if (attributes.some(({ label }) => /^OU\d$/.test(label))) return 'OU with and without number';
  const organization = attributes.findIndex(({ label }) => label === 'O');
  const isReversed = organization > attributes.findIndex(({ label }) => label === 'OU');
  let next = isReversed ? plain.length : 1;
  return attributes.map((attribute) => {
    if (attribute.label !== 'OU') return attribute;
    const label = `OU${next}`;
    next += isReversed ? -1 : 1;
    return { ...attribute, label };
  });
}
