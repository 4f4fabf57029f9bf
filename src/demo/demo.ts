/**
 * The main job, start to end, over real TCP: a store in a process of its own, an MTA that delivers
 * the fixtures to every mailbox, users who collect them, restarts, and a message from one user to
 * another. Says what it does, and fails loudly where anything differs from what was delivered.
 *
 * Source: ours.
 */
import { equalOctets } from '../base/octets.js';
import {
  AbstractError,
  ATTRIBUTE,
  composeDelivery,
  type EntryView,
  MtaLink,
  type RetrievalStatus,
  UserAgent,
} from '../client/index.js';
import { DEFAULT_PASSWORD } from '../config/config.js';
import {
  type Fixture,
  largeFixture,
  ORIGINATOR,
  type ReportFixture,
  reportFixtures,
  smallFixtures,
} from './fixtures.js';
import { type Print, submitAndBeTold } from './loop.js';
import { StoreProcess } from './store-process.js';

/** What a mailbox must hold: by sequence number, what was delivered and the status it has now. */
interface Expected {
  readonly delivered: Fixture | ReportFixture;
  status: RetrievalStatus;
}
interface Mailbox {
  readonly address: string;
  readonly expected: Map<number, Expected>;
}

/** A sentence that must be true, or the demo has failed. */
function check(isTrue: boolean, sentence: string): void {
  if (!isTrue) throw new Error(`not so: ${sentence}`);
}

const ms = (since: number) => `${(performance.now() - since).toFixed(1)} ms`.padStart(10);
const isReport = (one: Fixture | ReportFixture): one is ReportFixture => 'argument' in one;

/** Resolves with the exit code. Rejects where anything is not as it was delivered. */
export async function demo(print: Print): Promise<number> {
  const fromMs = performance.now();
  const store = await StoreProcess.create();
  try {
    print(`store started in${ms(performance.now() - (await store.start()))}, empty`);
    const mailboxes = await deliverAll(store, print);
    for (const mailbox of mailboxes) await collect(store.port, mailbox, print);
    await restartInOrder(store, mailboxes, print);
    await restartAfterKill(store, mailboxes, print);
    await submitAndBeTold(store, print);
    const seconds = ((performance.now() - fromMs) / 1000).toFixed(1);
    print(`all as it was delivered, octet for octet, in ${seconds} s`);
    return 0;
  } finally {
    await store.dispose();
  }
}

const link = (port: number) =>
  MtaLink.connect({ host: '127.0.0.1', port, name: 'MTA-1', password: DEFAULT_PASSWORD });
const agent = (port: number, { address }: Mailbox) =>
  UserAgent.connect({ host: '127.0.0.1', port, address, password: DEFAULT_PASSWORD });

async function deliver(mta: MtaLink, recipient: string, fixture: Fixture): Promise<void> {
  const { contentType, content, priority } = fixture;
  const envelope = { recipient, originator: ORIGINATOR, contentType, priority };
  await mta.deliver(composeDelivery({ ...envelope, content }));
}

/** Every message to every mailbox; the reports go where the store sends those of this MTA. */
async function deliverAll(store: StoreProcess, print: Print): Promise<Mailbox[]> {
  const [messages, reports] = [[...smallFixtures(), largeFixture()], reportFixtures()];
  const mta = await link(store.port);
  print(`P3  MTA-1 bound to ${mta.responderName}`);
  for (const fixture of messages) {
    for (const recipient of store.addresses) {
      const fromMs = performance.now();
      await deliver(mta, recipient, fixture);
      const octets = String(fixture.content.length).padStart(9);
      print(`P3  delivered ${fixture.name.padEnd(20)} ${octets} octets ${ms(fromMs)}`);
    }
  }
  for (const { name, argument } of reports) {
    const fromMs = performance.now();
    await mta.report(argument);
    const octets = String(argument.length).padStart(9);
    print(`P3  reported  ${name.padEnd(20)} ${octets} octets ${ms(fromMs)}`);
  }
  await mta.unbind();
  return store.addresses.map((address, at) => {
    const mailbox: Mailbox = { address, expected: new Map() };
    expectInOrder(mailbox, at === 0 ? [...messages, ...reports] : messages);
    return mailbox;
  });
}

