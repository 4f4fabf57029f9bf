/**
 * Values out of messages of which one may be damaged: that one must not hide all others.
 *
 * Source: ours.
 */
import { DamageError } from '../base/errors.js';
import type { AttributeDefinition } from '../x413/attribute.js';
import type { EntrySource } from '../x413/entry.js';

/**
 * The values that an entry has of an attribute. Null where they would be in its message, and that
 * cannot be read any more; the store has set it aside and reported it.
 */
export function readableValues(
  definition: AttributeDefinition,
  source: EntrySource,
): readonly Uint8Array[] | null {
  try {
    return definition.values(source);
  } catch (error) {
    if (error instanceof DamageError) return null;
    throw error;
  }
}
