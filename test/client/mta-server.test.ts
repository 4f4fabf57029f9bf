/** The MTA that takes submissions, between the store's own port and a real store. */
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { decode, encode } from '../../src/asn1/type.js';
import {
  ATTRIBUTE,
  composeProbe,
  composeSubmission,
  type EntryView,
  type FaultRule,
  type MtaEvent,
  MtaServer,
  type MtaServerOptions,
  type SubmissionInput,
  UserAgent,
} from '../../src/client/index.js';
import type { AssociationDriver } from '../../src/net/association-driver.js';
import { Listener } from '../../src/net/listener.js';
import { APPLICATION_CONTEXT } from '../../src/x411/application-contexts.js';
import { ReportDeliveryArgument } from '../../src/x411/delivery.js';
import { formatMtsIdentifier, MtsIdentifier } from '../../src/x411/identifiers.js';
import { MessageSubmissionArgument, MessageSubmissionResult } from '../../src/x411/submission.js';
import { GOOD_RESULT } from '../support/raw-mta.js';
import {
  addressOf,
  freePort,
  MTA_PASSWORD,
  mtaOf,
  type TestServer,
  testServer,
  userAt,
} from '../support/server.js';
import { MTA_SECRET, STORE_SECRET, type StoreSide, storeSide } from '../support/store-side.js';

const P22 = '2.6.1.10.1';
const DELIVERY = APPLICATION_CONTEXT.mtsForcedAccess88.delivery;
const CONTENT = Uint8Array.from({ length: 5_000 }, (_, i) => i & 0xff);
const mailboxes = Array.from({ length: 20 }, (_, i) => `box${i}`);
let server: TestServer;

beforeAll(async () => {
  server = await testServer(mailboxes, 'store:\n  journalSegmentBytes: 4194304');
  await server.start();
});
afterAll(() => server.dispose());

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

const unused = [...mailboxes];
const nextMailbox = () => unused.shift() ?? 'none left';

/**
 * Mail goes to the first of two mailboxes that nobody has used. Reports come on the association of
 * their originator, and to the second mailbox where he has none.
 */
async function setUp(change: Partial<MtaServerOptions> = {}, port = server.port) {
  const [to, reports] = [nextMailbox(), nextMailbox()];
  const events: MtaEvent[] = [];
  const store = { host: '127.0.0.1', port, name: mtaOf(reports), password: MTA_PASSWORD };
  const mta = await MtaServer.open({
    name: 'MTA-9',
    password: MTA_SECRET,
    users: [{ address: addressOf('alpha'), password: STORE_SECRET }],
    stores: [{ ...store, recipients: [to, 'alpha', 'gone'].map(addressOf) }],
    onEvent: (event) => events.push(event),
    retryMs: 50,
    giveUpMs: 500,
    ...change,
  });
  open.push(mta);
  const side = storeSide({ port: mta.port, access: { idleMs: 500 } });
  open.push({ close: () => side.submissions.close(1_000) });
  const isDone = (type: MtaEvent['type'], count = 1) =>
    vi.waitFor(() => expect(events.filter((event) => event.type === type)).toHaveLength(count), {
      timeout: 5_000,
    });
  return { to, reports, mta, side, events, isDone };
}

const message = (to: string, change: Partial<SubmissionInput> = {}) =>
  composeSubmission({
    originator: addressOf('alpha'),
    recipients: [{ address: addressOf(to), report: 'report' }],
    contentType: P22,
    content: CONTENT,
    ...change,
  });

/** The identifier in the result. */
async function submitted({ submit }: StoreSide, argument: Uint8Array): Promise<MtsIdentifier> {
  const outcome = await submit('message-submission', argument);
  if (outcome.kind !== 'result') throw new Error(JSON.stringify(outcome));
  return decode(MessageSubmissionResult, outcome.result).messageSubmissionIdentifier;
}

/** The reports that came on the association of the originator. */
const reportsAt = ({ delivered }: StoreSide) =>
  delivered.flatMap((request) =>
    request.kind === 'report-delivery' ? [decode(ReportDeliveryArgument, request.argument)] : [],
  );

async function entriesOf(mailbox: string): Promise<EntryView[]> {
  const user = await UserAgent.connect(userAt(server.port, mailbox));
  const entries: EntryView[] = [];
  const { entries: listed } = await user.list({ attributes: [] });
  for (const { sequence } of listed) {
    const attributes = Object.values(ATTRIBUTE);
    const { entry } = await user.fetch({ sequence, attributes });
    if (entry !== null) entries.push(entry);
  }
  await user.unbind();
  return entries;
}

