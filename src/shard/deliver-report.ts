/**
 * Report-delivery: what the store is to keep of one. Returned content is an entry of its own,
 * beneath that of the report.
 *
 * Source: X.411 (1999) 8.3.1.2; X.413 (1999) 6.3.4, 11.2.
 */
import type { Oid } from '../asn1/primitive.js';
import { type Element, readElement } from '../asn1/reader.js';
import { context, TAG } from '../asn1/tag.js';
import { decodeElement } from '../asn1/type.js';
import { BerWriter } from '../asn1/writer.js';
import type { NewEntry, NewMessage } from '../store/contract.js';
import { ReportDeliveryArgument } from '../x411/delivery.js';
import { ContentIdentifier, contentTypeOid } from '../x411/envelope-parts.js';
import { unsupportedCriticalExtension } from '../x411/extension.js';
import { MtsIdentifier } from '../x411/identifiers.js';
import { CACHED_ATTRIBUTE } from '../x413/entry.js';
import { describeContent } from '../x420/content.js';
import { EDI_CONTENT_TYPE } from '../x420/edi.js';
import { IPM_CONTENT_TYPE } from '../x420/ipm.js';
import { refuseUnknownCritical } from './deliver-message.js';
import {
  addForwarded,
  type CachedValues,
  cacheContentFields,
  cacheValue,
  knownContentType,
} from './new-entries.js';

/** NULL. */
export const REPORT_DELIVERY_RESULT = Uint8Array.of(0x05, 0x00);

const UNIDENTIFIED = { kind: 'builtIn', value: 0 } as const;

/** Throws as `newMessageOf` of deliver-message.ts does. */
export function newReportOf(octets: Uint8Array, creationTime: number): NewMessage {
  const element = readElement(octets);
  const argument = decodeElement(ReportDeliveryArgument, element);
  for (const { extensions } of [argument, ...argument.perRecipientFields]) {
    refuseUnknownCritical(unsupportedCriticalExtension(extensions, 'for-delivery'));
  }
  const { subjectSubmissionIdentifier, contentIdentifier, contentType } = argument;
  const cached: CachedValues = new Map();
  const C = CACHED_ATTRIBUTE;
  cacheValue(cached, C.subjectSubmissionIdentifier, MtsIdentifier, subjectSubmissionIdentifier);
  cacheValue(cached, C.contentIdentifier, ContentIdentifier, contentIdentifier);
  const content = argument.returnedContent ?? null;
  const report: NewEntry = {
    parentIndex: null,
    entryType: 'delivered-report',
    priority: -1,
    precedence: -1,
    contentLength: -1,
    contentType: contentType === undefined ? '' : knownContentType(contentType, content),
    creationTime,
    contentReturned: content !== null,
    partCount: 0,
    cached,
    contentRange: null,
  };
  const entries = [report];
  if (content !== null) addReturnedContent(entries, report, content);
  // Nothing in a report tells a repetition from a second report about the same message.
  return { envelope: envelopeOf(element), content, entries, deliveryIdentifier: null };
}

function addReturnedContent(entries: NewEntry[], report: NewEntry, content: Uint8Array): void {
  const { creationTime } = report;
  const contentType = report.contentType === '' ? apparentType(content) : report.contentType;
  const description = describeContent(contentType, content);
  const cached: CachedValues = new Map();
  cacheContentFields(cached, description);
  entries.push({
    parentIndex: 0,
    entryType: 'returned-content',
    priority: -1,
    precedence: description?.precedence ?? -1,
    contentLength: content.length,
    contentType,
    creationTime,
    contentReturned: null,
    partCount: description?.partCount ?? 0,
    cached,
    contentRange: [0, content.length],
  });
  addForwarded(entries, description, { content, contentType, creationTime, offset: 0 });
}

/**
 * What a content is that comes without its type, which a report may leave out: its entry has one
 * always. Interpersonal and EDI messages are told apart by their headings.
 */
function apparentType(content: Uint8Array): Oid {
  const types = [IPM_CONTENT_TYPE.p22, EDI_CONTENT_TYPE];
  const found = types.find((type) => describeContent(type, content) !== null);
  return found ?? contentTypeOid(UNIDENTIFIED);
}

/** The whole argument but for returned-content [0]. */
function envelopeOf(argument: Element): Uint8Array {
  const kept: Uint8Array[] = [];
  const reader = argument.children();
  for (let child = reader.next(); child !== null; child = reader.next()) {
    if (child.tag !== context(0)) kept.push(child.whole);
  }
  const writer = new BerWriter();
  const mark = writer.mark();
  for (const child of kept.reverse()) writer.octets(child);
  writer.header(TAG.set, true, mark);
  return writer.finish();
}
