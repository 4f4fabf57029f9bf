/**
 * The reliable transfer machine. To remote operations it is association control: an APDU that is
 * handed down is transferred as one activity, and one that was transferred comes up as data. Below
 * it are the activities and tokens of the session. Without them, where the application context
 * needs none, everything passes through.
 *
 * An APDU is acknowledged when it has been handed on. What stands behind an operation is its
 * result; a sender that has the acknowledgement and no result knows as little as one that has
 * neither. ADR 0020.
 *
 * Source: X.218; X.228 7, 8.
 */
import { createHash } from 'node:crypto';
import { readElement } from '../../asn1/reader.js';
import { classOf } from '../../asn1/tag.js';
import { decode } from '../../asn1/type.js';
import { assert } from '../../base/assert.js';
import { ViolationError } from '../../base/errors.js';
import { equalOctets, joinOctets, type Pieces, sizeOf } from '../../base/octets.js';
import { TSDU_BYTES_MAX } from '../../limits.js';
import type {
  AcseIndication,
  AcseRequest,
  TransferIndication,
  TransferRequest,
} from '../acse/service.js';
import { ACSE_USER_DIAGNOSTIC } from '../association.js';
import type { LayerMachine, Output, Role } from '../layer.js';
import type { PresentationContext } from '../presentation/service.js';
import { ACTIVITY_REASON, type ConnectionReference, RTSE_UNITS } from '../session/service.js';
import {
  abortText,
  decodeTransfer,
  encodeAbort,
  encodeTransfer,
  RTSE_ABORT,
  Rttp,
} from './apdu.js';
import { Receiver } from './receiver.js';
import { Sender } from './sender.js';
import type { ReliableOptions, UnfinishedTransfer } from './service.js';
import {
  ACCEPTANCE_BYTES,
  acceptanceOf,
  encodeAcceptance,
  encodeOpen,
  encodeRefusal,
  ISODE_RTSE_SYNTAX,
  openingOf,
  RtseViolation,
  refusalOf,
  type Terms,
} from './terms.js';

type Below = AcseRequest | TransferRequest;
type Outputs = Output<AcseIndication, Below>[];
type Request<T> = Extract<AcseRequest, { type: T }>;
type Indication<T> = Extract<AcseIndication | TransferIndication, { type: T }>;

const CONTEXT_CLASS = 2;

