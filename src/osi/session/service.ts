/**
 * The session service (X.215): kernel and duplex. What RTSE needs more (tokens, activities, minor
 * synchronization, exceptions) will stand here too.
 *
 * Source: X.215 12 to 14.
 */
import type { Pieces } from '../../base/octets.js';

export interface SessionAddresses {
  readonly callingSelector?: Uint8Array;
  readonly calledSelector?: Uint8Array;
  /** T-selectors, passed through from beneath. */
  readonly callingTransport?: Uint8Array;
  readonly calledTransport?: Uint8Array;
}

/** Why a session was refused: X.225 8.3.5.10. `user` carries a presentation PPDU (code 2). */
export const SESSION_REFUSAL = {
  user: 2,
  selectorUnknown: 129,
  notAttached: 130,
  congestion: 131,
  versionsNotSupported: 132,
  notSpecified: 133,
  implementationRestriction: 134,
} as const;

export type SessionRequest =
  | ({ readonly type: 'S-CONNECT request'; readonly userData: Pieces } & SessionAddresses)
  | { readonly type: 'S-CONNECT accept response'; readonly userData: Pieces }
  | {
      readonly type: 'S-CONNECT refuse response';
      /** A refusal code; 130, 131 and the like when no application stands behind the address. */
      readonly reason: number;
      /** With reason 2 only. */
      readonly userData: Pieces;
    }
  | { readonly type: 'S-DATA request'; readonly userData: Pieces }
  | { readonly type: 'S-RELEASE request'; readonly userData: Pieces }
  | { readonly type: 'S-RELEASE response'; readonly userData: Pieces }
  | { readonly type: 'S-U-ABORT request'; readonly userData: Pieces };

export type SessionIndication =
  | ({
      readonly type: 'S-CONNECT indication';
      readonly userData: Uint8Array;
      /** Octets of user data that the peer takes in an ACCEPT; absent: what an SPDU holds. */
      readonly answerBytesMax?: number;
      /** What the session needs and the peer does not offer: to be refused, by who can say why. */
      readonly lack?: string;
    } & SessionAddresses)
  | { readonly type: 'S-CONNECT accept confirm'; readonly userData: Uint8Array }
  | {
      readonly type: 'S-CONNECT refuse confirm';
      readonly reason: number;
      readonly userData: Uint8Array;
    }
  | { readonly type: 'S-DATA indication'; readonly userData: Uint8Array }
  | { readonly type: 'S-RELEASE indication'; readonly userData: Uint8Array }
  | { readonly type: 'S-RELEASE confirm'; readonly userData: Uint8Array }
  | { readonly type: 'S-U-ABORT indication'; readonly userData: Uint8Array }
  /**
   * The session is gone, by the provider at either end. `by` tells which: 'local' (we found a
   * violation and have sent what answers it), 'peer' (its session sent an abort), 'transport'.
   */
  | {
      readonly type: 'S-P-ABORT indication';
      readonly by: 'local' | 'peer' | 'transport';
      readonly detail: string;
    };
