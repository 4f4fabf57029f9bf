/**
 * A batch whose sync failed, in a life that is killed before it can say so: the next life reads the
 * batch from memory, where it is and on no disk, and no sync brings it there.
 */
import { expect, test } from 'vitest';
import { seededRandom } from '../../src/base/random.js';
import { BOX, deliver, newMessage } from '../store/samples.js';
import { open, openOn } from './journal-image.js';
import { type Image, MemoryFiles, systemError } from './power-cut-disk.js';

/** A store that was killed after the sync of its second batch failed; what it refused is given. */
async function killedAfterFailedSync(onStep: () => void = () => undefined) {
  let fails = false;
  const fault = (label: string) =>
    fails && label.endsWith('fdatasync segment') ? systemError('EIO', label) : null;
  const files = new MemoryFiles({ model: 'posix', fault, onStep });
  const { store, kill } = await openOn(files);
  const refused = newMessage({ identifier: 'refused' });
  await deliver(store);
  fails = true;
  expect((await deliver(store, refused)).outcome.kind).toBe('unavailable');
  fails = false;
  kill();
  return { files, refused };
}

test('what a start reads of such a batch it can acknowledge, and what follows it too', async () => {
  const { files, refused } = await killedAfterFailedSync();
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

test('where the number of shards changes too, no file comes from what is on no disk', async () => {
  const random = seededRandom(1);
  const images: Image[] = [];
  let isStarting = false;
  const cut = () => {
    if (isStarting) images.push(files.draw(random), files.draw(random));
  };
  const { files } = await killedAfterFailedSync(cut);
  isStarting = true;
  await openOn(files, 2);
  isStarting = false;
  expect(images.length).toBeGreaterThan(50);
  for (const [i, image] of images.entries()) {
    const { store, notices } = await open(image, 2);
    // What was refused is there whole, or not at all.
    expect([1, 2], `cut ${i}`).toContain(store.mailbox(BOX).count);
    expect(notices, `cut ${i}`).toEqual([]);
  }
});
