/**
 * An association as its user sees it: bind, remote operations, unbind, abort. This is the seam
 * between the protocol stack and the application protocols; P3 and P7, our server, our client and
 * our MTA all speak through it. Bind PDUs (X.880) are unwrapped: `argument`, `result` and `error`
 * are the application's own values, each one whole BER element.
 *
 * Source: X.217, X.880; the selection is ours.
 */
import type { Oid } from '../asn1/primitive.js';
import type { Layer } from '../base/errors.js';
import type { Pieces } from '../base/octets.js';
import type { PresentationAddresses, PresentationContext } from './presentation/service.js';

/** ROSE reject problems by their choice and number. X.880. */
export interface RejectProblem {
  readonly kind: 'general' | 'invoke' | 'result' | 'error';
  readonly problem: number;
}

/** The invoke problems that an application raises itself. X.880 InvokeProblem. */
export const INVOKE_PROBLEM = {
  duplicateInvocation: 0,
  unrecognizedOperation: 1,
  mistypedArgument: 2,
  resourceLimitation: 3,
  releaseInProgress: 4,
  unrecognizedLinkedId: 5,
  linkedResponseUnexpected: 6,
  unexpectedLinkedOperation: 7,
} as const;

/** ACSE diagnostics of the service user. X.227. */
export const ACSE_USER_DIAGNOSTIC = {
  null: 0,
  noReasonGiven: 1,
  applicationContextNotSupported: 2,
  calledApTitleNotRecognized: 7,
  calledAeQualifierNotRecognized: 9,
} as const;

/** What an initiator asks for. */
export interface BindRequest {
  readonly applicationContext: Oid;
  /** Abstract syntax of the bind itself (id-as-ms-88 and the like). */
  readonly bindSyntax: Oid;
  /** The abstract syntaxes of the operations, in the order in which they are proposed. */
  readonly operationSyntaxes: readonly Oid[];
  readonly addresses: PresentationAddresses;
  readonly argument: Uint8Array;
}

/** What a responder is asked. */
export interface BindIndication {
  readonly type: 'bind';
  readonly applicationContext: Oid;
  readonly contexts: readonly PresentationContext[];
  readonly addresses: PresentationAddresses;
  /** The abstract syntax in which the bind came, and its argument. */
  readonly bindSyntax: Oid;
  readonly argument: Uint8Array;
  /** Octets of a bind result that this peer takes; absent: any. A longer one makes it abort. */
  readonly resultBytesMax?: number;
  /** Over RTSE: the peer wants to transfer alone. No port of P3 or P7 can do with that: refuse. */
  readonly isMonologue?: true;
}

/** What comes out of an association. */
export type AssociationEvent =
  | BindIndication
  /** Initiator: accepted. `syntaxes` are the abstract syntaxes that were. */
  | { readonly type: 'bound'; readonly result: Uint8Array; readonly syntaxes: readonly Oid[] }
  /** Initiator: refused, by which layer and why; `error` where the peer's application said so. */
  | {
      readonly type: 'refused';
      readonly layer: Layer;
      readonly isTransient: boolean;
      readonly diagnostic: string;
      readonly error: Uint8Array | null;
    }
  | {
      readonly type: 'invoke';
      readonly invokeId: number;
      /** The abstract syntax of the context in which it came; the answer goes back there. */
      readonly syntax: Oid;
      readonly operation: number;
      readonly argument: Uint8Array;
    }
  | {
      readonly type: 'result';
      readonly invokeId: number;
      /** Null where the operation returned none. */
      readonly result: Uint8Array | null;
    }
  | {
      readonly type: 'error';
      readonly invokeId: number;
      readonly code: number;
      readonly parameter: Uint8Array | null;
    }
  | { readonly type: 'reject'; readonly invokeId: number | null; readonly reject: RejectProblem }
  /** The peer wants to release; answer with `unbindResponse` when nothing is outstanding. */
  | { readonly type: 'unbind' }
  /** The release that we asked for is done. */
  | { readonly type: 'unbound' }
  /** The association is gone without release. After it nothing comes and nothing may be sent. */
  | {
      readonly type: 'aborted';
      readonly layer: Layer;
      /** 'local': we found a violation; 'peer': it aborted; 'transport': the connection broke. */
      readonly by: 'local' | 'peer' | 'transport';
      readonly detail: string;
      /** Over RTSE: invocations of ours that the peer was not given whole, and cannot perform. */
      readonly unsent?: ReadonlySet<number>;
    };

/** What goes into an association. Each throws InvariantError out of sequence. */
export interface AssociationCommands {
  /** Initiator. */
  bind(request: BindRequest): void;
  /** Responder: accept, with those of the proposed abstract syntaxes that are served. */
  bindResult(syntaxes: readonly Oid[], result: Uint8Array): void;
  /** Responder: refuse. `error` is the bind error's value; null where there is none to give. */
  bindError(refusal: BindRefusal): void;
  /** Returns the invoke id, which is unique among those of ours that are unanswered. */
  invoke(syntax: Oid, operation: number, argument: Pieces): number;
  /** Answers on the context on which the invocation came. */
  result(invokeId: number, result: Pieces): void;
  error(invokeId: number, code: number, parameter: Uint8Array | null): void;
  reject(invokeId: number, reject: RejectProblem): void;
  /** Initiator. */
  unbind(): void;
  unbindResponse(): void;
  /** User abort (ABRT source 0). */
  abort(): void;
}

export interface BindRefusal {
  /** AARE rejected-transient instead of rejected-permanent: the peer may try again. */
  readonly isTransient: boolean;
  readonly diagnostic: number;
  readonly error: Uint8Array | null;
}
