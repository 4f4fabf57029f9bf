/** P3 over TCP, the store's side, in both editions: what an MTA says and what comes back. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decode, encode } from '../../src/asn1/type.js';
import { seededRandom } from '../../src/base/random.js';
import { composeDelivery, composeReport, UserAgent } from '../../src/client/index.js';
import { MessageDeliveryArgument, ReportDeliveryArgument } from '../../src/x411/delivery.js';
import type { ExtensionField } from '../../src/x411/extension.js';
import { FORCED, P3Mta } from '../support/p3-mta.js';
import { addressOf, type TestServer, testServer, USER_PASSWORD } from '../support/server.js';

const MAILBOXES = ['first', 'second', 'third', 'fourth', 'fifth'];
const P22 = '2.6.1.10.1';
const [DELIVERY, REPORT] = [5, 6];

const message = (
  mailbox: string,
  localIdentifier?: string,
  content: Uint8Array = Uint8Array.of(0x30, 0),
) =>
  composeDelivery({
    recipient: addressOf(mailbox),
    originator: addressOf('sender'),
    contentType: P22,
    content,
    ...(localIdentifier === undefined ? {} : { localIdentifier, deliveryTime: 1_700_000_000 }),
  });

function extended(mailbox: string, extensions: readonly ExtensionField[]): Uint8Array {
  const argument = decode(MessageDeliveryArgument, message(mailbox));
  const otherFields = { ...argument.otherFields, extensions };
  return encode(MessageDeliveryArgument, { ...argument, otherFields });
}

/** Criticality: for delivery, for transfer. */
const FOR_DELIVERY = { octets: Uint8Array.of(0x20), unusedBits: 5 };
const FOR_TRANSFER = { octets: Uint8Array.of(0x40), unusedBits: 6 };
const NULL = Uint8Array.of(5, 0);
const field = (
  type: ExtensionField['type'],
  criticality = FOR_DELIVERY,
  value: Uint8Array = NULL,
): ExtensionField => ({ type, criticality, value });

