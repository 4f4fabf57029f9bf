/** A peer that speaks octets: says what it is told over TCP, and reads what comes back. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { formatHex, parseHex } from '../../src/base/octets.js';
import { decodeData } from '../../src/osi/presentation/ppdu.js';
import { decodeApdu, type RoseApdu } from '../../src/osi/rose/apdu.js';
import { decodeSpdu } from '../../src/osi/session/spdu.js';
import { TpktReader } from '../../src/osi/tpkt.js';

export interface WirePeer {
  readonly socket: Socket;
  /** All that came, as hexadecimal text. */
  readonly received: () => string;
  readonly octets: () => Uint8Array;
  readonly isClosed: () => boolean;
  send(octets: string | Uint8Array): void;
  /** Waits until something new came or the connection is gone; false: neither in time. */
  hears(timeMs?: number): Promise<boolean>;
  /** Waits for the end of the connection, either way round; false: not in time. */
  closes(timeMs?: number): Promise<boolean>;
}

export async function wirePeer(port: number): Promise<WirePeer> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: false });
  await once(socket, 'connect');
  const chunks: Buffer[] = [];
  let heard = 0;
  let isClosed = false;
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.on('close', () => {
    isClosed = true;
  });
  socket.on('error', () => undefined);
  const waitFor = async (condition: () => boolean, timeMs: number) => {
    for (const end = Date.now() + timeMs; Date.now() < end && !condition(); ) {
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
    return condition();
  };
  return {
    socket,
    received: () => formatHex(Buffer.concat(chunks)),
    octets: () => Buffer.concat(chunks),
    isClosed: () => isClosed,
    send: (octets) => {
      heard = chunks.length;
      socket.write(typeof octets === 'string' ? (parseHex(octets) as Uint8Array) : octets);
    },
    hears: (timeMs = 5_000) => waitFor(() => chunks.length > heard || isClosed, timeMs),
    closes: (timeMs = 5_000) => waitFor(() => isClosed, timeMs),
  };
}

/** The TSDUs in what a peer said. */
export function tsdusOf(octets: Uint8Array): Uint8Array[] {
  const tsdus: Uint8Array[] = [];
  let parts: Uint8Array[] = [];
  for (const tpdu of new TpktReader().push(octets)) {
    if (tpdu[1] !== 0xf0) continue;
    parts.push(tpdu.subarray(3));
    if (((tpdu[2] ?? 0) & 0x80) === 0) continue;
    tsdus.push(Buffer.concat(parts));
    parts = [];
  }
  return tsdus;
}

export type Said = RoseApdu & { readonly contextId: number };

/** The remote operations in what a peer said after its bind, and the codes of its other SPDUs. */
export function readSaid(octets: Uint8Array): { apdus: Said[]; spdus: number[] } {
  const apdus: Said[] = [];
  const spdus: number[] = [];
  for (const tsdu of tsdusOf(octets)) {
    const spdu = decodeSpdu(tsdu);
    if (spdu.si !== 1) {
      spdus.push(spdu.si);
      continue;
    }
    for (const { contextId, data } of decodeData(decodeSpdu(spdu.rest).rest)) {
      apdus.push({ ...decodeApdu(data), contextId });
    }
  }
  return { apdus, spdus };
}
