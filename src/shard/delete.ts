/**
 * Delete: main-entries with all that is beneath them, all that were named or none. What is still
 * new may not go: its user has not seen it.
 *
 * Source: X.413 (1999) 8.2.4, 9.4.
 */
import { encode } from '../asn1/type.js';
import type { Mailbox } from '../store/contract.js';
import type { Edition } from '../x413/common.js';
import { type DeleteArgument, DeleteResult } from '../x413/delete.js';
import type { Entry, SequenceNumber } from '../x413/entry.js';
import { type DeleteProblem, deleteError, sequenceNumberError } from '../x413/errors.js';
import type { Selector } from '../x413/selector.js';
import { AttributeProblems } from './attribute-problems.js';
import { checkArgument, type OperationContext } from './operation.js';
import { prepareSelector, select } from './select.js';
import type { Sliced } from './sliced.js';

/** Of X.420: no notification is made for what is deleted unread. We make none in any case. */
const PREVENT_NRN_GENERATION = '2.6.1.17.4';

/** The main-entries to remove. Throws MsRefusal; then nothing is to be removed. */
export function* entriesToDelete(
  context: OperationContext,
  argument: DeleteArgument,
): Sliced<SequenceNumber[]> {
  const { mailbox } = context;
  checkArgument(argument, context, [PREVENT_NRN_GENERATION]);
  const { items } = argument;
  const entries =
    items.kind === 'selector'
      ? yield* selectedEntries(context, items.value)
      : namedEntries(mailbox, items.value);
  const problems = entries.flatMap((entry) => problemOf(entry, context));
  if (problems.length > 0) throw deleteError(problems);
  return entries.map(({ sequence }) => sequence);
}

/** NULL in 1988; later the numbers that are gone. */
export function deleteResult(entries: readonly SequenceNumber[], edition: Edition): Uint8Array {
  if (edition === '88') return encode(DeleteResult, { kind: 'result88', value: null });
  const value = entries.length === 0 ? {} : { entriesDeleted: entries };
  return encode(DeleteResult, { kind: 'result94', value });
}

function problemOf(
  { sequence, parent, status }: Entry,
  { edition, logs, isStored }: OperationContext,
): DeleteProblem[] {
  const sequenceNumber = sequence;
  if (isStored !== undefined) {
    if (logs?.isDeletable !== true) return [{ problem: 'entry-class-restriction', sequenceNumber }];
    return isStored(sequence) ? [{ problem: 'stored-message-exists', sequenceNumber }] : [];
  }
  if (parent !== 0) return [{ problem: 'child-entry-specified', sequenceNumber }];
  if (status !== 'new') return [];
  // In the 1988 edition one problem tells of every broken rule.
  const problem = edition === '88' ? 'delete-restriction-problem' : 'new-entry-specified';
  return [{ problem, sequenceNumber }];
}

function* selectedEntries(context: OperationContext, selector: Selector): Sliced<readonly Entry[]> {
  const problems = new AttributeProblems(context.unsubscribed);
  const prepared = prepareSelector(selector, context.edition, problems);
  problems.refuse();
  // Whatever it takes: there is no `next` to go on with.
  const all = yield* select(context, prepared, Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY);
  return all.entries;
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
