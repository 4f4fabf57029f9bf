/**
 * One P3 association of the store as MTS-user, opened by an MTA (forced access): the bind of the
 * MTA, then deliveries, each routed by its recipient to the shard that owns the mailbox.
 *
 * The result of a delivery is sent when the message is durable. Temporary trouble is answered with
 * delivery-control-violated, upon which the MTA keeps the message.
 *
 * Operations go by their code alone: what an MTA may invoke bears one code over all ports, and
 * peers of the ISODE family invoke on the context of the bind.
 *
 * Source: X.411 (1999) 8.1 to 8.4; X.419 (1999) for who may invoke what.
 */
import { integer } from '../asn1/primitive.js';
import { type Asn1Type, decode, encode } from '../asn1/type.js';
import { ViolationError } from '../base/errors.js';
import type { Directory, MtaRecord } from '../directory/directory.js';
import type { Reply } from '../engine/contract.js';
import type { MailboxId } from '../engine/mailbox-id.js';
import type { Router } from '../engine/router.js';
import { ASSOCIATIONS_PER_MTA_MAX, BIND_REFUSAL_DELAY_MS, CONTENT_BYTES_MAX } from '../limits.js';
import {
  ACSE_USER_DIAGNOSTIC,
  type AssociationCommands,
  type AssociationEvent,
  type BindIndication,
  INVOKE_PROBLEM,
} from '../osi/association.js';
import type { Log } from '../telemetry/log.js';
import { type ApplicationContext, MTS_ERROR, MTS_OPERATION } from '../x411/application-contexts.js';
import { MTS_BIND_ERROR, MtsBindArgument, MtsBindError, MtsBindResult } from '../x411/bind.js';
import { SubmissionControlArgument, Waiting } from '../x411/control.js';
import { passwordOctets } from '../x411/credentials.js';
import { contentTypeOid } from '../x411/envelope-parts.js';
import { keepOrName } from '../x411/or-name.js';
import { type DeliveryFacts, factsOfDelivery } from '../x411/peek.js';
import { ChangeCredentialsArgument } from '../x411/register.js';
import type { SecurityLabel } from '../x411/security-label.js';
import { DeliveryControl } from './delivery-control.js';
import { isAcceptableContext, labelProblemOf } from './security-context.js';

/** X.411 SecurityProblem: the recipient is none of ours; the MTA makes a non-delivery report. */
const UNAUTHORISED_RECIPIENT_NAME = 30;
/** Nothing of ours waits for an MTA that restricts submissions. */
const NOTHING_WAITS = encode(Waiting, { waitingContentTypes: [], extensions: [] });

export interface P3Services {
  readonly directory: Directory;
  readonly router: Pick<Router, 'request' | 'hasRoom' | 'onRoom'>;
  readonly log: Log;
  /** What the store answers a bind with. */
  readonly storePassword: string;
  /** Associations of each MTA, over all listeners. */
  readonly boundMtas: Map<string, number>;
}

type Invoke = Extract<AssociationEvent, { readonly type: 'invoke' }>;
type DeliveryKind = 'message-delivery' | 'report-delivery';

export class P3Session {
  readonly #association: AssociationCommands & { setReading(isReading: boolean): void };
  readonly #services: P3Services;
  readonly #context: ApplicationContext;
  readonly #control: DeliveryControl;
  #mta: MtaRecord | null = null;
  #securityContext: readonly SecurityLabel[] | null = null;
  #outstanding = 0;
  #isReleasing = false;
  #isStopping = false;
  #isClosed = false;

