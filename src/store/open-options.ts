/** With what a shard's store is opened. Source: ours. */
import type { Clock } from '../base/clock.js';
import type { Notice, ShardOptions } from '../engine/contract.js';
import type { MailboxId } from '../engine/mailbox-id.js';
import type { Disk } from './disk/disk.js';

export interface OpenOptions extends ShardOptions {
  readonly disk?: Disk;
  readonly clock?: Clock;
  readonly ownsMailbox: (id: MailboxId) => boolean;
  /** Told what an operator should know. */
  readonly onNotice?: (notice: Notice) => void;
  /** Of the journal's segments together. */
  readonly journalBytesMax?: number;
  /** False: no snapshot; the index is read from the files at every start. Default: true. */
  readonly hasSnapshot?: boolean;
}
