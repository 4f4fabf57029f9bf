import { expect, test } from 'vitest';
import { seededRandom } from '../../src/base/random.js';
import { Backlog, type Image } from '../../src/store/files/backlog.js';
import { type RetrievalStatus, sequenceNumber } from '../../src/x413/entry.js';
import { BOX } from './samples.js';

const image = { at: 0, bytes: 10 } as Image;
const STATUSES: readonly RetrievalStatus[] = ['new', 'listed', 'processed'];
type Files = Map<number, RetrievalStatus>;

/** Does the first work of a kind, as the writer does, onto a model of the files. */
function perform(backlog: Backlog, kind: 'new' | 'change' | 'again', files: Files): boolean {
  const work = backlog.head(kind);
  if (work === null) return false;
  const { sequence, image: octets, from, to } = work;
  if (from === null) expect(files.has(sequence)).toBe(false);
  else if (from !== 'any') expect(files.get(sequence)).toBe(from);
  if (to === null) files.delete(sequence);
  else if (octets !== null || files.has(sequence)) files.set(sequence, to);
  backlog.done(work);
  return true;
}

interface Logged {
  readonly lsn: number;
  apply(files: Files): void;
}

/** Mailboxes as the journal tells, the backlog, and the files that follow behind. */
class Run {
  readonly backlog = new Backlog();
  readonly files: Files = new Map();
  readonly truth: Files = new Map();
  readonly log: Logged[] = [];
  /** What was written and not yet covered by a checkpoint, for a sync that fails. */
  covered = 1;
  readonly #random;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  step(): void {
    const lsn = this.log.length + 1;
    const live = [...this.truth.keys()];
    const sequence = sequenceNumber(live[this.#random.below(live.length)] ?? 1);
    const status = this.truth.get(sequence) ?? 'new';
    const chance = this.#random.below(20);
    if (chance < 7 || live.length === 0) this.#create(lsn);
    else if (chance < 10) this.#rename(lsn, sequence, status);
    else if (chance < 13) this.#remove(lsn, sequence, status);
    else if (chance < 19) perform(this.backlog, chance < 16 ? 'new' : 'change', this.files);
    else if (this.#random.below(3) === 0) this.#losesSync();
    else perform(this.backlog, 'again', this.files);
    if (this.#random.below(30) === 0) this.covered = this.backlog.oldestLsn() ?? lsn;
  }

  /** What a start makes of the files and the journal that is left. */
  recovered(): Files {
    const files: Files = new Map(this.files);
    const from = this.backlog.oldestLsn() ?? Number.POSITIVE_INFINITY;
    for (const { lsn, apply } of this.log) if (lsn >= from) apply(files);
    return files;
  }

  #note(lsn: number, apply: (files: Files) => void): void {
    this.log.push({ lsn, apply });
    apply(this.truth);
  }

  #create(lsn: number): void {
    const sequence = sequenceNumber(lsn);
    this.#note(lsn, (files) => files.set(sequence, files.get(sequence) ?? 'new'));
    this.backlog.create(BOX, sequence, image, lsn, 0);
  }

  #rename(lsn: number, sequence: ReturnType<typeof sequenceNumber>, from: RetrievalStatus): void {
    const to = STATUSES[STATUSES.indexOf(from) + 1];
    if (to === undefined) return;
    this.#note(lsn, (files) => files.has(sequence) && files.set(sequence, to));
    this.backlog.rename(BOX, sequence, { from, to }, lsn, 0);
  }

  #remove(lsn: number, sequence: ReturnType<typeof sequenceNumber>, from: RetrievalStatus): void {
    this.#note(lsn, (files) => files.delete(sequence));
    this.backlog.remove(BOX, sequence, from, lsn, 0);
  }

  #losesSync(): void {
    this.backlog.beginAgain();
    const seen = new Set<number>();
    for (const { lsn, apply } of this.log.slice(this.covered - 1)) {
      const before: Files = new Map([[0, 'new']]);
      apply(before);
      const created = [...before.keys()].find((sequence) => sequence === lsn);
      const status = this.truth.get(lsn);
      if (created !== undefined && status !== undefined)
        this.backlog.createAgain(BOX, sequenceNumber(lsn), image, lsn, status);
      else if (created !== undefined && !seen.has(lsn))
        this.backlog.removeAgain(BOX, sequenceNumber(lsn), lsn);
      seen.add(lsn);
    }
  }
}

test.each([1, 2, 3, 4, 5])(
  'files and the journal from the oldest work on are the truth at any time (seed %i)',
  (seed) => {
    const run = new Run(seed);
    for (let i = 0; i < 3_000; i += 1) {
      run.step();
      if (i % 10 === 0) expect(run.recovered(), `after ${i}`).toEqual(run.truth);
    }
    const { backlog, files } = run;
    while ((['again', 'change', 'new'] as const).some((kind) => perform(backlog, kind, files)));
    expect(files).toEqual(run.truth);
    expect([backlog.count, backlog.messages, backlog.bytes]).toEqual([0, 0, 0]);
    expect([backlog.oldestLsn(), backlog.has(BOX)]).toEqual([null, false]);
    expect(backlog.spared).toBeGreaterThan(10);
  },
);

test('what waits is counted, and goes with a message that is removed', () => {
  const backlog = new Backlog();
  for (let i = 1; i <= 3; i += 1) backlog.create(BOX, sequenceNumber(i), image, i, 0);
  expect([backlog.messages, backlog.bytes, backlog.oldestLsn()]).toEqual([3, 30, 1]);
  backlog.remove(BOX, sequenceNumber(1), 'new', 4, 0);
  expect([backlog.messages, backlog.bytes, backlog.oldestLsn()]).toEqual([2, 20, 2]);
  expect([backlog.spared, backlog.count]).toEqual([1, 2]);
});