test('a message arrives octet for octet, and is reported as delivered', async () => {
  const { to, side, isDone } = await setUp();
  const argument = message(to, { priority: 'urgent', contentIdentifier: 'CID 7' });
  const identifier = await submitted(side, argument);
  await isDone('reported');
  const [arrived] = await entriesOf(to);
  expect(arrived?.priority).toBe('urgent');
  expect(arrived?.originator).toBe(addressOf('alpha'));
  expect(Buffer.from(arrived?.content ?? [])).toEqual(Buffer.from(CONTENT));
  expect(arrived?.messageIdentifier).toBe(formatMtsIdentifier(identifier));
  expect(reportsAt(side)).toMatchObject([
    {
      subjectSubmissionIdentifier: identifier,
      contentIdentifier: 'CID 7',
      perRecipientFields: [{ reportType: { kind: 'delivery' } }],
    },
  ]);
});

test.each([
  ['an address that no store names', 'elsewhere'],
  ['an address that the store does not know', 'gone'],
])('%s: a non-delivery report', async (_, recipient) => {
  const { side, isDone } = await setUp();
  await submitted(side, message(recipient, { returnsContent: true }));
  await isDone('reported');
  const [report] = reportsAt(side);
  expect(report?.perRecipientFields).toMatchObject([
    { reportType: { kind: 'nonDelivery', value: { reasonCode: 1, diagnosticCode: 0 } } },
  ]);
  expect(Buffer.from(report?.returnedContent ?? [])).toEqual(Buffer.from(CONTENT));
});

test('nothing is converted: who asks for it hears that', async () => {
  const { to, side, isDone } = await setUp();
  const { envelope, content } = decode(MessageSubmissionArgument, message(to));
  const perRecipientFields = envelope.perRecipientFields.map((fields) => ({
    ...fields,
    explicitConversion: 0,
  }));
  const asked = { envelope: { ...envelope, perRecipientFields }, content };
  await submitted(side, encode(MessageSubmissionArgument, asked));
  await isDone('reported');
  expect(reportsAt(side)[0]?.perRecipientFields).toMatchObject([
    { reportType: { kind: 'nonDelivery', value: { reasonCode: 2, diagnosticCode: 8 } } },
  ]);
});

test('a probe is reported on, and nothing arrives', async () => {
  const { to, side, isDone } = await setUp();
  const recipients = [addressOf(to), addressOf('elsewhere')];
  const probe = composeProbe({ originator: addressOf('alpha'), recipients, contentType: P22 });
  expect((await side.submit('probe-submission', probe)).kind).toBe('result');
  await isDone('reported');
  const [report] = reportsAt(side);
  expect(report?.perRecipientFields.map(({ reportType }) => reportType.kind)).toEqual([
    'delivery',
    'nonDelivery',
  ]);
  expect(await entriesOf(to)).toEqual([]);
});

test('a deferred message is held until its time, and then it is too late to cancel it', async () => {
  const { to, reports, side, mta, events, isDone } = await setUp();
  const deferredUntil = new Date(Date.now() + 2_500);
  const identifier = await submitted(side, message(to, { deferredUntil }));
  expect(mta.waiting).toBe(1);
  await isDone('reported');
  // UTCTime has no fractions.
  expect(Date.now()).toBeGreaterThanOrEqual(1000 * Math.floor(deferredUntil.getTime() / 1000));
  // The originator's association has been idle and is gone: the report went to the store.
  expect(events.findIndex(({ type }) => type === 'unbound')).toBeLessThan(
    events.findIndex(({ type }) => type === 'reported'),
  );
  const [report] = await entriesOf(reports);
  expect(report?.subjectSubmissionIdentifier).toBe(formatMtsIdentifier(identifier));
  expect(report?.reported).toEqual([{ recipient: addressOf(to), outcome: 'delivery' }]);
  const cancel = await side.submit('cancel-deferred-delivery', encode(MtsIdentifier, identifier));
  expect(cancel).toMatchObject({ kind: 'error', code: 8 });
});

test('a store that is away gets its message when it is back', async () => {
  const port = await freePort();
  const later = await testServer(['alpha'], 'store:\n  journalSegmentBytes: 4194304');
  const stores = [
    { host: '127.0.0.1', port: later.port, name: mtaOf('alpha'), password: MTA_PASSWORD },
  ];
  const { side, events, isDone } = await setUp({ stores, giveUpMs: 20_000 }, port);
  await submitted(side, message('alpha'));
  await new Promise((resolve) => setTimeout(resolve, 120));
  expect(events.some(({ type }) => type === 'settled')).toBe(false);
  await later.start();
  open.push({ close: () => later.dispose() });
  await isDone('settled');
  expect(events.find(({ type }) => type === 'settled')).toMatchObject({ outcome: 'delivered' });
});

