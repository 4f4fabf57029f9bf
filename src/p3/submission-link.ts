/**
 * One association of the store to an MTA, opened by the store (mts-access): submissions go out on
 * it, several at a time, and whatever the MTA invokes on it, deliveries too, is served.
 *
 * Source: X.411 (1999) 8.1, 8.2; X.419 (1999) for who may invoke what.
 */
import { timingSafeEqual } from 'node:crypto';
import { decodeOrNull } from '../asn1/elements.js';
import { encode } from '../asn1/type.js';
import type { MailboxId } from '../engine/mailbox-id.js';
import type { SubmissionOperation, SubmissionOutcome } from '../engine/mts-port.js';
import { RELEASE_TIME_MAX_MS } from '../limits.js';
import { type Answer, type AssociationEnd, Initiator, type Invocation } from '../net/initiator.js';
import { OrderlyEnd } from '../net/orderly-end.js';
import type { AssociationCommands, AssociationEvent } from '../osi/association.js';
import type { PresentationAddresses } from '../osi/presentation/service.js';
import { type ApplicationContext, MTS_OPERATION } from '../x411/application-contexts.js';
import { MTS_BIND_ERROR, MtsBindArgument, MtsBindError, MtsBindResult } from '../x411/bind.js';
import { passwordCredentials, passwordOctets } from '../x411/credentials.js';
import { keepOrName, type OrName } from '../x411/or-name.js';
import { DeliveryControl } from './delivery-control.js';
import { type DeliveryAssociation, DeliveryPort, type DeliveryServices } from './delivery-port.js';
import { SubmissionControls } from './submission-controls.js';

/** An MTA that takes submissions, and how it is bound to. */
export interface MtaAccess {
  readonly name: string;
  readonly context: ApplicationContext;
  readonly addresses: PresentationAddresses;
  /** What the MTA must prove to know; null: anything will do. */
  readonly responderPassword: string | null;
  /** PP and others of 1988 know no name of a message store: they are bound to as a user agent. */
  readonly nameForm: 'messageStore' | 'userAgent';
  readonly associationsMax: number;
  /** Operations without an answer on one association. */
  readonly operationsMax: number;
  readonly idleMs: number;
  /** How long submissions wait while it cannot be bound to; 0: refused at once. */
  readonly unreachableWaitMs: number;
}

/** Who the store is on an association: one of its users, or itself for all of them. */
export interface Submitter {
  readonly name: OrName;
  readonly password: string;
  /** Whose the reports are that come here and name no submission that we know. */
  readonly reportsTo: MailboxId | null;
  /** Whose all submissions are; null: not one mailbox's. */
  readonly mailbox: MailboxId | null;
}

/** Connects; events go to the handler. Rejects with the network's error. */
export type OpenConnection = (
  handler: (event: AssociationEvent) => void,
) => Promise<AssociationCommands & DeliveryAssociation>;

export interface LinkParts {
  readonly access: MtaAccess;
  readonly submitter: Submitter;
  readonly services: DeliveryServices;
  readonly connect: OpenConnection;
  /** Called once, when a link that was had is gone. */
  readonly onEnd: (link: SubmissionLink, detail: string) => void;
}

const OPERATION: Readonly<Record<SubmissionOperation, number>> = {
  'message-submission': MTS_OPERATION.messageSubmission,
  'probe-submission': MTS_OPERATION.probeSubmission,
  'cancel-deferred-delivery': MTS_OPERATION.cancelDeferredDelivery,
};

export class SubmissionLink {
  readonly #initiator: Initiator;
  readonly #context: ApplicationContext;
  readonly #controls = new SubmissionControls();
  readonly #control: DeliveryControl;
  readonly #port: DeliveryPort;
  readonly #end: OrderlyEnd;
  #answered = 0;

