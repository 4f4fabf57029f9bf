/** Two stacks of ours over RTSE, packet by packet, so that the connection may be lost at any. */
import type { AssociationEvent } from '../../src/osi/association.js';
import type { ReliableOptions } from '../../src/osi/rtse/service.js';
import { decodeSpdu } from '../../src/osi/session/spdu.js';
import { Association } from '../../src/osi/stack.js';
import { APPLICATION_CONTEXT, RELIABLE_CONTEXTS } from '../../src/x411/application-contexts.js';
import { tsdusOf } from '../support/wire.js';

export const CONTEXT = APPLICATION_CONTEXT.msReliableAccess88;
export const ARGUMENT = Uint8Array.of(0x31, 3, 2, 1, 42);
export const RELIABLE: ReliableOptions = { contexts: RELIABLE_CONTEXTS };

type Side = 'initiator' | 'responder';

export interface PairOptions {
  readonly initiator?: Partial<ReliableOptions>;
  readonly responder?: Partial<ReliableOptions>;
  /** Octets that are carried at a time; 0: a packet. */
  readonly cut?: number;
  /** Packets that are carried; then the connection is lost. */
  readonly packetsMax?: number;
  readonly argument?: Uint8Array;
}

const NAMES = new Map([
  [0x2d, 'AS'],
  [0x1d, 'AR'],
  [0x29, 'AE'],
  [0x2a, 'AEA'],
  [0x31, 'MIP'],
  [0x32, 'MIA'],
  [0x30, 'ED'],
  [0x39, 'AD'],
  [0x3a, 'ADA'],
  [0x15, 'GTC'],
  [0x16, 'GTA'],
  [0x09, 'FN'],
  [0x0a, 'DN'],
  [0x19, 'AB'],
]);

/** What a TSDU is: DT for data, PT for a request for the turn, others by their initials. */
function nameOf(tsdu: Uint8Array): string {
  const first = decodeSpdu(tsdu);
  if (first.si > 2 || first.rest.length === 0)
    return NAMES.get(first.si) ?? (first.si === 2 ? 'PT' : '-');
  const second = decodeSpdu(first.rest);
  return second.si === 1 ? 'DT' : (NAMES.get(second.si) ?? '-');
}

/** Octets in packets, as TPKT frames them. */
export function packetsOf(octets: Uint8Array): Uint8Array[] {
  const packets: Uint8Array[] = [];
  for (let at = 0; at < octets.length; ) {
    const length = (octets[at + 2] ?? 0) * 256 + (octets[at + 3] ?? 0);
    packets.push(octets.subarray(at, at + length));
    at += length;
  }
  return packets;
}

const NOTHING = Buffer.alloc(0);

export class ReliablePair {
  readonly user: Association;
  readonly store: Association;
  readonly userEvents: AssociationEvent[] = [];
  readonly storeEvents: AssociationEvent[] = [];
  /** Every SPDU that was carried, with who said it: `>AS`, `<AEA`. */
  readonly said: string[] = [];
  /** Octets of packets that were carried. */
  carriedBytes = 0;
  #packets = 0;
  #isLost = false;
  readonly #begun: Record<Side, Buffer> = { initiator: NOTHING, responder: NOTHING };
  readonly #options: PairOptions;

  constructor(options: PairOptions = {}) {
    this.#options = options;
    this.user = new Association({
      role: 'initiator',
      reliable: { ...RELIABLE, ...options.initiator },
    });
    this.store = new Association({
      role: 'responder',
      reliable: { ...RELIABLE, ...options.responder },
    });
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  get packets(): number {
    return this.#packets;
  }

  /** Until nothing moves any more. `serve` is told of what the store was; it may answer. */
  run(serve?: (event: AssociationEvent) => void): void {
    for (let moved = true; moved; ) {
      moved = this.#carry('initiator');
      moved = this.#carry('responder') || moved;
      this.userEvents.push(...this.user.takeEvents());
      for (const event of this.store.takeEvents()) {
        this.storeEvents.push(event);
        serve?.(event);
        moved = true;
      }
    }
  }

  bind(): this {
    const { argument = ARGUMENT } = this.#options;
    const { oid, bind, delivery, submission, administration } = CONTEXT;
    this.user.bind({
      applicationContext: oid,
      bindSyntax: bind,
      operationSyntaxes: [delivery, submission, administration],
      addresses: {},
      argument,
    });
    this.run((event) => {
      if (event.type === 'bind') {
        this.store.bindResult([delivery, submission, administration], ARGUMENT);
      }
    });
    return this;
  }

  #carry(from: Side): boolean {
    const [sender, receiver] =
      from === 'initiator' ? [this.user, this.store] : [this.store, this.user];
    const output = Buffer.concat(sender.takeOutput());
    for (const packet of this.#isLost ? [] : packetsOf(output))
      this.#packet(from, packet, receiver);
    return output.length > 0;
  }

  #packet(from: Side, packet: Uint8Array, receiver: Association): void {
    const { packetsMax = Number.POSITIVE_INFINITY, cut = 0 } = this.#options;
    if (this.#isLost) return;
    if (this.#packets >= packetsMax) {
      this.#isLost = true;
      this.user.transportClosed('lost');
      this.store.transportClosed('lost');
      return;
    }
    this.#packets += 1;
    this.carriedBytes += packet.length;
    this.#tell(from, packet);
    const step = cut === 0 ? packet.length : cut;
    for (let at = 0; at < packet.length; at += step)
      receiver.receive(packet.subarray(at, at + step));
  }

  /** Names what a packet ends: a TSDU may be in several. */
  #tell(from: Side, packet: Uint8Array): void {
    this.#begun[from] = Buffer.concat([this.#begun[from], packet]);
    const tsdus = tsdusOf(this.#begun[from]);
    for (const tsdu of tsdus) this.said.push((from === 'initiator' ? '>' : '<') + nameOf(tsdu));
    const isEnd = packet[5] !== 0xf0 || ((packet[6] ?? 0) & 0x80) !== 0;
    if (isEnd) this.#begun[from] = NOTHING;
  }
}
