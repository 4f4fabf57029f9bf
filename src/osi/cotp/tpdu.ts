/**
 * The TPDUs of transport class 0: connection request and confirm, disconnect request, data, error.
 *
 * Source: X.224 13.
 */
import { ViolationError } from '../../base/errors.js';
import { T_SELECTOR_BYTES_MAX } from '../../limits.js';

export const TPDU_CODE = { cr: 0xe0, cc: 0xd0, dr: 0x80, dt: 0xf0, er: 0x70 } as const;

/** DR reasons. X.224 13.5.3. */
export const DISCONNECT_REASON = {
  notSpecified: 0,
  congestion: 1,
  notAttached: 2,
  addressUnknown: 3,
  negotiationFailed: 130,
  protocolError: 133,
  badHeader: 138,
} as const;

/** ER causes. X.224 13.12.3. */
export const REJECT_CAUSE = {
  notSpecified: 0,
  invalidParameterCode: 1,
  invalidTpduType: 2,
  invalidParameterValue: 3,
} as const;

const PARAMETER = { tpduSize: 0xc0, calling: 0xc1, called: 0xc2, classes: 0xc7, preferred: 0xf0 };

/** What a CR or CC says. Sizes are null where it says nothing. */
export interface ConnectTpdu {
  readonly code: number;
  readonly destinationReference: number;
  readonly sourceReference: number;
  readonly classOption: number;
  /** Octets, from the size code `C0`; an unusable code counts as none. */
  readonly tpduBytes: number | null;
  /** Octets, from the preferred maximum `F0`. */
  readonly preferredBytes: number | null;
  readonly calling: Uint8Array | null;
  readonly called: Uint8Array | null;
  /** Alternative classes, as numbers. */
  readonly alternatives: readonly number[];
}

export type Tpdu =
  | { readonly type: 'connect'; readonly connect: ConnectTpdu }
  | { readonly type: 'disconnect'; readonly reason: number }
  | { readonly type: 'data'; readonly isLast: boolean; readonly data: Uint8Array }
  | { readonly type: 'error'; readonly cause: number }
  | { readonly type: 'unknown'; readonly code: number };

/** Throws a `cotp` violation with the code `bad-header` where the length indicator is wrong. */
export function decodeTpdu(tpdu: Uint8Array): Tpdu {
  const indicator = tpdu[0] ?? 0;
  if (indicator === 255 || indicator < 2 || indicator + 1 > tpdu.length) throw badHeader();
  const code = tpdu[1] ?? 0;
  if (code === TPDU_CODE.dt) {
    if (indicator !== 2) throw badHeader();
    const isLast = ((tpdu[2] ?? 0) & 0x80) !== 0;
    return { type: 'data', isLast, data: tpdu.subarray(3) };
  }
  const header = tpdu.subarray(0, indicator + 1);
  switch (code & 0xf0) {
    case TPDU_CODE.cr:
    case TPDU_CODE.cc:
      return { type: 'connect', connect: decodeConnect(code & 0xf0, header) };
    case TPDU_CODE.dr:
      if (header.length < 7) throw badHeader();
      return { type: 'disconnect', reason: header[6] ?? 0 };
    case TPDU_CODE.er:
      if (header.length < 5) throw badHeader();
      return { type: 'error', cause: header[4] ?? 0 };
    default:
      return { type: 'unknown', code };
  }
}

function decodeConnect(code: number, header: Uint8Array): ConnectTpdu {
  if (header.length < 7) throw badHeader();
  const parameters = decodeParameters(header.subarray(7));
  const size = parameters.get(PARAMETER.tpduSize);
  const preferred = parameters.get(PARAMETER.preferred);
  return {
    code,
    destinationReference: uint16(header, 2),
    sourceReference: uint16(header, 4),
    classOption: header[6] ?? 0,
    tpduBytes: size === undefined ? null : sizeOfCode(size),
    preferredBytes: preferred === undefined ? null : preferredSize(preferred),
    calling: selector(parameters.get(PARAMETER.calling)),
    called: selector(parameters.get(PARAMETER.called)),
    alternatives: [...(parameters.get(PARAMETER.classes) ?? [])].map((octet) => octet >> 4),
  };
}