  private constructor(initiator: Initiator, driver: DeliveryAssociation, parts: LinkParts) {
    const { access, submitter, services } = parts;
    const { context } = access;
    this.#initiator = initiator;
    this.#context = context;
    // Whoever opened the association may release it.
    this.#end = new OrderlyEnd({
      unbindResponse: () => undefined,
      abort: () => void initiator.unbind(),
    });
    this.#control = new DeliveryControl((argument, answered) => {
      const { delivery } = context;
      initiator.invoke(delivery, MTS_OPERATION.deliveryControl, argument, ({ kind }) =>
        answered(kind === 'result'),
      );
    });
    this.#port = new DeliveryPort({
      association: driver,
      services,
      peer: {
        mtaName: access.name,
        reportsTo: submitter.reportsTo,
        securityContext: null,
        submitter: submitter.mailbox,
      },
      end: this.#end,
      control: this.#control,
      controls: this.#controls,
    });
    this.#end.bound();
  }

  /** Connects and binds. Rejects with an error whose message says what is wrong. */
  static async open(parts: LinkParts): Promise<SubmissionLink> {
    const { access, submitter, onEnd } = parts;
    let link: SubmissionLink | null = null;
    let driver: (AssociationCommands & DeliveryAssociation) | null = null;
    // An MTA may say what it restricts in one breath with the bind's result.
    const early: Invocation[] = [];
    const { initiator, outcome } = await Initiator.bind(
      {
        operationsMax: access.operationsMax,
        onInvoke: (invocation) => {
          if (link === null) early.push(invocation);
          else link.#port.invoke(invocation);
        },
        onEnd: (end) => {
          if (link === null) return;
          link.#closed();
          onEnd(link, detailOf(end));
        },
      },
      async (handler) => {
        driver = await parts.connect(handler);
        return driver;
      },
      { context: access.context, addresses: access.addresses, argument: bindOf(access, submitter) },
    );
    if (!(outcome instanceof Uint8Array)) throw new Error(detailOf(outcome));
    const problem = problemOf(access, outcome);
    if (problem !== null || initiator.isOver || driver === null) {
      initiator.abort();
      throw new Error(problem ?? 'the association ended at once');
    }
    link = new SubmissionLink(initiator, driver, parts);
    for (const invocation of early) link.#port.invoke(invocation);
    return link;
  }

  /** Takes submissions. */
  get isOpen(): boolean {
    return !this.#initiator.isOver && !this.#end.isLeaving;
  }

  get outstanding(): number {
    return this.#initiator.outstanding;
  }

  /** Operations that the MTA has answered here. */
  get answered(): number {
    return this.#answered;
  }

  /** The MTA has ended it before it answered anything. */
  get isUseless(): boolean {
    return this.#answered === 0 && !this.#end.isStopping;
  }

  /** Whether the MTA lets us submit this for now. */
  permits(operation: SubmissionOperation, argument: Uint8Array): boolean {
    return this.#controls.permit(operation, argument);
  }

  submit(
    operation: SubmissionOperation,
    argument: Uint8Array,
    done: (outcome: SubmissionOutcome) => void,
  ): void {
    const { submission } = this.#context;
    this.#initiator.invoke(submission, OPERATION[operation], argument, (answer) => {
      if (answer.kind !== 'ended') this.#answered += 1;
      done(outcomeOf(answer));
    });
  }

  /** Releases when everything is answered, in both directions; aborts where that takes too long. */
  close(): void {
    if (this.#end.isLeaving) return;
    this.#control.close();
    setTimeout(() => this.abort(), RELEASE_TIME_MAX_MS).unref();
    this.#end.stop();
  }

  abort(): void {
    this.#initiator.abort();
  }

  #closed(): void {
    this.#end.closed();
    this.#control.close();
  }
}

function bindOf({ nameForm }: MtaAccess, { name, password }: Submitter): Uint8Array {
  return encode(MtsBindArgument, {
    initiatorName: { kind: nameForm, value: keepOrName(name) },
    initiatorCredentials: passwordCredentials(password),
    extensions: [],
  });
}

/** What is wrong with the bind's result; null: nothing. */
function problemOf({ responderPassword }: MtaAccess, octets: Uint8Array): string | null {
  const result = decodeOrNull(MtsBindResult, octets);
  if (result === null) return 'the bind result cannot be read';
  if (responderPassword === null) return null;
  const proof = passwordOctets(result.responderCredentials);
  const expected = Buffer.from(responderPassword);
  const isRight = proof?.length === expected.length && timingSafeEqual(proof, expected);
  return isRight ? null : 'the responder has not proved to be the MTA';
}

function outcomeOf(answer: Answer): SubmissionOutcome {
  switch (answer.kind) {
    case 'result':
      // Every operation of the submission port has a result; a peer may leave out one of NULL.
      return { kind: 'result', result: answer.result ?? NULL_RESULT };
    case 'error':
      return answer;
    case 'reject':
      return { kind: 'reject', problem: answer.reject.problem };
    case 'ended':
      return { kind: 'unreachable', detail: detailOf(answer.end), wasSent: answer.wasSent };
  }
}

const NULL_RESULT = Uint8Array.of(5, 0);

function detailOf(end: AssociationEnd): string {
  switch (end.kind) {
    case 'refused': {
      const code = end.error === null ? null : decodeOrNull(MtsBindError, end.error);
      const [problem = end.diagnostic] =
        Object.entries(MTS_BIND_ERROR).find(([, number]) => number === code) ?? [];
      return `the bind was refused: ${problem}`;
    }
    case 'rejected':
      return `the MTA rejected without an invoke id: ${end.reject.kind} ${end.reject.problem}`;
    case 'released':
      return 'released';
    case 'lost':
      return end.detail;
  }
}
