/**
 * Types that every operation of the message store shares.
 *
 * [n] in the MS module is EXPLICIT; some peers send it IMPLICIT, so all of x413 decodes both.
 * Members of 1994 are declared as optional everywhere, so that they can be seen and refused where
 * the association is of 1988.
 *
 * Source: X.413 (1999), modules MSAbstractService, MSUpperBounds.
 */
import { any } from '../asn1/any.js';
import { sequenceOf } from '../asn1/list.js';
import { integer, type Oid, objectIdentifier } from '../asn1/primitive.js';
import { readElement } from '../asn1/reader.js';
import { decodeElement } from '../asn1/type.js';
import { ViolationError } from '../base/errors.js';
import { SEQUENCE_NUMBER_MAX } from '../limits.js';

/** On the wire: 0 is legal, though no entry of ours has it. */
export const SequenceNumberType = integer('SequenceNumber', 0, SEQUENCE_NUMBER_MAX);

/** Of entries that are told of: as many as a mailbox may hold. */
export const SequenceNumberList = sequenceOf(SequenceNumberType, 1, SEQUENCE_NUMBER_MAX);

/** 1994 entry-class; in 1988 information-base. Its numbers agree for delivery, stored-messages. */
export const EntryClass = integer('EntryClass');
export const ENTRY_CLASS_DELIVERY = 0;

/** EntryClass on the wire. Two are unions: of 0 to 2, and of 4 and 5. */
export const ENTRY_CLASS = {
  delivery: ENTRY_CLASS_DELIVERY,
  submission: 1,
  draft: 2,
  storedMessage: 3,
  deliveryLog: 4,
  submissionLog: 5,
  messageLog: 6,
  autoActionLog: 7,
} as const;

/** The classes that are always served: the last is the union of the others. */
export const ENTRY_CLASSES_SERVED: readonly number[] = [
  ENTRY_CLASS.delivery,
  ENTRY_CLASS.submission,
  ENTRY_CLASS.draft,
  ENTRY_CLASS.storedMessage,
];

/** The classes of logs, which are served where they are kept. */
export const LOG_ENTRY_CLASS = {
  'delivery-log': ENTRY_CLASS.deliveryLog,
  'submission-log': ENTRY_CLASS.submissionLog,
} as const;

/** Those that are served to a mailbox that has these logs. */
export function entryClassesServed(
  logs: readonly (keyof typeof LOG_ENTRY_CLASS)[],
): readonly number[] {
  if (logs.length === 0) return ENTRY_CLASSES_SERVED;
  const classes = logs.map((name) => LOG_ENTRY_CLASS[name]);
  return [...ENTRY_CLASSES_SERVED, ...classes, ENTRY_CLASS.messageLog];
}

export function isLogClass(entryClass: number): boolean {
  return entryClass >= ENTRY_CLASS.deliveryLog && entryClass <= ENTRY_CLASS.messageLog;
}

/** 1994. Each item is an EXTERNAL. */
export const MsExtensions = sequenceOf(any);

/** The identifier of an extension. Throws a violation where it has none. */
export function extensionType(extension: Uint8Array): Oid {
  const type = readElement(extension).children().next();
  if (type === null) throw new ViolationError('asn1', 'missing-component');
  return decodeElement(objectIdentifier, type);
}

/** Which edition an association is of: its application context decides. */
export type Edition = '88' | '94';
