/**
 * A whole server under mutated arguments of all operations, over TCP: each is answered, or its
 * association ends; none is leaked, memory stays flat, and bystanders are served. FUZZ_COUNT and
 * FUZZ_SEED as in shard.test.ts.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seededRandom } from '../../src/base/random.js';
import { composeProbe, composeSubmission } from '../../src/client/index.js';
import { ASSOCIATIONS_PER_MAILBOX_MAX } from '../../src/limits.js';
import { MS_OPERATION, MTS_OPERATION } from '../../src/x411/application-contexts.js';
import { deliverF1, F1_CONTENT } from '../support/fixture-f1.js';
import { Mutator } from '../support/mutate.js';
import { type Answer, P7User } from '../support/p7-user.js';
import { addressOf, type TestServer, testServer } from '../support/server.js';
import { type Kind, SEEDS } from './seeds.js';

const SEED = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 1e9));
/** Each goes through two processes. */
const COUNT = Math.ceil(Number(process.env.FUZZ_COUNT ?? 20_000) / 5);
const USERS = 8;
const MEBI = 1_048_576;
const RETRIEVAL: ReadonlyMap<Kind, number> = new Map<Kind, number>([
  ['summarize', MS_OPERATION.summarize],
  ['list', MS_OPERATION.list],
  ['fetch', MS_OPERATION.fetch],
  ['delete', MS_OPERATION.delete],
  ['modify', MS_OPERATION.modify],
  ['register-ms', MS_OPERATION.registerMs],
]);

const submission = {
  originator: addressOf('fuzz'),
  recipients: [{ address: addressOf('elsewhere') }],
  contentType: '2.6.1.10.1',
} as const;
const OPERATIONS: readonly (readonly [operation: number, argument: Uint8Array])[] = [
  ...SEEDS.flatMap(([kind, octets]) => {
    const operation = RETRIEVAL.get(kind);
    return operation === undefined ? [] : [[operation, octets] as const];
  }),
  [
    MTS_OPERATION.messageSubmission,
    composeSubmission({ ...submission, content: F1_CONTENT.n1('elsewhere') }),
  ],
  [MTS_OPERATION.probeSubmission, composeProbe(submission)],
];

describe(`a server under mutated arguments, FUZZ_SEED=${SEED} FUZZ_COUNT=${5 * COUNT}`, () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await testServer(['fuzz', 'other'], 'store: { journalSegmentBytes: 4194304 }');
    await server.start();
    await deliverF1(server, 'fuzz');
    await deliverF1(server, 'other');
  });
  afterAll(() => server.dispose());
  const residentBytes = () => {
    const status = readFileSync(`/proc/${server.pid()}/status`, 'latin1');
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1_024;
  };

  test(
    'answers, and holds nothing of it',
    async () => {
      const random = seededRandom(SEED);
      const mutator = new Mutator(
        OPERATIONS.map(([, octets]) => octets),
        random,
      );
      const other = await P7User.bind(server, 'other');
      const kinds = new Map<string, number>();
      let left = COUNT;
      const work = async (edition: '88' | '94') => {
        let user = await P7User.bind(server, 'fuzz', { edition });
        while (left > 0) {
          left -= 1;
          const at = random.below(OPERATIONS.length);
          const [operation = 0] = OPERATIONS[at] ?? [];
          const answer: Answer = await user.invoke(operation, mutator.mutate(at));
          kinds.set(answer.kind, (kinds.get(answer.kind) ?? 0) + 1);
          // Whoever sends too much that is rejected is aborted, and comes back.
          if (answer.kind === 'gone') user = await P7User.bind(server, 'fuzz', { edition });
        }
        await user.unbind();
      };
      const editions = Array.from({ length: USERS }, (_, i) => (i % 2 === 0 ? '88' : '94'));
      let settledBytes = 0;
      const watch = setInterval(() => {
        if (settledBytes === 0 && left < COUNT * 0.7) settledBytes = residentBytes();
      }, 20);
      await Promise.all(editions.map((edition) => work(edition as '88' | '94')));
      clearInterval(watch);
      expect([...kinds.keys()].sort()).toEqual(['error', 'gone', 'reject', 'result']);
      expect(residentBytes() - settledBytes).toBeLessThan(96 * MEBI);
      // Nobody is bound any more: there is room for as many as there may be.
      const crowd = await Promise.all(
        Array.from({ length: ASSOCIATIONS_PER_MAILBOX_MAX }, () => P7User.bind(server, 'fuzz')),
      );
      for (const user of crowd) user.abort();
      expect((await other.list()).numbers).toHaveLength(5);
      await other.unbind();
      expect(server.log()).not.toMatch(/"level":"error"/);
    },
    Math.max(60_000, COUNT * 20),
  );
});
