/**
 * The general attributes of the 1988 edition that delivered messages, reports and returned contents
 * can have. Which are listable and summarizable is the recommendation of our tables: the standard's
 * own columns could not be read.
 *
 * Source: X.413 (1999) 11.2; X.411 (1999) for the envelope fields.
 */
import { boolean, integer, objectIdentifier, octetString } from '../asn1/primitive.js';
import { type Element, readElement } from '../asn1/reader.js';
import { utcTime } from '../asn1/string.js';
import { application, context, TAG } from '../asn1/tag.js';
import { type Asn1Type, encode } from '../asn1/type.js';
import { EncodedInformationTypes, eitOids } from '../x411/envelope-parts.js';
import { formatUtcTime } from '../x411/time.js';
import {
  type AttributeDefinition,
  attribute,
  childrenOf,
  envelopeFields,
  extensionValues,
  readable,
  retag,
} from './attribute.js';
import {
  CACHED_ATTRIBUTE,
  type CachedAttribute,
  ENTRY_TYPE,
  type EntrySource,
  RETRIEVAL_STATUS,
} from './entry.js';

const ARC = '2.6.4.3';
const ORNAME = application(0);

function one<T>(type: Asn1Type<T>, value: T | null): readonly Uint8Array[] {
  return value === null ? [] : [encode(type, value)];
}

const cached = (number: CachedAttribute) => (source: EntrySource) => {
  const value = source.entry.cached.get(number);
  return value === undefined ? [] : [value];
};

const extension = (number: number) => (source: EntrySource) => extensionValues(source, number);

/** The parts of an extension that is a list, as values of their own. */
const extensionList = (number: number) => (source: EntrySource) =>
  readable(() =>
    extensionValues(source, number).flatMap((value) =>
      childrenOf(readElement(value)).map(({ whole }) => whole),
    ),
  );

const isMessage = ({ entry }: EntrySource) => entry.entryType === 'delivered-message';
const isReport = ({ entry }: EntrySource) => entry.entryType === 'delivered-report';

/** One field of a message's envelope, read by what follows it. */
const field =
  (number: number, read: (element: Element) => readonly Uint8Array[]) => (source: EntrySource) =>
    readable(() => {
      if (!isMessage(source)) return [];
      const element = envelopeFields(source).find(({ tag }) => tag === context(number));
      return element === undefined ? [] : read(element);
    });

const eitsOf = (element: Element) =>
  eitOids(EncodedInformationTypes.decode(element)).map((oid) => encode(objectIdentifier, oid));
const wholes = (element: Element) => childrenOf(element).map(({ whole }) => whole);

const originalEits = (source: EntrySource) => {
  if (!isReport(source)) return field(1, eitsOf)(source);
  const eits = envelopeFields(source).find(({ tag }) => tag === application(5));
  return eits === undefined ? [] : readable(() => eitsOf(eits));
};
const convertedEits = field(6, eitsOf);

function deliveredEits(source: EntrySource): readonly Uint8Array[] {
  const converted = convertedEits(source);
  if (!isMessage(source)) return [];
  return converted.length > 0 ? converted : originalEits(source);
}

/** security-classification within message-security-label. X.411: an INTEGER among its members. */
function classification(source: EntrySource): readonly Uint8Array[] {
  return readable(() =>
    extensionValues(source, 20).flatMap((label) =>
      childrenOf(readElement(label))
        .filter(({ tag }) => tag === TAG.integer)
        .map(({ whole }) => whole),
    ),
  );
}

function perRecipientFields(source: EntrySource): readonly Uint8Array[] {
  if (!isReport(source)) return [];
  const list = envelopeFields(source).find(({ tag }) => tag === TAG.sequence);
  return list === undefined ? [] : readable(() => wholes(list));
}

/** The envelope as it arrived: what the argument held but the content. */
const envelopeWhole = (wanted: (source: EntrySource) => boolean) => (source: EntrySource) =>
  wanted(source) && source.envelope().length > 0 ? [source.envelope()] : [];

/** Priority keeps its APPLICATION tag as an attribute value. */
function priority({ entry }: EntrySource): readonly Uint8Array[] {
  return entry.priority < 0 ? [] : [Uint8Array.of(0x47, 1, entry.priority)];
}

function content(source: EntrySource): readonly Uint8Array[] {
  const octets = source.content();
  return octets === null ? [] : one(octetString(), octets);
}

const C = CACHED_ATTRIBUTE;
const row = (
  number: number,
  name: string,
  matching: AttributeDefinition['matching'],
  flags: string,
  values: AttributeDefinition['values'],
) => attribute(`${ARC}.${number}`, name, matching, flags, values);

