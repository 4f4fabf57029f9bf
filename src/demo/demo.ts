/**
 * The main job, start to end, over real TCP: a store in a process of its own, an MTA that delivers
 * the fixtures, a user who collects them, and a restart. Says what it does; fails loudly.
 *
 * Source: ours.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { octetString } from '../asn1/primitive.js';
import { decode } from '../asn1/type.js';
import { equalOctets } from '../base/octets.js';
import { composeDelivery, composeReport, MtaLink, UserAgent } from '../client/index.js';
import { createDefaultConfig, DEFAULT_PASSWORD, loadConfig } from '../config/config.js';
import { type Fixture, largeFixture, smallFixtures } from './fixtures.js';

const CONTENT = '2.6.4.3.1';
const STATUS = '2.6.4.3.15';
const SENDER = '/C=XX/A=ICAO/P=TESTLAND/O=REGION1/OU1=TTAA/CN=SENDER/';

type Print = (line: string) => void;

/** Resolves with the exit code. Throws where anything differs from what was delivered. */
export async function demo(print: Print): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'restante-demo-'));
  const config = join(folder, 'restante.yaml');
  await createDefaultConfig(config);
  const { listen, mailboxes } = loadConfig(config);
  const addresses = mailboxes.map(({ address }) => [address].flat()[0] ?? '');
  const fixtures = [...smallFixtures(), largeFixture()];
  let server = await start(config, listen.port);
  try {
    await deliver(listen.port, addresses, fixtures, print);
    const left = await collect(listen.port, addresses[0] ?? '', fixtures, print);
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      await stop(server, signal);
      const startMs = performance.now();
      server = await start(config, listen.port);
      const tookMs = Math.round(performance.now() - startMs);
      await recheck(listen.port, addresses[0] ?? '', left);
      print(`${signal}, started again in ${tookMs} ms: ${left} entries, all processed`);
    }
    print('everything is there, octet for octet');
    return 0;
  } finally {
    await stop(server, 'SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  }
}

async function deliver(
  port: number,
  addresses: readonly string[],
  fixtures: readonly Fixture[],
  print: Print,
): Promise<void> {
  const mta = await MtaLink.connect({
    host: '127.0.0.1',
    port,
    name: 'MTA-1',
    password: DEFAULT_PASSWORD,
  });
  for (const recipient of addresses) {
    for (const { name, contentType, content } of fixtures) {
      const startMs = performance.now();
      await mta.deliver(composeDelivery({ recipient, originator: SENDER, contentType, content }));
      const tookMs = (performance.now() - startMs).toFixed(1);
      print(`P3 ${name.padEnd(24)} ${String(content.length).padStart(9)} octets ${tookMs} ms`);
    }
  }
  for (const outcome of ['delivery', 'non-delivery'] as const) {
    await mta.report(composeReport({ recipient: SENDER, outcome }));
    print(`P3 ${outcome} report`);
  }
  await mta.unbind();
}

const agent = (port: number, address: string) =>
  UserAgent.connect({ host: '127.0.0.1', port, address, password: DEFAULT_PASSWORD });

/** Collects everything, compares, deletes one entry. Returns how many are left. */
async function collect(
  port: number,
  address: string,
  fixtures: readonly Fixture[],
  print: Print,
): Promise<number> {
  const user = await agent(port, address);
  const { count } = await user.summarize({ requests: [STATUS] });
  const { entries } = await user.list({ status: 'new', attributes: ['2.6.4.3.6', '2.6.4.3.16'] });
  print(`P7 ${count} entries, ${entries.length} new`);
  check(entries.length === fixtures.length + 2, 'every message and both reports are listed');
  for (const [at, { sequence }] of entries.entries()) {
    const fixture = fixtures[at];
    const attributes = fixture === undefined ? ['2.6.4.3.34'] : [CONTENT];
    const { entry } = await user.fetch({ sequence, attributes });
    if (fixture === undefined) continue;
    const value = entry?.attributes.get(CONTENT)?.[0] ?? new Uint8Array(0);
    const isSame = equalOctets(decode(octetString(), value), fixture.content);
    check(isSame, `${fixture.name} is what was delivered`);
    print(`P7 fetched ${fixture.name}: the same octets`);
  }
  const first = entries[0]?.sequence ?? 0;
  await user.remove([first]);
  print(`P7 deleted entry ${first}`);
  await user.unbind();
  return entries.length - 1;
}

async function recheck(port: number, address: string, left: number): Promise<void> {
  const user = await agent(port, address);
  const { entries } = await user.list({ attributes: [STATUS] });
  check(entries.length === left, `${left} entries are left`);
  const areProcessed = entries.every(({ attributes }) => attributes.get(STATUS)?.[0]?.at(-1) === 2);
  check(areProcessed, 'every entry is still processed');
  await user.unbind();
}

function check(isTrue: boolean, sentence: string): void {
  if (!isTrue) throw new Error(`not so: ${sentence}`);
}

async function start(config: string, port: number): Promise<ChildProcess> {
  const main = new URL('../main.js', import.meta.url).pathname;
  const child = spawn(process.execPath, [main, 'serve', '--config', config], { stdio: 'ignore' });
  for (let attempt = 0; attempt < 400; attempt += 1) {
    check(child.exitCode === null, 'the store starts');
    const socket = connect({ port, host: '127.0.0.1' });
    const isUp = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    socket.destroy();
    if (isUp) return child;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('not so: the store listens');
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}
