/** A TCP relay that keeps what passes, in order, for the independent decoder; it may also chop. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Segment } from './pcap.js';

export interface Proxy {
  readonly port: number;
  readonly segments: Segment[];
  close(): Promise<void>;
}

/** With `chunkBytes`, everything towards the server goes in pieces of that size. */
export function startProxy(targetPort: number, chunkBytes = 0): Promise<Proxy> {
  const segments: Segment[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect({ port: targetPort, host: '127.0.0.1', noDelay: true });
    near.setNoDelay(true);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => sockets.delete(socket));
    }
    near.on('data', (octets) => {
      segments.push({ from: 'initiator', octets });
      const size = chunkBytes === 0 ? octets.length : chunkBytes;
      for (let at = 0; at < octets.length; at += size) far.write(octets.subarray(at, at + size));
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
