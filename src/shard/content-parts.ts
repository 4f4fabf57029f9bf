/**
 * Which attributes convey the content or a part of it.
 *
 * Source: X.413 (1999) 11.2 retrieval-status; X.420 (1999) 19.
 */
import type { AttributeDefinition } from '../x413/attribute.js';

export const CONTENT = '2.6.4.3.1';
/** Of interpersonal messages, and of EDI messages. */
const HEADINGS = ['2.6.1.7.0', '2.6.7.6.0'];
const BODIES = ['2.6.1.8.0', '2.6.7.8.0'];

/** Whether the attribute is the content, or holds some of it rather than tells about it. */
export function isPartOfContent(definition: AttributeDefinition): boolean {
  return definition.bodyPartNumbers !== null || hasHeading(definition) || hasBody(definition);
}

/** Whether a value conveys the whole heading. */
export function hasHeading({ oid }: AttributeDefinition): boolean {
  return oid === CONTENT || HEADINGS.includes(oid);
}

/** Whether a value conveys every body part. */
export function hasBody({ oid }: AttributeDefinition): boolean {
  return oid === CONTENT || BODIES.includes(oid);
}
