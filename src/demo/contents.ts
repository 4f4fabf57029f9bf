/**
 * Contents of the kinds that the store's users send, made by hand from the tables of the standards.
 *
 * Source: X.420 (1999) 7 for IPM, X.435 for EDIM, STANAG 4406 for the military extensions, ICAO
 * EUR Doc 020 for the ATS message header.
 */
import { application, context, TAG } from '../asn1/tag.js';
import { implicit } from '../asn1/tagged.js';
import { encode } from '../asn1/type.js';
import { octetsOfLatin1 } from '../base/octets.js';
import { parseOrAddress } from '../x411/or-address-text.js';
import { OrName } from '../x411/or-name.js';
import {
  constructed,
  number,
  oid,
  primitive,
  sequenceOfElements,
  setOfElements,
  tagged,
  text,
} from './ber.js';

export interface IpmInput {
  /** Addresses as text. */
  readonly originator: string;
  readonly recipient: string;
  /** user-relative-identifier of this-IPM. */
  readonly identifier: string;
  readonly subject: string;
  /** Whole body parts. */
  readonly parts: readonly Uint8Array[];
  /** Whole heading extensions. */
  readonly extensions?: readonly Uint8Array[];
}

/** An O/R name from text that is known to be good. Throws where it is not. */
function orName(address: string, type = OrName): Uint8Array {
  const parsed = parseOrAddress(address);
  if (parsed.kind === 'problem') throw new Error(`${address}: ${parsed.problem}`);
  return encode(type, parsed.name);
}

/** The IPM SEQUENCE under the given tag. */
function ipmUnder(tag: typeof TAG.sequence, input: IpmInput): Uint8Array {
  const { extensions = [] } = input;
  const thisIpm = constructed(
    application(11),
    orName(input.originator),
    text(TAG.printableString, input.identifier),
  );
  const heading = setOfElements(
    thisIpm,
    tagged(0, orName(input.originator)),
    tagged(2, setOfElements(tagged(0, orName(input.recipient)))),
    tagged(8, text(TAG.teletexString, input.subject)),
    ...(extensions.length === 0 ? [] : [tagged(15, ...extensions)]),
  );
  return constructed(tag, heading, sequenceOfElements(...input.parts));
}

/** An InformationObject that holds an IPM. */
export const informationObject = (input: IpmInput) => ipmUnder(context(0), input);

/** ia5-text. */
export const ia5Part = (value: string) => tagged(0, setOfElements(), text(TAG.ia5String, value));

/** message: a forwarded IPM. */
export const messagePart = (input: IpmInput) =>
  tagged(9, setOfElements(), ipmUnder(TAG.sequence, input));

/** An extended body part; `parameters` and `data` are whole elements. */
function extendedPart(number: number, parameters: Uint8Array, data: Uint8Array): Uint8Array {
  return tagged(
    15,
    tagged(0, oid(`2.6.1.11.${number}`), tagged(0, parameters)),
    constructed(TAG.external, oid(`2.6.1.4.${number}`), data),
  );
}

/** general-text in UTF-8, by its registration (ISO-IR 196) and announcing escape sequence. */
export function utf8Part(value: string): Uint8Array {
  const registration = primitive(TAG.integer, Uint8Array.of(0, 196));
  const octets = Uint8Array.from([0x1b, 0x25, 0x47, ...Buffer.from(value, 'utf8')]);
  const data = tagged(0, primitive(TAG.generalString, octets));
  return extendedPart(11, setOfElements(registration), data);
}

/** file-transfer: the file in one octet-aligned EXTERNAL. */
export function filePart(name: string, file: Uint8Array): Uint8Array {
  const pathname = tagged(0, text(TAG.graphicString, name));
  const external = constructed(TAG.external, oid('1.0.8571.5.3'), primitive(context(1), file));
  const parameters = sequenceOfElements(tagged(4, pathname));
  return extendedPart(12, parameters, tagged(0, sequenceOfElements(external)));
}

/** The basic service's form of an ATS message: header between SOH and STX, then the text. */
export function atsText(priority: string, filingTime: string, body: string): string {
  const lines = body.replaceAll('\n', '\r\n');
  return `\u0001PRI: ${priority}\r\nFT: ${filingTime}\r\n\r\n\u0002${lines}`;
}

const extension = (identifier: string, value: Uint8Array) =>
  sequenceOfElements(oid(identifier), value);

/** Heading extensions of a military message: flash to all, released then, under these SICs. */
export function militaryExtensions(released: string, sics: readonly string[]): Uint8Array[] {
  const arc = '1.3.26.0.4406.0.2';
  const flash = number(TAG.integer, 4);
  const codes = sics.map((sic) => text(TAG.printableString, sic));
  return [
    extension(`${arc}.0`, flash),
    extension(`${arc}.5`, text(TAG.utcTime, released)),
    extension(`${arc}.6`, setOfElements(tagged(0, ...codes))),
  ];
}

/** An InformationObject of X.435 that holds an EDIM around an interchange. */
export function edim(originator: string, identifier: string, interchange: string): Uint8Array {
  const thisEdim = tagged(1, orName(originator, implicit(0, OrName)), text(context(1), identifier));
  const body = sequenceOfElements(primitive(context(0), octetsOfLatin1(interchange)));
  return tagged(0, sequenceOfElements(thisEdim), body);
}
