/**
 * Session PDUs: an identifier, a length, and parameters, which are units (PI) or groups of units
 * (PGI). Of SPDUs that carry user information behind their parameters (DT) the rest of the TSDU is
 * that information.
 *
 * Source: X.225 8.2, 8.3.
 */
import { ViolationError } from '../../base/errors.js';
import { type Pieces, sizeOf } from '../../base/octets.js';
import { CONNECT_USER_DATA_SHORT_BYTES_MAX } from '../../limits.js';

/** SPDU identifiers. GT and DT share one: the first of a TSDU is GT. */
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
  abort: 25,
  abortAccept: 26,
} as const;

/** Parameter and parameter group identifiers. */
export const PI = {
  connectionIdentifier: 1,
  connectAcceptItem: 5,
  calledReference: 9,
  callingReference: 10,
  commonReference: 11,
  additionalReference: 12,
  tokenItem: 16,
  transportDisconnect: 17,
  protocolOptions: 19,
  userRequirements: 20,
  tsduMaximumSize: 21,
  version: 22,
  enclosureItem: 25,
  tokenSetting: 26,
  reflect: 49,
  reason: 50,
  callingSelector: 51,
  calledSelector: 52,
  dataOverflow: 60,
  userData: 193,
  extendedUserData: 194,
} as const;

/** The groups that hold units; every other parameter's value is octets. */
const GROUPS: ReadonlySet<number> = new Set([PI.connectionIdentifier, PI.connectAcceptItem, 33]);

export interface Spdu {
  readonly si: number;
  /** Values by identifier; units of a group stand beside the others, their numbers are unique. */
  readonly parameters: ReadonlyMap<number, Uint8Array>;
  /** Identifiers that came twice. */
  readonly repeated: readonly number[];
  /** What follows the parameters: of DT the user information, else what is to be read as SPDU. */
  readonly rest: Uint8Array;
}

/** The SPDU that starts the octets. Throws a `session` violation where a length does not fit. */
export function decodeSpdu(octets: Uint8Array): Spdu {
  const si = octets[0];
  if (si === undefined) throw broken();
  const { start, end } = lengthAt(octets, 1);
  const parameters = new Map<number, Uint8Array>();
  const repeated: number[] = [];
  readParameters(octets.subarray(start, end), parameters, repeated);
  return { si, parameters, repeated, rest: octets.subarray(end) };
}

function readParameters(
  octets: Uint8Array,
  parameters: Map<number, Uint8Array>,
  repeated: number[],
): void {
  for (let at = 0; at < octets.length; ) {
    const identifier = octets[at] ?? 0;
    const { start, end } = lengthAt(octets, at + 1);
    const value = octets.subarray(start, end);
    if (parameters.has(identifier)) repeated.push(identifier);
    parameters.set(identifier, value);
    if (GROUPS.has(identifier)) readParameters(value, parameters, repeated);
    at = end;
  }
}

/** A length indicator: one octet up to 254, or 255 and two octets. */
function lengthAt(octets: Uint8Array, at: number): { start: number; end: number } {
  const first = octets[at];
  if (first === undefined) throw broken();
  const isLong = first === 255;
  const [high, low] = [octets[at + 1] ?? 0, octets[at + 2] ?? 0];
  const start = at + (isLong ? 3 : 1);
  const end = start + (isLong ? high * 256 + low : first);
  if (end > octets.length) throw broken();
  return { start, end };
}

function broken(): ViolationError {
  return new ViolationError('session', 'bad-length');
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
