/** Bad input at each layer is answered by that layer, ends one association, and is logged once. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatHex, parseHex } from '../../src/base/octets.js';
import { UserAgent } from '../../src/client/index.js';
import { addressOf, type TestServer, testServer, USER_PASSWORD } from '../support/server.js';

const MAILBOX = 'ttaayfyx';
const CR = '0300001611e00000000100c0010dc1025541c2024d53';

/** What is sent, one step after the other, and what must come last before the connection ends. */
const CASES: [string, string[], RegExp][] = [
  ['TPKT of version 4', ['0400001611e0000000'], /^$/],
  ['TPKT of length 3', ['03000003'], /^$/],
  ['HTTP', [formatHex(Buffer.from('GET / HTTP/1.1\r\n\r\n'))], /^$/],
  ['a DT before any CR', ['0300000802f0801a'], /^$/],
  [
    'class 2 alone',
    ['0300000e09e0000000012 0c0010d'.replaceAll(' ', '')],
    /0300000b0680000100008[2a]|030000..0680000100 ?0082/,
  ],
  ['an unknown TPDU code', [CR, '0300000703b000000000'.slice(0, 14)], /70000[01]/],
  ['a session that does not begin with CN', [CR, '0300000b02f08001000100'], /^03000016.*/],
  [
    'protocol versions that do not exist',
    [CR, '0300001802f0800d0f050613010016010414020002c10131'],
    /320184$/,
  ],
  ['a CP that is no BER', [CR, '0300001802f0800d0f050613010016010214020002c101ff'], /0c.*32/],
];

describe('bad input', () => {
  let server: TestServer;
  let bystander: UserAgent;
  beforeAll(async () => {
    server = await testServer([MAILBOX]);
    await server.start();
    bystander = await UserAgent.connect({
      host: '127.0.0.1',
      port: server.port,
      address: addressOf(MAILBOX),
      password: USER_PASSWORD,
    });
  });
  afterAll(() => server.dispose());

  test.each(CASES)('%s', async (_title, steps, answer) => {
    const socket = connect({ port: server.port, host: '127.0.0.1' });
    await once(socket, 'connect');
    let received = '';
    socket.on('data', (octets) => {
      received += formatHex(octets);
    });
    const closed = once(socket, 'close');
    for (const step of steps) {
      socket.write(parseHex(step) as Uint8Array);
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    // Whoever was refused or aborted closes himself; we give him half a minute.
    await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 300))]);
    socket.destroy();
    expect(received).toMatch(answer);
    const { count } = await bystander.summarize({ range: { from: 1 }, requests: [] });
    expect(count).toBe(0);
  });

  test('each left one line in the log', () => {
    const lines = server
      .log()
      .split('\n')
      .filter((line) => line.includes('association'));
    expect(lines.length).toBeGreaterThanOrEqual(CASES.length);
  });
});