test('what a store holds back by delivery-control comes when it lifts that', async () => {
  const delivered: string[] = [];
  let driver: AssociationDriver | null = null;
  const listener = await Listener.open({
    host: '127.0.0.1',
    port: 0,
    handler: (opened) => ({
      onEvent: (event) => {
        if (event.type === 'bind') {
          driver = opened;
          const syntaxes = event.contexts.map(({ abstractSyntax }) => abstractSyntax);
          opened.bindResult(syntaxes, GOOD_RESULT);
          // Nothing may be delivered: restrict is TRUE by default.
          opened.invoke(DELIVERY, 2, [Uint8Array.of(0x31, 4, 0x81, 2, 6, 0)]);
        } else if (event.type === 'invoke') {
          delivered.push(`operation ${event.operation}`);
          opened.result(event.invokeId, [Uint8Array.of(0x31, 0)]);
        } else if (event.type === 'unbind') opened.unbindResponse();
      },
      onClosed: () => undefined,
    }),
  });
  open.push(listener);
  const stores = [{ host: '127.0.0.1', port: listener.port, name: 'M', password: '' }];
  const { side, isDone } = await setUp({ stores, giveUpMs: 10_000 });
  await submitted(
    side,
    message('x', { recipients: [{ address: addressOf('x'), report: 'none' }] }),
  );
  await vi.waitFor(() => expect(driver).not.toBeNull());
  await new Promise((resolve) => setTimeout(resolve, 200));
  // The control came in one breath with the bind's result.
  expect(delivered).toEqual([]);
  (driver as AssociationDriver | null)?.invoke(DELIVERY, 2, [Uint8Array.of(0x31, 3, 0x80, 1, 0)]);
  await isDone('settled');
  expect(delivered).toEqual(['operation 5']);
});

test('after long enough it is given up, as maximum-time-expired', async () => {
  const nobody = { host: '127.0.0.1', port: await freePort(), name: 'M', password: '' };
  const { side, events, isDone } = await setUp({ stores: [nobody] });
  await submitted(side, message('alpha'));
  await isDone('settled');
  expect(events.find(({ type }) => type === 'settled')).toMatchObject({
    outcome: 'not delivered: reason 1, diagnostic 5',
  });
});

test('faults strike where, when and as often as the scenario says', async () => {
  const faults: FaultRule[] = [
    { on: 'message-submission', after: 1, times: 1, do: { error: 4 } },
    { on: 'delivery', times: 1, do: { nonDelivery: { reason: 0, diagnostic: 2 } } },
    { on: 'cancel-deferred-delivery', do: { abort: 'after' } },
  ];
  const { to, side, events, isDone } = await setUp({ faults });
  await submitted(side, message(to));
  expect(await side.submit('message-submission', message(to))).toMatchObject({ code: 4 });
  await submitted(side, message(to));
  await isDone('settled', 2);
  const outcomes = events.filter(({ type }) => type === 'settled');
  expect(outcomes.map((event) => 'outcome' in event && event.outcome).sort()).toEqual([
    'delivered',
    'not delivered: reason 0, diagnostic 2',
  ]);
  const deferredUntil = new Date(Date.now() + 3_600_000);
  const identifier = await submitted(side, message(to, { deferredUntil }));
  expect(
    await side.submit('cancel-deferred-delivery', encode(MtsIdentifier, identifier)),
  ).toMatchObject({ kind: 'unreachable', wasSent: true });
  // It was cancelled all the same: that is what wasSent warns of.
  expect(events.some(({ type }) => type === 'cancelled')).toBe(true);
});

test('faults by chance are the same for one seed', async () => {
  const run = async (seed: number) => {
    const faults: FaultRule[] = [{ on: 'probe-submission', share: 0.5, do: { error: 4 } }];
    const mta = await MtaServer.open({ name: 'M', password: '', stores: [], faults, seed });
    open.push(mta);
    const side = storeSide({ port: mta.port, access: { responderPassword: null } });
    open.push({ close: () => side.submissions.close(1_000) });
    const recipients = [addressOf('x')];
    const probe = composeProbe({ originator: addressOf('alpha'), recipients, contentType: P22 });
    const kinds: string[] = [];
    for (let at = 0; at < 24; at += 1) {
      kinds.push((await side.submit('probe-submission', probe)).kind);
    }
    return kinds;
  };
  const [first, again, other] = [await run(3), await run(3), await run(4)];
  expect(first).toEqual(again);
  expect(first).not.toEqual(other);
  expect(new Set(first)).toEqual(new Set(['result', 'error']));
});
