/**
 * The general attributes of both editions that come from what was delivered or submitted. Which are
 * listable and summarizable is the recommendation of our tables: the standard's own columns could
 * not be read.
 *
 * Source: X.413 (1999) 11.2; X.411 (1999) for the envelope fields.
 */
import { any } from '../asn1/any.js';
import { childrenOf } from '../asn1/elements.js';
import { boolean, integer, objectIdentifier, octetString } from '../asn1/primitive.js';
import type { Element } from '../asn1/reader.js';
import { utcTime } from '../asn1/string.js';
import { application, context, TAG, type Tag } from '../asn1/tag.js';
import { application as applicationType } from '../asn1/tagged.js';
import { formatUtcTime } from '../asn1/time.js';
import { encode } from '../asn1/type.js';
import { BerWriter } from '../asn1/writer.js';
import { EncodedInformationTypes, eitOids } from '../x411/envelope-parts.js';
import { OR_NAME_TAG } from '../x411/or-name.js';
import {
  type AttributeDefinition,
  attribute,
  type SingleValue,
  single,
  type Values,
} from './attribute.js';
import {
  correlatedReports,
  reportSubject,
  reportSummary,
  uncorrelatedReports,
} from './correlation.js';
import {
  CACHED_ATTRIBUTE,
  type CachedAttribute,
  ENTRY_TYPE,
  type EntrySource,
  type EntryType,
  RETRIEVAL_STATUS,
} from './entry.js';
import { envelopeView } from './envelope-view.js';
import { as, each, type ReadField, readField, whole } from './field-readers.js';
import type { MatchingName } from './matching.js';

const ARC = '2.6.4.3';

/** A value that the index keeps whole. */
const cached = (number: CachedAttribute) =>
  single(any, ({ entry }) => entry.cached.get(number) ?? null);

/** The value of a standard extension, whole. */
const extension =
  (number: number): Values =>
  (source) =>
    readField(envelopeView(source).extensions.get(number), whole);

/** The parts of an extension that is a list, as values of their own. */
const extensionList =
  (number: number): Values =>
  (source) =>
    readField(envelopeView(source).extensions.get(number), each);

/** One field of the envelope, read by what follows it. */
const field =
  (tag: Tag, read: ReadField): Values =>
  (source) =>
    readField(envelopeView(source).fields.get(tag), read);

/** A field whose own tag was replaced: its contents under the type's tag. */
const fieldAs = (number: number, tag: Tag): Values => field(context(number), as(tag));

/** An extension that a submission has for each recipient: of the first who has it. */
const firstExtension =
  (number: number): Values =>
  (source) => {
    const { extensions, recipients } = envelopeView(source);
    const all = [extensions, ...recipients.map((recipient) => recipient.extensions)];
    return all.flatMap((one) => readField(one.get(number), whole)).slice(0, 1);
  };

/** An extension of the result of a submission. */
const resultExtension =
  (number: number): Values =>
  (source) =>
    readField(envelopeView(source).resultExtensions.get(number), whole);

/** A field of each recipient of a submission. */
const eachRecipient =
  (tag: Tag, read: ReadField): Values =>
  (source) =>
    envelopeView(source).recipients.flatMap(({ fields }) => readField(fields.get(tag), read));

/**
 * What became of a submission that has no result. The store has kept it before it went out, and
 * has heard nothing of it since: the MTS may have it. [15] is that of remote-bind-error.
 */
const REMOTE_BIND_ERROR = Uint8Array.of(0xaf, 2, 5, 0);
const submissionError: Values = (source) =>
  envelopeView(source).isWithoutResult ? [REMOTE_BIND_ERROR] : [];

const NULL = Uint8Array.of(5, 0);
const OWN_TYPES: readonly EntryType[] = ['submitted-message', 'submitted-probe', 'draft-message'];
const locallyOriginated: Values = ({ entry }) =>
  OWN_TYPES.includes(entry.entryType) ? [NULL] : [];

const isReport = ({ entry }: EntrySource) => entry.entryType === 'delivered-report';

