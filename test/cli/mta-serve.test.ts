/** `restante mta serve`: a scenario in YAML, and what is told of what happens. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseScenario } from '../../src/cli/mta-scenario.js';
import { composeSubmission } from '../../src/client/index.js';
import { ran } from '../support/command.js';
import {
  addressOf,
  freePort,
  MTA_PASSWORD,
  type TestServer,
  testServer,
  USER_PASSWORD,
} from '../support/server.js';
import { MTA_SECRET, STORE_SECRET, storeSide } from '../support/store-side.js';

let server: TestServer;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'restante-mta-'));
  server = await testServer(['bravo'], 'store:\n  journalSegmentBytes: 4194304');
  await server.start();
});
afterAll(async () => {
  await server.dispose();
  rmSync(folder, { recursive: true, force: true });
});

test('takes a submission, delivers it, refuses the next, and says so', async () => {
  const path = join(folder, 'scenario.yaml');
  writeFileSync(
    path,
    `name: MTA-1
password: ${MTA_SECRET}
users:
  - { address: ${JSON.stringify(addressOf('alpha'))}, password: ${STORE_SECRET} }
stores:
  - { port: ${server.port}, password: ${MTA_PASSWORD} }
faults:
  - { on: message-submission, after: 1, do: { error: originator-invalid } }
`,
  );
  const listen = await freePort();
  const args = ['--scenario', path, '--listen', String(listen), '--seconds', '2', '--json'];
  const run = ran('mta', 'serve', ...args);
  const side = storeSide({ port: listen, pool: { retryMinMs: 1 } });
  const argument = composeSubmission({
    originator: addressOf('alpha'),
    recipients: [addressOf('bravo')],
    contentType: '2.6.1.10.1',
    content: Uint8Array.of(0x30, 0),
  });
  let first = await side.submit('message-submission', argument);
  while (first.kind === 'unreachable') {
    await new Promise((resolve) => setTimeout(resolve, 20));
    first = await side.submit('message-submission', argument);
  }
  expect(first.kind).toBe('result');
  expect(await side.submit('message-submission', argument)).toMatchObject({ code: 2 });
  const { code, out, err } = await run;
  await side.submissions.close(1_000);
  expect([code, err]).toEqual([0, []]);
  const events = out.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(events[0]).toEqual({ type: 'listening', port: listen });
  expect(events).toContainEqual({
    type: 'refused',
    operation: 'message-submission',
    answer: 'error 2',
  });
  expect(events.find(({ type }) => type === 'settled')).toMatchObject({
    recipient: addressOf('bravo'),
    outcome: 'delivered',
  });
  const user = ['--user', addressOf('bravo'), '--password', USER_PASSWORD];
  const listed = await ran('ua', 'summarize', '--port', String(server.port), ...user, '--json');
  expect(JSON.parse(listed.out.join('\n'))).toMatchObject({ count: 1 });
});

test('generate draws sizes and priorities from a mix, the same for one seed', async () => {
  const to = ['--to', addressOf('bravo'), '--password', MTA_PASSWORD, '--port'];
  const mix = ['--size', '1k:3,10k:1', '--priority', 'normal:1,urgent:1', '--count', '40'];
  const figures = async (seed: string) => {
    const args = [...to, String(server.port), ...mix, '--seed', seed, '--json'];
    const { code, out } = await ran('mta', 'generate', ...args);
    expect(code).toBe(0);
    return JSON.parse(out.join('\n')) as { contentBytes: number; delivered: number };
  };
  const [first, again] = [await figures('5'), await figures('5')];
  expect(first.delivered).toBe(40);
  expect(first.contentBytes).toBe(again.contentBytes);
  expect(first.contentBytes).toBeGreaterThan(1_100);
  expect(first.contentBytes).toBeLessThan(10_000);
  const user = ['--user', addressOf('bravo'), '--password', USER_PASSWORD];
  const args = ['--port', String(server.port), ...user, '--priority', 'urgent', '--json'];
  const { count } = JSON.parse((await ran('ua', 'summarize', ...args)).out.join('\n'));
  expect(count).toBeGreaterThan(10);
  expect(count).toBeLessThan(70);
});

describe('a scenario', () => {
  const parsed = (text: string) =>
    parseScenario(text, { password: () => 'given', store: { host: 'h', port: 7 } });

  test('an empty one takes everybody and delivers to the store of the command line', () => {
    const { name, password, port, users, stores } = parsed('');
    expect({ name, password, port, users }).toEqual({
      name: 'MTA-1',
      password: 'given',
      port: 10_103,
      users: undefined,
    });
    expect(stores).toEqual([{ host: 'h', port: 7, name: 'MTA-1', password: 'given' }]);
  });

  test('names of errors and of operations become what is on the wire', () => {
    const { faults, submissionControl } = parsed(`
submissionControl: { permissibleOperations: [messages], lowestPriority: urgent }
faults:
  - { on: bind, times: 1, do: { error: busy } }
  - { on: delivery, do: { nonDelivery: { reason: 1 }, delayMs: 5 } }
`);
    expect(faults?.map((rule) => rule.do)).toEqual([
      { error: 0 },
      { nonDelivery: { reason: 1 }, delayMs: 5 },
    ]);
    expect(submissionControl).toMatchObject({
      permissibleOperations: { octets: Uint8Array.of(0x40), unusedBits: 6 },
      permissibleLowestPriority: 'urgent',
    });
  });

  test('the one of the documentation says everything, and is one', () => {
    const page = new URL('../../docs/scenario.yaml', import.meta.url);
    const { users, stores, faults, domain, retryMs } = parsed(readFileSync(page, 'utf8'));
    expect([users?.length, stores.length, faults?.length]).toEqual([2, 2, 9]);
    expect([domain?.prmd, retryMs]).toEqual(['TESTLAND', 1_000]);
    expect(faults?.[6]?.do).toEqual({ error: 8 });
    expect(stores[1]).toMatchObject({ port: 10_112, password: 'another' });
  });

  test.each([
    [
      'faults: [{ on: bind, do: { error: bussy } }]',
      /^faults\[0\].do.error: bussy is none of busy,/,
    ],
    ['fault: []', /^fault: there is no such key \(line 1\)$/],
    ['stores: [{ prot: 1 }]', /^stores\[0\].prot: there is no such key/],
  ])('%s is refused with its place', (text, message) => {
    expect(() => parsed(text)).toThrowError(
      expect.objectContaining({ kind: 'config', message: expect.stringMatching(message) }),
    );
  });
});
