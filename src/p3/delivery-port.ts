/**
 * What an MTA may invoke on the store, whoever opened the association: deliveries, each routed by
 * its recipient to the shard that owns the mailbox, submission-control and change-credentials.
 *
 * The result of a delivery is sent when the message is durable. Temporary trouble is answered with
 * delivery-control-violated, upon which the MTA keeps the message.
 *
 * Operations go by their code alone: what an MTA may invoke bears one code over all ports, and
 * peers of the ISODE family invoke on the context of the bind.
 *
 * Source: X.411 (1999) 8.2.1.4, 8.3, 8.4; X.419 (1999) for who may invoke what.
 */

import { decodeOrNull } from '../asn1/elements.js';
import { integer } from '../asn1/primitive.js';
import { encode } from '../asn1/type.js';
import { ViolationError } from '../base/errors.js';
import type { Directory } from '../directory/directory.js';
import type { Reply } from '../engine/contract.js';
import type { MailboxId } from '../engine/mailbox-id.js';
import type { Router } from '../engine/router.js';
import { CONTENT_BYTES_MAX } from '../limits.js';
import type { OrderlyEnd } from '../net/orderly-end.js';
import {
  type AssociationCommands,
  type AssociationEvent,
  INVOKE_PROBLEM,
} from '../osi/association.js';
import type { Log } from '../telemetry/log.js';
import { MTS_ERROR, MTS_OPERATION } from '../x411/application-contexts.js';
import { passwordOctets } from '../x411/credentials.js';
import { contentTypeOid } from '../x411/envelope-parts.js';
import { SECURITY_PROBLEM } from '../x411/errors.js';
import { type DeliveryFacts, factsOfDelivery } from '../x411/peek.js';
import { ChangeCredentialsArgument } from '../x411/register.js';
import type { SecurityLabel } from '../x411/security-label.js';
import type { DeliveryControl } from './delivery-control.js';
import type { ReportRoutes } from './report-routes.js';
import { extensionsOfDelivery, labelProblemOf } from './security-context.js';
import type { SubmissionControls } from './submission-controls.js';

export interface DeliveryServices {
  readonly directory: Directory;
  readonly router: Pick<Router, 'request' | 'hasRoom' | 'onRoom'>;
  readonly log: Log;
  readonly reportRoutes: ReportRoutes;
  /** Hands a submission-control on to whoever is bound; `done` is told what he says waits. */
  readonly controlUsers: (
    mailbox: MailboxId,
    argument: Uint8Array,
    done: (waiting: Uint8Array | null) => void,
  ) => void;
}

/** Who delivers, and what its bind has said. */
export interface DeliveringMta {
  readonly mtaName: string;
  /** Whose the reports are that name no submission of which we know the mailbox. */
  readonly reportsTo: MailboxId | null;
  readonly securityContext: readonly SecurityLabel[] | null;
  /** Whose submissions go out on the association, and are under its control; null: not one's. */
  readonly submitter: MailboxId | null;
}

/** What the port answers through. */
export type DeliveryAssociation = Pick<AssociationCommands, 'result' | 'error' | 'reject'> & {
  setReading(isReading: boolean): void;
};

type Invoke = Extract<AssociationEvent, { readonly type: 'invoke' }>;
type DeliveryKind = 'message-delivery' | 'report-delivery';

export interface DeliveryPortParts {
  readonly association: DeliveryAssociation;
  readonly services: DeliveryServices;
  readonly peer: DeliveringMta;
  readonly end: OrderlyEnd;
  readonly control: DeliveryControl;
  readonly controls: SubmissionControls;
}

export class DeliveryPort {
  readonly #association: DeliveryAssociation;
  readonly #services: DeliveryServices;
  readonly #peer: DeliveringMta;
  readonly #end: OrderlyEnd;
  readonly #control: DeliveryControl;
  readonly #controls: SubmissionControls;

  constructor({ association, services, peer, end, control, controls }: DeliveryPortParts) {
    this.#association = association;
    this.#services = services;
    this.#peer = peer;
    this.#end = end;
    this.#control = control;
    this.#controls = controls;
  }

  invoke({ invokeId, operation, argument }: Invoke): void {
    switch (operation) {
      case MTS_OPERATION.messageDelivery:
        this.#deliverMessage(invokeId, argument);
        return;
      case MTS_OPERATION.reportDelivery:
        this.#deliver('report-delivery', invokeId, this.#reportTo(argument), argument);
        return;
      case MTS_OPERATION.submissionControl:
        this.#submissionControl(invokeId, argument);
        return;
      case MTS_OPERATION.changeCredentials:
        void this.#changeCredentials(invokeId, argument);
        return;
      default:
        // Register and the submissions are the MTS-user's to invoke, not the MTS's.
        this.#reject(invokeId, INVOKE_PROBLEM.unrecognizedOperation);
    }
  }

