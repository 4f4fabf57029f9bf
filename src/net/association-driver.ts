/**
 * One association on one TCP connection: carries octets between the socket and the stack, events to
 * the handler, and owns the timers that a stack has not.
 *
 * Invariant: whatever a peer sends or a handler throws ends this association at most.
 *
 * Source: ours; the times are those of X.400 practice, see limits.
 */
import type { Socket } from 'node:net';
import type { Oid } from '../asn1/primitive.js';
import type { Clock } from '../base/clock.js';
import { errorData } from '../base/errors.js';
import type { Pieces } from '../base/octets.js';
import { TRANSFER_TIME_MAX_MS } from '../limits/reliable-transfer.js';
import {
  BIND_TIME_MAX_MS,
  CLOSE_TIME_MAX_MS,
  IDLE_TIME_MAX_MS,
  PARTIAL_PACKET_TIME_MAX_MS,
  RELEASE_TIME_MAX_MS,
  REPLY_TIME_MAX_MS,
  SOCKET_BACKLOG_BYTES_LAST,
  SOCKET_BACKLOG_BYTES_MAX,
} from '../limits.js';
import type {
  AssociationCommands,
  AssociationEvent,
  BindRefusal,
  BindRequest,
  RejectProblem,
} from '../osi/association.js';
import { Association, type AssociationOptions } from '../osi/stack.js';
import type { Holder, ReassemblyBudget } from './reassembly.js';
import { WritingRoom } from './writing-room.js';

/** Told of everything that an association says; never told anything after `onClosed`. */
export interface AssociationHandler {
  onEvent(event: AssociationEvent): void;
  /** The peer has taken what it was behind with. */
  onDrain?(): void;
  /** The connection is gone. `detail` is a sentence for the log. */
  onClosed(detail: string): void;
}

export interface Timing {
  readonly bindMs: number;
  readonly idleMs: number;
  readonly partialPacketMs: number;
  readonly closeMs: number;
  readonly releaseMs: number;
  readonly replyMs: number;
  /** Over RTSE: a transfer in which nothing arrives. */
  readonly transferMs: number;
}

export const TIMING_DEFAULT: Timing = {
  bindMs: BIND_TIME_MAX_MS,
  idleMs: IDLE_TIME_MAX_MS,
  partialPacketMs: PARTIAL_PACKET_TIME_MAX_MS,
  closeMs: CLOSE_TIME_MAX_MS,
  releaseMs: RELEASE_TIME_MAX_MS,
  replyMs: REPLY_TIME_MAX_MS,
  transferMs: TRANSFER_TIME_MAX_MS,
};

export interface DriverOptions {
  readonly socket: Socket;
  readonly association: AssociationOptions;
  readonly handler: (driver: AssociationDriver) => AssociationHandler;
  readonly clock: Clock;
  readonly timing?: Partial<Timing>;
  /** Shared by all that may hold octets of what is not whole. */
  readonly reassembly?: ReassemblyBudget;
}

const TICK_MS = 500;
/** Of this thread. */
const ROOM = new WritingRoom();
const ENDS: ReadonlySet<AssociationEvent['type']> = new Set(['refused', 'unbound', 'aborted']);
const ANSWERS: ReadonlySet<AssociationEvent['type']> = new Set(['result', 'error', 'reject']);

export class AssociationDriver implements AssociationCommands, Holder {
  readonly #socket: Socket;
  readonly #association: Association;
  readonly #handler: AssociationHandler;
  readonly #clock: Clock;
  readonly #timing: Timing;
  readonly #startedMs: number;
  #lastReceivedMs: number;
  /** When the association ended; null while it goes on. */
  #overMs: number | null = null;
  #endReason = 'the peer closed the connection';
  #isFlushScheduled = false;
  #isClosed = false;
  #isHeldByUser = false;
  #isHeldForMemory = false;
  #wasBound = false;
  /** Of invocations that came too late. */
  #lastLostId = 0;
  /** The handler has heard how the association ended. */
  #isEndTold = false;
  #hasFault = false;
  /** When the peer asked to release; null while it has not. */
  #releaseAskedMs: number | null = null;
  /** When an operation of ours was last invoked with none waiting, or answered with some left. */
  #repliedMs = 0;
  /** Octets that wait for the peer to take them, at the last tick, and when it last took some. */
  #waitingBytes = 0;
  #takenMs: number;
  #wasTransferBehind = false;
  readonly #reassembly: ReassemblyBudget | null;
  #ticker: NodeJS.Timeout;

