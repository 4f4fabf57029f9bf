/**
 * The association control service, kernel; data of other contexts passes through untouched.
 *
 * Source: X.217 9.
 */
import type { Oid } from '../../asn1/primitive.js';
import type {
  PresentationAddresses,
  PresentationContext,
  PresentationData,
  ReceivedPresentationData,
} from '../presentation/service.js';
import type { UserValue } from './apdu.js';

export type AcseRequest =
  | ({
      readonly type: 'A-ASSOCIATE request';
      readonly applicationContext: Oid;
      readonly contexts: readonly PresentationContext[];
      readonly userInformation: UserValue;
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
  | { readonly type: 'A-ABORT request'; readonly source: 'user' | 'provider' };

export type AcseIndication =
  | ({
      readonly type: 'A-ASSOCIATE indication';
      readonly applicationContext: Oid;
      readonly contexts: readonly PresentationContext[];
      readonly userInformation: UserValue | null;
      /** Octets of user information that the peer takes in the acceptance; absent: any. */
      readonly answerBytesMax?: number;
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
      readonly layer: 'acse' | 'presentation' | 'session' | 'cotp';
      readonly by: 'local' | 'peer' | 'transport';
      readonly detail: string;
    };
