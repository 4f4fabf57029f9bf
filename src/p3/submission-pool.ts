/**
 * The associations of one submitter to one MTA: opened when there is something to submit, one more
 * when all are full, released when they have done nothing for a while. After a failure the next
 * attempt waits, and until then submissions are refused, at once or after the time they may wait.
 *
 * Nothing is submitted twice: what was sent on an association that is lost is told as that, and
 * the submitter decides. What was not sent waits for the next association.
 *
 * Invariant: every submission is answered once, at the latest when its time to wait is over or the
 * association that it went out on has ended.
 *
 * Source: ours; X.411 (1999) 8.2.
 */
import { Fifo } from '../base/fifo.js';
import type { SubmissionOperation, SubmissionOutcome } from '../engine/mts-port.js';
import {
  MTA_RETRY_MAX_MS,
  MTA_RETRY_MIN_MS,
  MTA_TURN_OPERATIONS,
  SUBMISSION_WAIT_MAX_MS,
} from '../limits.js';
import type { Log } from '../telemetry/log.js';
import { MTS_ERROR } from '../x411/application-contexts.js';
import type { AssociationBudget } from './association-budget.js';
import type { MtaAccess, SubmissionLink } from './submission-link.js';

export interface PoolParts {
  readonly access: MtaAccess;
  /** The submitter, for the log. */
  readonly label: string;
  readonly log: Log;
  readonly budget: AssociationBudget;
  /** Opens an association. Rejects with an error whose message says what is wrong. */
  readonly open: (onEnd: (link: SubmissionLink, detail: string) => void) => Promise<SubmissionLink>;
  /** From 0 to below 1; so that the stores of one MTA do not come back all at once. */
  readonly random?: () => number;
  readonly retryMinMs?: number;
  readonly waitMaxMs?: number;
  /** Called when nothing is left here that anybody needs. */
  readonly onEmpty?: () => void;
}

interface Submission {
  readonly operation: SubmissionOperation;
  readonly argument: Uint8Array;
  readonly done: (outcome: SubmissionOutcome) => void;
  readonly sinceMs: number;
}

const VIOLATED: SubmissionOutcome = {
  kind: 'error',
  code: MTS_ERROR.submissionControlViolated,
  parameter: null,
};

export class SubmissionPool {
  readonly #parts: PoolParts;
  readonly #queue = new Fifo<Submission>();
  /** Each with how long it took to open, in milliseconds. */
  readonly #links = new Map<SubmissionLink, number>();
  /** What ends a link that does nothing, while it does nothing. */
  readonly #idle = new Map<SubmissionLink, () => void>();
  readonly #whenFree = () => this.#pump();
  #isOpening = false;
  #isStopping = false;
  #failures = 0;
  #failure = '';
  #retryAtMs = 0;
  #expiry: NodeJS.Timeout | null = null;
  #retry: NodeJS.Timeout | null = null;
  #closed: (() => void) | null = null;

  constructor(parts: PoolParts) {
    this.#parts = parts;
  }

  submit(
    operation: SubmissionOperation,
    argument: Uint8Array,
    done: (outcome: SubmissionOutcome) => void,
  ): void {
    if (this.#isStopping) {
      done({ kind: 'unreachable', detail: 'the store stops', wasSent: false });
      return;
    }
    this.#queue.push({ operation, argument, done, sinceMs: performance.now() });
    this.#pump();
    this.#watch();
  }

  /** Refuses what waits; releases what is open as soon as it is answered, and resolves then. */
  close(): Promise<void> {
    this.#isStopping = true;
    this.#refuseAll('the store stops');
    for (const link of this.#links.keys()) link.close();
    return new Promise((resolve) => {
      this.#closed = resolve;
      this.#tellEmpty();
    });
  }

  abort(): void {
    for (const link of this.#links.keys()) link.abort();
  }

  #pump(): void {
    for (let next = this.#queue.peek(); next !== undefined; next = this.#queue.peek()) {
      const { operation, argument, done } = next;
      const open = [...this.#links.keys()].filter(
        (link) => link.isOpen && !this.#hasHadItsTurn(link),
      );
      const permitting = open.filter((link) => link.permits(operation, argument));
      const link = leastLoaded(permitting);
      if (link !== null && link.outstanding < this.#parts.access.operationsMax) {
        this.#queue.take();
        this.#send(link, next);
      } else if (open.length > 0 && permitting.length === 0) {
        this.#queue.take();
        done(VIOLATED);
      } else {
        this.#grow();
        return;
      }
    }
    this.#parts.budget.forget(this.#whenFree);
  }

  /** Others wait for an association, and it has carried its share: it ends when all is answered. */
  #hasHadItsTurn(link: SubmissionLink): boolean {
    return link.answered >= MTA_TURN_OPERATIONS && this.#parts.budget.isWanted(this.#whenFree);
  }

