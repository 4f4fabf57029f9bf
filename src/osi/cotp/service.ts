/**
 * The transport service (X.214) as class 0 over TCP gives it, and the network service beneath,
 * which is a TCP connection cut into TPDUs by TPKT.
 *
 * Source: X.214 12; RFC 1006.
 */
import type { Pieces } from '../../base/octets.js';

/** Transport selectors. Absent: not given. An empty one counts as absent. */
export interface TransportAddresses {
  readonly calling?: Uint8Array;
  readonly called?: Uint8Array;
}

export type TransportRequest =
  | ({ readonly type: 'T-CONNECT request' } & TransportAddresses)
  | { readonly type: 'T-CONNECT response' }
  | { readonly type: 'T-DATA request'; readonly userData: Pieces }
  /** Before the CC: refuse with this DR reason. After: just close (class 0 has no release). */
  | { readonly type: 'T-DISCONNECT request'; readonly reason: number };

export type TransportIndication =
  | ({ readonly type: 'T-CONNECT indication' } & TransportAddresses)
  | { readonly type: 'T-CONNECT confirm' }
  /** One whole TSDU. */
  | { readonly type: 'T-DATA indication'; readonly userData: Uint8Array }
  /** The connection is gone, or was refused. `reason` is a DR reason where the peer sent one. */
  | {
      readonly type: 'T-DISCONNECT indication';
      readonly reason: number | null;
      readonly detail: string;
    };

export type NetworkRequest =
  /** One TPDU, header first, not yet framed. */
  | { readonly type: 'N-DATA request'; readonly tpdu: Pieces }
  /** Close the TCP connection when what was sent before is out. */
  | { readonly type: 'N-DISCONNECT request' };

export type NetworkIndication =
  | { readonly type: 'N-DATA indication'; readonly tpdu: Uint8Array }
  /** The TCP connection is closed or broken, or its framing is (RFC 1006). */
  | { readonly type: 'N-DISCONNECT indication'; readonly detail: string };
