/**
 * What the two ends of a reliable association have agreed on, and how: RTORQ, RTOAC and RTORJ.
 *
 * Source: X.228 7.1, 8.1; ISODE's practice where that leaves something open.
 */

import type { Oid } from '../../asn1/primitive.js';
import { decode, encode } from '../../asn1/type.js';
import { ViolationError } from '../../base/errors.js';
import { formatHex } from '../../base/octets.js';
import {
  CHECKPOINT_SIZE_KIBI,
  CHECKPOINT_WINDOW,
  CHECKPOINT_WINDOW_DEFAULT,
} from '../../limits/reliable-transfer.js';
import type { ConnectionReference } from '../session/service.js';
import { DIALOGUE_MODE, Rtoac, Rtorj, Rtorq } from './apdu.js';
import type { ReliableOptions } from './service.js';

/** A PDU of RTSE's that cannot be taken, and the reason that the RTAB gives for it. */
export class RtseViolation extends ViolationError {
  readonly reason: number;

  constructor(reason: number, code: string) {
    super('rtse', code);
    this.reason = reason;
  }
}

/** In force on an association. */
export interface Terms {
  /** Of RTSE's own APDUs. */
  readonly contextId: number;
  /** Octets between checkpoints; 0: none. */
  readonly segmentBytes: number;
  /** Checkpoints that may be unconfirmed. */
  readonly windowSize: number;
}

/** The RTSE abstract syntax that ISODE defines beside that of its application. */
export const ISODE_RTSE_SYNTAX: Oid = '2.3.0';

/** RTOAC, its two sizes and the headers around the bind's result, with lengths of three octets. */
export const ACCEPTANCE_BYTES = 4 + 4 + 4 + 4 + 4;

const KIBI = 1_024;

export function encodeOpen(
  { checkpointSize = CHECKPOINT_SIZE_KIBI, windowSize = CHECKPOINT_WINDOW }: ReliableOptions,
  bind: Uint8Array,
): Uint8Array {
  return encode(Rtorq, {
    checkpointSize,
    windowSize,
    dialogueMode: DIALOGUE_MODE.twoWayAlternate,
    connectionData: { kind: 'open', value: bind },
  });
}

export interface Opening {
  readonly terms: Terms;
  readonly bind: Uint8Array;
  readonly isMonologue: boolean;
}

/**
 * What an RTORQ asks, and what we make of it. Throws a violation where it is unreadable, or asks
 * for the recovery of an association: whoever comes anew binds anew, with its password.
 */
export function openingOf(
  contextId: number,
  octets: Uint8Array,
  { checkpointSize = CHECKPOINT_SIZE_KIBI, windowSize = CHECKPOINT_WINDOW }: ReliableOptions,
): Opening {
  const rtorq = decode(Rtorq, octets);
  const { connectionData, dialogueMode } = rtorq;
  if (connectionData.kind === 'recover') throw new ViolationError('rtse', 'no-recovery');
  if (rtorq.checkpointSize < 0 || rtorq.windowSize < 1) {
    throw new ViolationError('rtse', 'bad-terms');
  }
  return {
    terms: {
      contextId,
      segmentBytes: Math.min(rtorq.checkpointSize, checkpointSize) * KIBI,
      windowSize: Math.min(rtorq.windowSize, windowSize),
    },
    bind: connectionData.value,
    isMonologue: dialogueMode !== DIALOGUE_MODE.twoWayAlternate,
  };
}

export function encodeAcceptance(terms: Terms, result: Uint8Array): Uint8Array {
  return encode(Rtoac, {
    checkpointSize: terms.segmentBytes / KIBI,
    windowSize: terms.windowSize,
    connectionData: { kind: 'open', value: result },
  });
}

/** What the responder has made of it; its sizes hold, whatever we proposed. */
export function acceptanceOf(
  contextId: number,
  octets: Uint8Array,
): { readonly terms: Terms; readonly result: Uint8Array } {
  const { checkpointSize, windowSize, connectionData } = decode(Rtoac, octets);
  if (connectionData.kind !== 'open') throw new ViolationError('rtse', 'no-recovery');
  if (checkpointSize < 0 || windowSize < 0) throw new ViolationError('rtse', 'bad-terms');
  const terms = {
    contextId,
    segmentBytes: checkpointSize * KIBI,
    windowSize: windowSize === 0 ? CHECKPOINT_WINDOW_DEFAULT : windowSize,
  };
  return { terms, result: connectionData.value };
}

/** A refusal; null: with nothing of the user's in it. */
export function encodeRefusal(error: Uint8Array | null): Uint8Array {
  return encode(Rtorj, error === null ? {} : { userData: error });
}

/** The user's part of a refusal; null where there is none, or it is unreadable. */
export function refusalOf(octets: Uint8Array): Uint8Array | null {
  try {
    return decode(Rtorj, octets).userData ?? null;
  } catch (error) {
    if (error instanceof ViolationError) return null;
    throw error;
  }
}

/** One name for a session connection and an activity of it. */
export function transferKey(connection: ConnectionReference, activity: Uint8Array): string {
  const { user, common, additional = new Uint8Array(0) } = connection;
  return [user, common, additional, activity].map(formatHex).join('.');
}
