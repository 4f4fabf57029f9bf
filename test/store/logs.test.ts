import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Clock } from '../../src/base/clock.js';
import { seededRandom } from '../../src/base/random.js';
import type { LogName, LogsConfigured } from '../../src/engine/contract.js';
import { LOG_NAMES, NO_LOGS } from '../../src/engine/logs-kept.js';
import { fanOut } from '../../src/engine/mailbox-id.js';
import { LOG_SEGMENT_BYTES } from '../../src/limits.js';
import { type BoxId, boxOf } from '../../src/store/box.js';
import type { NewMessage, ShardStore } from '../../src/store/contract.js';
import { octetsOfKey } from '../../src/store/submissions.js';
import { CACHED_ATTRIBUTE, sequenceNumber } from '../../src/x413/entry.js';
import {
  ALL,
  BOX,
  deliver,
  newEntry,
  newMessage,
  openSample,
  removeFrom,
  temporaryDirectory,
} from './samples.js';

const OUT = boxOf(BOX, 'out');
const DELIVERY_LOG = boxOf(BOX, 'delivery-log');
const SUBMISSION_LOG = boxOf(BOX, 'submission-log');
const KEPT = { names: LOG_NAMES, entriesMax: 1_000_000, daysMax: 36_500, isDeletable: true };
const LOGS: LogsConfigured = { everywhere: KEPT, ofMailboxes: {} };
const HOME = join('mailboxes', fanOut(BOX), BOX);
const DAY_MS = 86_400_000;

/** The directory as a kill would leave it. */
function killed(directory: string): string {
  const copy = temporaryDirectory();
  cpSync(directory, copy, { recursive: true });
  return copy;
}

const withoutSnapshot = (directory: string) =>
  rmSync(join(directory, 'shards/0/index.lmdb'), { force: true });

/** Number, envelope and whether the message was deleted, of all entries. */
function entered(store: ShardStore, log: BoxId = DELIVERY_LOG) {
  const box = store.mailbox(log);
  return [...box.scan(ALL)].map(({ sequence, conveyed, status }) => {
    const { envelope, content } = box.read(sequence);
    expect([content, status]).toEqual([null, 'processed']);
    return [Number(sequence), Buffer.from(envelope).toString('hex'), conveyed !== 0];
  });
}

const allEntered = (store: ShardStore) =>
  [DELIVERY_LOG, SUBMISSION_LOG].map((log) => entered(store, log));

const numbersIn = (store: ShardStore, log: BoxId = DELIVERY_LOG) =>
  entered(store, log).map(([number]) => number);

const opened = (directory: string, options = {}) =>
  openSample(directory, { logs: LOGS, ...options });

test('what is delivered is entered under its number, without what comes from its content', async () => {
  const store = await opened(temporaryDirectory());
  await deliver(store, newMessage({ children: 2 }));
  await deliver(store, newMessage(), OUT);
  expect(numbersIn(store)).toEqual([1]);
  expect(numbersIn(store, SUBMISSION_LOG)).toEqual([4]);
  const entry = store.mailbox(DELIVERY_LOG).entry(1);
  expect(entry).toMatchObject({ contentLength: 1_000, priority: 2, partCount: 0, children: [] });
  expect(entry?.cached.get(CACHED_ATTRIBUTE.subject)).toBeUndefined();
  expect(store.mailbox(BOX).entry(1)?.cached.get(CACHED_ATTRIBUTE.subject)).toBeDefined();
  await store.close();
});

test('an entry outlives its message, and says that it was deleted', async () => {
  const directory = temporaryDirectory();
  const store = await opened(directory);
  await deliver(store);
  await deliver(store);
  await removeFrom(store, BOX, sequenceNumber(1));
  const expected = entered(store);
  expect(expected.map(([number, , isDeleted]) => [number, isDeleted])).toEqual([
    [1, true],
    [2, false],
  ]);
  await store.close();
  for (const prepares of [() => undefined, withoutSnapshot]) {
    prepares(directory);
    const again = await opened(directory);
    expect(entered(again)).toEqual(expected);
    await again.close();
  }
});

test('without logs nothing is entered, and no file of a log is made', async () => {
  const directory = temporaryDirectory();
  const store = await openSample(directory);
  await deliver(store);
  await removeFrom(store, BOX, sequenceNumber(1));
  await store.close();
  expect(readdirSync(join(directory, HOME))).toEqual(['mailbox.json']);
});

test('which logs are kept is told for each mailbox', async () => {
  const own = { ...KEPT, names: ['submission-log'] as LogName[] };
  const logs: LogsConfigured = { everywhere: NO_LOGS, ofMailboxes: { [BOX]: own } };
  const store = await opened(temporaryDirectory(), { logs });
  await deliver(store);
  await deliver(store, newMessage(), OUT);
  expect(numbersIn(store)).toEqual([]);
  expect(numbersIn(store, SUBMISSION_LOG)).toEqual([2]);
  await store.close();
});

