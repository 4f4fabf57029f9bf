/**
 * A server for a bench: own process, empty data directory, removed afterwards.
 *
 * Source: ours.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashPassword } from '../../src/directory/password.js';

export const MAILBOXES = Array.from({ length: 64 }, (_, i) => `bench-${i}`);
export const PASSWORD = 'bench-secret';
export const MTA = 'BENCH-MTA';
export const addressOf = (mailbox: string) => `/C=XX/A= /P=BENCH/O=LOAD/CN=${mailbox}/`;

export interface BenchServer {
  readonly port: number;
  dispose(): Promise<void>;
}

const PORT = 18_102;

export async function startBenchServer(): Promise<BenchServer> {
  const folder = mkdtempSync(join(tmpdir(), 'restante-bench-'));
  const config = join(folder, 'restante.yaml');
  const password = await hashPassword(PASSWORD);
  const lines = [
    `listen: { host: 127.0.0.1, port: ${PORT} }`,
    `data: ${JSON.stringify(join(folder, 'data'))}`,
    `mtas: [{ name: ${MTA}, password: "${password}" }]`,
    'mailboxes:',
    ...MAILBOXES.map(
      (id) => `  - { id: ${id}, address: "${addressOf(id)}", password: "${password}" }`,
    ),
  ];
  writeFileSync(config, `${lines.join('\n')}\n`);
  const main = new URL('../../../dist/main.js', import.meta.url).pathname;
  const child = spawn(process.execPath, [main, 'serve', '--config', config], { stdio: 'ignore' });
  await listening(() => child.exitCode);
  return {
    port: PORT,
    dispose: async () => {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function listening(exitCode: () => number | null): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt += 1) {
    if (exitCode() !== null) throw new Error('the server ended at once');
    const socket = connect({ port: PORT, host: '127.0.0.1' });
    const isUp = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    socket.destroy();
    if (isUp) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('the server does not listen');
}