export const GENERAL_ATTRIBUTES: readonly AttributeDefinition[] = [
  row(0, 'ms-child-sequence-numbers', null, 'MLX', ({ entry }) =>
    entry.children.map((number) => encode(integer(), number)),
  ),
  row(1, 'mt-content', null, '', content),
  row(2, 'mt-content-confidentiality-algorithm-identifier', null, '', extension(17)),
  row(3, 'mt-content-correlator', 'octets', 'L', (source) =>
    isReport(source) ? extensionValues(source, 23) : [],
  ),
  row(4, 'mt-content-identifier', 'octets', 'LX', cached(C.contentIdentifier)),
  row(5, 'mt-content-integrity-check', null, '', extension(18)),
  row(6, 'ms-content-length', 'integer', 'OLX', ({ entry }) =>
    one(integer(), entry.contentLength < 0 ? null : entry.contentLength),
  ),
  row(7, 'ms-content-returned', 'boolean', 'LX', ({ entry }) =>
    one(boolean, entry.contentReturned),
  ),
  row(8, 'mt-content-type', 'oid', 'LZX', ({ entry }) =>
    one(objectIdentifier, entry.contentType === '' ? null : entry.contentType),
  ),
  row(9, 'mt-conversion-with-loss-prohibited', 'integer', 'LZ', extension(4)),
  row(10, 'mt-converted-EITs', 'oid', 'MLZ', convertedEits),
  row(11, 'ms-creation-time', 'utc-time', 'OLX', ({ entry }) =>
    one(utcTime, formatUtcTime(entry.creationTime)),
  ),
  row(12, 'ms-delivered-EITs', 'oid', 'MLZ', deliveredEits),
  row(
    13,
    'mt-delivery-flags',
    'octets',
    'L',
    field(2, (flags) => [retag(flags, TAG.bitString)]),
  ),
  row(14, 'mt-dl-expansion-history', null, 'ML', extensionList(26)),
  row(15, 'ms-retrieval-status', 'integer', 'LZX', ({ entry }) =>
    one(integer(), RETRIEVAL_STATUS[entry.status]),
  ),
  row(16, 'ms-entry-type', 'integer', 'LZX', ({ entry }) =>
    one(integer(), ENTRY_TYPE[entry.entryType]),
  ),
  row(
    17,
    'mt-originally-intended-recipient-name',
    'or-name',
    'L',
    field(5, (name) => [retag(name, ORNAME)]),
  ),
  row(18, 'mt-message-delivery-envelope', null, '', envelopeWhole(isMessage)),
  row(19, 'mt-message-identifier', 'octets', 'LX', cached(C.messageIdentifier)),
  row(20, 'mt-message-delivery-time', 'utc-time', 'OLX', cached(C.messageDeliveryTime)),
  row(21, 'mt-message-origin-authentication-check', null, '', extension(19)),
  row(22, 'mt-message-security-label', null, 'LZ', extension(20)),
  row(23, 'mt-message-submission-time', 'utc-time', 'OLX', cached(C.messageSubmissionTime)),
  row(24, 'mt-message-token', null, '', extension(16)),
  row(25, 'mt-original-EITs', 'oid', 'MLZ', originalEits),
  row(26, 'mt-originator-certificate', null, '', extension(15)),
  row(27, 'mt-originator-name', 'or-name', 'LZX', cached(C.originatorName)),
  row(28, 'mt-other-recipient-names', 'or-name', 'ML', field(3, wholes)),
  row(29, 'ms-parent-sequence-number', 'integer', 'OLX', ({ entry }) =>
    one(integer(), entry.parent === 0 ? null : entry.parent),
  ),
  row(30, 'mt-per-recipient-report-delivery-fields', null, 'ML', perRecipientFields),
  row(31, 'mt-priority', 'integer', 'LZX', priority),
  row(32, 'mt-proof-of-delivery-request', null, 'LZ', extension(22)),
  row(33, 'mt-redirection-history', null, 'ML', extensionList(25)),
  row(34, 'mt-report-delivery-envelope', null, '', envelopeWhole(isReport)),
  row(35, 'mt-reporting-DL-name', null, 'L', extension(31)),
  row(36, 'mt-reporting-MTA-certificate', null, '', extension(32)),
  row(37, 'mt-report-origin-authentication-check', null, '', extension(33)),
  row(38, 'mt-security-classification', 'integer', 'LZ', classification),
  row(39, 'ms-sequence-number', 'integer', 'OLX', ({ entry }) => one(integer(), entry.sequence)),
  row(40, 'mt-subject-submission-identifier', null, 'LX', cached(C.subjectSubmissionIdentifier)),
  row(41, 'mt-this-recipient-name', 'or-name', 'LX', cached(C.thisRecipientName)),
];
