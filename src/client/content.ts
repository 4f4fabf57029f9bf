/**
 * Contents in everyday terms: text, files and forwarded messages into a P22, an interchange into a
 * P35, and what came, taken apart again.
 *
 * Source: X.420 (1999) 7, X.435 (1999) 8; the selection is ours.
 */

import { decodeOrNull } from '../asn1/elements.js';
import type { Oid } from '../asn1/primitive.js';
import { formatUtcTime } from '../asn1/time.js';
import { decode } from '../asn1/type.js';
import { ViolationError } from '../base/errors.js';
import { formatOrAddress } from '../x411/or-address-text.js';
import { textOfTeletex } from '../x411/teletex.js';
import {
  describeBodyPart,
  fileTransferPart,
  generalTextPart,
  ia5TextPart,
  messagePart,
} from '../x420/body-part.js';
import { composeEdi, composeIpm, composeIpn, contentOfIpm, ipmOfContent } from '../x420/compose.js';
import { EDI_CONTENT_TYPE, interchangeOf } from '../x420/edi.js';
import { NOTIFICATION_REQUEST } from '../x420/heading.js';
import {
  InformationObject,
  IPM_CONTENT_TYPE,
  isIpmContentType,
  type OrDescriptor,
} from '../x420/ipm.js';
import { keptOrNameOf, orNameOf } from './address.js';
import { utcTimeOf } from './utc-time.js';

/** The content types that have a name, by their object identifiers. */
export const CONTENT_TYPE = { ...IPM_CONTENT_TYPE, p35: EDI_CONTENT_TYPE } as const;

export type Part =
  /** An ia5-text body part where the text is ASCII, else general-text. */
  | { readonly kind: 'text'; readonly text: string }
  /** A file-transfer body part. */
  | { readonly kind: 'file'; readonly name: string | null; readonly octets: Uint8Array }
  /** A forwarded message: its content, as it was delivered. */
  | { readonly kind: 'message'; readonly content: Uint8Array; readonly deliveryTime?: Date };

export interface MessageInput {
  /** Addresses as text. */
  readonly originator: string;
  readonly recipients: readonly string[];
  readonly subject?: string | undefined;
  /** Every recipient is asked to notify that he has read it, or will not. */
  readonly requestsReceipt?: boolean | undefined;
  /** Of this-IPM; made from the clock by default. At most 64 printable characters. */
  readonly identifier?: string | undefined;
  readonly parts: readonly Part[];
}

/**
 * The content octets of an interpersonal message (P22). Throws AddressError, and RangeError for a
 * subject or an identifier that is too long.
 */
export function composeMessage(input: MessageInput): Uint8Array {
  const { subject = '', identifier = '' } = input;
  if (subject.length > SUBJECT_CHARACTERS_MAX) throw new RangeError('the subject is too long');
  if (identifier.length > IDENTIFIER_CHARACTERS_MAX)
    throw new RangeError('the identifier is too long');
  return composeIpm({
    originator: orNameOf(input.originator),
    identifier: input.identifier ?? freshIdentifier(),
    to: input.recipients.map(orNameOf),
    ...(input.subject !== undefined && { subject }),
    ...(input.requestsReceipt && {
      notificationRequests: [NOTIFICATION_REQUEST.rn, NOTIFICATION_REQUEST.nrn],
    }),
    body: input.parts.map(composePart),
  });
}

/** Says of a message that its recipient has read it. */
export interface Receipt {
  /** Of the message: to whom it goes. */
  readonly originator: string;
  readonly content: Uint8Array;
}

/** The notification that `reader` has read a message of such a content; null for what is no IPM. */
export function composeReceipt(
  content: Uint8Array,
  reader: string,
  readAt: Date = new Date(),
): Receipt | null {
  const object = decodeOrNull(InformationObject, content);
  if (object?.kind !== 'ipm') return null;
  const { thisIpm, originator } = object.value.heading;
  const name = originator?.formalName ?? thisIpm.user;
  if (name === undefined) return null;
  return {
    originator: formatOrAddress(name.value),
    content: composeIpn({
      subjectIpm: thisIpm,
      ipnOriginator: { formalName: keptOrNameOf(reader) },
      fields: { kind: 'receipt', value: { receiptTime: utcTimeOf(readAt) } },
    }),
  };
}

