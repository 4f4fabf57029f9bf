/**
 * Submissions: what goes to the MTS, checked as far as it is the store's to check, and the entry
 * that is kept of it.
 *
 * Source: X.413 (1999) 6.3, 8.3, 11.2; X.411 (1999) 8.2.1.1, 8.2.1.2, 8.2.2.
 */
import { hasBit } from '../asn1/bit-string.js';
import { childrenOf, orNull } from '../asn1/elements.js';
import { wrap } from '../asn1/header.js';
import { type Element, readElement } from '../asn1/reader.js';
import { utcTime } from '../asn1/string.js';
import { TAG } from '../asn1/tag.js';
import { secondsOfUtcTime } from '../asn1/time.js';
import { decode, decodeElement, encode } from '../asn1/type.js';
import { joinOctets, NO_OCTETS } from '../base/octets.js';
import type { SubmissionOperation } from '../engine/mts-port.js';
import type { NewEntry, NewMessage } from '../store/contract.js';
import { MTS_ERROR } from '../x411/application-contexts.js';
import { ContentIdentifier, PRIORITY } from '../x411/envelope-parts.js';
import { ImproperlySpecifiedRecipients } from '../x411/errors.js';
import { EXTENSION, type ExtensionField } from '../x411/extension.js';
import { MtsIdentifier } from '../x411/identifiers.js';
import { orAddressKey } from '../x411/or-address-key.js';
import { OrNameKept } from '../x411/or-name.js';
import {
  MessageSubmissionArgument,
  type MessageSubmissionEnvelope,
  MessageSubmissionResult,
  ORIGINATOR_REPORT_REQUEST,
  type PerRecipientSubmissionFields,
  ProbeSubmissionArgument,
  ProbeSubmissionResult,
} from '../x411/submission.js';
import { CACHED_ATTRIBUTE, type EntryType } from '../x413/entry.js';
import { MsRefusal } from '../x413/errors.js';
import { describeContent } from '../x420/content.js';
import {
  addForwarded,
  type CachedValues,
  cacheContentFields,
  cacheValue,
  knownContentType,
} from './new-entries.js';

type Fields = Pick<
  MessageSubmissionEnvelope,
  'originatorName' | 'contentType' | 'contentIdentifier' | 'extensions' | 'perRecipientFields'
>;

/** A submission that may go to the MTS. */
export interface Submission {
  readonly operation: Exclude<SubmissionOperation, 'cancel-deferred-delivery'>;
  /** The envelope, one whole SET. */
  readonly envelope: Uint8Array;
  /** Octets as they came; null for a probe. */
  readonly content: Uint8Array | null;
  readonly fields: Fields;
  /** Of the content; -1 for a probe that does not tell. */
  readonly contentLength: number;
  /** As on the wire; -1 for a probe, which has none. */
  readonly priority: number;
}

/** Takes an argument of X.411 apart. Throws a violation, or MsRefusal for what must not go out. */
export function readSubmission(operation: Submission['operation'], octets: Uint8Array): Submission {
  const element = readElement(octets);
  const submission = operation === 'message-submission' ? readMessage(element) : readProbe(element);
  checkSubmission(submission.fields);
  return submission;
}

function readMessage(element: Element): Submission {
  const { envelope: fields, content } = decodeElement(MessageSubmissionArgument, element);
  checkTimes(fields);
  const envelope = childrenOf(element).find(({ tag }) => tag === TAG.set)?.whole ?? NO_OCTETS;
  const priority = PRIORITY[fields.priority];
  const contentLength = content.length;
  return { operation: 'message-submission', envelope, content, fields, contentLength, priority };
}

function readProbe(element: Element): Submission {
  const fields = decodeElement(ProbeSubmissionArgument, element);
  return {
    operation: 'probe-submission',
    envelope: element.whole,
    content: null,
    fields,
    contentLength: fields.contentLength ?? -1,
    priority: -1,
  };
}

/** What any MTA would refuse, and what only the store knows. */
function checkSubmission({ perRecipientFields }: Fields): void {
  const improper = perRecipientFields.filter(isImproper).map(({ recipientName }) => recipientName);
  if (improper.length > 0) {
    const parameter = encode(ImproperlySpecifiedRecipients, improper);
    throw refusal('recipientImproperlySpecified', parameter);
  }
  if (perRecipientFields.some(asksForTwoReports)) throw refusal('inconsistentRequest');
}

