/**
 * The presentation service (X.216), kernel, normal mode, and what it hands on of the session's: the
 * functional units, and tokens and activities under the names that they have there.
 *
 * Source: X.216; X.226 6 for the contexts.
 */
import type { Oid } from '../../asn1/primitive.js';
import type { Pieces } from '../../base/octets.js';
import type {
  ActivityIndication,
  ActivityRequest,
  ConnectionReference,
  SessionAddresses,
} from '../session/service.js';

/** Basic Encoding Rules, the only transfer syntax of X.400. */
export const BER_TRANSFER_SYNTAX: Oid = '2.1.1';

export interface PresentationAddresses extends SessionAddresses {
  readonly callingPresentation?: Uint8Array;
  readonly calledPresentation?: Uint8Array;
}

/** A presentation context: a number that stands for an abstract syntax on this connection. */
export interface PresentationContext {
  readonly id: number;
  readonly abstractSyntax: Oid;
}

/** One presentation data value: `data` is one whole BER element of that context. */
export interface PresentationData {
  readonly contextId: number;
  readonly data: Pieces;
}

/** The same as it came in. */
export interface ReceivedPresentationData {
  readonly contextId: number;
  readonly data: Uint8Array;
}

/** X.226: provider-reason of a CPR. */
export const PRESENTATION_REFUSAL = {
  notSpecified: 0,
  temporaryCongestion: 1,
  localLimitExceeded: 2,
  calledAddressUnknown: 3,
  versionNotSupported: 4,
  defaultContextNotSupported: 5,
  userDataNotReadable: 6,
  noPsapAvailable: 7,
} as const;

/** The one primitive about tokens that carries a value. */
export interface TokenPlease<Kind extends string, Data> {
  readonly type: `P-TOKEN-PLEASE ${Kind}`;
  readonly userData: Data;
}

export type PresentationRequest =
  | ({
      readonly type: 'P-CONNECT request';
      readonly contexts: readonly PresentationContext[];
      readonly userData: PresentationData;
      /** Functional units of the session; duplex by default. */
      readonly requirements?: number;
      readonly reference?: ConnectionReference;
    } & PresentationAddresses)
  /** `accepted` lists the ids taken; the others are refused as unsupported abstract syntaxes. */
  | {
      readonly type: 'P-CONNECT accept response';
      readonly accepted: readonly number[];
      readonly userData: PresentationData;
      readonly requirements?: number;
    }
  | {
      readonly type: 'P-CONNECT refuse response';
      readonly accepted: readonly number[];
      /** Given: the provider refuses and there is no user data. */
      readonly providerReason?: number;
      readonly userData?: PresentationData;
    }
  | ({ readonly type: 'P-DATA request' } & PresentationData)
  | { readonly type: 'P-RELEASE request'; readonly userData: PresentationData }
  | { readonly type: 'P-RELEASE response'; readonly userData: PresentationData }
  | { readonly type: 'P-U-ABORT request'; readonly userData: PresentationData }
  | TokenPlease<'request', PresentationData>
  | ActivityRequest;

export type PresentationIndication =
  | ({
      readonly type: 'P-CONNECT indication';
      /** Proposed with BER among the transfer syntaxes; the rest is refused by the provider. */
      readonly contexts: readonly PresentationContext[];
      readonly userData: ReceivedPresentationData;
      /** Octets of a value that the peer takes in the acceptance; absent: any. */
      readonly answerBytesMax?: number;
      /** Why the connection cannot be had: to be refused with the user's own PDU. */
      readonly lack?: string;
      /** Functional units that were proposed, where those of RTSE are among them. */
      readonly requirements?: number;
      readonly reference?: ConnectionReference;
      /** Whether the tokens of these units are the responder's at first. */
      readonly isTurnOurs?: boolean;
    } & PresentationAddresses)
  | {
      readonly type: 'P-CONNECT accept confirm';
      readonly contexts: readonly PresentationContext[];
      readonly userData: ReceivedPresentationData;
    }
  | {
      readonly type: 'P-CONNECT refuse confirm';
      /** Who refused: the peer's user (then userData), its presentation, or its session. */
      readonly by: 'user' | 'presentation' | 'session';
      readonly reason: number | null;
      readonly userData: ReceivedPresentationData | null;
    }
  | ({ readonly type: 'P-DATA indication' } & ReceivedPresentationData)
  | { readonly type: 'P-RELEASE indication'; readonly userData: ReceivedPresentationData | null }
  | { readonly type: 'P-RELEASE confirm'; readonly userData: ReceivedPresentationData | null }
  | { readonly type: 'P-U-ABORT indication'; readonly userData: ReceivedPresentationData | null }
  | TokenPlease<'indication', ReceivedPresentationData | null>
  | ActivityIndication
  | {
      readonly type: 'P-P-ABORT indication';
      readonly layer: 'presentation' | 'session' | 'cotp';
      readonly by: 'local' | 'peer' | 'transport';
      readonly detail: string;
    };
