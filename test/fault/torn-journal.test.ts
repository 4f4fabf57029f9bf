/**
 * Journals whose end is torn at every octet, and journals and message files with bits that flipped:
 * what is whole is there, what is torn is absent, and nothing damaged passes for whole unsaid.
 */
import { describe, expect, test } from 'vitest';
import { DamageError } from '../../src/base/errors.js';
import { seededRandom } from '../../src/base/random.js';
import { RECORD_HEADER_BYTES, readSegment } from '../../src/store/journal-record.js';
import { sequenceNumber } from '../../src/x413/entry.js';
import { BOX, deliver, newMessage } from '../store/samples.js';
import { type Image, MemoryFiles, Process } from './power-cut-disk.js';
import type { TestedStore } from './power-cut-run.js';
import { openRestante } from './specimen.js';

interface Opened {
  readonly store: TestedStore;
  readonly files: MemoryFiles;
  readonly notices: string[];
}

async function open(image?: Image): Promise<Opened> {
  const files = new MemoryFiles({ model: 'posix', ...(image !== undefined && { image }) });
  const notices: string[] = [];
  const clock = { nowMs: () => 0, monotonicMs: () => 0 };
  const { stores } = await openRestante({
    disk: new Process(files).disk,
    directory: '/data',
    shardCount: 1,
    epoch: 1,
    clock,
    damaged: (detail) => notices.push(detail),
  });
  const [store] = stores;
  if (store === undefined) throw new Error('there is a store');
  return { store, files, notices };
}

const COUNT = 5;
/** Small, for each octet of its record is a case. */
const messageOf = (i: number) => ({
  ...newMessage({ identifier: `message ${i}` }),
  content: Buffer.alloc(40, i),
});

/** A directory as a kill leaves it, with five messages, each from a batch of its own. */
async function killed(): Promise<Image> {
  const { store, files } = await open();
  for (let i = 1; i <= COUNT; i += 1) {
    const outcome = await deliver(store, messageOf(i));
    expect(outcome.sequence).toBe(i);
  }
  return files.image();
}

function segmentOf(image: Image): { path: string; octets: Uint8Array } {
  for (const [path, octets] of image.files)
    if (path.endsWith('.journal') && readSegment(octets).length > 0) return { path, octets };
  throw new Error('there is a journal');
}

/** Begin and end of each record in its segment. */
function placesOf(octets: Uint8Array): (readonly [from: number, to: number])[] {
  return readSegment(octets).map(({ at, body }) => [at - RECORD_HEADER_BYTES, at + body.length]);
}

const withFile = (image: Image, path: string, octets: Uint8Array): Image => ({
  directories: image.directories,
  files: new Map([...image.files, [path, octets]]),
});

/** The message's number, where it is there and as it was delivered. */
function isWhole(store: TestedStore, i: number): boolean {
  const mailbox = store.mailbox(BOX);
  if (mailbox.entry(i) === null) return false;
  const { envelope, content } = mailbox.read(sequenceNumber(i));
  const message = messageOf(i);
  expect(Buffer.compare(envelope, message.envelope)).toBe(0);
  expect(Buffer.compare(content ?? Buffer.alloc(0), message.content ?? Buffer.alloc(0))).toBe(0);
  return true;
}

const wholeOnes = (store: TestedStore) =>
  Array.from({ length: COUNT }, (_, i) => i + 1).filter((i) => isWhole(store, i));

/** Without the message files, so that the journal alone counts. */
function journalOnly(image: Image): Image {
  const files = [...image.files].filter(([path]) => !path.includes('/in/'));
  return { directories: image.directories, files: new Map(files) };
}

describe('a journal', () => {
  test.each(['zeros', 'ones', 'nothing'])(
    'torn at every octet of its last record, then %s',
    async (rest) => {
      const image = journalOnly(await killed());
      const { path, octets } = segmentOf(image);
      const [from = 0, to = 0] = placesOf(octets).at(-1) ?? [];
      for (let at = from; at < to; at += 1) {
        const torn = octets.slice(0, rest === 'nothing' ? at : octets.length);
        if (rest !== 'nothing') torn.fill(rest === 'zeros' ? 0 : 0xff, at);
        // Octets that the record ends with may be what the tear left.
        const isSame = Buffer.compare(torn.subarray(0, to), octets.subarray(0, to)) === 0;
        const { store, notices } = await open(withFile(image, path, torn));
        expect(wholeOnes(store), `torn at ${at - from}`).toEqual(
          isSame ? [1, 2, 3, 4, 5] : [1, 2, 3, 4],
        );
        expect(notices).toEqual([]);
        if ((at - from) % 50 === 0) {
          expect((await deliver(store)).sequence).toBe(isSame ? 6 : 5);
          await store.close();
        }
      }
    },
  );

  test('with a bit flipped in one record: what came before is there, and nothing false', async () => {
    const image = journalOnly(await killed());
    const { path, octets } = segmentOf(image);
    const places = placesOf(octets);
    const random = seededRandom(7);
    for (let round = 0; round < 200; round += 1) {
      const damaged = 1 + random.below(COUNT);
      const [from, to] = places[damaged - 1] ?? [0, 0];
      const flipped = octets.slice();
      const at = from + random.below(to - from);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << random.below(8));
      const { store } = await open(withFile(image, path, flipped));
      const left = wholeOnes(store);
      expect(left).not.toContain(damaged);
      for (let i = 1; i < damaged; i += 1) expect(left).toContain(i);
    }
  });
});

describe('a message file', () => {
  test('with a bit flipped anywhere is never read as if it were whole', async () => {
    const { store, files } = await open();
    for (let i = 1; i <= COUNT; i += 1) await deliver(store, messageOf(i));
    await store.close();
    const image = files.image();
    const paths = [...image.files.keys()].filter((path) => path.endsWith('0000000003n'));
    const [path = ''] = paths;
    const octets = image.files.get(path) ?? new Uint8Array(0);
    expect(octets.length).toBeGreaterThan(100);
    for (let bit = 0; bit < 8 * octets.length; bit += 3) {
      const flipped = octets.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const { store: again, notices } = await open(withFile(image, path, flipped));
      const mailbox = again.mailbox(BOX);
      const isShown = mailbox.entry(3) !== null;
      // Its front is damaged, and it is set aside and reported; or its rest, and reading it says so.
      if (isShown) expect(() => mailbox.read(sequenceNumber(3)), `bit ${bit}`).toThrow(DamageError);
      else expect(notices.length, `bit ${bit}`).toBeGreaterThan(0);
      for (const i of [1, 2, 4, 5]) expect(isWhole(again, i)).toBe(true);
    }
  });
});
