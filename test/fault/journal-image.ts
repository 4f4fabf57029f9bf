/** Directories as a kill leaves them, in memory: to be damaged by octets, and opened again. */
import { expect } from 'vitest';
import { RECORD_HEADER_BYTES, readSegment } from '../../src/store/journal/journal-record.js';
import { sequenceNumber } from '../../src/x413/entry.js';
import { BOX, deliver, newMessage } from '../store/samples.js';
import { type Image, MemoryFiles, Process } from './power-cut-disk.js';
import type { TestedStore } from './power-cut-run.js';
import { openRestante } from './specimen.js';

export interface Opened {
  readonly store: TestedStore;
  readonly files: MemoryFiles;
  readonly notices: string[];
  /** Ends the process that has it open: whatever it was about to do never happens. */
  kill(): void;
}

/** The store that has {@link BOX}; `notices`: errors that an operator is told. */
export function open(image?: Image, shardCount = 1): Promise<Opened> {
  const files = new MemoryFiles({ model: 'posix', ...(image !== undefined && { image }) });
  return openOn(files, shardCount);
}

/** The same, as another process on files that are there. */
export async function openOn(files: MemoryFiles, shardCount = 1): Promise<Opened> {
  const notices: string[] = [];
  const clock = { nowMs: () => 0, monotonicMs: () => 0 };
  const process = new Process(files);
  const { storeOf } = await openRestante({
    disk: process.disk,
    directory: '/data',
    shardCount,
    epoch: 1,
    clock,
    damaged: (detail) => notices.push(detail),
  });
  return { store: storeOf(BOX), files, notices, kill: () => process.kill() };
}

export const COUNT = 5;
/** Small, for each octet of its record is a case. */
export const messageOf = (i: number) => ({
  ...newMessage({ identifier: `message ${i}` }),
  content: Buffer.alloc(40, i),
});

/** A directory as a kill leaves it, with five messages, each from a batch of its own. */
export async function killed(): Promise<Image> {
  const { store, files } = await open();
  for (let i = 1; i <= COUNT; i += 1) {
    const outcome = await deliver(store, messageOf(i));
    expect(outcome.sequence).toBe(i);
  }
  return files.image();
}

/** The same, with batches of these many. */
export async function killedAfter(batches: readonly number[]): Promise<Image> {
  const { store, files } = await open();
  let i = 0;
  for (const count of batches) {
    const outcomes = Array.from({ length: count }, () => {
      i += 1;
      const message = messageOf(i);
      return new Promise((resolve) => store.deliver(BOX, message, resolve));
    });
    store.flush();
    await Promise.all(outcomes);
  }
  return files.image();
}

export function segmentOf(image: Image): { path: string; octets: Uint8Array } {
  for (const [path, octets] of image.files)
    if (path.endsWith('.journal') && readSegment(octets).length > 0) return { path, octets };
  throw new Error('there is a journal');
}

/** Begin and end of each record in its segment. */
export function placesOf(octets: Uint8Array): (readonly [from: number, to: number])[] {
  return readSegment(octets).map(({ at, body }) => [at - RECORD_HEADER_BYTES, at + body.length]);
}

export const withFile = (image: Image, path: string, octets: Uint8Array): Image => ({
  directories: image.directories,
  files: new Map([...image.files, [path, octets]]),
});

/** The message's number, where it is there and as it was delivered. */
export function isWhole(store: TestedStore, i: number): boolean {
  const mailbox = store.mailbox(BOX);
  if (mailbox.entry(i) === null) return false;
  const { envelope, content } = mailbox.read(sequenceNumber(i));
  const message = messageOf(i);
  expect(Buffer.compare(envelope, message.envelope)).toBe(0);
  expect(Buffer.compare(content ?? Buffer.alloc(0), message.content ?? Buffer.alloc(0))).toBe(0);
  return true;
}

export const wholeOnes = (store: TestedStore, count = COUNT) =>
  Array.from({ length: count }, (_, i) => i + 1).filter((i) => isWhole(store, i));

/** Without the message files, so that the journal alone counts. */
export function journalOnly(image: Image): Image {
  const files = [...image.files].filter(([path]) => !path.includes('/in/'));
  return { directories: image.directories, files: new Map(files) };
}
