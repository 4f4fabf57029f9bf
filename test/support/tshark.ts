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

/** For titles of tests that are skipped without it. */
export const WHY_WITHOUT_TSHARK = HAS_TSHARK ? '' : ' (skipped: tshark is not installed)';

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
  return dissect(writePcap(renamed(segments, [[1, 14]]), serverPort), serverPort);
}

/**
 * What tshark says of P7. It knows the contexts of 1994 by no name, though what is in them, so they
 * get those of 1988: submission, retrieval, administration, and the bind.
 */
export function dissectP7(segments: readonly Segment[], serverPort: number): Dissection {
  const names = [
    [13, 14],
    [1, 14],
    [15, 5],
    [16, 6],
    [17, 9],
  ] as const;
  return dissect(writePcap(renamed(segments, names), serverPort), serverPort);
}

/** Abstract syntaxes 2.6.0.2.x under other numbers, of the same length. */
function renamed(
  segments: readonly Segment[],
  numbers: readonly (readonly [from: number, to: number])[],
): Segment[] {
  const name = (number: number) => `\x06\x04V\x00\x02${String.fromCharCode(number)}`;
  return segments.map(({ from, octets }) => {
    let text = Buffer.from(octets).toString('latin1');
    for (const [old, fresh] of numbers) text = text.replaceAll(name(old), name(fresh));
    return { from, octets: Buffer.from(text, 'latin1') };
  });
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
