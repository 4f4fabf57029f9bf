/**
 * Filters, put together from short sentences, as in `where.all(where.status('new'), other)`.
 *
 * Source: X.413 (1999) 8.1.2; the short sentences are ours.
 */
import { integer, type Oid, objectIdentifier } from '../asn1/primitive.js';
import { teletexString, utcTime } from '../asn1/string.js';
import { encode } from '../asn1/type.js';
import { Priority } from '../x411/envelope-parts.js';
import { OrName } from '../x411/or-name.js';
import { teletexOfText } from '../x411/teletex.js';
import {
  ENTRY_TYPE,
  type EntryType,
  RETRIEVAL_STATUS,
  type RetrievalStatus,
} from '../x413/entry.js';
import type { Filter, FilterItem } from '../x413/filter.js';
import { orNameOf } from './address.js';
import { ATTRIBUTE } from './attribute-names.js';
import { utcTimeOf } from './utc-time.js';

export type { Filter } from '../x413/filter.js';

const item = (value: FilterItem): Filter => ({ kind: 'item', value });
const compare =
  (kind: 'equality' | 'greaterOrEqual' | 'lessOrEqual') =>
  (type: Oid, value: Uint8Array): Filter =>
    item({ kind, value: { type, value } });

const equal = compare('equality');
const atLeast = compare('greaterOrEqual');
const atMost = compare('lessOrEqual');
const time = (date: Date) => encode(utcTime, utcTimeOf(date));

/** Values are whole BER elements of the attribute's own syntax. */
export const where = {
  equal,
  atLeast,
  atMost,
  present: (type: Oid): Filter => item({ kind: 'present', value: type }),
  all: (...parts: readonly Filter[]): Filter => ({ kind: 'and', value: parts }),
  any: (...parts: readonly Filter[]): Filter => ({ kind: 'or', value: parts }),
  not: (part: Filter): Filter => ({ kind: 'not', value: part }),

  status: (status: RetrievalStatus): Filter =>
    equal(ATTRIBUTE.retrievalStatus, encode(integer(), RETRIEVAL_STATUS[status])),
  entryType: (type: EntryType): Filter =>
    equal(ATTRIBUTE.entryType, encode(integer(), ENTRY_TYPE[type])),
  priority: (priority: Priority): Filter => equal(ATTRIBUTE.priority, encode(Priority, priority)),
  contentType: (type: Oid): Filter => equal(ATTRIBUTE.contentType, encode(objectIdentifier, type)),
  contentLengthAtLeast: (octets: number): Filter =>
    atLeast(ATTRIBUTE.contentLength, encode(integer(), octets)),
  contentLengthAtMost: (octets: number): Filter =>
    atMost(ATTRIBUTE.contentLength, encode(integer(), octets)),
  /** Throws RangeError, as the next one does, for a year that UTCTime cannot write. */
  createdSince: (date: Date): Filter => atLeast(ATTRIBUTE.creationTime, time(date)),
  createdUntil: (date: Date): Filter => atMost(ATTRIBUTE.creationTime, time(date)),
  /** Throws AddressError. */
  originator: (address: string): Filter =>
    equal(ATTRIBUTE.originatorName, encode(OrName, orNameOf(address))),
  /** The text stands somewhere in the subject. */
  subjectContains: (text: string): Filter => {
    const value = encode(teletexString(), teletexOfText(text) ?? text.replaceAll(/[^ -~]/gu, '?'));
    return item({
      kind: 'substrings',
      value: { type: ATTRIBUTE.subject, strings: [{ kind: 'any', value }] },
    });
  },
} as const;
