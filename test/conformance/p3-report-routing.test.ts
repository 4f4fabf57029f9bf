/**
 * A report that comes when the store has been killed since: it names its submission and nobody
 * else, and comes on an association that serves every mailbox. X.411 8.3.1.2.
 */
import { expect, test, vi } from 'vitest';
import { composeSubmission, type MtaEvent, MtaServer } from '../../src/client/index.js';
import { MTS_OPERATION } from '../../src/x411/application-contexts.js';
import { P7User } from '../support/p7-user.js';
import {
  addressOf,
  freePort,
  MTA_NAME,
  MTA_PASSWORD,
  mtaAt,
  testServer,
} from '../support/server.js';

test('finds the mailbox that has submitted, and no other', async () => {
  const mtsPort = await freePort();
  const small = 'store:\n  journalSegmentBytes: 4194304';
  const server = await testServer(['alpha', 'bravo'], small, [], { mtsPort });
  await server.start();
  const events: MtaEvent[] = [];
  const mta = await MtaServer.open({
    port: mtsPort,
    name: MTA_NAME,
    password: MTA_PASSWORD,
    stores: [mtaAt(server.port)],
    faults: [{ on: 'report', do: { delayMs: 1_500 } }],
    retryMs: 50,
    onEvent: (event) => events.push(event),
  });
  const user = await P7User.bind(server, 'bravo');
  const argument = composeSubmission({
    originator: addressOf('bravo'),
    recipients: [{ address: addressOf('elsewhere'), report: 'report' }],
    contentType: '2.6.1.10.1',
    content: Uint8Array.of(0x30, 0),
  });
  await user.submit(MTS_OPERATION.messageSubmission, argument);
  await server.kill();
  await server.start();
  // Reports of this MTA that name no submission that the store knows go to the first mailbox.
  await vi.waitFor(() => expect(events.some(({ type }) => type === 'reported')).toBe(true), 20_000);
  const countOf = async (mailbox: string) => {
    const reader = await P7User.bind(server, mailbox);
    const { count } = await reader.summarize();
    await reader.unbind();
    return count;
  };
  expect([await countOf('alpha'), await countOf('bravo')]).toEqual([0, 1]);
  await mta.close();
  await server.dispose();
});
