/**
 * The statuses of entries: what is conveyed lets them grow, and their owner may set them, back too.
 *
 * Invariant: both change the index at once, in the order of their journal records, so that a start
 * comes to the same. What is conveyed needs no promise; what the owner sets is answered when it is
 * durable, and undone where the journal does not take it.
 *
 * Source: ours; X.413 (1999) 8.2.7, 11.2 retrieval-status. docs/formats/journal.md.
 */
import type { Clock } from '../base/clock.js';
import { RETRIEVAL_STATUS } from '../x413/entry.js';
import type { CommitOutcome, StatusChange } from './contract.js';
import type { FileWriter } from './files/file-writer.js';
import type { Journal } from './journal/journal.js';
import { PiecesBody, packChanges, RECORD_TYPE } from './journal/journal-record.js';
import { bucketOf } from './mailbox/bucket-states.js';
import type { MailboxStore } from './mailbox/mailbox-store.js';

const asSet = (change: StatusChange): StatusChange => ({ ...change, isSet: true });

export class Statuses {
  readonly #journal: Journal;
  readonly #writer: FileWriter;
  readonly #checkpoints: { hasChanged: boolean };
  readonly #clock: Clock;

  constructor(
    journal: Journal,
    writer: FileWriter,
    checkpoints: { hasChanged: boolean },
    clock: Clock,
  ) {
    this.#journal = journal;
    this.#writer = writer;
    this.#checkpoints = checkpoints;
    this.#clock = clock;
  }

  /** Is journalled with the next batch. */
  convey(mailbox: MailboxStore, changes: readonly StatusChange[]): void {
    const { backlog } = this.#writer;
    const [lsn, nowMs] = this.#moment();
    const made = changes.filter((change) => {
      const { sequence, status: to } = change;
      const before = mailbox.change(change);
      if (before === null || before.status === 'processed') return false;
      const { status: from, isMain } = before;
      const conveyed = before.conveyed | change.conveyed;
      const hasGrown = RETRIEVAL_STATUS[to] > RETRIEVAL_STATUS[from];
      // Other states are in the name.
      if (!isMain || conveyed !== 0) mailbox.unwrittenStates.add(bucketOf(sequence));
      if (hasGrown && isMain) backlog.rename(mailbox.id, sequence, { from, to }, lsn, nowMs);
      return hasGrown || conveyed !== before.conveyed;
    });
    if (backlog.count > 0) this.#writer.schedule();
    if (made.length === 0) return;
    this.#checkpoints.hasChanged = true;
    // A message may be new again after a crash; it is never lost by that.
    const ended = () => undefined;
    this.#append(mailbox, made, ended, ended);
  }

  /** Calls back when that is durable, or undone. */
  set(
    mailbox: MailboxStore,
    changes: readonly StatusChange[],
    done: (outcome: CommitOutcome) => void,
  ): void {
    const before = this.#set(mailbox, changes);
    // Until then it stays awake.
    mailbox.inFlight += 1;
    const ended = (outcome: CommitOutcome) => {
      mailbox.inFlight -= 1;
      if (outcome.kind !== 'committed') this.#set(mailbox, before);
      done(outcome);
    };
    this.#append(
      mailbox,
      changes.map(asSet),
      () => ended({ kind: 'committed' }),
      (detail) => ended({ kind: 'unavailable', detail }),
    );
  }

  /** In the index, and, later, in the names of the files. What they were before. */
  #set(mailbox: MailboxStore, changes: readonly StatusChange[]): StatusChange[] {
    const { backlog } = this.#writer;
    const [lsn, nowMs] = this.#moment();
    const before = changes.flatMap((change): StatusChange[] => {
      const { sequence, status: to } = change;
      // One whose delete is on its way as well: that may fail like this.
      const state = mailbox.index.change(asSet(change));
      if (state === null) return [];
      const { status: from, conveyed, isMain } = state;
      mailbox.unwrittenStates.add(bucketOf(sequence));
      const names = { from, to };
      if (isMain && from !== to) backlog.rename(mailbox.id, sequence, names, lsn, nowMs);
      return [{ sequence, status: from, conveyed }];
    });
    if (backlog.count > 0) this.#writer.schedule();
    this.#checkpoints.hasChanged = true;
    return before;
  }

  #append(
    { slot, octets }: MailboxStore,
    changes: readonly StatusChange[],
    committed: () => void,
    failed: (detail: string) => void,
  ): void {
    const body = new PiecesBody([octets, packChanges(changes)]);
    this.#journal.append({ type: RECORD_TYPE.status, slot, body, committed, failed });
  }

  /** No change that is made from now on is in an earlier record. */
  #moment(): readonly [lsn: number, nowMs: number] {
    return [this.#journal.appliedLsn + 1, this.#clock.monotonicMs()];
  }
}
