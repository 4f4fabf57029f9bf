/**
 * The layers joined: octets of one TCP connection in, association events out, and the other way.
 * No sockets and no timers; whoever owns those calls `receive`, takes events and output, and closes
 * when `wantsClose` says so.
 *
 * Source: ours; the layers name their standards.
 */
import type { Oid } from '../asn1/primitive.js';
import { assert } from '../base/assert.js';
import { ViolationError } from '../base/errors.js';
import type { Pieces } from '../base/octets.js';
import { PRE_BIND_BYTES_MAX } from '../limits.js';
import { AcseMachine } from './acse/machine.js';
import type {
  AssociationCommands,
  AssociationEvent,
  BindRefusal,
  BindRequest,
  RejectProblem,
} from './association.js';
import { CotpMachine, type CotpOptions } from './cotp/machine.js';
import type { NetworkRequest } from './cotp/service.js';
import type { LayerMachine, Role } from './layer.js';
import { PresentationMachine, type PresentationOptions } from './presentation/machine.js';
import { RoseMachine } from './rose/machine.js';
import type { RoseRequest } from './rose/service.js';
import { RtseMachine } from './rtse/machine.js';
import type { ReliableOptions } from './rtse/service.js';
import { SessionMachine, type SessionOptions } from './session/machine.js';
import { frameTpdu, TpktReader } from './tpkt.js';
import { invokeIdOf } from './unfinished.js';

export interface AssociationOptions
  extends Omit<CotpOptions, 'role'>,
    Omit<SessionOptions, 'role' | 'reliable'>,
    PresentationOptions {
  readonly role: Role;
  /** The application contexts over RTSE that may be, and how; without it none is known. */
  readonly reliable?: ReliableOptions;
  /** Invocations of the peer that may be unanswered; INVOCATIONS_OUTSTANDING_MAX by default. */
  readonly invocationsMax?: number;
}

/** A machine whose primitives are no longer told apart by type: the pump only carries them. */
type AnyMachine = LayerMachine<never, unknown, unknown, never>;

const INVOKE_ID_MAX = 0x7fff_ffff;
/** Where RTSE stands among the layers: above association control. */
const RTSE = 4;

export class Association implements AssociationCommands {
  readonly #role: Role;
  readonly #tpkt = new TpktReader();
  readonly #cotp: CotpMachine;
  readonly #session: SessionMachine;
  readonly #rose: RoseMachine;
  readonly #reliable: ReliableOptions | undefined;
  /** Null where the application context does without, as soon as that is known. */
  #rtse: RtseMachine | null;
  /** Bottom first. */
  #layers: readonly AnyMachine[];
  #events: AssociationEvent[] = [];
  #output: Uint8Array[] = [];
  #wantsClose = false;
  #isEstablished = false;
  #isOver = false;
  #lastInvokeId = 0;
  /** Over RTSE: of each invocation of ours that is unanswered, the how manieth APDU it is. */
  readonly #places = new Map<number, number>();
  /** Octets that came from a peer that we do not know yet. */
  #preBindBytes = 0;

  constructor(options: AssociationOptions) {
    this.#role = options.role;
    this.#cotp = new CotpMachine(options);
    this.#session = new SessionMachine(options);
    this.#rose = new RoseMachine(options.invocationsMax);
    const { role, reliable } = options;
    this.#reliable = reliable;
    this.#rtse = reliable === undefined ? null : new RtseMachine(role, reliable);
    this.#layers = [
      this.#cotp,
      this.#session,
      new PresentationMachine(options),
      new AcseMachine(reliable?.contexts),
      ...(this.#rtse === null ? [] : [this.#rtse]),
      this.#rose,
    ];
  }

  /** Whether TCP is to be closed when the output taken so far is written. */
  get wantsClose(): boolean {
    return this.#wantsClose;
  }

  /** Bound, and neither released nor aborted. */
  get isEstablished(): boolean {
    return this.#isEstablished;
  }