  #send(link: SubmissionLink, { operation, argument, done }: Submission): void {
    this.#busy(link);
    link.submit(operation, argument, (outcome) => {
      done(outcome);
      this.#pump();
      this.#rest(link);
    });
  }

  /** The queue has to wait: for another association, where there may be one. */
  #grow(): void {
    if (this.#isOpening || this.#isStopping) return;
    const waitMs = this.#retryAtMs - performance.now();
    if (waitMs > 0) {
      if (this.#links.size === 0) this.#holdOut(waitMs);
      return;
    }
    if (this.#parts.budget.take(this.#whenFree)) void this.#open();
  }

  /** The MTA cannot be reached before `waitMs`: who may wait waits. */
  #holdOut(waitMs: number): void {
    const { unreachableWaitMs } = this.#parts.access;
    this.#refuseOlder(unreachableWaitMs, this.#failure);
    const next = this.#queue.peek();
    if (next === undefined || this.#retry !== null) return;
    const leftMs = next.sinceMs + unreachableWaitMs - performance.now();
    this.#retry = setTimeout(() => {
      this.#retry = null;
      this.#pump();
    }, Math.min(waitMs, leftMs) + 1).unref();
  }

  async #open(): Promise<void> {
    this.#isOpening = true;
    const startMs = performance.now();
    const { access, label, log, budget } = this.#parts;
    const link = await this.#parts
      .open((ended, detail) => this.#ended(ended, detail))
      .catch((error: Error) => {
        this.#failed(error.message);
        return null;
      });
    this.#isOpening = false;
    if (link === null) budget.give();
    else if (link.isOpen) {
      this.#links.set(link, performance.now() - startMs);
      log.info('p3.mta.bound', 'bound to an MTA', { mta: access.name, as: label });
      if (this.#isStopping) link.abort();
    }
    this.#pump();
    if (link !== null) this.#rest(link);
    this.#tellEmpty();
  }

  #ended(link: SubmissionLink, detail: string): void {
    const { access, label, log, budget } = this.#parts;
    this.#busy(link);
    this.#links.delete(link);
    const fields = { mta: access.name, as: label, detail };
    log.info('p3.mta.ended', 'an association to an MTA ended', fields);
    // One that was of no use would be opened again and again.
    if (link.isUseless) this.#failed(detail);
    else this.#failures = 0;
    budget.give();
    this.#pump();
    this.#tellEmpty();
  }

  #failed(detail: string): void {
    const { access, label, log, random = Math.random } = this.#parts;
    const { retryMinMs = MTA_RETRY_MIN_MS } = this.#parts;
    const fullMs = Math.min(MTA_RETRY_MAX_MS, retryMinMs * 2 ** this.#failures);
    const waitMs = Math.round(fullMs * (0.5 + random() / 2));
    this.#failures += 1;
    this.#failure = detail;
    this.#retryAtMs = performance.now() + waitMs;
    const fields = { mta: access.name, as: label, detail, waitMs };
    log.warn('p3.mta.unreachable', 'an MTA cannot be bound to', fields);
  }

  /**
   * Where it has nothing to do it is kept for a while. For whoever waits it makes room when it has
   * done nothing for as long as it took to open: who submits one after another has the next at
   * hand, and nobody loses more by waiting for that than by opening it again.
   */
  #rest(link: SubmissionLink): void {
    const { access, budget } = this.#parts;
    if (link.outstanding > 0 || !link.isOpen || this.#idle.has(link)) return;
    const pauseMs = this.#hasHadItsTurn(link) ? 0 : (this.#links.get(link) ?? 0);
    const untilMs = performance.now() + pauseMs;
    const close = () => {
      this.#busy(link);
      link.close();
    };
    let timer = setTimeout(close, access.idleMs).unref();
    const makeRoom = () => {
      clearTimeout(timer);
      timer = setTimeout(close, Math.max(0, untilMs - performance.now())).unref();
    };
    this.#idle.set(link, () => {
      clearTimeout(timer);
      budget.busy(makeRoom);
    });
    budget.idle(makeRoom);
  }

  #busy(link: SubmissionLink): void {
    this.#idle.get(link)?.();
    this.#idle.delete(link);
  }

  #refuseAll(detail: string): void {
    this.#refuseOlder(0, detail);
  }

  /** Refuses who has waited for so long. */
  #refuseOlder(ageMs: number, detail: string): void {
    for (let next = this.#queue.peek(); next !== undefined; next = this.#queue.peek()) {
      if (ageMs > 0 && performance.now() - next.sinceMs < ageMs) return;
      this.#queue.take();
      next.done({ kind: 'unreachable', detail, wasSent: false });
    }
  }

  /** Whoever waits longest is looked at when his time is over. */
  #watch(): void {
    const next = this.#queue.peek();
    if (next === undefined || this.#expiry !== null) return;
    const { waitMaxMs = SUBMISSION_WAIT_MAX_MS } = this.#parts;
    const leftMs = Math.max(0, next.sinceMs + waitMaxMs - performance.now());
    this.#expiry = setTimeout(() => {
      this.#expiry = null;
      this.#refuseOlder(waitMaxMs, 'no association was free in time');
      this.#pump();
      this.#watch();
    }, leftMs).unref();
  }

  #tellEmpty(): void {
    if (this.#links.size > 0 || this.#queue.size > 0) return;
    this.#closed?.();
    // What has failed is kept: the next attempt must wait.
    if (!this.#isOpening && this.#failures === 0) this.#parts.onEmpty?.();
  }
}

function leastLoaded(links: readonly SubmissionLink[]): SubmissionLink | null {
  let least: SubmissionLink | null = null;
  for (const link of links) {
    if (least === null || link.outstanding < least.outstanding) least = link;
  }
  return least;
}
