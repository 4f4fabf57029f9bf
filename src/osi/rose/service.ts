/**
 * What an association's user asks of remote operations: the commands of {@link AssociationCommands}
 * as primitives.
 *
 * Source: X.880; the form is ours.
 */
import type { Oid } from '../../asn1/primitive.js';
import type { Pieces } from '../../base/octets.js';
import type { BindRefusal, BindRequest, RejectProblem } from '../association.js';

export type RoseRequest =
  | ({ readonly type: 'RO-BIND request' } & BindRequest)
  | {
      readonly type: 'RO-BIND result';
      readonly syntaxes: readonly Oid[];
      readonly result: Uint8Array;
    }
  | ({ readonly type: 'RO-BIND error' } & BindRefusal)
  | {
      readonly type: 'RO-INVOKE request';
      readonly invokeId: number;
      readonly syntax: Oid;
      readonly operation: number;
      readonly argument: Pieces;
    }
  | { readonly type: 'RO-RESULT request'; readonly invokeId: number; readonly result: Pieces }
  | {
      readonly type: 'RO-ERROR request';
      readonly invokeId: number;
      readonly code: number;
      readonly parameter: Uint8Array | null;
    }
  | {
      readonly type: 'RO-REJECT request';
      readonly invokeId: number;
      readonly reject: RejectProblem;
    }
  | { readonly type: 'RO-UNBIND request' }
  | { readonly type: 'RO-UNBIND response' }
  | { readonly type: 'RO-ABORT request' };
