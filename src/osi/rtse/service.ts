/**
 * What the reliable transfer machine is given, and what it asks to be kept beyond a connection.
 *
 * Source: ours; X.218 for checkpoints and resumption.
 */
import type { Oid } from '../../asn1/primitive.js';
import type { Pieces } from '../../base/octets.js';
import type { ConnectionReference } from '../session/service.js';

export interface ReliableOptions {
  /** The application contexts that stand over RTSE; all others do without. */
  readonly contexts: ReadonlySet<Oid>;
  /** Proposed, or the most that is accepted, in units of 1,024 octets; 0: no checkpoints. */
  readonly checkpointSize?: number;
  /** Proposed, or the most that is accepted: 1 or more. */
  readonly windowSize?: number;
  /** How APDUs are transferred until the peer has shown how it does: see apdu.ts. */
  readonly form?: 'external' | 'bare';
  /** Initiator: names the session connection, so that its activities can be resumed on another. */
  readonly reference?: ConnectionReference;
  /** Keeps transfers that a lost connection has interrupted; none are resumed without. */
  readonly memory?: TransferMemory;
  /** Octets of one transfer, for tests; TSDU_BYTES_MAX by default. */
  readonly transferBytesMax?: number;
}

/** A transfer that we were receiving. */
export interface InterruptedTransfer {
  /** The session connection and the activity. */
  readonly key: string;
  /** A digest of the bind of who was sending: who resumes must have bound in the same words. */
  readonly owner: Uint8Array;
  /** Up to the last checkpoint that we have confirmed. */
  readonly octets: Uint8Array;
  /** How many octets were there at each of the checkpoints, in order. */
  readonly marks: readonly number[];
  /** It was whole, and handed on. */
  readonly isComplete: boolean;
}

/** A transfer that we were sending, and whose end we had not said. */
export interface UnfinishedTransfer {
  readonly owner: Uint8Array;
  readonly connection: ConnectionReference;
  readonly activity: Uint8Array;
  readonly octets: Pieces;
  /** Confirmed by the peer: the last checkpoint, and what lies before it. */
  readonly serial: number;
  readonly confirmedBytes: number;
}

/** Bounded in count, octets and time. */
export interface TransferMemory {
  keepInterrupted(transfer: InterruptedTransfer): void;
  /** What is taken is no longer there. Null: not known, or another's. */
  takeInterrupted(key: string, owner: Uint8Array): InterruptedTransfer | null;
  keepUnfinished(transfer: UnfinishedTransfer): void;
  unfinished(): readonly UnfinishedTransfer[];
  forget(transfer: UnfinishedTransfer): void;
}
