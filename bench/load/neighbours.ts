/**
 * What one user's wild search does to another: fetches of a mailbox, one at a time, while a filter
 * that only the messages can answer goes over a large mailbox of the same shard, again and again.
 *
 * Source: ours; X.413 (1999) 8.1.2 for filters.
 */
import { encode } from '../../src/asn1/type.js';
import { ATTRIBUTE } from '../../src/client/index.js';
import type { MailboxId } from '../../src/engine/mailbox-id.js';
import { shardOf, slotOf } from '../../src/engine/mailbox-id.js';
import { MS_OPERATION } from '../../src/x411/application-contexts.js';
import { ENTRY_CLASS_DELIVERY } from '../../src/x413/common.js';
import { FetchArgument } from '../../src/x413/fetch.js';
import type { Filter } from '../../src/x413/filter.js';
import { ListArgument } from '../../src/x413/list.js';
import { type Figure, figure, percentile } from '../figure.js';
import { type Frame, Link } from './link.js';
import { check, checksumOf, sameChecksum } from './scenario.js';
import { SHARDS } from './server-process.js';

/** The heading of an interpersonal message, as a whole. */
const HEADING = '2.6.1.7.0';

/** Every message is opened for it, and none selected. */
const WILD: Filter = {
  kind: 'not',
  value: { kind: 'item', value: { kind: 'present', value: HEADING } },
};

/** The name of a mailbox that is kept by the shard of another. */
export function neighbourOf(mailbox: string): string {
  const shard = (name: string) => shardOf(slotOf(name as MailboxId), SHARDS);
  for (let number = 1; ; number += 1) {
    const name = `${mailbox}-neighbour-${number}`;
    if (shard(name) === shard(mailbox)) return name;
  }
}

export interface NeighbourOptions {
  readonly id: string;
  readonly port: number;
  /** The large one, and how many it holds. */
  readonly mailbox: string;
  readonly stored: number;
  /** The one that is fetched from, and how many it holds. */
  readonly neighbour: string;
  readonly others: number;
  readonly runs: number;
  /** Of one run. */
  readonly timeMs: number;
}

export async function neighbour(options: NeighbourOptions): Promise<Figure> {
  const { id, port, mailbox, stored, others, runs, timeMs } = options;
  const frames = await fetchFrames(options);
  const user = await Link.user(port, options.neighbour);
  const searcher = await Link.user(port, mailbox);
  const search = new Searcher(searcher);
  await fetchesFor(user, frames, timeMs);
  const quiet: number[] = [];
  const [values, latencies]: [number[], number[]] = [[], []];
  for (let run = 0; run < runs; run += 1) {
    quiet.push(percentile(await fetchesFor(user, frames, timeMs), 0.99));
    search.start();
    const found = await fetchesFor(user, frames, timeMs);
    await search.stop();
    values.push(percentile(found, 0.99));
    latencies.push(...found);
  }
  user.close();
  searcher.close();
  const searchMs = Math.round(percentile(search.times, 0.5));
  return figure({
    id,
    unit: 'ms',
    values,
    latenciesMs: latencies,
    limit: { what: 'the same fetches while nobody searches', value: percentile(quiet, 0.5) },
    aim: { value: 10, better: 'lower' },
    checksum: checksumOf(others, search.checksum),
    note: `p99 of a fetch of 1 kB; the search opens ${stored} messages and takes ${searchMs} ms`,
  });
}

/** A fetch of each message, as it goes over the wire. */
async function fetchFrames({ port, neighbour, others }: NeighbourOptions): Promise<Frame[]> {
  const link = await Link.user(port, neighbour);
  const frames: Frame[] = [];
  for (let number = 1; number <= others; number += 1) {
    const argument = encode(FetchArgument, {
      entryClass: ENTRY_CLASS_DELIVERY,
      item: { kind: 'precise', value: number },
      requestedAttributes: [{ type: ATTRIBUTE.content }],
    });
    frames.push(await link.learn(MS_OPERATION.fetch, argument));
  }
  link.close();
  return frames;
}

/** One after another, for so long; how long each took. */
async function fetchesFor(link: Link, frames: readonly Frame[], timeMs: number): Promise<number[]> {
  const times: number[] = [];
  const endMs = performance.now() + timeMs;
  for (let at = 0; performance.now() < endMs || times.length === 0; at += 1) {
    const frame = frames[at % frames.length];
    check(frame !== undefined, 'there is a message to fetch');
    const startMs = performance.now();
    await new Promise<void>((resolve) => link.repeat(frame, resolve));
    times.push(performance.now() - startMs);
  }
  return times;
}

/** Searches again as soon as it has been answered. */
class Searcher {
  readonly #link: Link;
  readonly times: number[] = [];
  readonly #checksums: string[] = [];
  #isOn = false;
  #ended: Promise<void> = Promise.resolve();

  constructor(link: Link) {
    this.#link = link;
  }

  get checksum(): string {
    return sameChecksum(this.#checksums);
  }

  start(): void {
    this.#isOn = true;
    this.#ended = this.#run();
  }

  /** Resolves when the last search is answered. */
  stop(): Promise<void> {
    this.#isOn = false;
    return this.#ended;
  }

  async #run(): Promise<void> {
    const argument = encode(ListArgument, {
      entryClass: ENTRY_CLASS_DELIVERY,
      selector: { childEntries: false, filter: WILD },
    });
    while (this.#isOn) {
      const startMs = performance.now();
      const result = await this.#link.ask(MS_OPERATION.list, argument);
      this.times.push(performance.now() - startMs);
      this.#checksums.push(checksumOf(result));
    }
  }
}
