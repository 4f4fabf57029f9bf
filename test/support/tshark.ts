/** The independent decoder: Wireshark's dissectors, over a capture file. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Segment, writePcap } from './pcap.js';

export const HAS_TSHARK = ((): boolean => {
  try {
    execFileSync('tshark', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

export interface Dissection {
  /** Protocol stacks met, such as `ip:tcp:tpkt:cotp:ses:pres:acse:ros:p7`, each once. */
  readonly stacks: readonly string[];
  /** Everything that the decoder complains about, one line each. */
  readonly complaints: readonly string[];
  /** The whole text of the dissection. */
  readonly text: string;
}

/**
 * What tshark says of P3. The submission context belongs to P7 for it, and it knows little of that,
 * so the context gets the name of one of P3, of which it knows all.
 */
export function dissectP3(segments: readonly Segment[], serverPort: number): Dissection {
  const [old, fresh] = ['\x06\x04V\x00\x02\x01', '\x06\x04V\x00\x02\x0e'];
  const renamed = segments.map(({ from, octets }) => {
    const text = Buffer.from(octets).toString('latin1').replaceAll(old, fresh);
    return { from, octets: Buffer.from(text, 'latin1') };
  });
  return dissect(writePcap(renamed, serverPort), serverPort);
}

/** Operations and errors that a dissection names, by number. */
export function codesIn(text: string): { operations: number[]; errors: number[] } {
  const found = (pattern: RegExp) =>
    [...new Set([...text.matchAll(pattern)].map(([, code]) => Number(code)))].sort((a, b) => a - b);
  return { operations: found(/opcode: (\d+)/g), errors: found(/errcode: (\d+)/g) };
}

export function dissect(pcap: Uint8Array, serverPort: number): Dissection {
  const folder = mkdtempSync(join(tmpdir(), 'restante-pcap-'));
  try {
    const file = join(folder, 'capture.pcap');
    writeFileSync(file, pcap);
    const run = (...args: string[]) =>
      execFileSync('tshark', ['-r', file, '-d', `tcp.port==${serverPort},tpkt`, ...args], {
        encoding: 'utf8',
        maxBuffer: 512 * 1024 * 1024,
        stdio: ['ignore', 'pipe', 'ignore'],
      });
    const stacks = run('-T', 'fields', '-e', 'frame.protocols').split('\n').filter(Boolean);
    const faulty = '_ws.malformed || ber.error.length || _ws.expert.severity >= 0x00600000';
    const complaints = run(
      '-Y',
      faulty,
      '-T',
      'fields',
      '-e',
      'frame.number',
      '-e',
      '_ws.expert.message',
    )
      .split('\n')
      .filter(Boolean);
    return { stacks: [...new Set(stacks)], complaints, text: run('-V') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
