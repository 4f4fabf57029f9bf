/**
 * forwarding-request: the user wants a message of his mailbox to go out within the one that he
 * submits. It becomes the last body part, with what the MTS said of its delivery; the extension is
 * for the store alone and is taken out. What else he submits goes out as it came.
 *
 * Source: X.413 (1999) 8.3.1, forwarding-request; X.411 (1999) 8.2.1.1.1.36; X.420 (1999) 7.4.7.
 */
import { childrenOf, decodeOrNull } from '../asn1/elements.js';
import { wrap } from '../asn1/header.js';
import { integer, octetString } from '../asn1/primitive.js';
import { type Element, readElement } from '../asn1/reader.js';
import { context, TAG } from '../asn1/tag.js';
import { decodeElement, encode } from '../asn1/type.js';
import { joinOctets, type Pieces } from '../base/octets.js';
import type { Mailbox } from '../store/contract.js';
import { MTS_ERROR } from '../x411/application-contexts.js';
import { EXTENSION, ExtensionField } from '../x411/extension.js';
import { MsRefusal } from '../x413/errors.js';
import { extendedMessagePart, type MessageParameters, messagePart } from '../x420/body-part.js';
import { ipmOfContent } from '../x420/compose.js';
import { IPM_CONTENT_TYPE, isIpmContentType } from '../x420/ipm.js';
import type { Submission } from './new-submission.js';
import { StoredSource } from './stored-source.js';

/** The extensions of the envelope, and an IPM among the information objects. */
const EXTENSIONS = context(2);
const IPM = context(0);

export function asksForForwarding({ fields: { extensions } }: Submission): boolean {
  return extensions.some(isForwardingRequest);
}

const isForwardingRequest = ({ type }: ExtensionField) =>
  type.kind === 'standard' && type.value === EXTENSION.forwardingRequest.number;

/**
 * The argument of X.411 that goes out instead. Throws inconsistent-request where there is no such
 * message, or one of the two cannot hold the other.
 */
export function withForwarded(submission: Submission, contentType: string, mailbox: Mailbox) {
  const { envelope, content, fields } = submission;
  const request = fields.extensions.find(isForwardingRequest);
  const number = request?.value && decodeOrNull(integer(), request.value);
  const part = number == null ? null : partOf(mailbox, number);
  const whole = part && content && isIpmContentType(contentType) && appended(content, part);
  if (!whole) {
    const code = MTS_ERROR.inconsistentRequest;
    throw new MsRefusal('inconsistentRequest', { code, parameter: null });
  }
  const pieces = [...stripped(readElement(envelope)), encode(octetString('Content'), whole)];
  return joinOctets(wrap(TAG.sequence, pieces));
}

/** The body part that holds the entry's message; null where it has none that may be forwarded. */
function partOf(mailbox: Mailbox, number: number): Uint8Array | null {
  const entry = mailbox.entry(number);
  if (entry?.entryType !== 'delivered-message' || !isIpmContentType(entry.contentType)) return null;
  const source = new StoredSource(mailbox, entry);
  const content = source.content();
  if (content === null || readElement(content).tag !== IPM) return null;
  const parameters = parametersOf(source.envelope());
  const ipm = ipmOfContent(content);
  return entry.contentType === IPM_CONTENT_TYPE.p772
    ? extendedMessagePart('mmMessage', ipm, parameters)
    : messagePart(ipm, parameters);
}

/** What the envelope of a delivery tells; of a message within a message as far as it was told. */
function parametersOf(envelope: Uint8Array): MessageParameters {
  const parts = envelope.length === 0 ? [] : childrenOf(readElement(envelope));
  const time = parts.find(({ tag }) => tag === TAG.utcTime);
  const other = parts.find(({ tag }) => tag === TAG.set);
  return {
    ...(time && { deliveryTime: Buffer.from(time.content).toString('latin1') }),
    ...(other && { deliveryEnvelope: other.content }),
  };
}

/** The content of an IPM with one more body part; null for another object. */
function appended(content: Uint8Array, part: Uint8Array): Uint8Array | null {
  const object = readElement(content);
  const [heading, body] = object.tag === IPM ? childrenOf(object) : [];
  if (heading === undefined || body?.tag !== TAG.sequence) return null;
  return joinOctets(wrap(IPM, [heading.whole, ...wrap(TAG.sequence, [body.content, part])]));
}

/** The envelope without the extension; without the list of extensions, where no other is in it. */
function stripped(envelope: Element): Pieces {
  const members = childrenOf(envelope).flatMap((member): Pieces => {
    if (member.tag !== EXTENSIONS) return [member.whole];
    const kept = childrenOf(member).filter(
      (field) => !isForwardingRequest(decodeElement(ExtensionField, field)),
    );
    const octets = kept.map(({ whole }) => whole);
    return octets.length === 0 ? [] : wrap(EXTENSIONS, octets);
  });
  return wrap(TAG.set, members);
}
