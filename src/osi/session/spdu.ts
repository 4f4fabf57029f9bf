/**
 * Session PDUs: an identifier, a length, and parameters, which are units (PI) or groups of units
 * (PGI). Of SPDUs that carry user information behind their parameters (DT) the rest of the TSDU is
 * that information.
 *
 * Source: X.225 8.2, 8.3.
 */
import { ViolationError } from '../../base/errors.js';
import { type Pieces, sizeOf } from '../../base/octets.js';
import { CONNECT_USER_DATA_SHORT_BYTES_MAX, S_SELECTOR_BYTES_MAX } from '../../limits.js';

/**
 * SPDU identifiers. GT and DT share one: the first of a TSDU is GT. So do abort and interrupt: what
 * follows a GT or PT is the interrupt; and major synchronization and the end of an activity.
 */
export const SI = {
  giveTokens: 1,
  data: 1,
  pleaseTokens: 2,
  notFinished: 8,
  finish: 9,
  disconnect: 10,
  refuse: 12,
  connect: 13,
  accept: 14,
  connectDataOverflow: 15,
  overflowAccept: 16,
  giveTokensConfirm: 21,
  giveTokensAck: 22,
  abort: 25,
  activityInterrupt: 25,
  abortAccept: 26,
  activityInterruptAck: 26,
  activityResume: 29,
  activityEnd: 41,
  activityEndAck: 42,
  activityStart: 45,
  exceptionData: 48,
  minorSync: 49,
  minorSyncAck: 50,
  activityDiscard: 57,
  activityDiscardAck: 58,
} as const;

/** Parameter and parameter group identifiers. */
export const PI = {
  connectionIdentifier: 1,
  connectAcceptItem: 5,
  calledReference: 9,
  callingReference: 10,
  commonReference: 11,
  additionalReference: 12,
  syncType: 15,
  tokenItem: 16,
  transportDisconnect: 17,
  protocolOptions: 19,
  userRequirements: 20,
  tsduMaximumSize: 21,
  version: 22,
  enclosureItem: 25,
  tokenSetting: 26,
  linkingInformation: 33,
  activityIdentifier: 41,
  serialNumber: 42,
  reflect: 49,
  reason: 50,
  callingSelector: 51,
  calledSelector: 52,
  dataOverflow: 60,
  userData: 193,
  extendedUserData: 194,
} as const;

/**
 * The groups that hold units; every other parameter's value is octets. Linking information is read
 * by itself: its units bear numbers that stand beside it too.
 */
const GROUPS: ReadonlySet<number> = new Set([PI.connectionIdentifier, PI.connectAcceptItem]);

export interface Spdu {
  readonly si: number;
  /** Values by identifier; units of a group stand beside the others, their numbers are unique. */
  readonly parameters: ReadonlyMap<number, Uint8Array>;
  /** Identifiers that came twice. */
  readonly repeated: readonly number[];
  /** What follows the parameters: of DT the user information, else what is to be read as SPDU. */
  readonly rest: Uint8Array;
}

/**
 * The SPDU that starts the octets. Throws a `session` violation: `bad-length` where the SPDU does
 * not fit, `bad-parameter` where a parameter does not fit into it.
 */
export function decodeSpdu(octets: Uint8Array): Spdu {
  const si = octets[0];
  const length = lengthAt(octets, 1);
  if (si === undefined || length === null) throw new ViolationError('session', 'bad-length');
  const { start, end } = length;
  const parameters = new Map<number, Uint8Array>();
  const repeated: number[] = [];
  readParameters(octets.subarray(start, end), parameters, repeated);
  return { si, parameters, repeated, rest: octets.subarray(end) };
}

/** The units of a group that is read by itself. Throws as {@link decodeSpdu} does. */
export function decodeGroup(value: Uint8Array): ReadonlyMap<number, Uint8Array> {
  const units = new Map<number, Uint8Array>();
  const repeated: number[] = [];
  readParameters(value, units, repeated);
  if (repeated.length > 0) throw new ViolationError('session', 'stray-parameter');
  return units;
}

function readParameters(
  octets: Uint8Array,
  parameters: Map<number, Uint8Array>,
  repeated: number[],
): void {
  for (let at = 0; at < octets.length; ) {
    const identifier = octets[at] ?? 0;
    const length = lengthAt(octets, at + 1);
    if (length === null) throw new ViolationError('session', 'bad-parameter');
    const { start, end } = length;
    const value = octets.subarray(start, end);
    if (parameters.has(identifier)) repeated.push(identifier);
    parameters.set(identifier, value);
    if (GROUPS.has(identifier)) readParameters(value, parameters, repeated);
    at = end;
  }
}

