/**
 * Submission towards the MTS: which MTA takes what a mailbox's user submits, under which name, and
 * how much may be on its way. The store's end of the seam in engine/mts-port.
 *
 * Source: ours; X.411 (1999) 8.2.
 */
import type { MailboxId } from '../engine/mailbox-id.js';
import type { MtsPort, SubmissionOperation, SubmissionOutcome } from '../engine/mts-port.js';
import { SUBMISSIONS_BYTES_MAX, SUBMISSIONS_MAX } from '../limits.js';
import { AssociationBudget } from './association-budget.js';
import type { DeliveryServices } from './delivery-port.js';
import {
  type MtaAccess,
  type OpenConnection,
  SubmissionLink,
  type Submitter,
} from './submission-link.js';
import { type PoolParts, SubmissionPool } from './submission-pool.js';

/** What a mailbox's submissions go to, and as whom the store binds for them. */
export interface SubmissionRoute {
  readonly access: MtaAccess;
  readonly connect: OpenConnection;
  readonly submitter: Submitter;
  /** Mailboxes with the same label at one MTA share associations. */
  readonly label: string;
}

export interface SubmissionsOptions {
  readonly services: DeliveryServices;
  /** In the order in which they are tried; none: nobody takes what the mailbox submits. */
  readonly routesOf: (mailbox: MailboxId) => readonly SubmissionRoute[];
  readonly bounds?: { readonly operations: number; readonly bytes: number };
  readonly pool?: Pick<PoolParts, 'random' | 'retryMinMs' | 'waitMaxMs'>;
}

interface Submission {
  readonly mailbox: MailboxId;
  readonly operation: SubmissionOperation;
  readonly argument: Uint8Array;
  readonly done: (outcome: SubmissionOutcome) => void;
}

/** What has been submitted since the start, by its outcome, and what is under way. */
export interface SubmissionStatistics {
  readonly underWay: number;
  readonly underWayBytes: number;
  readonly results: number;
  readonly errors: number;
  readonly rejects: number;
  /** Refused, for no MTA could be reached. */
  readonly unreachable: number;
  /** Sent and not answered: nobody knows what became of them. */
  readonly uncertain: number;
}

export class Submissions implements MtsPort {
  readonly #options: SubmissionsOptions;
  readonly #operationsMax: number;
  readonly #bytesMax: number;
  readonly #pools = new Map<string, SubmissionPool>();
  readonly #budgets = new Map<string, AssociationBudget>();
  readonly #roomListeners = new Set<() => void>();
  #operations = 0;
  #bytes = 0;
  #isClosing = false;
  readonly #counts = { results: 0, errors: 0, rejects: 0, unreachable: 0, uncertain: 0 };

  constructor(options: SubmissionsOptions) {
    this.#options = options;
    const { bounds = { operations: SUBMISSIONS_MAX, bytes: SUBMISSIONS_BYTES_MAX } } = options;
    this.#operationsMax = bounds.operations;
    this.#bytesMax = bounds.bytes;
  }

  get hasRoom(): boolean {
    return this.#operations < this.#operationsMax && this.#bytes < this.#bytesMax;
  }

  get statistics(): SubmissionStatistics {
    return { underWay: this.#operations, underWayBytes: this.#bytes, ...this.#counts };
  }

  onRoom(listener: () => void): void {
    this.#roomListeners.add(listener);
  }

  submit(
    mailbox: MailboxId,
    operation: SubmissionOperation,
    argument: Uint8Array,
    done: (outcome: SubmissionOutcome) => void,
  ): void {
    const routes = this.#routesOf(mailbox, operation, argument);
    const refusal = this.#refusalOf(routes);
    if (refusal !== null) {
      setImmediate(() => done({ kind: 'unreachable', detail: refusal, wasSent: false }));
      return;
    }
    this.#operations += 1;
    this.#bytes += argument.length;
    const finish = (outcome: SubmissionOutcome) => {
      this.#operations -= 1;
      this.#bytes -= argument.length;
      this.#counts[countOf(outcome)] += 1;
      done(outcome);
      this.#tellRoom();
    };
    const submission = { mailbox, operation, argument, done: finish };
    // The caller is told later, also of what is refused at once.
    setImmediate(() => this.#try(routes, submission));
  }

  /** Why nothing is tried; null: it is. */
  #refusalOf(routes: readonly SubmissionRoute[]): string | null {
    if (this.#isClosing) return 'the store stops';
    if (routes.length === 0) return 'no MTA takes submissions';
    return this.hasRoom ? null : 'too much is on its way';
  }

  /** By the first; by the next where that one cannot be reached, and nothing was sent. */
  #try([route, ...others]: readonly SubmissionRoute[], submission: Submission): void {
    const { mailbox, operation, argument, done } = submission;
    if (route === undefined) return;
    this.#poolOf(route).submit(operation, argument, (outcome) => {
      const isNext = outcome.kind === 'unreachable' && !outcome.wasSent && others.length > 0;
      if (isNext) {
        this.#try(others, submission);
        return;
      }
      if (outcome.kind === 'result' && operation !== 'cancel-deferred-delivery') {
        const made = { mailbox, mta: route.access.name };
        this.#options.services.reportRoutes.remember(made, outcome.result);
      }
      done(outcome);
    });
  }

  /** Only the MTA that has a message can cancel it. */
  #routesOf(
    mailbox: MailboxId,
    operation: SubmissionOperation,
    argument: Uint8Array,
  ): readonly SubmissionRoute[] {
    const routes = this.#options.routesOf(mailbox);
    if (operation !== 'cancel-deferred-delivery' || routes.length < 2) return routes;
    const mta = this.#options.services.reportRoutes.mtaOf(argument);
    const own = routes.filter(({ access }) => access.name === mta);
    return own.length > 0 ? own : routes.slice(0, 1);
  }

  /**
   * Refuses what waits, and releases the associations as soon as what is on them is answered.
   * Resolves when they are gone; those that are not in time are aborted.
   */
  async close(timeMs: number): Promise<void> {
    this.#isClosing = true;
    const pools = [...this.#pools.values()];
    const late = setTimeout(() => {
      for (const pool of pools) pool.abort();
    }, timeMs);
    await Promise.all(pools.map((pool) => pool.close()));
    clearTimeout(late);
  }

  #poolOf({ access, connect, submitter, label }: SubmissionRoute): SubmissionPool {
    const key = `${access.name}\n${label}`;
    const known = this.#pools.get(key);
    if (known !== undefined) return known;
    const { services, pool: poolOptions } = this.#options;
    const parts = { access, submitter, services, connect };
    const pool = new SubmissionPool({
      ...poolOptions,
      access,
      label,
      log: services.log,
      budget: this.#budgetOf(access),
      open: (onEnd) => SubmissionLink.open({ ...parts, onEnd }),
      onEmpty: () => this.#pools.delete(key),
    });
    this.#pools.set(key, pool);
    return pool;
  }

  #budgetOf({ name, associationsMax }: MtaAccess): AssociationBudget {
    const budget = this.#budgets.get(name) ?? new AssociationBudget(associationsMax);
    this.#budgets.set(name, budget);
    return budget;
  }

  #tellRoom(): void {
    if (!this.hasRoom) return;
    const listeners = [...this.#roomListeners];
    this.#roomListeners.clear();
    for (const listener of listeners) listener();
  }
}

function countOf(
  outcome: SubmissionOutcome,
): keyof Omit<SubmissionStatistics, 'underWay' | 'underWayBytes'> {
  if (outcome.kind === 'unreachable') return outcome.wasSent ? 'uncertain' : 'unreachable';
  return `${outcome.kind}s`;
}
