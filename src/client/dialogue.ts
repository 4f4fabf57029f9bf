/**
 * An association of the client library: each operation a promise, each failure an error that says
 * whose it is. P3 and P7 stand on it.
 *
 * Invariant: every promise handed out settles; when the association ends, all that wait reject.
 *
 * Source: X.880 for what a reply may be; the form is ours.
 */
import type { Oid } from '../asn1/primitive.js';
import type { Asn1Type } from '../asn1/type.js';
import { ViolationError } from '../base/errors.js';
import { CLIENT_OPERATIONS_OUTSTANDING } from '../limits.js';
import { connectAssociation } from '../net/connector.js';
import {
  type AssociationEnd,
  Initiator,
  type Invocation,
  type OpenAssociation,
} from '../net/initiator.js';
import type { InterruptedTransfers } from '../net/transfer-memory.js';
import {
  type AssociationCommands,
  INVOKE_PROBLEM,
  type RejectProblem,
} from '../osi/association.js';
import type { PresentationAddresses } from '../osi/presentation/service.js';
import type { ReliableOptions } from '../osi/rtse/service.js';
import { type ApplicationContext, RELIABLE_CONTEXTS } from '../x411/application-contexts.js';
import {
  AbstractError,
  AssociationLostError,
  BindRefusedError,
  RejectedError,
  readAnswer,
} from './errors.js';
import type { Protocol } from './problems.js';

export type { Invocation, OpenAssociation } from '../net/initiator.js';

/** Where the peer listens. */
export interface NetworkAddress {
  readonly host: string;
  readonly port: number;
  /** How long the peer may be silent before the association is given up; 15 minutes by default. */
  readonly silenceMaxMs?: number;
  /** In the application contexts over RTSE. */
  readonly reliableTransfer?: ReliableTransfer;
}

/** How transfers go in the application contexts over RTSE. */
export interface ReliableTransfer {
  /** Proposed between checkpoints, in units of 1,024 octets: 0 to 16,384; 64 by default. */
  readonly checkpointKibi?: number;
  /** Proposed: checkpoints that may be unconfirmed. 1 to 64; 8 by default. */
  readonly window?: number;
  /**
   * Keeps what a lost association has interrupted. Whoever binds again with it, in the same words,
   * and invokes the same operation, has it go on behind what the peer has of it.
   */
  readonly memory?: InterruptedTransfers;
  /** For peers of the ISODE family, which transfer an APDU without an EXTERNAL around it. */
  readonly isBare?: boolean;
}

/** Opens over TCP. Rejects with the network's error. */
export function overTcp(address: NetworkAddress): OpenAssociation {
  const { host, port, silenceMaxMs, reliableTransfer = {} } = address;
  const timing = silenceMaxMs === undefined ? {} : { idleMs: silenceMaxMs, bindMs: silenceMaxMs };
  const { checkpointKibi, window, memory, isBare = false } = reliableTransfer;
  const reliable: ReliableOptions = {
    contexts: RELIABLE_CONTEXTS,
    ...(checkpointKibi !== undefined && { checkpointSize: checkpointKibi }),
    ...(window !== undefined && { windowSize: window }),
    ...(memory && { memory }),
    ...(isBare && { form: 'bare' }),
  };
  return (handler) => connectAssociation({ host, port, handler, timing, reliable });
}

/** What the caller of either protocol may choose. */
export interface DialogueOptions {
  /** Transport, session and presentation selectors; none by default. */
  readonly selectors?: PresentationAddresses;
  /** Operations with the peer at one time; more calls wait here. 1..100, by default 16. */
  readonly operationsMax?: number;
  /** Called once, when the association ends: null where that was our unbind or abort. */
  readonly onEnd?: (error: Error | null) => void;
}

/** What the protocol says. */
export interface DialogueProtocol<BindResult> {
  readonly context: ApplicationContext;
  readonly bindArgument: Uint8Array;
  readonly bindResult: Asn1Type<BindResult>;
  /**
   * Serves what the peer invokes: the result's octets, or null for what it does not know. A
   * violation that it throws is answered with mistyped-argument.
   */
  readonly serve: (invocation: Invocation) => Uint8Array | null;
}

