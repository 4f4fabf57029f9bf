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
import { type Disk, replaceFile } from './disk.js';
import * as layout from './layout.js';

/** The last LSN that was recorded; 0 where none was. */
export function readPosition(disk: Disk, data: string, shard: number): number {
  const octets = disk.readFile(layout.positionFile(data, shard));
  if (octets === null) return 0;
  const { lsn } = JSON.parse(Buffer.from(octets).toString('utf8')) as { lsn?: unknown };
  return typeof lsn === 'number' && Number.isSafeInteger(lsn) && lsn > 0 ? lsn : 0;
}

/** Durable on return. Never takes the mark back. */
export function writePosition(disk: Disk, data: string, shard: number, lsn: number): void {
  if (lsn <= readPosition(disk, data, shard)) return;
  replaceFile(disk, layout.positionFile(data, shard), Buffer.from(`${JSON.stringify({ lsn })}\n`));
}
