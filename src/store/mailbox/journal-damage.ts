/**
 * What a start does about records of the journal that were durable and are damaged: no number that
 * one of them may have given is given again. Only then are they void.
 *
 * Source: ours. docs/adr/0016-torn-or-damaged.md.
 */
import type { MailboxId } from '../../engine/mailbox-id.js';
import { SEQUENCE_NUMBER_MAX } from '../../limits.js';
import { boxesOf, mailboxOf } from '../box.js';
import type { Disk } from '../disk/disk.js';
import { writeHighWaters } from '../files/high-water.js';
import { numbersToSkip } from '../journal/journal-notices.js';
import type { ReadJournal } from '../journal/journal-reader.js';
import type { MailboxShelf } from './mailbox-shelf.js';

/** Durable when the promise resolves. */
export async function skipNumbers(
  { disk, data, shelf, ids }: SkipParts,
  found: ReadJournal,
): Promise<void> {
  const skipped = numbersToSkip(found);
  const marks = new Map<MailboxId, number>();
  const all = new Set([...ids(), ...[...shelf.awake].map(({ id }) => mailboxOf(id))]);
  for (const id of all) {
    await shelf.prepare(id);
    const { numbers } = shelf.get(id);
    const mark = Math.min(numbers.highWater + skipped, SEQUENCE_NUMBER_MAX);
    numbers.highWater = mark;
    numbers.recordedHighWater = mark;
    marks.set(id, mark);
    // Whoever is asleep again reads the mark from its file.
    for (const box of boxesOf(id)) shelf.rest(box);
  }
  await writeHighWaters(disk, data, marks);
}

interface SkipParts {
  readonly disk: Disk;
  readonly data: string;
  readonly shelf: MailboxShelf;
  /** Every mailbox of the shard. */
  readonly ids: () => Iterable<MailboxId>;
}
