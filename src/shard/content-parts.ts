/**
 * Which attributes convey the content or a part of it.
 *
 * Source: X.413 (1999) 11.2 retrieval-status; X.420 (1999) 19.
 */
import type { AttributeDefinition } from '../x413/attribute.js';

export const CONTENT = '2.6.4.3.1';
export const HEADING = '2.6.1.7.0';
export const BODY = '2.6.1.8.0';

/** Whether the attribute is the content, or holds some of it rather than tells about it. */
export function isPartOfContent({ oid, bodyPartNumbers }: AttributeDefinition): boolean {
  return bodyPartNumbers !== null || oid === CONTENT || oid === HEADING || oid === BODY;
}
