/**
 * The server of a bench: `restante serve` in a process of its own, as it would be deployed, with
 * the default settings but for password hashes that cost nothing. What it tells comes from its log.
 *
 * Its data is thrown away, so it is killed; only a start that is to find a snapshot stops it in
 * order. Directories are removed at the end of all, for after a mass delete ext4 creates files
 * several times slower for minutes.
 *
 * Source: ours.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { scryptSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { ShardStatistics } from '../../src/engine/contract.js';

export const PASSWORD = 'bench-secret';
export const MTA = 'BENCH-MTA';
export const addressOf = (mailbox: string) => `/C=XX/A= /P=BENCH/O=LOAD/CN=${mailbox}/`;

/** The server's own default, said so that it is known here. */
export const SHARDS = Math.max(1, availableParallelism() - 1);
const START_TIME_MAX_MS = 600_000;
const STATISTICS_TIME_MAX_MS = 60_000;

const running = new Set<ChildProcess>();
const directories: string[] = [];
// However the bench ends, nothing of it stays: no process and, after a while, no file.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
  if (directories.length === 0) return;
  spawn('rm', ['-rf', ...directories], { detached: true, stdio: 'ignore' }).unref();
});
process.on('SIGINT', () => process.exit(130));
process.on('SIGTERM', () => process.exit(143));

/** A directory of this run; all of them go at its end. */
export function benchDirectory(): string {
  const root = process.env.RESTANTE_BENCH_DIRECTORY ?? tmpdir();
  mkdirSync(root, { recursive: true });
  const directory = mkdtempSync(join(root, 'restante-bench-'));
  directories.push(directory);
  return directory;
}

/** Takes time where there are many files: after the figures are told. */
export function removeDirectories(): void {
  spawnSync('rm', ['-rf', ...directories.splice(0)]);
}

/** One that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** The cheapest hash that the configuration takes: a bench does not measure scrypt. */
function cheapHash(password: string): string {
  const salt = Buffer.alloc(16, 7);
  const hash = scryptSync(password, salt, 32, { N: 2, r: 1, p: 1 });
  return `scrypt$2$1$1$${salt.toString('base64')}$${hash.toString('base64')}`;
}

interface LogLine {
  readonly event?: string;
  readonly port?: number;
}

export class ServerProcess {
  readonly directory: string;
  readonly #config: string;
  #child: ChildProcess | null = null;
  #port = 0;
  #listeners: ((line: LogLine) => void)[] = [];

  /**
   * `directory` holds the configuration, and `data` below it what was generated, if anything.
   * `mtsPort`: where it submits to, keeping copies; absent: nowhere.
   */
  constructor(mailboxes: readonly string[], directory = benchDirectory(), mtsPort?: number) {
    this.directory = directory;
    this.#config = join(directory, 'restante.yaml');
    const password = cheapHash(PASSWORD);
    const submission =
      mtsPort === undefined
        ? ''
        : `, submission: { host: 127.0.0.1, port: ${mtsPort}, bindAs: store }`;
    const keeps = mtsPort === undefined ? '' : ', keepsSubmitted: true';
    const lines = [
      'listen: { host: 127.0.0.1, port: 0 }',
      `data: ${JSON.stringify(this.data)}`,
      `shards: ${SHARDS}`,
      `mtas: [{ name: ${MTA}, password: "${password}"${submission} }]`,
      'mailboxes:',
      ...mailboxes.map(
        (id) => `  - { id: ${id}, address: "${addressOf(id)}", password: "${password}"${keeps} }`,
      ),
    ];
    writeFileSync(this.#config, `${lines.join('\n')}\n`);
  }

  get data(): string {
    return join(this.directory, 'data');
  }

  get port(): number {
    return this.#port;
  }

  /** Resolves when associations are taken. */
  async start(): Promise<void> {
    const main = new URL('../../../dist/main.js', import.meta.url).pathname;
    const profile = process.env.RESTANTE_BENCH_PROFILE;
    const options = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
    const child = spawn(process.execPath, [...options, main, 'serve', '--config', this.#config], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    running.add(child);
    child.once('exit', () => running.delete(child));
    this.#child = child;
    createInterface({ input: child.stdout }).on('line', (text) => this.#heard(text));
    const up = this.#line((line) => line.event === 'server.up', START_TIME_MAX_MS);
    const ended = once(child, 'exit').then(() => null);
    const line = await Promise.race([up, ended]);
    if (line?.port === undefined) throw new Error('the server ended before it served');
    this.#port = line.port;
  }

  /** For data that is thrown away. With a profile to be written it must end in order. */
  async kill(): Promise<void> {
    await this.#end(process.env.RESTANTE_BENCH_PROFILE === undefined ? 'SIGKILL' : 'SIGTERM');
  }

  /** In order: files written, snapshot saved. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  /** What all shards together hold and have done. */
  async statistics(): Promise<ShardStatistics> {
    const parts: ShardStatistics[] = [];
    const all = this.#line((line) => {
      if (line.event === 'shard.statistics') parts.push(line as unknown as ShardStatistics);
      return parts.length === SHARDS;
    }, STATISTICS_TIME_MAX_MS);
    this.#child?.kill('SIGUSR2');
    await all;
    const [first = {}] = parts;
    const names = Object.keys(first) as (keyof ShardStatistics)[];
    const sum = (name: keyof ShardStatistics) => parts.reduce((total, one) => total + one[name], 0);
    const isCount = (name: keyof ShardStatistics) => typeof parts[0]?.[name] === 'number';
    const counts = names.filter(isCount).map((name) => [name, sum(name)]);
    return Object.fromEntries(counts) as ShardStatistics;
  }

  /** VmRSS: octets of the process that are in memory now. */
  residentBytes(): number {
    const status = readFileSync(`/proc/${this.#child?.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1_024;
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }

  #heard(text: string): void {
    const line = text.startsWith('{') ? (JSON.parse(text) as LogLine) : {};
    for (const listener of [...this.#listeners]) listener(line);
  }

  #line(isWanted: (line: LogLine) => boolean, timeMs: number): Promise<LogLine> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('the log does not say it')), timeMs);
      const listener = (line: LogLine) => {
        if (!isWanted(line)) return;
        clearTimeout(timer);
        this.#listeners = this.#listeners.filter((one) => one !== listener);
        resolve(line);
      };
      this.#listeners.push(listener);
    });
  }
}
