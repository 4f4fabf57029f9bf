/**
 * The interchange in an EDI message. compose.ts makes such messages.
 *
 * Source: X.435 (1999) 8, module EDIMSInformationObjects.
 */
import { octetString } from '../asn1/primitive.js';
import { type Element, readElement } from '../asn1/reader.js';
import { context, TAG } from '../asn1/tag.js';
import { ViolationError } from '../base/errors.js';

/** Content type of EDI messages. */
export const EDI_CONTENT_TYPE = '2.6.7.10.0';

/**
 * The primary body part of an EDIM that holds an interchange; null for a notification, for a
 * forwarded EDIM, and for what cannot be read.
 */
export function interchangeOf(content: Uint8Array): Uint8Array | null {
  try {
    const edim = readElement(content);
    if (edim.tag !== context(0)) return null;
    const [, body] = childrenOf(edim);
    if (body?.tag !== TAG.sequence) return null;
    const [primary] = childrenOf(body);
    return primary?.tag === context(0) ? octetString().decode(primary) : null;
  } catch (error) {
    if (error instanceof ViolationError) return null;
    throw error;
  }
}

function childrenOf(element: Element): Element[] {
  const reader = element.children();
  const children: Element[] = [];
  for (let child = reader.next(); child !== null; child = reader.next()) children.push(child);
  return children;
}
