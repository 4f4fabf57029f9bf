/** What a shard does for one request, without journal and threads. Source: ours. */
import { integer } from '../../src/asn1/primitive.js';
import { encode } from '../../src/asn1/type.js';
import { joinOctets } from '../../src/base/octets.js';
import { ATTRIBUTE } from '../../src/client/index.js';
import type { MailboxId } from '../../src/engine/mailbox-id.js';
import { newMessageOf } from '../../src/shard/deliver-message.js';
import { fetch } from '../../src/shard/fetch.js';
import { list } from '../../src/shard/list.js';
import { whole } from '../../src/shard/sliced.js';
import { numberEntries } from '../../src/store/files/message-file.js';
import { MailboxStore } from '../../src/store/mailbox/mailbox-store.js';
import type { FetchArgument } from '../../src/x413/fetch.js';
import type { ListArgument } from '../../src/x413/list.js';
import { deliveryStencil } from '../load/messages.js';
import { type Micro, micro } from './micro.js';

const ROWS = 100_000;
const NEW = 1_000;
const octets = deliveryStencil('bench-0', { contentBytes: 10_000 }).octets;
const message = newMessageOf(octets, 0);

function mailboxOf(rows: number): MailboxStore {
  const mailbox = new MailboxStore('bench-0' as MailboxId, () => message);
  for (let row = 1; row <= rows; row += 1) {
    const status = row > rows - NEW ? 'new' : 'processed';
    for (const entry of numberEntries(row, message).entries) mailbox.index.add(entry, status);
  }
  return mailbox;
}

const mailbox = mailboxOf(ROWS);
const value = encode(integer(), 0);
const listArgument: ListArgument = {
  entryClass: 0,
  selector: {
    childEntries: false,
    filter: {
      kind: 'item',
      value: { kind: 'equality', value: { type: ATTRIBUTE.retrievalStatus, value } },
    },
  },
  requestedAttributes: [
    ATTRIBUTE.retrievalStatus,
    ATTRIBUTE.priority,
    ATTRIBUTE.contentLength,
    ATTRIBUTE.subject,
    ATTRIBUTE.originatorName,
  ].map((type) => ({ type })),
};
const fetchArgument: FetchArgument = {
  entryClass: 0,
  item: { kind: 'precise', value: 1 },
  requestedAttributes: [{ type: ATTRIBUTE.content }],
};

const defaults = { list: [], fetch: [] };
const context = {
  mailbox,
  edition: '88',
  restrictions: undefined,
  defaults,
  marks: new Map(),
} as const;

export const shardMicros: readonly Micro[] = [
  micro('shard newMessageOf 10k', () => newMessageOf(octets, 0).envelope),
  micro('shard list 1k new of 100k', () => joinOctets(whole(list(context, listArgument)).result)),
  micro('shard fetch content 10k', () => joinOctets(whole(fetch(context, fetchArgument)).result)),
];