  /** Released, refused or aborted: the peer is expected to close, or we do after a while. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Octets of packets and of service data that have begun and not ended. */
  get heldBytes(): number {
    return this.partialBytes + (this.#rtse?.heldBytes ?? 0);
  }

  /** The same without what an activity has brought: the rest of it should be on its way. */
  get partialBytes(): number {
    return this.#tpkt.heldBytes + this.#cotp.heldBytes + this.#session.heldBytes;
  }

  /** Octets that wait for the turn, or for the peer's confirmation of others. */
  get waitingBytes(): number {
    return this.#rtse?.waitingBytes ?? 0;
  }

  /** Whether the peer is in the middle of a transfer. */
  get isReceiving(): boolean {
    return this.#rtse?.isReceiving ?? false;
  }

  /** Nothing has come for a long time in what the peer transfers. */
  transferStalled(): void {
    if (this.#rtse !== null) this.#carry(RTSE, this.#rtse.stalled());
  }

  /** Invocations of the peer that wait for our answer. */
  get invocationsOutstanding(): number {
    return this.#rose.theirsOutstanding;
  }

  /** Invocations of ours that wait for the peer's. */
  get repliesOutstanding(): number {
    return this.#rose.oursOutstanding;
  }

  /** Octets from the peer, as TCP gave them. */
  receive(octets: Uint8Array): void {
    if (this.#wantsClose) return;
    if (this.#role === 'responder' && !this.#isEstablished) {
      this.#preBindBytes += octets.length;
      if (this.#preBindBytes > PRE_BIND_BYTES_MAX) {
        this.#hangUp('too much before the bind');
        return;
      }
    }
    try {
      for (const tpdu of this.#tpkt.push(octets)) {
        this.#up(0, { type: 'N-DATA indication', tpdu });
      }
    } catch (error) {
      if (!(error instanceof ViolationError)) throw error;
      this.#hangUp(error.message);
    }
  }

  /** TCP is closed or broken. */
  transportClosed(detail: string): void {
    this.#up(0, { type: 'N-DISCONNECT indication', detail });
  }

  takeEvents(): AssociationEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  /** Framed octets to write, in order. */
  takeOutput(): Pieces {
    const output = this.#output;
    this.#output = [];
    return output;
  }

  bind(request: BindRequest): void {
    if (this.#reliable?.contexts.has(request.applicationContext) !== true) this.#withoutRtse();
    this.#request({ type: 'RO-BIND request', ...request });
  }

  /** Does nothing where the peer has left while the bind was being judged. */
  bindResult(syntaxes: readonly Oid[], result: Uint8Array): void {
    if (this.#isOver) return;
    this.#request({ type: 'RO-BIND result', syntaxes, result });
    this.#isEstablished = true;
  }

  bindError(refusal: BindRefusal): void {
    this.#isOver = true;
    this.#request({ type: 'RO-BIND error', ...refusal });
  }

  invoke(syntax: Oid, operation: number, argument: Pieces): number {
    assert(this.#isEstablished, 'an invocation needs an association');
    const invokeId = this.#unfinishedId(operation, argument) ?? this.#freeId();
    this.#request({ type: 'RO-INVOKE request', invokeId, syntax, operation, argument });
    if (this.#rtse !== null) this.#places.set(invokeId, this.#rtse.pushed);
    return invokeId;
  }

  result(invokeId: number, result: Pieces): void {
    this.#request({ type: 'RO-RESULT request', invokeId, result });
  }

  error(invokeId: number, code: number, parameter: Uint8Array | null): void {
    this.#request({ type: 'RO-ERROR request', invokeId, code, parameter });
  }

  reject(invokeId: number, reject: RejectProblem): void {
    this.#request({ type: 'RO-REJECT request', invokeId, reject });
  }

  unbind(): void {
    this.#request({ type: 'RO-UNBIND request' });
  }

  unbindResponse(): void {
    this.#end();
    this.#request({ type: 'RO-UNBIND response' });
  }

  abort(): void {
    this.#end();
    const { length } = this.#output;
    this.#request({ type: 'RO-ABORT request' });
    // Where there is nobody yet, or nobody any more, to abort with a PDU, closing says it.
    if (this.#output.length === length) this.#wantsClose = true;
  }

  #freeId(): number {
    do {
      this.#lastInvokeId = (this.#lastInvokeId % INVOKE_ID_MAX) + 1;
    } while (this.#rose.isOurs(this.#lastInvokeId));
    return this.#lastInvokeId;
  }

  /** The id under which the peer has part of this invocation already, from a lost association. */
  #unfinishedId(operation: number, argument: Pieces): number | null {
    if (this.#rtse === null) return null;
    for (const { octets } of this.#reliable?.memory?.unfinished() ?? []) {
      const invokeId = invokeIdOf(octets, operation, argument);
      if (invokeId !== null && !this.#rose.isOurs(invokeId)) return invokeId;
    }
    return null;
  }

  /** The application context does without it, and is not to pay for it. */
  #withoutRtse(): void {
    this.#layers = this.#layers.filter((layer) => layer !== this.#rtse);
    this.#rtse = null;
  }

  #request(request: RoseRequest): void {
    this.#carry(this.#layers.length - 1, this.#rose.fromAbove(request));
  }

  #up(layer: number, primitive: unknown): void {
    const machine = this.#layers[layer];
    if (machine === undefined) this.#event(primitive as AssociationEvent);
    else this.#carry(layer, machine.fromBelow(primitive as never));
  }

  #down(layer: number, primitive: unknown): void {
    const machine = this.#layers[layer];
    if (machine === undefined) this.#network(primitive as NetworkRequest);
    else this.#carry(layer, machine.fromAbove(primitive as never));
  }

  #carry(layer: number, outputs: ReturnType<AnyMachine['fromBelow']>): void {
    for (const { to, primitive } of outputs) {
      if (to === 'above') this.#up(layer + 1, primitive);
      else this.#down(layer - 1, primitive);
    }
  }

  #network(request: NetworkRequest): void {
    if (request.type === 'N-DISCONNECT request') this.#wantsClose = true;
    else this.#output.push(...frameTpdu(request.tpdu));
  }

  #event(event: AssociationEvent): void {
    if (event.type === 'bound') this.#isEstablished = true;
    if (event.type === 'bind' && this.#rtse?.isInUse === false) this.#withoutRtse();
    if (event.type === 'refused' || event.type === 'unbound' || event.type === 'aborted')
      this.#end();
    this.#events.push(this.#rtse === null ? event : this.#withUnsent(event, this.#rtse.whole));
  }

  /** What the peer cannot have performed may be asked of it, or of another, once more. */
  #withUnsent(event: AssociationEvent, whole: number): AssociationEvent {
    if (event.type !== 'aborted') {
      if ('invokeId' in event && event.type !== 'invoke') this.#places.delete(event.invokeId ?? 0);
      return event;
    }
    const unsent = [...this.#places].filter(([, place]) => place > whole).map(([id]) => id);
    return { ...event, unsent: new Set(unsent) };
  }

  #hangUp(detail: string): void {
    this.#wantsClose = true;
    this.#up(0, { type: 'N-DISCONNECT indication', detail });
  }

  #end(): void {
    this.#isEstablished = false;
    this.#isOver = true;
  }
}