/** One OBJECT IDENTIFIER for each type, whatever bit or number stood in the envelope. */
export const eitsOf = (element: Element) =>
  eitOids(EncodedInformationTypes.decode(element)).map((oid) => encode(objectIdentifier, oid));

const originalEits: Values = (source) => {
  const isDelivered = source.entry.entryType === 'delivered-message';
  return field(isDelivered ? context(1) : application(5), eitsOf)(source);
};
const convertedEits = field(context(6), eitsOf);
const deliveredEits: Values = (source) => {
  const converted = convertedEits(source);
  return converted.length > 0 ? converted : originalEits(source);
};

/** Of a report: of originator-and-DL-expansion-history all but the originator. */
const dlExpansions: Values = (source) =>
  isReport(source) ? extensionList(30)(source).slice(1) : extensionList(26)(source);

/** security-classification: the INTEGER among the members of the label. */
const classification: Values = (source) => {
  const label = envelopeView(source).extensions.get(20);
  const members = label === undefined ? [] : childrenOf(label);
  return members.filter(({ tag }) => tag === TAG.integer).map(({ whole }) => whole);
};

/** The envelope as it arrived: what the argument held but the content. */
const envelopeWhole: Values = (source) => {
  const { whole: value } = envelopeView(source);
  return value === null ? [] : [value];
};

/**
 * Of a delivery: the recipient whose entry this is, then those whose names were disclosed to him.
 */
const recipientNames: Values = (source) =>
  source.entry.entryType === 'delivered-message'
    ? [...fieldAs(4, OR_NAME_TAG)(source), ...field(context(3), each)(source)]
    : eachRecipient(OR_NAME_TAG, whole)(source);
const recipientFields: Values = (source) =>
  envelopeView(source).recipients.map(({ element }) => element.whole);

/**
 * Of each signature that there is: verification-not-possible (3), for the store holds no keys. The
 * numbers are those of the members: of an envelope's extensions, then of a submission's result.
 */
const SIGNATURES: readonly (readonly [extension: number, member: number])[] = [
  [18, 0],
  [19, 1],
  [16, 2],
  [33, 3],
];
const PROOF_OF_SUBMISSION = 35;
const signatureStatuses: Values = (source) => {
  const { resultExtensions } = envelopeView(source);
  const members = SIGNATURES.filter(([number]) => firstExtension(number)(source).length > 0);
  const signed = members.map(([, member]) => member);
  if (resultExtensions.has(PROOF_OF_SUBMISSION)) signed.push(5);
  if (signed.length === 0) return [];
  const writer = new BerWriter();
  const mark = writer.mark();
  for (const member of signed.reverse()) {
    const value = writer.mark();
    writer.primitive(TAG.integer, Uint8Array.of(3));
    writer.header(context(member), true, value);
  }
  writer.header(TAG.set, true, mark);
  return [writer.finish()];
};

const content = single(octetString(), (source) => source.content());

/** Priority keeps its APPLICATION tag as an attribute value. */
const priority = single(applicationType(7, integer()), ({ entry }) => notNegative(entry.priority));

/** What is absent is -1 in the index. */
function notNegative(value: number): number | null {
  return value < 0 ? null : value;
}

const contentLength = single(integer(), ({ entry }) => notNegative(entry.contentLength));
const contentReturned = single(boolean, ({ entry }) => entry.contentReturned);
const contentType = single(objectIdentifier, ({ entry }) => entry.contentType || null);
const creationTime = single(utcTime, ({ entry }) => formatUtcTime(entry.creationTime));
const deletionTime = single(utcTime, (source) => {
  const seconds = source.deletionTime?.() ?? null;
  return seconds === null ? null : formatUtcTime(seconds);
});
const retrievalStatus = single(integer(), ({ entry }) => RETRIEVAL_STATUS[entry.status]);
const entryType = single(integer(), ({ entry }) => ENTRY_TYPE[entry.entryType]);
const parent = single(integer(), ({ entry }) => entry.parent || null);
const sequenceNumber = single(integer(), ({ entry }) => entry.sequence);

const C = CACHED_ATTRIBUTE;
const row = (
  number: number,
  name: string,
  matching: MatchingName,
  flags: string,
  derive: Values | SingleValue,
) => attribute(`${ARC}.${number}`, name, matching, flags, derive);

