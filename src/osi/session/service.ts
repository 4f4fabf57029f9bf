/**
 * The session service (X.215): kernel with duplex, or with what RTSE needs: half-duplex, minor
 * synchronize, activity management and exceptions. Of these the presentation service adds nothing
 * to any but the request for the tokens, so the others pass through it under their own names.
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

/** Functional units, as bits of the session requirements. X.225 8.3.1.15. */
export const FUNCTIONAL_UNIT = {
  halfDuplex: 0x0001,
  duplex: 0x0002,
  minorSynchronize: 0x0008,
  activityManagement: 0x0040,
  exceptions: 0x0200,
} as const;

/** What RTSE asks of a session. ISODE takes no acceptance that says anything else. X.228. */
export const RTSE_UNITS =
  FUNCTIONAL_UNIT.halfDuplex |
  FUNCTIONAL_UNIT.minorSynchronize |
  FUNCTIONAL_UNIT.activityManagement |
  FUNCTIONAL_UNIT.exceptions;

/** Why a session cannot be had, where the units of RTSE are not what is wanted. */
export const NO_DUPLEX = 'no duplex proposed';

/**
 * The session connection identifier: what an activity is named by beyond its connection. Each as
 * the initiator wrote it, and never read: what looks like a time in it often is none.
 */
export interface ConnectionReference {
  readonly user: Uint8Array;
  readonly common: Uint8Array;
  readonly additional?: Uint8Array;
}

/** Reasons of an interruption, a discard or an exception report. X.225 8.3.26.3. */
export const ACTIVITY_REASON = {
  none: 0,
  receivingAbility: 1,
  sequenceError: 3,
  localError: 5,
  procedural: 6,
} as const;

/** Where a resumed activity goes on: behind this serial number of that activity. */
export interface ActivityLink {
  /** Absent: it was interrupted on this same connection. */
  readonly connection?: ConnectionReference;
  readonly activity: Uint8Array;
  readonly serial: number;
}

/** What may be said of activities from either end; identifiers are octets of the user's choice. */
export type ActivityPrimitive<Ask extends string, Answer extends string> =
  | { readonly type: `S-CONTROL-GIVE ${Ask}` }
  | { readonly type: `S-ACTIVITY-START ${Ask}`; readonly activity: Uint8Array }
  | {
      readonly type: `S-ACTIVITY-RESUME ${Ask}`;
      readonly activity: Uint8Array;
      readonly link: ActivityLink;
    }
  | { readonly type: `S-ACTIVITY-INTERRUPT ${Ask}`; readonly reason: number }
  | { readonly type: `S-ACTIVITY-INTERRUPT ${Answer}` }
  | { readonly type: `S-ACTIVITY-DISCARD ${Ask}`; readonly reason: number }
  | { readonly type: `S-ACTIVITY-DISCARD ${Answer}` }
  | { readonly type: `S-ACTIVITY-END ${Ask}` }
  | { readonly type: `S-ACTIVITY-END ${Answer}` }
  | { readonly type: `S-SYNC-MINOR ${Ask}` }
  /** Confirms every point up to this one. */
  | { readonly type: `S-SYNC-MINOR ${Answer}`; readonly serial: number }
  | { readonly type: `S-U-EXCEPTION-REPORT ${Ask}`; readonly reason: number };

export type ActivityRequest = ActivityPrimitive<'request', 'response'>;
export type ActivityIndication =
  | Exclude<ActivityPrimitive<'indication', 'confirm'>, { type: 'S-SYNC-MINOR indication' }>
  | { readonly type: 'S-SYNC-MINOR indication'; readonly serial: number };

export type SessionRequest =
  | ({
      readonly type: 'S-CONNECT request';
      readonly userData: Pieces;
      /** Functional units; duplex by default. */
      readonly requirements?: number;
      readonly reference?: ConnectionReference;
    } & SessionAddresses)
  | {
      readonly type: 'S-CONNECT accept response';
      readonly userData: Pieces;
      readonly requirements?: number;
    }
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
  | { readonly type: 'S-U-ABORT request'; readonly userData: Pieces }
  | { readonly type: 'S-TOKEN-PLEASE request'; readonly userData: Pieces }
  | ActivityRequest;

export type SessionIndication =
  | ({
      readonly type: 'S-CONNECT indication';
      readonly userData: Uint8Array;
      /** Octets of user data that the peer takes in an ACCEPT; absent: what an SPDU holds. */
      readonly answerBytesMax?: number;
      /** What any session needs and the peer does not offer: to be refused, by who can say why. */
      readonly lack?: string;
      /** Functional units that the peer proposes, where those of RTSE are among them. */
      readonly requirements?: number;
      readonly reference?: ConnectionReference;
      /** Whether their tokens are the responder's at first. */
      readonly isTurnOurs?: boolean;
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
  | { readonly type: 'S-TOKEN-PLEASE indication'; readonly userData: Uint8Array }
  | ActivityIndication
  /**
   * The session is gone, by the provider at either end. `by` tells which: 'local' (we found a
   * violation and have sent what answers it), 'peer' (its session sent an abort), 'transport'.
   */
  | {
      readonly type: 'S-P-ABORT indication';
      readonly by: 'local' | 'peer' | 'transport';
      readonly detail: string;
    };