  constructor(options: DriverOptions) {
    this.#socket = options.socket;
    this.#association = new Association(options.association);
    this.#clock = options.clock;
    this.#timing = { ...TIMING_DEFAULT, ...options.timing };
    this.#reassembly = options.reassembly ?? null;
    this.#startedMs = this.#clock.monotonicMs();
    this.#lastReceivedMs = this.#startedMs;
    this.#takenMs = this.#startedMs;
    this.#handler = options.handler(this);
    this.#socket.setNoDelay(true);
    this.#socket.on('data', (octets: Buffer) => this.#receive(octets));
    this.#socket.on('drain', () => {
      this.#adjustReading();
      this.#handler.onDrain?.();
    });
    this.#socket.on('error', (error) => {
      this.#endReason = error.message;
    });
    this.#socket.on('close', () => this.#closed());
    this.#ticker = setInterval(() => this.#tick(), TICK_MS).unref();
  }

  /** The peer's network address and port. */
  get peer(): string {
    return `${this.#socket.remoteAddress ?? 'unknown'}:${this.#socket.remotePort ?? 0}`;
  }

  get isEstablished(): boolean {
    return this.#association.isEstablished;
  }

  /** Released, refused or aborted: what is left is the closing of TCP. */
  get isOver(): boolean {
    return this.#isClosed || this.#socket.destroyed || this.#association.isOver;
  }

  /** Whether a bind has come, or was accepted where it was ours. */
  get wasBound(): boolean {
    return this.#wasBound;
  }

  /** Invocations of the peer that wait for our answer. */
  get invocationsOutstanding(): number {
    return this.#association.invocationsOutstanding;
  }

  /** The peer does not take our answers as fast as we give them: better ask for no more. */
  get isBehind(): boolean {
    return this.#waiting > SOCKET_BACKLOG_BYTES_MAX;
  }

  /** Octets that the peer has not taken: what is written, and over RTSE what waits for it. */
  get #waiting(): number {
    return this.#socket.writableLength + this.#association.waitingBytes;
  }

  /** Stops or resumes reading from the peer: TCP then slows it down. */
  setReading(isReading: boolean): void {
    this.#isHeldByUser = !isReading;
    this.#adjustReading();
  }

  holdForMemory(isHeld: boolean): void {
    this.#isHeldForMemory = isHeld;
    this.#adjustReading();
  }

  /** Closes TCP without another word. */
  destroy(reason: string): void {
    this.#endReason = reason;
    this.#socket.destroy();
  }

  bind(request: BindRequest): void {
    this.#command(() => this.#association.bind(request));
  }

  bindResult(syntaxes: readonly Oid[], result: Uint8Array): void {
    this.#command(() => this.#association.bindResult(syntaxes, result));
  }

  bindError(refusal: BindRefusal): void {
    this.#endReason = 'bind refused';
    this.#command(() => this.#association.bindError(refusal));
  }

  /**
   * Where the association has ended and its user is about to hear of it, the invocation goes
   * nowhere and has a negative id: like all that wait, it ends with the association.
   */
  invoke(syntax: Oid, operation: number, argument: Pieces): number {
    if (this.isOver) {
      this.#lastLostId -= 1;
      return this.#lastLostId;
    }
    if (this.#association.repliesOutstanding === 0) this.#repliedMs = this.#clock.monotonicMs();
    const invokeId = this.#association.invoke(syntax, operation, argument);
    this.#scheduleFlush();
    return invokeId;
  }

  result(invokeId: number, result: Pieces): void {
    this.#command(() => this.#association.result(invokeId, result));
  }

  error(invokeId: number, code: number, parameter: Uint8Array | null): void {
    this.#command(() => this.#association.error(invokeId, code, parameter));
  }

  reject(invokeId: number, reject: RejectProblem): void {
    this.#command(() => this.#association.reject(invokeId, reject));
  }

  unbind(): void {
    this.#command(() => this.#association.unbind());
  }

  unbindResponse(): void {
    this.#endReason = 'released';
    this.#command(() => this.#association.unbindResponse());
  }

  /** Says so and closes our half of the connection behind it. */
  abort(reason = 'aborted by us'): void {
    if (this.isOver) return;
    this.#endReason = reason;
    this.#association.abort();
    this.#flush();
    this.#socket.end();
  }

  /** A command for an association that has ended in the meantime is dropped: its peer is gone. */
  #command(run: () => void): void {
    if (this.#isClosed || this.#association.isOver) return;
    try {
      run();
    } catch (error) {
      this.destroy(`a fault of ours: ${errorData(error).detail}`);
      return;
    }
    this.#scheduleFlush();
  }

  #receive(octets: Buffer): void {
    this.#lastReceivedMs = this.#clock.monotonicMs();
    try {
      this.#association.receive(octets);
      this.#dispatch();
    } catch (error) {
      this.#hasFault = true;
      this.destroy(`a fault of ours: ${errorData(error).detail}`);
      return;
    }
    this.#flush();
    this.#reassembly?.update(this, this.#association.heldBytes);
    this.#drainTransfers();
  }

  /** Over RTSE it is by what the peer says that it takes more, not by what TCP does. */
  #drainTransfers(): void {
    const wasBehind = this.#wasTransferBehind;
    this.#wasTransferBehind = this.#association.waitingBytes > SOCKET_BACKLOG_BYTES_MAX;
    if (wasBehind && !this.isBehind) this.#handler.onDrain?.();
  }

  #dispatch(): void {
    for (const event of this.#association.takeEvents()) {
      if (event.type === 'aborted') this.#endReason = `${event.layer}: ${event.detail}`;
      if (event.type === 'refused') this.#endReason = `refused by ${event.layer}`;
      if (event.type === 'unbound') this.#endReason = 'released';
      if (event.type === 'bind' || event.type === 'bound') this.#wasBound = true;
      if (event.type === 'unbind') this.#releaseAskedMs = this.#lastReceivedMs;
      if (ANSWERS.has(event.type)) this.#repliedMs = this.#lastReceivedMs;
      this.#tell(event);
    }
  }

  #tell(event: AssociationEvent): void {
    if (ENDS.has(event.type)) this.#isEndTold = true;
    this.#handler.onEvent(event);
  }

  /** Everything that one turn of the event loop produced goes out in one write. */
  #scheduleFlush(): void {
    if (this.#isFlushScheduled) return;
    this.#isFlushScheduled = true;
    setImmediate(() => {
      this.#isFlushScheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#isClosed) return;
    ROOM.write(this.#socket, this.#association.takeOutput());
    if (this.#waiting > SOCKET_BACKLOG_BYTES_LAST) {
      this.destroy('the peer takes none of what it asked for');
      return;
    }
    if (this.#association.isOver) this.#overMs ??= this.#clock.monotonicMs();
    if (this.#association.wantsClose) this.#socket.end();
    this.#adjustReading();
  }

  /** A peer that does not take our answers is not read from: it cannot make us hold more. */
  #adjustReading(): void {
    const isBehind = this.#socket.writableLength > SOCKET_BACKLOG_BYTES_MAX;
    if (this.#isHeldByUser || this.#isHeldForMemory || isBehind) this.#socket.pause();
    else if (this.#socket.isPaused()) this.#socket.resume();
  }

  #tick(): void {
    const nowMs = this.#clock.monotonicMs();
    const { closeMs, bindMs, partialPacketMs, releaseMs, replyMs, idleMs, transferMs } =
      this.#timing;
    // A peer that we do not read from is not silent; it may be one that takes nothing, though.
    if (this.#socket.isPaused()) this.#lastReceivedMs = nowMs;
    const waitingBytes = this.#waiting;
    if (waitingBytes === 0 || waitingBytes < this.#waitingBytes) this.#takenMs = nowMs;
    this.#waitingBytes = waitingBytes;
    const silentMs = nowMs - this.#lastReceivedMs;
    const { partialBytes, repliesOutstanding, isReceiving } = this.#association;
    if (this.#overMs !== null) {
      if (nowMs - this.#overMs > closeMs) this.#socket.destroy();
    } else if (!this.#wasBound && nowMs - this.#startedMs > bindMs) {
      this.destroy('no bind in time');
    } else if (partialBytes > 0 && silentMs > partialPacketMs) {
      this.destroy('the rest of a packet did not come');
    } else if (isReceiving && silentMs > 2 * transferMs) {
      this.#giveUp('a transfer did not go on');
    } else if (isReceiving && silentMs > transferMs) {
      this.#command(() => this.#association.transferStalled());
    } else if (this.#releaseAskedMs !== null && nowMs - this.#releaseAskedMs > releaseMs) {
      this.#giveUp('the release waited too long for operations');
    } else if (repliesOutstanding > 0 && nowMs - this.#repliedMs > replyMs) {
      this.#giveUp('an operation of ours was not answered');
    } else if (nowMs - this.#takenMs > idleMs) {
      this.destroy('the peer takes nothing of what is answered');
    } else if (silentMs > idleMs && this.invocationsOutstanding === 0) {
      this.#giveUp('idle');
    }
  }

  /** An abort that its user has not asked for, and must hear of: nothing else will tell him. */
  #giveUp(reason: string): void {
    this.abort(reason);
    if (!this.#isEndTold)
      this.#tell({ type: 'aborted', layer: 'cotp', by: 'local', detail: reason });
  }

  #closed(): void {
    if (this.#isClosed) return;
    clearInterval(this.#ticker);
    this.#reassembly?.update(this, 0);
    this.#association.transportClosed(this.#endReason);
    this.#isClosed = true;
    try {
      for (const event of this.#association.takeEvents()) this.#tell(event);
      // A handler that threw has missed what came after; it must not wait for ever.
      const [layer, by, detail] = ['cotp', 'transport', this.#endReason] as const;
      if (this.#hasFault && !this.#isEndTold) this.#tell({ type: 'aborted', layer, by, detail });
    } finally {
      this.#handler.onClosed(this.#endReason);
    }
  }
}
