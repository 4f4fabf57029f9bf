/**
 * The classes of entries that can be asked for. Those but delivery need an application context of
 * 1994.
 *
 * Source: X.413 (1999) 6.3.1.
 */
import { ENTRY_CLASS } from '../x413/common.js';

/** `stored-message`: all of the others. */
export const ENTRY_CLASSES = {
  delivery: ENTRY_CLASS.delivery,
  submission: ENTRY_CLASS.submission,
  draft: ENTRY_CLASS.draft,
  'stored-message': ENTRY_CLASS.storedMessage,
} as const;
export type EntryClassName = keyof typeof ENTRY_CLASSES;

export interface OfClass {
  /** Default: delivery. */
  readonly entryClass?: EntryClassName | undefined;
}

export function entryClassOf({ entryClass = 'delivery' }: OfClass): number {
  return ENTRY_CLASSES[entryClass];
}
