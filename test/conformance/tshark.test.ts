/** Wireshark reads whole P3 and P7 conversations of ours, both directions, without a complaint. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { decode, encode } from '../../src/asn1/type.js';
import { parseHex } from '../../src/base/octets.js';
import { keptOrNameOf } from '../../src/client/address.js';
import { composeDelivery, composeReport, MtaLink, UserAgent } from '../../src/client/index.js';
import { Directory } from '../../src/directory/directory.js';
import { hashPassword } from '../../src/directory/password.js';
import type { Reply, Request } from '../../src/engine/contract.js';
import { type MailboxId, parseMailboxId } from '../../src/engine/mailbox-id.js';
import { FILTER_DEPTH_MAX } from '../../src/limits.js';
import { Listener } from '../../src/net/listener.js';
import { ReportRoutes } from '../../src/p3/report-routes.js';
import { P3Session } from '../../src/p3/session.js';
import { MessageDeliveryArgument } from '../../src/x411/delivery.js';
import { MtsIdentifier } from '../../src/x411/identifiers.js';
import { ChangeCredentialsArgument, RegisterArgument } from '../../src/x411/register.js';
import { DeleteArgument } from '../../src/x413/delete.js';
import { FetchArgument } from '../../src/x413/fetch.js';
import type { Filter } from '../../src/x413/filter.js';
import { ListArgument } from '../../src/x413/list.js';
import type { Range, Selector } from '../../src/x413/selector.js';
import { SummarizeArgument } from '../../src/x413/summarize.js';
import { FORCED, P3Mta } from '../support/p3-mta.js';
import { P7User } from '../support/p7-user.js';
import { writePcap } from '../support/pcap.js';
import { startProxy } from '../support/proxy.js';
import {
  addressOf,
  MTA_NAME,
  MTA_PASSWORD,
  mtaAt,
  type TestServer,
  testServer,
  userAt,
} from '../support/server.js';
import { codesIn, dissect, dissectP3, HAS_TSHARK, WHY_WITHOUT_TSHARK } from '../support/tshark.js';

const MAILBOX = 'ttaayfyx';
const OTHER = 'ttaazzzz';
const PICKY = 'picky';
const ALPHA = parseMailboxId('alpha') as MailboxId;
const HASH = await hashPassword(MTA_PASSWORD);

/** An interpersonal message: this-IPM, subject "Alpha", one ia5-text part "ABC". */
const content = parseHex(`A0 1E  31 0F 6B 04 13 02 49 44 A8 07 14 05 41 6C 70 68 61
  30 0B A0 09 31 00 16 05 41 42 43 0D 0A`) as Uint8Array;

const CONTENT = '2.6.4.3.1';
const SEARCH = { entryClass: 0, item: { kind: 'search', value: { childEntries: false } } } as const;
const types = (attributes: readonly string[]) => attributes.map((type) => ({ type }));
const selector = (change: Partial<Selector>) => ({ childEntries: false, ...change });
const numbers = (from: number, to: number): Range => ({
  kind: 'sequenceNumberRange',
  value: { from, to },
});
const summarize = (change: Partial<Selector>, summaryRequests: readonly string[] = []) =>
  encode(SummarizeArgument, { entryClass: 0, selector: selector(change), summaryRequests });
const list = (change: Partial<Selector>, attributes: readonly string[] = []) =>
  encode(ListArgument, {
    entryClass: 0,
    selector: selector(change),
    requestedAttributes: types(attributes),
  });
const fetch = (value: number, attributes: readonly string[] = []) =>
  encode(FetchArgument, {
    entryClass: 0,
    item: { kind: 'precise', value },
    requestedAttributes: types(attributes),
  });
const remove = (value: number) =>
  encode(DeleteArgument, { entryClass: 0, items: { kind: 'sequenceNumbers', value: [value] } });
const cancel = encode(MtsIdentifier, {
  globalDomainIdentifier: {
    countryName: { kind: 'printable', value: 'XX' },
    administrationDomainName: { kind: 'printable', value: 'ICAO' },
  },
  localIdentifier: 'ABCD',
});
const register = encode(RegisterArgument, {
  userName: keptOrNameOf(addressOf(MAILBOX)),
  extensions: [],
});
const change = (value: string) =>
  encode(ChangeCredentialsArgument, {
    oldCredentials: { kind: 'simpleIa5', value },
    newCredentials: { kind: 'simpleIa5', value: 'fresh' },
  });

