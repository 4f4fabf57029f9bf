/**
 * Remote operations over an association: binds, invocations in both directions, and who owes whom
 * an answer. Invoke ids of the two sides are independent.
 *
 * Source: X.880, X.881, X.882; X.219 and X.229 for the 1988 edition.
 */
import type { Oid } from '../../asn1/primitive.js';
import { assert, present } from '../../base/assert.js';
import { joinOctets, type Pieces } from '../../base/octets.js';
import { INVOCATIONS_OUTSTANDING_MAX, REJECTS_MAX } from '../../limits.js';
import { ACSE_SYNTAX } from '../acse/machine.js';
import type { AcseIndication, AcseRequest } from '../acse/service.js';
import {
  ACSE_USER_DIAGNOSTIC,
  type AssociationEvent,
  type BindRefusal,
  type BindRequest,
  INVOKE_PROBLEM,
  type RejectProblem,
} from '../association.js';
import type { LayerMachine, Output } from '../layer.js';
import type { PresentationContext } from '../presentation/service.js';
import {
  BIND_TAG,
  decodeApdu,
  decodeBind,
  encodeBind,
  encodeError,
  encodeInvoke,
  encodeReject,
  encodeResult,
  type RoseApdu,
  RoseViolation,
} from './apdu.js';
import type { RoseRequest } from './service.js';

type Outputs = Output<AssociationEvent, AcseRequest>[];
type Indication<T> = Extract<AcseIndication, { type: T }>;

interface Invocation {
  readonly contextId: number;
  readonly operation: number;
}

/** Of a bind-result, with its length in the three-octet form. */
const BIND_HEADER_BYTES = 4;
const RESULT_PROBLEM_UNRECOGNIZED = 0;
const ERROR_PROBLEM = { unrecognizedInvocation: 0, unrecognizedError: 2 } as const;

