/**
 * A shard under mutated submissions, and under mutated ends of them: each is answered properly, and
 * whatever an MTA says of a message ends no thread.
 */
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encode } from '../../src/asn1/type.js';
import { type Random, seededRandom } from '../../src/base/random.js';
import { composeProbe, composeSubmission } from '../../src/client/index.js';
import type { Edition } from '../../src/engine/contract.js';
import type { SubmissionOperation, SubmissionOutcome } from '../../src/engine/mts-port.js';
import type { ShardStore } from '../../src/store/contract.js';
import { EXTENSION } from '../../src/x411/extension.js';
import { MtsIdentifier } from '../../src/x411/identifiers.js';
import { MessageSubmissionResult } from '../../src/x411/submission.js';
import { hasError } from '../../src/x413/operation-errors.js';
import { withOptions } from '../../src/x413/submission.js';
import { BOX, openSample, temporaryDirectory } from '../store/samples.js';
import { AskedShard } from '../support/asked-shard.js';
import { deliveryOf, F1_CONTENT } from '../support/fixture-f1.js';
import { Mutator } from '../support/mutate.js';
import { int } from '../support/p7-user.js';
import { addressOf } from '../support/server.js';

const COUNT = Number(process.env.FUZZ_COUNT ?? 4_000);
const SEED = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 1e9));

const IDENTIFIER = {
  globalDomainIdentifier: {
    countryName: { kind: 'printable', value: 'XX' },
    administrationDomainName: { kind: 'printable', value: 'ICAO' },
  },
  localIdentifier: 'MTA-1.1',
} as const;
const RESULT = encode(MessageSubmissionResult, {
  messageSubmissionIdentifier: IDENTIFIER,
  messageSubmissionTime: '260101120000Z',
  contentIdentifier: 'CID 1',
  extensions: [],
});
const envelope = {
  originator: addressOf('box'),
  recipients: [{ address: addressOf('elsewhere'), report: 'report' }],
  contentType: '2.6.1.10.1',
  contentIdentifier: 'CID 1',
} as const;
const forwarding = {
  type: { kind: 'standard', value: EXTENSION.forwardingRequest.number },
  value: int(1),
} as const;
const message = composeSubmission({ ...envelope, content: F1_CONTENT.n2('box') });
const probe = composeProbe({ ...envelope, contentLength: 10 });
const kept = (argument: Uint8Array, objectEntryClass: number) =>
  withOptions(argument, { objectEntryClass, disableAutoModify: false });

const SEEDS: readonly (readonly [SubmissionOperation, Uint8Array])[] = [
  ['message-submission', message],
  ['message-submission', kept(message, 1)],
  ['message-submission', kept(message, 2)],
  [
    'message-submission',
    composeSubmission({
      ...envelope,
      content: F1_CONTENT.n1('box'),
      extensions: [forwarding],
      deferredUntil: new Date('2040-01-01T00:00:00Z'),
      latestDelivery: new Date('2041-01-01T00:00:00Z'),
    }),
  ],
  ['probe-submission', probe],
  ['probe-submission', kept(probe, 1)],
  ['cancel-deferred-delivery', encode(MtsIdentifier, IDENTIFIER)],
];

function outcomeOf(random: Random, results: Mutator): SubmissionOutcome {
  switch (random.below(6)) {
    case 0:
      return { kind: 'error', code: random.below(40), parameter: null };
    case 1:
      return { kind: 'reject', problem: random.below(9) };
    case 2:
      return { kind: 'unreachable', detail: 'none', wasSent: random.below(2) === 0 };
    case 3:
      return { kind: 'result', result: RESULT };
    default:
      return { kind: 'result', result: results.mutate(0) };
  }
}

describe(`a shard under mutated submissions, FUZZ_SEED=${SEED} FUZZ_COUNT=${COUNT}`, () => {
  const directory = temporaryDirectory();
  let store: ShardStore;
  let shard: AskedShard;
  beforeAll(async () => {
    store = await openSample(directory);
    shard = new AskedShard(store);
    const argument = deliveryOf('box', { content: F1_CONTENT.n1('box') });
    await shard.ask({ kind: 'message-delivery', mailbox: BOX, argument });
  });
  afterAll(async () => {
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  });

  /** What is wrong with the answer to a submission; null: nothing. */
  async function submit(random: Random, seeds: Mutator, results: Mutator): Promise<string | null> {
    const at = random.below(SEEDS.length);
    const [operation = 'message-submission'] = SEEDS[at] ?? [];
    const edition: Edition = random.below(2) === 0 ? '88' : '94';
    const argument = seeds.mutate(at);
    const about = { mailbox: BOX, edition, operation } as const;
    const reply = await shard.ask({
      kind: 'submit',
      ...about,
      argument,
      keeps: random.below(2) === 0,
    });
    if (reply.kind === 'result' && edition === '94') return null;
    if (reply.kind === 'reject' && reply.problem === 2) return null;
    if (reply.kind === 'error' && hasError('submit', edition, reply.code)) return null;
    if (reply.kind !== 'submission') return `${operation} ${edition}: ${JSON.stringify(reply)}`;
    const outcome = outcomeOf(random, results);
    const { key } = reply;
    const end = await shard.ask({ kind: 'submitted', ...about, key, argument, outcome });
    const expected = outcome.kind === 'unreachable' ? 'error' : outcome.kind;
    return end.kind === expected ? null : `${outcome.kind} became ${JSON.stringify(end)}`;
  }

  test(
    'answers every one, and properly',
    async () => {
      const random = seededRandom(SEED);
      const seeds = new Mutator(
        SEEDS.map(([, octets]) => octets),
        random,
      );
      const results = new Mutator([RESULT], random);
      for (let done = 0; done < COUNT; done += 100) {
        const round = Array.from({ length: 100 }, () => submit(random, seeds, results));
        const wrongs = (await Promise.all(round)).filter((one) => one !== null);
        expect(wrongs.slice(0, 5)).toEqual([]);
      }
    },
    Math.max(60_000, COUNT * 10),
  );
});
