/**
 * Mailbox identifiers, and the slot that a mailbox hashes to.
 *
 * An identifier is given once, is never derived from an address, and never changes: addresses and
 * passwords move, files do not. FROZEN: the hash, for slots are in the journal.
 *
 * Source: ours.
 */
import { createHash } from 'node:crypto';
import { assert } from '../base/assert.js';
import type { Brand } from '../base/brand.js';
import { MAILBOX_HASHES_MAX, SLOT_COUNT } from '../limits.js';

/** 1 to 64 characters of `a-z 0-9 - _ .`, the first a letter or digit. Safe as a directory name. */
export type MailboxId = Brand<string, 'MailboxId'>;
export type SlotId = Brand<number, 'SlotId'>;
export type ShardId = Brand<number, 'ShardId'>;
/** Counts the lives of a shard: a reply of an older epoch is from before a rebuild. */
export type Epoch = Brand<number, 'Epoch'>;

export function parseMailboxId(text: string): MailboxId | null {
  return /^[a-z0-9][a-z0-9._-]{0,63}$/.test(text) ? (text as MailboxId) : null;
}

/** Remembered, for every request and every file name asks: 3 us are a tenth of a fetch. */
const hashes = new Map<MailboxId, number>();

/** The first two octets of SHA-256 of the identifier: stable, and spread over all slots. */
function hashOf(mailbox: MailboxId): number {
  const known = hashes.get(mailbox);
  if (known !== undefined) return known;
  const hash = createHash('sha256').update(mailbox).digest().readUInt16BE(0);
  if (hashes.size === MAILBOX_HASHES_MAX) hashes.clear();
  hashes.set(mailbox, hash);
  return hash;
}

export function slotOf(mailbox: MailboxId): SlotId {
  return (hashOf(mailbox) % SLOT_COUNT) as SlotId;
}

/** Slots go round the shards, so that any number of shards gets equal shares. */
export function shardOf(slot: SlotId, shardCount: number): ShardId {
  assert(shardCount >= 1, 'there is a shard');
  return (slot % shardCount) as ShardId;
}

/** Two hexadecimal digits: the directory in which the mailbox's directory lies. */
export function fanOut(mailbox: MailboxId): string {
  return (hashOf(mailbox) >> 8).toString(16).padStart(2, '0');
}
