/**
 * Boxes: the information bases of one mailbox that hold messages, each with files and an index of
 * its own. Sequence numbers go through all of them: a number is given once in a mailbox.
 *
 * A box is named by its mailbox; one other than the in box has its own name behind a slash. FROZEN:
 * the names stand in the journal and in snapshots, and are directories.
 *
 * Source: X.413 (1999) 6.3.1, 6.3.2. docs/formats/layout.md.
 */
import type { Brand } from '../base/brand.js';
import type { MailboxId } from '../engine/mailbox-id.js';
import type { RetrievalStatus } from '../x413/entry.js';

export type BoxId = Brand<string, 'MailboxId' | 'BoxId'>;

/** `in`: what was delivered. `out`: what was submitted. `draft`: what is not submitted yet. */
export type BoxName = 'in' | 'out' | 'draft';
const BOX_NAMES: readonly BoxName[] = ['in', 'out', 'draft'];

export function boxOf(mailbox: MailboxId, name: BoxName): BoxId {
  return name === 'in' ? mailbox : (`${mailbox}/${name}` as BoxId);
}

/** All boxes that a mailbox can have, the in box first. */
export function boxesOf(mailbox: MailboxId): BoxId[] {
  return BOX_NAMES.map((name) => boxOf(mailbox, name));
}

export function mailboxOf(box: BoxId): MailboxId {
  const end = box.indexOf('/');
  return (end < 0 ? box : box.slice(0, end)) as MailboxId;
}

export function boxName(box: BoxId): BoxName {
  const name = box.slice(mailboxOf(box).length + 1);
  return BOX_NAMES.find((one) => one === name) ?? 'in';
}

/** What its owner has made himself is not new to him. */
export function statusAtCreation(box: BoxId): RetrievalStatus {
  return box.includes('/') ? 'processed' : 'new';
}
