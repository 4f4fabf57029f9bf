/**
 * Writes a capture file from the octets of one TCP connection, so that an independent decoder can
 * read what both sides said without anybody sniffing.
 *
 * Source: the libpcap file format, link type 101 (raw IP); RFC 791, RFC 9293.
 */

export interface Segment {
  readonly from: 'initiator' | 'responder';
  readonly octets: Uint8Array;
}

const SEGMENT_BYTES_MAX = 1_400;

export function writePcap(segments: readonly Segment[], serverPort: number): Uint8Array {
  const next = { initiator: 1, responder: 1 };
  const packets: Buffer[] = [];
  const send = (from: Segment['from'], flags: number, data: Uint8Array) => {
    const to = from === 'initiator' ? 'responder' : 'initiator';
    packets.push(packet(packets.length, from, serverPort, next[from], next[to], flags, data));
    next[from] += data.length + ((flags & 0x03) === 0 ? 0 : 1);
  };
  next.initiator = 0;
  next.responder = 0;
  send('initiator', 0x02, Buffer.alloc(0));
  send('responder', 0x12, Buffer.alloc(0));
  for (const { from, octets } of segments) {
    for (let at = 0; at < octets.length; at += SEGMENT_BYTES_MAX) {
      send(from, 0x18, octets.subarray(at, at + SEGMENT_BYTES_MAX));
    }
  }
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2_c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(65_535, 16);
  header.writeUInt32LE(101, 20);
  return Buffer.concat([header, ...packets]);
}

function packet(
  index: number,
  from: Segment['from'],
  serverPort: number,
  sequence: number,
  acknowledged: number,
  flags: number,
  data: Uint8Array,
): Buffer {
  const ip = Buffer.alloc(40);
  ip.writeUInt8(0x45, 0);
  ip.writeUInt16BE(40 + data.length, 2);
  ip.writeUInt16BE(index & 0xffff, 4);
  ip.writeUInt8(64, 8);
  ip.writeUInt8(6, 9);
  const [source, destination] = from === 'initiator' ? [1, 2] : [2, 1];
  ip.set([127, 0, 0, source, 127, 0, 0, destination], 12);
  const ports = from === 'initiator' ? [40_001, serverPort] : [serverPort, 40_001];
  ip.writeUInt16BE(ports[0] ?? 0, 20);
  ip.writeUInt16BE(ports[1] ?? 0, 22);
  ip.writeUInt32BE(sequence, 24);
  ip.writeUInt32BE(acknowledged, 28);
  ip.writeUInt8(0x50, 32);
  ip.writeUInt8(flags, 33);
  ip.writeUInt16BE(65_535, 34);
  const record = Buffer.alloc(16);
  record.writeUInt32LE(1_700_000_000 + Math.floor(index / 1_000), 0);
  record.writeUInt32LE((index % 1_000) * 1_000, 4);
  record.writeUInt32LE(40 + data.length, 8);
  record.writeUInt32LE(40 + data.length, 12);
  return Buffer.concat([record, ip, data]);
}

/**
 * What was said over one TCP connection of a capture, by default the first, in order, without
 * retransmissions. The initiator is who sent the first packet.
 */
export function readPcap(capture: Uint8Array, connection = 0): Segment[] {
  const file = Buffer.from(capture);
  const linkBytes = new Map([
    [1, 14],
    [101, 0],
    [113, 16],
  ]).get(file.readUInt32LE(20));
  if (linkBytes === undefined) throw new Error('a link type that is not read here');
  const connections = new Map<string, { initiatorPort: number; segments: Segment[] }>();
  for (let at = 24; at + 16 <= file.length; ) {
    const length = file.readUInt32LE(at + 8);
    const ip = file.subarray(at + 16 + linkBytes, at + 16 + length);
    at += 16 + length;
    const tcp = ip.subarray(((ip[0] ?? 0) & 0x0f) * 4, ip.readUInt16BE(2));
    const ports = [tcp.readUInt16BE(0), tcp.readUInt16BE(2)];
    const key = [...ports].sort((a, b) => a - b).join(':');
    const of = connections.get(key) ?? { initiatorPort: ports[0] ?? 0, segments: [] };
    connections.set(key, of);
    const octets = tcp.subarray((tcp.readUInt8(12) >> 4) * 4);
    if (octets.length === 0) continue;
    of.segments.push({ from: ports[0] === of.initiatorPort ? 'initiator' : 'responder', octets });
  }
  return [...connections.values()][connection]?.segments ?? [];
}
