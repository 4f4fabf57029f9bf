/**
 * One mailbox of 100,000 small messages: the rebuild of its index, the list of the new, searches,
 * and what a wild one of them does to a neighbour.
 *
 * Source: ours.
 */
import { type Figure, figure, percentile, type Scale } from '../figure.js';
import { writeMailboxes } from './dataset.js';
import { readLimit } from './limits.js';
import { listNew, search } from './lists.js';
import { neighbour, neighbourOf } from './neighbours.js';
import { at, checksumOf, type Scenario } from './scenario.js';
import { ServerProcess } from './server-process.js';
import { emptyStart, removeSnapshot, startToCount } from './starts.js';

const MAILBOX = 'bench-0';
const NEIGHBOUR = neighbourOf(MAILBOX);
const CONTENT_BYTES = 1_000;
const SEARCHES = ['search.priority.100k', 'search.size.100k', 'search.subject.100k'] as const;

const WILD = 'search.wild.neighbour';

/** A difference that is small beside what it is taken from says nothing: then all of it counts. */
function rebuildMs(elapsedMs: number, emptyMs: number): number {
  const difference = elapsedMs - emptyMs;
  return difference > emptyMs / 4 ? difference : elapsedMs;
}

/** Leaves the server running. */
async function rebuild(server: ServerProcess, stored: number, scale: Scale): Promise<Figure> {
  const runs = at(scale, 1, 3);
  const empty: number[] = [];
  for (let run = 0; run < runs; run += 1) empty.push(await emptyStart());
  const emptyMs = percentile(empty, 0.5);
  const rates: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    await server.kill();
    removeSnapshot(server);
    const elapsedMs = await startToCount(server, MAILBOX, stored);
    rates.push((stored * 1_000) / rebuildMs(elapsedMs, emptyMs));
  }
  return figure({
    id: 'rebuild.100k',
    unit: 'messages/s',
    values: rates,
    limit: readLimit(`${server.data}/mailboxes`, at(scale, 50, 1_000)),
    aim: { value: 90_000, better: 'higher' },
    checksum: checksumOf(stored),
    note: `until all are counted, less the ${Math.round(emptyMs)} ms of an empty start`,
  });
}

export const storedMailboxScenario: Scenario = {
  ids: ['rebuild.100k', ...SEARCHES, WILD, 'list-new.100k'],
  run: async (scale, wants) => {
    const [stored, fresh] = at(scale, [2_100, 100] as const, [100_000, 1_000] as const);
    const limitMs = at(scale, 50, 1_000);
    const server = new ServerProcess([MAILBOX, NEIGHBOUR]);
    const plan = { mailbox: MAILBOX, contentBytes: CONTENT_BYTES, status: 'processed' } as const;
    const others = at(scale, 10, 100);
    await writeMailboxes(server.data, [
      { ...plan, count: stored - fresh },
      { ...plan, mailbox: NEIGHBOUR, count: others },
    ]);
    const figures: Figure[] = [];
    try {
      if (wants('rebuild.100k')) figures.push(await rebuild(server, stored - fresh, scale));
      else await server.start();
      const common = { port: server.port, mailbox: MAILBOX, contentBytes: CONTENT_BYTES, limitMs };
      for (const id of SEARCHES) {
        const runs = at(scale, 2, 25);
        if (wants(id)) figures.push(await search({ ...common, id, stored: stored - fresh, runs }));
      }
      if (wants(WILD)) {
        const place = { port: server.port, mailbox: MAILBOX, stored: stored - fresh };
        const time = { runs: at(scale, 1, 5), timeMs: at(scale, 100, 10_000) };
        figures.push(
          await neighbour({ ...place, ...time, id: WILD, neighbour: NEIGHBOUR, others }),
        );
      }
      if (wants('list-new.100k')) {
        const runs = at(scale, 2, 25);
        figures.push(await listNew({ ...common, id: 'list-new.100k', fresh, stored, runs }));
      }
      return figures;
    } finally {
      await server.kill();
    }
  },
};
