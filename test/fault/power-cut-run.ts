/**
 * One run of the power-cut campaign: a store on a disk that can lose its power, a load drawn from a
 * seed, cuts at drawn moments, and every state that a cut leaves opened again and judged. What is
 * opened again is loaded and cut too, while it starts and after it.
 *
 * All of it follows from the seed: the disk is in memory, and the store's clock is ours.
 */
import { createHash } from 'node:crypto';
import type { Clock } from '../../src/base/clock.js';
import { type Random, seededRandom } from '../../src/base/random.js';
import type { MailboxId } from '../../src/engine/mailbox-id.js';
import { type BoxId, boxOf } from '../../src/store/box.js';
import type { NewMessage, ShardStore, SubmissionKey } from '../../src/store/contract.js';
import type { Disk } from '../../src/store/disk/disk.js';
import { octetsOfKey } from '../../src/store/submissions.js';
import { CACHED_ATTRIBUTE, type RetrievalStatus } from '../../src/x413/entry.js';
import { mailboxId, newEntry } from '../store/samples.js';
import { type Fact, Ledger, type TestedMailbox } from './ledger.js';

export type { TestedMailbox } from './ledger.js';

import { judgeLog, logOf } from './log-judge.js';

import type { CutModel } from './memory-node.js';
import { EMPTY_IMAGE, type Image, MemoryFiles, Process, systemError } from './power-cut-disk.js';

/** What is asked of a store under test. */
export interface TestedStore
  extends Pick<
      ShardStore,
      'deliver' | 'remove' | 'markConveyed' | 'flush' | 'checkpoint' | 'close'
    >,
    /** A toy does not submit, and sets no status. */
    Partial<Pick<ShardStore, 'beginSubmission' | 'settleSubmission' | 'restate'>> {
  mailbox(id: BoxId): TestedMailbox;
}

/** What is under test: all mailboxes of one directory behind one door. */
export interface Specimen {
  /** The store that owns a mailbox. */
  storeOf(id: BoxId): TestedStore;
  readonly stores: readonly TestedStore[];
  /** It keeps a log of deliveries and one of submissions. */
  readonly hasLogs?: boolean;
}

export interface OpenContext {
  readonly disk: Disk;
  readonly directory: string;
  readonly shardCount: number;
  readonly epoch: number;
  readonly clock: Clock;
  readonly damaged: (detail: string) => void;
}

export type OpenSpecimen = (context: OpenContext) => Promise<Specimen>;

export interface RunOptions {
  readonly seed: number;
  readonly open: OpenSpecimen;
  readonly lies?: (label: string) => boolean;
  /** Calls fail at drawn moments, each with one of these codes; none where it is empty. */
  readonly errors?: readonly string[];
  /** Lets time pass for whoever waits to try again. */
  readonly passTime?: () => Promise<void>;
  /** A process is dead: ends its timers, which the harness holds in its place. */
  readonly endTimers?: () => void;
  readonly operations?: number;
  /** One fault is enough. */
  readonly endsAtFault?: boolean;
}

export interface RunReport {
  readonly faults: string[];
  /** Digests of the states that were opened and judged. */
  readonly states: Set<string>;
  readonly syncs: Set<string>;
  acknowledged: number;
  refused: number;
}

/** A state to open, and what is known of it. */
interface Remains {
  readonly image: Image;
  readonly ledger: Ledger;
  readonly depth: number;
  readonly origin: string;
}

const outOf = (id: MailboxId) => boxOf(id, 'out');
const DIRECTORY = '/data';
const MAILBOXES = ['ops', 'met', 'ais'].map(mailboxId);
const STATUSES: readonly RetrievalStatus[] = ['listed', 'processed'];
/** States drawn at one moment, and moments of one life. */
const DRAWS = 2;
const CUTS = [14, 2, 0];
const DEPTH_MAX = 2;

function digestOf(image: Image): string {
  const hash = createHash('sha256').update(image.directories.join());
  for (const [path, octets] of image.files) hash.update(path).update(octets);
  return hash.digest('base64');
}

const turns = async (count: number) => {
  for (let i = 0; i < count; i += 1) await new Promise((resolve) => setImmediate(resolve));
};

/** A clock that goes on with each look, so that slices of work end where the seed says. */
function steppingClock(): Clock {
  let now = 0;
  const step = () => {
    now += 0.2;
    return now;
  };
  return { nowMs: () => 1_700_000_000_000 + step(), monotonicMs: step };
}