/** What is delivered one after another gets numbers one after another, children included. */
function expectInOrder({ expected }: Mailbox, delivered: readonly (Fixture | ReportFixture)[]) {
  let sequence = 1;
  for (const one of delivered) {
    expected.set(sequence, { delivered: one, status: 'new' });
    sequence += hasChild(one) ? 2 : 1;
  }
}

const hasChild = (one: Fixture | ReportFixture) =>
  isReport(one) ? one.returnedContent !== null : one.name === 'forwarded';

async function collect(port: number, mailbox: Mailbox, print: Print): Promise<void> {
  const fromMs = performance.now();
  const user = await agent(port, mailbox);
  print(`P7  ${mailbox.address} bound ${ms(fromMs)}`);
  await summarize(user, mailbox, print);
  await list(user, mailbox, 'new', print);
  for (const [sequence, expected] of mailbox.expected) {
    await fetch(user, sequence, expected.delivered, print);
    expected.status = 'processed';
  }
  await compareStatuses(user, mailbox);
  const [first = 0] = mailbox.expected.keys();
  await user.remove([first]);
  mailbox.expected.delete(first);
  check(await isAbsent(user, first), `entry ${first} is gone`);
  print(`P7  deleted entry ${first}`);
  await user.unbind();
}

async function summarize(user: UserAgent, { expected }: Mailbox, print: Print): Promise<void> {
  const { count, attributes } = await user.summarize({ requests: [ATTRIBUTE.retrievalStatus] });
  const statuses = attributes[0]?.values ?? [];
  check(count === expected.size, `${expected.size} entries are summarized`);
  const areNew = statuses.length === 1 && statuses[0]?.count === count;
  check(areNew && statuses[0]?.value.at(-1) === 0, 'all of them are new');
  print(`P7  summary: ${count} entries, all new`);
}

/** Lists the entries of a status with what a mail client shows, and compares every line. */
async function list(
  user: UserAgent,
  { expected }: Mailbox,
  status: RetrievalStatus,
  print: Print,
): Promise<void> {
  const fromMs = performance.now();
  const { contentLength, contentType, entryType, priority, originatorName } = ATTRIBUTE;
  const attributes = [contentLength, contentType, entryType, priority, originatorName];
  const { entries } = await user.list({ status, attributes });
  const wanted = [...expected].filter(([, one]) => one.status === status);
  check(entries.length === wanted.length, `${wanted.length} entries are ${status}`);
  for (const [at, entry] of entries.entries()) {
    const [sequence, one] = wanted[at] ?? [0, null];
    check(entry.sequence === sequence, `entry ${sequence} is listed`);
    if (one !== null) compareEntry(entry, one.delivered);
  }
  print(`P7  listed ${entries.length} ${status} ${ms(fromMs)}`);
}

function compareEntry(entry: EntryView, delivered: Fixture | ReportFixture): void {
  const { name } = delivered;
  if (isReport(delivered)) {
    check(entry.entryType === 'delivered-report', `${name} is a report`);
    return;
  }
  check(entry.entryType === 'delivered-message', `${name} is a message`);
  check(entry.contentType === delivered.contentType, `${name} has its content type`);
  check(entry.contentLength === delivered.content.length, `${name} has its length`);
  check(entry.priority === delivered.priority, `${name} has its priority`);
  check(entry.originator === ORIGINATOR, `${name} has its originator`);
}

async function fetch(
  user: UserAgent,
  sequence: number,
  delivered: Fixture | ReportFixture,
  print: Print,
): Promise<void> {
  const fromMs = performance.now();
  if (isReport(delivered)) {
    await fetchReport(user, sequence, delivered);
  } else {
    const content = await contentOf(user, sequence);
    check(equalOctets(content, delivered.content), `${delivered.name} is what was delivered`);
    if (hasChild(delivered)) await fetchForwarded(user, sequence, delivered);
  }
  print(`P7  fetched ${delivered.name.padEnd(22)} the same octets ${ms(fromMs)}`);
}

async function contentOf(user: UserAgent, sequence: number): Promise<Uint8Array> {
  const { entry } = await user.fetch({ sequence, attributes: [ATTRIBUTE.content] });
  return entry?.content ?? new Uint8Array(0);
}

/** The message within the message is an entry of its own, and its octets are those within. */
async function fetchForwarded(user: UserAgent, sequence: number, fixture: Fixture): Promise<void> {
  const content = await contentOf(user, sequence + 1);
  const { length } = content;
  // The tag alone differs: [0] around an information object, SEQUENCE within a body part.
  const inner = fixture.content.subarray(fixture.content.length - length + 1);
  check(length > 0 && equalOctets(content.subarray(1), inner), 'the forwarded message is within');
}

