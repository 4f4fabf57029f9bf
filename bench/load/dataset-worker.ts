/**
 * A thread that writes portions of mailboxes: each message goes the way of a delivery, from its
 * argument to its file, only without a journal.
 *
 * Source: ours.
 */
import { workerData } from 'node:worker_threads';
import { present } from '../../src/base/assert.js';
import { parseMailboxId } from '../../src/engine/mailbox-id.js';
import { newMessageOf } from '../../src/shard/deliver-message.js';
import { NodeDisk } from '../../src/store/disk/disk.js';
import { encodeMessageFile, numberEntries } from '../../src/store/files/message-file.js';
import * as layout from '../../src/store/layout.js';
import { sequenceNumber } from '../../src/x413/entry.js';
import { LONG_EXTRA_BYTES, type Portion, type PortionTask, SPECIAL_PERIOD } from './dataset.js';
import { deliveryStencil, RARE_WORD, type Stencil } from './messages.js';

/** 2026-01-01T00:00:00Z, in seconds. */
const CREATION_TIME = 1_767_225_600;
const disk = new NodeDisk();

function stencilsOf({ mailbox, contentBytes }: Portion): (sequence: number) => Stencil {
  const plain = deliveryStencil(mailbox, { contentBytes });
  const special = [
    plain,
    deliveryStencil(mailbox, { contentBytes, priority: 'urgent' }),
    deliveryStencil(mailbox, { contentBytes: contentBytes + LONG_EXTRA_BYTES }),
    deliveryStencil(mailbox, { contentBytes, subject: `figures of a ${RARE_WORD}` }),
  ];
  return (sequence) => special[sequence % SPECIAL_PERIOD] ?? plain;
}

function writePortion(data: string, portion: Portion): void {
  const id = present(parseMailboxId(portion.mailbox), 'a plan names a good mailbox');
  const stencilOf = stencilsOf(portion);
  let directory = '';
  for (let number = portion.from; number <= portion.to; number += 1) {
    const message = newMessageOf(stencilOf(number).number(number), CREATION_TIME);
    const image = encodeMessageFile(numberEntries(number, message), message);
    const bucket = layout.bucketDirectory(data, id, number);
    if (bucket !== directory) disk.addDirectory(bucket);
    directory = bucket;
    const sequence = sequenceNumber(number);
    disk.writeFile(layout.messageFile(data, id, { sequence, status: portion.status }), image);
  }
}

const { data, portions } = workerData as PortionTask;
for (const portion of portions) writePortion(data, portion);
