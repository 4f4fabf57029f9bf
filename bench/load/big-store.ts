/**
 * 1,100,000 messages, a million of them in one mailbox: resident memory, the start with a good
 * snapshot, and the list of the new in the big mailbox.
 *
 * Source: ours.
 */
import { type Figure, figure, type Scale } from '../figure.js';
import { writeMailboxes } from './dataset.js';
import { processLimit } from './limits.js';
import { listNew, userOf } from './lists.js';
import { at, check, checksumOf, type Scenario } from './scenario.js';
import { ServerProcess } from './server-process.js';
import { startToFetch } from './starts.js';

const BIG = 'big';
const CONTENT_BYTES = 1_000;
const MEGA = 1e6;
/** Before the memory is read: what the start has left behind is collected, or never will be. */
const SETTLE_MS = 3_000;

interface Sizes {
  readonly big: number;
  readonly others: number;
  readonly each: number;
  readonly fresh: number;
}

const otherName = (index: number) => `other-${index}`;

/** Counts every mailbox, so that each is in memory; then what the process occupies, in octets. */
async function memoryWithAll(server: ServerProcess, sizes: Sizes, scale: Scale): Promise<number> {
  const expected = [
    [BIG, sizes.big] as const,
    ...Array.from({ length: sizes.others }, (_, i) => [otherName(i), sizes.each] as const),
  ];
  for (const [mailbox, count] of expected) {
    const user = await userOf(server.port, mailbox);
    check((await user.summarize()).count === count, `${mailbox} holds ${count}`);
    user.abort();
  }
  await new Promise((resolve) => setTimeout(resolve, at(scale, 50, SETTLE_MS)));
  return server.residentBytes();
}

async function emptyMemory(): Promise<number> {
  const server = new ServerProcess([BIG]);
  await server.start();
  try {
    return server.residentBytes();
  } finally {
    await server.kill();
  }
}

async function memory(server: ServerProcess, sizes: Sizes, scale: Scale): Promise<Figure> {
  const bytes = await memoryWithAll(server, sizes, scale);
  const count = sizes.big + sizes.others * sizes.each;
  const empty = await emptyMemory();
  return figure({
    id: 'memory.1100k',
    unit: 'MB',
    values: [bytes / MEGA],
    limit: { what: 'the same server with an empty store', value: empty / MEGA },
    aim: { value: 330, better: 'lower' },
    checksum: checksumOf(count),
    note: `VmRSS, ${count} messages; ${Math.round((bytes - empty) / count)} B a message above empty`,
  });
}

/** Stops the server in order, then starts it again and again. Leaves it running. */
async function startWithSnapshot(server: ServerProcess, scale: Scale): Promise<Figure> {
  await server.stop();
  const times: number[] = [];
  for (let run = 0; run < at(scale, 1, 5); run += 1) {
    await server.kill();
    times.push(await startToFetch(server, BIG));
  }
  return figure({
    id: 'start.snapshot',
    unit: 'ms',
    values: times,
    limit: processLimit(at(scale, 1, 9)),
    aim: { value: 500, better: 'lower' },
    checksum: checksumOf('served'),
    note: 'from the start of the process to the first fetch served, after a clean stop',
  });
}

export const bigStoreScenario: Scenario = {
  ids: ['start.snapshot', 'memory.1100k', 'list-new.1m'],
  run: async (scale, wants) => {
    const sizes: Sizes = at(
      scale,
      { big: 1_900, others: 3, each: 100, fresh: 100 },
      { big: 999_000, others: 100, each: 1_010, fresh: 1_000 },
    );
    const names = Array.from({ length: sizes.others }, (_, i) => otherName(i));
    const server = new ServerProcess([BIG, ...names]);
    const common = { contentBytes: CONTENT_BYTES, status: 'processed' } as const;
    await writeMailboxes(server.data, [
      { ...common, mailbox: BIG, count: sizes.big },
      ...names.map((mailbox) => ({ ...common, mailbox, count: sizes.each })),
    ]);
    const figures: Figure[] = [];
    try {
      // First the memory: whoever counts a mailbox waits until it has been read from its files.
      await server.start();
      const resident = await memory(server, sizes, scale);
      figures.push(await startWithSnapshot(server, scale), resident);
      if (wants('list-new.1m')) {
        const { fresh, big } = sizes;
        const list = { id: 'list-new.1m', port: server.port, mailbox: BIG, fresh };
        const options = { runs: at(scale, 2, 25), limitMs: at(scale, 50, 1_000) };
        const stored = big + fresh;
        figures.push(await listNew({ ...list, ...options, stored, contentBytes: CONTENT_BYTES }));
      }
      return figures.filter(({ id }) => wants(id));
    } finally {
      await server.kill();
    }
  },
};
