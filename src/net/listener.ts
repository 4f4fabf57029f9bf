/**
 * Takes associations: the responder's side of the network, with its bounds on how many.
 *
 * Source: ours.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { type Clock, SYSTEM_CLOCK } from '../base/clock.js';
import {
  ASSOCIATIONS_MAX,
  ASSOCIATIONS_PER_ADDRESS_MAX,
  CONNECTIONS_UNBOUND_MAX,
  CONNECTIONS_UNBOUND_PER_ADDRESS_MAX,
  STOP_CLOSE_TIME_MAX_MS,
} from '../limits.js';
import type { ReliableOptions } from '../osi/rtse/service.js';
import { AssociationDriver, type AssociationHandler, type Timing } from './association-driver.js';
import { ReassemblyBudget } from './reassembly.js';

export interface ListenOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly handler: (driver: AssociationDriver) => AssociationHandler;
  /** A DR reason to refuse a called T-selector with, or null. */
  readonly refuseTransport?: (called: Uint8Array | undefined) => number | null;
  /** Invocations of one peer that may be unanswered; INVOCATIONS_OUTSTANDING_MAX by default. */
  readonly invocationsMax?: number;
  /** The application contexts over RTSE that are served, and how; none by default. */
  readonly reliable?: ReliableOptions;
  readonly timing?: Partial<Timing>;
  readonly bounds?: Partial<Bounds>;
  readonly reassembly?: ReassemblyBudget;
  readonly clock?: Clock;
}

/** How many, in all and from one network address: see limits. */
export interface Bounds {
  readonly associations: number;
  readonly perAddress: number;
  readonly unbound: number;
  readonly unboundPerAddress: number;
}

const BOUNDS_DEFAULT: Bounds = {
  associations: ASSOCIATIONS_MAX,
  perAddress: ASSOCIATIONS_PER_ADDRESS_MAX,
  unbound: CONNECTIONS_UNBOUND_MAX,
  unboundPerAddress: CONNECTIONS_UNBOUND_PER_ADDRESS_MAX,
};

const STOP_POLL_MS = 10;

/** X.224 DR reason 1: congestion at the TSAP. */
const CONGESTION = 1;

export class Listener {
  readonly #server: Server;
  readonly #options: ListenOptions;
  readonly #bounds: Bounds;
  readonly #reassembly: ReassemblyBudget;
  /** By age; and the same of each network address. */
  readonly #drivers = new Set<AssociationDriver>();
  readonly #perAddress = new Map<string, Set<AssociationDriver>>();

  private constructor(options: ListenOptions) {
    this.#options = options;
    this.#bounds = { ...BOUNDS_DEFAULT, ...options.bounds };
    this.#reassembly = options.reassembly ?? new ReassemblyBudget();
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /** Resolves when connections are taken; rejects where the address cannot be had. */
  static async open(options: ListenOptions): Promise<Listener> {
    const listener = new Listener(options);
    listener.#server.listen(options.port, options.host);
    await once(listener.#server, 'listening');
    return listener;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Associations that are there now. */
  get drivers(): ReadonlySet<AssociationDriver> {
    return this.#drivers;
  }

  /** Takes no more; those that are there go on. */
  stopListening(): void {
    this.#server.close();
  }

  /** Waits until every association is over, whoever ended it; at most so long. */
  async drained(timeMs: number): Promise<void> {
    await this.#until(() => [...this.#drivers].every(({ isOver }) => isOver), timeMs);
  }

  /** Ends those that are still there, with an abort, and closes. */
  async close(): Promise<void> {
    this.stopListening();
    for (const driver of this.#drivers) driver.abort('the store stops');
    await this.#until(() => this.#drivers.size === 0, STOP_CLOSE_TIME_MAX_MS);
    for (const driver of this.#drivers) driver.destroy('the store stops');
  }

  async #until(condition: () => boolean, timeMs: number): Promise<void> {
    const { clock = SYSTEM_CLOCK } = this.#options;
    const end = clock.monotonicMs() + timeMs;
    while (!condition() && clock.monotonicMs() < end) {
      await new Promise((resolve) => setTimeout(resolve, STOP_POLL_MS));
    }
  }

  #accept(socket: Socket): void {
    const address = socket.remoteAddress ?? 'unknown';
    const fromThere = this.#perAddress.get(address) ?? new Set();
    this.#perAddress.set(address, fromThere);
    const { associations, perAddress, unbound, unboundPerAddress } = this.#bounds;
    closeOldestUnbound(fromThere, unboundPerAddress);
    closeOldestUnbound(this.#drivers, unbound);
    const isFull = this.#drivers.size >= associations || fromThere.size >= perAddress;
    const { handler, timing, clock = SYSTEM_CLOCK, ...options } = this.#options;
    const refuse = isFull ? () => CONGESTION : options.refuseTransport;
    const { invocationsMax, reliable } = options;
    const driver = new AssociationDriver({
      socket,
      association: {
        role: 'responder',
        ...(refuse && { refuseTransport: refuse }),
        ...(invocationsMax !== undefined && { invocationsMax }),
        ...(reliable && { reliable }),
      },
      handler,
      clock,
      reassembly: this.#reassembly,
      ...(timing && { timing }),
    });
    this.#drivers.add(driver);
    fromThere.add(driver);
    socket.once('close', () => {
      this.#drivers.delete(driver);
      fromThere.delete(driver);
      if (fromThere.size === 0) this.#perAddress.delete(address);
    });
  }
}

/** Makes room for one more where as many as may have not bound. */
function closeOldestUnbound(drivers: ReadonlySet<AssociationDriver>, max: number): void {
  if (drivers.size < max) return;
  const unbound = [...drivers].filter(({ wasBound, isOver }) => !wasBound && !isOver);
  if (unbound.length >= max) unbound[0]?.destroy('too many connections without a bind');
}
