/**
 * Single faults, one at a time: what is refused, what goes on, and that the store serves again by
 * itself when the disk does.
 */
import { expect, test } from 'vitest';
import { seededRandom } from '../../src/base/random.js';
import type { ShardStore } from '../../src/store/contract.js';
import { openShardStore } from '../../src/store/open.js';
import { prepareDirectory } from '../../src/store/recovery.js';
import { sequenceNumber } from '../../src/x413/entry.js';
import { BOX, contentsOf, deliver, eventually, newMessage, remove } from '../store/samples.js';
import { MemoryFiles, type PowerCutOptions, Process, systemError } from './power-cut-disk.js';

async function open(options: Partial<PowerCutOptions>) {
  const files = new MemoryFiles({ model: 'posix', ...options });
  const store = await openOn(files);
  files.phase = 'run: ';
  return { files, store };
}

async function openOn(files: MemoryFiles): Promise<ShardStore> {
  const { disk } = new Process(files);
  await prepareDirectory(disk, '/data', 1);
  return openShardStore({
    shard: 0,
    shardCount: 1,
    epoch: 1,
    directory: '/data',
    journalSegmentBytes: 8 << 20,
    checkpointIntervalMs: 0,
    scrubBytesPerSecond: 0,
    disk,
    hasSnapshot: false,
    ownsMailbox: () => true,
  });
}

const large = (identifier: string) => ({
  ...newMessage({ identifier }),
  content: Buffer.alloc(200_000, identifier),
});

test('a full disk refuses deliveries, and goes on fetching and deleting', async () => {
  let room = Number.POSITIVE_INFINITY;
  const { files, store } = await open({ roomBytes: () => room });
  await deliver(store, newMessage({ identifier: 'first' }));
  room = files.bytes;
  const kept: number[] = [1];
  for (let i = 0; ; i += 1) {
    const { outcome, sequence } = await deliver(store, large(`large ${i}`));
    if (outcome.kind === 'unavailable') break;
    if (sequence !== null) kept.push(sequence);
    expect(i, 'the disk is full').toBeLessThan(200);
  }
  expect(contentsOf(store).length).toBe(kept.length);
  // Many: each needs its record.
  for (const sequence of kept.slice(1))
    expect((await remove(store, sequenceNumber(sequence))).kind).toBe('committed');
  expect(contentsOf(store).length).toBe(1);
  expect((await deliver(store, large('refused'))).outcome.kind).toBe('unavailable');
  // A kill now loses nothing, and what was deleted stays so.
  const image = files.image();
  const again = await openOn(new MemoryFiles({ model: 'posix', image }));
  expect(contentsOf(again)).toEqual(contentsOf(store));
  // Room, and it serves again without being opened again.
  room = Number.POSITIVE_INFINITY;
  await eventually(
    async () => (await deliver(store, large('served again'))).outcome.kind === 'committed',
  );
  await store.close();
  await again.close();
});

test.each(['fdatasync segment', 'syncfs everything'])(
  '%s that fails is not believed when it goes well the next time',
  async (call) => {
    let failures = 0;
    const { files, store } = await open({
      fault: (label) => {
        if (failures === 0 || !label.endsWith(call)) return null;
        failures -= 1;
        return systemError('EIO', label);
      },
    });
    await deliver(store, newMessage({ identifier: 'before' }));
    failures = 1;
    const told = await deliver(store, newMessage({ identifier: 'during' }));
    await store.checkpoint().catch(() => undefined);
    expect(failures).toBe(0);
    await eventually(
      async () =>
        (await deliver(store, newMessage({ identifier: 'after' }))).outcome.kind === 'committed',
    );
    await eventually(() =>
      store.checkpoint().then(
        () => true,
        () => false,
      ),
    );
    // All states that a cut may leave now have what was acknowledged.
    for (let seed = 1; seed <= 30; seed += 1) {
      const image = files.draw(seededRandom(seed));
      const again = await openOn(new MemoryFiles({ model: 'posix', image }));
      const found = contentsOf(again).map((one) => (one as { octets: string[] }).octets[0]);
      const expected = ['before', 'after'].map((one) => `envelope of ${one}`);
      expect(found).toEqual(expect.arrayContaining(expected));
      if (told.outcome.kind === 'committed') expect(found).toContain('envelope of during');
      await again.close();
    }
    await store.close();
  },
);

test('a file that cannot be read is an error, never another message', async () => {
  let isFailing = false;
  const { files, store } = await open({
    fault: (label) =>
      isFailing && label.endsWith('read message file') ? systemError('EIO', label) : null,
  });
  await deliver(store, newMessage({ identifier: 'one' }));
  await store.close();
  isFailing = true;
  const again = await openOn(files);
  // Either it cannot be listed, and the numbers after it are safe, or reading it throws.
  const mailbox = (() => {
    try {
      return again.mailbox(BOX);
    } catch {
      return null;
    }
  })();
  if (mailbox?.entry(1) != null) expect(() => mailbox.read(sequenceNumber(1))).toThrow();
  isFailing = false;
  const later = await openOn(new MemoryFiles({ model: 'posix', image: files.image() }));
  expect(contentsOf(later).length).toBe(1);
  await later.close();
});
