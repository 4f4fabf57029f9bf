/**
 * A store in a process of its own, as an operator runs it, on a free port and an empty directory.
 *
 * Source: ours.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDefaultConfig, loadConfig } from '../config/config.js';

const START_TIME_MAX_MS = 30_000;
const POLL_MS = 20;

export class StoreProcess {
  readonly port: number;
  /** Where it submits to: an MTA may listen there. */
  readonly mtsPort: number;
  /** One address of each mailbox. */
  readonly addresses: readonly string[];
  readonly #folder: string;
  readonly #config: string;
  #child: ChildProcess | null = null;
  #complaints = '';

  private constructor(folder: string, config: string) {
    const { listen, mailboxes, mtas } = loadConfig(config);
    this.#folder = folder;
    this.#config = config;
    this.port = listen.port;
    this.mtsPort = mtas[0]?.submission?.port ?? 0;
    this.addresses = mailboxes.map(({ address }) => [address].flat()[0] ?? '');
  }

  /** The configuration that `restante serve` makes, on another port, with an MTA to submit to. */
  static async create(): Promise<StoreProcess> {
    const folder = mkdtempSync(join(tmpdir(), 'restante-demo-'));
    const config = join(folder, 'restante.yaml');
    await createDefaultConfig(config);
    const text = readFileSync(config, 'utf8');
    const submission = `{ host: 127.0.0.1, port: ${await freePort()} }`;
    const changed = text
      .replace(/port: \d+/, `port: ${await freePort()}`)
      .replace(/^mailboxes:/m, `    submission: ${submission}\nmailboxes:`);
    writeFileSync(config, changed);
    return new StoreProcess(folder, config);
  }

  /** Starts, and resolves with the milliseconds until it takes connections. */
  async start(): Promise<number> {
    const fromMs = performance.now();
    const main = new URL('../main.js', import.meta.url).pathname;
    const child = spawn(process.execPath, [main, 'serve', '--config', this.#config], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child.stderr?.on('data', (text: Buffer) => {
      this.#complaints += text.toString();
    });
    this.#child = child;
    while (!(await this.#isListening())) {
      if (child.exitCode !== null) throw new Error(`the store ended: ${this.#complaints.trim()}`);
      if (performance.now() - fromMs > START_TIME_MAX_MS)
        throw new Error('the store does not start');
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    return performance.now() - fromMs;
  }

  /** Resolves with the exit code; null where it was killed. */
  async stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null) return child?.exitCode ?? null;
    const exited = once(child, 'exit');
    child.kill(signal);
    const [code] = (await exited) as [number | null];
    return code;
  }

  /** Kills it if it runs, and removes what it wrote. */
  async dispose(): Promise<void> {
    await this.stop('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #isListening(): Promise<boolean> {
    const socket = connect({ port: this.port, host: '127.0.0.1' });
    const isUp = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    socket.destroy();
    return isUp;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
