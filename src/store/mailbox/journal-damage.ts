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
import type { MailboxStore } from './mailbox-store.js';

/** Mailboxes that are awake at once for it. */
const MAILBOXES_AT_ONCE = 1_000;

/**
 * Durable when the promise resolves. Where it rejects no number is given again either: the next
 * checkpoint writes the marks, before it frees the records that would tell the next start the same.
 */
export async function skipNumbers(parts: SkipParts, found: ReadJournal): Promise<void> {
  const { shelf, ids } = parts;
  const skipped = numbersToSkip(found);
  const all = [...new Set([...ids(), ...[...shelf.awake].map(({ id }) => mailboxOf(id))])];
  let failure: unknown = null;
  for (let from = 0; from < all.length; from += MAILBOXES_AT_ONCE) {
    const mailboxes = await raise(parts, all.slice(from, from + MAILBOXES_AT_ONCE), skipped);
    // A disk that takes no small file now need not be asked again for each thousand.
    if (failure === null)
      await recordMarks(parts, mailboxes).catch((error: unknown) => {
        failure = error;
      });
  }
  if (failure !== null) throw failure;
}

async function raise(
  { shelf, removedFrom }: SkipParts,
  ids: readonly MailboxId[],
  skipped: number,
): Promise<MailboxStore[]> {
  const mailboxes: MailboxStore[] = [];
  for (const id of ids) {
    await shelf.prepare(id);
    const mailbox = shelf.get(id);
    mailbox.highWater = Math.min(mailbox.highWater + skipped, SEQUENCE_NUMBER_MAX);
    removedFrom(mailbox);
    mailboxes.push(mailbox);
  }
  return mailboxes;
}

async function recordMarks(
  { disk, data, shelf }: SkipParts,
  mailboxes: readonly MailboxStore[],
): Promise<void> {
  const marks = mailboxes.map(({ id, highWater }) => [mailboxOf(id), highWater] as const);
  await writeHighWaters(disk, data, new Map(marks));
  for (const { id, numbers } of mailboxes) {
    numbers.recordedHighWater = numbers.highWater;
    // Whoever is asleep again reads the mark from its file.
    for (const box of boxesOf(mailboxOf(id))) shelf.rest(box);
  }
}

interface SkipParts {
  readonly disk: Disk;
  readonly data: string;
  readonly shelf: MailboxShelf;
  /** Every mailbox of the shard. */
  readonly ids: () => Iterable<MailboxId>;
  /** Told of mailboxes whose mark no file may show. */
  readonly removedFrom: (mailbox: MailboxStore) => void;
}