/** Neither an address nor a directory name. */
function isImproper({ recipientName }: PerRecipientSubmissionFields): boolean {
  const { value } = recipientName;
  return value.directoryName === undefined && orAddressKey(value) === '';
}

function asksForTwoReports({ originatorReportRequest: bits }: PerRecipientSubmissionFields) {
  const { report, nonDeliveryReport } = ORIGINATOR_REPORT_REQUEST;
  return hasBit(bits, report) && hasBit(bits, nonDeliveryReport);
}

/** What is to be delivered later than it may be delivered. */
function checkTimes({ deferredDeliveryTime, extensions }: MessageSubmissionEnvelope): void {
  const latest = standardValue(extensions, EXTENSION.latestDeliveryTime.number);
  if (deferredDeliveryTime === undefined || latest === undefined) return;
  const deferredTo = secondsOfUtcTime(deferredDeliveryTime);
  const until = secondsOfUtcTime(decode(utcTime, latest));
  if (deferredTo !== null && until !== null && deferredTo > until) {
    throw refusal('inconsistentRequest');
  }
}

function standardValue(extensions: readonly ExtensionField[], number: number) {
  return extensions.find(({ type }) => type.kind === 'standard' && type.value === number)?.value;
}

function refusal(error: keyof typeof MTS_ERROR, parameter: Uint8Array | null = null): MsRefusal {
  return new MsRefusal(error, { code: MTS_ERROR[error], parameter });
}

export interface Kept {
  readonly creationTime: number;
  /** The MTS's result, one whole element; null where it has not given one. */
  readonly result: Uint8Array | null;
  readonly isDraft: boolean;
  readonly deliveryIdentifier: Uint8Array | null;
}

/** What is stored of a submission. */
export function newSubmissionOf(submission: Submission, kept: Kept): NewMessage {
  const { fields, content, envelope, contentLength, priority } = submission;
  const { creationTime, result, deliveryIdentifier } = kept;
  const contentType = knownContentType(fields.contentType, content);
  const description = content === null ? null : describeContent(contentType, content);
  const cached: CachedValues = new Map();
  const C = CACHED_ATTRIBUTE;
  cacheValue(cached, C.originatorName, OrNameKept, fields.originatorName);
  cacheValue(cached, C.contentIdentifier, ContentIdentifier, fields.contentIdentifier);
  if (result !== null) cacheResult(cached, submission, result);
  cacheContentFields(cached, description);
  const main: NewEntry = {
    parentIndex: null,
    entryType: entryTypeOf(submission, kept.isDraft),
    priority,
    precedence: description?.precedence ?? -1,
    contentLength,
    contentType,
    creationTime,
    contentReturned: null,
    partCount: description?.partCount ?? 0,
    cached,
    contentRange: null,
  };
  const entries = [main];
  if (content !== null) {
    addForwarded(entries, description, { content, contentType, creationTime, offset: 0 });
  }
  const pieces = wrap(TAG.sequence, result === null ? [envelope] : [envelope, result]);
  return { envelope: joinOctets(pieces), content, entries, deliveryIdentifier };
}

function entryTypeOf({ operation }: Submission, isDraft: boolean): EntryType {
  if (isDraft) return 'draft-message';
  return operation === 'message-submission' ? 'submitted-message' : 'submitted-probe';
}

/** A result that cannot be read is kept as it is, and gives no values. */
function cacheResult(cached: CachedValues, { operation }: Submission, octets: Uint8Array): void {
  const C = CACHED_ATTRIBUTE;
  if (operation === 'message-submission') {
    const result = orNull(() => decode(MessageSubmissionResult, octets));
    cacheValue(cached, C.messageIdentifier, MtsIdentifier, result?.messageSubmissionIdentifier);
    cacheValue(cached, C.messageSubmissionTime, utcTime, result?.messageSubmissionTime);
  } else {
    const result = orNull(() => decode(ProbeSubmissionResult, octets));
    cacheValue(cached, C.messageIdentifier, MtsIdentifier, result?.probeSubmissionIdentifier);
    cacheValue(cached, C.messageSubmissionTime, utcTime, result?.probeSubmissionTime);
  }
}
