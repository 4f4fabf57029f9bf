/** The stack works when the peer is awkward: slow, finely cut, pipelined, or very large. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seededRandom } from '../../src/base/random.js';
import { composeDelivery, MtaLink, UserAgent } from '../../src/client/index.js';
import { startProxy } from '../support/proxy.js';
import { addressOf, mtaAt, type TestServer, testServer, userAt } from '../support/server.js';

const CONTENT = '2.6.4.3.1';
const MAILBOX = 'awkward';

describe('an awkward peer', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await testServer([MAILBOX]);
    await server.start();
  });
  afterAll(() => server.dispose());

  const link = (port: number) => MtaLink.connect(mtaAt(port));
  const agent = (port: number) => UserAgent.connect(userAt(port, MAILBOX));
  const delivery = (content: Uint8Array) =>
    composeDelivery({
      recipient: addressOf(MAILBOX),
      originator: addressOf('sender'),
      contentType: '2.6.3.3.0',
      content,
    });

  async function deliverAndFetch(port: number, content: Uint8Array): Promise<void> {
    const mta = await link(port);
    await mta.deliver(delivery(content));
    await mta.unbind();
    const user = await agent(port);
    const { entries } = await user.list({ status: 'new', attributes: ['2.6.4.3.6'] });
    expect(entries).toHaveLength(1);
    const sequence = entries[0]?.sequence ?? 0;
    const { entry } = await user.fetch({ sequence, attributes: [CONTENT] });
    const value = entry?.attributes.get(CONTENT)?.[0] ?? new Uint8Array(0);
    expect(Buffer.compare(value.subarray(value.length - content.length), content)).toBe(0);
    await user.remove([sequence]);
    await user.unbind();
  }

  test('that sends one octet a TCP segment is served', async () => {
    const proxy = await startProxy(server.port, 'octets');
    await deliverAndFetch(proxy.port, seededRandom(1).octets(3_000));
    await proxy.close();
  });

  test('that sends one octet of user data a DT TPDU is served', async () => {
    const proxy = await startProxy(server.port, 'tpdus');
    await deliverAndFetch(proxy.port, seededRandom(2).octets(5_000));
    await proxy.close();
  });

  test('that sends 20 MB is served, octet for octet', async () => {
    await deliverAndFetch(server.port, seededRandom(3).octets(20_000_000));
  });

  test('that does not wait for answers gets all of them', async () => {
    const mta = await link(server.port);
    const contents = Array.from({ length: 80 }, (_, i) => seededRandom(i).octets(200 + i));
    await Promise.all(contents.map((content) => mta.deliver(delivery(content))));
    const user = await agent(server.port);
    const { entries } = await user.list({ attributes: [] });
    expect(entries).toHaveLength(contents.length);
    const fetched = await Promise.all(
      entries.map(({ sequence }) => user.fetch({ sequence, attributes: [CONTENT] })),
    );
    const lengths = fetched.map(({ entry }) => entry?.attributes.get(CONTENT)?.[0]?.length ?? 0);
    expect(new Set(lengths).size).toBe(contents.length);
    await user.remove(entries.map(({ sequence }) => sequence));
    await Promise.all([user.unbind(), mta.unbind()]);
  });
});
