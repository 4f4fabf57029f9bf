/** Index check, rebuild and scrub: the files are right, whatever the index says. */
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Notice } from '../../src/engine/contract.js';
import type { ShardStore } from '../../src/store/contract.js';
import { maintain } from '../../src/store/maintenance.js';
import { sequenceNumber } from '../../src/x413/entry.js';
import {
  ALL,
  BOX,
  contentsOf,
  deliver,
  lived,
  mailboxId,
  newMessage,
  openSample,
  remove,
  temporaryDirectory,
} from './samples.js';

const SNAPSHOT = 'shards/0/index.lmdb';

function filesOf(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\/(in\/\d+|damaged)\/\d{10}[nlp]$/.test(path))
    .sort();
}

function fileOf(directory: string, sequence: number): string {
  const digits = String(sequence).padStart(10, '0');
  const path = filesOf(directory).find((one) => one.includes(`/${digits}`));
  if (path === undefined) throw new Error(`message ${sequence} has a file`);
  return join(directory, path);
}

/** Ten messages with a child each, numbers 1, 3, 5 and so on, in files. */
async function ten(directory: string): Promise<ShardStore> {
  const store = await openSample(directory);
  for (let i = 0; i < 10; i += 1) {
    await deliver(store, newMessage({ identifier: `message ${i}`, children: 1 }));
  }
  await store.checkpoint();
  return store;
}

const mains = (store: ShardStore) =>
  [...store.mailbox(BOX).scan({ ...ALL, includesChildren: false })].map((one) => one.sequence);

describe('index check', () => {
  test('finds nothing to do where all is well', async () => {
    const store = await ten(temporaryDirectory());
    expect(await store.check()).toMatchObject({ mailboxes: 1, messages: 10, added: 0, removed: 0 });
    await store.close();
  });

  test('an entry goes that has no file, though a change of its name is still to be made', async () => {
    const directory = temporaryDirectory();
    const store = await ten(directory);
    const changes = [5, 19].map((one) => sequenceNumber(one));
    store.markConveyed(
      BOX,
      changes.map((sequence) => ({ sequence, status: 'listed', conveyed: 0 })),
    );
    await deliver(store, newMessage({ identifier: 'last' }));
    // A copy of a running store: two files were renamed while the tool went through the directory.
    const copy = temporaryDirectory();
    cpSync(directory, copy, { recursive: true });
    await store.close();
    for (const sequence of changes) unlinkSync(fileOf(copy, sequence));
    const again = await openSample(copy);
    expect(mains(again)).toContain(5);
    expect(await again.check()).toMatchObject({ messages: 10, removed: 2, restated: 0 });
    expect(mains(again)).toEqual([1, 3, 7, 9, 11, 13, 15, 17, 21]);
    await again.close();
  });

  test('the number of an entry that had no file is not given again', async () => {
    const directory = temporaryDirectory();
    const store = await ten(directory);
    await store.close();
    unlinkSync(fileOf(directory, 19));
    const again = await openSample(directory);
    expect(await again.check()).toMatchObject({ removed: 1 });
    await again.close();
    rmSync(join(directory, 'shards'), { recursive: true });
    const rebuilt = await openSample(directory);
    expect((await deliver(rebuilt)).sequence).toBe(21);
    await rebuilt.close();
  });

  test('a message that was set aside and is whole again is there once', async () => {
    const directory = temporaryDirectory();
    const store = await openSample(directory);
    await deliver(store);
    await store.close();
    const file = fileOf(directory, 1);
    const damaged = join(file, '../../../damaged');
    mkdirSync(damaged);
    cpSync(file, join(damaged, '0000000001n'));
    rmSync(join(directory, 'shards'), { recursive: true });
    const again = await openSample(directory);
    expect(mains(again)).toEqual([1]);
    await again.close();
  });

  test('a file without an entry gets one, an entry without a file goes, the name has the status', async () => {
    const directory = temporaryDirectory();
    const store = await ten(directory);
    const expected = contentsOf(store);
    await store.close();
    // The index of a time when message 5 was not there, and message 9 was.
    const withAll = fileOf(directory, 5);
    const octets = readFileSync(withAll);
    unlinkSync(withAll);
    const without = await openSample(directory);
    expect(await without.check()).toMatchObject({ removed: 1, added: 0, restated: 0 });
    expect(mains(without)).not.toContain(5);
    await without.close();
    writeFileSync(withAll, octets);
    renameSync(fileOf(directory, 9), fileOf(directory, 9).replace(/n$/, 'p'));
    const notices: Notice[] = [];
    const again = await openSample(directory, { onNotice: (notice) => notices.push(notice) });
    expect(await again.check()).toMatchObject({ removed: 0, added: 1, restated: 1 });
    expect(notices.map(({ event }) => event)).toEqual(['index.added']);
    expect(again.mailbox(BOX).entry(9)?.status).toBe('processed');
    const found = contentsOf(again).filter((one) => (one as { sequence: number }).sequence !== 9);
    expect(found).toEqual(expected.filter((one) => (one as { sequence: number }).sequence !== 9));
    await again.close();
  });

  test('leaves alone what is on its way, while deliveries and deletes run', async () => {
    const store = await openSample(temporaryDirectory());
    let count = 0;
    let isChecking = true;
    const work = async () => {
      while (isChecking) {
        count += 1;
        const { sequence } = await deliver(store, newMessage({ identifier: `${count}` }));
        if (sequence !== null && sequence % 3 === 0) await remove(store, sequence);
        if (sequence !== null && sequence % 3 === 1) {
          store.markConveyed(BOX, [{ sequence, status: 'listed', conveyed: 0 }]);
        }
      }
    };
    const workers = [work(), work(), work()];
    for (let round = 0; round < 20; round += 1) {
      expect(await store.check()).toMatchObject({ added: 0, removed: 0, restated: 0, damaged: 0 });
      if (round % 5 === 0) await store.checkpoint();
    }
    isChecking = false;
    await Promise.all(workers);
    await store.close();
  });

  test('sleeping mailboxes are looked at, and sleep again', async () => {
    const directory = temporaryDirectory();
    const store = await openSample(directory);
    for (let i = 0; i < 30; i += 1) await deliver(store, newMessage(), mailboxId(`box-${i}`));
    await store.close();
    const again = await openSample(directory);
    expect(await again.check()).toMatchObject({ mailboxes: 30, messages: 30, rebuiltMessages: 0 });
    expect(again.statistics().mailboxes).toBe(0);
    await again.close();
  });
});

