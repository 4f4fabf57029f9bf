/**
 * INSTANCE OF, the EXTERNAL of extended body parts and file transfer: an OID and a value.
 *
 * Source: X.690 (2002) 8.18; X.681 Annex C.
 */
import { childrenOf } from '../asn1/elements.js';
import { type Oid, objectIdentifier } from '../asn1/primitive.js';
import type { Element } from '../asn1/reader.js';
import { TAG } from '../asn1/tag.js';

/** An INSTANCE OF, taken apart without decoding it. */
export interface Instance {
  readonly type: Oid;
  /** The EXTERNAL, under whatever tag. */
  readonly element: Element;
  /** Tag [0], and in it the value; [1] where it was sent octet-aligned. */
  readonly encoding: Element;
}

/** Null for an EXTERNAL that does not name its type. Throws a violation for broken octets. */
export function instanceIn(external: Element): Instance | null {
  const members = childrenOf(external);
  const reference = members.find(({ tag }) => tag === TAG.objectIdentifier);
  const encoding = members.at(-1);
  if (reference === undefined || encoding === undefined || encoding === reference) return null;
  return { type: objectIdentifier.decode(reference), element: external, encoding };
}
