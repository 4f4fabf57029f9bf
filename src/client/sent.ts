/**
 * What became of what was sent: each copy in the out box, with the reports and notifications about
 * it that have come since. Made of three lists, by which reports and notifications become listed;
 * no other status changes.
 *
 * Source: X.413 (1999) 11.2, X.420 (1999) 19 for the attributes that belong together.
 */

import { decodeOrNull } from '../asn1/elements.js';
import type { Oid } from '../asn1/primitive.js';
import type { Asn1Type } from '../asn1/type.js';
import { orAddressKey } from '../x411/or-address-key.js';
import { formatOrAddress } from '../x411/or-address-text.js';
import { OrName } from '../x411/or-name.js';
import { IpmIdentifier } from '../x420/heading.js';
import { orNameOf } from './address.js';
import { ATTRIBUTE } from './attribute-names.js';
import type { EntryView } from './entry-view.js';
import { where } from './filter.js';
import type { UserAgent } from './user-agent.js';

/** `in doubt`: the store has not heard whether the MTA has it. */
export type SentState = 'in doubt' | 'sent' | 'delivered' | 'not delivered' | 'read' | 'not read';

export interface SentRecipient {
  readonly address: string;
  readonly state: SentState;
}

export interface SentMessage {
  /** Number of the entry in the out box. */
  readonly sequence: number;
  /** Null where it is in doubt. */
  readonly identifier: string | null;
  readonly submissionTime: Date | null;
  readonly subject: string | null;
  readonly recipients: readonly SentRecipient[];
}

/** Needs an association of 1994. */
export async function sentMessages(user: UserAgent): Promise<SentMessage[]> {
  const copies = user.entries({
    entryClass: 'submission',
    filter: where.entryType('submitted-message'),
    attributes: [
      ATTRIBUTE.messageIdentifier,
      ATTRIBUTE.submissionTime,
      ATTRIBUTE.submissionError,
      ATTRIBUTE.subject,
      ATTRIBUTE.recipientNames,
      ATTRIBUTE.thisIpm,
    ],
  });
  const news = await newsOf(user);
  const sent: SentMessage[] = [];
  for await (const copy of copies) sent.push(sentMessageOf(copy, news));
  return sent;
}

/** States by the message, then by the recipient. */
type News = ReadonlyMap<string, ReadonlyMap<string, SentState>>;

async function newsOf(user: UserAgent): Promise<News> {
  const news = new Map<string, Map<string, SentState>>();
  const note = (message: string, recipient: string, state: SentState) => {
    const known = news.get(message) ?? new Map<string, SentState>();
    news.set(message, known.set(recipient, state));
  };
  const reports = user.entries({
    filter: where.entryType('delivered-report'),
    attributes: [ATTRIBUTE.subjectSubmissionIdentifier, ATTRIBUTE.perRecipientReportDeliveryFields],
  });
  for await (const report of reports) {
    const subject = report.subjectSubmissionIdentifier ?? '';
    for (const { recipient, outcome } of report.reported) {
      note(
        subject,
        orAddressKey(orNameOf(recipient)),
        outcome === 'delivery' ? 'delivered' : 'not delivered',
      );
    }
  }
  const notifications = user.entries({
    filter: where.present(ATTRIBUTE.subjectIpm),
    attributes: [ATTRIBUTE.subjectIpm, ATTRIBUTE.originatorName, ATTRIBUTE.receiptTime],
  });
  for await (const notification of notifications) {
    const subject = ipmKeyOf(notification, ATTRIBUTE.subjectIpm) ?? '';
    const isReceipt = notification.attributes.has(ATTRIBUTE.receiptTime);
    const reader = nameKeys(notification, ATTRIBUTE.originatorName)[0]?.key ?? '';
    note(subject, reader, isReceipt ? 'read' : 'not read');
  }
  return news;
}

function sentMessageOf(copy: EntryView, news: News): SentMessage {
  const { sequence, messageIdentifier: identifier, submissionTime, subject } = copy;
  const isInDoubt = copy.attributes.has(ATTRIBUTE.submissionError);
  const reported = news.get(identifier ?? '');
  const noticed = news.get(ipmKeyOf(copy, ATTRIBUTE.thisIpm) ?? '');
  const recipients = nameKeys(copy, ATTRIBUTE.recipientNames).map(({ key, address }) => {
    const state = noticed?.get(key) ?? reported?.get(key) ?? (isInDoubt ? 'in doubt' : 'sent');
    return { address, state };
  });
  return { sequence, identifier, submissionTime, subject, recipients };
}

function nameKeys(entry: EntryView, type: Oid) {
  return valuesOf(entry, type, OrName).map((name) => ({
    key: orAddressKey(name),
    address: formatOrAddress(name),
  }));
}

/** What the user calls the message; null where the entry does not have it. */
function ipmKeyOf(entry: EntryView, type: Oid): string | null {
  const [identifier] = valuesOf(entry, type, IpmIdentifier);
  if (identifier === undefined) return null;
  const user = identifier.user === undefined ? '' : orAddressKey(identifier.user.value);
  return `${user}\n${identifier.userRelativeIdentifier}`;
}

/** What cannot be read is not there. */
function valuesOf<T>(entry: EntryView, type: Oid, syntax: Asn1Type<T>): T[] {
  return (entry.attributes.get(type) ?? []).flatMap((octets) => {
    const value = decodeOrNull(syntax, octets);
    return value === null ? [] : [value];
  });
}
