/**
 * A journal that a start has found is made sure of before anything is built on it: after a kill it
 * may be in memory only, and what a start writes must not outlive the records it comes from.
 *
 * Source: ours. docs/formats/journal.md.
 */
import type { Disk } from '../disk/disk.js';
import type { ReadJournal } from './journal-reader.js';

/**
 * Durable when the promise resolves: all that counts of the journal in `directory`, names included.
 * Rejects with what the disk says; then nothing may be built on it.
 *
 * The last batch is written once more: its sync may have failed in the life before, which was then
 * ended. What is read of it is in memory only, and no sync brings it to the disk, for the kernel
 * takes it for written.
 */
export async function makeDurable(
  disk: Disk,
  data: string,
  directory: string,
  { segments }: ReadJournal,
): Promise<void> {
  const newest = segments.at(-1);
  if (newest === undefined) return;
  const { path, used, lastBatchAt } = newest;
  disk.rewrite(path, used - lastBatchAt, lastBatchAt);
  await disk.syncAll(data, [directory, ...segments.map((segment) => segment.path)]);
}
