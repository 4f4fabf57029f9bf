/**
 * RTSE APDUs of normal mode, and the form of what is transferred: the user's APDU in an EXTERNAL
 * that names its presentation context. Peers of the ISODE family transfer the bare APDU.
 *
 * Source: X.228 9 (module Reliable-Transfer-APDUs).
 */
import { any } from '../../asn1/any.js';
import { bitString } from '../../asn1/bit-string.js';
import { choice } from '../../asn1/choice.js';
import { optional, required, withDefault } from '../../asn1/component.js';
import { External, externalValue } from '../../asn1/external.js';
import { headed } from '../../asn1/header.js';
import { integer, octetString } from '../../asn1/primitive.js';
import { readElement } from '../../asn1/reader.js';
import { sequence } from '../../asn1/sequence.js';
import { set } from '../../asn1/set.js';
import { utcTime } from '../../asn1/string.js';
import { context, TAG } from '../../asn1/tag.js';
import { explicit, implicit } from '../../asn1/tagged.js';
import { decode, encode, type TypeOf } from '../../asn1/type.js';
import { ViolationError } from '../../base/errors.js';
import type { Pieces } from '../../base/octets.js';
import { CHECKPOINT_WINDOW_DEFAULT } from '../../limits/reliable-transfer.js';
import type { ReceivedPresentationData } from '../presentation/service.js';

/** DialogueMode: who may transfer. */
export const DIALOGUE_MODE = { monologue: 0, twoWayAlternate: 1 } as const;

/** AbortReason of an RTAB. */
export const RTSE_ABORT = {
  localSystemProblem: 0,
  invalidParameter: 1,
  unrecognizedActivity: 2,
  temporaryProblem: 3,
  protocolError: 4,
  permanentProblem: 5,
  userError: 6,
  transferCompleted: 7,
} as const;

const SessionConnectionIdentifier = sequence('SessionConnectionIdentifier', {
  callingReference: required(octetString()),
  commonReference: required(utcTime),
  additionalReference: optional(implicit(0, octetString())),
});

/** Open: the bind, on a new association. Recover: an association that was lost. */
const ConnectionData = choice('ConnectionData', {
  open: explicit(0, any),
  recover: implicit(1, SessionConnectionIdentifier),
});

/** A default that is written all the same, as ISODE does: it costs three octets a bind. */
const written = () => false;
const checkpointSize = withDefault(implicit(0, integer()), 0, written);
const windowSize = withDefault(implicit(1, integer()), CHECKPOINT_WINDOW_DEFAULT, written);

const RtorqBody = set('RTORQ', {
  /** In units of 1,024 octets; 0: no checkpoints. */
  checkpointSize,
  windowSize,
  dialogueMode: withDefault(implicit(2, integer()), DIALOGUE_MODE.monologue),
  connectionData: required(explicit(3, ConnectionData)),
  /** Of X.410-1984 mode only. */
  applicationProtocol: optional(explicit(4, integer())),
});
export const Rtorq = implicit(16, RtorqBody);
export type Rtorq = TypeOf<typeof Rtorq>;

const RtoacBody = set('RTOAC', {
  checkpointSize,
  windowSize,
  connectionData: required(explicit(2, ConnectionData)),
});
export const Rtoac = implicit(17, RtoacBody);

const RtorjBody = set('RTORJ', {
  /** Of X.410-1984 mode only. */
  refuseReason: optional(implicit(0, integer())),
  userData: optional(explicit(1, any)),
});
export const Rtorj = implicit(18, RtorjBody);

const RtabBody = set('RTAB', {
  abortReason: optional(implicit(0, integer())),
  reflectedParameter: optional(implicit(1, bitString)),
  userData: optional(explicit(2, any)),
});
export const Rtab = implicit(22, RtabBody);

/** RTTP: the priority of what waits for the turn; 0 is the highest. */
export const Rttp = integer('RTTP');

const Segment = octetString();
const ContextId = integer();

/** RTTR: one segment of a transfer. */
export function encodeSegment(octets: Pieces): Pieces {
  return headed(octets, (writer, bytesBehind) => {
    writer.length(bytesBehind);
    writer.identifier(TAG.octetString, false);
  });
}

/** Throws a violation where it is none. */
export function decodeSegment(octets: Uint8Array): Uint8Array {
  return decode(Segment, octets);
}

/** An APDU of the user's as it is transferred. Nothing is copied. */
export function encodeTransfer(contextId: number, apdu: Pieces): Pieces {
  return headed(apdu, (writer, bytesBehind) => {
    writer.around(context(0), bytesBehind);
    ContextId.encode(writer, contextId);
    writer.around(TAG.external, bytesBehind);
  });
}

/** Null: no EXTERNAL, but perhaps a bare APDU. Throws a violation where it is a broken one. */
export function decodeTransfer(octets: Uint8Array): ReceivedPresentationData | null {
  if (readElement(octets).tag !== TAG.external) return null;
  const external = decode(External, octets);
  const { indirectReference: contextId } = external;
  const data = externalValue(external);
  if (contextId === undefined || data === null) throw new ViolationError('rtse', 'no-context');
  return { contextId, data };
}

/** What an RTAB says, for the log. */
export function abortText(octets: Uint8Array): string {
  try {
    return `RTSE abort, reason ${decode(Rtab, octets).abortReason ?? 'none'}`;
  } catch (error) {
    if (error instanceof ViolationError) return 'abort with an unreadable RTAB';
    throw error;
  }
}

export const encodeAbort = (abortReason: number): Uint8Array => encode(Rtab, { abortReason });
