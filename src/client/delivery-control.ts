/**
 * What a store lets an MTA deliver for the time being.
 *
 * Source: X.411 (1999) 8.3.1.3.
 */
import { hasBit } from '../asn1/bit-string.js';
import type { Oid } from '../asn1/primitive.js';
import { CONTROLLED_OPERATION, type Controls } from '../x411/control.js';
import { contentTypeOid, type Priority } from '../x411/envelope-parts.js';

export interface DeliveryControl {
  /** False: whatever restricted deliveries on this association restricts them no more. */
  readonly isRestricting: boolean;
  /** Which operations may come; null where that stays as it was, as with all that follow. */
  readonly permissibleOperations: {
    readonly messages: boolean;
    readonly reports: boolean;
  } | null;
  /** In octets. */
  readonly contentLengthMax: number | null;
  /** This and more urgent ones. */
  readonly lowestPriority: Priority | null;
  readonly contentTypes: readonly Oid[] | null;
}

export function deliveryControlOf(controls: Controls): DeliveryControl {
  const { permissibleOperations: operations, permissibleContentTypes } = controls;
  return {
    isRestricting: controls.restrict ?? true,
    permissibleOperations:
      operations === undefined
        ? null
        : {
            messages: hasBit(operations, CONTROLLED_OPERATION.message),
            reports: hasBit(operations, CONTROLLED_OPERATION.probeOrReport),
          },
    contentLengthMax: controls.permissibleMaximumContentLength ?? null,
    lowestPriority: controls.permissibleLowestPriority ?? null,
    contentTypes: permissibleContentTypes?.map(contentTypeOid) ?? null,
  };
}
