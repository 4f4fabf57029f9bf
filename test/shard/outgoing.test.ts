/** What a shard does with a submission and its end, the store failing or not. */
import { rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { encode } from '../../src/asn1/type.js';
import { composeSubmission } from '../../src/client/index.js';
import type { Edition, Request } from '../../src/engine/contract.js';
import type { SubmissionOutcome } from '../../src/engine/mts-port.js';
import { boxOf } from '../../src/store/box.js';
import type { ShardStore } from '../../src/store/contract.js';
import { MessageSubmissionResult } from '../../src/x411/submission.js';
import { ownResultsOf } from '../../src/x413/submission.js';
import { mailboxId, openSample, temporaryDirectory } from '../store/samples.js';
import { AskedShard } from '../support/asked-shard.js';
import { addressOf } from '../support/server.js';

const BOX = mailboxId('box');
const OUT = boxOf(BOX, 'out');
const ARGUMENT = composeSubmission({
  originator: addressOf('box'),
  recipients: [addressOf('elsewhere')],
  contentType: '2.6.3.3.0',
  content: Buffer.from('content'),
});
const RESULT = encode(MessageSubmissionResult, {
  messageSubmissionIdentifier: {
    globalDomainIdentifier: {
      countryName: { kind: 'printable', value: 'XX' },
      administrationDomainName: { kind: 'printable', value: 'ICAO' },
    },
    localIdentifier: 'MTA-1.1',
  },
  messageSubmissionTime: '260101120000Z',
  extensions: [],
});
const TAKEN = { kind: 'result', result: RESULT } as const;
const REMOTE_BIND_ERROR = { kind: 'error', code: 15, parameter: null };

describe('a shard that submits', () => {
  let directory: string;
  let real: ShardStore;
  let shard: AskedShard;
  /** Operations of the store that fail. */
  const failing = new Set<keyof ShardStore>();

  const newShard = () => new AskedShard(withFailures(real));
  beforeEach(async () => {
    directory = temporaryDirectory();
    real = await openSample(directory);
    failing.clear();
    shard = newShard();
  });
  afterEach(async () => {
    await real.close();
    rmSync(directory, { recursive: true, force: true });
  });

  function withFailures(store: ShardStore): ShardStore {
    const outcome = { kind: 'unavailable', detail: 'for the test' } as const;
    return new Proxy(store, {
      get(target, name: keyof ShardStore) {
        const method = target[name];
        if (typeof method !== 'function') return method;
        if (!failing.has(name)) return method.bind(target);
        return (...args: unknown[]) => {
          const done = args.at(-1) as (outcome: unknown, key: null) => void;
          done(
            name === 'deliver' ? { outcome, sequence: null, isRepetition: false } : outcome,
            null,
          );
        };
      },
    });
  }

  const ask = (request: Request) => shard.ask(request);
  const about = (edition: Edition) =>
    ({ mailbox: BOX, edition, operation: 'message-submission' }) as const;
  const begin = (edition: Edition, keeps = true) =>
    ask({ kind: 'submit', ...about(edition), argument: ARGUMENT, keeps });
  const end = (edition: Edition, key: string | null, outcome: SubmissionOutcome) =>
    ask({ kind: 'submitted', ...about(edition), key, argument: new Uint8Array(0), outcome });
  async function keyOf(edition: Edition): Promise<string> {
    const reply = await begin(edition);
    if (reply.kind !== 'submission' || reply.key === null) throw new Error('it has not begun');
    return reply.key;
  }
  const kept = () => real.mailbox(OUT).count;

  test('what nobody wants kept goes out as it came, and is not journalled', async () => {
    expect(await begin('88', false)).toEqual({ kind: 'submission', key: null, argument: null });
    expect(real.statistics().records).toBe(0);
  });

  test('what cannot be journalled does not go out', async () => {
    failing.add('beginSubmission');
    expect(await begin('88')).toEqual(REMOTE_BIND_ERROR);
    expect(await begin('94')).toMatchObject({ kind: 'error', code: 27 });
  });

  test.each(['88', '94'] as const)(
    'the copy is stored before the user is answered (%s)',
    async (edition) => {
      const key = await keyOf(edition);
      expect(kept()).toBe(0);
      const reply = await end(edition, key, TAKEN);
      expect(kept()).toBe(1);
      if (reply.kind !== 'result') throw new Error('it is no result');
      if (edition === '88') expect(Buffer.from(reply.result)).toEqual(Buffer.from(RESULT));
      else expect(ownResultsOf(reply.result)).toMatchObject({ createdEntry: 1 });
    },
  );

  test('the message has gone: the user hears it, though the copy cannot be stored', async () => {
    const key = await keyOf('94');
    failing.add('deliver');
    const reply = await end('94', key, TAKEN);
    expect(reply.kind === 'result' && Buffer.from(reply.result)).toEqual(Buffer.from(RESULT));
    expect(kept()).toBe(0);
  });

  test.each([
    [
      { kind: 'error', code: 4, parameter: null },
      { kind: 'error', code: 4 },
    ],
    [
      { kind: 'reject', problem: 3 },
      { kind: 'reject', problem: 3 },
    ],
    [{ kind: 'unreachable', detail: 'none', wasSent: false }, REMOTE_BIND_ERROR],
  ] as const)(
    '%j: answered so, and nothing is kept, nor by the next start',
    async (outcome, reply) => {
      expect(await end('94', await keyOf('94'), outcome)).toMatchObject(reply);
      await real.close();
      real = await openSample(directory);
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(kept()).toBe(0);
    },
  );

  test('sent and not answered: an error, and a copy without a result', async () => {
    const lost = { kind: 'unreachable', detail: 'lost', wasSent: true } as const;
    expect(await end('94', await keyOf('94'), lost)).toEqual(REMOTE_BIND_ERROR);
    expect(kept()).toBe(1);
    const entry = real.mailbox(OUT).entry(1);
    expect(entry?.cached.get(3)).toBeUndefined();
  });

  test('a shard that has died meanwhile knows nothing of it: what the MTA has said is true', async () => {
    const key = await keyOf('94');
    shard = newShard();
    const reply = await end('94', key, TAKEN);
    expect(reply.kind === 'result' && Buffer.from(reply.result)).toEqual(Buffer.from(RESULT));
    expect(await end('94', key, { kind: 'reject', problem: 1 })).toEqual({
      kind: 'reject',
      problem: 1,
    });
  });
});
