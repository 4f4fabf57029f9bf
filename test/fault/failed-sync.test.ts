/**
 * A batch whose sync failed, in a life that is killed before it can say so: the next life reads the
 * batch from memory, where it is and on no disk, and no sync brings it there.
 */
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../src/base/random.js';
import { sequenceNumber } from '../../src/x413/entry.js';
import { BOX, deliver, newMessage, remove } from '../store/samples.js';
import { open, openOn } from './journal-image.js';
import { type Image, MemoryFiles, systemError } from './power-cut-disk.js';

/** A store of which syncs of the journal fail when they are told to. */
async function openFailing(onStep: () => void = () => undefined) {
  let fails = false;
  const fault = (label: string) =>
    fails && label.endsWith('fdatasync segment') ? systemError('EIO', label) : null;
  const files = new MemoryFiles({ model: 'posix', fault, hasSyncfs: false, onStep });
  const failing = async <T>(ask: () => Promise<T>): Promise<T> => {
    fails = true;
    const outcome = await ask();
    fails = false;
    return outcome;
  };
  return { ...(await openOn(files)), failing };
}

/** What cuts leave while another process starts on files that a life has left, for two shards. */
async function cutsOfStart(leave: (onStep: () => void) => Promise<MemoryFiles>): Promise<Image[]> {
  const random = seededRandom(1);
  const images: Image[] = [];
  let isStarting = false;
  const files = await leave(() => {
    if (isStarting) images.push(...[1, 2, 3, 4].map(() => files.draw(random)));
  });
  isStarting = true;
  await openOn(files, 2);
  expect(images.length).toBeGreaterThan(100);
  return images;
}

const refused = newMessage({ identifier: 'refused' });

/** Killed after the sync of its second delivery failed. */
async function killedDelivering(onStep?: () => void): Promise<MemoryFiles> {
  const { store, files, failing, kill } = await openFailing(onStep);
  await deliver(store);
  const { outcome } = await failing(() => deliver(store, refused));
  expect(outcome.kind).toBe('unavailable');
  kill();
  return files;
}

/** Killed after the sync of the delete of its second message failed, which files alone show. */
async function killedDeleting(onStep?: () => void): Promise<MemoryFiles> {
  const { store, files, failing, kill } = await openFailing(onStep);
  await deliver(store);
  const second = (await deliver(store)).sequence ?? sequenceNumber(1);
  await store.checkpoint();
  const { kind } = await failing(() => remove(store, second));
  expect([second, kind]).toEqual([2, 'unavailable']);
  kill();
  return files;
}

test('what a start reads of such a batch it can acknowledge, and what follows it too', async () => {
  const files = await killedDelivering();
  // The same files, another process. The MTA sends again what was refused.
  const next = await openOn(files);
  const again = await deliver(next.store, refused);
  expect(again).toMatchObject({ outcome: { kind: 'committed' }, isRepetition: true });
  await deliver(next.store);
  const random = seededRandom(1);
  for (let cut = 0; cut < 40; cut += 1) {
    const { store: last, notices } = await open(files.draw(random));
    expect([last.mailbox(BOX).count, notices], `cut ${cut}`).toEqual([3, []]);
  }
});

describe('where the number of shards changes too', () => {
  test('no file comes from what is on no disk', async () => {
    for (const [i, image] of (await cutsOfStart(killedDelivering)).entries()) {
      const { store, notices } = await open(image, 2);
      // What was refused is there whole, or not at all.
      expect([1, 2], `cut ${i}`).toContain(store.mailbox(BOX).count);
      expect(notices, `cut ${i}`).toEqual([]);
    }
  });

  test('no file goes for what is on no disk: its number would be given again', async () => {
    for (const [i, image] of (await cutsOfStart(killedDeleting)).entries()) {
      const { store, notices } = await open(image, 2);
      const { sequence } = await deliver(store);
      expect([sequence, notices], `cut ${i}`).toEqual([3, []]);
    }
  });
});
