/**
 * ROSE APDUs and the bind PDUs that stand beside them. Arguments and results are never copied.
 *
 * Source: X.880 9 (module Remote-Operations-Generic-ROS-PDUs), X.882; X.219, X.229 for 1988.
 */
import { headed, wrap } from '../../asn1/header.js';
import { integer } from '../../asn1/primitive.js';
import { type Element, readElement } from '../../asn1/reader.js';
import { context, TAG } from '../../asn1/tag.js';
import { encode } from '../../asn1/type.js';
import { ViolationError } from '../../base/errors.js';
import type { Pieces } from '../../base/octets.js';
import type { RejectProblem } from '../association.js';

export type RoseApdu =
  | {
      readonly type: 'invoke';
      readonly invokeId: number;
      readonly linkedId: number | null;
      /** Null for a global (OBJECT IDENTIFIER) code: no operation of X.400 has one. */
      readonly operation: number | null;
      readonly argument: Uint8Array | null;
    }
  | {
      readonly type: 'result';
      readonly invokeId: number;
      readonly operation: number | null;
      readonly result: Uint8Array | null;
    }
  | {
      readonly type: 'error';
      readonly invokeId: number;
      readonly code: number | null;
      readonly parameter: Uint8Array | null;
    }
  | { readonly type: 'reject'; readonly invokeId: number | null; readonly reject: RejectProblem };

/**
 * An APDU that cannot be taken: what is to be rejected, and why. Null where the APDU is a reject
 * itself, which is never answered by another.
 */
export class RoseViolation extends ViolationError {
  readonly invokeId: number | null;
  readonly reject: RejectProblem | null;

  constructor(invokeId: number | null, reject: RejectProblem | null) {
    const detail = reject === null ? 'a reject' : `${reject.kind} problem ${reject.problem}`;
    super('rose', 'bad-apdu', detail);
    this.invokeId = invokeId;
    this.reject = reject;
  }
}

const GENERAL = { unrecognizedApdu: 0, mistypedApdu: 1, badlyStructuredApdu: 2 } as const;
const PROBLEM_KINDS = ['general', 'invoke', 'result', 'error'] as const;
const InvokeId = integer('InvokeId');
const Code = integer();

/** Throws {@link RoseViolation}. */
export function decodeApdu(octets: Uint8Array): RoseApdu {
  let invokeId: number | null = null;
  let isReject = false;
  try {
    const apdu = readElement(octets);
    isReject = apdu.tag === context(4);
    if (apdu.tag < context(1) || apdu.tag > context(4)) {
      throw new RoseViolation(null, { kind: 'general', problem: GENERAL.unrecognizedApdu });
    }
    const [first, ...rest] = componentsOf(apdu);
    if (first?.tag === TAG.integer) invokeId = InvokeId.decode(first);
    else if (!isReject || first?.tag !== TAG.null) throw mistyped(null);
    return decodeBody(apdu, invokeId, rest);
  } catch (error) {
    if (!(error instanceof ViolationError)) throw error;
    if (isReject) throw new RoseViolation(invokeId, null);
    if (error instanceof RoseViolation) throw error;
    if (error.layer === 'asn1') throw mistyped(invokeId);
    throw new RoseViolation(null, { kind: 'general', problem: GENERAL.badlyStructuredApdu });
  }
}

function decodeBody(apdu: Element, invokeId: number | null, rest: Element[]): RoseApdu {
  if (apdu.tag === context(4)) return decodeReject(invokeId, rest);
  if (invokeId === null) throw mistyped(null);
  if (apdu.tag === context(1)) return decodeInvoke(invokeId, rest);
  if (apdu.tag === context(3)) {
    const [code, parameter] = rest;
    return { type: 'error', invokeId, code: codeOf(code, invokeId), parameter: whole(parameter) };
  }
  const [inner] = rest;
  if (inner === undefined) return { type: 'result', invokeId, operation: null, result: null };
  const [code, result] = componentsOf(inner);
  const operation = codeOf(code, invokeId);
  // A global code is not the one that was invoked, which was local.
  if (operation === null) throw new RoseViolation(invokeId, { kind: 'result', problem: 0 });
  return { type: 'result', invokeId, operation, result: whole(result) };
}

