/**
 * From labelled texts to an O/R address: which attribute a label means, in which string type its
 * value fits, and whether the whole is an address.
 *
 * Source: X.402 (1999) 18.5; X.411 (1999), module MTSUpperBounds.
 */
import { optional } from '../asn1/component.js';
import { sequenceOf } from '../asn1/list.js';
import { integer } from '../asn1/primitive.js';
import { set } from '../asn1/set.js';
import { printableString, teletexString } from '../asn1/string.js';
import { type Asn1Type, encode } from '../asn1/type.js';
import { parseHex } from '../base/octets.js';
import {
  type AddressAttribute,
  E1634Address,
  PDS_PARAMETER_LABELS,
  TERMINAL_TYPE,
  TeletexDomainDefinedAttributes,
  TeletexPersonalName,
} from './or-address-attributes.js';
import {
  type BuiltInStandardAttributes,
  type ExtensionAttribute,
  NumericOrPrintable,
  type OrName,
} from './or-name.js';
import { teletexOfText } from './teletex.js';

const PRINTABLE = /^[A-Za-z0-9 '()+,\-./:=?]*$/;
const NUMERIC = /^[0-9 ]*$/;
const DOMAIN_DEFINED_ATTRIBUTES_MAX = 4;

/** Upper bounds in characters. */
const BOUNDS: ReadonlyMap<string, number> = new Map([
  ...([
    ['C', 3],
    ['A', 16],
    ['P', 16],
    ['O', 64],
    ['S', 40],
    ['G', 16],
    ['I', 5],
    ['Q', 3],
    ['CN', 64],
    ['X.121', 16],
    ['N-ID', 32],
    ['T-ID', 24],
    ['T-TY', 5],
    ['ISDN', 56],
    ['DDA', 128],
    ['PD-C', 3],
    ['PD-PC', 16],
    ['PD-SN', 16],
  ] as const),
  ...[1, 2, 3, 4].map((n) => [`OU${n}`, 32] as const),
  ...[1, 2, 3, 4, 5, 6].map((n) => [`PD-A${n}`, 30] as const),
  ...[...PDS_PARAMETER_LABELS.values()].map((label) => [label, 30] as const),
]);
const NUMERIC_LABELS: readonly string[] = ['X.121', 'N-ID'];
/** These may be written in teletex characters; the others are printable or nothing. */
const TELETEX_LABELS = /^(O|OU\d|S|G|I|Q|CN|DDA|PD-.+)$/;

/** The address, or what is wrong. */
export function buildOrAddress(attributes: readonly AddressAttribute[]): OrName | string {
  const texts = new Map<string, string>();
  for (const attribute of attributes) {
    const problem = checkAttribute(attribute, texts);
    if (problem !== null) return problem;
    if (attribute.label !== 'DDA') texts.set(attribute.label, attribute.value);
  }
  const ddas = attributes.filter(({ label }) => label === 'DDA');
  if (ddas.length > DOMAIN_DEFINED_ATTRIBUTES_MAX) return 'more than four DDA';
  const problem = checkForm(texts, ddas.length);
  if (problem !== null) return problem;
  const extensions = extensionAttributes(texts);
  if (typeof extensions === 'string') return extensions;
  const isPlain = ddas.every(({ type = '', value }) => PRINTABLE.test(type + value));
  if (!isPlain) extensions.push({ id: 6, value: teletexDdas(ddas) });
  return {
    standardAttributes: standardAttributes(texts),
    ...(ddas.length > 0 && isPlain
      ? { domainDefinedAttributes: ddas.map(({ type = '', value }) => ({ type, value })) }
      : {}),
    ...(extensions.length > 0 ? { extensionAttributes: extensions } : {}),
  };
}

function checkAttribute(
  { label, type, value }: AddressAttribute,
  texts: ReadonlyMap<string, string>,
): string | null {
  if (/^X-\d+$/.test(label)) return texts.has(label) ? `${label} twice` : null;
  const bound = BOUNDS.get(label);
  if (bound === undefined) return `unknown label ${label}`;
  if (texts.has(label)) return `${label} twice`;
  if (value === '') return `${label} is empty`;
  if (value.length > bound) return `${label} is longer than ${bound}`;
  if (type !== undefined && type.length > 8) return `DDA type ${type} is longer than 8`;
  if (NUMERIC_LABELS.includes(label) && !NUMERIC.test(value)) return `${label} is no number`;
  const isTeletex = TELETEX_LABELS.test(label) && teletexOfText(`${type ?? ''}${value}`) !== null;
  if (!PRINTABLE.test(`${type ?? ''}${value}`) && !isTeletex) {
    return `${label} has a character that cannot be sent`;
  }
  if ((label === 'C' || label === 'PD-C') && !/^([A-Za-z]{2}|\d{3})$/.test(value)) {
    return `${label} is neither two letters nor three digits`;
  }
  return null;
}

function checkForm(texts: ReadonlyMap<string, string>, ddaCount: number): string | null {
  for (let unit = 2; unit <= 4; unit += 1) {
    if (texts.has(`OU${unit}`) && !texts.has(`OU${unit - 1}`)) return `OU${unit - 1} is missing`;
  }
  for (let line = 2; line <= 6; line += 1) {
    if (texts.has(`PD-A${line}`) && !texts.has(`PD-A${line - 1}`)) {
      return `PD-A${line - 1} is missing`;
    }
  }
  if (['G', 'I', 'Q'].some((label) => texts.has(label)) && !texts.has('S')) return 'S is missing';
  if (texts.has('X.121') || texts.has('ISDN') || texts.has('X-22')) return null;
  if (!texts.has('C')) return 'C is missing';
  const others = [...texts.keys()].filter((label) => label !== 'C' && label !== 'A');
  return others.length + ddaCount > 0 ? null : 'C and A alone are no address';
}

/** The value where it is printable: another goes into an extension attribute. */
function printable(texts: ReadonlyMap<string, string>, label: string): string | undefined {
  const value = texts.get(label);
  return value !== undefined && PRINTABLE.test(value) ? value : undefined;
}

function unitsOf(texts: ReadonlyMap<string, string>): string[] {
  return [1, 2, 3, 4].flatMap((n) => texts.get(`OU${n}`) ?? []);
}

function personalNameOf(texts: ReadonlyMap<string, string>) {
  return defined({
    surname: texts.get('S') ?? '',
    givenName: texts.get('G'),
    initials: texts.get('I'),
    generationQualifier: texts.get('Q'),
  });
}

/** Without the members that are undefined. */
function defined<T extends object>(members: T) {
  const entries = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}

const domain = (value: string, numeric: RegExp): NumericOrPrintable => ({
  kind: numeric.test(value) ? 'numeric' : 'printable',
  value,
});

function standardAttributes(texts: ReadonlyMap<string, string>): BuiltInStandardAttributes {
  const country = texts.get('C');
  // An address with a country has an administration domain; left out, it is the single space.
  const admd = texts.get('A') ?? (country === undefined ? undefined : ' ');
  const prmd = texts.get('P');
  const units = unitsOf(texts);
  const personalName = personalNameOf(texts);
  const isPlainName = Object.values(personalName).every((part) => PRINTABLE.test(part));
  return defined({
    countryName: country === undefined ? undefined : domain(country, /^\d{3}$/),
    administrationDomainName: admd === undefined ? undefined : domain(admd, /^$/),
    networkAddress: texts.get('X.121'),
    terminalIdentifier: texts.get('T-ID'),
    privateDomainName: prmd === undefined ? undefined : domain(prmd, /^$/),
    organizationName: printable(texts, 'O'),
    numericUserIdentifier: texts.get('N-ID'),
    personalName: texts.has('S') && isPlainName ? personalName : undefined,
    organizationalUnitNames:
      units.length > 0 && units.every((unit) => PRINTABLE.test(unit)) ? units : undefined,
  });
}

const PdsParameter = set('PDSParameter', {
  printable: optional(printableString()),
  teletex: optional(teletexString()),
});
const UnformattedPostalAddress = set('UnformattedPostalAddress', {
  lines: optional(sequenceOf(printableString())),
});

const t61 = (text: string) => teletexOfText(text) ?? text;

function extensionAttributes(texts: ReadonlyMap<string, string>): ExtensionAttribute[] | string {
  const list: ExtensionAttribute[] = [];
  const add = <T>(id: number, type: Asn1Type<T>, value: T) =>
    list.push({ id, value: encode(type, value) });
  teletexAttributes(texts, add);
  for (const [label, value] of texts) {
    const isPrintable = PRINTABLE.test(value);
    if (label === 'CN' && isPrintable) add(1, printableString(), value);
    else if (label === 'PD-SN') add(7, printableString(), value);
    else if (label === 'PD-C') add(8, NumericOrPrintable, domain(value, NUMERIC));
    else if (label === 'PD-PC') add(9, NumericOrPrintable, domain(value, NUMERIC));
    else if (label === 'T-TY') {
      const number = TERMINAL_TYPE[value as keyof typeof TERMINAL_TYPE] ?? Number(value);
      if (!Number.isInteger(number)) return `unknown terminal type ${value}`;
      add(23, integer(), number);
    } else if (label === 'ISDN') {
      const [number = '', subAddress] = value.split('+').filter((part) => part !== '');
      add(22, E1634Address, subAddress === undefined ? { number } : { number, subAddress });
    } else if (label.startsWith('X-')) {
      const octets = parseHex(value);
      if (octets === null || octets.length === 0) return `${label} is not hexadecimal`;
      list.push({ id: Number(label.slice(2)), value: octets });
    }
  }
  for (const [id, label] of PDS_PARAMETER_LABELS) {
    const value = texts.get(label);
    if (value === undefined) continue;
    add(id, PdsParameter, PRINTABLE.test(value) ? { printable: value } : { teletex: t61(value) });
  }
  const lines = [1, 2, 3, 4, 5, 6].flatMap((n) => texts.get(`PD-A${n}`) ?? []);
  if (lines.length > 0) add(16, UnformattedPostalAddress, { lines });
  return list;
}

/** What is not printable and therefore has no built-in attribute. */
function teletexAttributes(
  texts: ReadonlyMap<string, string>,
  add: <T>(id: number, type: Asn1Type<T>, value: T) => void,
): void {
  const isTeletex = (text: string) => !PRINTABLE.test(text);
  const [commonName, organization] = [texts.get('CN'), texts.get('O')];
  if (commonName !== undefined && isTeletex(commonName)) add(2, teletexString(), t61(commonName));
  if (organization !== undefined && isTeletex(organization)) {
    add(3, teletexString(), t61(organization));
  }
  const name = personalNameOf(texts);
  if (texts.has('S') && Object.values(name).some(isTeletex)) {
    const entries = Object.entries(name).map(([part, text]) => [part, t61(text)]);
    add(4, TeletexPersonalName, Object.fromEntries(entries) as { surname: string });
  }
  const units = unitsOf(texts);
  if (units.some(isTeletex)) add(5, sequenceOf(teletexString()), units.map(t61));
}

function teletexDdas(ddas: readonly AddressAttribute[]): Uint8Array {
  return encode(
    TeletexDomainDefinedAttributes,
    ddas.map(({ type = '', value }) => ({ type: t61(type), value: t61(value) })),
  );
}