function messageOf(id: string, random: Random): NewMessage {
  const sizes = [0, 40, 600, 600, 3_000, 9_000];
  const size = sizes[random.below(sizes.length)] ?? 0;
  const children = random.below(4) === 0 ? random.below(4) : 0;
  const identifier = Buffer.from(id);
  const main = {
    ...newEntry(),
    cached: new Map([[CACHED_ATTRIBUTE.messageIdentifier, identifier]]),
  };
  return {
    envelope: Buffer.concat([Buffer.from(`${id}|`), random.octets(30)]),
    content: random.below(8) === 0 ? null : random.octets(size),
    entries: [main, ...Array.from({ length: children }, () => newEntry(0))],
    deliveryIdentifier: identifier,
  };
}

export class PowerCutRun {
  readonly #options: RunOptions;
  readonly #random: Random;
  readonly #model: CutModel;
  readonly #hasSyncfs: boolean;
  readonly #queue: Remains[] = [];
  readonly report: RunReport = {
    faults: [],
    states: new Set(),
    syncs: new Set(),
    acknowledged: 0,
    refused: 0,
  };
  #nextId = 0;
  #nextEpoch = 1;

  constructor(options: RunOptions) {
    this.#options = options;
    this.#random = seededRandom(options.seed);
    this.#model = this.#random.below(2) === 0 ? 'posix' : 'ext4';
    this.#hasSyncfs = this.#random.below(3) !== 0;
  }

  async run(): Promise<RunReport> {
    this.#queue.push({ image: EMPTY_IMAGE, ledger: new Ledger(), depth: 0, origin: 'empty' });
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      await new Line(this, next).live();
      if (this.options.endsAtFault === true && this.report.faults.length > 0) break;
    }
    return this.report;
  }

  get options(): RunOptions {
    return this.#options;
  }
  get random(): Random {
    return this.#random;
  }
  get model(): CutModel {
    return this.#model;
  }
  get hasSyncfs(): boolean {
    return this.#hasSyncfs;
  }

  epoch(): number {
    this.#nextEpoch += 1;
    return this.#nextEpoch;
  }

  id(): string {
    this.#nextId += 1;
    return `m${this.#nextId}`;
  }

  /** A state to be opened later, unless the same was already. */
  leave(remains: Remains): void {
    const digest = digestOf(remains.image);
    if (this.report.states.has(digest)) return;
    this.report.states.add(digest);
    this.#queue.push(remains);
  }

  faulty(origin: string, faults: readonly string[]): void {
    const { seed } = this.#options;
    const where = `seed ${seed}, ${this.#model}${this.#hasSyncfs ? '' : ' without syncfs'}`;
    for (const fault of faults) this.report.faults.push(`${where}, ${origin}: ${fault}`);
  }
}

/** From one state on: lives of processes, one after the other, on one disk. */
class Line {
  readonly #run: PowerCutRun;
  readonly #remains: Remains;
  readonly #ledger: Ledger;
  readonly #files: MemoryFiles;
  readonly #cuts: Set<number>;
  #steps = 0;
  #killStep = 0;
  #isKilledInCommit = false;
  #isFailing = false;
  /** A checkpoint that is asked for meanwhile may meet a store that is closed. */
  #isEnding = false;
  #process: Process;
  #specimen: Specimen | null = null;

