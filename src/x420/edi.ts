/**
 * EDI messages taken apart without decoding them: heading, body parts, and the interchange in the
 * first of those. compose.ts makes such messages. A forwarded EDI message stays a body part: it can
 * lack parts of its body, so that it is no information object of its own.
 *
 * Source: X.435 (1999) 8, module EDIMSInformationObjects.
 */
import { childrenOf, orNull } from '../asn1/elements.js';
import { octetString } from '../asn1/primitive.js';
import { type Element, readElement } from '../asn1/reader.js';
import { context, TAG } from '../asn1/tag.js';

/** Content type of EDI messages. */
export const EDI_CONTENT_TYPE = '2.6.7.10.0';

export interface EdimParts {
  readonly heading: Element;
  readonly body: Element;
  /** edi-body-part [0] or forwarded-EDIM [1]. */
  readonly primaryBodyPart: Element | null;
  /** EDIM-ExtendedBodyParts. */
  readonly otherBodyParts: readonly Element[];
}

/** Takes an EDI message apart; null for a notification. Throws a violation for broken octets. */
export function edimIn(content: Uint8Array): EdimParts | null {
  const object = readElement(content);
  if (object.tag !== context(0)) return null;
  const [heading, body] = childrenOf(object);
  if (heading?.tag !== TAG.sequence || body?.tag !== TAG.sequence) return null;
  const [primaryBodyPart = null, others] = childrenOf(body);
  const otherBodyParts = others === undefined ? [] : childrenOf(others);
  return { heading, body, primaryBodyPart, otherBodyParts };
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