async function fetchReport(
  user: UserAgent,
  sequence: number,
  { name, outcome, envelope, returnedContent }: ReportFixture,
): Promise<void> {
  const { reportDeliveryEnvelope, perRecipientReportDeliveryFields } = ATTRIBUTE;
  const attributes = [reportDeliveryEnvelope, perRecipientReportDeliveryFields];
  const { entry } = await user.fetch({ sequence, attributes });
  check(entry?.reported[0]?.outcome === outcome, `${name} says ${outcome}`);
  const octets = entry?.attributes.get(reportDeliveryEnvelope)?.[0] ?? new Uint8Array(0);
  check(equalOctets(octets, envelope), `${name} has the octets that were sent`);
  if (returnedContent === null) return;
  const content = await contentOf(user, sequence + 1);
  check(equalOctets(content, returnedContent), 'the returned content is what was sent');
}

async function isAbsent(user: UserAgent, sequence: number): Promise<boolean> {
  try {
    await user.fetch({ sequence, attributes: [] });
    return false;
  } catch (error) {
    return error instanceof AbstractError && error.name === 'sequenceNumberError';
  }
}

async function compareStatuses(user: UserAgent, { expected }: Mailbox): Promise<void> {
  const { entries } = await user.list({ attributes: [ATTRIBUTE.retrievalStatus] });
  check(entries.length === expected.size, `${expected.size} entries are there`);
  for (const { sequence, status } of entries) {
    const wanted = expected.get(sequence)?.status;
    check(status === wanted, `entry ${sequence} is ${wanted ?? 'not there'}, and not ${status}`);
  }
}

/** Everything that is expected is there with its status, and its octets are the same. */
async function recheck(port: number, mailbox: Mailbox, print: Print): Promise<void> {
  const fromMs = performance.now();
  const user = await agent(port, mailbox);
  await compareStatuses(user, mailbox);
  for (const [sequence, { delivered }] of mailbox.expected) {
    if (isReport(delivered)) await fetchReport(user, sequence, delivered);
    else {
      const isSame = equalOctets(await contentOf(user, sequence), delivered.content);
      check(isSame, `${delivered.name} is still what was delivered`);
    }
  }
  await user.unbind();
  print(`P7  ${mailbox.address} as before: ${mailbox.expected.size} entries ${ms(fromMs)}`);
}

async function restartInOrder(
  store: StoreProcess,
  mailboxes: readonly Mailbox[],
  print: Print,
): Promise<void> {
  const fromMs = performance.now();
  check((await store.stop('SIGTERM')) === 0, 'SIGTERM ends the store in order');
  const stopped = ms(fromMs);
  const startMs = await store.start();
  print(`SIGTERM: stopped in${stopped}, started again in ${startMs.toFixed(0)} ms`);
  for (const mailbox of mailboxes) await recheck(store.port, mailbox, print);
}

/** One more message to each; the store is killed as soon as it has acknowledged the last. */
async function restartAfterKill(
  store: StoreProcess,
  mailboxes: readonly Mailbox[],
  print: Print,
): Promise<void> {
  const [extra] = smallFixtures();
  if (extra === undefined) throw new Error('not so: there are fixtures');
  const mta = await link(store.port);
  await Promise.all(mailboxes.map(({ address }) => deliver(mta, address, extra)));
  await store.stop('SIGKILL');
  mta.abort();
  print(`SIGKILL: right after ${mailboxes.length} more deliveries were acknowledged`);
  const startMs = await store.start();
  print(`store started again in ${startMs.toFixed(0)} ms`);
  for (const mailbox of mailboxes) {
    const last = Math.max(...mailbox.expected.keys());
    const before = mailbox.expected.get(last);
    const sequence = last + (before !== undefined && hasChild(before.delivered) ? 2 : 1);
    const expected: Expected = { delivered: extra, status: 'new' };
    mailbox.expected.set(sequence, expected);
    const user = await agent(store.port, mailbox);
    await list(user, mailbox, 'new', print);
    await fetch(user, sequence, extra, print);
    expected.status = 'processed';
    await user.unbind();
    await recheck(store.port, mailbox, print);
  }
}
