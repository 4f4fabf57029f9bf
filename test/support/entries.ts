/**
 * Entries as the store makes them of what was delivered, without a store: the octets of an argument
 * go through the shard's own code, and come back as sources that attributes are derived from.
 */
import { formatHex } from '../../src/base/octets.js';
import type { MailboxId } from '../../src/engine/mailbox-id.js';
import { newMessageOf } from '../../src/shard/deliver-message.js';
import { newReportOf } from '../../src/shard/deliver-report.js';
import { StoredSource } from '../../src/shard/stored-source.js';
import type { Mailbox, NewMessage } from '../../src/store/contract.js';
import { numberEntries } from '../../src/store/files/message-file.js';
import { attributeByOid, attributesOf } from '../../src/x413/attribute-table.js';
import { type Entry, type EntrySource, sequenceNumber } from '../../src/x413/entry.js';
import { element, octets } from '../osi/ber.js';

export const CREATION_TIME = 1_767_268_800;
export const FIRST_SEQUENCE = 7;

/** Hexadecimal of a string's octets, under a tag. */
export const text = (tag: string, value: string) =>
  element(tag, Buffer.from(value, 'latin1').toString('hex'));

type States = readonly Partial<Pick<Entry, 'status' | 'conveyed'>>[];

/** The entries of one delivery. `states`: status and conveyed bits, by index of the entry. */
export function delivered(message: NewMessage, states: States = []): StoredSource[] {
  return deliveredInto(message, states).sources;
}

/** The same, with the mailbox that holds them. */
export function deliveredInto(
  message: NewMessage,
  states: States = [],
  first = FIRST_SEQUENCE,
): { mailbox: Mailbox; sources: StoredSource[] } {
  const entries = numberEntries(first, message).entries.map(
    (entry, index): Entry => ({ ...entry, status: 'new', conveyed: 0, ...states[index] }),
  );
  const unused = () => {
    throw new Error('not asked for here');
  };
  const mailbox: Mailbox = {
    entriesWith: () => ({ mailbox, entries: [] }),
    id: 'box' as MailboxId,
    count: 1,
    countOf: unused,
    scan: unused,
    span: unused,
    entry: (sequence) => entries.find((entry) => entry.sequence === sequence) ?? null,
    read: () => message,
  };
  return { mailbox, sources: entries.map((entry) => new StoredSource(mailbox, entry)) };
}

/** By the argument of message-delivery or report-delivery. */
export const deliveredMessage = (argument: Uint8Array, states?: States): StoredSource[] =>
  delivered(newMessageOf(argument, CREATION_TIME), states);
export const deliveredReport = (argument: Uint8Array): StoredSource[] =>
  delivered(newReportOf(argument, CREATION_TIME));

/** An entry that nothing makes yet, of octets in hexadecimal. */
export function sourceOf(
  facts: Partial<Entry> & Pick<Entry, 'entryType'>,
  envelope: string,
  content: string | null,
): EntrySource {
  const entry: Entry = {
    sequence: sequenceNumber(FIRST_SEQUENCE),
    status: 'processed',
    conveyed: 0,
    parent: 0,
    children: [],
    priority: -1,
    precedence: -1,
    contentLength: -1,
    contentType: '',
    creationTime: CREATION_TIME,
    contentReturned: null,
    partCount: 0,
    cached: new Map(),
    contentRange: null,
    ...facts,
  };
  return {
    entry,
    envelope: () => octets(envelope),
    content: () => (content === null ? null : octets(content)),
    related: () => null,
    reportsAbout: () => [],
    submittedAs: () => null,
    marks: () => [],
  };
}

/** The values of one attribute, in hexadecimal. Throws for a type that is not there. */
export function valuesOf(source: EntrySource | undefined, oid: string): string[] {
  const definition = attributeByOid(oid, '94');
  if (definition === null || source === undefined) throw new Error(`no ${oid}`);
  return definition.values(source).map(formatHex);
}

/** Every attribute that the entry has, by identifier. */
export function allValues(source: EntrySource | undefined): Map<string, string[]> {
  const present = attributesOf('94').map(({ oid }): [string, string[]] => [
    oid,
    valuesOf(source, oid),
  ]);
  return new Map(present.filter(([, values]) => values.length > 0));
}

export const ORIGINATOR = element('60', element('30', element('61', text('13', 'XX'))));
/** The contents of an O/R name that differs from others by its organization. */
export const nameOf = (organization: string) =>
  element('30', element('61', text('13', 'XX')), text('83', organization));
export const THIS_RECIPIENT = nameOf('Here');
const DOMAIN = element('63', element('61', text('13', 'XX')), element('62', text('13', 'ICAO')));
export const IDENTIFIER = element('64', DOMAIN, text('16', 'local.1'));
export const DELIVERY_TIME = text('17', '260101120001Z');
export const SUBMISSION_TIME = text('87', '260101120000Z');

export interface EnvelopeInput {
  /** The field: `800116`, or an OBJECT IDENTIFIER. */
  readonly contentType?: string;
  readonly content?: string;
  /** Further fields of the SET. */
  readonly fields?: readonly string[];
  /** Extension fields. */
  readonly extensions?: readonly string[];
}

/** An argument of message-delivery, in hexadecimal. */
export const deliveryOf = (input: EnvelopeInput) =>
  element(
    '30',
    IDENTIFIER,
    DELIVERY_TIME,
    otherFieldsOf(input),
    element('04', input.content ?? '3000'),
  );

export function otherFieldsOf(input: EnvelopeInput): string {
  const { contentType = '800116', fields = [], extensions = [] } = input;
  return element(
    '31',
    contentType,
    ORIGINATOR,
    element('a4', THIS_RECIPIENT),
    SUBMISSION_TIME,
    ...fields,
    ...(extensions.length === 0 ? [] : [element('a9', ...extensions)]),
  );
}

/** An extension field of an envelope. */
export const extensionField = (number: number, value: string) =>
  element('30', element('80', number.toString(16).padStart(2, '0')), element('a2', value));