function deepFilter(): Filter {
  let filter: Filter = { kind: 'and', value: [] };
  for (let depth = 0; depth <= FILTER_DEPTH_MAX; depth += 1)
    filter = { kind: 'not', value: filter };
  return filter;
}

describe.skipIf(!HAS_TSHARK)(`an independent decoder${WHY_WITHOUT_TSHARK}`, () => {
  let server: TestServer;
  beforeAll(async () => {
    const picky = [
      `  - id: ${PICKY}`,
      `    address: ${JSON.stringify(addressOf(PICKY))}`,
      `    password: ${JSON.stringify(HASH)}`,
      '    deliverable: { contentBytesMax: 10 }',
    ];
    server = await testServer([MAILBOX, OTHER], picky.join('\n'));
    await server.start();
  });
  afterAll(() => server.dispose());

  test('reads a P3 conversation: bind, deliveries, a report, an error, release', async () => {
    const proxy = await startProxy(server.port);
    const mta = await MtaLink.connect(mtaAt(proxy.port));
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
    const user = await UserAgent.connect(userAt(proxy.port, MAILBOX));
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

  test.each(FORCED)('reads every operation, result and error of P3: $name', async (context) => {
    const proxy = await startProxy(server.port);
    const mta = await P3Mta.bound(proxy.port, context);
    const delivery = (recipient: string) =>
      composeDelivery({
        recipient,
        originator: addressOf('sender'),
        contentType: '2.6.1.10.1',
        content,
      });
    const report = (outcome: 'delivery' | 'non-delivery') =>
      composeReport({ recipient: addressOf('x'), outcome, contentType: '2.6.1.10.1' });
    const critical = decode(MessageDeliveryArgument, delivery(addressOf(MAILBOX)));
    const extensions = [
      {
        type: { kind: 'standard', value: 22 } as const,
        criticality: { octets: Uint8Array.of(0x20), unusedBits: 5 },
        value: Uint8Array.of(10, 1, 1),
      },
    ];
    const asked = { ...critical, otherFields: { ...critical.otherFields, extensions } };
    const answers = [
      await mta.invoke(5, delivery(addressOf(MAILBOX))),
      await mta.invoke(5, delivery(addressOf('nobody'))),
      await mta.invoke(5, delivery(addressOf(PICKY))),
      await mta.invoke(5, encode(MessageDeliveryArgument, asked)),
      await mta.invoke(6, report('delivery')),
      await mta.invoke(6, report('non-delivery')),
      await mta.invoke(2, Uint8Array.of(0x31, 3, 0x80, 1, 0), context.submission),
      await mta.invoke(8, change('guess'), context.administration),
      await mta.invoke(8, change(MTA_PASSWORD), context.administration),
      await mta.invoke(1, register, context.administration),
    ];
    expect(answers.map((answer) => answer.split(' ').slice(0, 2).join(' '))).toEqual([
      'result 3100',
      'error 12',
      'error 1',
      'error 13',
      'result 0500',
      'result 0500',
      'result 3100',
      'error 5',
      'error 6',
      'reject invoke',
    ]);
    await mta.unbind();
    await P3Mta.bind(proxy.port, context, {
      initiatorCredentials: { kind: 'simpleIa5', value: 'guess' },
    });
    const { complaints, text } = dissectP3(proxy.segments, server.port);
    await proxy.close();
    expect(complaints).toEqual([]);
    expect(codesIn(text)).toEqual({ operations: [1, 2, 5, 6, 8], errors: [1, 5, 6, 12, 13] });
  });

  test.each(FORCED)('reads delivery-control and what answers it: $name', async (context) => {
    const listener = await troubledStore(context);
    const proxy = await startProxy(listener.port);
    for (const isAgreed of [true, false]) {
      const mta = await P3Mta.bound(proxy.port, context);
      const asked: number[] = [];
      mta.onInvoke = ({ invokeId, operation }) => {
        asked.push(operation);
        if (isAgreed) mta.driver.result(invokeId, [Uint8Array.of(0x31, 0)]);
        else mta.driver.error(invokeId, 14, null);
      };
      const delivery = composeDelivery({
        recipient: addressOf(MAILBOX),
        originator: addressOf('sender'),
        contentType: '2.6.1.10.1',
        content,
      });
      for (let count = 0; count < 4; count += 1) {
        expect(await mta.invoke(5, delivery)).toBe('error 1 0500');
      }
      await vi.waitFor(() => expect(asked).toEqual(isAgreed ? [2, 2] : [2]));
      await mta.unbind();
    }
    const { complaints, text } = dissect(writePcap(proxy.segments, server.port), server.port);
    await Promise.all([proxy.close(), listener.close()]);
    expect(complaints).toEqual([]);
    // It calls both controls by the one name, for they share a number.
    expect(text).toMatch(/permissible-operations/);
    expect(text).toMatch(/restrict: False/);
  });

  test('reads every operation, result and error of P7', async () => {
    const proxy = await startProxy(server.port);
    const through = { ...server, port: proxy.port };
    const mta = await P3Mta.bound(server.port);
    for (let count = 0; count < 3; count += 1) {
      const recipient = addressOf(OTHER);
      const originator = addressOf('sender');
      const contentType = '2.6.1.10.1';
      await mta.invoke(5, composeDelivery({ recipient, originator, contentType, content }));
    }
    await mta.unbind();
    const user = await P7User.bind(through, OTHER, {
      msConfigurationRequest: true,
      fetchRestrictions: { maximumAttributeLength: 20 },
    });
    const { submission, administration } = user.context;
    const asked: [number, Uint8Array, number | 'result' | 'reject', string?][] = [
      [20, summarize({}, ['2.6.4.3.15']), 'result'],
      [20, summarize({}, ['2.6.4.3.15', '2.6.4.3.31']), 'result'],
      [20, summarize({}, ['2.6.1.7.4']), 21],
      [21, list({ limit: 2 }), 'result'],
      [21, list({ limit: 2 }, ['2.6.4.3.31', '2.6.1.7.4', '2.6.4.3.8', '2.6.4.3.20']), 'result'],
      [21, list({}, [CONTENT]), 21],
      [21, list({ range: numbers(3, 1) }), 25],
      [21, list({ filter: deepFilter() }), 27],
      [22, fetch(1, ['2.6.1.7.4']), 'result'],
      [22, fetch(99), 28],
      [22, encode(FetchArgument, { ...SEARCH, requestedAttributes: [{ type: CONTENT }] }), 24],
      [23, remove(3), 23],
      [23, remove(99), 28],
      [23, remove(1), 'result'],
      [21, encode(ListArgument, { entryClass: 1, selector: selector({}) }), 29],
      [7, cancel, 15, submission],
      [8, change('old'), 15, administration],
      [99, Uint8Array.of(0x31, 0), 'reject'],
    ];
    for (const [operation, argument, expected, syntax] of asked) {
      const answer = await user.invoke(operation, argument, syntax as never);
      expect(answer.kind === 'error' ? answer.code : answer.kind).toBe(expected);
    }
    await user.unbind();
    await P7User.refusal(through, OTHER, { password: 'guess' });
    const { complaints, text } = dissectP3(proxy.segments, server.port);
    await proxy.close();
    // It knows no operation 99 either.
    const unknown = /^\d+\tROS: Dissector for OID 2\.6\.0\.2\.5 not implemented$/;
    expect(complaints).toEqual([expect.stringMatching(unknown)]);
    expect(codesIn(text)).toEqual({
      operations: [7, 8, 20, 21, 22, 23, 99],
      errors: [15, 21, 23, 24, 25, 27, 28, 29],
    });
  });
});

/** A store none of whose shards can keep anything, at the end of a line. */
function troubledStore(context: (typeof FORCED)[number]): Promise<Listener> {
  const directory = new Directory(
    [{ id: ALPHA, addresses: [addressOf(MAILBOX)], passwordHash: HASH }],
    [{ name: MTA_NAME, passwordHash: HASH, reportsTo: ALPHA }],
  );
  const router = {
    request: (_: Request, done: (reply: Reply) => void) =>
      setImmediate(() => done({ kind: 'error', code: 1, parameter: null })),
    hasRoom: () => true,
    onRoom: () => undefined,
  };
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const services = {
    directory,
    router,
    log,
    storePassword: '',
    boundMtas: new Map(),
    reportRoutes: new ReportRoutes(new Map()),
    controlUsers: (_m: unknown, _a: unknown, done: (waiting: null) => void) => done(null),
  };
  return Listener.open({
    host: '127.0.0.1',
    port: 0,
    handler: (driver) => new P3Session(driver, services, context, 50),
  });
}
