/**
 * Whatever an argument holds, a shard answers it: with a result of the operation's type, with one
 * of the operation's own errors, or with a reject; never with a failure, and it goes on. `make fuzz`
 * runs a million of these: FUZZ_COUNT, FUZZ_SEED.
 */
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Asn1Type } from '../../src/asn1/type.js';
import { decode, encode } from '../../src/asn1/type.js';
import { seededRandom } from '../../src/base/random.js';
import type { Reply, Request } from '../../src/engine/contract.js';
import type { ShardStore } from '../../src/store/contract.js';
import type { Edition } from '../../src/x413/common.js';
import { DeleteArgument, DeleteResult } from '../../src/x413/delete.js';
import { FetchResult } from '../../src/x413/fetch.js';
import { ListArgument, ListResult } from '../../src/x413/list.js';
import { ModifyResult } from '../../src/x413/modify.js';
import { RegisterMsResult } from '../../src/x413/register.js';
import { SummarizeResult } from '../../src/x413/summarize.js';
import { mailboxId, openSample, temporaryDirectory } from '../store/samples.js';
import { AskedShard } from '../support/asked-shard.js';
import { Mutator } from '../support/mutate.js';
import { type Kind, SEEDS } from './seeds.js';

const SEED = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 1e9));
const COUNT = Number(process.env.FUZZ_COUNT ?? 20_000);
const BOX = mailboxId('fuzz');
/** The mailbox is emptied now and then: what is looked for is not how many entries it can hold. */
const ROUND = 500;

/** The errors of each operation, and those that 1994 adds. */
const ERRORS: Readonly<Record<Kind, readonly number[]>> = {
  'message-delivery': [1, 12, 13],
  'report-delivery': [1, 12, 13],
  summarize: [21, 29, 25, 26, 27],
  list: [21, 29, 25, 26, 27],
  fetch: [21, 24, 29, 25, 26, 28, 27],
  delete: [23, 29, 25, 26, 28, 27],
  modify: [21, 29, 26, 28, 27],
  'register-ms': [21, 22, 29, 26, 27, 5, 6],
};
const ERRORS_94: Readonly<Partial<Record<Kind, readonly number[]>>> = {
  summarize: [34, 31],
  list: [34, 31],
  fetch: [34, 31],
  delete: [34, 31],
  modify: [33, 30, 34, 31],
  'register-ms': [30, 31, 32],
};
const RESULTS: Readonly<Partial<Record<Kind, Asn1Type<unknown>>>> = {
  summarize: SummarizeResult as Asn1Type<unknown>,
  list: ListResult as Asn1Type<unknown>,
  fetch: FetchResult as Asn1Type<unknown>,
  delete: DeleteResult as Asn1Type<unknown>,
  modify: ModifyResult as Asn1Type<unknown>,
  'register-ms': RegisterMsResult as Asn1Type<unknown>,
};

function requestOf(kind: Kind, edition: Edition, argument: Uint8Array): Request {
  const mailbox = BOX;
  if (kind === 'message-delivery' || kind === 'report-delivery') {
    return { kind, mailbox, argument };
  }
  if (kind === 'register-ms') {
    return { kind, mailbox, edition, argument, passwordHash: 'none' };
  }
  const restrictions = { allowedContentTypes: ['2.6.1.10.1'], maximumAttributeLength: 200 };
  return { kind, mailbox, edition, argument, ...(edition === '94' && { restrictions }) };
}

/** What is wrong with a reply; null: nothing. */
function wrongWith(kind: Kind, edition: Edition, reply: Reply): string | null {
  switch (reply.kind) {
    case 'result': {
      const type = RESULTS[kind];
      if (type !== undefined) decode(type, reply.result);
      return null;
    }
    case 'error': {
      const isOwn =
        ERRORS[kind].includes(reply.code) ||
        (edition === '94' && ERRORS_94[kind]?.includes(reply.code) === true);
      return isOwn ? null : `error ${reply.code}`;
    }
    case 'reject':
      return reply.problem === 2 ? null : `reject ${reply.problem}`;
    case 'submission':
      return 'it goes to the MTS';
    case 'failure':
      return `${reply.error.kind} ${reply.error.code} ${reply.error.detail}`;
  }
}

describe(`a shard under mutated arguments, FUZZ_SEED=${SEED} FUZZ_COUNT=${COUNT}`, () => {
  const directory = temporaryDirectory();
  let store: ShardStore;
  let shard: AskedShard;
  beforeAll(async () => {
    store = await openSample(directory);
    shard = new AskedShard(store);
  });
  afterAll(async () => {
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  });

  test(
    'answers every one, and properly',
    async () => {
      const random = seededRandom(SEED);
      const mutator = new Mutator(
        SEEDS.map(([, octets]) => octets),
        random,
      );
      const listAll = encode(ListArgument, {
        entryClass: 0,
        selector: { childEntries: false },
        requestedAttributes: [{ type: '2.6.4.3.15' }],
      });
      const deleteAll = encode(DeleteArgument, {
        entryClass: 0,
        items: { kind: 'selector', value: { childEntries: false } },
      });
      for (let done = 0; done < COUNT; done += ROUND) {
        for (const [kind, octets] of SEEDS.filter(([kind]) => kind.endsWith('delivery')))
          await shard.ask(requestOf(kind, '88', octets));
        const round = Array.from({ length: Math.min(ROUND, COUNT - done) }, async () => {
          const index = random.below(SEEDS.length);
          const [kind] = SEEDS[index] as [Kind, Uint8Array];
          const argument = mutator.mutate(index);
          // What 1988 does not have never reaches a shard from there.
          const edition = kind !== 'modify' && random.below(2) === 0 ? '88' : '94';
          const startMs = performance.now();
          const reply = await shard.ask(requestOf(kind, edition, argument));
          const wrong = wrongWith(kind, edition, reply);
          if (wrong === null) return null;
          const ms = Math.round(performance.now() - startMs);
          return `${kind} ${edition} ${Buffer.from(argument).toString('hex')}: ${wrong} ${ms} ms`;
        });
        const wrongs = (await Promise.all(round)).filter((each) => each !== null);
        expect(wrongs.slice(0, 5)).toEqual([]);
        await shard.ask(requestOf('list', '88', listAll));
        expect(await shard.ask(requestOf('delete', '88', deleteAll))).toMatchObject({
          kind: 'result',
        });
      }
    },
    Math.max(60_000, COUNT * 10),
  );
});
