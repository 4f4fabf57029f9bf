/**
 * Transport class 0 over TCP: one connection request and its answer, then data, cut into TPDUs and
 * put together again. There is no release: the connection ends with TCP.
 *
 * Source: X.224 6, 13; RFC 1006; RFC 2126.
 */
import { assert } from '../../base/assert.js';
import { ViolationError } from '../../base/errors.js';
import { joinOctets, type Pieces, sizeOf } from '../../base/octets.js';
import { TPDU_BYTES_DEFAULT, TPDU_BYTES_MIN, TSDU_BYTES_MAX } from '../../limits.js';
import type { LayerMachine, Output, Role } from '../layer.js';
import type {
  NetworkIndication,
  NetworkRequest,
  TransportIndication,
  TransportRequest,
} from './service.js';
import {
  type ConnectTpdu,
  DISCONNECT_REASON,
  dataHeader,
  decodeTpdu,
  encodeConnect,
  encodeDisconnect,
  encodeError,
  REJECT_CAUSE,
  TPDU_CODE,
  type Tpdu,
} from './tpdu.js';

type Outputs = Output<TransportIndication, NetworkRequest>[];

export interface CotpOptions {
  readonly role: Role;
  /** The largest TPDU that we send or ask for, octets. */
  readonly tpduBytes?: number;
  readonly tsduBytesMax?: number;
  /** Our reference: any number but 0, for one connection over one TCP connection. */
  readonly reference?: number;
}

const DATA_HEADER_BYTES = 3;
/** The largest size that parameter `C0` can name, and the unit of `F0`. */
const CODED_SIZE_MAX = 8_192;

type State = 'closed' | 'awaiting confirm' | 'awaiting response' | 'open' | 'ended';

