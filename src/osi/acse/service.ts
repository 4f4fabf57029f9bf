/**
 * The association control service, kernel; data of other contexts passes through untouched, and so
 * do tokens and activities.
 *
 * Source: X.217 9.
 */
import type { Oid } from '../../asn1/primitive.js';
import type {
  PresentationAddresses,
  PresentationContext,
  PresentationData,
  ReceivedPresentationData,
  TokenPlease,
} from '../presentation/service.js';
import type {
  ActivityIndication,
  ActivityRequest,
  ConnectionReference,
} from '../session/service.js';
import type { UserValue } from './apdu.js';

export type AcseRequest =
  | ({
      readonly type: 'A-ASSOCIATE request';
      readonly applicationContext: Oid;
      readonly contexts: readonly PresentationContext[];
      readonly userInformation: UserValue;
      /** Functional units of the session; duplex by default. */
      readonly requirements?: number;
      readonly reference?: ConnectionReference;
    } & PresentationAddresses)
  | {
      readonly type: 'A-ASSOCIATE accept response';
      readonly accepted: readonly number[];
      readonly userInformation: UserValue;
    }
  | {
      readonly type: 'A-ASSOCIATE reject response';
      readonly accepted: readonly number[];
      readonly isTransient: boolean;
      readonly diagnostic: number;
      readonly userInformation: UserValue | null;
    }
  | ({ readonly type: 'P-DATA request' } & PresentationData)
  | { readonly type: 'A-RELEASE request' }
  | { readonly type: 'A-RELEASE response' }
  | {
      readonly type: 'A-ABORT request';
      readonly source: 'user' | 'provider';
      readonly userInformation?: UserValue;
    };

export type AcseIndication =
  | ({
      readonly type: 'A-ASSOCIATE indication';
      readonly applicationContext: Oid;
      readonly contexts: readonly PresentationContext[];
      readonly userInformation: UserValue | null;
      /** Octets of user information that the peer takes in the acceptance; absent: any. */
      readonly answerBytesMax?: number;
      /** Proposed in a context over RTSE, whose session has the units that it needs. */
      readonly transfer?: TransferProposal;
      /** Over RTSE: the initiator wants to transfer alone, which no port of P3 and P7 allows. */
      readonly isMonologue?: true;
    } & PresentationAddresses)
  | {
      readonly type: 'A-ASSOCIATE accept confirm';
      readonly contexts: readonly PresentationContext[];
      readonly userInformation: UserValue | null;
    }
  | {
      readonly type: 'A-ASSOCIATE reject confirm';
      readonly layer: 'acse' | 'presentation' | 'session';
      readonly isTransient: boolean;
      readonly diagnostic: string;
      readonly userInformation: UserValue | null;
    }
  | ({ readonly type: 'P-DATA indication' } & ReceivedPresentationData)
  | { readonly type: 'A-RELEASE indication' }
  | { readonly type: 'A-RELEASE confirm' }
  | {
      readonly type: 'A-ABORT indication';
      readonly layer: 'rtse' | 'acse' | 'presentation' | 'session' | 'cotp';
      readonly by: 'local' | 'peer' | 'transport';
      readonly detail: string;
      /** What the peer's user said as it aborted. */
      readonly userInformation?: UserValue;
    };

/** What passes through besides, where RTSE stands above. */
export type TransferRequest = TokenPlease<'request', PresentationData> | ActivityRequest;
export type TransferIndication =
  | TokenPlease<'indication', ReceivedPresentationData | null>
  | ActivityIndication;

/** How the session of a reliable association begins. */
export interface TransferProposal {
  /** Whether the turn is the responder's at first. */
  readonly isTurnOurs: boolean;
  /** Null: no activity of it can be resumed on another connection. */
  readonly reference: ConnectionReference | null;
}
