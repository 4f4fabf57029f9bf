/** A TCP relay that keeps what passes, in order, for the independent decoder; it may also chop. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Segment } from './pcap.js';

export interface Proxy {
  readonly port: number;
  readonly segments: Segment[];
  close(): Promise<void>;
}

/** How what goes to the server is cut: as it came, octet by octet, or into one-octet DT TPDUs. */
export type Cut = 'as-it-came' | 'octets' | 'tpdus';

export function startProxy(targetPort: number, cut: Cut = 'as-it-came'): Promise<Proxy> {
  const segments: Segment[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const cutter = CUTTERS[cut]();
    const far = connect({ port: targetPort, host: '127.0.0.1', noDelay: true });
    near.setNoDelay(true);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => sockets.delete(socket));
    }
    near.on('data', (octets) => {
      segments.push({ from: 'initiator', octets });
      for (const piece of cutter(octets)) far.write(piece);
    });
    far.on('data', (octets) => {
      segments.push({ from: 'responder', octets });
      near.write(octets);
    });
    near.on('end', () => far.end());
    far.on('end', () => near.end());
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve({
        port: (server.address() as AddressInfo).port,
        segments,
        close: () =>
          new Promise((closed) => {
            for (const socket of sockets) socket.destroy();
            server.close(() => closed());
          }),
      });
    });
  });
}

const CUTTERS: Readonly<Record<Cut, () => (octets: Buffer) => Buffer[]>> = {
  'as-it-came': () => (octets) => [octets],
  octets: () => (octets) => Array.from(octets, (octet) => Buffer.of(octet)),
  tpdus: () => {
    let rest: Buffer = Buffer.alloc(0);
    return (octets) => {
      rest = Buffer.concat([rest, octets]);
      const pieces: Buffer[] = [];
      while (rest.length >= 4 && rest.length >= rest.readUInt16BE(2)) {
        const packet = rest.subarray(0, rest.readUInt16BE(2));
        rest = rest.subarray(packet.length);
        pieces.push(packet[5] === 0xf0 ? oneOctetDts(packet) : packet);
      }
      return pieces;
    };
  },
};

function oneOctetDts(packet: Buffer): Buffer {
  const isLast = (packet.readUInt8(6) & 0x80) !== 0;
  const data = packet.subarray(7);
  const dts = Array.from(data, (octet, at) => {
    const end = isLast && at === data.length - 1 ? 0x80 : 0;
    return Buffer.of(3, 0, 0, 8, 2, 0xf0, end, octet);
  });
  return Buffer.concat(dts);
}
