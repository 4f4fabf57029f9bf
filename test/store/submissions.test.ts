import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Notice } from '../../src/engine/contract.js';
import { boxOf } from '../../src/store/box.js';
import type { CommitOutcome, ShardStore, SubmissionKey } from '../../src/store/contract.js';
import { NodeDisk } from '../../src/store/disk/disk.js';
import { readJournal } from '../../src/store/journal/journal-reader.js';
import { prepareDirectory } from '../../src/store/recovery.js';
import { octetsOfKey, Submissions } from '../../src/store/submissions.js';
import { type SequenceNumber, sequenceNumber } from '../../src/x413/entry.js';
import { FailingDisk } from '../fault/failing-disk.js';
import {
  BOX,
  contentsOf,
  deliver,
  eventually,
  killed,
  newMessage,
  openSample,
  removeFrom,
  temporaryDirectory,
} from './samples.js';

const OUT = boxOf(BOX, 'out');

interface Begun {
  readonly outcome: CommitOutcome;
  readonly key: SubmissionKey | null;
}

function begin(store: ShardStore, text: string): Promise<Begun> {
  const message = { ...newMessage({ identifier: text, children: 1 }), deliveryIdentifier: null };
  const begun = new Promise<Begun>((resolve) =>
    store.beginSubmission(OUT, message, (outcome, key) => resolve({ outcome, key })),
  );
  store.flush();
  return begun;
}

async function begunKey(store: ShardStore, text: string): Promise<SubmissionKey> {
  const { key } = await begin(store, text);
  if (key === null) throw new Error('it has not begun');
  return key;
}

const copyOf = (key: SubmissionKey, text: string) => ({
  ...newMessage({ identifier: text }),
  deliveryIdentifier: octetsOfKey(key),
});

/** What a start finds in the out box, when it has had time to put it there. */
async function envelopesAfterStart(directory: string, count: number): Promise<string[]> {
  const store = await openSample(directory);
  await eventually(() => store.mailbox(OUT).count >= count);
  // One more turn: nothing comes that was not waited for.
  await deliver(store);
  const envelopes = [
    ...store.mailbox(OUT).scan({ from: null, to: null, includesChildren: false, statuses: null }),
  ].map(({ sequence }) => Buffer.from(store.mailbox(OUT).read(sequence).envelope).toString());
  await store.close();
  return envelopes;
}

test('a submission that has begun is in no box, and takes no number', async () => {
  const store = await openSample(temporaryDirectory());
  expect((await begin(store, 'one')).outcome.kind).toBe('committed');
  expect(store.mailbox(OUT).count).toBe(0);
  expect((await deliver(store)).sequence).toBe(1);
  await store.close();
});

test.each([true, false])(
  'what was on its way at a kill is kept as it was (snapshot: %s)',
  async (hasOne) => {
    const directory = temporaryDirectory();
    const store = await openSample(directory);
    await deliver(store);
    await begin(store, 'one');
    await begin(store, 'two');
    // A checkpoint does not recycle what is on its way.
    await store.checkpoint();
    const copy = killed(directory);
    if (!hasOne) rmSync(join(copy, 'shards/0/index.lmdb'));
    expect(await envelopesAfterStart(copy, 2)).toEqual(['envelope of one', 'envelope of two']);
    // Once, and once only.
    expect(await envelopesAfterStart(copy, 2)).toEqual(['envelope of one', 'envelope of two']);
    await store.close();
  },
);

test('what was on its way has its entries, children and octets, and is processed', async () => {
  const directory = temporaryDirectory();
  const store = await openSample(directory);
  await begin(store, 'one');
  const again = await openSample(killed(directory));
  await eventually(() => again.mailbox(OUT).count === 1);
  const [main, child] = contentsOf(again, OUT) as { status: string; parent: number }[];
  expect(main).toMatchObject({ sequence: 1, status: 'processed', children: [2] });
  expect(child).toMatchObject({ sequence: 2, status: 'processed', parent: 1 });
  await again.close();
  await store.close();
});

test('a copy that is stored settles its submission', async () => {
  const directory = temporaryDirectory();
  const store = await openSample(directory);
  const key = await begunKey(store, 'before');
  const { sequence } = await deliver(store, copyOf(key, 'after'), OUT);
  expect(sequence).toBe(1);
  expect(await envelopesAfterStart(killed(directory), 1)).toEqual(['envelope of after']);
  await store.close();
});

