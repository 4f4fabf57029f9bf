/**
 * Changes to entries that may lie in several boxes of a mailbox: each box is given its own, and the
 * failure of one is that of all.
 *
 * Source: ours.
 */
import type { BoxId } from '../store/box.js';
import type { CommitOutcome, ShardStore, StatusChange } from '../store/contract.js';
import type { SequenceNumber } from '../x413/entry.js';

type Done = (outcome: CommitOutcome) => void;
type Store = Pick<ShardStore, 'mailbox' | 'remove' | 'markConveyed' | 'restate'>;

const COMMITTED: CommitOutcome = { kind: 'committed' };

export function removeFrom(
  store: Pick<Store, 'mailbox' | 'remove'>,
  boxes: readonly BoxId[],
  entries: readonly SequenceNumber[],
  done: Done,
): void {
  const parts = byBox(store, boxes, entries, (sequence) => sequence);
  const ended = afterAll(parts.length, done);
  for (const [box, own] of parts) store.remove(box, own, ended);
}

export function restateIn(
  store: Pick<Store, 'mailbox' | 'restate'>,
  boxes: readonly BoxId[],
  changes: readonly StatusChange[],
  done: Done,
): void {
  const parts = byBox(store, boxes, changes, ({ sequence }) => sequence);
  const ended = afterAll(parts.length, done);
  for (const [box, own] of parts) store.restate(box, own, ended);
}

export function markConveyedIn(
  store: Pick<Store, 'mailbox' | 'markConveyed'>,
  boxes: readonly BoxId[],
  changes: readonly StatusChange[],
): void {
  const parts = byBox(store, boxes, changes, ({ sequence }) => sequence);
  for (const [box, own] of parts) store.markConveyed(box, own);
}

/** Calls back when all of them have ended: at once, where there are none. */
export function afterAll(count: number, done: Done): Done {
  let failure: CommitOutcome | null = null;
  let waiting = count;
  if (waiting === 0) done(COMMITTED);
  return (outcome) => {
    waiting -= 1;
    if (outcome.kind !== 'committed') failure = outcome;
    if (waiting === 0) done(failure ?? outcome);
  };
}

/** What there is for each box; without those that there is nothing for. */
function byBox<Change>(
  store: Pick<Store, 'mailbox'>,
  boxes: readonly BoxId[],
  changes: readonly Change[],
  sequenceOf: (change: Change) => SequenceNumber,
): readonly (readonly [BoxId, readonly Change[]])[] {
  const [only] = boxes;
  if (changes.length === 0) return [];
  if (boxes.length === 1 && only !== undefined) return [[only, changes]];
  return boxes
    .map((box) => {
      const isHere = (one: Change) => store.mailbox(box).entry(sequenceOf(one)) !== null;
      return [box, changes.filter(isHere)] as const;
    })
    .filter(([, own]) => own.length > 0);
}
