/**
 * Lists at the client: the new ones among many, and searches. The client library encodes, decodes,
 * and its time counts.
 *
 * Source: ours; X.413 (1999) 8.1.2 for filters.
 */
import { encode } from '../../src/asn1/type.js';
import {
  AbstractError,
  ATTRIBUTE,
  type EntryView,
  MtaLink,
  UserAgent,
  where,
} from '../../src/client/index.js';
import { MS_OPERATION } from '../../src/x411/application-contexts.js';
import { ENTRY_CLASS_DELIVERY } from '../../src/x413/common.js';
import type { Filter } from '../../src/x413/filter.js';
import { ListArgument } from '../../src/x413/list.js';
import { type Figure, figure, type Limit } from '../figure.js';
import { LONG_EXTRA_BYTES, SPECIAL_PERIOD } from './dataset.js';
import { echoTimeLimit } from './limits.js';
import { Link } from './link.js';
import { deliveryStencil, RARE_WORD } from './messages.js';
import { check, checksumOf, sameChecksum } from './scenario.js';
import { addressOf, MTA, PASSWORD } from './server-process.js';

/** What clients list. The numbers of entries differ from run to run, their attributes do not. */
const LISTED = [
  ATTRIBUTE.retrievalStatus,
  ATTRIBUTE.entryType,
  ATTRIBUTE.priority,
  ATTRIBUTE.contentLength,
  ATTRIBUTE.contentType,
  ATTRIBUTE.subject,
  ATTRIBUTE.originatorName,
  ATTRIBUTE.submissionTime,
] as const;
/** Outstanding deliveries while a mailbox is filled; the server takes 100. */
const WINDOW = 64;
/** The numbers of the new messages begin above those of all that are stored. */
const FRESH_FROM = 90_000_000;

export function userOf(port: number, mailbox: string): Promise<UserAgent> {
  return UserAgent.connect({
    host: '127.0.0.1',
    port,
    address: addressOf(mailbox),
    password: PASSWORD,
  });
}

/** Delivers messages `from` and on; a number that was there before would be a repetition. */
async function deliverNew(
  port: number,
  mailbox: string,
  from: number,
  count: number,
  contentBytes: number,
): Promise<void> {
  const mta = await MtaLink.connect({ host: '127.0.0.1', port, name: MTA, password: PASSWORD });
  const stencil = deliveryStencil(mailbox, { contentBytes, subject: 'fresh figures' });
  let number = from;
  const end = number + count;
  const work = async () => {
    while (number < end) {
      const argument = Uint8Array.from(stencil.number(number));
      number += 1;
      await mta.deliver(argument);
    }
  };
  await Promise.all(Array.from({ length: WINDOW }, work));
  await mta.unbind();
}

export interface ListNewOptions {
  readonly id: string;
  readonly port: number;
  readonly mailbox: string;
  /** New ones. */
  readonly fresh: number;
  /** All that are in the mailbox while it is listed. */
  readonly stored: number;
  readonly contentBytes: number;
  readonly runs: number;
  readonly limitMs: number;
}

/** Each run: deliver, list (measured), delete again. The mailbox stays as it was. */
export async function listNew(options: ListNewOptions): Promise<Figure> {
  const { id, port, mailbox, fresh, stored, contentBytes, runs, limitMs } = options;
  const user = await userOf(port, mailbox);
  const times: number[] = [];
  const checksums: string[] = [];
  let number = FRESH_FROM;
  for (let run = -2; run < runs; run += 1, number += fresh) {
    await deliverNew(port, mailbox, number, fresh, contentBytes);
    const { count } = await user.summarize();
    check(count === stored, `${mailbox} holds ${stored}, not ${count}, in run ${run}`);
    const start = performance.now();
    const { entries } = await user.list({ status: 'new', attributes: LISTED });
    check(isWhole(entries), `all ${LISTED.length} attributes are there`);
    if (run >= 0) times.push(performance.now() - start);
    check(entries.length === fresh, `${fresh} are new, not ${entries.length}`);
    checksums.push(checksumOf(...entries.flatMap((e) => [...e.attributes.values()].flat())));
    await user.remove(entries.map(({ sequence }) => sequence));
  }
  user.abort();
  await deliverNew(port, mailbox, number, fresh, contentBytes);
  const limit = await listLimit(port, mailbox, where.status('new'), limitMs);
  return figure({
    id,
    unit: 'ms',
    values: times,
    latenciesMs: times,
    limit,
    aim: { value: 3, better: 'lower' },
    checksum: checksumOf(...checksums),
    note: `at the client, ${fresh} new of ${stored}, ${LISTED.length} attributes each`,
  });
}

/** Asks every entry for its attributes, so that reading them is part of the measured time. */
function isWhole(entries: readonly EntryView[]): boolean {
  return entries.every(({ attributes }) => attributes.size === LISTED.length);
}

/** An echo of the sizes of this list. */
async function listLimit(
  port: number,
  mailbox: string,
  filter: Filter,
  limitMs: number,
): Promise<Limit> {
  const link = await Link.user(port, mailbox);
  const argument = encode(ListArgument, {
    entryClass: ENTRY_CLASS_DELIVERY,
    selector: { childEntries: false, filter },
    requestedAttributes: LISTED.map((type) => ({ type })),
  });
  const { octets, reply } = await link.learn(MS_OPERATION.list, argument);
  link.close();
  return echoTimeLimit(octets.length, reply.length, limitMs);
}

/** The searches, each of which one message in {@link SPECIAL_PERIOD} satisfies. */
const SEARCHES: Readonly<Record<string, (contentBytes: number) => Filter>> = {
  'search.priority': () => where.priority('urgent'),
  'search.size': (contentBytes) => where.contentLengthAtLeast(contentBytes + LONG_EXTRA_BYTES),
  'search.subject': () => where.subjectContains(RARE_WORD),
};

export interface SearchOptions {
  readonly id: string;
  readonly port: number;
  readonly mailbox: string;
  readonly stored: number;
  readonly contentBytes: number;
  readonly runs: number;
  readonly limitMs: number;
}

/** A filter over the whole mailbox, at the client; a server that refuses it is said to. */
export async function search(options: SearchOptions): Promise<Figure> {
  const { id, port, mailbox, stored, contentBytes, runs, limitMs } = options;
  const filter = SEARCHES[id.replace(/\.[^.]*$/, '')]?.(contentBytes);
  check(filter !== undefined, `${id} is a search`);
  const about = { id, unit: 'ms', aim: { value: 4, better: 'lower' } } as const;
  const user = await userOf(port, mailbox);
  const request = { filter, attributes: LISTED };
  const wanted = Math.floor(stored / SPECIAL_PERIOD);
  const times: number[] = [];
  const checksums: string[] = [];
  try {
    for (let run = -2; run < runs; run += 1) {
      const start = performance.now();
      const { entries } = await user.list(request);
      check(isWhole(entries), `all ${LISTED.length} attributes are there`);
      if (run >= 0) times.push(performance.now() - start);
      check(entries.length === wanted, `${wanted} are found, not ${entries.length}`);
      checksums.push(checksumOf(...entries.flatMap((e) => [...e.attributes.values()].flat())));
    }
  } catch (error) {
    if (!(error instanceof AbstractError)) throw error;
    return figure({ ...about, values: [], checksum: '', note: `refused: ${error.message}` });
  } finally {
    user.abort();
  }
  return figure({
    ...about,
    values: times,
    latenciesMs: times,
    limit: await listLimit(port, mailbox, filter, limitMs),
    checksum: sameChecksum(checksums),
    note: `at the client, with encoding and transfer of ${wanted} entries of ${stored}`,
  });
}
