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
  STOP_CLOSE_TIME_MAX_MS,
} from '../limits.js';
import { AssociationDriver, type AssociationHandler, type Timing } from './association-driver.js';

export interface ListenOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly handler: (driver: AssociationDriver) => AssociationHandler;
  /** A DR reason to refuse a called T-selector with, or null. */
  readonly refuseTransport?: (called: Uint8Array | undefined) => number | null;
  readonly timing?: Partial<Timing>;
  readonly clock?: Clock;
}

const STOP_POLL_MS = 10;

/** X.224 DR reason 1: congestion at the TSAP. */
const CONGESTION = 1;

export class Listener {
  readonly #server: Server;
  readonly #options: ListenOptions;
  readonly #drivers = new Set<AssociationDriver>();
  readonly #perAddress = new Map<string, number>();

  private constructor(options: ListenOptions) {
    this.#options = options;
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
    const fromThere = this.#perAddress.get(address) ?? 0;
    const isFull =
      this.#drivers.size >= ASSOCIATIONS_MAX || fromThere >= ASSOCIATIONS_PER_ADDRESS_MAX;
    const { handler, timing, clock = SYSTEM_CLOCK, refuseTransport } = this.#options;
    const refuse = isFull ? () => CONGESTION : refuseTransport;
    const driver = new AssociationDriver({
      socket,
      association: { role: 'responder', ...(refuse && { refuseTransport: refuse }) },
      handler,
      clock,
      ...(timing && { timing }),
    });
    this.#drivers.add(driver);
    this.#perAddress.set(address, fromThere + 1);
    socket.once('close', () => {
      this.#drivers.delete(driver);
      const left = (this.#perAddress.get(address) ?? 1) - 1;
      if (left === 0) this.#perAddress.delete(address);
      else this.#perAddress.set(address, left);
    });
  }
}
