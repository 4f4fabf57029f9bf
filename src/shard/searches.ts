/**
 * Operations that take longer than others may be made to wait. Each is given one slice at once, in
 * which nearly all of them end; the others go on in turns, a slice each, with a pause as long as
 * the slice where somebody else has asked for something meanwhile.
 *
 * While an operation of a mailbox is under way, further ones of the same mailbox wait behind it, in
 * their order. Nothing but deliveries changes a mailbox meanwhile, and what is delivered stands at
 * its end: so the operation sees what it would have seen, had it been done at once at its end.
 *
 * Invariant: one operation of a mailbox is under way at most, and each is ended or refused.
 *
 * Source: ours; X.413 (1999) 9.10 for service-error busy.
 */
import type { Clock } from '../base/clock.js';
import type { MailboxId } from '../engine/mailbox-id.js';
import {
  SEARCH_SHARE,
  SEARCH_SLICE_MS,
  SEARCHES_AT_ONCE_MAX,
  SEARCHES_SUSPENDED_MAX,
} from '../limits.js';
import { serviceError } from '../x413/errors.js';
import type { Pace, Sliced } from './sliced.js';

/** An operation; it answers by itself. */
interface Search {
  readonly work: Sliced<void>;
  /** It came to an error, which may be a bug: then this throws. */
  readonly failed: (error: unknown) => void;
}

/** What a mailbox has under way, and what waits for it. */
interface Lane {
  readonly mailbox: MailboxId;
  search: Search | null;
  readonly waiting: (() => void)[];
}

export class Searches implements Pace {
  readonly #clock: Clock;
  readonly #afterTurn: () => void;
  readonly #lanes = new Map<MailboxId, Lane>();
  /** The lanes in the order in which they get their turns. */
  #line: Lane[] = [];
  #turn = 0;
  #endMs = 0;
  #hasOthers = false;
  #isInTurn = false;
  #cancel: (() => void) | null = null;

  /** `afterTurn`: called when a turn has ended, for what was changed in it. */
  constructor(clock: Clock, afterTurn: () => void) {
    this.#clock = clock;
    this.#afterTurn = afterTurn;
  }

  get isOver(): boolean {
    return this.#clock.monotonicMs() >= this.#endMs;
  }

  /** Whether further operations of the mailbox have to wait. */
  isUnderWay(mailbox: MailboxId): boolean {
    return this.#lanes.has(mailbox);
  }

  /** Calls back when the operations of the mailbox before it have ended. */
  wait(mailbox: MailboxId, act: () => void): void {
    this.#lanes.get(mailbox)?.waiting.push(act);
  }

  /** Somebody has asked for something: until the next slice there is a pause. */
  noteOthers(): void {
    this.#hasOthers = true;
  }

  /** Begins at once; what is not done in one slice goes on later. */
  run(mailbox: MailboxId, search: Search): void {
    // What has waited for its turn shares the slice with what else has.
    if (!this.#isInTurn) this.#beginSlice();
    if (this.#step(search)) return;
    const lane = this.#lanes.get(mailbox);
    if (lane !== undefined) lane.search = search;
    else if (this.#lanes.size >= SEARCHES_SUSPENDED_MAX) search.failed(serviceError('busy'));
    else this.#suspend({ mailbox, search, waiting: [] });
  }

  /** Nothing goes on any more, and nobody is answered. */
  stop(): void {
    this.#cancel?.();
    this.#lanes.clear();
    this.#line = [];
  }

  #beginSlice(): void {
    this.#endMs = this.#clock.monotonicMs() + SEARCH_SLICE_MS;
  }

  #suspend(lane: Lane): void {
    this.#lanes.set(lane.mailbox, lane);
    this.#line.push(lane);
    this.#schedule();
  }

  /** One slice; true where the operation has ended with it. */
  #step({ work, failed }: Search): boolean {
    try {
      return work.next().done === true;
    } catch (error) {
      failed(error);
      return true;
    }
  }

  #schedule(): void {
    if (this.#cancel !== null || this.#line.length === 0) return;
    const pauseMs = (SEARCH_SLICE_MS * (1 - SEARCH_SHARE)) / SEARCH_SHARE;
    if (this.#hasOthers) {
      const timer = setTimeout(() => this.#takeTurn(), pauseMs);
      this.#cancel = () => clearTimeout(timer);
    } else {
      const immediate = setImmediate(() => this.#takeTurn());
      this.#cancel = () => clearImmediate(immediate);
    }
    this.#hasOthers = false;
  }

  #takeTurn(): void {
    this.#cancel = null;
    this.#turn = (this.#turn + 1) % Math.min(this.#line.length, SEARCHES_AT_ONCE_MAX);
    const lane = this.#line[this.#turn];
    if (lane === undefined) return;
    this.#isInTurn = true;
    this.#beginSlice();
    try {
      this.#advance(lane);
    } finally {
      this.#isInTurn = false;
    }
    this.#afterTurn();
    this.#schedule();
  }

  /** Goes on with what is under way, and with what waits for it, as far as one slice reaches. */
  #advance(lane: Lane): void {
    if (lane.search !== null && this.#step(lane.search)) {
      lane.search = null;
      this.#toTheEnd(lane);
    }
    while (lane.search === null && !this.isOver) {
      const next = lane.waiting.shift();
      if (next === undefined) {
        this.#lanes.delete(lane.mailbox);
        this.#line = this.#line.filter((other) => other !== lane);
        return;
      }
      next();
    }
  }

  /** Who has had all it asked for lets those go first that wait for theirs. */
  #toTheEnd(lane: Lane): void {
    this.#line = [...this.#line.filter((other) => other !== lane), lane];
  }
}
