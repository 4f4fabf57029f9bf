/**
 * The workloads: deliveries that must be durable before they are answered, whole cycles of a
 * machine that empties its mailbox, and the list that every client asks for.
 *
 * Source: ours; the habits are those of EDI and AMHS clients.
 */
import { createHash } from 'node:crypto';
import { seededRandom } from '../../src/base/random.js';
import { composeDelivery, MtaLink, UserAgent } from '../../src/client/index.js';
import { addressOf, type BenchServer, MAILBOXES, MTA, PASSWORD } from './bench-server.js';
import { type Figure, figure, type Workload } from './workload.js';

const CONTENT_BYTES = 10_000;
const ENTRY_STATUS = '2.6.4.3.15';
/**
 * What a client lists: status, type, priority, length, content type, subject, originator, times.
 */
const LISTED = ['15', '16', '31', '6', '8', '27', '19', '23'].map((arc) => `2.6.4.3.${arc}`);

const content = seededRandom(42).octets(CONTENT_BYTES);

const linkTo = (server: BenchServer) =>
  MtaLink.connect({ host: '127.0.0.1', port: server.port, name: MTA, password: PASSWORD });
const agentOf = (server: BenchServer, mailbox: string) =>
  UserAgent.connect({
    host: '127.0.0.1',
    port: server.port,
    address: addressOf(mailbox),
    password: PASSWORD,
  });

let delivered = 0;
function delivery(mailbox: string, octets: Uint8Array = content): Uint8Array {
  delivered += 1;
  return composeDelivery({
    recipient: addressOf(mailbox),
    originator: addressOf('sender'),
    contentType: '2.6.3.3.0',
    content: octets,
    localIdentifier: `bench.${delivered}`,
  });
}

/** Each association waits for its acknowledgement before the next delivery. */
export function deliveryWorkload(associations: number): Workload {
  const id = `delivery.10k.${associations}`;
  return {
    id,
    run: async (server, scale) => {
      const [runCount, runMs] = scale === 'full' ? [5, 4_000] : [2, 300];
      const links = await Promise.all(Array.from({ length: associations }, () => linkTo(server)));
      const rates: number[] = [];
      const latencies: number[] = [];
      for (let run = -1; run < runCount; run += 1) {
        const from = performance.now();
        const counts = await Promise.all(
          links.map((link, at) =>
            deliverFor(link, MAILBOXES[at % MAILBOXES.length] as string, runMs, latencies),
          ),
        );
        if (run < 0) latencies.length = 0;
        else rates.push((counts.reduce((a, b) => a + b, 0) * 1_000) / (performance.now() - from));
      }
      await Promise.all(links.map((link) => link.unbind()));
      return figure(id, 'deliveries/s', rates, latencies, 'ok');
    },
  };
}

async function deliverFor(
  link: MtaLink,
  mailbox: string,
  runMs: number,
  latencies: number[],
): Promise<number> {
  const end = performance.now() + runMs;
  for (let count = 0; ; count += 1) {
    const start = performance.now();
    if (start >= end) return count;
    await link.deliver(delivery(mailbox));
    latencies.push(performance.now() - start);
  }
}

/**
 * deliver, list the new one, fetch it whole, delete it; one mailbox and two associations a client.
 */
export function cycleWorkload(clients: number): Workload {
  const id = `cycle.10k.${clients}`;
  return {
    id,
    run: async (server, scale) => {
      const [runCount, runMs] = scale === 'full' ? [5, 4_000] : [2, 300];
      const pairs = await Promise.all(
        Array.from({ length: clients }, async (_, at) => {
          const mailbox = MAILBOXES[at] as string;
          return { mailbox, link: await linkTo(server), user: await agentOf(server, mailbox) };
        }),
      );
      const rates: number[] = [];
      const latencies: number[] = [];
      for (let run = -1; run < runCount; run += 1) {
        const from = performance.now();
        const counts = await Promise.all(pairs.map((pair) => cycleFor(pair, runMs, latencies)));
        if (run < 0) latencies.length = 0;
        else rates.push((counts.reduce((a, b) => a + b, 0) * 1_000) / (performance.now() - from));
      }
      await Promise.all(pairs.flatMap(({ link, user }) => [link.unbind(), user.unbind()]));
      return figure(id, 'cycles/s', rates, latencies, 'ok');
    },
  };
}

async function cycleFor(
  { mailbox, link, user }: { mailbox: string; link: MtaLink; user: UserAgent },
  runMs: number,
  latencies: number[],
): Promise<number> {
  const end = performance.now() + runMs;
  for (let count = 0; ; count += 1) {
    const start = performance.now();
    if (start >= end) return count;
    await link.deliver(delivery(mailbox));
    const { entries } = await user.list({ status: 'new', attributes: LISTED });
    const sequence = entries.at(-1)?.sequence ?? 0;
    const { entry } = await user.fetch({ sequence, attributes: ['2.6.4.3.1'] });
    if ((entry?.attributes.get('2.6.4.3.1')?.[0]?.length ?? 0) < CONTENT_BYTES)
      throw new Error('fetched too little');
    await user.remove([sequence]);
    latencies.push(performance.now() - start);
  }
}

/** 1,000 new entries among 100,000, with the attributes that clients ask for. */
export function listNewWorkload(): Workload {
  const id = 'list-new.100k';
  return {
    id,
    run: async (server, scale) => {
      const [runCount, stored, fresh] = scale === 'full' ? [7, 100_000, 1_000] : [2, 500, 50];
      const mailbox = MAILBOXES[0] as string;
      const user = await agentOf(server, mailbox);
      await fill(server, mailbox, stored - fresh);
      const times: number[] = [];
      const hash = createHash('sha256');
      for (let run = -1; run < runCount; run += 1) {
        await markListed(user);
        await fill(server, mailbox, fresh);
        const start = performance.now();
        const { entries } = await user.list({ status: 'new', attributes: LISTED });
        if (run >= 0) times.push(performance.now() - start);
        if (entries.length !== fresh) throw new Error(`${entries.length} new instead of ${fresh}`);
        hash.update(String(entries.length));
      }
      await user.unbind();
      return listFigure(id, times, hash.digest('hex').slice(0, 8));
    },
  };
}

function listFigure(id: string, times: readonly number[], checksum: string): Figure {
  return figure(id, 'ms', times, times, checksum);
}

/** Lists whatever is new, so that it is new no more. */
async function markListed(user: UserAgent): Promise<void> {
  for (let count = 1; count > 0; ) {
    const { entries } = await user.list({ status: 'new', attributes: [ENTRY_STATUS] });
    count = entries.length;
  }
}

async function fill(server: BenchServer, mailbox: string, count: number): Promise<void> {
  const small = content.subarray(0, 500);
  const links = await Promise.all(Array.from({ length: 8 }, () => linkTo(server)));
  let left = count;
  const work = async (link: MtaLink) => {
    while (left > 0) {
      const take = Math.min(left, 16);
      left -= take;
      await Promise.all(Array.from({ length: take }, () => link.deliver(delivery(mailbox, small))));
    }
  };
  await Promise.all(links.map(work));
  await Promise.all(links.map((link) => link.unbind()));
}
