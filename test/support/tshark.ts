/** The independent decoder: Wireshark's dissectors, over a capture file. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

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
