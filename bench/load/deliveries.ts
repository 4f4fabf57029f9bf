/**
 * Deliveries: each association waits for its acknowledgement, that is until the message is durable,
 * before it delivers the next; one mailbox an association.
 *
 * After each run every mailbox must hold exactly what was acknowledged, and one message of each is
 * read back and compared.
 *
 * Source: ours.
 */
import { UserAgent } from '../../src/client/index.js';
import { MTS_OPERATION } from '../../src/x411/application-contexts.js';
import { type Aim, figure, percentile, type Scale } from '../figure.js';
import { filesLimit, journalLimit } from './limits.js';
import { type Frame, Link } from './link.js';
import { deliveryStencil, Stencil } from './messages.js';
import { at, check, checksumOf, type Scenario, sameChecksum } from './scenario.js';
import { addressOf, PASSWORD, ServerProcess } from './server-process.js';

export const CONTENT_BYTES = 10_000;

/** An association, and its delivery as a frame in which the number is put. */
export interface Deliverer {
  readonly link: Link;
  readonly mailbox: string;
  readonly frame: Frame;
  readonly stencil: Stencil;
  count: number;
}

/** Binds and delivers once. */
export async function openDeliverer(port: number, mailbox: string): Promise<Deliverer> {
  const link = await Link.deliverer(port);
  const argument = deliveryStencil(mailbox, { contentBytes: CONTENT_BYTES }).octets;
  const frame = await link.learn(MTS_OPERATION.messageDelivery, argument);
  return { link, mailbox, frame, stencil: new Stencil(frame.octets), count: 1 };
}

/** Delivers the next. */
export function deliverNext(deliverer: Deliverer, done: () => void): void {
  deliverer.stencil.number(deliverer.count);
  deliverer.count += 1;
  deliverer.link.repeat(deliverer.frame, done);
}

/** Delivers until the time is over; the promise resolves when the last one is acknowledged. */
function deliverFor(deliverer: Deliverer, endMs: number, latenciesMs: number[]): Promise<void> {
  return new Promise((resolve) => {
    const next = () => {
      const start = performance.now();
      if (start >= endMs) return resolve();
      deliverNext(deliverer, () => {
        latenciesMs.push(performance.now() - start);
        next();
      });
    };
    next();
  });
}

interface Run {
  readonly rate: number;
  /** Deliveries of one commit, on average. */
  readonly batch: number;
  readonly checksum: string;
}

interface RunOptions {
  readonly associations: number;
  readonly timeMs: number;
  /** Whether the clock stops only when every message is in its file. */
  readonly untilFiles: boolean;
}

async function deliveryRun(options: RunOptions, latenciesMs: number[]): Promise<Run> {
  const { associations, timeMs, untilFiles } = options;
  const mailboxes = Array.from({ length: associations }, (_, i) => `bench-${i}`);
  const server = new ServerProcess(mailboxes);
  await server.start();
  try {
    const deliverers = await Promise.all(mailboxes.map((id) => openDeliverer(server.port, id)));
    // Warm-up: the code is compiled, the first segment is there.
    await deliverAll(deliverers, Math.min(1_000, timeMs / 5), []);
    const before = await server.statistics();
    const start = performance.now();
    await deliverAll(deliverers, timeMs, latenciesMs);
    let elapsedMs = performance.now() - start;
    if (untilFiles) elapsedMs = await filesWritten(server, start);
    const after = await server.statistics();
    const made = after.deliveries - before.deliveries;
    const counted = deliverers.reduce((sum, { count }) => sum + count, 0);
    check(after.deliveries === counted, 'as many are stored as were acknowledged');
    const checksum = await verify(server.port, deliverers);
    for (const { link } of deliverers) link.close();
    const batch = made / Math.max(1, after.commits - before.commits);
    return { rate: (made * 1_000) / elapsedMs, batch, checksum };
  } finally {
    await server.kill();
  }
}

