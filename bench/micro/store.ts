/** Message files, journal records and the index. Source: ours. */
import type { MailboxId } from '../../src/engine/mailbox-id.js';
import { newMessageOf } from '../../src/shard/deliver-message.js';
import {
  decodeMessageFile,
  decodeMessageFront,
  encodeMessageFile,
  numberEntries,
  planMessageFile,
} from '../../src/store/files/message-file.js';
import { MailboxIndex } from '../../src/store/index/mailbox-index.js';
import {
  DeliverBody,
  mailboxOctets,
  RECORD_HEADER_BYTES,
  RECORD_TYPE,
  writeRecord,
} from '../../src/store/journal/journal-record.js';
import { deliveryStencil } from '../load/messages.js';
import { type Micro, micro } from './micro.js';

const ROWS = 100_000;
const message = newMessageOf(deliveryStencil('bench-0', { contentBytes: 10_000 }).octets, 0);
const front = numberEntries(1, message);
const mailbox = mailboxOctets('bench-0' as MailboxId);
const chunk = Buffer.alloc(1 << 20);
const image = encodeMessageFile(front, message);

function indexOf(rows: number): MailboxIndex {
  const index = new MailboxIndex();
  for (let row = 1; row <= rows; row += 1) {
    for (const entry of numberEntries(row, message).entries) index.add(entry, 'processed');
  }
  return index;
}

const index = indexOf(ROWS);
const all = { from: null, to: null, includesChildren: false, statuses: null };

function scan(): number {
  let count = 0;
  for (const { contentLength } of index.scan(all)) count += contentLength > 0 ? 1 : 0;
  return count;
}

export const storeMicros: readonly Micro[] = [
  micro('store encodeMessageFile 10k', () => encodeMessageFile(front, message)),
  micro('store decodeMessageFile 10k', () => decodeMessageFile(image, '').envelope),
  micro('store decodeMessageFront', () => decodeMessageFront(image, '').entries.length),
  micro('store journal record 10k', () => {
    const body = new DeliverBody(mailbox, planMessageFile(front, message));
    writeRecord(
      chunk,
      0,
      { lsn: 1, type: RECORD_TYPE.deliver, slot: 0, isFirst: true, life: 1 },
      body,
    );
    return RECORD_HEADER_BYTES + body.bytes;
  }),
  micro('store index add 1k rows', () => indexOf(1_000).entries),
  micro('store index scan 100k rows', scan),
];