/** What the user has written on the entry himself. */
const marks =
  (number: number): Values =>
  (source) =>
    source.marks(`${ARC}.${number}`);

export const GENERAL_ATTRIBUTES: readonly AttributeDefinition[] = [
  row(0, 'ms-child-sequence-numbers', 'none', 'MLX drcsf', ({ entry }) =>
    entry.children.map((number) => encode(integer(), number)),
  ),
  row(1, 'mt-content', 'none', 'dcsf', content),
  row(2, 'mt-content-confidentiality-algorithm-identifier', 'none', 'dsf', extension(17)),
  row(3, 'mt-content-correlator', 'contentCorrelator', 'L rspf', extension(23)),
  row(4, 'mt-content-identifier', 'contentIdentifier', 'LX drspf', cached(C.contentIdentifier)),
  row(5, 'mt-content-integrity-check', 'none', 'dsf', firstExtension(18)),
  row(6, 'ms-content-length', 'length', 'LX dcspf', contentLength),
  row(7, 'ms-content-returned', 'boolean', 'LX r', contentReturned),
  row(8, 'mt-content-type', 'oid', 'LZX drcspf', contentType),
  row(9, 'mt-conversion-with-loss-prohibited', 'integer', 'LZ dspf', extension(4)),
  row(10, 'mt-converted-EITs', 'oid', 'MLZ d', convertedEits),
  row(11, 'ms-creation-time', 'utcTime', 'LX drcspfa', creationTime),
  row(12, 'ms-delivered-EITs', 'oid', 'MLZ d', deliveredEits),
  row(13, 'mt-delivery-flags', 'bits', 'L d', fieldAs(2, TAG.bitString)),
  row(14, 'mt-dl-expansion-history', 'dlExpansion', 'ML dr', dlExpansions),
  row(15, 'ms-retrieval-status', 'integer', 'LZX drcspfa', retrievalStatus),
  row(16, 'ms-entry-type', 'orderedInteger94', 'LZX drcspfa', entryType),
  row(17, 'mt-originally-intended-recipient-name', 'orName', 'L d', fieldAs(5, OR_NAME_TAG)),
  row(18, 'mt-message-delivery-envelope', 'none', 'd', envelopeWhole),
  row(19, 'mt-message-identifier', 'mtsIdentifier94', 'LX dsp', cached(C.messageIdentifier)),
  row(20, 'mt-message-delivery-time', 'utcTime', 'LX d', cached(C.messageDeliveryTime)),
  row(21, 'mt-message-origin-authentication-check', 'none', 'dsf', extension(19)),
  row(22, 'mt-message-security-label', 'none', 'LZ drspf', extension(20)),
  row(23, 'mt-message-submission-time', 'utcTime', 'LX dsp', cached(C.messageSubmissionTime)),
  row(24, 'mt-message-token', 'none', 'dsf', firstExtension(16)),
  row(25, 'mt-original-EITs', 'oid', 'MLZ drspf', originalEits),
  row(26, 'mt-originator-certificate', 'none', 'dspf', extension(15)),
  row(27, 'mt-originator-name', 'orName', 'LZX dspf', cached(C.originatorName)),
  row(28, 'mt-other-recipient-names', 'orName', 'ML d', field(context(3), each)),
  row(29, 'ms-parent-sequence-number', 'orderedInteger', 'LX dcsf', parent),
  row(30, 'mt-per-recipient-report-delivery-fields', 'none', 'ML r', field(TAG.sequence, each)),
  row(31, 'mt-priority', 'orderedInteger94', 'LZX dsf', priority),
  row(32, 'mt-proof-of-delivery-request', 'integer94', 'LZ d', extension(22)),
  row(33, 'mt-redirection-history', 'redirection', 'ML dr', extensionList(25)),
  row(34, 'mt-report-delivery-envelope', 'none', 'r', envelopeWhole),
  row(35, 'mt-reporting-DL-name', 'orName94', 'L r', extension(31)),
  row(36, 'mt-reporting-MTA-certificate', 'none', 'r', extension(32)),
  row(37, 'mt-report-origin-authentication-check', 'none', 'r', extension(33)),
  row(38, 'mt-security-classification', 'integer', 'LZ drspf', classification),
  row(39, 'ms-sequence-number', 'orderedInteger', 'LX drcspfa', sequenceNumber),
  row(
    40,
    'mt-subject-submission-identifier',
    'mtsIdentifier94',
    'LX r',
    cached(C.subjectSubmissionIdentifier),
  ),
  row(41, 'mt-this-recipient-name', 'orName', 'LX d', cached(C.thisRecipientName)),
  row(42, 'ms-ac-correlated-report-list', 'none', '4ML sp', correlatedReports),
  row(43, 'ms-ac-report-summary', 'orderedInteger', '4MLZ sp', reportSummary),
  row(44, 'ms-ac-uncorrelated-report-list', 'none', '4ML sp', uncorrelatedReports),
  row(50, 'ms-deferred-delivery-cancellation-time', 'utcTime', '4LX s', marks(50)),
  row(51, 'mt-deferred-delivery-time', 'utcTime', '4L sf', fieldAs(0, TAG.utcTime)),
  row(52, 'ms-deletion-time', 'utcTime', '4LX drspa', deletionTime),
  row(53, 'mt-dl-expansion-prohibited', 'integer', '4LZ spf', extension(3)),
  row(54, 'mt-internal-trace-information', 'none', '4M dr', extensionList(38)),
  row(55, 'mt-latest-delivery-time', 'utcTime', '4L sf', extension(5)),
  row(59, 'mt-message-submission-envelope', 'none', '4 sf', envelopeWhole),
  row(56, 'ms-marked-for-deletion', 'none', '4LZX drspf', marks(56)),
  row(57, 'ms-message-group-name', 'stringList', '4MLZX drcspf', marks(57)),
  row(58, 'ms-message-notes', 'text', '4MLX drcspfa', marks(58)),
  row(61, 'ms-submission-error', 'none', '4LZ sp', submissionError),
  row(62, 'mt-originating-MTA-certificate', 'none', '4 sp', resultExtension(34)),
  row(
    63,
    'mt-originator-report-request',
    'none',
    '4ML spf',
    eachRecipient(context(0), as(TAG.bitString)),
  ),
  row(64, 'mt-originator-return-address', 'none', '4L dsf', extension(13)),
  row(65, 'mt-per-message-indicators', 'bits', '4L spf', field(application(8), whole)),
  row(66, 'mt-per-recipient-message-submission-fields', 'none', '4M sf', recipientFields),
  row(67, 'mt-per-recipient-probe-submission-fields', 'none', '4M p', recipientFields),
  row(68, 'mt-probe-origin-authentication-check', 'none', '4 p', extension(24)),
  row(69, 'mt-probe-submission-envelope', 'none', '4 p', envelopeWhole),
  row(70, 'mt-proof-of-submission', 'none', '4 s', resultExtension(35)),
  row(71, 'ms-recipient-names', 'orName', '4MLZ dspf', recipientNames),
  row(72, 'mt-recipient-reassignment-prohibited', 'integer', '4LZ spf', extension(1)),
  row(73, 'ms-storage-period', 'orderedInteger', '4LX drcspf', marks(73)),
  row(74, 'ms-storage-time', 'utcTime', '4LX drcspf', marks(74)),
  row(75, 'mt-trace-information', 'none', '4M dr', extensionList(37)),
  row(76, 'ms-ac-report-subject-entry', 'orderedInteger', '4L r', reportSubject),
  row(77, 'ms-locally-originated', 'none', '4LZX dspfa', locallyOriginated),
  row(78, 'mt-dl-exempted-recipients', 'orName', '4ML dsf', extensionList(42)),
  row(79, 'ms-signature-verification-status', 'none', '4L drs', signatureStatuses),
  row(80, 'mt-certificate-selectors', 'none', '4 dsf', extension(45)),
  row(81, 'mt-multiple-originator-certificates', 'none', '4 dsf', extension(40)),
  row(82, 'mt-recipient-certificate', 'none', '4 d', extension(28)),
];
