/**
 * Whole cycles, as a machine does them that empties its mailbox: deliver, poll, fetch, delete. Each
 * client has a mailbox, an association that delivers and one that reads.
 *
 * A message that lives so short should never get a file; how many did is said beside the figure.
 *
 * Source: ours; the habits are those of EDI and AMHS clients.
 */

import { decode, encode } from '../../src/asn1/type.js';
import { ATTRIBUTE, where } from '../../src/client/index.js';
import { MS_OPERATION } from '../../src/x411/application-contexts.js';
import { ENTRY_CLASS_DELIVERY } from '../../src/x413/common.js';
import { DeleteArgument } from '../../src/x413/delete.js';
import { FetchArgument, FetchResult } from '../../src/x413/fetch.js';
import { ListArgument, ListResult } from '../../src/x413/list.js';
import { figure, type Limit, type Scale } from '../figure.js';
import { CONTENT_BYTES, type Deliverer, deliverNext, openDeliverer } from './deliveries.js';
import { echoLimit } from './limits.js';
import { Link } from './link.js';
import { at, check, checksumOf, runsOf, type Scenario, sameChecksum } from './scenario.js';
import { ServerProcess } from './server-process.js';

const CLIENTS = 32;
const ID = `cycle.10k.${CLIENTS}`;
/** One answer in so many is decoded and compared as a whole; of the others the length is looked at. */
const SAMPLE = 16;

/** list: the new ones, by number only. */
const LIST_NEW = encode(ListArgument, {
  entryClass: ENTRY_CLASS_DELIVERY,
  selector: { childEntries: false, filter: where.status('new') },
  requestedAttributes: [],
});

const fetchArgument = (sequence: number) =>
  encode(FetchArgument, {
    entryClass: ENTRY_CLASS_DELIVERY,
    item: { kind: 'precise', value: sequence },
    requestedAttributes: [{ type: ATTRIBUTE.content }],
  });
const deleteArgument = (sequence: number) =>
  encode(DeleteArgument, {
    entryClass: ENTRY_CLASS_DELIVERY,
    items: { kind: 'sequenceNumbers', value: [sequence] },
  });

interface Client {
  readonly deliverer: Deliverer;
  readonly user: Link;
  cycles: number;
}

async function openClient(port: number, mailbox: string): Promise<Client> {
  const deliverer = await openDeliverer(port, mailbox);
  const user = await Link.user(port, mailbox);
  const client = { deliverer, user, cycles: 0 };
  // The first message is there: take it away, as a cycle does.
  await new Promise<void>((resolve) => collect(client, resolve));
  return client;
}

/** Poll, fetch, delete. */
function collect({ user, deliverer, cycles }: Client, done: () => void): void {
  user.call(MS_OPERATION.list, LIST_NEW, (listed) => {
    const { requested = [] } = decode(ListResult, listed ?? new Uint8Array(0));
    const sequence = requested[0]?.sequenceNumber ?? 0;
    check(requested.length === 1, `one message is new, not ${requested.length}`);
    user.call(MS_OPERATION.fetch, fetchArgument(sequence), (fetched) => {
      checkFetched(fetched, deliverer, cycles);
      user.call(MS_OPERATION.delete, deleteArgument(sequence), () => done());
    });
  });
}

function checkFetched(octets: Uint8Array | null, { stencil }: Deliverer, cycles: number): void {
  check(octets !== null && octets.length > CONTENT_BYTES, 'the whole content is fetched');
  if (cycles % SAMPLE !== 0) return;
  const { entryInformation } = decode(FetchResult, octets);
  const content = entryInformation?.attributes?.[0]?.values[0];
  // The delivery stands in its frame yet, and the content is its last element.
  check(
    content !== undefined && stencil.octets.includes(Buffer.from(content)),
    'what was delivered is fetched',
  );
}

function cycleFor(client: Client, endMs: number, latenciesMs: number[]): Promise<void> {
  return new Promise((resolve) => {
    const next = () => {
      const start = performance.now();
      if (start >= endMs) return resolve();
      deliverNext(client.deliverer, () =>
        collect(client, () => {
          client.cycles += 1;
          latenciesMs.push(performance.now() - start);
          next();
        }),
      );
    };
    next();
  });
}

interface Run {
  readonly rate: number;
  readonly cycles: number;
  readonly files: number;
  readonly checksum: string;
}

async function cycleRun(timeMs: number, latenciesMs: number[]): Promise<Run> {
  const mailboxes = Array.from({ length: CLIENTS }, (_, i) => `bench-${i}`);
  const server = new ServerProcess(mailboxes);
  await server.start();
  try {
    const clients = await Promise.all(mailboxes.map((id) => openClient(server.port, id)));
    const cycleAll = (forMs: number, latencies: number[]) => {
      const endMs = performance.now() + forMs;
      return Promise.all(clients.map((client) => cycleFor(client, endMs, latencies)));
    };
    await cycleAll(Math.min(1_000, timeMs / 5), []);
    const before = await server.statistics();
    for (const client of clients) client.cycles = 0;
    const start = performance.now();
    await cycleAll(timeMs, latenciesMs);
    const elapsedMs = performance.now() - start;
    const after = await server.statistics();
    check(after.entries === 0, 'every mailbox is empty');
    const cycles = clients.reduce((sum, client) => sum + client.cycles, 0);
    const checksum = checksumOf(...clients.map(({ deliverer }) => deliverer.frame.reply));
    for (const { deliverer, user } of clients) {
      deliverer.link.close();
      user.close();
    }
    const files = after.filesWritten - before.filesWritten;
    return { rate: (cycles * 1_000) / elapsedMs, cycles, files, checksum };
  } finally {
    await server.kill();
  }
}

/** The four round trips of a cycle, with their sizes, by an echo. */
async function cycleLimit(timeMs: number): Promise<Limit> {
  const rate = async (requestBytes: number, replyBytes: number) => {
    const each = { connections: CLIENTS, timeMs: timeMs / 3, requestBytes, replyBytes };
    return (await echoLimit(each)).value;
  };
  const large = CONTENT_BYTES + 400;
  const deliver = await rate(large, 60);
  const small = await rate(100, 80);
  const fetch = await rate(100, large);
  const value = 1 / (1 / deliver + 2 / small + 1 / fetch);
  return { what: `loopback echoes of the four sizes, ${CLIENTS} connections`, value };
}

export const cycleScenario: Scenario = {
  ids: [ID],
  run: async (scale: Scale) => {
    const { results, latenciesMs } = await runsOf(scale, cycleRun);
    const sum = (of: (run: Run) => number) => results.reduce((total, run) => total + of(run), 0);
    return [
      figure({
        id: ID,
        unit: 'cycles/s',
        values: results.map(({ rate }) => rate),
        latenciesMs,
        limit: await cycleLimit(at(scale, 150, 3_000)),
        aim: { value: 5_000, better: 'higher' },
        checksum: sameChecksum(results.map(({ checksum }) => checksum)),
        note: `${sum(({ files }) => files)} files for ${sum(({ cycles }) => cycles)} messages`,
      }),
    ];
  },
};
