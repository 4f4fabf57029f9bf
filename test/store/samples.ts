/** Messages and directories for tests of the store. */
import { cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '../../src/base/random.js';
import { type MailboxId, parseMailboxId } from '../../src/engine/mailbox-id.js';
import type { BoxId } from '../../src/store/box.js';
import type {
  CommitOutcome,
  DeliveryOutcome,
  NewEntry,
  NewMessage,
  ShardStore,
  StatusChange,
} from '../../src/store/contract.js';
import type { Disk } from '../../src/store/disk/disk.js';
import { NodeDisk } from '../../src/store/disk/disk.js';
import { openShardStore } from '../../src/store/open.js';
import type { OpenOptions } from '../../src/store/open-options.js';
import { prepareDirectory } from '../../src/store/recovery.js';
import { CACHED_ATTRIBUTE, type SequenceNumber } from '../../src/x413/entry.js';

export const ALL = { from: null, to: null, includesChildren: true, statuses: null } as const;

export function mailboxId(text: string): MailboxId {
  const id = parseMailboxId(text);
  if (id === null) throw new Error(`${text} is no mailbox identifier`);
  return id;
}

export const BOX = mailboxId('box');

export function newEntry(parentIndex: number | null = null): NewEntry {
  return {
    parentIndex,
    entryType: 'delivered-message',
    priority: 2,
    precedence: -1,
    contentLength: 1_000,
    contentType: '2.6.1.10.1',
    creationTime: 1_700_000_000,
    contentReturned: null,
    partCount: 1,
    cached: new Map([[CACHED_ATTRIBUTE.subject, Uint8Array.of(0x14, 1, 65)]]),
    contentRange: parentIndex === null ? null : [3, 5],
  };
}

export function newMessage(options: { identifier?: string; children?: number } = {}): NewMessage {
  const { identifier, children = 0 } = options;
  const main = newEntry();
  const cached = new Map(main.cached);
  if (identifier !== undefined) {
    cached.set(CACHED_ATTRIBUTE.messageIdentifier, Buffer.from(identifier));
  }
  const identified = { ...main, cached };
  return {
    envelope: Buffer.from(`envelope of ${identifier ?? 'one'}`),
    content: Buffer.alloc(1_000, identifier ?? 'content'),
    entries: [identified, ...Array.from({ length: children }, () => newEntry(0))],
    deliveryIdentifier: identifier === undefined ? null : Buffer.from(identifier),
  };
}

export const temporaryDirectory = () => mkdtempSync(join(tmpdir(), 'store-'));

export interface OpenSample
  extends Pick<OpenOptions, 'clock' | 'onNotice' | 'journalBytesMax' | 'logs'> {
  readonly disk?: Disk;
  readonly shard?: number;
  readonly shardCount?: number;
  readonly ownsMailbox?: (id: MailboxId) => boolean;
  readonly hasSnapshot?: boolean;
}

export async function openSample(directory: string, options: OpenSample = {}): Promise<ShardStore> {
  const { disk = new NodeDisk(), shard = 0, shardCount = 1, ownsMailbox = () => true } = options;
  const { hasSnapshot = true, clock, onNotice, journalBytesMax, logs } = options;
  await prepareDirectory(disk, directory, shardCount, undefined, logs);
  return openShardStore({
    shard,
    shardCount,
    epoch: 1,
    directory,
    journalSegmentBytes: 64 * 1_024,
    checkpointIntervalMs: 0,
    scrubBytesPerSecond: 0,
    disk,
    ownsMailbox,
    hasSnapshot,
    ...(logs !== undefined && { logs }),
    ...(clock !== undefined && { clock }),
    ...(journalBytesMax !== undefined && { journalBytesMax }),
    ...(onNotice !== undefined && { onNotice }),
  });
}

export function deliver(
  store: Pick<ShardStore, 'deliver' | 'flush'>,
  message: NewMessage = newMessage(),
  id: BoxId = BOX,
): Promise<DeliveryOutcome> {
  const outcome = new Promise<DeliveryOutcome>((resolve) => store.deliver(id, message, resolve));
  store.flush();
  return outcome;
}

export function remove(
  store: Pick<ShardStore, 'remove' | 'flush'>,
  ...mains: SequenceNumber[]
): Promise<CommitOutcome> {
  return removeFrom(store, BOX, ...mains);
}

export function removeFrom(
  store: Pick<ShardStore, 'remove' | 'flush'>,
  id: BoxId,
  ...mains: SequenceNumber[]
): Promise<CommitOutcome> {
  const outcome = new Promise<CommitOutcome>((resolve) => store.remove(id, mains, resolve));
  store.flush();
  return outcome;
}

export function register(
  store: ShardStore,
  octets: Uint8Array,
  id: MailboxId = BOX,
): Promise<CommitOutcome> {
  const outcome = new Promise<CommitOutcome>((resolve) => store.register(id, octets, resolve));
  store.flush();
  return outcome;
}

/** As the mailbox's owner says. */
export function restate(
  store: Pick<ShardStore, 'restate' | 'flush'>,
  id: BoxId,
  ...changes: Omit<StatusChange, 'conveyed'>[]
): Promise<CommitOutcome> {
  const all = changes.map((change) => ({ ...change, conveyed: 0 }));
  const outcome = new Promise<CommitOutcome>((resolve) => store.restate(id, all, resolve));
  store.flush();
  return outcome;
}

/** Everything that a box shows, as plain data. */
export function contentsOf(store: ShardStore, id: BoxId = BOX): unknown[] {
  const mailbox = store.mailbox(id);
  const options = { from: null, to: null, includesChildren: true, statuses: null };
  return [...mailbox.scan(options)].map((entry) => {
    const { envelope, content } = mailbox.read(entry.sequence);
    const cached = [...entry.cached].map(([key, octets]) => [
      key,
      Buffer.from(octets).toString('hex'),
    ]);
    const octets = [Buffer.from(envelope).toString(), Buffer.from(content ?? []).toString()];
    const { children, contentRange } = entry;
    return { ...entry, children, contentRange, cached, octets };
  });
}

/** A mailbox with a history: deliveries with children, fetches, statuses set, deletes, checkpoints. */
export async function lived(store: ShardStore, seed: number, steps = 300): Promise<void> {
  const random = seededRandom(seed);
  for (let step = 0; step < steps; step += 1) {
    const mains = [...store.mailbox(BOX).scan({ ...ALL, includesChildren: false })];
    const main = mains[random.below(Math.max(1, mains.length))];
    const choice = random.below(10);
    if (choice < 5 || main === undefined) {
      await deliver(
        store,
        newMessage({ identifier: `${seed}.${step}`, children: random.below(3) }),
      );
    } else if (choice < 7) {
      const status = random.below(2) === 0 ? 'listed' : 'processed';
      const sequence = [main.sequence, ...main.children][random.below(1 + main.children.length)];
      if (sequence !== undefined && random.below(3) === 0) {
        await restate(store, BOX, { sequence, status: random.below(3) === 0 ? 'new' : status });
      } else if (sequence !== undefined) {
        store.markConveyed(BOX, [{ sequence, status, conveyed: 1 << random.below(5) }]);
      }
    } else if (choice < 9) await remove(store, main.sequence);
    else if (random.below(4) === 0) await store.checkpoint();
  }
  // A status is durable with what is acknowledged after it.
  await deliver(store, newMessage({ identifier: `${seed}.last` }));
}

/** Asks again and again until the answer is yes, for at most twenty seconds. */
export async function eventually(ask: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 1_000; tries += 1) {
    if (await ask()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('it did not happen');
}

/** A copy of the directory, as a kill would leave it now. */
export function killed(directory: string): string {
  const copy = temporaryDirectory();
  cpSync(directory, copy, { recursive: true });
  return copy;
}