/** By code; of one that comes twice, the last. */
function decodeParameters(octets: Uint8Array): Map<number, Uint8Array> {
  const parameters = new Map<number, Uint8Array>();
  for (let at = 0; at < octets.length; ) {
    const length = octets[at + 1];
    if (length === undefined || at + 2 + length > octets.length) throw badHeader();
    parameters.set(octets[at] ?? 0, octets.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return parameters;
}

/** ISODE sends a calling selector of no octets where it has none. */
function selector(value: Uint8Array | undefined): Uint8Array | null {
  if (value === undefined || value.length === 0) return null;
  if (value.length > T_SELECTOR_BYTES_MAX) throw badHeader();
  return value;
}

function sizeOfCode(value: Uint8Array): number | null {
  if (value.length !== 1) throw badHeader();
  const code = value[0] ?? 0;
  return code >= 0x07 && code <= 0x0d ? 2 ** code : null;
}

function preferredSize(value: Uint8Array): number | null {
  if (value.length < 1 || value.length > 4) throw badHeader();
  const units = value.reduce((sum, octet) => sum * 256 + octet, 0);
  return units === 0 ? null : units * 128;
}

function uint16(octets: Uint8Array, at: number): number {
  return (octets[at] ?? 0) * 256 + (octets[at + 1] ?? 0);
}

function badHeader(): ViolationError {
  return new ViolationError('cotp', 'bad-header');
}

/** A CR or CC of class 0. Sizes that are no power of two from 128 to 8192 go as preferred only. */
export function encodeConnect(connect: {
  readonly code: number;
  readonly destinationReference: number;
  readonly sourceReference: number;
  readonly tpduBytes: number | null;
  readonly preferredBytes: number | null;
  readonly calling: Uint8Array | null;
  readonly called: Uint8Array | null;
}): Uint8Array {
  const { calling, called, tpduBytes, preferredBytes } = connect;
  const units = preferredBytes === null ? 0 : Math.floor(preferredBytes / 128);
  const variable = [
    ...(tpduBytes === null ? [] : [PARAMETER.tpduSize, 1, Math.floor(Math.log2(tpduBytes))]),
    ...(calling === null ? [] : [PARAMETER.calling, calling.length, ...calling]),
    ...(called === null ? [] : [PARAMETER.called, called.length, ...called]),
    ...(units === 0 ? [] : [PARAMETER.preferred, 2, units >> 8, units & 0xff]),
  ];
  const { code, destinationReference: to, sourceReference: from } = connect;
  const fixed = [code, to >> 8, to & 0xff, from >> 8, from & 0xff, 0];
  return Uint8Array.of(fixed.length + variable.length, ...fixed, ...variable);
}

/** A DR: our reference is 0, for it answers a CR that we refuse. */
export function encodeDisconnect(destinationReference: number, reason: number): Uint8Array {
  const to = destinationReference;
  return Uint8Array.of(6, TPDU_CODE.dr, to >> 8, to & 0xff, 0, 0, reason);
}

/** An ER with the header that was wrong, as far as it fits. */
export function encodeError(destination: number, cause: number, header: Uint8Array): Uint8Array {
  const shown = header.subarray(0, 64);
  const head = [TPDU_CODE.er, destination >> 8, destination & 0xff, cause, 0xc1, shown.length];
  return Uint8Array.of(head.length + shown.length, ...head, ...shown);
}

const MIDDLE = Uint8Array.of(2, TPDU_CODE.dt, 0);
const LAST = Uint8Array.of(2, TPDU_CODE.dt, 0x80);

/** The header of a DT. */
export function dataHeader(isLast: boolean): Uint8Array {
  return isLast ? LAST : MIDDLE;
}