export class RtseMachine
  implements LayerMachine<AcseRequest, AcseIndication, Below, AcseIndication | TransferIndication>
{
  readonly #role: Role;
  readonly #options: ReliableOptions;
  /** The application context needs it; until then everything passes through. */
  #isInUse = false;
  #isEnded = false;
  #contexts: readonly PresentationContext[] = [];
  #contextId = 0;
  #terms: Terms | null = null;
  #isTurnOurs = false;
  /** The peer transfers APDUs without an EXTERNAL around them; so do we. */
  #isBare: boolean;
  #reference: ConnectionReference | null = null;
  /** Stands for who opened the association: who binds in the same words is the same. */
  #owner: Uint8Array = new Uint8Array(0);
  #sender: Sender | null = null;
  #receiver: Receiver | null = null;

  constructor(role: Role, options: ReliableOptions) {
    this.#role = role;
    this.#options = options;
    this.#isBare = options.form === 'bare';
  }

  /** Whether it has something to do on this association. */
  get isInUse(): boolean {
    return this.#isInUse;
  }

  /** Octets of transfers that have begun and not ended. */
  get heldBytes(): number {
    return this.#receiver?.heldBytes ?? 0;
  }

  get isReceiving(): boolean {
    return this.#receiver?.isReceiving ?? false;
  }

  /** Octets that wait for the turn or for the window. */
  get waitingBytes(): number {
    return this.#sender?.waitingBytes ?? 0;
  }

  /** How many APDUs were handed down. */
  get pushed(): number {
    return this.#sender?.pushed ?? 0;
  }

  /** Of how many of them, the oldest, the peer may have all: the others it has not. */
  get whole(): number {
    return this.#sender?.whole ?? 0;
  }

  fromAbove(request: AcseRequest): Outputs {
    if (this.#isEnded) return [];
    switch (request.type) {
      case 'A-ASSOCIATE request':
        return [this.#associate(request)];
      case 'A-ASSOCIATE accept response':
        return [down(this.#isInUse ? this.#accept(request) : request)];
      case 'A-ASSOCIATE reject response':
        return [down(this.#isInUse ? this.#reject(request) : request)];
      case 'P-DATA request':
        return this.#sent((sender) => sender.push(this.#outgoing(request.contextId, request.data)));
      case 'A-RELEASE request':
        return this.#sent((sender) => sender.release());
      case 'A-RELEASE response':
        return [down(request)];
      case 'A-ABORT request':
        this.#end();
        return [down(this.#abortRequest(RTSE_ABORT.userError))];
    }
  }

  fromBelow(indication: AcseIndication | TransferIndication): Outputs {
    if (this.#isEnded) return [];
    try {
      return this.#indication(indication);
    } catch (error) {
      if (!(error instanceof ViolationError)) throw error;
      const { protocolError } = RTSE_ABORT;
      return this.#abort(error instanceof RtseViolation ? error.reason : protocolError, error.code);
    }
  }

  /** Nothing has come for a long time in what the peer transfers: it cannot go on. */
  stalled(): Outputs {
    return this.#received((receiver) => receiver.refuse(ACTIVITY_REASON.receivingAbility));
  }

  #indication(indication: AcseIndication | TransferIndication): Outputs {
    switch (indication.type) {
      case 'A-ASSOCIATE indication':
        return this.#opened(indication);
      case 'A-ASSOCIATE accept confirm':
        return this.#accepted(indication);
      case 'A-ASSOCIATE reject confirm':
        return [this.#rejected(indication)];
      case 'A-RELEASE indication':
        return this.#released(indication);
      case 'A-RELEASE confirm':
        this.#isEnded = true;
        return [up(indication)];
      case 'A-ABORT indication':
        return [this.#aborted(indication)];
      default:
        return this.#transferred(indication);
    }
  }

  #transferred(indication: TransferIndication | Indication<'P-DATA indication'>): Outputs {
    switch (indication.type) {
      case 'P-TOKEN-PLEASE indication':
        // All that waits with us has the same priority; theirs only has to be readable.
        if (indication.userData !== null) decode(Rttp, indication.userData.data);
        return this.#sent((sender) => sender.asked());
      case 'S-CONTROL-GIVE indication':
        if (this.isReceiving) throw protocolError('turn-given-in-activity');
        this.#receiver?.settled();
        return this.#sent((sender) => sender.given());
      case 'S-SYNC-MINOR confirm':
        return this.#sent((sender) => sender.confirmed(indication.serial));
      case 'S-ACTIVITY-END confirm':
        return this.#sent((sender) => sender.ended());
      case 'S-U-EXCEPTION-REPORT indication':
        return this.#sent((sender) => sender.exception());
      case 'S-ACTIVITY-DISCARD confirm':
        return this.#sent((sender) => sender.discarded());
      case 'S-ACTIVITY-INTERRUPT confirm':
        throw protocolError('interrupt-unasked');
      case 'S-ACTIVITY-START indication':
        this.#sender?.used();
        return this.#received((receiver) => {
          receiver.start(indication.activity);
          return [];
        });
      case 'S-ACTIVITY-RESUME indication':
        this.#sender?.used();
        return this.#received((receiver) => receiver.resume(indication.activity, indication.link));
      case 'P-DATA indication':
        if (indication.contextId !== this.#contextId) throw protocolError('data-outside-transfer');
        return this.#received((receiver) => receiver.segment(indication.data));
      case 'S-SYNC-MINOR indication':
        return this.#received((receiver) => receiver.point(indication.serial));
      case 'S-ACTIVITY-END indication':
        return this.#whole();
      case 'S-ACTIVITY-INTERRUPT indication':
        return this.#received((receiver) => receiver.interrupt());
      case 'S-ACTIVITY-DISCARD indication':
        return this.#received((receiver) => receiver.discard());
    }
  }

  #sent(run: (sender: Sender) => readonly Below[]): Outputs {
    if (this.#sender === null) throw protocolError('no-association');
    return run(this.#sender).map(down);
  }

  #received(run: (receiver: Receiver) => readonly Below[]): Outputs {
    if (this.#receiver === null) throw protocolError('no-association');
    return run(this.#receiver).map(down);
  }

  /** An APDU is there: acknowledged, and handed on. */
  #whole(): Outputs {
    const octets = this.#receiver?.end() ?? null;
    if (octets === null) return [];
    const value = decodeTransfer(octets);
    this.#isBare = value === null;
    const data = value ?? { contextId: this.#contextId, data: bareApdu(octets) };
    const isKnown = this.#contexts.some(({ id }) => id === data.contextId);
    if (!isKnown) throw protocolError('no-such-context');
    return [down({ type: 'S-ACTIVITY-END response' }), up({ type: 'P-DATA indication', ...data })];
  }

  #outgoing(contextId: number, apdu: Pieces) {
    const octets = this.#isBare ? apdu : encodeTransfer(contextId, apdu);
    return { octets, unfinished: this.#takeUnfinished(octets) };
  }

  #associate(request: Request<'A-ASSOCIATE request'>): Outputs[number] {
    const { contextId, value } = request.userInformation;
    const { reference } = this.#options;
    this.#isInUse = true;
    this.#contextId = contextId;
    this.#isTurnOurs = true;
    this.#owner = ownerOf(value);
    this.#reference = reference ?? null;
    return down({
      ...request,
      userInformation: { contextId, value: encodeOpen(this.#options, value) },
      requirements: RTSE_UNITS,
      ...(reference && { reference }),
    });
  }

  #opened(indication: Indication<'A-ASSOCIATE indication'>): Outputs {
    const { transfer, userInformation, answerBytesMax, ...rest } = indication;
    if (transfer === undefined) return [up(indication)];
    this.#isInUse = true;
    this.#contexts = indication.contexts;
    try {
      if (userInformation === null) throw new ViolationError('rtse', 'no-rtorq');
      const { contextId, value } = userInformation;
      this.#contextId = contextId;
      const { terms, bind, isMonologue } = openingOf(contextId, value, this.#options);
      const syntax = this.#contexts.find(({ id }) => id === contextId)?.abstractSyntax;
      this.#terms = terms;
      this.#isTurnOurs = transfer.isTurnOurs;
      this.#reference = transfer.reference;
      this.#owner = ownerOf(bind);
      this.#isBare = this.#isBare || syntax === ISODE_RTSE_SYNTAX;
      return [
        up({
          ...rest,
          userInformation: { contextId, value: bind },
          ...(answerBytesMax !== undefined && {
            answerBytesMax: answerBytesMax - ACCEPTANCE_BYTES,
          }),
          ...(isMonologue && { isMonologue }),
        }),
      ];
    } catch (error) {
      if (!(error instanceof ViolationError)) throw error;
      return this.#refuseAlone(error);
    }
  }

  /** An RTORQ that cannot be had: refused by ourselves, with nothing of the user's. */
  #refuseAlone({ message: detail }: ViolationError): Outputs {
    this.#isEnded = true;
    const contextId = this.#contextId;
    const isOfContext = this.#contexts.some(({ id }) => id === contextId);
    const value = encodeRefusal(null);
    return [
      down({
        type: 'A-ASSOCIATE reject response',
        accepted: this.#contexts.map(({ id }) => id),
        isTransient: false,
        diagnostic: ACSE_USER_DIAGNOSTIC.noReasonGiven,
        userInformation: isOfContext ? { contextId, value } : null,
      }),
      up({ type: 'A-ABORT indication', layer: 'rtse', by: 'local', detail }),
    ];
  }

  #accept(request: Request<'A-ASSOCIATE accept response'>): AcseRequest {
    const { contextId, value } = request.userInformation;
    assert(this.#terms !== null, 'an acceptance answers a proposal');
    this.#contexts = this.#contexts.filter(({ id }) => request.accepted.includes(id));
    this.#begin(this.#terms);
    const octets = encodeAcceptance(this.#terms, value);
    return { ...request, userInformation: { contextId, value: octets } };
  }

  #reject(request: Request<'A-ASSOCIATE reject response'>): AcseRequest {
    this.#isEnded = true;
    const value = encodeRefusal(request.userInformation?.value ?? null);
    return { ...request, userInformation: { contextId: this.#contextId, value } };
  }

  #accepted(confirm: Indication<'A-ASSOCIATE accept confirm'>): Outputs {
    if (confirm.userInformation === null) throw protocolError('no-rtoac');
    const { contextId } = confirm.userInformation;
    const { terms, result } = acceptanceOf(this.#contextId, confirm.userInformation.value);
    this.#contexts = confirm.contexts;
    this.#begin(terms);
    return [up({ ...confirm, userInformation: { contextId, value: result } })];
  }

  #rejected(confirm: Indication<'A-ASSOCIATE reject confirm'>): Outputs[number] {
    this.#isEnded = true;
    const { userInformation: refusal } = confirm;
    const value = refusal === null ? null : refusalOf(refusal.value);
    const isSaid = refusal !== null && value !== null;
    return up({ ...confirm, userInformation: isSaid ? { ...refusal, value } : null });
  }

  #begin(terms: Terms): void {
    this.#terms = terms;
    this.#sender = new Sender(terms, this.#isTurnOurs);
    this.#receiver = new Receiver({
      reference: this.#reference,
      owner: this.#owner,
      memory: this.#role === 'responder' ? (this.#options.memory ?? null) : null,
      transferBytesMax: this.#options.transferBytesMax ?? TSDU_BYTES_MAX,
    });
  }

  /** Only who opened the association releases it, with the turn and outside of an activity. */
  #released(indication: Indication<'A-RELEASE indication'>): Outputs {
    if (!this.#isInUse) return [up(indication)];
    const isOurs = this.#sender?.isTurnOurs ?? true;
    if (this.#role === 'initiator' || isOurs || this.isReceiving) {
      throw protocolError('release-out-of-turn');
    }
    this.#receiver?.settled();
    this.#sender?.stop();
    return [up(indication)];
  }

  #aborted(indication: Indication<'A-ABORT indication'>): Outputs[number] {
    const { userInformation } = indication;
    this.#end();
    if (!this.#isInUse || userInformation === undefined) return up(indication);
    return up({ ...indication, layer: 'rtse', detail: abortText(userInformation.value) });
  }

  #abort(reason: number, detail: string): Outputs {
    this.#end();
    return [
      down(this.#abortRequest(reason)),
      up({ type: 'A-ABORT indication', layer: 'rtse', by: 'local', detail }),
    ];
  }

  #abortRequest(reason: number): AcseRequest {
    const abort = { type: 'A-ABORT request', source: 'user' } as const;
    if (this.#sender === null) return abort;
    const value = encodeAbort(reason);
    return { ...abort, userInformation: { contextId: this.#contextId, value } };
  }

  /** The association is over: what can be resumed is kept. */
  #end(): void {
    this.#isEnded = true;
    this.#receiver?.lost();
    const { memory } = this.#options;
    if (this.#role !== 'initiator' || memory === undefined || this.#reference === null) return;
    const unfinished = this.#sender?.unfinished(this.#reference, this.#owner) ?? null;
    if (unfinished !== null) memory.keepUnfinished(unfinished);
  }

  /** What was being sent when the last connection was lost, where these are the same octets. */
  #takeUnfinished(octets: Pieces): UnfinishedTransfer | null {
    const { memory } = this.#options;
    if (this.#role !== 'initiator' || memory === undefined) return null;
    const bytes = sizeOf(octets);
    const found = memory
      .unfinished()
      .find(
        (other) =>
          equalOctets(other.owner, this.#owner) &&
          sizeOf(other.octets) === bytes &&
          equalOctets(joinOctets(other.octets), joinOctets(octets)),
      );
    if (found !== undefined) memory.forget(found);
    return found ?? null;
  }
}

/** A digest: the bind has a password in it, which is not to be kept. */
function ownerOf(bind: Uint8Array): Uint8Array {
  return createHash('sha256').update(bind).digest();
}

/** What was transferred without an EXTERNAL: one element of a context tag, as ROSE's are. */
function bareApdu(octets: Uint8Array): Uint8Array {
  if (classOf(readElement(octets).tag) !== CONTEXT_CLASS) throw protocolError('no-external');
  return octets;
}

function protocolError(code: string): RtseViolation {
  return new RtseViolation(RTSE_ABORT.protocolError, code);
}

function up(primitive: AcseIndication): Outputs[number] {
  return { to: 'above', primitive };
}

function down(primitive: Below): Outputs[number] {
  return { to: 'below', primitive };
}