export class RoseMachine
  implements LayerMachine<RoseRequest, AssociationEvent, AcseRequest, AcseIndication>
{
  readonly #invocationsMax: number;
  #contexts: readonly PresentationContext[] = [];
  #bindContextId = 0;
  #isEnded = false;
  /** The peer has asked to release: it may not invoke, and we still answer. */
  #isReleasing = false;
  /** We have asked to release: nothing more may be sent, and answers still come in. */
  #isUnbinding = false;
  #rejects = 0;
  /** Invoked by us and unanswered: the operation, by invoke id. */
  readonly #ours = new Map<number, number>();
  /** Invoked by the peer and unanswered. */
  readonly #theirs = new Map<number, Invocation>();

  /** Of the peer's, so many may be unanswered; one more is rejected for want of resources. */
  constructor(invocationsMax: number = INVOCATIONS_OUTSTANDING_MAX) {
    this.#invocationsMax = invocationsMax;
  }

  get oursOutstanding(): number {
    return this.#ours.size;
  }

  get theirsOutstanding(): number {
    return this.#theirs.size;
  }

  isOurs(invokeId: number): boolean {
    return this.#ours.has(invokeId);
  }

  fromAbove(request: RoseRequest): Outputs {
    if (this.#isEnded) return [];
    switch (request.type) {
      case 'RO-BIND request':
        return this.#bind(request);
      case 'RO-BIND result':
        return this.#bindResult(request.syntaxes, request.result);
      case 'RO-BIND error':
        return this.#bindError(request);
      case 'RO-INVOKE request': {
        const contextId = this.#contextOf(request.syntax);
        assert(!this.#isUnbinding, 'nothing is invoked after an unbind');
        this.#ours.set(request.invokeId, request.operation);
        const { invokeId, operation, argument } = request;
        return this.#data(contextId, encodeInvoke(invokeId, operation, argument));
      }
      case 'RO-RESULT request': {
        const { contextId, operation } = this.#answered(request.invokeId);
        return this.#data(contextId, encodeResult(request.invokeId, operation, request.result));
      }
      case 'RO-ERROR request': {
        const { contextId } = this.#answered(request.invokeId);
        const apdu = encodeError(request.invokeId, request.code, request.parameter);
        return this.#data(contextId, apdu);
      }
      case 'RO-REJECT request': {
        const { contextId } = this.#answered(request.invokeId);
        return this.#reject(contextId, request.invokeId, request.reject);
      }
      case 'RO-UNBIND request':
        return this.#unbind();
      case 'RO-UNBIND response':
        // Where both have asked, our own request is still to be confirmed.
        this.#isEnded = !this.#isUnbinding;
        return [down({ type: 'A-RELEASE response' })];
      case 'RO-ABORT request':
        this.#isEnded = true;
        return [down({ type: 'A-ABORT request', source: 'user' })];
    }
  }

  fromBelow(indication: AcseIndication): Outputs {
    if (this.#isEnded) return [];
    switch (indication.type) {
      case 'A-ASSOCIATE indication':
        return this.#bindIndication(indication);
      case 'A-ASSOCIATE accept confirm':
        return this.#bound(indication);
      case 'A-ASSOCIATE reject confirm':
        return this.#refused(indication);
      case 'P-DATA indication':
        return this.#apdu(indication.contextId, indication.data);
      case 'A-RELEASE indication':
        this.#isReleasing = true;
        return [up({ type: 'unbind' })];
      case 'A-RELEASE confirm':
        this.#isEnded = true;
        return [up({ type: 'unbound' })];
      case 'A-ABORT indication': {
        const { layer, by, detail } = indication;
        this.#isEnded = true;
        return [up({ type: 'aborted', layer, by, detail })];
      }
    }
  }

  #bind(request: BindRequest): Outputs {
    const { applicationContext, bindSyntax, operationSyntaxes, addresses, argument } = request;
    const syntaxes = [ACSE_SYNTAX, bindSyntax, ...operationSyntaxes];
    // X.226: contexts that the initiator defines have odd identifiers.
    const contexts = syntaxes.map((abstractSyntax, at) => ({ id: 2 * at + 1, abstractSyntax }));
    this.#contexts = contexts;
    this.#bindContextId = present(contexts[1], 'the bind has a context').id;
    const value = joinOctets(encodeBind(BIND_TAG.invoke, argument));
    const userInformation = { contextId: this.#bindContextId, value };
    const associate = { type: 'A-ASSOCIATE request', applicationContext, contexts } as const;
    return [down({ ...associate, userInformation, ...addresses })];
  }

  #unbind(): Outputs {
    if (this.#isReleasing) {
      // The peer has asked already, and our user may not have heard of it: this is the answer.
      this.#isEnded = true;
      return [down({ type: 'A-RELEASE response' }), up({ type: 'unbound' })];
    }
    this.#isUnbinding = true;
    return [down({ type: 'A-RELEASE request' })];
  }

  #bindIndication(indication: Indication<'A-ASSOCIATE indication'>): Outputs {
    const { applicationContext, contexts, userInformation, answerBytesMax, ...rest } = indication;
    const { type: _, transfer: _t, isMonologue, ...addresses } = rest;
    this.#contexts = contexts;
    const bindContext = contexts.find(({ id }) => id === userInformation?.contextId);
    const argument =
      userInformation === null ? null : decodeBind(BIND_TAG.invoke, userInformation.value);
    if (bindContext === undefined || argument === null) {
      const diagnostic = ACSE_USER_DIAGNOSTIC.noReasonGiven;
      const refusal = this.#bindError({ isTransient: false, diagnostic, error: null });
      const detail = 'no readable bind';
      return [...refusal, up({ type: 'aborted', layer: 'rose', by: 'local', detail })];
    }
    this.#bindContextId = bindContext.id;
    const bindSyntax = bindContext.abstractSyntax;
    const bind = { type: 'bind', applicationContext, contexts, addresses } as const;
    const bound = answerBytesMax !== undefined && {
      resultBytesMax: answerBytesMax - BIND_HEADER_BYTES,
    };
    const dialogue = isMonologue && { isMonologue };
    return [up({ ...bind, bindSyntax, argument, ...bound, ...dialogue })];
  }

  #bindResult(syntaxes: readonly Oid[], result: Uint8Array): Outputs {
    const isServed = ({ id, abstractSyntax }: PresentationContext) =>
      id === this.#bindContextId || syntaxes.includes(abstractSyntax);
    this.#contexts = this.#contexts.filter(isServed);
    const value = joinOctets(encodeBind(BIND_TAG.result, result));
    return [
      down({
        type: 'A-ASSOCIATE accept response',
        accepted: this.#contexts.map(({ id }) => id),
        userInformation: { contextId: this.#bindContextId, value },
      }),
    ];
  }

  #bindError({ isTransient, diagnostic, error }: BindRefusal): Outputs {
    this.#isEnded = true;
    const contextId = this.#bindContextId;
    const value = error === null ? null : joinOctets(encodeBind(BIND_TAG.error, error));
    return [
      down({
        type: 'A-ASSOCIATE reject response',
        accepted: this.#contexts.map(({ id }) => id),
        isTransient,
        diagnostic,
        userInformation: value === null ? null : { contextId, value },
      }),
    ];
  }

  #bound({ contexts, userInformation }: Indication<'A-ASSOCIATE accept confirm'>): Outputs {
    const result =
      userInformation === null ? null : decodeBind(BIND_TAG.result, userInformation.value);
    if (result === null) return this.#abort('no readable bind result');
    this.#contexts = contexts;
    const syntaxes = contexts.map(({ abstractSyntax }) => abstractSyntax);
    return [up({ type: 'bound', result, syntaxes })];
  }

  #refused(indication: Indication<'A-ASSOCIATE reject confirm'>): Outputs {
    this.#isEnded = true;
    const { layer, isTransient, diagnostic, userInformation } = indication;
    const error =
      userInformation === null ? null : decodeBind(BIND_TAG.error, userInformation.value);
    return [up({ type: 'refused', layer, isTransient, diagnostic, error })];
  }

  #apdu(contextId: number, octets: Uint8Array): Outputs {
    let apdu: RoseApdu;
    try {
      apdu = decodeApdu(octets);
    } catch (error) {
      if (!(error instanceof RoseViolation)) throw error;
      const { invokeId, reject } = error;
      return reject === null
        ? this.#abort('an unreadable reject')
        : this.#reject(contextId, invokeId, reject);
    }
    switch (apdu.type) {
      case 'invoke':
        return this.#invoked(contextId, apdu);
      case 'result': {
        const operation = this.#ours.get(apdu.invokeId);
        const isOther = apdu.operation !== null && apdu.operation !== operation;
        if (operation === undefined || isOther) {
          const reject = { kind: 'result', problem: RESULT_PROBLEM_UNRECOGNIZED } as const;
          return this.#reject(contextId, apdu.invokeId, reject);
        }
        this.#ours.delete(apdu.invokeId);
        return [up({ type: 'result', invokeId: apdu.invokeId, result: apdu.result })];
      }
      case 'error':
        return this.#errorReturned(contextId, apdu);
      case 'reject':
        if (apdu.invokeId !== null) this.#ours.delete(apdu.invokeId);
        return [up(apdu)];
    }
  }

  #errorReturned(contextId: number, apdu: Extract<RoseApdu, { type: 'error' }>): Outputs {
    const { invokeId, code, parameter } = apdu;
    if (!this.#ours.delete(invokeId)) {
      const problem = ERROR_PROBLEM.unrecognizedInvocation;
      return this.#reject(contextId, invokeId, { kind: 'error', problem });
    }
    if (code !== null) return [up({ type: 'error', invokeId, code, parameter })];
    const reject = { kind: 'error', problem: ERROR_PROBLEM.unrecognizedError } as const;
    return [...this.#reject(contextId, invokeId, reject), up({ type: 'reject', invokeId, reject })];
  }

  #invoked(contextId: number, apdu: Extract<RoseApdu, { type: 'invoke' }>): Outputs {
    const { invokeId, operation, argument } = apdu;
    if (this.#isUnbinding) return [];
    const context = this.#contexts.find(({ id }) => id === contextId);
    const problem = this.#invokeProblem(apdu, context);
    if (problem !== null || context === undefined || operation === null || argument === null) {
      const reject = {
        kind: 'invoke',
        problem: problem ?? INVOKE_PROBLEM.mistypedArgument,
      } as const;
      return this.#reject(contextId, invokeId, reject);
    }
    this.#theirs.set(invokeId, { contextId, operation });
    const syntax = context.abstractSyntax;
    return [up({ type: 'invoke', invokeId, syntax, operation, argument })];
  }

  #invokeProblem(
    { invokeId, linkedId, operation }: Extract<RoseApdu, { type: 'invoke' }>,
    context: PresentationContext | undefined,
  ): number | null {
    if (this.#theirs.has(invokeId)) return INVOKE_PROBLEM.duplicateInvocation;
    if (this.#isReleasing) return INVOKE_PROBLEM.releaseInProgress;
    if (linkedId !== null) {
      const { linkedResponseUnexpected, unrecognizedLinkedId } = INVOKE_PROBLEM;
      return this.#ours.has(linkedId) ? linkedResponseUnexpected : unrecognizedLinkedId;
    }
    // The context of the bind is let through: ISODE invokes there. Which operations a syntax has is
    // for the application to say.
    if (operation === null || context === undefined) return INVOKE_PROBLEM.unrecognizedOperation;
    if (this.#theirs.size >= this.#invocationsMax) return INVOKE_PROBLEM.resourceLimitation;
    return null;
  }

  /** ISODE's applications define no context but that of the bind, and operate there. */
  #contextOf(syntax: Oid): number {
    const context = this.#contexts.find(({ abstractSyntax }) => abstractSyntax === syntax);
    return context?.id ?? this.#bindContextId;
  }

  #answered(invokeId: number): Invocation {
    const invocation = this.#theirs.get(invokeId);
    assert(invocation !== undefined, 'an answer belongs to an invocation');
    this.#theirs.delete(invokeId);
    return invocation;
  }

  /** A peer that is rejected too often is aborted: one of us does not speak the protocol. */
  #reject(contextId: number, invokeId: number | null, reject: RejectProblem): Outputs {
    // Being refused for want of resources is no fault of the peer's.
    const isFault =
      reject.kind !== 'invoke' || reject.problem !== INVOKE_PROBLEM.resourceLimitation;
    if (isFault) this.#rejects += 1;
    const answer = this.#data(contextId, encodeReject(invokeId, reject));
    if (this.#rejects <= REJECTS_MAX) return answer;
    return [...answer, ...this.#abort(`more than ${REJECTS_MAX} rejects`)];
  }

  #abort(detail: string): Outputs {
    this.#isEnded = true;
    const abort = down({ type: 'A-ABORT request', source: 'user' });
    return [abort, up({ type: 'aborted', layer: 'rose', by: 'local', detail })];
  }

  /** After our own release request an answer comes too late: the peer may not be sent any. */
  #data(contextId: number, pieces: Pieces): Outputs {
    if (this.#isUnbinding) return [];
    return [down({ type: 'P-DATA request', contextId, data: pieces })];
  }
}

function up(primitive: AssociationEvent): Outputs[number] {
  return { to: 'above', primitive };
}

function down(primitive: AcseRequest): Outputs[number] {
  return { to: 'below', primitive };
}
