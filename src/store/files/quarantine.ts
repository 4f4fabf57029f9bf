/**
 * Message files that are damaged: moved to a directory of their own, so that nobody takes one for
 * whole, and kept, for a person may still save something from it. Its entry stays in the index:
 * who fetches it gets a clear error, who deletes it is rid of both. Segments of a journal with
 * damage in them are kept too, when nothing in them is needed any more.
 *
 * Source: ours. docs/formats/layout.md.
 */
import { basename, join } from 'node:path';
import type { RetrievalStatus, SequenceNumber } from '../../x413/entry.js';
import type { BoxId } from '../box.js';
import type { Disk } from '../disk/disk.js';
import {
  bucketDirectory,
  damagedDirectory,
  damagedJournalsDirectory,
  messageFile,
} from '../layout.js';
import { formatMessageName, type MessageName, parseMessageName } from './message-name.js';

const pathOf = (data: string, id: BoxId, name: MessageName) =>
  join(damagedDirectory(data, id), formatMessageName(name));

/** The damaged messages of a mailbox: number and status. Most have none, and no directory. */
export function damagedMessages(
  disk: Disk,
  data: string,
  id: BoxId,
): Map<SequenceNumber, RetrievalStatus> {
  const names = disk.readdir(damagedDirectory(data, id)).flatMap((n) => parseMessageName(n) ?? []);
  return new Map(names.map(({ sequence, status }) => [sequence, status]));
}

/** Moves a message file there, durably. False where there is no such file. */
export function setAside(disk: Disk, data: string, id: BoxId, name: MessageName): boolean {
  const path = messageFile(data, id, name);
  disk.makeDirectory(damagedDirectory(data, id));
  if (!disk.rename(path, pathOf(data, id, name))) return false;
  disk.syncDirectory(damagedDirectory(data, id));
  disk.syncDirectory(bucketDirectory(data, id, name.sequence));
  return true;
}

/** The path of a damaged message. */
export function damagedFile(data: string, id: BoxId, name: MessageName): string {
  return pathOf(data, id, name);
}

/** Its entry was deleted. Durable on return: it would come back with the next rebuild. */
export function dropDamaged(disk: Disk, data: string, id: BoxId, name: MessageName): void {
  disk.unlink(pathOf(data, id, name));
  disk.syncDirectory(damagedDirectory(data, id));
}

/** A copy of a log's segment with damage in it; its path. What is whole in it is still needed. */
export function keepDamagedLog(
  disk: Disk,
  data: string,
  id: BoxId,
  path: string,
  octets: Uint8Array,
): string {
  const directory = damagedDirectory(data, id);
  disk.makeDirectory(directory);
  const copy = join(directory, basename(path));
  disk.writeFile(copy, octets);
  return copy;
}

/** Where a segment goes when it is set aside: a name that is not taken. */
function damagedSegmentFile(disk: Disk, data: string, shard: number, path: string): string {
  const directory = damagedJournalsDirectory(data);
  const taken = new Set(disk.readdir(directory));
  const name = `${shard}-${basename(path)}`;
  let free = name;
  for (let i = 2; taken.has(free); i += 1) free = `${name}.${i}`;
  return join(directory, free);
}

/** Moves a segment of a journal there. Where that is not possible it stays where it is. */
export function setSegmentAside(disk: Disk, data: string, shard: number, path: string): void {
  try {
    disk.makeDirectory(damagedJournalsDirectory(data));
    disk.rename(path, damagedSegmentFile(disk, data, shard, path));
  } catch {
    // A full disk. It does no harm there, and the next start tries again, or deletes it.
  }
}