function composePart(part: Part): Uint8Array {
  switch (part.kind) {
    case 'text':
      return isAscii(part.text) ? ia5TextPart(part.text) : generalTextPart(part.text);
    case 'file':
      return fileTransferPart(part.octets, graphicOf(part.name ?? 'file'));
    case 'message': {
      const { content, deliveryTime } = part;
      const parameters =
        deliveryTime === undefined
          ? {}
          : { deliveryTime: formatUtcTime(deliveryTime.getTime() / 1000) };
      return messagePart(ipmOfContent(content), parameters);
    }
  }
}

/** What GraphicString with ISO 8859-1 can write of a file name; elsewhere `_` stands. */
const graphicOf = (name: string) => name.replaceAll(/[^ -~\u00a0-\u00ff]/gu, '_');

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) > 0x7f) return false;
  return true;
}

/** ub-subject-field, ub-local-ipm-identifier. */
const SUBJECT_CHARACTERS_MAX = 128;
const IDENTIFIER_CHARACTERS_MAX = 64;

let identifierCount = 0;

function freshIdentifier(): string {
  identifierCount += 1;
  return `${identifierCount} ${formatUtcTime(Date.now() / 1000)}`;
}

export interface InterchangeInput {
  /** Addresses as text. */
  readonly originator: string;
  readonly recipients: readonly string[];
  readonly identifier?: string | undefined;
  readonly interchange: Uint8Array;
}

/** The content octets of an EDI message (P35). Throws AddressError. */
export function composeInterchange(input: InterchangeInput): Uint8Array {
  return composeEdi({
    originator: orNameOf(input.originator),
    identifier: input.identifier ?? freshIdentifier(),
    to: input.recipients.map(orNameOf),
    interchange: input.interchange,
  });
}

export type PartView =
  | Part
  | { readonly kind: 'other'; readonly type: Oid | null; readonly octets: Uint8Array };

export interface ContentView {
  readonly kind: 'message' | 'notification' | 'interchange';
  readonly subject: string | null;
  /** Addresses in the slash form, or what the heading says in their place. */
  readonly originator: string | null;
  readonly recipients: readonly string[];
  /** The user's own identifier of the message. */
  readonly identifier: string | null;
  readonly parts: readonly PartView[];
}

/** What is in a content; null for other types, and for what cannot be read. */
export function readContent(contentType: Oid, content: Uint8Array): ContentView | null {
  if (contentType === EDI_CONTENT_TYPE) return readEdi(content);
  if (!isIpmContentType(contentType)) return null;
  try {
    return viewOf(decode(InformationObject, content));
  } catch (error) {
    if (error instanceof ViolationError) return null;
    throw error;
  }
}

function readEdi(content: Uint8Array): ContentView | null {
  const octets = interchangeOf(content);
  if (octets === null) return null;
  const file = { kind: 'file', name: null, octets } as const;
  const unread = { subject: null, originator: null, recipients: [], identifier: null };
  return { kind: 'interchange', ...unread, parts: [file] };
}

function viewOf(object: InformationObject): ContentView {
  if (object.kind === 'ipn') {
    const { ipnOriginator, subjectIpm } = object.value;
    return {
      kind: 'notification',
      subject: null,
      originator: nameOf(ipnOriginator),
      recipients: [],
      identifier: subjectIpm.userRelativeIdentifier,
      parts: [],
    };
  }
  const { heading, body } = object.value;
  const recipients = [...heading.primaryRecipients, ...heading.copyRecipients];
  return {
    kind: 'message',
    subject: heading.subject === undefined ? null : textOfTeletex(heading.subject.value),
    originator: nameOf(heading.originator),
    recipients: recipients.map(({ recipient }) => nameOf(recipient) ?? ''),
    identifier: heading.thisIpm.userRelativeIdentifier,
    parts: body.map(partViewOf),
  };
}

function nameOf(descriptor: OrDescriptor | undefined): string | null {
  if (descriptor?.formalName !== undefined) return formatOrAddress(descriptor.formalName.value);
  return descriptor?.freeFormName ?? null;
}

function partViewOf(octets: Uint8Array): PartView {
  const part = describeBodyPart(octets);
  switch (part.kind) {
    case 'text':
      return { kind: 'text', text: part.text };
    case 'message':
      return { kind: 'message', content: contentOfIpm(part.ipm) };
    default:
      return part;
  }
}