/** A history of a mailbox and its logs. */
async function lived(store: ShardStore, seed: number): Promise<void> {
  const random = seededRandom(seed);
  for (let step = 0; step < 150; step += 1) {
    const box = random.below(3) === 0 ? OUT : BOX;
    const choice = random.below(20);
    const boxes = choice < 15 ? [box] : [DELIVERY_LOG, SUBMISSION_LOG];
    const from = boxes[random.below(boxes.length)] ?? box;
    const mains = [...store.mailbox(from).scan({ ...ALL, includesChildren: false })];
    const main = mains[random.below(mains.length)];
    if (choice < 10 || main === undefined) {
      const children = random.below(3);
      await deliver(store, newMessage({ identifier: `${seed}.${step}`, children }), box);
    } else if (choice < 18) await removeFrom(store, from, main.sequence);
    else await store.checkpoint();
  }
}

test.each([1, 2, 3, 4])(
  'logs outlive a kill, with the snapshot and without (seed %i)',
  async (seed) => {
    const directory = temporaryDirectory();
    const store = await opened(directory);
    await lived(store, seed);
    const expected = allEntered(store);
    expect(expected.flat().length).toBeGreaterThan(10);
    for (const prepares of [() => undefined, withoutSnapshot]) {
      const copy = killed(directory);
      prepares(copy);
      const again = await opened(copy);
      expect(allEntered(again)).toEqual(expected);
      await again.checkpoint();
      expect(allEntered(again)).toEqual(expected);
      const twice = killed(copy);
      await again.close();
      const third = await opened(twice, { hasSnapshot: false });
      expect(allEntered(third)).toEqual(expected);
      await third.close();
    }
    const copy = killed(directory);
    await store.close();
    for (const one of [copy, directory]) {
      const other = await opened(one, { shard: 1, shardCount: 2 });
      expect(allEntered(other)).toEqual(expected);
      await other.close();
    }
  },
);

/** A submission of which nothing is kept but the entry. */
function logged(identifier: Uint8Array | null = null): NewMessage {
  const main = { ...newEntry(), entryType: 'submitted-message', cached: new Map() } as const;
  const envelope = Buffer.from('an envelope');
  return { envelope, content: null, entries: [main], deliveryIdentifier: identifier };
}

test('a number that only a log shows is not given again', async () => {
  const directory = temporaryDirectory();
  const store = await opened(directory);
  await deliver(store);
  await deliver(store, logged(), SUBMISSION_LOG);
  const fresh = killed(directory);
  await store.checkpoint();
  const covered = killed(directory);
  await store.close();
  for (const one of [fresh, covered, directory]) {
    for (const prepares of [() => undefined, withoutSnapshot]) {
      const copy = killed(one);
      prepares(copy);
      const again = await opened(copy);
      expect((await deliver(again, newMessage({ identifier: 'new' }))).sequence).toBe(3);
      expect(numbersIn(again, SUBMISSION_LOG)).toEqual([2]);
      await again.close();
    }
    const other = await opened(killed(one), { shard: 1, shardCount: 2 });
    expect((await deliver(other, newMessage({ identifier: 'new' }))).sequence).toBe(3);
    await other.close();
  }
});

test('a submission that is to be logged and did not come to its end is entered by the next start', async () => {
  const directory = temporaryDirectory();
  const store = await opened(directory);
  const key = await new Promise((resolve) => {
    store.beginSubmission(SUBMISSION_LOG, logged(), (_, given) => resolve(given));
    store.flush();
  });
  const open = killed(directory);
  await deliver(store, logged(octetsOfKey(key as never)), SUBMISSION_LOG);
  expect(numbersIn(store, SUBMISSION_LOG)).toEqual([1]);
  const stored = killed(directory);
  await store.close();
  for (const one of [open, stored, directory]) {
    for (const options of [{}, { shard: 1, shardCount: 2 }]) {
      const again = await opened(killed(one), options);
      await again.prepare(BOX, true);
      for (let turn = 0; turn < 20; turn += 1) await new Promise((done) => setTimeout(done, 2));
      expect(numbersIn(again, SUBMISSION_LOG)).toEqual([1]);
      await again.close();
    }
  }
});

