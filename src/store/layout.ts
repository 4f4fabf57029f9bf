/** Where things lie under DATA. Pure. FROZEN. Source: ours. docs/formats/layout.md. */
import { join } from 'node:path';
import { fanOut, type MailboxId } from '../engine/mailbox-id.js';
import { BUCKET_ENTRIES } from '../limits.js';
import { type BoxId, boxName, mailboxOf } from './box.js';
import { formatMessageName, type MessageName } from './files/message-name.js';

export const lockFile = (data: string) => join(data, 'lock');
export const storeFile = (data: string) => join(data, 'store.json');
/** Who has submitted what; see submitters. */
export const submittersFile = (data: string) => join(data, 'submitters');
export const mailboxesDirectory = (data: string) => join(data, 'mailboxes');
export const shardsDirectory = (data: string) => join(data, 'shards');
export const shardDirectory = (data: string, shard: number) => join(data, 'shards', String(shard));
export const journalDirectory = (data: string, shard: number) =>
  join(shardDirectory(data, shard), 'journal');
/** Segments of journals in which something is damaged. */
export const damagedJournalsDirectory = (data: string) => join(data, 'damaged');
/** How far the journal has counted. */
export const positionFile = (data: string, shard: number) =>
  join(shardDirectory(data, shard), 'position');
export const snapshotFile = (data: string, shard: number) =>
  join(shardDirectory(data, shard), 'index.lmdb');
/** What is being done with the snapshot; see snapshot-guard. */
export const snapshotGuardFile = (data: string, shard: number) =>
  join(shardDirectory(data, shard), 'index.guard');
/** Of the mailbox that the box is of. */
export const mailboxDirectory = (data: string, id: BoxId) =>
  join(mailboxesDirectory(data), fanOut(mailboxOf(id)), mailboxOf(id));
export const mailboxFile = (data: string, id: BoxId) =>
  join(mailboxDirectory(data, id), 'mailbox.json');
export const registrationsFile = (data: string, id: MailboxId) =>
  join(mailboxDirectory(data, id), 'registrations');
/** Message files that were found damaged: those of the in box, and those of another. */
export const damagedDirectory = (data: string, id: BoxId) => {
  const name = boxName(id);
  return join(mailboxDirectory(data, id), name === 'in' ? 'damaged' : `damaged-${name}`);
};
export const boxDirectory = (data: string, id: BoxId) =>
  join(mailboxDirectory(data, id), boxName(id));

/** All directories whose names must be on disk for a file of the mailbox to be found. */
export const directoriesAbove = (data: string, id: BoxId) => [
  mailboxesDirectory(data),
  join(mailboxesDirectory(data), fanOut(mailboxOf(id))),
  mailboxDirectory(data, id),
  boxDirectory(data, id),
];

/** The directory of one bucket: numbers that share all but the last three digits. */
export const bucketDirectory = (data: string, id: BoxId, sequence: number) =>
  join(boxDirectory(data, id), String(Math.floor(sequence / BUCKET_ENTRIES)));

export const messageFile = (data: string, id: BoxId, name: MessageName) =>
  `${bucketDirectory(data, id, name.sequence)}/${formatMessageName(name)}`;
