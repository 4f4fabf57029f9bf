/**
 * One P3 association of the store as MTS-user, opened by an MTA (forced access): the bind of the
 * MTA, then deliveries, each routed by its recipient to the shard that owns the mailbox.
 *
 * The result of a delivery is sent when the message is durable. Temporary trouble is answered with
 * delivery-control-violated, upon which the MTA keeps the message.
 *
 * Source: X.411 (1999) 8.1, 8.3; X.419 (1999) for which operation belongs to which abstract syntax.
 */
import { integer } from '../asn1/primitive.js';
import { decode, encode } from '../asn1/type.js';
import { ViolationError } from '../base/errors.js';
import type { Directory, MtaRecord } from '../directory/directory.js';
import type { Reply } from '../engine/contract.js';
import type { MailboxId } from '../engine/mailbox-id.js';
import type { Router } from '../engine/router.js';
import { BIND_REFUSAL_DELAY_MS } from '../limits.js';
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
import { passwordOctets } from '../x411/credentials.js';
import { keepOrName } from '../x411/or-name.js';
import { recipientOfDelivery } from '../x411/peek.js';

/** X.411 SecurityProblem: the recipient is none of ours; the MTA makes a non-delivery report. */
const UNAUTHORISED_RECIPIENT_NAME = 30;

export interface P3Services {
  readonly directory: Directory;
  readonly router: Router;
  readonly log: Log;
  /** What the store answers a bind with. */
  readonly storePassword: string;
}

type Invoke = Extract<AssociationEvent, { readonly type: 'invoke' }>;

export class P3Session {
  readonly #association: AssociationCommands & { setReading(isReading: boolean): void };
  readonly #services: P3Services;
  readonly #context: ApplicationContext;
  #mta: MtaRecord | null = null;
  #outstanding = 0;
  #isReleasing = false;

  constructor(
    association: AssociationCommands & { setReading(isReading: boolean): void },
    services: P3Services,
    context: ApplicationContext,
  ) {
    this.#association = association;
    this.#services = services;
    this.#context = context;
  }

  /** Who is bound, for the log. */
  get name(): string {
    return this.#mta?.name ?? 'nobody';
  }

  onEvent(event: AssociationEvent): void {
    if (event.type === 'bind') void this.#bind(event);
    else if (event.type === 'invoke') this.#invoke(event);
    else if (event.type === 'unbind') {
      this.#isReleasing = true;
      this.#releaseWhenDone();
    }
  }

  /** Deliveries that are on their way are stored; the MTA will repeat them and be told so. */
  onClosed(): void {
    this.#mta = null;
  }

  async #bind(event: BindIndication): Promise<void> {
    const argument = readBind(event.argument);
    if (argument === null) {
      const diagnostic = ACSE_USER_DIAGNOSTIC.noReasonGiven;
      this.#association.bindError({ isTransient: false, diagnostic, error: null });
      return;
    }
    const { directory, log } = this.#services;
    const { initiatorName, initiatorCredentials } = argument;
    const claimed = initiatorName.kind === 'mta' ? initiatorName.value : '';
    const password = passwordOctets(initiatorCredentials);
    const mta = await directory.authenticateMta(claimed, password);
    const name = directory.nameOf(mta?.reportsTo ?? null);
    if (mta === null || name === null) {
      log.warn('p3.bind.refused', 'a P3 bind was refused', { mta: claimed });
      setTimeout(() => this.#refuse(), BIND_REFUSAL_DELAY_MS);
      return;
    }
    this.#mta = mta;
    const result = encode(MtsBindResult, {
      responderName: { kind: 'messageStore', value: keepOrName(name) },
      responderCredentials: { kind: 'simpleIa5', value: this.#services.storePassword },
      extensions: [],
    });
    const { delivery, submission, administration } = this.#context;
    this.#association.bindResult([delivery, submission, administration], result);
    log.info('p3.bind', 'an MTA bound', { mta: mta.name });
  }

  #refuse(): void {
    this.#association.bindError({
      isTransient: false,
      diagnostic: ACSE_USER_DIAGNOSTIC.noReasonGiven,
      error: encode(MtsBindError, MTS_BIND_ERROR.authenticationError),
    });
  }

  #invoke(event: Invoke): void {
    const { invokeId, syntax, operation, argument } = event;
    if (syntax === this.#context.delivery && operation === MTS_OPERATION.messageDelivery) {
      this.#deliverMessage(invokeId, argument);
    } else if (syntax === this.#context.delivery && operation === MTS_OPERATION.reportDelivery) {
      this.#deliver('report-delivery', invokeId, this.#mta?.reportsTo ?? null, argument);
    } else {
      // Submission-control and change-credentials need associations that we open; not yet.
      const problem = INVOKE_PROBLEM.unrecognizedOperation;
      this.#association.reject(invokeId, { kind: 'invoke', problem });
    }
  }

  #deliverMessage(invokeId: number, argument: Uint8Array): void {
    const recipient = recipientOfDelivery(argument);
    if (recipient === null) {
      const problem = INVOKE_PROBLEM.mistypedArgument;
      this.#association.reject(invokeId, { kind: 'invoke', problem });
      return;
    }
    const mailbox = this.#services.directory.mailboxOf(recipient);
    this.#deliver('message-delivery', invokeId, mailbox, argument);
  }

  #deliver(
    kind: 'message-delivery' | 'report-delivery',
    invokeId: number,
    mailbox: MailboxId | null,
    argument: Uint8Array,
  ): void {
    if (mailbox === null) {
      const problem = encode(integer(), UNAUTHORISED_RECIPIENT_NAME);
      this.#association.error(invokeId, MTS_ERROR.securityError, problem);
      return;
    }
    const { router } = this.#services;
    this.#outstanding += 1;
    router.request({ kind, mailbox, argument }, (reply) => {
      this.#outstanding -= 1;
      this.#answer(invokeId, reply);
      this.#releaseWhenDone();
    });
    if (router.hasRoom(mailbox)) return;
    this.#association.setReading(false);
    router.onRoom(() => this.#association.setReading(true));
  }

  #answer(invokeId: number, reply: Reply): void {
    switch (reply.kind) {
      case 'result':
        this.#association.result(invokeId, [reply.result]);
        return;
      case 'error':
        this.#association.error(invokeId, reply.code, reply.parameter);
        return;
      case 'reject':
        this.#association.reject(invokeId, { kind: 'invoke', problem: reply.problem });
        return;
      case 'failure': {
        const { kind, code, detail } = reply.error;
        this.#services.log.error('p3.failure', 'a delivery failed', { kind, code, detail });
        this.#association.error(invokeId, MTS_ERROR.deliveryControlViolated, null);
      }
    }
  }

  #releaseWhenDone(): void {
    if (!this.#isReleasing || this.#outstanding > 0) return;
    this.#isReleasing = false;
    this.#association.unbindResponse();
  }
}

function readBind(octets: Uint8Array): MtsBindArgument | null {
  try {
    return decode(MtsBindArgument, octets);
  } catch (error) {
    if (error instanceof ViolationError) return null;
    throw error;
  }
}