test('a log of many segments is read where it is asked for', async () => {
  const directory = temporaryDirectory();
  const store = await opened(directory);
  const large = (step: number): NewMessage => ({
    ...newMessage({ identifier: `${step}` }),
    envelope: Buffer.alloc(LOG_SEGMENT_BYTES / 8, step),
  });
  for (let step = 1; step <= 40; step += 1) {
    await deliver(store, large(step));
    if (step % 10 === 0) await store.checkpoint();
  }
  const names = readdirSync(join(directory, HOME, 'delivery-log'));
  expect(names.length).toBeGreaterThanOrEqual(4);
  expect(names[0]).toBe('0000000001');
  await store.close();
  for (const prepares of [() => undefined, withoutSnapshot]) {
    prepares(directory);
    const again = await opened(directory);
    await again.prepare(BOX, true);
    for (const number of [1, 23, 40, 9, 10]) {
      const { envelope } = again.mailbox(DELIVERY_LOG).read(sequenceNumber(number));
      expect(Buffer.from(envelope)).toEqual(large(number).envelope);
    }
    expect(again.mailbox(DELIVERY_LOG).count).toBe(40);
    await again.close();
  }
});

test('a log that sleeps without a snapshot hears what is entered when it is read', async () => {
  const directory = temporaryDirectory();
  const store = await opened(directory, { hasSnapshot: false });
  await deliver(store, newMessage({ identifier: 'a' }));
  await store.close();
  const again = await opened(directory, { hasSnapshot: false });
  await deliver(again, newMessage({ identifier: 'b' }));
  await removeFrom(again, BOX, sequenceNumber(1));
  expect(entered(again).map(([number, , isDeleted]) => [number, isDeleted])).toEqual([
    [1, true],
    [2, false],
  ]);
  await again.close();
});

test('what is damaged costs one entry; the others are kept, and so is what is damaged', async () => {
  const directory = temporaryDirectory();
  const store = await opened(directory);
  for (const identifier of ['a', 'b', 'c']) await deliver(store, newMessage({ identifier }));
  await store.close();
  const path = join(directory, HOME, 'delivery-log/0000000001');
  const octets = readFileSync(path);
  octets[120] = (octets[120] ?? 0) ^ 4;
  writeFileSync(path, octets);
  withoutSnapshot(directory);
  const notices: string[] = [];
  const again = await opened(directory, {
    onNotice: ({ event }: { event: string }) => notices.push(event),
  });
  expect(numbersIn(again)).toEqual([2, 3]);
  expect(notices).toContain('log-damaged');
  await again.close();
});

const clockAt = (now: { ms: number }): Clock => ({
  nowMs: () => now.ms,
  monotonicMs: () => now.ms,
});

const aged = (step: number, ms: number, bytes = LOG_SEGMENT_BYTES / 4): NewMessage => {
  const message = newMessage({ identifier: `${step}` });
  const [main] = message.entries;
  if (main === undefined) throw new Error('a message has a main-entry');
  const entries = [{ ...main, creationTime: Math.floor(ms / 1_000) }];
  return { ...message, entries, envelope: Buffer.alloc(bytes, step) };
};

test('entries that are too old go with their segment, and do not come back', async () => {
  const directory = temporaryDirectory();
  const now = { ms: 1_000 * DAY_MS };
  const logs: LogsConfigured = { everywhere: { ...KEPT, daysMax: 10 }, ofMailboxes: {} };
  const options = { logs, clock: clockAt(now) };
  const store = await opened(directory, options);
  for (let step = 1; step <= 20; step += 1) {
    await deliver(store, aged(step, now.ms));
    await store.checkpoint();
    now.ms += DAY_MS;
  }
  store.sweep();
  const left = numbersIn(store);
  expect(left[0]).toBeGreaterThan(1);
  expect(left[0]).toBeLessThanOrEqual(11);
  expect(left.at(-1)).toBe(20);
  await store.close();
  withoutSnapshot(directory);
  const again = await opened(directory, options);
  expect(numbersIn(again)).toEqual(left);
  now.ms += 30 * DAY_MS;
  again.sweep();
  expect(numbersIn(again)).toEqual([]);
  expect(readdirSync(join(directory, HOME, 'delivery-log'))).toEqual([]);
  expect((await deliver(again, aged(21, now.ms))).sequence).toBe(21);
  expect(numbersIn(again)).toEqual([21]);
  await again.close();
});

test('of too many entries the oldest go, by segments', async () => {
  const now = { ms: 1_000 * DAY_MS };
  const logs: LogsConfigured = { everywhere: { ...KEPT, entriesMax: 8 }, ofMailboxes: {} };
  const store = await opened(temporaryDirectory(), { logs, clock: clockAt(now) });
  for (let step = 1; step <= 40; step += 1) {
    await deliver(store, aged(step, now.ms));
    if (step % 3 === 0) await store.checkpoint();
  }
  await store.checkpoint();
  now.ms += 61_000;
  store.sweep();
  const left = numbersIn(store);
  expect(left.length).toBeGreaterThanOrEqual(8);
  expect(left.length).toBeLessThan(16);
  expect(left.at(-1)).toBe(40);
  await store.close();
});
