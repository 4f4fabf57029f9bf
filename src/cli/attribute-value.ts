/**
 * Attribute types by name, and values as people and programs like to see them.
 *
 * Source: X.413 (1999) 11; X.690 for the universal types. The names are those of the standards,
 * their prefixes `mt-`, `ms-` may be left out.
 */
import { boolean, integer, type Oid, objectIdentifier } from '../asn1/primitive.js';
import { readElement } from '../asn1/reader.js';
import { ia5String, printableString, teletexString, utcTime } from '../asn1/string.js';
import { application, TAG, type Tag } from '../asn1/tag.js';
import { secondsOfUtcTime } from '../asn1/time.js';
import { type Asn1Type, decode } from '../asn1/type.js';
import { ConfigError, ViolationError } from '../base/errors.js';
import { formatHex } from '../base/octets.js';
import { ATTRIBUTE } from '../client/index.js';
import { Priority } from '../x411/envelope-parts.js';
import { formatMtsIdentifier, MtsIdentifier } from '../x411/identifiers.js';
import { formatOrAddress } from '../x411/or-address-text.js';
import { OrName } from '../x411/or-name.js';
import { textOfTeletex } from '../x411/teletex.js';
import { ATTRIBUTES } from '../x413/attribute-table.js';
import { ENTRY_TYPE, RETRIEVAL_STATUS } from '../x413/entry.js';
import { contentTypeName, isOid } from './options.js';

const withoutPrefix = (name: string) => name.replace(/^(mt|ms|ipm)-/, '');

/** Names of our own for what is asked for most. */
const SHORT_NAMES: Readonly<Record<string, Oid>> = {
  status: ATTRIBUTE.retrievalStatus,
  type: ATTRIBUTE.entryType,
  originator: ATTRIBUTE.originatorName,
  recipient: ATTRIBUTE.thisRecipientName,
  'delivery-time': ATTRIBUTE.deliveryTime,
  'submission-time': ATTRIBUTE.submissionTime,
  children: ATTRIBUTE.childSequenceNumbers,
  parent: ATTRIBUTE.parentSequenceNumber,
};

/** `priority,subject,2.6.4.3.6`. Throws ConfigError for a name that is none. */
export function parseAttributes(text: string): Oid[] {
  return text.split(',').map((part) => {
    const name = part.trim();
    if (isOid(name)) return name;
    const known = ATTRIBUTES.find((one) => one.name === name || withoutPrefix(one.name) === name);
    const oid = SHORT_NAMES[name] ?? known?.oid;
    if (oid === undefined) throw new ConfigError(name, 'there is no such attribute');
    return oid;
  });
}

/** The standard's name without its prefix; an OID that we do not know as it is. */
export function attributeName(oid: Oid): string {
  const known = ATTRIBUTES.find((one) => one.oid === oid);
  return known === undefined ? oid : withoutPrefix(known.name);
}

export type ShownValue = string | number | boolean;

const NAMED: Readonly<Record<Oid, Readonly<Record<string, number>>>> = {
  [ATTRIBUTE.retrievalStatus]: RETRIEVAL_STATUS,
  [ATTRIBUTE.entryType]: ENTRY_TYPE,
};

const time = (text: string): ShownValue => {
  const seconds = secondsOfUtcTime(text);
  return seconds === null ? text : new Date(1000 * seconds).toISOString();
};

function reader<T>(type: Asn1Type<T>, show: (value: T) => ShownValue) {
  return (octets: Uint8Array) => show(decode(type, octets));
}
const same = <T extends ShownValue>(value: T) => value;

/** By tag of the value. */
const READERS: ReadonlyMap<Tag, (octets: Uint8Array) => ShownValue> = new Map<
  Tag,
  (octets: Uint8Array) => ShownValue
>([
  [TAG.integer, reader(integer(), same)],
  [TAG.enumerated, reader(integer(), same)],
  [TAG.boolean, reader(boolean, same)],
  [TAG.objectIdentifier, reader(objectIdentifier, contentTypeName)],
  [TAG.utcTime, reader(utcTime, time)],
  [TAG.printableString, reader(printableString(), same)],
  [TAG.ia5String, reader(ia5String(), same)],
  [TAG.teletexString, reader(teletexString(), textOfTeletex)],
  [application(7), reader(Priority, same<string>)],
  [application(0), reader(OrName, formatOrAddress)],
  [application(4), reader(MtsIdentifier, formatMtsIdentifier)],
]);

/** A value in its own syntax where that is a simple one, else its octets in hexadecimal. */
export function shownValue(attribute: Oid, octets: Uint8Array): ShownValue {
  try {
    const read = READERS.get(readElement(octets).tag);
    const value = read === undefined ? formatHex(octets) : read(octets);
    const names = NAMED[attribute];
    if (names === undefined) return value;
    return Object.keys(names).find((name) => names[name] === value) ?? value;
  } catch (error) {
    if (error instanceof ViolationError) return formatHex(octets);
    throw error;
  }
}
