/**
 * EDI messages taken apart without decoding them: heading, body parts, the interchange in the first
 * of those, or the forwarded message in it. compose.ts makes such messages.
 *
 * Source: X.435 (1999) 8, module EDIMSInformationObjects.
 */
import { childrenOf, orNull, retag } from '../asn1/elements.js';
import { wrap } from '../asn1/header.js';
import { octetString } from '../asn1/primitive.js';
import { type Element, readElement } from '../asn1/reader.js';
import { context, TAG } from '../asn1/tag.js';
import { joinOctets } from '../base/octets.js';

/** Content type of EDI messages. */
export const EDI_CONTENT_TYPE = '2.6.7.10.0';

export interface EdimParts {
  readonly heading: Element;
  readonly body: Element;
  /** edi-body-part [0] or forwarded-EDIM [1]. */
  readonly primaryBodyPart: Element | null;
  /** EDIM-ExtendedBodyParts; of a forwarded message under tags of a choice. */
  readonly otherBodyParts: readonly Element[];
}

/** The tag of a forwarded message's data within the body part. */
export const FORWARDED_EDIM_DATA = context(1);

/** A message that stands in the primary body part of another. */
export interface ForwardedEdim {
  readonly parameters: Element | null;
  /** MessageData under its tag [1]: heading, and a body that may lack parts. */
  readonly data: Element;
  readonly parts: EdimParts;
}

/** Takes an EDI message apart; null for a notification. Throws a violation for broken octets. */
export function edimIn(content: Uint8Array): EdimParts | null {
  const object = readElement(content);
  return object.tag === context(0) ? partsOf(object) : null;
}

/** `edim`: heading and body, under whatever tag. */
function partsOf(edim: Element): EdimParts | null {
  const [heading, body] = childrenOf(edim);
  if (heading?.tag !== TAG.sequence || body?.tag !== TAG.sequence) return null;
  const members = childrenOf(body);
  const isPrimary = ({ tag }: Element) => tag === context(0) || tag === context(1);
  const others = members.find(({ tag }) => tag === TAG.sequence);
  return {
    heading,
    body,
    primaryBodyPart: members.find(isPrimary) ?? null,
    otherBodyParts: others === undefined ? [] : childrenOf(others),
  };
}

/** The forwarded message that a primary body part is. Throws a violation for broken octets. */
export function forwardedEdimIn(primaryBodyPart: Element | null): ForwardedEdim | null {
  if (primaryBodyPart?.tag !== context(1)) return null;
  const members = childrenOf(primaryBodyPart);
  const data = members.find(({ tag }) => tag === FORWARDED_EDIM_DATA);
  const parts = data === undefined ? null : partsOfData(data);
  if (data === undefined || parts === null) return null;
  const parameters = members.find(({ tag }) => tag === context(0)) ?? null;
  return { parameters, data, parts };
}

/** Its primary body part is [1] EXPLICIT; a removed one, [0] NULL, is as one of no octets. */
function partsOfData(data: Element): EdimParts | null {
  const parts = partsOf(data);
  if (parts?.primaryBodyPart?.tag !== context(1)) return parts;
  const [primaryBodyPart = null] = childrenOf(parts.primaryBodyPart);
  return { ...parts, primaryBodyPart };
}

/**
 * The content that a forwarded message would be by itself, from its data: the body parts get the
 * tags that they have in a message. Null, or a violation thrown, for what is no such data.
 */
export function contentOfEdimData(data: Uint8Array): Uint8Array | null {
  const parts = partsOfData(readElement(data));
  if (parts === null) return null;
  const { heading, primaryBodyPart, otherBodyParts } = parts;
  const others = otherBodyParts.map((part) => retag(part, TAG.sequence));
  const body = [
    ...(primaryBodyPart === null ? [] : [primaryBodyPart.whole]),
    ...(others.length === 0 ? [] : wrap(TAG.sequence, others)),
  ];
  return joinOctets(wrap(context(0), [heading.whole, ...wrap(TAG.sequence, body)]));
}

/**
 * The primary body part of an EDIM that holds an interchange; null for a notification, for a
 * forwarded EDIM, and for what cannot be read.
 */
export function interchangeOf(content: Uint8Array): Uint8Array | null {
  return orNull(() => {
    const primary = edimIn(content)?.primaryBodyPart;
    return primary?.tag === context(0) ? octetString().decode(primary) : null;
  });
}