describe('rebuild', () => {
  test.each([1, 2, 3, 4])('from the files is what the index was (seed %i)', async (seed) => {
    const directory = temporaryDirectory();
    const store = await openSample(directory);
    await lived(store, seed);
    const expected = contentsOf(store);
    await store.close();
    rmSync(join(directory, SNAPSHOT));
    const again = await openSample(directory);
    expect(contentsOf(again)).toEqual(expected);
    await again.close();
  });

  test('of a directory at rest reports what it read, and leaves a snapshot', async () => {
    const directory = temporaryDirectory();
    const store = await ten(directory);
    const expected = contentsOf(store);
    await store.close();
    const quiet = { onNotice: () => undefined, onProgress: () => undefined };
    const options = { directory, readsAll: true, ...quiet };
    expect(await maintain({ ...options, rebuilds: true })).toMatchObject({
      rebuiltMailboxes: 1,
      rebuiltMessages: 10,
      scrub: { messages: 10, damaged: 0 },
    });
    expect(await maintain({ ...options, rebuilds: false })).toMatchObject({
      rebuiltMessages: 0,
      messages: 10,
      added: 0,
    });
    const again = await openSample(directory);
    expect(contentsOf(again)).toEqual(expected);
    await again.close();
  });
});

describe('damage', () => {
  const flip = (path: string, from: number) => {
    const octets = readFileSync(path);
    octets[from] = (octets[from] ?? 0) ^ 1;
    writeFileSync(path, octets);
  };

  test('the scrub finds a flipped bit, sets the file aside, and the entry says so', async () => {
    const directory = temporaryDirectory();
    const notices: Notice[] = [];
    await (await ten(directory)).close();
    flip(fileOf(directory, 7), readFileSync(fileOf(directory, 7)).length - 100);
    const store = await openSample(directory, { onNotice: (notice) => notices.push(notice) });
    expect(await store.scrub(Number.POSITIVE_INFINITY)).toMatchObject({ messages: 10, damaged: 1 });
    expect(notices.map(({ event }) => event)).toContain('message.set-aside');
    expect(() => store.mailbox(BOX).read(sequenceNumber(7))).toThrow(/message-damaged/);
    expect(() => store.mailbox(BOX).read(sequenceNumber(8))).toThrow(/message-damaged/);
    expect(store.mailbox(BOX).read(sequenceNumber(9)).content).not.toBeNull();
    expect(await store.check()).toMatchObject({ added: 0, removed: 0 });
    await store.close();
    // Its front is whole, so a rebuild still lists it.
    rmSync(join(directory, SNAPSHOT));
    const again = await openSample(directory);
    expect(mains(again)).toContain(7);
    expect(() => again.mailbox(BOX).read(sequenceNumber(7))).toThrow(/message-damaged/);
    await remove(again, sequenceNumber(7));
    expect(filesOf(directory).filter((path) => path.includes('damaged'))).toEqual([]);
    await again.close();
    rmSync(join(directory, SNAPSHOT));
    const last = await openSample(directory);
    expect(mains(last)).not.toContain(7);
    await last.close();
  });

  test('a fetch that finds it sets it aside as well', async () => {
    const directory = temporaryDirectory();
    await (await ten(directory)).close();
    flip(fileOf(directory, 3), readFileSync(fileOf(directory, 3)).length - 1);
    const store = await openSample(directory);
    for (let i = 0; i < 2; i += 1) {
      expect(() => store.mailbox(BOX).read(sequenceNumber(3))).toThrow(/message-damaged/);
    }
    expect(filesOf(directory).filter((path) => path.includes('damaged'))).toHaveLength(1);
    await store.close();
  });

  test('the scrub keeps to its rate', async () => {
    const directory = temporaryDirectory();
    await (await ten(directory)).close();
    let nowMs = 0;
    const clock = { nowMs: () => Date.now(), monotonicMs: () => nowMs };
    const store = await openSample(directory, { clock });
    const scrub = store.scrub(10_000);
    let isDone = false;
    void scrub.then(() => {
      isDone = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(isDone).toBe(false);
    nowMs += 10_000;
    expect(await scrub).toMatchObject({ messages: 10 });
    await store.close();
  });
});
