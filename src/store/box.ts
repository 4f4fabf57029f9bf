/**
 * Boxes: the information bases of one mailbox, each with files and an index of its own: those that
 * hold messages, and logs, which tell of them. Sequence numbers go through all of them: a number is
 * given once in a mailbox. A message and the entry of a log that tells of it have the same.
 *
 * A box is named by its mailbox; one other than the in box has its own name behind a slash. FROZEN:
 * the names stand in the journal and in snapshots, and are directories.
 *
 * Source: X.413 (1999) 6.3.1, 6.3.2, 6.3.7. docs/formats/layout.md.
 */
import type { Brand } from '../base/brand.js';
import type { LogName } from '../engine/contract.js';
import { LOG_NAMES } from '../engine/logs-kept.js';
import type { MailboxId } from '../engine/mailbox-id.js';
import type { RetrievalStatus } from '../x413/entry.js';

export type BoxId = Brand<string, 'MailboxId' | 'BoxId'>;

/** `in`: what was delivered. `out`: what was submitted. `draft`: what is not submitted yet. */
export type MessageBoxName = 'in' | 'out' | 'draft';
export type BoxName = MessageBoxName | LogName;
const MESSAGE_BOX_NAMES: readonly MessageBoxName[] = ['in', 'out', 'draft'];
const BOX_NAMES: readonly BoxName[] = [...MESSAGE_BOX_NAMES, ...LOG_NAMES];

export function boxOf(mailbox: MailboxId, name: BoxName): BoxId {
  return name === 'in' ? mailbox : (`${mailbox}/${name}` as BoxId);
}

/** All boxes of messages that a mailbox can have, the in box first. */
export function boxesOf(mailbox: MailboxId): BoxId[] {
  return MESSAGE_BOX_NAMES.map((name) => boxOf(mailbox, name));
}

/** All logs that a mailbox can have. */
export function logsOf(mailbox: MailboxId): BoxId[] {
  return LOG_NAMES.map((name) => boxOf(mailbox, name));
}

export function isLog(box: BoxId): boolean {
  return box.endsWith('-log') && LOG_NAMES.some((name) => box.endsWith(`/${name}`));
}

/** The log that tells of what is in the box; null where there is no such thing. */
export function logNameOf(box: BoxId): LogName | null {
  const name = boxName(box);
  if (name === 'in') return 'delivery-log';
  return name === 'out' ? 'submission-log' : null;
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
