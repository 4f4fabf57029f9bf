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
import { SLOT_COUNT } from '../limits.js';

/** 1 to 64 characters of `a-z 0-9 - _ .`, the first a letter or digit. Safe as a directory name. */
export type MailboxId = Brand<string, 'MailboxId'>;
export type SlotId = Brand<number, 'SlotId'>;
export type ShardId = Brand<number, 'ShardId'>;
/** Counts the lives of a shard: a reply of an older epoch is from before a rebuild. */
export type Epoch = Brand<number, 'Epoch'>;

export function parseMailboxId(text: string): MailboxId | null {
  return /^[a-z0-9][a-z0-9._-]{0,63}$/.test(text) ? (text as MailboxId) : null;
}

/** The first two octets of SHA-256 of the identifier: stable, and spread over all slots. */
function hashOf(mailbox: MailboxId): Uint8Array {
  return createHash('sha256').update(mailbox).digest().subarray(0, 2);
}

export function slotOf(mailbox: MailboxId): SlotId {
  const [high = 0, low = 0] = hashOf(mailbox);
  return ((high * 256 + low) % SLOT_COUNT) as SlotId;
}

/** Slots go round the shards, so that any number of shards gets equal shares. */
export function shardOf(slot: SlotId, shardCount: number): ShardId {
  assert(shardCount >= 1, 'there is a shard');
  return (slot % shardCount) as ShardId;
}

/** Two hexadecimal digits: the directory in which the mailbox's directory lies. */
export function fanOut(mailbox: MailboxId): string {
  return (hashOf(mailbox)[0] ?? 0).toString(16).padStart(2, '0');
}
