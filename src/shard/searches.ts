/**
 * Operations that take longer than others may be made to wait. Each is given one slice at once, in
 * which nearly all of them end; the others go on in turns, a slice each, with a pause as long as
 * the slice where somebody else has asked for something meanwhile.
 *
 * Of one mailbox any number may read at a time; what deletes or modifies waits until they have
 * ended, and whatever comes after it waits behind it. Nothing but deliveries changes which entries
 * there are while a search goes on, and what is delivered stands at the end, where it still has to
 * come: so it finds what it would have found, had it been done at once at its end. The status of an
 * entry is that of the moment in which it is looked at, for others read it too.
 *
 * Invariant: each operation is ended or refused, and no two that change a mailbox are under way.
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
export interface Search {
  readonly work: Sliced<void>;
  /** It came to an error, which may be a bug: then this throws. */
  readonly failed: (error: unknown) => void;
  /** It deletes or modifies what it finds. */
  readonly isChange: boolean;
}

/** What a mailbox has under way, and what waits for that. Of one without either there is none. */
interface Queue {
  readonly mailbox: MailboxId;
  reading: number;
  isChanging: boolean;
  readonly waiting: { readonly isChange: boolean; readonly begin: () => void }[];
}

/** Takes a slice. True: nothing is left of it. */
type Turn = () => boolean;

export class Searches implements Pace {
  readonly #clock: Clock;
  readonly #afterTurn: () => void;
  readonly #queues = new Map<MailboxId, Queue>();
  /** The first few take turns; the others have begun, and wait for theirs. */
  readonly #line: Turn[] = [];
  #turn = 0;
  #suspended = 0;
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

  /** Somebody has asked for something: until the next slice there is a pause. */
  noteOthers(): void {
    this.#hasOthers = true;
  }

  /** Calls back, to begin the operation, at once or when those before it have ended. */
  admit(mailbox: MailboxId, isChange: boolean, begin: () => void): void {
    const queue = this.#queues.get(mailbox);
    if (queue === undefined || (queue.waiting.length === 0 && isFree(queue, isChange))) begin();
    else queue.waiting.push({ isChange, begin });
  }

  /** Begins at once; what is not done in one slice goes on later. */
  run(mailbox: MailboxId, search: Search): void {
    // What has waited for its turn shares the slice with what else has.
    if (!this.#isInTurn) this.#beginSlice();
    if (this.#step(search)) return;
    if (this.#suspended >= SEARCHES_SUSPENDED_MAX) search.failed(serviceError('busy'));
    else this.#suspend(mailbox, search);
  }

  /** Nothing goes on any more, and nobody is answered. */
  stop(): void {
    this.#cancel?.();
    this.#queues.clear();
    this.#line.length = 0;
  }

  #beginSlice(): void {
    this.#endMs = this.#clock.monotonicMs() + SEARCH_SLICE_MS;
  }

  #suspend(mailbox: MailboxId, search: Search): void {
    const none = { mailbox, reading: 0, isChanging: false, waiting: [] };
    const queue = this.#queues.get(mailbox) ?? none;
    this.#queues.set(mailbox, queue);
    if (search.isChange) queue.isChanging = true;
    else queue.reading += 1;
    this.#suspended += 1;
    this.#line.push(() => {
      if (!this.#step(search)) return false;
      this.#ended(queue, search);
      return true;
    });
    this.#schedule();
  }

  #ended(queue: Queue, { isChange }: Search): void {
    this.#suspended -= 1;
    if (isChange) queue.isChanging = false;
    else queue.reading -= 1;
    // They have waited long enough, and hold nothing yet.
    if (this.#hasNext(queue)) this.#line.unshift(() => this.#beginWaiting(queue));
    this.#forget(queue);
  }

  #hasNext(queue: Queue): boolean {
    const [next] = queue.waiting;
    return next !== undefined && isFree(queue, next.isChange);
  }

  /** As many of those that wait as one slice, and what they begin, allow. */
  #beginWaiting(queue: Queue): boolean {
    while (this.#hasNext(queue)) {
      queue.waiting.shift()?.begin();
      if (this.isOver && this.#hasNext(queue)) return false;
    }
    this.#forget(queue);
    return true;
  }

  #forget(queue: Queue): void {
    const isIdle = queue.reading === 0 && !queue.isChanging && queue.waiting.length === 0;
    if (isIdle) this.#queues.delete(queue.mailbox);
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
    const turn = this.#line[this.#turn];
    if (turn === undefined) return;
    this.#isInTurn = true;
    this.#beginSlice();
    try {
      if (turn()) this.#leave(turn);
    } finally {
      this.#isInTurn = false;
    }
    this.#afterTurn();
    this.#schedule();
  }

  /** The next turn is that of the one behind it. */
  #leave(turn: Turn): void {
    const at = this.#line.indexOf(turn);
    this.#line.splice(at, 1);
    this.#turn = at - 1;
  }
}

/** Whether an operation may begin beside what is under way. */
function isFree({ reading, isChanging }: Queue, isChange: boolean): boolean {
  return !isChanging && !(isChange && reading > 0);
}