/** A length indicator: one octet up to 254, or 255 and two octets. Null where it does not fit. */
function lengthAt(octets: Uint8Array, at: number): { start: number; end: number } | null {
  const first = octets[at];
  if (first === undefined) return null;
  const isLong = first === 255;
  const [high, low] = [octets[at + 1] ?? 0, octets[at + 2] ?? 0];
  const start = at + (isLong ? 3 : 1);
  const end = start + (isLong ? high * 256 + low : first);
  return end > octets.length ? null : { start, end };
}

/** Parameters that may stand in an SPDU. A CONNECT may bring any; others say nothing of theirs. */
const PARAMETERS: ReadonlyMap<number, readonly number[]> = new Map([
  [SI.accept, [1, 5, 9, 11, 12, 16, 19, 20, 21, 22, 23, 25, 26, 51, 52, 193]],
  [SI.refuse, [1, 9, 11, 12, 17, 20, 22, 25, 50]],
  [SI.finish, [17, 25, 193]],
  [SI.disconnect, [25, 193]],
  [SI.giveTokens, [16, 25]],
  [SI.pleaseTokens, [16, 25, 193]],
  [SI.giveTokensConfirm, []],
  [SI.giveTokensAck, []],
  [SI.activityResume, [33, 41, 25, 193]],
  [SI.activityEnd, [15, 42, 25, 193]],
  [SI.activityEndAck, [42, 25, 193]],
  [SI.activityStart, [41, 25, 193]],
  [SI.exceptionData, [50, 25, 193]],
  [SI.minorSync, [15, 42, 25, 193]],
  [SI.minorSyncAck, [42, 25, 46]],
  [SI.activityDiscard, [50]],
  [SI.activityDiscardAck, []],
]);

/** Whether an SPDU brings a parameter that it cannot have, or one twice. */
export function hasStrayParameter({ si, parameters, repeated }: Spdu): boolean {
  if (parameters.size === 0) return false;
  const known = PARAMETERS.get(si);
  if (known === undefined) return false;
  return repeated.length > 0 || [...parameters.keys()].some((pi) => !known.includes(pi));
}

/** Lengths that parameters of a CONNECT must have, least and greatest. X.225 8.3.1. */
const CONNECT_LENGTHS: ReadonlyMap<number, readonly [number, number]> = new Map([
  [PI.protocolOptions, [1, 1]],
  [PI.userRequirements, [2, 2]],
  [PI.tsduMaximumSize, [4, 4]],
  [PI.version, [1, 1]],
  [PI.tokenSetting, [1, 1]],
  [PI.callingSelector, [0, S_SELECTOR_BYTES_MAX]],
  [PI.calledSelector, [0, S_SELECTOR_BYTES_MAX]],
  [PI.dataOverflow, [1, 1]],
]);

/** Whether a CONNECT is whole and in form, but for its user data. */
export function isGoodConnect({ parameters, repeated }: Spdu): boolean {
  const isInForm = [...CONNECT_LENGTHS].every(([pi, [least, most]]) => {
    const length = parameters.get(pi)?.length;
    return length === undefined || (least <= length && length <= most);
  });
  const isWhole = parameters.has(PI.protocolOptions) && parameters.has(PI.version);
  return isInForm && isWhole && repeated.length === 0;
}

/** A parameter unit of small value. */
export function parameter(identifier: number, ...value: number[]): Pieces {
  return [Uint8Array.of(identifier, ...lengthOctets(value.length), ...value)];
}

/** A parameter with a value of any length, which is not copied. */
export function longParameter(identifier: number, value: Pieces): Pieces {
  return [Uint8Array.of(identifier, ...lengthOctets(sizeOf(value))), ...value];
}

/** User data, or nothing where there is none. */
export function userDataParameter(userData: Pieces): Pieces {
  return sizeOf(userData) === 0 ? [] : longParameter(PI.userData, userData);
}

/** User data of a CONNECT: above 512 octets it goes as extended user data. X.225 8.3.1.18. */
export function connectUserDataParameter(userData: Pieces): Pieces {
  const isShort = sizeOf(userData) <= CONNECT_USER_DATA_SHORT_BYTES_MAX;
  return longParameter(isShort ? PI.userData : PI.extendedUserData, userData);
}

/** A whole SPDU. */
export function encodeSpdu(si: number, ...parameters: Pieces[]): Pieces {
  const content = parameters.flat();
  return [Uint8Array.of(si, ...lengthOctets(sizeOf(content))), ...content];
}

function lengthOctets(length: number): number[] {
  return length < 255 ? [length] : [255, length >> 8, length & 0xff];
}