  constructor(run: PowerCutRun, remains: Remains) {
    this.#run = run;
    this.#remains = remains;
    this.#ledger = remains.ledger;
    const { options, random } = run;
    const range = [500, 150, 1][remains.depth] ?? 1;
    const count = CUTS[remains.depth] ?? 0;
    this.#cuts = new Set(Array.from({ length: count }, () => 1 + random.below(range)));
    this.#files = new MemoryFiles({
      model: run.model,
      image: remains.image,
      hasSyncfs: run.hasSyncfs,
      onStep: (label) => this.#step(label),
      fault: (label) => this.#fault(label),
      shortWrite: () => (this.#isFailing && random.below(3) === 0 ? 1 + random.below(300) : null),
      ...(options.lies !== undefined && { lies: options.lies }),
    });
    this.#process = new Process(this.#files);
  }

  async live(): Promise<void> {
    const { depth } = this.#remains;
    const { random, options } = this.#run;
    const lives = [4, 2, 1][depth] ?? 1;
    for (let life = 0; life < lives; life += 1) {
      const isKilledSoon = depth < DEPTH_MAX && random.below(2) === 0;
      this.#killStep = isKilledSoon ? this.#steps + random.below(60) : 0;
      this.#isKilledInCommit = random.below(2) === 0;
      this.#isFailing = options.errors !== undefined && random.below(4) === 0;
      const isMeantToStart = !this.#isFailing;
      const isOpen = await this.#open();
      this.#isFailing = false;
      if (!isOpen && isMeantToStart && !this.#process.isDead) return;
      if (!isOpen) {
        this.#process.kill();
        options.endTimers?.();
        continue;
      }
      await this.#submissionsStored();
      if (this.#process.isDead) continue;
      this.#judge(true);
      const operations = [options.operations ?? 40, 8, 3][depth] ?? 3;
      for (let i = 0; i < operations && !this.#process.isDead; i += 1) {
        try {
          await this.#operation();
        } catch (error) {
          if (!this.#process.isDead)
            this.#faulty([`an operation throws: ${(error as Error).stack}`]);
        }
      }
      await this.#end(random.below(3) === 0 ? 'close' : 'kill');
    }
    for (const label of this.#files.syncs) this.#run.report.syncs.add(label);
  }

  #step(label: string): void {
    this.#steps += 1;
    if (this.#cuts.has(this.#steps)) this.#cut(`before ${label}`);
    if (this.#killStep === 0 || this.#steps < this.#killStep) return;
    // Octets that were written and not synced are the worst that a kill leaves to the next life.
    if (this.#isKilledInCommit && !label.endsWith('fdatasync segment')) return;
    this.#process.kill();
    throw systemError('ESRCH', `killed before ${label}`);
  }

  #cut(origin: string): void {
    if (this.#remains.depth >= DEPTH_MAX) return;
    for (let i = 0; i < DRAWS; i += 1) {
      const image = this.#files.draw(this.#run.random);
      const depth = this.#remains.depth + 1;
      const step = `step ${this.#steps} ${origin}`;
      const trail = `${this.#remains.origin} > ${step}`;
      this.#run.leave({ image, ledger: this.#ledger.clone(), depth, origin: trail });
    }
  }

  #fault(label: string): Error | null {
    const { errors = [] } = this.#run.options;
    if (!this.#isFailing || /: (read|open|readdir) /.test(label)) return null;
    const { random } = this.#run;
    if (random.below(6) !== 0) return null;
    return systemError(errors[random.below(errors.length)] ?? 'EIO', label);
  }

  async #open(): Promise<boolean> {
    const { random, options } = this.#run;
    this.#files.phase = 'start: ';
    this.#process = new Process(this.#files);
    this.#isEnding = false;
    const context: OpenContext = {
      disk: this.#process.disk,
      directory: DIRECTORY,
      shardCount: 1 + random.below(2),
      epoch: this.#run.epoch(),
      clock: steppingClock(),
      damaged: (detail) => this.#faulty([`damage: ${detail}`]),
    };
    try {
      this.#specimen = await Promise.race([options.open(context), this.#process.death]);
    } catch (error) {
      if (!this.#process.isDead && !this.#isFailing)
        this.#faulty([`does not start: ${(error as Error).stack}`]);
      return false;
    }
    this.#files.phase = 'run: ';
    return true;
  }

  async #end(how: 'close' | 'kill'): Promise<void> {
    const { options } = this.#run;
    this.#isFailing = false;
    this.#isEnding = true;
    if (!this.#process.isDead) await options.passTime?.();
    if (how === 'close' && !this.#process.isDead) {
      for (const store of this.#specimen?.stores ?? []) {
        // A store that a failed sync has stopped says so; what it acknowledged is judged all the same.
        await Promise.race([store.close(), this.#process.death]).catch((error: Error) => {
          if (options.errors === undefined && !this.#process.isDead)
            this.#faulty([`close: ${error.message}`]);
        });
      }
    }
    this.#process.kill();
    await turns(3);
    options.endTimers?.();
    if (this.#run.random.below(2) === 0) this.#cut(`after ${how}`);
  }

  #faulty(faults: readonly string[]): void {
    if (faults.length > 0) this.#run.faulty(this.#remains.origin, faults);
  }

  /** A start stores what had begun, or whose end is lost, when it has turned to it. */
  async #submissionsStored(): Promise<void> {
    const isOpen = MAILBOXES.some((id) => this.#ledger.isUndecided(outOf(id)));
    for (let turn = 0; isOpen && turn < 100 && !this.#process.isDead; turn += 1) await turns(1);
    const { passTime } = this.#run.options;
    if (passTime === undefined) return;
    // Calls may have failed in between. A segment is tried again, and the journal, and then what
    // waits for it, each after its pause and each in several turns.
    for (let wait = 0; isOpen && wait < 8 && !this.#process.isDead; wait += 1) {
      await passTime();
      await turns(20);
    }
  }

  #store(id: BoxId): TestedStore {
    if (this.#specimen === null) throw new Error('nothing is open');
    return this.#specimen.storeOf(id);
  }

  #judge(isReborn: boolean): void {
    const when = `${isReborn ? 'opened anew' : 'alive'} at ${this.#steps}`;
    for (const id of this.#boxes()) {
      try {
        const faults = this.#ledger.judge(this.#store(id).mailbox(id), isReborn);
        this.#faulty(faults.map((fault) => `${when}: ${fault}`));
        if (isReborn) this.#judgeLog(id, when);
      } catch (error) {
        this.#faulty([`${when}: ${id} cannot be judged: ${(error as Error).stack}`]);
      }
    }
  }

  #judgeLog(id: BoxId, when: string): void {
    if (this.#specimen?.hasLogs !== true) return;
    const log = this.#store(id).mailbox(logOf(id));
    const faults = judgeLog(log, id, this.#ledger.facts.values());
    this.#faulty(faults.map((fault) => `${when}: ${fault}`));
  }

  #boxes(): BoxId[] {
    const canSubmit = (id: MailboxId) => this.#store(id).beginSubmission !== undefined;
    return MAILBOXES.flatMap((id) => (canSubmit(id) ? [id, outOf(id)] : [id]));
  }

  async #operation(): Promise<void> {
    const { random, options } = this.#run;
    const mailbox = MAILBOXES[random.below(MAILBOXES.length)] ?? mailboxId('ops');
    const present = this.#ledger.present(mailbox);
    const choice = random.below(40);
    if (options.errors !== undefined && random.below(12) === 0) {
      this.#isFailing = !this.#isFailing;
      if (!this.#isFailing) await options.passTime?.();
      // What is tried again may be killed too.
      if (this.#process.isDead) return;
    }
    if (choice < 6 && this.#store(mailbox).beginSubmission) this.#submit(outOf(mailbox));
    else if (choice < 20) for (let i = random.below(4); i >= 0; i -= 1) this.#deliver(mailbox);
    else if (choice < 27) {
      const out = outOf(mailbox);
      this.#remove(mailbox, this.#some(present));
      if (random.below(3) === 0) this.#remove(out, this.#some(this.#ledger.present(out)));
    } else if (choice < 31) this.#convey(mailbox, this.#some(present));
    else if (choice < 32) {
      this.#restate(mailbox, this.#some(present));
      this.#restate(outOf(mailbox), this.#some(this.#ledger.present(outOf(mailbox))));
    } else if (choice < 34) this.#deliver(mailbox, this.#some(this.#ledger.received())[0]);
    else if (choice < 36) this.#judge(false);
    else {
      const process = this.#process;
      const checkpoint = this.#store(mailbox)
        .checkpoint()
        .catch((error: Error) => this.#unexpected(process, error));
      if (choice === 39)
        await Promise.race([checkpoint, this.#process.death]).catch(() => undefined);
    }
    this.#store(mailbox).flush();
    await turns(random.below(5));
  }

  /** Of the life that asked for it, which may have come to its end. */
  #unexpected(process: Process, error: Error): void {
    const isOver = process.isDead || this.#isEnding;
    if (this.#run.options.errors === undefined && !isOver)
      this.#faulty([`checkpoint: ${error.message}`]);
  }

  #some(facts: readonly Fact[]): Fact[] {
    const { random } = this.#run;
    if (facts.length === 0) return [];
    // Often the newest: that is where numbers are lost.
    if (random.below(3) === 0) return facts.slice(-1);
    const chosen = Array.from(
      { length: 1 + random.below(3) },
      () => facts[random.below(facts.length)],
    );
    return [...new Set(chosen)].filter((fact) => fact !== undefined);
  }

  /** Anew, or a message that was sent before, as an MTA does that heard no answer. */
  #deliver(mailbox: MailboxId, again?: Fact): void {
    const { random, report } = this.#run;
    if (again?.state === 'offered') return;
    const id = again?.id ?? this.#run.id();
    const message = again?.message ?? messageOf(id, random);
    const fact = this.#ledger.offer(id, again?.mailbox ?? mailbox, message);
    const process = this.#process;
    this.#store(fact.mailbox).deliver(
      fact.mailbox,
      message,
      ({ outcome, sequence, isRepetition }) => {
        if (process.isDead) return;
        if (outcome.kind === 'unavailable') {
          this.#ledger.refused(fact);
          report.refused += 1;
        } else {
          this.#faulty(this.#ledger.delivered(fact, sequence, isRepetition));
          report.acknowledged += 1;
        }
        // The moment at which a promise is made is the best to cut.
        if (random.below(30) === 0) this.#cut(`as ${id} was answered`);
      },
    );
  }

  /** To the journal; then, later, the copy, or nothing is kept, or nobody hears of it again. */
  #submit(box: BoxId): void {
    const { random, report } = this.#run;
    const id = this.#run.id();
    const message = { ...messageOf(id, random), deliveryIdentifier: null };
    const fact = this.#ledger.offer(id, box, message);
    this.#ledger.conveyed(fact, 'processed');
    const process = this.#process;
    const store = this.#store(box);
    store.beginSubmission?.(box, message, ({ kind }, key) => {
      if (process.isDead) return;
      if (kind === 'unavailable' || key === null) {
        this.#ledger.refused(fact);
        report.refused += 1;
        return;
      }
      fact.isBegun = true;
      report.acknowledged += 1;
      if (random.below(15) === 0) this.#cut(`as ${id} had begun`);
      const end = random.below(8);
      if (end === 0) return;
      if (end === 1) {
        fact.isBegun = false;
        store.settleSubmission?.(key);
      } else this.#storeCopy(fact, key);
    });
  }

  #storeCopy(fact: Fact, key: SubmissionKey): void {
    const process = this.#process;
    const copy = { ...fact.message, deliveryIdentifier: octetsOfKey(key) };
    this.#store(fact.mailbox).deliver(fact.mailbox, copy, ({ outcome, sequence, isRepetition }) => {
      if (process.isDead || outcome.kind === 'unavailable') return;
      this.#faulty(this.#ledger.delivered(fact, sequence, isRepetition));
      if (this.#run.random.below(15) === 0) this.#cut(`as the copy of ${fact.id} was stored`);
    });
  }

  #remove(mailbox: BoxId, facts: readonly Fact[]): void {
    const process = this.#process;
    const sequences = facts.flatMap(({ sequence }) => (sequence === null ? [] : [sequence]));
    if (sequences.length === 0) return;
    for (const fact of facts) fact.isRemovalAsked = true;
    this.#store(mailbox).remove(mailbox, sequences, ({ kind }) => {
      if (process.isDead || kind !== 'committed') return;
      for (const fact of facts) this.#ledger.removed(fact);
      if (this.#run.random.below(10) === 0) this.#cut('as a removal was answered');
    });
  }

  #convey(mailbox: MailboxId, facts: readonly Fact[]): void {
    const changes = facts.flatMap((fact) => {
      const status = STATUSES[this.#run.random.below(2)] ?? 'listed';
      if (fact.sequence === null) return [];
      this.#ledger.conveyed(fact, status);
      return [{ sequence: fact.sequence, status, conveyed: 1 }];
    });
    this.#store(mailbox).markConveyed(mailbox, changes);
  }

  /** As their owner says, back too. */
  #restate(mailbox: BoxId, some: readonly Fact[]): void {
    const { random } = this.#run;
    const process = this.#process;
    const store = this.#store(mailbox);
    const facts = some.filter(({ setting }) => setting === null);
    const changes = facts.flatMap((fact) => {
      const { sequence } = fact;
      if (sequence === null || store.restate === undefined) return [];
      const status = (['new', ...STATUSES] as const)[random.below(3)] ?? 'new';
      this.#ledger.setting(fact, status);
      return [{ sequence, status, conveyed: 0 }];
    });
    if (changes.length === 0) return;
    store.restate?.(mailbox, changes, ({ kind }) => {
      if (process.isDead) return;
      for (const fact of facts) this.#ledger.settled(fact, kind === 'committed');
      if (random.below(5) === 0) this.#cut('as a status was set');
    });
  }
}
