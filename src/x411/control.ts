/**
 * submission-control and delivery-control. One type for both directions and both editions: the
 * tags of what only one of them has do not meet.
 *
 * Source: X.411 (1999) 8.2.1.4, 8.3.1.3, module MTSAbstractService, Controls, Waiting.
 */
import { bitString } from '../asn1/bit-string.js';
import { listOrEmpty, optional } from '../asn1/component.js';
import { setOf } from '../asn1/list.js';
import { boolean, integer, objectIdentifier } from '../asn1/primitive.js';
import { sequence } from '../asn1/sequence.js';
import { set } from '../asn1/set.js';
import { implicit } from '../asn1/tagged.js';
import type { TypeOf } from '../asn1/type.js';
import { SecurityContext } from './bind.js';
import { ContentType, EncodedInformationTypes, Priority } from './envelope-parts.js';
import { Extensions } from './extension.js';

export const EitsConstraints = sequence('EncodedInformationTypesConstraints', {
  unacceptableEits: optional(implicit(0, setOf(objectIdentifier))),
  acceptableEits: optional(implicit(1, setOf(objectIdentifier))),
  exclusivelyAcceptableEits: optional(implicit(2, setOf(objectIdentifier))),
});
export type EitsConstraints = TypeOf<typeof EitsConstraints>;

/** Bits of permissible-operations and waiting-operations: probes and reports, then messages. */
export const CONTROLLED_OPERATION = { probeOrReport: 0, message: 1 } as const;

export const Controls = set('Controls', {
  /** Absent: TRUE. FALSE lifts all restrictions. */
  restrict: optional(implicit(0, boolean)),
  permissibleOperations: optional(implicit(1, bitString)),
  permissibleMaximumContentLength: optional(implicit(2, integer())),
  permissibleLowestPriority: optional(Priority),
  permissibleContentTypes: optional(implicit(4, setOf(ContentType))),
  /** 1988. */
  permissibleEncodedInformationTypes: optional(EncodedInformationTypes),
  /** 1994. */
  permissibleEitsConstraints: optional(EitsConstraints),
  permissibleSecurityContext: optional(implicit(5, SecurityContext)),
  extensions: listOrEmpty(implicit(6, Extensions)),
});
export type Controls = TypeOf<typeof Controls>;

export const SubmissionControlArgument = Controls;
export const DeliveryControlArgument = Controls;

/** Bits of waiting-messages. */
export const WAITING_MESSAGES = {
  longContent: 0,
  lowPriority: 1,
  otherSecurityLabels: 2,
} as const;

export const Waiting = set('Waiting', {
  waitingOperations: optional(implicit(0, bitString)),
  waitingMessages: optional(implicit(1, bitString)),
  waitingContentTypes: listOrEmpty(implicit(2, setOf(ContentType))),
  waitingEncodedInformationTypes: optional(EncodedInformationTypes),
  extensions: listOrEmpty(implicit(6, Extensions)),
});
export type Waiting = TypeOf<typeof Waiting>;

export const SubmissionControlResult = Waiting;
export const DeliveryControlResult = Waiting;
