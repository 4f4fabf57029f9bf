/**
 * The newest checkpoint record is damaged, and around it lie segments that it has freed, with whole
 * records of their earlier use: what was deleted stays deleted, nothing else is lost, and no number
 * is given again.
 */
import { expect, test } from 'vitest';
import { seededRandom } from '../../src/base/random.js';
import {
  type JournalRecord,
  RECORD_HEADER_BYTES,
  RECORD_TYPE,
  readSegment,
  splitMailbox,
  unpackRemoval,
} from '../../src/store/journal/journal-record.js';
import { type SequenceNumber, sequenceNumber } from '../../src/x413/entry.js';
import { ALL, BOX, deliver, newMessage, remove } from '../store/samples.js';
import { open, openOn, withFile } from './journal-image.js';
import { type Image, MemoryFiles } from './power-cut-disk.js';
import type { TestedStore } from './power-cut-run.js';

const SECTOR_BYTES = 512;
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

interface Left {
  readonly image: Image;
  /** What is there: number and content. */
  readonly messages: ReadonlyMap<SequenceNumber, Buffer>;
  readonly highest: number;
}

/** A life of deliveries, deletes and checkpoints, in which segments are used again and again. */
async function lived(seed: number): Promise<Left> {
  const random = seededRandom(seed);
  const files = new MemoryFiles({ model: 'posix' });
  const { store, kill } = await openOn(files);
  const messages = new Map<SequenceNumber, Buffer>();
  let highest = 0;
  const steps = 40 + random.below(20);
  // Many segments that one checkpoint frees are not all kept, and leave gaps between those that are.
  const pause = seed % 2 === 0 ? 4 : 30;
  for (let step = 0; step < steps; step += 1) {
    const content = Buffer.from(random.octets(random.below(3_000)));
    const message = { ...newMessage({ identifier: `${seed}/${step}` }), content };
    const sequence = (await deliver(store, message)).sequence ?? sequenceNumber(1);
    messages.set(sequence, content);
    highest = sequence;
    const old = [...messages.keys()].filter(() => random.below(3) === 0);
    if (random.below(2) === 0) {
      await remove(store, ...old);
      for (const one of old) messages.delete(one);
    }
    if (random.below(pause) === 0) await store.checkpoint();
  }
  await store.checkpoint();
  // The last batch may be torn: so another one behind, or not.
  if (seed % 3 > 0) await remove(store, sequenceNumber(highest));
  if (seed % 3 > 0) messages.delete(sequenceNumber(highest));
  kill();
  return { image: files.image(), messages, highest };
}

interface Place {
  readonly path: string;
  readonly octets: Uint8Array;
  readonly record: JournalRecord;
}

function newestCheckpoint(image: Image): Place {
  let newest: Place | null = null;
  for (const [path, octets] of image.files)
    for (const record of path.endsWith('.journal') ? readSegment(octets) : [])
      if (record.type === RECORD_TYPE.checkpoint && record.lsn > (newest?.record.lsn ?? 0))
        newest = { path, octets, record };
  if (newest === null) throw new Error('there was a checkpoint');
  return newest;
}

function contentsOf(store: TestedStore): Map<SequenceNumber, Buffer> {
  const mailbox = store.mailbox(BOX);
  const numbers = [...mailbox.scan(ALL)].map(({ sequence }) => sequence);
  return new Map(numbers.map((one) => [one, Buffer.from(mailbox.read(one).content ?? [])]));
}

test.each(SEEDS)('a bit flipped at every octet of it (seed %i)', async (seed) => {
  const { image, messages, highest } = await lived(seed);
  const { path, octets, record } = newestCheckpoint(image);
  const end = record.at + record.body.length;
  for (let at = record.at - RECORD_HEADER_BYTES; at < end; at += 1) {
    const damaged = octets.slice();
    damaged[at] = (damaged[at] ?? 0) ^ (1 << (at % 8));
    const { store } = await open(withFile(image, path, damaged));
    expect(contentsOf(store), `octet ${at - record.at}`).toEqual(messages);
    expect((await deliver(store)).sequence).toBeGreaterThan(highest);
  }
});

/** Messages whose delete has octets there. */
function deletesIn(octets: Uint8Array, from: number, to: number): SequenceNumber[] {
  const hit = readSegment(octets).filter(
    ({ at, body }) => at - RECORD_HEADER_BYTES < to && from < at + body.length,
  );
  return hit
    .flatMap(({ type, body }) => unpackRemoval(type, splitMailbox(body).rest)?.mains ?? [])
    .map(sequenceNumber);
}

test.each(SEEDS)('its sector is lost: only deletes in it are undone (seed %i)', async (seed) => {
  const { image, messages, highest } = await lived(seed);
  const { path, octets, record } = newestCheckpoint(image);
  const from = record.at - (record.at % SECTOR_BYTES);
  const undone = deletesIn(octets, from, from + SECTOR_BYTES);
  for (const noise of [new Uint8Array(SECTOR_BYTES), seededRandom(seed).octets(SECTOR_BYTES)]) {
    const damaged = octets.slice();
    damaged.set(noise, from);
    const { store, files, kill } = await open(withFile(image, path, damaged));
    const there = contentsOf(store);
    expect([...there.keys()].filter((one) => !messages.has(one) && !undone.includes(one))).toEqual(
      [],
    );
    for (const [one, content] of messages) expect(there.get(one)).toEqual(content);
    const { sequence } = await deliver(store);
    expect(sequence).toBeGreaterThan(highest);
    // The next life finds neither the damage nor what was free.
    kill();
    const again = await open(files.image());
    expect([...contentsOf(again.store).keys()]).toEqual([...there.keys(), sequence]);
    expect(again.notices).toEqual([]);
  }
});
