/** Wireshark reads whole P3 and P7 conversations of ours, both directions, without a complaint. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseHex } from '../../src/base/octets.js';
import { composeDelivery, composeReport, MtaLink, UserAgent } from '../../src/client/index.js';
import { writePcap } from '../support/pcap.js';
import { startProxy } from '../support/proxy.js';
import {
  addressOf,
  MTA_NAME,
  MTA_PASSWORD,
  type TestServer,
  testServer,
  USER_PASSWORD,
} from '../support/server.js';
import { dissect, HAS_TSHARK } from '../support/tshark.js';

const why = HAS_TSHARK ? '' : ' (skipped: tshark is not installed)';
const MAILBOX = 'ttaayfyx';

/** An interpersonal message: this-IPM, subject "Alpha", one ia5-text part "ABC". */
const content = parseHex(`A0 1E  31 0F 6B 04 13 02 49 44 A8 07 14 05 41 6C 70 68 61
  30 0B A0 09 31 00 16 05 41 42 43 0D 0A`) as Uint8Array;

describe.skipIf(!HAS_TSHARK)(`an independent decoder${why}`, () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await testServer([MAILBOX]);
    await server.start();
  });
  afterAll(() => server.dispose());

  test('reads a P3 conversation: bind, deliveries, a report, an error, release', async () => {
    const proxy = await startProxy(server.port);
    const mta = await MtaLink.connect({
      host: '127.0.0.1',
      port: proxy.port,
      name: MTA_NAME,
      password: MTA_PASSWORD,
    });
    for (const priority of ['normal', 'urgent'] as const) {
      await mta.deliver(
        composeDelivery({
          recipient: addressOf(MAILBOX),
          originator: addressOf('sender'),
          contentType: '2.6.1.10.1',
          content,
          priority,
        }),
      );
    }
    await mta.report(
      composeReport({
        recipient: addressOf('elsewhere'),
        outcome: 'non-delivery',
        returnedContent: content,
        contentType: '2.6.1.10.1',
      }),
    );
    const unknown = composeDelivery({
      recipient: addressOf('nobody'),
      originator: addressOf('sender'),
      contentType: '2.6.1.10.1',
      content,
    });
    await expect(mta.deliver(unknown)).rejects.toMatchObject({ code: 12 });
    await mta.unbind();
    const { stacks, complaints, text } = dissect(
      writePcap(proxy.segments, server.port),
      server.port,
    );
    await proxy.close();
    expect(complaints).toEqual([]);
    expect(stacks.join(' ')).toMatch(/tpkt:cotp:ses:pres:acse:ros/);
    expect(stacks.join(' ')).toMatch(/ses:pres:ros/);
    for (const word of [/message-?delivery/i, /report-?delivery/i, /returnError/i]) {
      expect(text).toMatch(word);
    }
  });

  test('reads a P7 conversation: bind, summarize, list, fetch, delete, errors, release', async () => {
    const proxy = await startProxy(server.port);
    const user = await UserAgent.connect({
      host: '127.0.0.1',
      port: proxy.port,
      address: addressOf(MAILBOX),
      password: USER_PASSWORD,
    });
    await user.summarize({ range: { from: 1 }, requests: ['2.6.4.3.15', '2.6.4.3.31'] });
    const { entries } = await user.list({
      limit: 10,
      attributes: ['2.6.4.3.31', '2.6.1.7.4', '2.6.4.3.27', '2.6.4.3.20'],
    });
    expect(entries).toHaveLength(3);
    await user.fetch({
      sequence: 1,
      attributes: ['2.6.4.3.1', '2.6.4.3.18', '2.6.1.7.0', '2.6.1.8.0'],
    });
    await user.fetch({ sequence: 3, attributes: ['2.6.4.3.34'] });
    await expect(user.fetch({ sequence: 99, attributes: [] })).rejects.toMatchObject({ code: 28 });
    await expect(user.list({ limit: 1, attributes: ['2.6.4.3.1'] })).rejects.toMatchObject({
      code: 21,
    });
    await user.remove([1]);
    await user.unbind();
    const { stacks, complaints, text } = dissect(
      writePcap(proxy.segments, server.port),
      server.port,
    );
    await proxy.close();
    expect(complaints).toEqual([]);
    expect(stacks.join(' ')).toMatch(/tpkt:cotp:ses:pres:acse:ros/);
    expect(stacks.join(' ')).toMatch(/ses.*:pres:ros:p7/);
    for (const word of [/summarize/i, /fetch/i, /sequence-?number-?error/i, /attribute-?error/i]) {
      expect(text).toMatch(word);
    }
  });

  test('reads a refused bind', async () => {
    const proxy = await startProxy(server.port);
    const refused = UserAgent.connect({
      host: '127.0.0.1',
      port: proxy.port,
      address: addressOf(MAILBOX),
      password: 'wrong',
    });
    await expect(refused).rejects.toThrow();
    const { stacks, complaints } = dissect(writePcap(proxy.segments, server.port), server.port);
    await proxy.close();
    expect(complaints).toEqual([]);
    expect(stacks.join(' ')).toMatch(/tpkt:cotp:ses:pres:acse:ros/);
  });
});