test('a submission that the MTS has not taken leaves nothing', async () => {
  const directory = temporaryDirectory();
  const store = await openSample(directory);
  store.settleSubmission(await begunKey(store, 'refused'));
  await deliver(store);
  const copy = killed(directory);
  expect(await envelopesAfterStart(copy, 0)).toEqual([]);
  await store.close();
  // Nor does the journal keep it.
  const types = [...readJournal(new NodeDisk(), join(directory, 'shards/0/journal')).records];
  expect(new Set(types.map(({ type }) => type))).toEqual(new Set([4]));
});

test('a copy that was stored and deleted does not come back', async () => {
  const directory = temporaryDirectory();
  const store = await openSample(directory);
  const key = await begunKey(store, 'before');
  await deliver(store, copyOf(key, 'after'), OUT);
  await removeFrom(store, OUT, sequenceNumber(1));
  expect(await envelopesAfterStart(killed(directory), 0)).toEqual([]);
  await store.close();
});

test('a submission in doubt that the user has deleted does not come back', async () => {
  const directory = temporaryDirectory();
  const store = await openSample(directory);
  await begin(store, 'one');
  const second = killed(directory);
  await store.close();
  const again = await openSample(second);
  await eventually(() => again.mailbox(OUT).count === 1);
  await removeFrom(again, OUT, sequenceNumber(1));
  expect(await envelopesAfterStart(killed(second), 0)).toEqual([]);
  await again.close();
});

test('where the number of shards changes, what was on its way goes with its mailbox, once', async () => {
  const directory = temporaryDirectory();
  const store = await openSample(directory);
  await deliver(store, newMessage({ children: 2 }));
  await begin(store, 'one');
  const copy = killed(directory);
  await store.close();
  for (const shardCount of [2, 3]) {
    const other = await openSample(copy, { shard: 0, shardCount });
    expect(contentsOf(other, OUT)).toMatchObject([{ sequence: 4, children: [5] }, { parent: 4 }]);
    await other.close();
  }
});

test('a submission that cannot be journalled does not begin', async () => {
  const disk = new FailingDisk();
  const store = await openSample(temporaryDirectory(), { disk });
  await deliver(store);
  disk.failing.add('fdatasync');
  expect(await begin(store, 'one')).toMatchObject({ outcome: { kind: 'unavailable' }, key: null });
  disk.failing.clear();
  await eventually(async () => (await deliver(store)).outcome.kind === 'committed');
  await store.close();
});

test('a copy that cannot be stored now is stored later', async () => {
  const disk = new FailingDisk();
  const store = await openSample(temporaryDirectory(), { disk });
  const key = await begunKey(store, 'before');
  disk.failing.add('fdatasync');
  const { outcome } = await deliver(store, copyOf(key, 'after'), OUT);
  expect(outcome.kind).toBe('unavailable');
  expect(store.mailbox(OUT).count).toBe(0);
  disk.failing.clear();
  await eventually(() => store.mailbox(OUT).count === 1);
  await store.close();
});

test('what a start for other shards has stored, and not come to its end, is not stored again', async () => {
  const directory = temporaryDirectory();
  const store = await openSample(directory);
  await begin(store, 'one');
  const copy = killed(directory);
  await store.close();
  const resharded = killed(copy);
  await prepareDirectory(new NodeDisk(), resharded, 2);
  // Killed when the file was there, before the journal had gone; then with the old number again.
  cpSync(join(resharded, 'mailboxes'), join(copy, 'mailboxes'), { recursive: true });
  const again = await openSample(copy);
  await again.prepare(BOX);
  expect(again.mailbox(OUT).count).toBe(1);
  const [main] = contentsOf(again, OUT) as { sequence: SequenceNumber }[];
  await deliver(again);
  await removeFrom(again, OUT, main?.sequence ?? sequenceNumber(1));
  const last = killed(copy);
  await again.close();
  expect(await envelopesAfterStart(last, 0)).toEqual([]);
});

test('a mailbox that cannot be read leaves what is in doubt to the next start, which is said', async () => {
  const notices: Notice[] = [];
  const unreadable = {
    prepare: () => Promise.reject(new Error('EIO: i/o error')),
    deliver: () => expect.unreachable('the mailbox is not awake'),
    flush: () => undefined,
    checkpoint: () => Promise.resolve(),
  };
  const open = new Map([['00' as SubmissionKey, { box: OUT, lsn: 1, message: newMessage() }]]);
  const submissions = new Submissions(null as never);
  submissions.adopt(open);
  submissions.storeOpen(
    open,
    unreadable,
    (notice) => notices.push(notice),
    () => false,
  );
  await eventually(() => notices.length > 0);
  const fields = { mailbox: BOX, detail: 'EIO: i/o error' };
  expect(notices).toMatchObject([{ level: 'error', event: 'submission.in-doubt', fields }]);
  expect(submissions.oldestLsn()).toBe(1);
});
