/**
 * Opens associations: the initiator's side of the network.
 *
 * Source: ours.
 */
import { connect } from 'node:net';
import { type Clock, SYSTEM_CLOCK } from '../base/clock.js';
import type { AssociationEvent } from '../osi/association.js';
import { AssociationDriver, type Timing } from './association-driver.js';

export interface ConnectOptions {
  readonly host: string;
  readonly port: number;
  readonly handler: (event: AssociationEvent) => void;
  /** The largest TPDU to propose, octets. */
  readonly tpduBytes?: number;
  readonly timing?: Partial<Timing>;
  readonly clock?: Clock;
}

/** Connects TCP; the bind is the caller's. Rejects with the network's error. */
export function connectAssociation(options: ConnectOptions): Promise<AssociationDriver> {
  const { host, port, handler, tpduBytes, timing, clock = SYSTEM_CLOCK } = options;
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(
        new AssociationDriver({
          socket,
          association: { role: 'initiator', ...(tpduBytes !== undefined && { tpduBytes }) },
          handler: () => ({ onEvent: handler, onClosed: () => undefined }),
          clock,
          ...(timing && { timing }),
        }),
      );
    });
  });
}
