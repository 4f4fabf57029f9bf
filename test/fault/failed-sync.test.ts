/**
 * A batch whose sync failed, in a life that is killed before it can say so: the next life reads the
 * batch from memory, where it is and on no disk, and no sync brings it there.
 */
import { expect, test } from 'vitest';
import { seededRandom } from '../../src/base/random.js';
import { BOX, deliver, newMessage } from '../store/samples.js';
import { open, openOn } from './journal-image.js';
import { MemoryFiles, systemError } from './power-cut-disk.js';

test('what a start reads of such a batch it can acknowledge, and what follows it too', async () => {
  let fails = false;
  const fault = (label: string) =>
    fails && label.endsWith('fdatasync segment') ? systemError('EIO', label) : null;
  const files = new MemoryFiles({ model: 'posix', fault });
  const { store, kill } = await openOn(files);
  const refused = newMessage({ identifier: 'refused' });
  await deliver(store);
  fails = true;
  expect((await deliver(store, refused)).outcome.kind).toBe('unavailable');
  fails = false;
  kill();
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