export class CotpMachine
  implements LayerMachine<TransportRequest, TransportIndication, NetworkRequest, NetworkIndication>
{
  readonly #options: CotpOptions;
  readonly #reference: number;
  #state: State = 'closed';
  #peerReference = 0;
  #tpduBytes: number;
  #request: ConnectTpdu | null = null;
  #pieces: Uint8Array[] = [];
  #heldBytes = 0;

  constructor(options: CotpOptions) {
    this.#options = options;
    this.#reference = options.reference ?? 1;
    this.#tpduBytes = options.tpduBytes ?? TPDU_BYTES_DEFAULT;
    assert(this.#tpduBytes >= TPDU_BYTES_MIN, 'a TPDU has at least the least size');
  }

  /** Octets of a TSDU that has begun and not ended. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  fromAbove(primitive: TransportRequest): Outputs {
    switch (primitive.type) {
      case 'T-CONNECT request':
        assert(this.#state === 'closed', 'T-CONNECT is asked for once');
        this.#state = 'awaiting confirm';
        return [send([this.#connect(TPDU_CODE.cr, primitive.calling, primitive.called)])];
      case 'T-CONNECT response':
        assert(this.#state === 'awaiting response', 'a T-CONNECT response answers an indication');
        this.#state = 'open';
        return [send([this.#confirm()])];
      case 'T-DATA request':
        assert(this.#state === 'open', 'data needs a connection');
        return segments(primitive.userData, this.#tpduBytes - DATA_HEADER_BYTES);
      case 'T-DISCONNECT request':
        return this.#disconnect(primitive.reason);
    }
  }

  fromBelow(primitive: NetworkIndication): Outputs {
    if (this.#state === 'ended') return [];
    if (primitive.type === 'N-DISCONNECT indication') return this.#end(null, primitive.detail);
    let tpdu: Tpdu;
    try {
      tpdu = decodeTpdu(primitive.tpdu);
    } catch (error) {
      if (error instanceof ViolationError) return this.#broken(primitive.tpdu);
      throw error;
    }
    if (tpdu.type === 'data' && this.#state === 'open') return this.#data(tpdu.data, tpdu.isLast);
    return this.#control(tpdu, primitive.tpdu);
  }

  #control(tpdu: Tpdu, octets: Uint8Array): Outputs {
    if (tpdu.type === 'connect') return this.#connectTpdu(tpdu.connect, octets);
    if (this.#state === 'closed') return this.#hangUp('the first TPDU is no CR');
    if (tpdu.type === 'disconnect') return this.#hangUp(`DR ${tpdu.reason}`, tpdu.reason);
    if (tpdu.type === 'error') return this.#hangUp(`ER ${tpdu.cause}`);
    if (tpdu.type === 'data') return this.#hangUp('a DT before the connection');
    return this.#reject(REJECT_CAUSE.invalidTpduType, octets, `TPDU code ${tpdu.code}`);
  }

  #connectTpdu(connect: ConnectTpdu, octets: Uint8Array): Outputs {
    const isRequest = connect.code === TPDU_CODE.cr;
    if (this.#state === 'closed' && !isRequest) return this.#hangUp('the first TPDU is no CR');
    if (this.#state === 'awaiting confirm' && !isRequest) return this.#confirmed(connect, octets);
    if (this.#state !== 'closed' || this.#options.role === 'initiator') {
      return this.#reject(
        isRequest ? REJECT_CAUSE.invalidTpduType : REJECT_CAUSE.invalidParameterValue,
        octets,
        'a connect TPDU out of place',
      );
    }
    return this.#requested(connect);
  }

  #requested(connect: ConnectTpdu): Outputs {
    this.#peerReference = connect.sourceReference;
    if (connect.sourceReference === 0 || connect.destinationReference !== 0) {
      return this.#refuse(DISCONNECT_REASON.notSpecified);
    }
    // X.224 6.5.5: classes 1 and 3 fall back to 0; 2 and 4 only where 0 is an alternative.
    const preferred = connect.classOption >> 4;
    const isZeroPossible = [0, 1, 3].includes(preferred) || connect.alternatives.includes(0);
    if (!isZeroPossible) return this.#refuse(DISCONNECT_REASON.negotiationFailed);
    this.#request = connect;
    this.#state = 'awaiting response';
    const { calling, called } = connect;
    const addresses = { ...(calling && { calling }), ...(called && { called }) };
    return [up({ type: 'T-CONNECT indication', ...addresses })];
  }

  #confirmed(connect: ConnectTpdu, octets: Uint8Array): Outputs {
    const { preferredBytes, tpduBytes } = connect;
    this.#peerReference = connect.sourceReference;
    const agreed = preferredBytes ?? tpduBytes;
    const proposed = preferredBytes === null ? this.#codedBytes() : this.#tpduBytes;
    const isOurs = connect.destinationReference === this.#reference;
    if (!isOurs || (agreed !== null && agreed > proposed)) {
      return this.#reject(REJECT_CAUSE.invalidParameterValue, octets, 'a CC of another kind');
    }
    if (connect.classOption >> 4 !== 0) return this.#hangUp('the CC is not of class 0');
    if (agreed !== null) {
      this.#tpduBytes = Math.min(this.#tpduBytes, agreed);
    } else {
      // A peer that does not know `F0` and is silent on `C0` agrees to the `C0` that we proposed.
      this.#tpduBytes = Math.min(this.#tpduBytes, CODED_SIZE_MAX);
    }
    this.#state = 'open';
    return [up({ type: 'T-CONNECT confirm' })];
  }

  #connect(code: number, calling?: Uint8Array, called?: Uint8Array): Uint8Array {
    return encodeConnect({
      code,
      destinationReference: this.#peerReference,
      sourceReference: this.#reference,
      tpduBytes: this.#codedBytes(),
      preferredBytes: this.#tpduBytes > CODED_SIZE_MAX ? this.#tpduBytes : null,
      calling: calling ?? null,
      called: called ?? null,
    });
  }

  /** What `C0` can say of our size: a power of two. */
  #codedBytes(): number {
    return 2 ** Math.floor(Math.log2(Math.min(this.#tpduBytes, CODED_SIZE_MAX)));
  }

  /** Answers in the parameter that the request used, with the same or a smaller size. */
  #confirm(): Uint8Array {
    const request = this.#request;
    assert(request !== null, 'a confirm answers a request');
    const usesPreferred = request.preferredBytes !== null;
    const proposed = request.preferredBytes ?? request.tpduBytes ?? TPDU_BYTES_DEFAULT;
    const agreed = Math.min(proposed, this.#tpduBytes);
    const isSilent = !usesPreferred && request.tpduBytes === null;
    const coded = 2 ** Math.floor(Math.log2(agreed));
    this.#tpduBytes = usesPreferred ? agreed - (agreed % 128) : isSilent ? agreed : coded;
    return encodeConnect({
      code: TPDU_CODE.cc,
      destinationReference: this.#peerReference,
      sourceReference: this.#reference,
      tpduBytes: usesPreferred || isSilent ? null : coded,
      preferredBytes: usesPreferred ? this.#tpduBytes : null,
      calling: request.calling,
      called: request.called,
    });
  }

  #data(data: Uint8Array, isLast: boolean): Outputs {
    this.#heldBytes += data.length;
    if (this.#heldBytes > (this.#options.tsduBytesMax ?? TSDU_BYTES_MAX)) {
      return this.#hangUp('a TSDU above the limit');
    }
    this.#pieces.push(data);
    if (!isLast) return [];
    const userData = joinOctets(this.#pieces);
    this.#pieces = [];
    this.#heldBytes = 0;
    return [up({ type: 'T-DATA indication', userData })];
  }

  #disconnect(reason: number): Outputs {
    if (this.#state === 'ended') return [];
    if (this.#state === 'awaiting response') return this.#refuse(reason).slice(0, 2);
    this.#state = 'ended';
    return [CLOSE];
  }

  /** Refuses a CR. Above nobody has heard of it, or has asked for the refusal. */
  #refuse(reason: number): Outputs {
    this.#state = 'ended';
    const refused = up({
      type: 'T-DISCONNECT indication',
      reason,
      detail: `refused, DR ${reason}`,
    });
    return [send([encodeDisconnect(this.#peerReference, reason)]), CLOSE, refused];
  }

  #broken(octets: Uint8Array): Outputs {
    if (this.#state !== 'closed') {
      return this.#reject(REJECT_CAUSE.invalidParameterCode, octets, 'a broken TPDU header');
    }
    if (((octets[1] ?? 0) & 0xf0) !== TPDU_CODE.cr) return this.#hangUp('the first TPDU is no CR');
    this.#peerReference = (octets[4] ?? 0) * 256 + (octets[5] ?? 0);
    return this.#refuse(DISCONNECT_REASON.badHeader);
  }

  #reject(cause: number, octets: Uint8Array, detail: string): Outputs {
    const shown = octets.subarray(0, (octets[0] ?? 0) + 1);
    return [send([encodeError(this.#peerReference, cause, shown)]), ...this.#hangUp(detail)];
  }

  #hangUp(detail: string, reason: number | null = null): Outputs {
    return [CLOSE, ...this.#end(reason, detail)];
  }

  #end(reason: number | null, detail: string): Outputs {
    this.#state = 'ended';
    this.#pieces = [];
    this.#heldBytes = 0;
    return [up({ type: 'T-DISCONNECT indication', reason, detail })];
  }
}

const CLOSE: Outputs[number] = { to: 'below', primitive: { type: 'N-DISCONNECT request' } };

function up(primitive: TransportIndication): Outputs[number] {
  return { to: 'above', primitive };
}

function send(tpdu: Pieces): Outputs[number] {
  return { to: 'below', primitive: { type: 'N-DATA request', tpdu } };
}

/** Cuts a TSDU into DTs of at most `room` octets of data each: windows, no copies. */
function segments(userData: Pieces, room: number): Outputs {
  if (sizeOf(userData) <= room) return [send([dataHeader(true), ...userData])];
  const outputs: Outputs = [];
  let current: Uint8Array[] = [];
  let free = room;
  for (const piece of userData) {
    for (let at = 0; at < piece.length; ) {
      if (free === 0) {
        outputs.push(send([dataHeader(false), ...current]));
        current = [];
        free = room;
      }
      const part = piece.subarray(at, at + free);
      current.push(part);
      at += part.length;
      free -= part.length;
    }
  }
  outputs.push(send([dataHeader(true), ...current]));
  return outputs;
}
