/**
 * Delete: main-entries with all that is beneath them, all that were named or none. What is still
 * new may not go: its user has not seen it.
 *
 * Source: X.413 (1999) 8.2.4, 9.4.
 */
import type { Mailbox } from '../store/contract.js';
import type { DeleteArgument } from '../x413/delete.js';
import type { Entry, SequenceNumber } from '../x413/entry.js';
import { type DeleteProblem, deleteError, sequenceNumberError } from '../x413/errors.js';
import { select } from './select.js';

/** NULL. */
export const DELETE_RESULT = Uint8Array.of(0x05, 0x00);

/** The main-entries to remove. Throws MsRefusal; then nothing is to be removed. */
export function entriesToDelete(mailbox: Mailbox, { items }: DeleteArgument): SequenceNumber[] {
  const entries =
    items.kind === 'selector'
      ? select(mailbox, items.value, Number.MAX_SAFE_INTEGER).sources.map(({ entry }) => entry)
      : namedEntries(mailbox, items.value);
  const problems = entries.flatMap<DeleteProblem>(({ sequence, parent, status }) => {
    const sequenceNumber = sequence;
    if (parent !== 0) return [{ problem: 'child-entry-specified', sequenceNumber }];
    // In the 1988 edition this problem tells of every broken rule.
    return status === 'new' ? [{ problem: 'delete-restriction-problem', sequenceNumber }] : [];
  });
  if (problems.length > 0) throw deleteError(problems);
  return entries.map(({ sequence }) => sequence);
}

function namedEntries(mailbox: Mailbox, numbers: readonly number[]): Entry[] {
  const entries: Entry[] = [];
  const unknown: number[] = [];
  for (const number of new Set(numbers)) {
    const entry = mailbox.entry(number);
    if (entry === null) unknown.push(number);
    else entries.push(entry);
  }
  if (unknown.length > 0) throw sequenceNumberError(unknown);
  return entries;
}