describe.each(FORCED)('$name', (context) => {
  let server: TestServer;
  let mta: P3Mta;
  beforeAll(async () => {
    server = await testServer(MAILBOXES);
    await server.start();
    mta = await P3Mta.bound(server.port, context);
  });
  afterAll(async () => {
    expect(await mta.unbind()).toBe('unbound');
    await server.dispose();
  });

  async function countOf(mailbox: string): Promise<number> {
    const address = addressOf(mailbox);
    const where = { host: '127.0.0.1', port: server.port, address, password: USER_PASSWORD };
    const user = await UserAgent.connect(where);
    const { count } = await user.summarize({});
    await user.unbind();
    return count;
  }

  test.each([
    ['a wrong password', { initiatorCredentials: { kind: 'simpleIa5', value: 'no' } }, '020102'],
    ['an unknown name', { initiatorName: { kind: 'mta', value: 'MTA-9' } }, '020102'],
    ['a security context of nothing', { securityContext: [] }, '020104'],
  ] as const)('a bind with %s', async (_what, change, error) => {
    expect(await P3Mta.bind(server.port, context, change as never)).toBe(
      `refused permanent user 1 ${error}`,
    );
  });

  test('a bind that cannot be read', async () => {
    const answer = await P3Mta.bind(server.port, context, Uint8Array.of(0x30, 0));
    expect(answer).toBe('refused permanent user 1 -');
  });

  test.each([
    ['a message', DELIVERY, message('first'), 'result 3100'],
    [
      'a report',
      REPORT,
      composeReport({ recipient: addressOf('x'), outcome: 'delivery' }),
      'result 0500',
    ],
    ['for nobody here', DELIVERY, message('nobody'), 'error 12 02011e'],
    [
      'an unknown critical number',
      DELIVERY,
      extended('first', [field({ kind: 'standard', value: 200 })]),
      'error 13 0500',
    ],
    [
      'an unknown critical OID',
      DELIVERY,
      extended('first', [field({ kind: 'private', value: '1.3.26.99' })]),
      'error 13 0500',
    ],
    [
      'one that is critical for transfer',
      DELIVERY,
      extended('first', [field({ kind: 'standard', value: 200 }, FOR_TRANSFER)]),
      'result 3100',
    ],
    [
      'a known critical one',
      DELIVERY,
      extended('first', [
        field({ kind: 'standard', value: 20 }, FOR_DELIVERY, Uint8Array.of(0x31, 0)),
      ]),
      'result 3100',
    ],
    [
      'a critical wish for proof of delivery',
      DELIVERY,
      extended('first', [
        field({ kind: 'standard', value: 22 }, FOR_DELIVERY, Uint8Array.of(10, 1, 1)),
      ]),
      'error 13 0500',
    ],
    ['no delivery at all', DELIVERY, Uint8Array.of(0x30, 0), 'reject invoke 2'],
    [
      'a report in its place',
      DELIVERY,
      composeReport({ recipient: addressOf('x'), outcome: 'delivery' }),
      'reject invoke 2',
    ],
    ['a message in place of a report', REPORT, message('first'), 'reject invoke 2'],
    ['register, which is ours to invoke', 1, Uint8Array.of(0x31, 0), 'reject invoke 1'],
    ['submission-control', 2, Uint8Array.of(0x31, 0), 'result 3100'],
  ])('%s', async (_what, operation, argument, answer) => {
    expect(await mta.invoke(operation, argument)).toBe(answer);
  });

  test('an unknown critical extension of a report, whole or of a recipient', async () => {
    const report = composeReport({ recipient: addressOf('x'), outcome: 'non-delivery' });
    const argument = decode(ReportDeliveryArgument, report);
    const extensions = [field({ kind: 'standard', value: 200 })];
    const ofRecipient = argument.perRecipientFields.map((one) => ({ ...one, extensions }));
    for (const change of [{ extensions }, { perRecipientFields: ofRecipient }]) {
      const changed = encode(ReportDeliveryArgument, { ...argument, ...change });
      expect(await mta.invoke(REPORT, changed)).toBe('error 13 0500');
    }
  });

  test('what is in the mailbox afterwards: what was accepted, no more', async () => {
    // Two reports went there as well, by the reportsTo of the MTA.
    const before = await countOf('first');
    await mta.invoke(DELIVERY, extended('first', [field({ kind: 'standard', value: 200 })]));
    expect(await countOf('first')).toBe(before);
  });

  test('a repeated delivery is acknowledged and stored once', async () => {
    const once = message('second', 'once');
    const answers = await Promise.all([once, once, once].map((one) => mta.invoke(DELIVERY, one)));
    expect(answers).toEqual(['result 3100', 'result 3100', 'result 3100']);
    expect(await mta.invoke(DELIVERY, once)).toBe('result 3100');
    expect(await countOf('second')).toBe(1);
  });

  test('one identifier on two contents is two messages', async () => {
    await mta.invoke(DELIVERY, message('third', 'same', Uint8Array.of(0x30, 2, 5, 0)));
    await mta.invoke(DELIVERY, message('third', 'same', Uint8Array.of(0x31, 2, 5, 0)));
    await mta.invoke(DELIVERY, message('third', 'same', Uint8Array.of(0x31, 2, 5, 0)));
    expect(await countOf('third')).toBe(2);
  });

  test('MS-019: deliveries that a broken association leaves open, and a kill, are repeated once', {
    timeout: 60_000,
  }, async () => {
    const messages = Array.from({ length: 40 }, (_, at) =>
      message('fourth', `broken-${at}`, seededRandom(at).octets(3_000)),
    );
    for (const [at, one] of messages.entries()) {
      const cut = await P3Mta.bound(server.port, context);
      const answer = cut.invoke(DELIVERY, one);
      // Sooner or later than the answer, as it happens.
      await new Promise((resolve) => setTimeout(resolve, at % 8));
      cut.driver.destroy('the link broke');
      await answer;
    }
    await mta.unbind();
    await server.kill();
    await server.start();
    mta = await P3Mta.bound(server.port, context);
    for (const one of messages) expect(await mta.invoke(DELIVERY, one)).toBe('result 3100');
    expect(await countOf('fourth')).toBe(messages.length);
  });

  test('change-credentials: the old one is judged, and none is changed', async () => {
    const change = (old: string) =>
      Buffer.from(`310ea0051603${Buffer.from(old).toString('hex')}a10516036e6577`, 'hex');
    expect(await mta.invoke(8, change('bad'), context.administration)).toBe('error 5 0500');
  });
});
