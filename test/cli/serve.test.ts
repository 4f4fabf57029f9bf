/** What somebody meets who runs `restante serve` for the first time, or wrongly. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { composeDelivery, MtaLink } from '../../src/client/index.js';
import { freePort } from '../support/server.js';

const LOCAL = { host: '127.0.0.1' };
const ALPHA = '/C=XX/A=ICAO/P=TESTLAND/O=REGION1/OU1=TTAA/CN=TTAAYFYX/';

const MAIN = new URL('../../dist/main.js', import.meta.url).pathname;
let folder: string;
let defaults: string;
const at = (name: string) => join(folder, name);

/** Runs to the end; for what fails. */
function ran(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 20_000,
  });
  return { code: status, out: stdout, lines: stderr.trimEnd().split('\n') };
}

async function started(config: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [MAIN, 'serve', '--config', config], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  for await (const text of child.stdout as NodeJS.ReadableStream) {
    out += String(text);
    if (out.includes('server.up')) return child;
  }
  throw new Error(`the store did not start: ${out}`);
}

async function stopped(child: ChildProcess): Promise<number | null> {
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  return ((await exited) as [number | null])[0];
}

/** A configuration file with a port, a data directory and more. */
function config(name: string, port: number, data: string, more = ''): string {
  const text = defaults.replace('port: 10102', `port: ${port}`).replace('data: data', data);
  writeFileSync(at(name), `${text}${more}`);
  return name;
}

/** A directory with a `sync` that tells when it works, and takes half a second. */
function slowSync(name: string): string {
  mkdirSync(at(`${name}-bin`));
  const script = `#!/bin/sh\ntouch '${at(`${name}-syncs`)}'\nsleep 0.5\n`;
  writeFileSync(at(`${name}-bin/sync`), script, { mode: 0o755 });
  return at(`${name}-bin`);
}

describe('restante serve', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'restante-serve-'));
    // The default port may be taken on this machine: either way the file is made first.
    const child = spawn(process.execPath, [MAIN, 'serve'], { cwd: folder, stdio: 'ignore' });
    const exited = once(child, 'exit');
    while (!existsSync(at('restante.yaml'))) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    child.kill('SIGKILL');
    await exited;
    defaults = readFileSync(at('restante.yaml'), 'utf8');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('the file that it makes works, and SIGTERM ends it with code 0', async () => {
    const child = await started(config('works.yaml', await freePort(), 'data: works'));
    expect(await stopped(child)).toBe(0);
  });

  test.each([
    ['SIGTERM', 'SIGINT'],
    ['SIGINT', 'SIGTERM'],
  ] as const)(
    'once %s has come, %s to all its children too leaves it the last sync',
    async (first, second) => {
      const port = await freePort();
      const name = `group-${first}`;
      const file = config(`${name}.yaml`, port, `data: ${name}`);
      const child = spawn(process.execPath, [MAIN, 'serve', '--config', file], {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { ...process.env, PATH: `${slowSync(name)}:${process.env.PATH}` },
        detached: true,
      });
      let out = '';
      child.stdout.on('data', (text) => {
        out += String(text);
      });
      await expect.poll(() => out, { timeout: 20_000 }).toContain('index.checked');
      const mta = await MtaLink.connect({ ...LOCAL, port, name: 'MTA-1', password: 'restante' });
      const delivery = { recipient: ALPHA, originator: ALPHA, contentType: '2.6.1.10.1' };
      await mta.deliver(composeDelivery({ ...delivery, content: Uint8Array.of(1) }));
      const exited = once(child, 'exit');
      child.kill(first);
      // So the second meets whatever runs the sync of the last checkpoint.
      await expect.poll(() => existsSync(at(`${name}-syncs`)), { timeout: 20_000 }).toBe(true);
      process.kill(-(child.pid ?? 0), second);
      expect((await exited)[0]).toBe(0);
      expect(out).not.toContain('shard.died');
    },
  );

  test('a second store on the same data does not start, whatever its port', async () => {
    const child = await started(config('first.yaml', await freePort(), 'data: shared'));
    const second = ran(
      'serve',
      '--config',
      config('second.yaml', await freePort(), 'data: shared'),
    );
    expect(second.code).toBe(2);
    expect(second.lines).toEqual([
      expect.stringMatching(/^data: .*shared is in use by another store \(process \d+ on .*\)$/),
    ]);
    expect(await stopped(child)).toBe(0);
    const third = await started('second.yaml');
    expect(await stopped(third)).toBe(0);
  });

  test('a port in use', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const { code, lines } = ran('serve', '--config', config('port.yaml', port, 'data: port'));
    expect(code).toBe(2);
    expect(lines).toEqual([`listen: 127.0.0.1 port ${port}: another program listens there`]);
    server.close();
  });

  test.each([
    ['a wrong key', 'data: x', 'prot: 1\n', /^prot: there is no such key \(line \d+\)$/],
    ['a data directory in a file', 'data: restante.yaml/x', '', /^data: .* cannot be written/],
  ])('%s', (_title, data, more, line) => {
    const { code, lines } = ran('serve', '--config', config('wrong.yaml', 1, data, more));
    expect([code, lines]).toEqual([2, [expect.stringMatching(line)]]);
  });

  test('a configuration that can be neither read nor made', () => {
    for (const path of ['.', 'absent/restante.yaml']) {
      const { code, lines } = ran('serve', '--config', path);
      expect([code, lines.length]).toEqual([2, 1]);
      expect(lines[0]).toMatch(new RegExp(`^${path}: cannot be (read|written)`));
    }
  });

  test('--version is that of the package', () => {
    const { version } = JSON.parse(
      readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
    ) as { version: string };
    expect(ran('--version')).toMatchObject({ code: 0, out: `${version}\n` });
  });
});
