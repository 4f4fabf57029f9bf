/**
 * An O/R address as a list of labelled texts: the common ground of its text form and of its
 * comparison key. Printable, universal and teletex forms of one attribute become one label, the
 * first of them that is there standing for all.
 *
 * Source: X.402 (1999) 18 and Annex F; X.411 (1999), module MTSAbstractService, extension
 * attributes 1 to 40.
 */
import { choice } from '../asn1/choice.js';
import { optional, required } from '../asn1/component.js';
import { sequenceOf } from '../asn1/list.js';
import { integer } from '../asn1/primitive.js';
import { sequence } from '../asn1/sequence.js';
import { set } from '../asn1/set.js';
import {
  bmpString,
  numericString,
  printableString,
  teletexString,
  universalString,
} from '../asn1/string.js';
import { implicit } from '../asn1/tagged.js';
import { type Asn1Type, decode } from '../asn1/type.js';
import { ViolationError } from '../base/errors.js';
import { formatHex } from '../base/octets.js';
import { NumericOrPrintable, type OrName } from './or-name.js';
import { textOfTeletex } from './teletex.js';

export interface AddressAttribute {
  /** Such as `C`, `OU1`, `PD-PC`, `X-99`; `DDA` for domain-defined ones. */
  readonly label: string;
  /** Of a domain-defined attribute. */
  readonly type?: string;
  readonly value: string;
}

const teletexPersonalName = personalNameOf('TeletexPersonalName', teletexString());
export const TeletexPersonalName = teletexPersonalName;

const UniversalOrBmp = set('UniversalOrBMPString', {
  text: required(choice('UniversalOrBMP', { bmp: bmpString, universal: universalString })),
  language: optional(printableString()),
});
const UniversalPersonalName = personalNameOf('UniversalPersonalName', UniversalOrBmp);

function personalNameOf<T>(name: string, text: Asn1Type<T>) {
  return set(name, {
    surname: required(implicit(0, text)),
    givenName: optional(implicit(1, text)),
    initials: optional(implicit(2, text)),
    generationQualifier: optional(implicit(3, text)),
  });
}

function pairOf<T>(text: Asn1Type<T>) {
  return sequence('DomainDefinedAttribute', { type: required(text), value: required(text) });
}
export const TeletexDomainDefinedAttributes = sequenceOf(pairOf(teletexString()));
const UniversalDomainDefinedAttributes = sequenceOf(pairOf(UniversalOrBmp));

const PdsParameter = set('PDSParameter', {
  printable: optional(printableString()),
  teletex: optional(teletexString()),
});
const UnformattedPostalAddress = set('UnformattedPostalAddress', {
  lines: optional(sequenceOf(printableString())),
  teletex: optional(teletexString()),
});
export const E1634Address = sequence('E163-4-address', {
  number: required(implicit(0, numericString())),
  subAddress: optional(implicit(1, numericString())),
});

/** Labels of the PDS parameters by id. The universal forms stand 19 above 10..15 and 17..21. */
export const PDS_PARAMETER_LABELS: ReadonlyMap<number, string> = new Map([
  [10, 'PD-OF'],
  [11, 'PD-OFN'],
  [12, 'PD-EA'],
  [13, 'PD-PN'],
  [14, 'PD-O'],
  [15, 'PD-ED'],
  [17, 'PD-S'],
  [18, 'PD-B'],
  [19, 'PD-R'],
  [20, 'PD-U'],
  [21, 'PD-L'],
]);

/** Numbers of terminal-type by their texts. */
export const TERMINAL_TYPE = { tlx: 3, ttx: 4, g3fax: 5, g4fax: 6, ia5: 7, vtx: 8 } as const;

/** The order in which attributes are written and compared: outermost first. */
const LABEL_ORDER: readonly string[] = [
  ...['C', 'A', 'P', 'O', 'OU1', 'OU2', 'OU3', 'OU4', 'S', 'G', 'I', 'Q', 'CN'],
  ...['X.121', 'ISDN', 'N-ID', 'T-ID', 'T-TY', 'PD-C', 'PD-PC', 'PD-SN'],
  ...PDS_PARAMETER_LABELS.values(),
  ...['PD-A1', 'PD-A2', 'PD-A3', 'PD-A4', 'PD-A5', 'PD-A6', 'PD-A', 'DDA'],
];

/**
 * Every form of every attribute: printable, teletex and universal ones side by side. Each list is
 * one set of forms, so that domain-defined attributes count their positions within it.
 */
export function addressForms(name: OrName): AddressAttribute[][] {
  const extensions = name.extensionAttributes ?? [];
  return [
    [...standardAttributes(name)],
    ...extensions.map(({ id, value }) => extensionAttribute(id, value)),
  ];
}

/** The attributes of an address, in the order of the labels, each label once but for DDA. */
export function addressAttributes(name: OrName): AddressAttribute[] {
  const all = [...standardAttributes(name)];
  // Universal forms before teletex ones: what they mean is not in doubt.
  const extensions = [...(name.extensionAttributes ?? [])].sort((a, b) => rank(a.id) - rank(b.id));
  let hasDda = (name.domainDefinedAttributes ?? []).length > 0;
  for (const { id, value } of extensions) {
    const isDda = id === 6 || id === 28;
    if (isDda && hasDda) continue;
    hasDda ||= isDda;
    all.push(...extensionAttribute(id, value));
  }
  const seen = new Set<string>();
  const labelled = all.filter(
    ({ label }) => label === 'DDA' || (!seen.has(label) && seen.add(label)),
  );
  return labelled.sort((a, b) => order(a.label) - order(b.label) || compare(a, b));
}

