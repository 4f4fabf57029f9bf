/**
 * The mark of a mailbox up to which its sequence numbers are given, as `mailbox.json` keeps it: for
 * those that no file shows any more.
 *
 * Source: ours. docs/formats/layout.md.
 */
import type { MailboxId } from '../../engine/mailbox-id.js';
import { NUMBERS_SKIPPED_MAX, SEQUENCE_NUMBER_MAX } from '../../limits.js';
import { type BoxId, mailboxOf } from '../box.js';
import { type Disk, replaceFile } from '../disk/disk.js';
import { countIn, readSmallFile, unlessDamaged } from '../disk/small-files.js';
import * as layout from '../layout.js';

/**
 * The durable mark: 0 where none is written. Throws DamageError, and then {@link markWithout} is
 * for who has to go on.
 */
export function readHighWater(disk: Disk, data: string, id: BoxId): number {
  const path = layout.mailboxFile(data, id);
  const file = readSmallFile(disk, path);
  return file?.sequenceHighWater === undefined ? 0 : countIn(file, 'sequenceHighWater', path);
}

/**
 * A mark for a mailbox whose file is damaged, above all numbers that it may have given: those that
 * were removed nobody shows any more. `seen`: the greatest that is known.
 */
export function markWithout(seen: number): number {
  return Math.min(seen + NUMBERS_SKIPPED_MAX, SEQUENCE_NUMBER_MAX);
}

/** The octets of mailbox.json with that mark. Keeps what else stands in the file. */
export function mailboxFileWith(disk: Disk, data: string, id: BoxId, mark: number): Buffer {
  const read = () => readSmallFile(disk, layout.mailboxFile(data, id));
  // Whoever knows the mark has read the file before, and told.
  const old = unlessDamaged(
    disk,
    () => undefined,
    read,
    () => ({ value: null, remedy: '' }),
  );
  const state = { ...old, mailbox: mailboxOf(id), sequenceHighWater: mark };
  return Buffer.from(`${JSON.stringify(state)}\n`);
}

/** Durable on return. */
export function writeHighWater(disk: Disk, data: string, id: BoxId, mark: number): void {
  const octets = mailboxFileWith(disk, data, id, mark);
  disk.makeDirectory(layout.mailboxDirectory(data, id));
  replaceFile(disk, layout.mailboxFile(data, id), octets);
}

/** Durable when the promise resolves: all of them with two syncs. */
export async function writeHighWaters(
  disk: Disk,
  data: string,
  marks: ReadonlyMap<MailboxId, number>,
): Promise<void> {
  const temporary = (id: MailboxId) => `${layout.mailboxFile(data, id)}.tmp`;
  for (const [id, mark] of marks) {
    disk.addDirectory(layout.mailboxDirectory(data, id));
    disk.writeFile(temporary(id), mailboxFileWith(disk, data, id, mark));
  }
  const ids = [...marks.keys()];
  await disk.syncAll(data, ids.map(temporary));
  for (const id of ids) disk.rename(temporary(id), layout.mailboxFile(data, id));
  await disk.syncAll(data, new Set(ids.flatMap((id) => layout.directoriesAbove(data, id))));
}