export class Dialogue {
  readonly #protocol: Protocol;
  readonly #initiator: Initiator;

  private constructor(protocol: Protocol, initiator: Initiator) {
    this.#protocol = protocol;
    this.#initiator = initiator;
  }

  /**
   * Binds. Rejects with BindRefusedError or AssociationLostError, or as `open` does; where what the
   * bind answers cannot be understood, with UnreadableError, and the association is aborted.
   */
  static async bind<BindResult>(
    open: OpenAssociation,
    { context, bindArgument, bindResult, serve }: DialogueProtocol<BindResult>,
    options: DialogueOptions,
  ): Promise<{ readonly dialogue: Dialogue; readonly result: BindResult }> {
    const { protocol } = context;
    const { operationsMax = CLIENT_OPERATIONS_OUTSTANDING, selectors = {}, onEnd } = options;
    const { initiator, outcome } = await Initiator.bind(
      {
        operationsMax,
        onInvoke: (invocation, commands) => answer(invocation, commands, serve),
        onEnd: (end) => onEnd?.(isOurs(end) ? null : errorOf(protocol, end)),
      },
      open,
      { context, addresses: selectors, argument: bindArgument },
    );
    if (!(outcome instanceof Uint8Array)) throw errorOf(protocol, outcome);
    try {
      const result = readAnswer(bindResult, outcome);
      return { dialogue: new Dialogue(protocol, initiator), result };
    } catch (error) {
      initiator.abort();
      throw error;
    }
  }

  /** Invokes an operation. Resolves with its result, null where it has none. */
  invoke(syntax: Oid, operation: number, argument: Uint8Array): Promise<Uint8Array | null> {
    const protocol = this.#protocol;
    return new Promise((resolve, reject) => {
      this.#initiator.invoke(syntax, operation, argument, (answered) => {
        switch (answered.kind) {
          case 'result':
            return resolve(answered.result);
          case 'error':
            return reject(new AbstractError(protocol, answered.code, answered.parameter));
          case 'reject':
            return reject(rejectedError(answered.reject));
          case 'ended':
            return reject(errorOf(protocol, answered.end));
        }
      });
    });
  }

  /** Waits for what is outstanding, then releases the association. Nothing may be invoked after. */
  async unbind(): Promise<void> {
    const end = await this.#initiator.unbind();
    if (end.kind !== 'released') throw errorOf(this.#protocol, end);
  }

  /** Ends the association at once; what waits rejects. Harmless when it has ended already. */
  abort(): void {
    this.#initiator.abort();
  }
}

function answer(
  invocation: Invocation,
  commands: AssociationCommands,
  serve: DialogueProtocol<unknown>['serve'],
): void {
  const { invokeId } = invocation;
  const refuse = (problem: number) => commands.reject(invokeId, { kind: 'invoke', problem });
  try {
    const result = serve(invocation);
    if (result === null) refuse(INVOKE_PROBLEM.unrecognizedOperation);
    else commands.result(invokeId, [result]);
  } catch (error) {
    if (!(error instanceof ViolationError)) throw error;
    refuse(INVOKE_PROBLEM.mistypedArgument);
  }
}

const isOurs = (end: AssociationEnd) =>
  end.kind === 'released' || (end.kind === 'lost' && end.isOurs);

const rejectedError = ({ kind, problem }: RejectProblem) =>
  new RejectedError(`the peer rejected the operation: ${kind} ${problem}`);

function errorOf(protocol: Protocol, end: AssociationEnd): Error {
  switch (end.kind) {
    case 'refused': {
      const { isTransient, diagnostic, error } = end;
      return new BindRefusedError(protocol, isTransient, diagnostic, error);
    }
    case 'rejected':
      return rejectedError(end.reject);
    case 'released':
      return new AssociationLostError('the association was released');
    case 'lost':
      return new AssociationLostError(end.detail);
  }
}