function compare(a: AddressAttribute, b: AddressAttribute): number {
  // Domain-defined attributes keep their order; unknown extensions have none.
  if (a.label === b.label) return 0;
  return a.label < b.label ? -1 : 1;
}

function order(label: string): number {
  const at = LABEL_ORDER.indexOf(label);
  return at < 0 ? LABEL_ORDER.length : at;
}

function rank(id: number): number {
  if (id >= 2 && id <= 6) return 1_000 + id;
  return id;
}

function* standardAttributes(name: OrName): Generator<AddressAttribute> {
  const standard = name.standardAttributes;
  const { personalName } = standard;
  const texts: [string, string | undefined][] = [
    ['C', standard.countryName?.value],
    ['A', standard.administrationDomainName?.value],
    ['P', standard.privateDomainName?.value],
    ['O', standard.organizationName],
    ...(standard.organizationalUnitNames ?? []).map((unit, i): [string, string] => [
      `OU${i + 1}`,
      unit,
    ]),
    ['S', personalName?.surname],
    ['G', personalName?.givenName],
    ['I', personalName?.initials],
    ['Q', personalName?.generationQualifier],
    ['X.121', standard.networkAddress],
    ['N-ID', standard.numericUserIdentifier],
    ['T-ID', standard.terminalIdentifier],
  ];
  for (const [label, value] of texts) if (value !== undefined) yield { label, value };
  for (const { type, value } of name.domainDefinedAttributes ?? []) {
    yield { label: 'DDA', type, value };
  }
}

/** What one extension attribute says; an unknown or broken one says its octets. */
function extensionAttribute(id: number, value: Uint8Array): AddressAttribute[] {
  try {
    const known = EXTENSION_READERS.get(id)?.(value);
    if (known !== undefined) return known;
  } catch (error) {
    if (!(error instanceof ViolationError)) throw error;
  }
  return [{ label: `X-${id}`, value: formatHex(value) }];
}

type Reader = (value: Uint8Array) => AddressAttribute[];

function read<T>(type: Asn1Type<T>, texts: (value: T) => AddressAttribute[]): Reader {
  return (value) => texts(decode(type, value));
}

const one = (label: string) => (value: string) => [{ label, value }];
const teletex = (label: string) => (value: string) => [{ label, value: textOfTeletex(value) }];
const universal = (label: string) => read(UniversalOrBmp, ({ text }) => one(label)(text.value));

function personal<T>(text: (value: T) => string) {
  return (name: { surname: T; givenName?: T; initials?: T; generationQualifier?: T }) => {
    const parts: [string, T | undefined][] = [
      ['S', name.surname],
      ['G', name.givenName],
      ['I', name.initials],
      ['Q', name.generationQualifier],
    ];
    return parts.flatMap(([label, part]) =>
      part === undefined ? [] : [{ label, value: text(part) }],
    );
  };
}

function units<T>(text: (value: T) => string) {
  return (names: readonly T[]) =>
    names.map((name, i) => ({ label: `OU${i + 1}`, value: text(name) }));
}

function pairs<T>(text: (value: T) => string) {
  return (list: readonly { type: T; value: T }[]) =>
    list.map(({ type, value }) => ({ label: 'DDA', type: text(type), value: text(value) }));
}

const universalText = ({ text }: { text: { value: string } }) => text.value;
const TERMINAL_TEXTS = new Map<number, string>(
  Object.entries(TERMINAL_TYPE).map(([text, number]) => [number, text]),
);

const EXTENSION_READERS: ReadonlyMap<number, Reader> = new Map<number, Reader>([
  [1, read(printableString(), one('CN'))],
  [2, read(teletexString(), teletex('CN'))],
  [3, read(teletexString(), teletex('O'))],
  [4, read(teletexPersonalName, personal(textOfTeletex))],
  [5, read(sequenceOf(teletexString()), units(textOfTeletex))],
  [6, read(TeletexDomainDefinedAttributes, pairs(textOfTeletex))],
  [7, read(printableString(), one('PD-SN'))],
  [8, read(NumericOrPrintable, ({ value }) => one('PD-C')(value))],
  [9, read(NumericOrPrintable, ({ value }) => one('PD-PC')(value))],
  [
    16,
    read(UnformattedPostalAddress, ({ lines, teletex: text }) =>
      lines === undefined
        ? one('PD-A')(textOfTeletex(text ?? ''))
        : lines.map((value, i) => ({ label: `PD-A${i + 1}`, value })),
    ),
  ],
  [
    22,
    read(E1634Address, ({ number, subAddress }) =>
      one('ISDN')(subAddress === undefined ? number : `${number}+${subAddress}`),
    ),
  ],
  [23, read(integer(), (number) => one('T-TY')(TERMINAL_TEXTS.get(number) ?? String(number)))],
  [24, universal('CN')],
  [25, universal('O')],
  [26, read(UniversalPersonalName, personal(universalText))],
  [27, read(sequenceOf(UniversalOrBmp), units(universalText))],
  [28, read(UniversalDomainDefinedAttributes, pairs(universalText))],
  [35, universal('PD-A')],
  ...[...PDS_PARAMETER_LABELS].flatMap(([id, label]): [number, Reader][] => [
    [
      id,
      read(PdsParameter, ({ printable, teletex: text }) =>
        one(label)(printable ?? textOfTeletex(text ?? '')),
      ),
    ],
    [id + 19, universal(label)],
  ]),
]);