function decodeInvoke(invokeId: number, rest: Element[]): RoseApdu {
  const [first, second, third] = rest;
  const isLinked = first?.tag === context(0);
  const [operation, argument] = isLinked ? [second, third] : [first, second];
  return {
    type: 'invoke',
    invokeId,
    linkedId: isLinked && first !== undefined ? InvokeId.decode(first) : null,
    operation: codeOf(operation, invokeId),
    argument: whole(argument),
  };
}

function decodeReject(invokeId: number | null, rest: Element[]): RoseApdu {
  const [problem] = rest;
  const kind = PROBLEM_KINDS[problem === undefined ? -1 : problem.tag - context(0)];
  if (problem === undefined || kind === undefined) throw mistyped(invokeId);
  return { type: 'reject', invokeId, reject: { kind, problem: Code.decode(problem) } };
}

function codeOf(element: Element | undefined, invokeId: number): number | null {
  if (element?.tag === TAG.objectIdentifier) return null;
  if (element === undefined || element.tag !== TAG.integer) throw mistyped(invokeId);
  return Code.decode(element);
}

function componentsOf(element: Element): Element[] {
  const components: Element[] = [];
  const reader = element.children();
  for (let child = reader.next(); child !== null; child = reader.next()) {
    if (components.length === 4) break;
    components.push(child);
  }
  return components;
}

function whole(element: Element | undefined): Uint8Array | null {
  return element?.whole ?? null;
}

function mistyped(invokeId: number | null): RoseViolation {
  return new RoseViolation(invokeId, { kind: 'general', problem: GENERAL.mistypedApdu });
}

const number = (value: number): Uint8Array => encode(Code, value);

export function encodeInvoke(invokeId: number, operation: number, argument: Pieces): Pieces {
  return headed(argument, (writer, bytesBehind) => {
    Code.encode(writer, operation);
    Code.encode(writer, invokeId);
    writer.around(context(1), bytesBehind);
  });
}

export function encodeResult(invokeId: number, operation: number, result: Pieces): Pieces {
  return headed(result, (writer, bytesBehind) => {
    Code.encode(writer, operation);
    writer.around(TAG.sequence, bytesBehind);
    Code.encode(writer, invokeId);
    writer.around(context(2), bytesBehind);
  });
}

/** Errors whose parameter is NULL carry it: X.880 has it so, though some leave it out. */
export function encodeError(invokeId: number, code: number, parameter: Uint8Array | null): Pieces {
  return wrap(context(3), [number(invokeId), number(code), parameter ?? NULL]);
}

export function encodeReject(invokeId: number | null, { kind, problem }: RejectProblem): Pieces {
  const tag = 0x80 + PROBLEM_KINDS.indexOf(kind);
  const id = invokeId === null ? NULL : number(invokeId);
  return wrap(context(4), [id, Uint8Array.of(tag, 1, problem)]);
}

const NULL = Uint8Array.of(5, 0);

/** Tags of bind-invoke, bind-result and bind-error, EXPLICIT around the application's value. */
export const BIND_TAG = { invoke: context(16), result: context(17), error: context(18) } as const;

export function encodeBind(tag: (typeof BIND_TAG)[keyof typeof BIND_TAG], value: Uint8Array) {
  return wrap(tag, [value]);
}

/** The application's value in a bind PDU, or null where the octets are no such PDU. */
export function decodeBind(
  tag: (typeof BIND_TAG)[keyof typeof BIND_TAG],
  octets: Uint8Array,
): Uint8Array | null {
  try {
    const outer = readElement(octets);
    if (outer.tag !== tag) return null;
    const reader = outer.children();
    const value = reader.next();
    return value !== null && reader.isAtEnd ? value.whole : null;
  } catch (error) {
    if (error instanceof ViolationError) return null;
    throw error;
  }
}
