/**
 * Whatever a bind argument holds, a session answers it: this is what somebody can send who has no
 * password. FUZZ_COUNT and FUZZ_SEED as in shard.test.ts.
 */
import { describe, expect, test } from 'vitest';
import { decode, encode } from '../../src/asn1/type.js';
import { seededRandom } from '../../src/base/random.js';
import { Directory } from '../../src/directory/directory.js';
import type { Reply, Request } from '../../src/engine/contract.js';
import type { Router } from '../../src/engine/router.js';
import { BoundUsers } from '../../src/p7/bound-users.js';
import { P7Session } from '../../src/p7/session.js';
import type { Log } from '../../src/telemetry/log.js';
import { APPLICATION_CONTEXT } from '../../src/x411/application-contexts.js';
import { keepOrName, type OrName } from '../../src/x411/or-name.js';
import { MsBindArgument, MsBindResult } from '../../src/x413/bind.js';
import { mailboxId } from '../store/samples.js';
import { orName } from '../support/fixture-f1.js';
import { Mutator } from '../support/mutate.js';
import { NO_MTS } from '../support/no-mts.js';
import { addressOf } from '../support/server.js';

const SEED = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 1e9));
/** A refusal takes its time on purpose, so these are fewer, and all at once. */
const COUNT = Math.ceil(Number(process.env.FUZZ_COUNT ?? 20_000) / 5);
const BOX = mailboxId('fuzz');

/** Every password is right: a hash is slow on purpose, and not what is looked for. */
class OpenDirectory extends Directory {
  override authenticateUser(name: OrName, password: Uint8Array | null) {
    return Promise.resolve(password === null ? null : this.mailboxOf(name));
  }
}

const credentials = { kind: 'simpleIa5', value: 'secret' } as const;
const extension = Uint8Array.of(0x28, 10, 6, 4, 0x56, 4, 9, 99, 0xa0, 2, 5, 0);
const SEEDS = [
  {
    initiatorName: keepOrName(orName(addressOf('fuzz'))),
    initiatorCredentials: credentials,
    msConfigurationRequest: true,
  },
  {
    initiatorName: keepOrName(orName('/C=XX/A=ICAO/P=X/O=Y/S=Sur/G=Gi/I=I/DD.T=V/')),
    initiatorCredentials: credentials,
    msConfigurationRequest: false,
    securityContext: [{ securityClassification: 3, privacyMark: 'x' }],
    fetchRestrictions: { allowedContentTypes: ['2.6.1.10.1'], maximumAttributeLength: 9 },
    uaRegistrationIdentifier: 'desk',
    bindExtensions: [extension],
  },
].map((argument) => encode(MsBindArgument, argument));

/** Answers as a shard does that knows nothing of the mailbox. */
function replyTo(request: Request): Reply {
  const state = { isAlertPending: false, isContextAcceptable: true, isUserAgentKnown: false };
  const text = request.kind === 'bind' ? JSON.stringify(state) : '';
  return { kind: 'result', result: Buffer.from(text) };
}

describe(`a session under mutated binds, FUZZ_SEED=${SEED} FUZZ_COUNT=${5 * COUNT}`, () => {
  const silent = () => undefined;
  const services = {
    directory: new OpenDirectory(
      [{ id: BOX, addresses: [addressOf('fuzz')], passwordHash: '' }],
      [],
    ),
    router: {
      request: (request: Request, done: (reply: Reply) => void) => done(replyTo(request)),
    } as unknown as Router,
    log: { info: silent, warn: silent, error: silent } as unknown as Log,
    storePassword: '',
    mts: NO_MTS,
    users: new BoundUsers(),
  };

  /** The bind result or error; `none`: refused without one. */
  function bind(argument: Uint8Array, edition: '88' | '94'): Promise<Uint8Array | 'none'> {
    const context =
      edition === '88' ? APPLICATION_CONTEXT.msAccess88 : APPLICATION_CONTEXT.msAccess94;
    return new Promise((resolve) => {
      const answer = (octets: Uint8Array | 'none') => {
        session.onClosed();
        resolve(octets);
      };
      const association = {
        isBehind: false,
        setReading: silent,
        bindResult: (_syntaxes: readonly string[], result: Uint8Array) => {
          decode(MsBindResult, result);
          answer(result);
        },
        bindError: ({ error }: { error: Uint8Array | null }) => answer(error ?? 'none'),
      };
      const session = new P7Session(association as never, services, context);
      session.onEvent({
        type: 'bind',
        applicationContext: context.oid,
        contexts: [{ id: 3, abstractSyntax: context.bind }],
        addresses: {},
        bindSyntax: context.bind,
        argument,
      });
    });
  }

  test(
    'answers every one',
    async () => {
      const random = seededRandom(SEED);
      const mutator = new Mutator(SEEDS, random);
      for (let done = 0; done < COUNT; done += 500) {
        const answers = Array.from({ length: Math.min(500, COUNT - done) }, () =>
          bind(mutator.mutate(random.below(SEEDS.length)), random.below(2) === 0 ? '88' : '94'),
        );
        for (const answer of await Promise.all(answers)) {
          const text = answer === 'none' ? answer : Buffer.from(answer).toString('hex');
          expect(text).toMatch(/^(none|0a010[012]|31.*)$/);
        }
      }
    },
    Math.max(60_000, COUNT * 20),
  );
});
