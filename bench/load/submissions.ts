/**
 * The loop of a submission: a user submits through the store, which keeps a copy; an MTA takes it and
 * delivers it to another mailbox of the same store. Each user waits for the MTA's answer before he
 * submits the next; the MTA delivers on its own associations meanwhile.
 *
 * The MTA is the library's, in the process of the bench: its work is in the figure, for an MTA shares
 * the machine with many a store. When the time is over every copy must be kept, and every message
 * delivered, once.
 *
 * Source: ours.
 */
import {
  APPLICATION_CONTEXT,
  composeSubmission,
  MtaServer,
  UserAgent,
} from '../../src/client/index.js';
import { figure, type Limit, type Scale } from '../figure.js';
import { CONTENT_BYTES } from './deliveries.js';
import { echoLimit } from './limits.js';
import { at, check, checksumOf, runsOf, type Scenario, sameChecksum } from './scenario.js';
import {
  addressOf,
  benchDirectory,
  freePort,
  MTA,
  PASSWORD,
  ServerProcess,
} from './server-process.js';

const USERS = 64;
const ID = `submit.10k.${USERS}`;
const host = '127.0.0.1';
const CONTENT = Buffer.alloc(CONTENT_BYTES, 'submission');
const CONTENT_TYPE = '2.6.3.3.0';
/** How long what is under way may take to arrive. */
const ARRIVAL_MAX_MS = 60_000;

interface Submitter {
  readonly user: UserAgent;
  readonly argument: Uint8Array;
  count: number;
}

interface Run {
  readonly rate: number;
  readonly checksum: string;
}

async function openSubmitter(port: number, mailbox: string, to: string): Promise<Submitter> {
  const applicationContext = APPLICATION_CONTEXT.msAccess94;
  const address = addressOf(mailbox);
  const user = await UserAgent.connect({
    host,
    port,
    address,
    password: PASSWORD,
    applicationContext,
  });
  const argument = composeSubmission({
    originator: address,
    recipients: [{ address: addressOf(to), report: 'none' }],
    contentType: CONTENT_TYPE,
    content: CONTENT,
  });
  return { user, argument, count: 0 };
}

async function submitFor(one: Submitter, endMs: number, latenciesMs: number[]): Promise<void> {
  for (let start = performance.now(); start < endMs; start = performance.now()) {
    await one.user.submit(one.argument);
    one.count += 1;
    latenciesMs.push(performance.now() - start);
  }
}

async function submitRun(timeMs: number, latenciesMs: number[]): Promise<Run> {
  const mailboxes = Array.from({ length: USERS }, (_, i) => `bench-${i}`);
  let mta: MtaServer | null = null;
  const mtsPort = await freePort();
  const server = new ServerProcess(mailboxes, benchDirectory(), mtsPort);
  await server.start();
  try {
    const store = { host, port: server.port, name: MTA, password: PASSWORD };
    mta = await MtaServer.open({ port: mtsPort, name: MTA, password: PASSWORD, stores: [store] });
    const submitters = await Promise.all(
      mailboxes.map((mailbox, i) =>
        openSubmitter(server.port, mailbox, mailboxes[(i + 1) % USERS] ?? mailbox),
      ),
    );
    const all = (forMs: number, latencies: number[]) => {
      const endMs = performance.now() + forMs;
      return Promise.all(submitters.map((one) => submitFor(one, endMs, latencies)));
    };
    const counted = () => submitters.reduce((sum, { count }) => sum + count, 0);
    await all(Math.min(1_000, timeMs / 5), []);
    const before = counted();
    const start = performance.now();
    await all(timeMs, latenciesMs);
    await arrived(mta);
    const elapsedMs = performance.now() - start;
    for (const [i, one] of submitters.entries()) {
      const from = submitters[(i + USERS - 1) % USERS]?.count ?? 0;
      await verify(one, from);
    }
    const checksum = checksumOf(CONTENT, USERS);
    for (const { user } of submitters) user.abort();
    return { rate: ((counted() - before) * 1_000) / elapsedMs, checksum };
  } finally {
    await server.kill();
    await mta?.close();
  }
}

/** A loop is whole when the message has been delivered. */
async function arrived(mta: MtaServer): Promise<void> {
  for (const end = performance.now() + ARRIVAL_MAX_MS; mta.waiting > 0; ) {
    check(performance.now() < end, 'what was submitted arrives');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** As many copies as were submitted, as many messages as were submitted to him. */
async function verify({ user, count }: Submitter, delivered: number): Promise<void> {
  const kept = await user.summarize({ entryClass: 'submission' });
  check(kept.count === count, `${count} copies are kept, not ${kept.count}`);
  const there = await user.summarize();
  check(there.count === delivered, `${delivered} messages have arrived, not ${there.count}`);
  const { entry } = await user.fetch({ status: 'new', attributes: ['2.6.4.3.1'] });
  check(entry?.content !== null && CONTENT.equals(entry?.content ?? CONTENT), 'with their octets');
}

/** The four round trips of a loop, with their sizes, by an echo: in, to the MTA, and back in. */
async function submitLimit(timeMs: number): Promise<Limit> {
  const each = { connections: USERS, timeMs, requestBytes: CONTENT_BYTES + 400, replyBytes: 150 };
  const { value } = await echoLimit(each);
  return { what: `three loopback echoes of the content, ${USERS} connections`, value: value / 3 };
}

export const submitScenario: Scenario = {
  ids: [ID],
  run: async (scale: Scale) => {
    const { results, latenciesMs } = await runsOf(scale, submitRun);
    return [
      figure({
        id: ID,
        unit: 'loops/s',
        values: results.map(({ rate }) => rate),
        latenciesMs,
        limit: await submitLimit(at(scale, 100, 2_000)),
        aim: { value: 2_500, better: 'higher' },
        checksum: sameChecksum(results.map(({ checksum }) => checksum)),
        note: 'a copy kept of each; the MTA is in the process of the bench',
      }),
    ];
  },
};