  constructor(
    association: AssociationCommands & { setReading(isReading: boolean): void },
    services: P3Services,
    context: ApplicationContext,
    holdMs?: number,
  ) {
    this.#association = association;
    this.#services = services;
    this.#context = context;
    const { deliveryControl } = MTS_OPERATION;
    this.#control = new DeliveryControl(
      (argument) => association.invoke(context.delivery, deliveryControl, [argument]),
      holdMs,
    );
  }

  /** Who is bound, for the log. */
  get name(): string {
    return this.#mta?.name ?? 'nobody';
  }

  onEvent(event: AssociationEvent): void {
    switch (event.type) {
      case 'bind':
        void this.#bind(event);
        return;
      case 'invoke':
        this.#invoke(event);
        return;
      case 'unbind':
        this.#control.close();
        this.#isReleasing = true;
        this.#endWhenDone();
        return;
      case 'result':
        this.#control.answered(event.invokeId, true);
        return;
      case 'error':
      case 'reject':
        this.#control.answered(event.invokeId, false);
    }
  }

  /** A planned stop: deliveries on their way are answered, new ones are the MTA's to keep. */
  stop(): void {
    this.#control.close();
    this.#isStopping = true;
    this.#endWhenDone();
  }

  /** Deliveries that are on their way are stored; the MTA will repeat them and be told so. */
  onClosed(): void {
    this.#isClosed = true;
    this.#control.close();
    if (this.#mta === null) return;
    const { boundMtas } = this.#services;
    const left = (boundMtas.get(this.#mta.name) ?? 1) - 1;
    if (left === 0) boundMtas.delete(this.#mta.name);
    else boundMtas.set(this.#mta.name, left);
    this.#mta = null;
  }

  async #bind(event: BindIndication): Promise<void> {
    const argument = readArgument(MtsBindArgument, event.argument);
    if (argument === null) {
      const diagnostic = ACSE_USER_DIAGNOSTIC.noReasonGiven;
      this.#association.bindError({ isTransient: false, diagnostic, error: null });
      return;
    }
    const { directory, log, boundMtas } = this.#services;
    const { initiatorName, initiatorCredentials, securityContext = null } = argument;
    const claimed = initiatorName.kind === 'mta' ? initiatorName.value : '';
    const password = passwordOctets(initiatorCredentials);
    const mta = await directory.authenticateMta(claimed, password);
    if (this.#isClosed) return;
    const name = directory.nameOf(mta?.reportsTo ?? null);
    if (mta === null || name === null) {
      log.warn('p3.bind.refused', 'a P3 bind was refused', { mta: claimed });
      setTimeout(() => this.#refuse('authenticationError'), BIND_REFUSAL_DELAY_MS);
      return;
    }
    const count = boundMtas.get(mta.name) ?? 0;
    if (this.#isStopping || count >= ASSOCIATIONS_PER_MTA_MAX) {
      this.#refuse('busy');
      return;
    }
    if (securityContext !== null && !isAcceptableContext(securityContext)) {
      this.#refuse('unacceptableSecurityContext');
      return;
    }
    boundMtas.set(mta.name, count + 1);
    this.#mta = mta;
    this.#securityContext = securityContext;
    const result = encode(MtsBindResult, {
      responderName: { kind: 'messageStore', value: keepOrName(name) },
      responderCredentials: { kind: 'simpleIa5', value: this.#services.storePassword },
      extensions: [],
    });
    const { delivery, submission, administration } = this.#context;
    this.#association.bindResult([delivery, submission, administration], result);
    log.info('p3.bind', 'an MTA bound', { mta: mta.name });
  }

  #refuse(problem: keyof typeof MTS_BIND_ERROR): void {
    this.#association.bindError({
      isTransient: problem === 'busy',
      diagnostic: ACSE_USER_DIAGNOSTIC.noReasonGiven,
      error: encode(MtsBindError, MTS_BIND_ERROR[problem]),
    });
  }

  #invoke({ invokeId, operation, argument }: Invoke): void {
    switch (operation) {
      case MTS_OPERATION.messageDelivery:
        this.#deliverMessage(invokeId, argument);
        return;
      case MTS_OPERATION.reportDelivery:
        this.#deliver('report-delivery', invokeId, this.#mta?.reportsTo ?? null, argument);
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
    if (this.#isStopping || this.#control.isHolding) {
      this.#association.error(invokeId, MTS_ERROR.deliveryControlViolated, null);
      return;
    }
    if (mailbox === null) {
      this.#securityError(invokeId, UNAUTHORISED_RECIPIENT_NAME);
      return;
    }
    if (this.#securityContext !== null && !this.#isWithinContext(kind, invokeId, argument)) return;
    const { router } = this.#services;
    this.#outstanding += 1;
    router.request({ kind, mailbox, argument }, (reply) => {
      this.#outstanding -= 1;
      this.#answer(invokeId, reply);
      this.#endWhenDone();
    });
    if (router.hasRoom(mailbox)) return;
    this.#association.setReading(false);
    router.onRoom(() => this.#association.setReading(true));
  }

  /** False: it is not, and has been answered. */
  #isWithinContext(kind: DeliveryKind, invokeId: number, argument: Uint8Array): boolean {
    try {
      const problem = labelProblemOf(this.#securityContext ?? [], kind, argument);
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
    if (!this.#isClosed && !this.#isReleasing && !this.#isStopping) this.#control.refused();
  }

  /** Nothing is submitted over this association, so every restriction is kept. */
  #submissionControl(invokeId: number, octets: Uint8Array): void {
    const controls = readArgument(SubmissionControlArgument, octets);
    const isForDelivery =
      controls?.permissibleContentTypes !== undefined ||
      controls?.permissibleEncodedInformationTypes !== undefined ||
      controls?.permissibleEitsConstraints !== undefined;
    if (controls === null || isForDelivery) {
      this.#reject(invokeId, INVOKE_PROBLEM.mistypedArgument);
      return;
    }
    this.#association.result(invokeId, [NOTHING_WAITS]);
  }

  /** Passwords of MTAs are the operator's to set: who knows the old one is told that much. */
  async #changeCredentials(invokeId: number, octets: Uint8Array): Promise<void> {
    const argument = readArgument(ChangeCredentialsArgument, octets);
    if (argument === null) {
      this.#reject(invokeId, INVOKE_PROBLEM.mistypedArgument);
      return;
    }
    this.#outstanding += 1;
    const old = passwordOctets(argument.oldCredentials);
    const isRight = (await this.#services.directory.authenticateMta(this.name, old)) !== null;
    this.#outstanding -= 1;
    const { newCredentialsUnacceptable, oldCredentialsIncorrectlySpecified } = MTS_ERROR;
    const code = isRight ? newCredentialsUnacceptable : oldCredentialsIncorrectlySpecified;
    this.#association.error(invokeId, code, null);
    this.#endWhenDone();
  }

  #securityError(invokeId: number, problem: number): void {
    this.#association.error(invokeId, MTS_ERROR.securityError, encode(integer(), problem));
  }

  #reject(invokeId: number, problem: number): void {
    this.#association.reject(invokeId, { kind: 'invoke', problem });
  }

  /** A responder cannot release: when it stops, it aborts, with everything answered. */
  #endWhenDone(): void {
    if (this.#outstanding > 0 || this.#isClosed) return;
    if (this.#isReleasing) {
      this.#isReleasing = false;
      this.#association.unbindResponse();
    } else if (this.#isStopping && this.#mta !== null) this.#association.abort();
  }
}

function readArgument<T>(type: Asn1Type<T>, octets: Uint8Array): T | null {
  try {
    return decode(type, octets);
  } catch (error) {
    if (error instanceof ViolationError) return null;
    throw error;
  }
}
