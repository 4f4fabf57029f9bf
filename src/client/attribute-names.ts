/**
 * The attribute types that this library knows by name.
 *
 * Source: X.413 (1999) 11, X.420 (1999) 19.6.
 */
import type { Oid } from '../asn1/primitive.js';

export const ATTRIBUTE = {
  childSequenceNumbers: '2.6.4.3.0',
  content: '2.6.4.3.1',
  contentIdentifier: '2.6.4.3.4',
  contentLength: '2.6.4.3.6',
  contentType: '2.6.4.3.8',
  creationTime: '2.6.4.3.11',
  retrievalStatus: '2.6.4.3.15',
  entryType: '2.6.4.3.16',
  messageDeliveryEnvelope: '2.6.4.3.18',
  messageIdentifier: '2.6.4.3.19',
  deliveryTime: '2.6.4.3.20',
  submissionTime: '2.6.4.3.23',
  originatorName: '2.6.4.3.27',
  parentSequenceNumber: '2.6.4.3.29',
  perRecipientReportDeliveryFields: '2.6.4.3.30',
  priority: '2.6.4.3.31',
  reportDeliveryEnvelope: '2.6.4.3.34',
  subjectSubmissionIdentifier: '2.6.4.3.40',
  thisRecipientName: '2.6.4.3.41',
  submissionError: '2.6.4.3.61',
  recipientNames: '2.6.4.3.71',
  thisIpm: '2.6.1.7.1',
  subject: '2.6.1.7.4',
  subjectIpm: '2.6.1.9.0',
  receiptTime: '2.6.1.9.8',
} as const satisfies Readonly<Record<string, Oid>>;
