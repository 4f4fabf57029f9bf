/** The snapshot: what it saves, what it is worth, and that nothing but time is lost without it. */
import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ShardStore } from '../../src/store/contract.js';
import { NodeDisk } from '../../src/store/disk/disk.js';
import { type SequenceNumber, sequenceNumber } from '../../src/x413/entry.js';
import {
  ALL,
  BOX,
  contentsOf,
  deliver,
  killed,
  lived,
  mailboxId,
  newMessage,
  openSample,
  remove,
  temporaryDirectory,
} from './samples.js';

const DIST = new URL('../../dist/', import.meta.url).pathname;

/** Counts the message files that are opened. */
class CountingDisk extends NodeDisk {
  opened = 0;

  override readFront(path: string, bytes: number): Uint8Array | null {
    if (path.includes('/in/')) this.opened += 1;
    return super.readFront(path, bytes);
  }
}

/** Messages that a process of its own finds; null where it came to a bad end. */
function counted(directory: string): number | null {
  const code = `
    import { openShardStore } from '${DIST}store/open.js';
    const store = await openShardStore({ shard: 0, shardCount: 1, epoch: 1,
      directory: '${directory}', journalSegmentBytes: 65536, checkpointIntervalMs: 0, scrubBytesPerSecond: 0,
      ownsMailbox: () => true });
    await store.prepare('box');
    console.log(store.mailbox('box').count);
    await store.close();`;
  const args = ['--input-type=module', '-e', code];
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  return status === 0 ? Number(stdout) : null;
}

