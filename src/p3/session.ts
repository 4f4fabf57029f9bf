/**
 * One P3 association of the store as MTS-user, opened by an MTA (forced access): the bind of the
 * MTA, and how the association ends. What the MTA invokes in between is the delivery port's.
 *
 * Source: X.411 (1999) 8.1; X.419 (1999).
 */
import { decodeOrNull } from '../asn1/elements.js';
import { encode } from '../asn1/type.js';
import type { MtaRecord } from '../directory/directory.js';
import { ASSOCIATIONS_PER_MTA_MAX, BIND_REFUSAL_DELAY_MS } from '../limits.js';
import { OrderlyEnd } from '../net/orderly-end.js';
import {
  ACSE_USER_DIAGNOSTIC,
  type AssociationCommands,
  type AssociationEvent,
  type BindIndication,
} from '../osi/association.js';
import {
  type ApplicationContext,
  MTS_OPERATION,
  servedSyntaxes,
} from '../x411/application-contexts.js';
import { MTS_BIND_ERROR, MtsBindArgument, MtsBindError, MtsBindResult } from '../x411/bind.js';
import { passwordOctets } from '../x411/credentials.js';
import { keepOrName } from '../x411/or-name.js';
import { DeliveryControl } from './delivery-control.js';
import { DeliveryPort, type DeliveryServices } from './delivery-port.js';
import { isAcceptableContext } from './security-context.js';
import { SubmissionControls } from './submission-controls.js';

export interface P3Services extends DeliveryServices {
  /** What the store answers a bind with. */
  readonly storePassword: string;
  /** Associations of each MTA, over all listeners. */
  readonly boundMtas: Map<string, number>;
}

type Association = AssociationCommands & { setReading(isReading: boolean): void };

export class P3Session {
  readonly #association: Association;
  readonly #services: P3Services;
  readonly #context: ApplicationContext;
  readonly #end: OrderlyEnd;
  readonly #control: DeliveryControl;
  #mta: MtaRecord | null = null;
  #port: DeliveryPort | null = null;
  /** Who waits for an answer to what we have invoked, by invoke id. */
  readonly #answered = new Map<number, (isAgreed: boolean) => void>();

  constructor(
    association: Association,
    services: P3Services,
    context: ApplicationContext,
    holdMs?: number,
  ) {
    this.#association = association;
    this.#services = services;
    this.#context = context;
    this.#end = new OrderlyEnd(association);
    const { deliveryControl } = MTS_OPERATION;
    this.#control = new DeliveryControl((argument, answered) => {
      const invokeId = association.invoke(context.delivery, deliveryControl, [argument]);
      this.#answered.set(invokeId, answered);
    }, holdMs);
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
        this.#port?.invoke(event);
        return;
      case 'unbind':
        this.#control.close();
        this.#end.release();
        return;
      case 'result':
      case 'error':
      case 'reject':
        if (event.invokeId === null) return;
        this.#answered.get(event.invokeId)?.(event.type === 'result');
        this.#answered.delete(event.invokeId);
    }
  }

  /** A planned stop: deliveries on their way are answered, new ones are the MTA's to keep. */
  stop(): void {
    this.#control.close();
    this.#end.stop();
  }

  /** Deliveries that are on their way are stored; the MTA will repeat them and be told so. */
  onClosed(): void {
    this.#end.closed();
    this.#control.close();
    if (this.#mta === null) return;
    const { boundMtas } = this.#services;
    const left = (boundMtas.get(this.#mta.name) ?? 1) - 1;
    if (left === 0) boundMtas.delete(this.#mta.name);
    else boundMtas.set(this.#mta.name, left);
    this.#mta = null;
  }

  async #bind(event: BindIndication): Promise<void> {
    const argument = decodeOrNull(MtsBindArgument, event.argument);
    if (argument === null) {
      const diagnostic = ACSE_USER_DIAGNOSTIC.noReasonGiven;
      this.#association.bindError({ isTransient: false, diagnostic, error: null });
      return;
    }
    if (event.isMonologue) {
      this.#refuse('unacceptableDialogueMode');
      return;
    }
    const { directory, log, boundMtas } = this.#services;
    const { initiatorName, initiatorCredentials, securityContext = null } = argument;
    const claimed = initiatorName.kind === 'mta' ? initiatorName.value : '';
    const password = passwordOctets(initiatorCredentials);
    const mta = await directory.authenticateMta(claimed, password);
    if (this.#end.isClosed) return;
    const name = directory.nameOf(mta?.reportsTo ?? null);
    if (mta === null || name === null) {
      log.warn('p3.bind.refused', 'a P3 bind was refused', { mta: claimed });
      setTimeout(() => this.#refuse('authenticationError'), BIND_REFUSAL_DELAY_MS);
      return;
    }
    const count = boundMtas.get(mta.name) ?? 0;
    if (this.#end.isStopping || count >= ASSOCIATIONS_PER_MTA_MAX) {
      this.#refuse('busy');
      return;
    }
    if (securityContext !== null && !isAcceptableContext(securityContext)) {
      this.#refuse('unacceptableSecurityContext');
      return;
    }
    boundMtas.set(mta.name, count + 1);
    this.#mta = mta;
    this.#port = new DeliveryPort({
      association: this.#association,
      services: this.#services,
      peer: { mtaName: mta.name, reportsTo: mta.reportsTo, securityContext, submitter: null },
      end: this.#end,
      control: this.#control,
      controls: new SubmissionControls(),
    });
    const result = encode(MtsBindResult, {
      responderName: { kind: 'messageStore', value: keepOrName(name) },
      responderCredentials: { kind: 'simpleIa5', value: this.#services.storePassword },
      extensions: [],
    });
    this.#association.bindResult(servedSyntaxes(this.#context), result);
    this.#end.bound();
    log.info('p3.bind', 'an MTA bound', { mta: mta.name });
  }

  #refuse(problem: keyof typeof MTS_BIND_ERROR): void {
    this.#association.bindError({
      isTransient: problem === 'busy',
      diagnostic: ACSE_USER_DIAGNOSTIC.noReasonGiven,
      error: encode(MtsBindError, MTS_BIND_ERROR[problem]),
    });
  }
}
