/**
 * Every message of a mailbox fetched whole, with the client library: one after the other, with
 * several calls outstanding on one association, and on eight associations.
 *
 * The messages are processed already, so that a pass changes nothing and each is like the first.
 *
 * Source: ours.
 */
import { crc32c } from '@node-rs/crc32';
import { encode } from '../../src/asn1/type.js';
import { ATTRIBUTE, type UserAgent } from '../../src/client/index.js';
import { MS_OPERATION } from '../../src/x411/application-contexts.js';
import { ENTRY_CLASS_DELIVERY } from '../../src/x413/common.js';
import { FetchArgument } from '../../src/x413/fetch.js';
import { type Aim, type Figure, figure, type Scale } from '../figure.js';
import { writeMailboxes } from './dataset.js';
import { echoLimit } from './limits.js';
import { Link } from './link.js';
import { userOf } from './lists.js';
import { at, check, checksumOf, type Scenario, sameChecksum } from './scenario.js';
import { ServerProcess } from './server-process.js';

const MAILBOX = 'bench-0';
const CONTENT_BYTES = 10_000;
/** One content in so many is read; of the others the length. */
const SAMPLE = 8;
const WANTED = [ATTRIBUTE.content] as const;

interface Form {
  readonly id: string;
  readonly associations: number;
  /** Calls outstanding on each. */
  readonly outstanding: number;
  readonly aim: Aim;
}

const FORMS: readonly Form[] = [
  form('fetch-all.one', 1, 1, 9_000),
  form('fetch-all.pipelined', 1, 32, 25_000),
  form('fetch-all.8', 8, 8, 30_000),
];

function form(id: string, associations: number, outstanding: number, rate: number): Form {
  return { id, associations, outstanding, aim: { value: rate, better: 'higher' } };
}

interface Pass {
  readonly rate: number;
  readonly checksum: string;
}

/** Fetches messages 1 to `count`, each once. */
async function fetchAll(
  users: readonly UserAgent[],
  { outstanding }: Form,
  count: number,
  latenciesMs: number[],
): Promise<Pass> {
  let next = 1;
  let sum = 0;
  const work = async (user: UserAgent) => {
    while (next <= count) {
      const sequence = next;
      next += 1;
      const start = performance.now();
      const { entry } = await user.fetch({ sequence, attributes: WANTED });
      latenciesMs.push(performance.now() - start);
      const content = entry?.content;
      check(content != null && content.length >= CONTENT_BYTES, `message ${sequence} is whole`);
      // The order of answers does not count, hence a sum.
      if (sequence % SAMPLE === 0) sum = (sum + crc32c(content)) % 2 ** 32;
    }
  };
  const start = performance.now();
  await Promise.all(users.flatMap((user) => Array.from({ length: outstanding }, () => work(user))));
  const elapsedMs = performance.now() - start;
  return { rate: (count * 1_000) / elapsedMs, checksum: checksumOf(count, sum) };
}

async function measure(port: number, form: Form, count: number, scale: Scale): Promise<Figure> {
  const { id, associations, outstanding, aim } = form;
  const users = await Promise.all(
    Array.from({ length: associations }, () => userOf(port, MAILBOX)),
  );
  await fetchAll(users, form, Math.ceil(count / 10), []);
  const latenciesMs: number[] = [];
  const passes: Pass[] = [];
  for (let run = 0; run < at(scale, 1, 3); run += 1)
    passes.push(await fetchAll(users, form, count, latenciesMs));
  for (const user of users) user.abort();
  const link = await Link.user(port, MAILBOX);
  const argument = encode(FetchArgument, {
    entryClass: ENTRY_CLASS_DELIVERY,
    item: { kind: 'precise', value: 1 },
    requestedAttributes: WANTED.map((type) => ({ type })),
  });
  const { octets, reply } = await link.learn(MS_OPERATION.fetch, argument);
  link.close();
  const limit = await echoLimit({
    connections: associations,
    outstanding,
    requestBytes: octets.length,
    replyBytes: reply.length,
    timeMs: at(scale, 50, 1_000),
  });
  return figure({
    id,
    unit: 'fetches/s',
    values: passes.map(({ rate }) => rate),
    latenciesMs,
    limit,
    aim,
    checksum: sameChecksum(passes.map(({ checksum }) => checksum)),
    note: `${count} of ${CONTENT_BYTES} B, ${associations} associations, ${outstanding} outstanding`,
  });
}

export const fetchAllScenario: Scenario = {
  ids: FORMS.map(({ id }) => id),
  run: async (scale, wants) => {
    const count = at(scale, 500, 100_000);
    const server = new ServerProcess([MAILBOX]);
    const plan = { mailbox: MAILBOX, count, contentBytes: CONTENT_BYTES } as const;
    await writeMailboxes(server.data, [{ ...plan, status: 'processed' }]);
    await server.start();
    try {
      const figures: Figure[] = [];
      for (const one of FORMS) {
        if (wants(one.id)) figures.push(await measure(server.port, one, count, scale));
      }
      return figures;
    } finally {
      await server.kill();
    }
  },
};