describe('snapshot', () => {
  test.each([1, 2, 3])(
    'with the journal it is what was there, opening no file (seed %i)',
    async (seed) => {
      const directory = temporaryDirectory();
      const store = await openSample(directory);
      await lived(store, seed);
      const expected = contentsOf(store);
      const disk = new CountingDisk();
      const again = await openSample(killed(directory), { disk });
      // Replay looks for the files of the journal's records; the index asks for none.
      disk.opened = 0;
      again.mailbox(BOX);
      expect(disk.opened).toBe(0);
      expect(contentsOf(again)).toEqual(expected);
      await again.close();
      await store.close();
      const closed = await openSample(directory, { disk });
      disk.opened = 0;
      expect([...closed.mailbox(BOX).scan(ALL)]).toHaveLength(expected.length);
      expect(disk.opened).toBe(0);
      expect(contentsOf(closed)).toEqual(expected);
      await closed.close();
    },
  );

  test.each([
    ['is gone', (path: string) => rmSync(path)],
    ['is no LMDB file', (path: string) => writeFileSync(path, 'not one')],
  ])('where it %s, the files have everything', async (_, spoil) => {
    const directory = temporaryDirectory();
    const store = await openSample(directory);
    for (let i = 0; i < 20; i += 1)
      await deliver(store, newMessage({ identifier: `${i}`, children: 1 }));
    await remove(store, sequenceNumber(3));
    const main = sequenceNumber(5);
    store.markConveyed(BOX, [{ sequence: main, status: 'processed', conveyed: 0 }]);
    const expected = contentsOf(store);
    await store.close();
    spoil(join(directory, 'shards/0/index.lmdb'));
    const again = await openSample(directory);
    expect(contentsOf(again)).toEqual(expected);
    await again.close();
  });

  test('it does not outlive the journal where a start for other shards is killed', async () => {
    const directory = temporaryDirectory();
    const store = await openSample(directory);
    await deliver(store);
    await store.close();
    const next = await openSample(directory);
    // It covers as much as the journal had counted when the store was closed.
    await next.checkpoint();
    await deliver(next);
    const copy = killed(directory);
    await next.close();
    /** Killed before it takes away the shard whose journal is replayed. */
    class KilledDisk extends NodeDisk {
      override removeTree(path: string): void {
        if (path.endsWith('/shards/0')) throw new Error('killed');
        super.removeTree(path);
      }
    }
    const disk = new KilledDisk();
    await expect(openSample(copy, { disk, shardCount: 2 })).rejects.toThrow('killed');
    const again = await openSample(copy);
    expect(again.mailbox(BOX).count).toBe(2);
    expect((await deliver(again)).sequence).toBe(3);
    await again.close();
  });

  test('one that is damaged ends us twice at most', async () => {
    const directory = temporaryDirectory();
    const store = await openSample(directory);
    for (let i = 0; i < 3_000; i += 1) void deliver(store, newMessage({ identifier: `${i}` }));
    await deliver(store);
    await store.close();
    const path = join(directory, 'shards/0/index.lmdb');
    const whole = readFileSync(path);
    for (const [from, to] of [
      [100, 9_000],
      [8_192, 40_000],
      [0, whole.length],
    ] as const) {
      writeFileSync(path, Buffer.from(whole).fill(7, from, to));
      const counts = [1, 2, 3].map(() => counted(directory));
      expect(counts.at(-1)).toBe(3_001);
    }
  });

  /** Changes every segment of a snapshot, so that no checksum is right. */
  function damage(directory: string): void {
    const path = join(directory, 'shards/0/index.lmdb');
    const octets = readFileSync(path);
    for (let at = octets.indexOf('2.6.1.10.1'); at >= 0; at = octets.indexOf('2.6.1.10.1', at)) {
      octets.write('2.6.1.10.2', at, 'latin1');
    }
    writeFileSync(path, octets);
  }

  async function large(directory: string): Promise<ShardStore> {
    const store = await openSample(directory);
    for (let i = 0; i < 50; i += 1) {
      await Promise.all(Array.from({ length: 100 }, () => deliver(store)));
    }
    // All has its file, and the journal is empty.
    await store.checkpoint();
    return store;
  }

  test('a damaged segment of a large mailbox ends the shard, whose next life is right', async () => {
    const directory = temporaryDirectory();
    await (await large(directory)).close();
    damage(directory);
    const second = await openSample(directory);
    expect(second.mailbox(BOX).count).toBe(5_000);
    expect(() => [...second.mailbox(BOX).scan(ALL)]).toThrow(/the snapshot is damaged/);
    const third = await openSample(killed(directory));
    await third.prepare(BOX);
    expect([...third.mailbox(BOX).scan(ALL)]).toHaveLength(5_000);
    await third.close();
  });

  test('one that the journal of a kill meets costs the start no hand', async () => {
    const directory = temporaryDirectory();
    const store = await large(directory);
    const sequence = sequenceNumber(7);
    store.markConveyed(BOX, [{ sequence, status: 'listed', conveyed: 0 }]);
    await deliver(store);
    const copy = killed(directory);
    await store.close();
    damage(copy);
    const again = await openSample(copy);
    await again.prepare(BOX);
    expect(again.mailbox(BOX).count).toBe(5_001);
    expect(again.mailbox(BOX).entry(sequence)?.status).toBe('listed');
    await again.close();
  });

  test('one of which a value is damaged is not believed', async () => {
    const directory = temporaryDirectory();
    const store = await openSample(directory);
    await deliver(store, newMessage({ identifier: 'an identifier to be found' }));
    await store.close();
    const path = join(directory, 'shards/0/index.lmdb');
    const octets = readFileSync(path);
    for (let at = octets.indexOf('an identifier to'); at >= 0; ) {
      octets.write('AN', at, 'latin1');
      at = octets.indexOf('an identifier to', at);
    }
    writeFileSync(path, octets);
    const again = await openSample(directory);
    const [entry] = again.mailbox(BOX).scan(ALL);
    expect(Buffer.from(entry?.cached.get(3) ?? []).toString()).toBe('an identifier to be found');
    await again.close();
  });

  test('one that was put back from a copy is not believed', async () => {
    const directory = temporaryDirectory();
    const store = await openSample(directory);
    await deliver(store);
    await store.close();
    const old = readFileSync(join(directory, 'shards/0/index.lmdb'));
    const second = await openSample(directory);
    await deliver(second);
    const expected = contentsOf(second);
    expect(expected).toHaveLength(2);
    await second.close();
    writeFileSync(join(directory, 'shards/0/index.lmdb'), old);
    const again = await openSample(directory);
    expect(contentsOf(again)).toEqual(expected);
    await again.close();
  });

  test('one of another data directory is not believed', async () => {
    const [one, other] = [temporaryDirectory(), temporaryDirectory()];
    for (const [directory, count] of [
      [one, 3],
      [other, 5],
    ] as const) {
      const store = await openSample(directory);
      for (let i = 0; i < count; i += 1) await deliver(store);
      await store.close();
    }
    cpSync(join(other, 'shards/0/index.lmdb'), join(one, 'shards/0/index.lmdb'));
    const again = await openSample(one);
    expect(again.mailbox(BOX).count).toBe(3);
    await again.close();
  });

  test('a mailbox without a record, of many files, is read in slices while others are served', async () => {
    const directory = temporaryDirectory();
    const store = await openSample(directory);
    const small = mailboxId('small');
    for (let i = 0; i < 40; i += 1) {
      await Promise.all(Array.from({ length: 100 }, () => deliver(store)));
    }
    await deliver(store, newMessage(), small);
    await store.close();
    rmSync(join(directory, 'shards/0/index.lmdb'));
    const again = await openSample(directory);
    const reading = again.prepare(BOX);
    expect(reading).not.toBeNull();
    expect(again.prepare(BOX)).toBe(reading);
    let isRead = false;
    void reading?.then(() => {
      isRead = true;
    });
    expect(again.prepare(small)).toBeNull();
    expect((await deliver(again, newMessage(), small)).sequence).toBe(2);
    expect(isRead).toBe(false);
    await reading;
    expect(again.prepare(BOX)).toBeNull();
    expect(again.mailbox(BOX).count).toBe(4_000);
    expect((await deliver(again)).sequence).toBe(4_001);
    await again.close();
  });
});

describe('sleep', () => {
  test('a mailbox that nobody touches leaves memory and comes back as it was', async () => {
    const directory = temporaryDirectory();
    let nowMs = 0;
    const clock = { nowMs: () => Date.now(), monotonicMs: () => nowMs };
    const store = await openSample(directory, { clock });
    const ids = Array.from({ length: 20 }, (_, i) => mailboxId(`box-${i}`));
    for (const id of ids) await deliver(store, newMessage({ identifier: id }), id);
    const expected = ids.map((id) => contentsOf(store, id));
    nowMs += 3_600_000;
    store.sweep();
    // What is not in the snapshot stays.
    expect(store.statistics().mailboxes).toBe(20);
    await store.checkpoint();
    store.sweep();
    expect(store.statistics().mailboxes).toBe(0);
    expect(ids.map((id) => contentsOf(store, id))).toEqual(expected);
    const main: SequenceNumber = sequenceNumber(1);
    store.markConveyed(ids[0] ?? BOX, [{ sequence: main, status: 'listed', conveyed: 0 }]);
    nowMs += 3_600_000;
    store.sweep();
    expect(store.statistics().mailboxes).toBe(1);
    const repeated = await deliver(store, newMessage({ identifier: 'box-7' }), ids[7]);
    expect(repeated).toMatchObject({ sequence: 1, isRepetition: true });
    await store.close();
  });
});
