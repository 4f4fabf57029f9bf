/**
 * How far a shard's journal has counted. Records are numbered over all lives of a data directory,
 * so that a snapshot can be compared with a journal.
 *
 * Invariant: no number above both this one and those in the journal was ever acknowledged. While
 * there is a journal, its newest record shows as much; this file is for a journal that was deleted
 * after a clean stop.
 *
 * Source: ours. docs/formats/layout.md.
 */
import { type Disk, replaceFile } from '../disk/disk.js';
import { countIn, type OnNotice, readSmallFile, unlessDamaged } from '../disk/small-files.js';
import * as layout from '../layout.js';

/**
 * The last LSN that was recorded; 0 where none was. Without it records count from lower on, and a
 * snapshot that covers more than the journal is thrown away.
 */
export function readPosition(disk: Disk, data: string, shard: number, onNotice: OnNotice): number {
  const path = layout.positionFile(data, shard);
  const read = () => {
    const file = readSmallFile(disk, path);
    return file === null ? 0 : countIn(file, 'lsn', path);
  };
  const remedy = 'the index may be read from the files, which takes longer; nothing is lost';
  return unlessDamaged(disk, onNotice, read, () => ({ value: 0, remedy }));
}

/**
 * Durable on return, where the disk has room: the journal shows it too. Never takes the mark back.
 */
export function recordPosition(disk: Disk, data: string, shard: number, lsn: number): void {
  try {
    if (lsn <= readPosition(disk, data, shard, () => undefined)) return;
    const octets = Buffer.from(`${JSON.stringify({ lsn })}\n`);
    replaceFile(disk, layout.positionFile(data, shard), octets);
  } catch {
    // The next start goes by the journal.
  }
}
