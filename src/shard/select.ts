/**
 * Selection: class, main or child, range, filter, limit, in this order. Entries come in ascending
 * order of their numbers, and one more than the limit is looked for, for it is the `next`.
 *
 * In 1994 an inverted range is no error: its entries come in descending order, and `next` is the
 * next lower one.
 *
 * Source: X.413 (1999) 8.1.1 to 8.1.3.
 */

import { secondsOfUtcTime } from '../asn1/time.js';
import { SELECTION_MESSAGES_MAX, SELECTION_QUESTIONS_MAX } from '../limits.js';
import type { ScanOptions } from '../store/contract.js';
import type { Edition } from '../x413/common.js';
import type { Entry } from '../x413/entry.js';
import { invalidParametersError, rangeError } from '../x413/errors.js';
import type { Range, Selector } from '../x413/selector.js';
import type { AttributeProblems } from './attribute-problems.js';
import { scanOptionsOf } from './column-conditions.js';
import { type CompiledFilter, compileFilter, NO_FILTER } from './compile-filter.js';
import type { OperationContext } from './operation.js';
import { NO_PACE, type Sliced } from './sliced.js';
import { StoredSource } from './stored-source.js';

export interface Selection {
  readonly entries: readonly Entry[];
  /** The entry that would have come next, had nothing cut. */
  readonly next: number | null;
}

/** A selector whose filter is compiled. Its range is judged when it is used, for errors of
 * attributes come before those of ranges. */
export interface PreparedSelector {
  readonly selector: Selector;
  readonly filter: CompiledFilter;
  readonly edition: Edition;
}

/** Where is selected. */
export type Place = Pick<OperationContext, 'mailbox' | 'marks' | 'pace'>;

interface Bounds {
  readonly from: number | null;
  readonly to: number | null;
  readonly fromTime: number | null;
  readonly toTime: number | null;
  readonly isDescending: boolean;
}

/** What is wrong with the filter is put among the problems; refuse them before selecting. */
export function prepareSelector(
  selector: Selector,
  edition: Edition,
  problems: AttributeProblems,
): PreparedSelector {
  const { filter } = selector;
  const compiled = filter === undefined ? NO_FILTER : compileFilter(filter, edition, problems);
  return { selector, filter: compiled, edition };
}

/** Selects at most `cap` entries, or fewer where the selector says so. Throws MsRefusal. */
export function* select(
  context: Place,
  prepared: PreparedSelector,
  cap: number,
  messagesMax?: number,
): Sliced<Selection> {
  const limit = Math.min(prepared.selector.limit ?? cap, cap);
  const entries: Entry[] = [];
  const matches = new Matches(context, prepared, messagesMax);
  for (const source of matches) {
    if (source === null) yield;
    else if (entries.length === limit) return { entries, next: source.entry.sequence };
    else entries.push(source.entry);
  }
  return { entries, next: matches.cutAt };
}

/**
 * Whatever a selector finds, in its order, with no regard to its limit; lazily, so that no message
 * is held longer than it is looked at. It comes to null wherever others are to have their turn. A
 * walk that has opened `messagesMax` messages, or asked very many entries for very many things, is
 * stopped.
 */
export class Matches implements Iterable<StoredSource | null> {
  readonly #place: Place;
  readonly #prepared: PreparedSelector;
  readonly #bounds: Bounds;
  readonly #messagesMax: number;
  readonly #questionsMax: number;
  #opened = 0;
  #asked = 0;
  /** The entry at which the walk was stopped, that is where to go on. */
  cutAt: number | null = null;

  /** Throws MsRefusal for a range that is none. */
  constructor(place: Place, prepared: PreparedSelector, messagesMax = SELECTION_MESSAGES_MAX) {
    this.#place = place;
    this.#prepared = prepared;
    this.#bounds = boundsOf(prepared.selector.range, prepared.edition);
    this.#messagesMax = messagesMax;
    this.#questionsMax =
      messagesMax === Number.POSITIVE_INFINITY ? messagesMax : SELECTION_QUESTIONS_MAX;
  }

  *[Symbol.iterator](): IterableIterator<StoredSource | null> {
    const { mailbox, marks } = this.#place;
    const { test, itemCount } = this.#prepared.filter;
    for (const entry of this.#entries()) {
      if (entry === null) {
        yield null;
        continue;
      }
      if (this.#opened >= this.#messagesMax || this.#asked >= this.#questionsMax) {
        this.cutAt = entry.sequence;
        return;
      }
      const source = new StoredSource(mailbox, entry, marks);
      const isSelected = test === null || test(source);
      this.#asked += test === null ? 0 : itemCount;
      if (isSelected) yield source;
      if (source.isOpen) this.#opened += 1;
    }
  }

  #entries(): Iterable<Entry | null> {
    const { selector, filter } = this.#prepared;
    const { from, to, fromTime, toTime, isDescending } = this.#bounds;
    const conditions = [...filter.conditions];
    if (fromTime !== null || toTime !== null) {
      const end = toTime ?? Number.POSITIVE_INFINITY;
      conditions.push({ column: 'creationTime', from: fromTime ?? 0, to: end });
    }
    const options = scanOptionsOf(conditions, { from, to }, selector.childEntries);
    return isDescending ? this.#downwards(options) : this.#upwards(options);
  }

  /** After a pause the scan begins anew where it was: it does not outlive a change. */
  *#upwards(options: ScanOptions): IterableIterator<Entry | null> {
    const { mailbox, pace = NO_PACE } = this.#place;
    let { from } = options;
    for (let isDone = false; !isDone; ) {
      isDone = true;
      for (const entry of mailbox.scan({ ...options, from })) {
        yield entry;
        if (!pace.isOver) continue;
        from = entry.sequence + 1;
        isDone = false;
        break;
      }
      if (!isDone) yield null;
    }
  }

  /** The index goes upwards only; of what it finds the numbers are kept, and nothing else. */
  *#downwards(options: ScanOptions): IterableIterator<Entry | null> {
    const { mailbox, pace = NO_PACE } = this.#place;
    const numbers: number[] = [];
    for (const { sequence } of mailbox.scan(options)) numbers.push(sequence);
    for (let number = numbers.pop(); number !== undefined; number = numbers.pop()) {
      const entry = mailbox.entry(number);
      if (entry !== null) yield entry;
      if (pace.isOver) yield null;
    }
  }
}

function boundsOf(range: Range | undefined, edition: Edition): Bounds {
  const open = { from: null, to: null, fromTime: null, toTime: null, isDescending: false };
  if (range === undefined) return open;
  const { from, to } = range.value;
  if (range.kind === 'sequenceNumberRange') {
    const ordered = inOrder(from as number | undefined, to as number | undefined, edition);
    return { ...open, ...ordered };
  }
  const times = [from, to].map((time) => secondsOf(time as string | undefined));
  const ordered = inOrder(times[0], times[1], edition);
  const { from: fromTime, to: toTime, isDescending } = ordered;
  return { ...open, fromTime, toTime, isDescending };
}

function inOrder(from: number | undefined, to: number | undefined, edition: Edition) {
  if (from === undefined || to === undefined || from <= to) {
    return { from: from ?? null, to: to ?? null, isDescending: false };
  }
  if (edition === '88') throw rangeError();
  return { from: to, to: from, isDescending: true };
}

function secondsOf(time: string | undefined): number | undefined {
  if (time === undefined) return undefined;
  const seconds = secondsOfUtcTime(time);
  if (seconds === null) throw invalidParametersError();
  return seconds;
}