async function deliverAll(
  deliverers: readonly Deliverer[],
  timeMs: number,
  latenciesMs: number[],
): Promise<void> {
  const endMs = performance.now() + timeMs;
  await Promise.all(deliverers.map((one) => deliverFor(one, endMs, latenciesMs)));
}

/** Waits until no message is without its file; ms since `start`. */
async function filesWritten(server: ServerProcess, start: number): Promise<number> {
  for (;;) {
    const { deliveries, filesWritten: written } = await server.statistics();
    const elapsedMs = performance.now() - start;
    if (written >= deliveries) return elapsedMs;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Counts every mailbox, and compares its first message with what was delivered. */
async function verify(port: number, deliverers: readonly Deliverer[]): Promise<string> {
  let checksum = '';
  for (const { mailbox, count, frame } of deliverers) {
    const user = await UserAgent.connect({
      host: '127.0.0.1',
      port,
      address: addressOf(mailbox),
      password: PASSWORD,
    });
    check((await user.summarize()).count === count, `${mailbox} holds ${count}`);
    const { entry } = await user.fetch({ sequence: 1, attributes: ['2.6.4.3.1'] });
    const content = entry?.content ?? new Uint8Array(0);
    check(content.length === CONTENT_BYTES, 'the content has its length');
    checksum = checksumOf(checksum, content, frame.reply);
    user.abort();
  }
  return checksum;
}

const AIMS: Readonly<Record<string, Aim>> = {
  'delivery.10k.64': { value: 20_000, better: 'higher' },
  'delivery.10k.64.sustained': { value: 9_000, better: 'higher' },
  'delivery.10k.1': { value: 2_500, better: 'higher', p99: 2 },
};

function deliveryScenario(id: string, options: (scale: Scale) => RunOptions & Repeats): Scenario {
  return {
    ids: [id],
    run: async (scale) => {
      const { runs, ...each } = options(scale);
      const latenciesMs: number[] = [];
      const results: Run[] = [];
      for (let run = 0; run < runs; run += 1) results.push(await deliveryRun(each, latenciesMs));
      const batch = percentile(
        results.map((run) => run.batch),
        0.5,
      );
      const limitMs = at(scale, 50, 2_000);
      const aim = AIMS[id];
      const measured = {
        id,
        unit: 'deliveries/s',
        values: results.map((run) => run.rate),
        latenciesMs,
        limit: each.untilFiles
          ? filesLimit(CONTENT_BYTES, limitMs)
          : await journalLimit(batch, CONTENT_BYTES, limitMs),
        ...(aim !== undefined && { aim }),
        checksum: sameChecksum(results.map((run) => run.checksum)),
        note: `${batch.toFixed(1)} a commit`,
      };
      return [figure(measured)];
    },
  };
}

interface Repeats {
  readonly runs: number;
}

export const deliveryScenarios: readonly Scenario[] = [
  deliveryScenario('delivery.10k.1', (scale) => ({
    associations: 1,
    untilFiles: false,
    ...at(scale, { runs: 1, timeMs: 200 }, { runs: 3, timeMs: 5_000 }),
  })),
  deliveryScenario('delivery.10k.8', (scale) => ({
    associations: 8,
    untilFiles: false,
    ...at(scale, { runs: 1, timeMs: 200 }, { runs: 3, timeMs: 5_000 }),
  })),
  deliveryScenario('delivery.10k.64', (scale) => ({
    associations: 64,
    untilFiles: false,
    ...at(scale, { runs: 1, timeMs: 200 }, { runs: 3, timeMs: 10_000 }),
  })),
  deliveryScenario('delivery.10k.64.sustained', (scale) => ({
    associations: 64,
    untilFiles: true,
    ...at(
      scale,
      { runs: 1, timeMs: 200 },
      { runs: 2, timeMs: 20_000 },
      { runs: 1, timeMs: 120_000 },
    ),
  })),
];
