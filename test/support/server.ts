/** A whole server in a process of its own, with a configuration made for the test. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes, scryptSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const MTA_NAME = 'MTA-1';
export const MTA_PASSWORD = 'mta-secret';
export const USER_PASSWORD = 'user-secret';

/** The MTA whose reports go to the mailbox; it has MTA_PASSWORD. */
export const mtaOf = (mailbox: string) => `MTA-${mailbox}`;

export const addressOf = (mailbox: string) =>
  `/C=XX/A=ICAO/P=TESTLAND/O=REGION1/OU1=TTAA/CN=${mailbox.toUpperCase()}/`;

/** What the MTA binds with. */
export const mtaAt = (port: number) => ({
  host: '127.0.0.1',
  port,
  name: MTA_NAME,
  password: MTA_PASSWORD,
});

/** What the user of a mailbox binds with. */
export const userAt = (port: number, mailbox: string) => ({
  host: '127.0.0.1',
  port,
  address: addressOf(mailbox),
  password: USER_PASSWORD,
});

export interface TestServer {
  readonly port: number;
  readonly directory: string;
  readonly log: () => string;
  /** Of the process that was started last; null: none runs. */
  readonly pid: () => number | null;
  start(): Promise<void>;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
  /** Stops if it runs, and removes what is on disk. */
  dispose(): Promise<void>;
}

/** What the store submits to, and of whom it keeps what he submits. */
export interface Outgoing {
  readonly mtsPort?: number;
  /** The application context towards the MTA; mts-access-88 by default. */
  readonly mtsContext?: string;
  readonly keeps?: readonly string[];
}

/** `command` goes before the server's own: a program that runs it. */
export async function testServer(
  mailboxes: readonly string[],
  extra = '',
  command: readonly string[] = [],
  outgoing: Outgoing = {},
): Promise<TestServer> {
  const directory = mkdtempSync(join(tmpdir(), 'restante-test-'));
  const port = await freePort();
  const config = join(directory, 'restante.yaml');
  writeFileSync(config, configText(mailboxes, port, join(directory, 'data'), extra, outgoing));
  let child: ChildProcess | null = null;
  let log = '';
  const gone = async (signal: NodeJS.Signals): Promise<number | null> => {
    const running = child;
    child = null;
    if (running === null || running.exitCode !== null) return running?.exitCode ?? null;
    const exited = once(running, 'exit');
    running.kill(signal);
    const [code] = (await exited) as [number | null];
    return code;
  };
  const server: TestServer = {
    port,
    directory: join(directory, 'data'),
    log: () => log,
    pid: () => child?.pid ?? null,
    start: async () => {
      const main = new URL('../../dist/main.js', import.meta.url).pathname;
      const [program = '', ...given] = [...command, process.execPath, main, 'serve'];
      const started = spawn(program, [...given, '--config', config], {
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const collect = (text: Buffer) => {
        log = (log + text.toString()).slice(-200_000);
      };
      started.stdout.on('data', collect);
      started.stderr.on('data', collect);
      child = started;
      await listening(port, started, () => log);
    },
    kill: async () => {
      await gone('SIGKILL');
    },
    stop: () => gone('SIGTERM'),
    dispose: async () => {
      await gone('SIGKILL');
      rmSync(directory, { recursive: true, force: true });
    },
  };
  return server;
}

/** At the lowest cost there is: a test binds often, and its passwords are no secret. */
function cheapHash(password: string): string {
  const salt = randomBytes(16);
  const hash = scryptSync(password, salt, 32, { N: 2, r: 1, p: 1 });
  return `scrypt$2$1$1$${salt.toString('base64')}$${hash.toString('base64')}`;
}

function configText(
  mailboxes: readonly string[],
  port: number,
  data: string,
  extra: string,
  { mtsPort, mtsContext = 'mts-access-88', keeps = [] }: Outgoing,
): string {
  const mta = cheapHash(MTA_PASSWORD);
  const user = cheapHash(USER_PASSWORD);
  return [
    'listen:',
    '  host: 127.0.0.1',
    `  port: ${port}`,
    `data: ${JSON.stringify(data)}`,
    'mtas:',
    `  - name: ${MTA_NAME}`,
    `    password: ${JSON.stringify(mta)}`,
    `    reportsTo: ${mailboxes[0]}`,
    ...(mtsPort === undefined
      ? []
      : [
          `    submission: { host: 127.0.0.1, port: ${mtsPort}, applicationContext: ${mtsContext} }`,
        ]),
    ...mailboxes.flatMap((mailbox) => [
      `  - name: ${mtaOf(mailbox)}`,
      `    password: ${JSON.stringify(mta)}`,
      `    reportsTo: ${mailbox}`,
    ]),
    'mailboxes:',
    ...mailboxes.flatMap((mailbox) => [
      `  - id: ${mailbox}`,
      `    address: ${JSON.stringify(addressOf(mailbox))}`,
      `    password: ${JSON.stringify(user)}`,
      `    keepsSubmitted: ${keeps.includes(mailbox)}`,
    ]),
    extra,
    '',
  ].join('\n');
}

export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function listening(port: number, child: ChildProcess, log: () => string): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`the server ended at once:\n${log()}`);
    const socket = connect({ port, host: '127.0.0.1' });
    const isUp = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    socket.destroy();
    if (isUp) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`the server does not listen:\n${log()}`);
}
