/**
 * How messages and reports of an MTA reach the mailboxes: over an association of its own to the
 * store of each (forced access), or on one that the recipient has opened himself. Temporary trouble
 * is tried again for a while, as an MTA does that keeps what it has taken.
 *
 * Source: X.411 (1999) 8.3, 9.4; the retries are ours.
 */
import { MTS_ERROR } from '../../x411/application-contexts.js';
import { orAddressKey } from '../../x411/or-address-key.js';
import { orNameOf } from '../address.js';
import type { DeliveryControl } from '../delivery-control.js';
import type { NetworkAddress } from '../dialogue.js';
import { AbstractError, RejectedError } from '../errors.js';
import { MtaLink, type MtaLinkOptions } from '../mta.js';
import type { AccessSession } from './access-session.js';
import { NON_DELIVERY, type RecipientOutcome } from './submitted.js';

/** A store to which the MTA delivers over an association that it opens. */
export interface StoreRoute extends MtaLinkOptions, NetworkAddress {
  /** O/R addresses of the mailboxes; absent: every address that no other route names. */
  readonly recipients?: readonly string[];
}

export interface DistributorOptions {
  readonly stores: readonly StoreRoute[];
  /** Between two attempts. */
  readonly retryMs: number;
  /** After so long it gives up and reports non-delivery. */
  readonly giveUpMs: number;
}

type DeliveryKind = 'message' | 'report';

export class Distributor {
  readonly #options: DistributorOptions;
  readonly #byKey = new Map<string, StoreConnection>();
  readonly #others: StoreConnection | null;
  readonly #connections: readonly StoreConnection[];
  /** Associations that users have opened, by the key of their name. */
  readonly #sessions = new Map<string, Set<AccessSession>>();
  #isClosed = false;

  /** Throws AddressError for a recipient that is none. */
  constructor(options: DistributorOptions) {
    this.#options = options;
    this.#connections = options.stores.map((store) => new StoreConnection(store));
    let others: StoreConnection | null = null;
    for (const [at, { recipients }] of options.stores.entries()) {
      const connection = this.#connections[at] as StoreConnection;
      if (recipients === undefined) others = connection;
      for (const recipient of recipients ?? []) {
        this.#byKey.set(orAddressKey(orNameOf(recipient)), connection);
      }
    }
    this.#others = others;
  }

  add(key: string, session: AccessSession): void {
    const sessions = this.#sessions.get(key) ?? new Set();
    this.#sessions.set(key, sessions.add(session));
  }

  remove(session: AccessSession): void {
    for (const [key, sessions] of this.#sessions) {
      sessions.delete(session);
      if (sessions.size === 0) this.#sessions.delete(key);
    }
  }

  /** Whether there is a way to the address; `key` is orAddressKey of it. */
  reaches(key: string): boolean {
    return this.#wayTo('message', key) !== null;
  }

  /** Tries until it is delivered, refused for good, or `deadlineMs` (Unix) or our own is over. */
  async deliver(
    kind: DeliveryKind,
    key: string,
    argument: Uint8Array,
    deadlineMs: number | null = null,
  ): Promise<RecipientOutcome> {
    const giveUpMs = Date.now() + this.#options.giveUpMs;
    const lastMs = Math.min(giveUpMs, deadlineMs ?? Number.POSITIVE_INFINITY);
    for (;;) {
      const way = this.#wayTo(kind, key);
      if (way === null) return NON_DELIVERY.unrecognisedName;
      try {
        await way.deliver(kind, argument);
        return { kind: 'delivered', time: Date.now() / 1000 };
      } catch (error) {
        const outcome = failureOf(error);
        if (outcome !== null) return outcome;
      }
      if (Date.now() + this.#options.retryMs > lastMs || this.#isClosed) {
        return NON_DELIVERY.maximumTimeExpired;
      }
      await new Promise((resolve) => setTimeout(resolve, this.#options.retryMs));
    }
  }

  close(): void {
    this.#isClosed = true;
    for (const connection of this.#connections) connection.close();
  }

  /**
   * A report goes to the association that its originator has opened, where there is one: there it
   * is known whose it is. A message names its recipient, and goes to the store of that.
   */
  #wayTo(kind: DeliveryKind, key: string): Pick<StoreConnection, 'deliver'> | null {
    const [session = null] = this.#sessions.get(key) ?? [];
    const store = this.#byKey.get(key) ?? this.#others;
    return kind === 'report' ? (session ?? store) : (store ?? session);
  }
}

/** Null: try again. */
function failureOf(error: unknown): RecipientOutcome | null {
  if (error instanceof RejectedError) return NON_DELIVERY.protocolViolation;
  if (!(error instanceof AbstractError)) return null;
  switch (error.code) {
    case MTS_ERROR.deliveryControlViolated:
      return null;
    case MTS_ERROR.unsupportedCriticalFunction:
      return NON_DELIVERY.unsupportedCriticalFunction;
    case MTS_ERROR.securityError:
      return NON_DELIVERY.unrecognisedName;
    default:
      return NON_DELIVERY.transferFailure;
  }
}

/** The store holds this back for now, by delivery-control. */
class HeldError extends Error {
  override readonly name = 'HeldError';
}

/** One association to a store, opened when there is something to deliver, and again after that. */
class StoreConnection {
  readonly #route: StoreRoute;
  #link: Promise<MtaLink> | null = null;
  /** What the store lets us deliver for now; it goes with the association. */
  #isPermitted: Readonly<Record<DeliveryKind, boolean>> = EVERYTHING;

  constructor(route: StoreRoute) {
    this.#route = route;
  }

  async deliver(kind: DeliveryKind, argument: Uint8Array): Promise<void> {
    const link = await this.#connected();
    if (!this.#isPermitted[kind]) throw new HeldError(`the store holds back each ${kind}`);
    await (kind === 'message' ? link.deliver(argument) : link.report(argument));
  }

  close(): void {
    void this.#link?.then(
      (link) => link.unbind().catch(() => undefined),
      () => undefined,
    );
    this.#link = null;
  }

  #connected(): Promise<MtaLink> {
    if (this.#link !== null) return this.#link;
    this.#isPermitted = EVERYTHING;
    const link = MtaLink.connect({
      ...this.#route,
      onDeliveryControl: (control) => this.#control(control),
      onEnd: () => {
        if (this.#link === link) this.#link = null;
      },
    });
    this.#link = link;
    link.catch(() => {
      if (this.#link === link) this.#link = null;
    });
    return link;
  }

  /** Only whole operations are held back here; the rest is tried, and the store's to refuse. */
  #control({ isRestricting, permissibleOperations }: DeliveryControl): void {
    if (!isRestricting) this.#isPermitted = EVERYTHING;
    else if (permissibleOperations !== null) {
      const { messages, reports } = permissibleOperations;
      this.#isPermitted = { message: messages, report: reports };
    }
  }
}

const EVERYTHING = { message: true, report: true } as const;
