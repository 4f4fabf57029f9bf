/**
 * Opens associations: the initiator's side of the network.
 *
 * Source: ours.
 */
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { teletexString, utcTime } from '../asn1/string.js';
import { formatUtcTime } from '../asn1/time.js';
import { encode } from '../asn1/type.js';
import { type Clock, SYSTEM_CLOCK } from '../base/clock.js';
import type { AssociationEvent } from '../osi/association.js';
import type { ReliableOptions } from '../osi/rtse/service.js';
import type { ConnectionReference } from '../osi/session/service.js';
import { AssociationDriver, type Timing } from './association-driver.js';
import type { ReassemblyBudget } from './reassembly.js';

export interface ConnectOptions {
  readonly host: string;
  readonly port: number;
  readonly handler: (event: AssociationEvent) => void;
  /** The largest TPDU to propose, octets. */
  readonly tpduBytes?: number;
  readonly timing?: Partial<Timing>;
  /** How long TCP may take to connect; as the system has it by default. */
  readonly connectMs?: number;
  readonly clock?: Clock;
  /** The application contexts that stand over RTSE, and how; without it none is bound to. */
  readonly reliable?: ReliableOptions;
  /** Shared by all that may hold octets of what is not whole; none by default. */
  readonly reassembly?: ReassemblyBudget;
}

/** Connects TCP; the bind is the caller's. Rejects with the network's error. */
export function connectAssociation(options: ConnectOptions): Promise<AssociationDriver> {
  const { host, port, handler, tpduBytes, timing, connectMs, reassembly } = options;
  const { clock = SYSTEM_CLOCK, reliable } = options;
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true });
    if (connectMs !== undefined) {
      socket.setTimeout(connectMs, () => socket.destroy(new Error('no connection in time')));
    }
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      socket.setTimeout(0);
      resolve(
        new AssociationDriver({
          socket,
          association: {
            role: 'initiator',
            ...(tpduBytes !== undefined && { tpduBytes }),
            ...(reliable && { reliable: { reference: connectionReference(clock), ...reliable } }),
          },
          handler: () => ({ onEvent: handler, onClosed: () => undefined }),
          clock,
          ...(timing && { timing }),
          ...(reassembly && { reassembly }),
        }),
      );
    });
  });
}

const REFERENCE_CHARACTERS = 16;
const Reference = teletexString(REFERENCE_CHARACTERS);

/** A name for the session that nobody can guess: by it an interrupted transfer is found again. */
function connectionReference(clock: Clock): ConnectionReference {
  return {
    user: encode(Reference, randomBytes(REFERENCE_CHARACTERS / 2).toString('hex')),
    common: encode(utcTime, formatUtcTime(clock.nowMs() / 1_000)),
  };
}
