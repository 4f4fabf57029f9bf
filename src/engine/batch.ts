/**
 * Batches of requests and replies, as they cross between threads: one buffer that holds nothing
 * else, so that it can be transferred.
 *
 *     0  4  length of the head, big-endian
 *     4     head: MessagePack, an array with a short array for each item
 *           bodies: arguments or results, one after another
 *
 * An octet string is copied once on the way, into that buffer; where it arrives it is a window on
 * it. What is asked and answered most has a form of its own, without names; the rest is a map.
 *
 * Source: ours.
 */
import { Packr } from 'msgpackr';
import { present } from '../base/assert.js';
import { joinOctets, sizeOf } from '../base/octets.js';
import type {
  Edition,
  NumberedReply,
  NumberedRequest,
  NumberedShardReply,
  Reply,
  Request,
  RetrievalOperation,
} from './contract.js';
import type { MailboxId } from './mailbox-id.js';

/** Without records: both sides stay free of state that the other would have to share. */
const packr = new Packr({ useRecords: false });

const HEAD_LENGTH_BYTES = 4;

type ShortRequest = Extract<
  Request,
  { readonly kind: 'message-delivery' } | { readonly kind: RetrievalOperation }
>;
const SHORT_KINDS: ReadonlySet<Request['kind']> = new Set([
  'message-delivery',
  'summarize',
  'list',
  'fetch',
  'delete',
  'modify',
] as const);

/** A request by its parts and the length of its argument; or as it is, where it has others. */
type PackedRequest =
  | readonly [
      id: number,
      kind: ShortRequest['kind'],
      mailbox: MailboxId,
      /** Null for a delivery, which has none. */
      edition: Edition | null,
      bytes: number,
    ]
  | readonly [id: number, request: Request];
/** A result by its length; every other reply as it is. */
type PackedReply = readonly [id: number, reply: number | Reply];

export function packRequests(requests: readonly NumberedRequest[]): Uint8Array<ArrayBuffer> {
  const bodies: Uint8Array[] = [];
  const head = requests.map(({ id, request }): PackedRequest => {
    if (!isShort(request)) return [id, request];
    bodies.push(request.argument);
    const edition = request.kind === 'message-delivery' ? null : request.edition;
    return [id, request.kind, request.mailbox, edition, request.argument.length];
  });
  return pack(head, bodies);
}

/** Arguments are windows on `octets`. */
export function unpackRequests(octets: Uint8Array): NumberedRequest[] {
  const { head, bodies } = unpack<PackedRequest>(octets);
  let at = 0;
  return head.map((item): NumberedRequest => {
    if (item.length === 2) return { id: item[0], request: item[1] };
    const [id, kind, mailbox, edition, bytes] = item;
    const argument = bodies.subarray(at, at + bytes);
    at += bytes;
    return { id, request: requestOf(kind, mailbox, edition, argument) };
  });
}

function requestOf(
  kind: ShortRequest['kind'],
  mailbox: MailboxId,
  edition: Edition | null,
  argument: Uint8Array,
): ShortRequest {
  if (kind === 'message-delivery') return { kind, mailbox, argument };
  return { kind, mailbox, edition: present(edition, 'an operation has an edition'), argument };
}

export function packReplies(replies: readonly NumberedShardReply[]): Uint8Array<ArrayBuffer> {
  const bodies: Uint8Array[] = [];
  const head = replies.map(({ id, reply }): PackedReply => {
    if (reply.kind !== 'result') return [id, reply];
    const pieces = reply.result instanceof Uint8Array ? [reply.result] : reply.result;
    if (reply.effects !== undefined) return [id, { ...reply, result: joinOctets(pieces) }];
    bodies.push(...pieces);
    return [id, sizeOf(pieces)];
  });
  return pack(head, bodies);
}

/** Results are windows on `octets`. */
export function unpackReplies(octets: Uint8Array): NumberedReply[] {
  const { head, bodies } = unpack<PackedReply>(octets);
  let at = 0;
  return head.map(([id, reply]): NumberedReply => {
    if (typeof reply !== 'number') return { id, reply };
    const result = bodies.subarray(at, at + reply);
    at += reply;
    return { id, reply: { kind: 'result', result } };
  });
}

/** Has what such a request has always, and nothing else: another member goes in the long form. */
function isShort(request: Request): request is ShortRequest {
  if (!SHORT_KINDS.has(request.kind)) return false;
  return Object.keys(request).length === (request.kind === 'message-delivery' ? 3 : 4);
}

function pack(items: readonly unknown[], bodies: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const head: Uint8Array = packr.pack(items);
  const octets = Buffer.allocUnsafeSlow(HEAD_LENGTH_BYTES + head.length + sizeOf(bodies));
  octets.writeUInt32BE(head.length);
  octets.set(head, HEAD_LENGTH_BYTES);
  let at = HEAD_LENGTH_BYTES + head.length;
  for (const body of bodies) {
    octets.set(body, at);
    at += body.length;
  }
  return octets;
}

/** Whoever packed was one of us, so the type is taken on trust. */
function unpack<Item>(octets: Uint8Array): { head: Item[]; bodies: Uint8Array } {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  const start = HEAD_LENGTH_BYTES + view.getUint32(0);
  const head = packr.unpack(octets.subarray(HEAD_LENGTH_BYTES, start)) as Item[];
  return { head, bodies: octets.subarray(start) };
}