  #reportTo(argument: Uint8Array): MailboxId | null {
    return this.#services.reportRoutes.mailboxOf(argument) ?? this.#peer.reportsTo;
  }

  #deliverMessage(invokeId: number, argument: Uint8Array): void {
    const facts = factsOfDelivery(argument);
    const mailbox = facts === null ? undefined : this.#mailboxOf(facts.recipient);
    if (facts === null || mailbox === undefined) {
      this.#reject(invokeId, INVOKE_PROBLEM.mistypedArgument);
      return;
    }
    if (mailbox !== null && !this.#isDeliverable(mailbox, facts)) {
      this.#association.error(invokeId, MTS_ERROR.deliveryControlViolated, null);
      return;
    }
    this.#deliver('message-delivery', invokeId, mailbox, argument);
  }

  /** Null: none of ours. Undefined: the octets are no name. */
  #mailboxOf(recipient: Uint8Array): MailboxId | null | undefined {
    try {
      return this.#services.directory.mailboxOfContents(recipient);
    } catch (error) {
      if (error instanceof ViolationError) return undefined;
      throw error;
    }
  }

  #isDeliverable(mailbox: MailboxId, { contentType, contentBytes }: DeliveryFacts): boolean {
    const { contentTypes, contentBytesMax = CONTENT_BYTES_MAX } =
      this.#services.directory.deliverableOf(mailbox) ?? {};
    const isOfType = contentTypes?.includes(contentTypeOid(contentType)) ?? true;
    return isOfType && contentBytes <= contentBytesMax;
  }

  #deliver(
    kind: DeliveryKind,
    invokeId: number,
    mailbox: MailboxId | null,
    argument: Uint8Array,
  ): void {
    if (this.#end.isLeaving || this.#control.isHolding) {
      this.#association.error(invokeId, MTS_ERROR.deliveryControlViolated, null);
      return;
    }
    if (mailbox === null) {
      // The MTA makes a non-delivery report.
      this.#securityError(invokeId, SECURITY_PROBLEM.unauthorisedRecipientName);
      return;
    }
    if (this.#peer.securityContext !== null && !this.#isWithinContext(kind, invokeId, argument))
      return;
    const { router } = this.#services;
    this.#end.begun();
    router.request({ kind, mailbox, argument }, (reply) => {
      this.#answer(invokeId, reply);
      this.#end.done();
    });
    if (router.hasRoom(mailbox)) return;
    this.#association.setReading(false);
    router.onRoom(() => this.#association.setReading(true));
  }

  /** False: it is not, and has been answered. */
  #isWithinContext(kind: DeliveryKind, invokeId: number, argument: Uint8Array): boolean {
    try {
      const problem = labelProblemOf(
        this.#peer.securityContext ?? [],
        extensionsOfDelivery(kind, argument),
      );
      if (problem !== null) this.#securityError(invokeId, problem);
      return problem === null;
    } catch (error) {
      if (!(error instanceof ViolationError)) throw error;
      this.#reject(invokeId, INVOKE_PROBLEM.mistypedArgument);
      return false;
    }
  }

  #answer(invokeId: number, reply: Reply): void {
    switch (reply.kind) {
      case 'result':
        this.#control.accepted();
        this.#association.result(invokeId, [reply.result]);
        return;
      case 'error':
        this.#association.error(invokeId, reply.code, reply.parameter);
        if (reply.code === MTS_ERROR.deliveryControlViolated) this.#refusedDelivery();
        return;
      case 'reject':
        this.#reject(invokeId, reply.problem);
        return;
      case 'failure': {
        const { kind, code, detail } = reply.error;
        this.#services.log.error('p3.failure', 'a delivery failed', { kind, code, detail });
        this.#association.error(invokeId, MTS_ERROR.deliveryControlViolated, null);
        this.#refusedDelivery();
      }
    }
  }

  #refusedDelivery(): void {
    if (!this.#end.isLeaving) this.#control.refused();
  }

  /** What is restricted holds at once; the user hears of it, and may have something that waits. */
  #submissionControl(invokeId: number, octets: Uint8Array): void {
    const result = this.#controls.receive(octets);
    if (result === null) {
      this.#reject(invokeId, INVOKE_PROBLEM.mistypedArgument);
      return;
    }
    const { submitter } = this.#peer;
    const answer = (waiting: Uint8Array | null) => {
      this.#association.result(invokeId, [waiting ?? result]);
      this.#end.done();
    };
    this.#end.begun();
    if (submitter === null) answer(null);
    else this.#services.controlUsers(submitter, octets, answer);
  }

  /** Passwords of MTAs are the operator's to set: who knows the old one is told that much. */
  async #changeCredentials(invokeId: number, octets: Uint8Array): Promise<void> {
    const argument = decodeOrNull(ChangeCredentialsArgument, octets);
    if (argument === null) {
      this.#reject(invokeId, INVOKE_PROBLEM.mistypedArgument);
      return;
    }
    this.#end.begun();
    const { directory } = this.#services;
    const old = passwordOctets(argument.oldCredentials);
    const isRight = (await directory.authenticateMta(this.#peer.mtaName, old)) !== null;
    const { newCredentialsUnacceptable, oldCredentialsIncorrectlySpecified } = MTS_ERROR;
    const code = isRight ? newCredentialsUnacceptable : oldCredentialsIncorrectlySpecified;
    this.#association.error(invokeId, code, null);
    this.#end.done();
  }

  #securityError(invokeId: number, problem: number): void {
    this.#association.error(invokeId, MTS_ERROR.securityError, encode(integer(), problem));
  }

  #reject(invokeId: number, problem: number): void {
    this.#association.reject(invokeId, { kind: 'invoke', problem });
  }
}
