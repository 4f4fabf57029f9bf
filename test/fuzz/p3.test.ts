/**
 * Whatever an MTA answers or invokes on an association that the store has opened, the store goes
 * on: each of its operations is answered once, and each submission comes to an end. And whatever is
 * submitted, the MTA that comes with the store answers it. FUZZ_COUNT and FUZZ_SEED as in
 * shard.test.ts.
 */
import { describe, expect, test } from 'vitest';
import { bitsOf } from '../../src/asn1/bit-string.js';
import { encode } from '../../src/asn1/type.js';
import { seededRandom } from '../../src/base/random.js';
import {
  composeDelivery,
  composeProbe,
  composeReport,
  composeSubmission,
  MtaServer,
} from '../../src/client/index.js';
import { Directory } from '../../src/directory/directory.js';
import type { Reply, Request } from '../../src/engine/contract.js';
import type { SubmissionOperation, SubmissionOutcome } from '../../src/engine/mts-port.js';
import type { AssociationCommands, AssociationEvent } from '../../src/osi/association.js';
import { ReportRoutes } from '../../src/p3/report-routes.js';
import { SubmissionLink } from '../../src/p3/submission-link.js';
import { APPLICATION_CONTEXT, MTS_OPERATION } from '../../src/x411/application-contexts.js';
import { MtsBindResult } from '../../src/x411/bind.js';
import { Controls } from '../../src/x411/control.js';
import { MtsIdentifier } from '../../src/x411/identifiers.js';
import { ChangeCredentialsArgument } from '../../src/x411/register.js';
import { SecurityLabel } from '../../src/x411/security-label.js';
import { MessageSubmissionResult } from '../../src/x411/submission.js';
import { mailboxId } from '../store/samples.js';
import { orName } from '../support/fixture-f1.js';
import { Mutator } from '../support/mutate.js';
import { addressOf } from '../support/server.js';
import { storeSide } from '../support/store-side.js';

const SEED = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 1e9));
const COUNT = Math.ceil(Number(process.env.FUZZ_COUNT ?? 20_000) / 2);
/** These go over TCP, and what is no BER ends the association. */
const SUBMISSIONS = Math.ceil(COUNT / 10);
const timeout = Math.max(60_000, 2 * COUNT);
const BOX = mailboxId('fuzz');
const P22 = '2.6.1.10.1';
const CONTEXT = APPLICATION_CONTEXT.mtsAccess94;

const from = addressOf('fuzz');
const content = Uint8Array.of(0x30, 0);
const label = { securityClassification: 2, privacyMark: 'x' };
const identifier = {
  globalDomainIdentifier: {
    countryName: { kind: 'printable', value: 'XX' },
    administrationDomainName: { kind: 'printable', value: 'ICAO' },
  },
  localIdentifier: 'L.1',
} as const;
const messageSubmission = composeSubmission({
  originator: from,
  recipients: [{ address: from, report: 'report' }, addressOf('x')],
  contentType: P22,
  content,
  contentIdentifier: 'CID',
  priority: 'urgent',
  disclosesRecipients: true,
  latestDelivery: new Date(Date.UTC(2030, 0, 1)),
  extensions: [
    { type: { kind: 'standard', value: 20 }, value: encode(SecurityLabel, label) },
    { type: { kind: 'private', value: '1.2.3' }, criticality: bitsOf([0]) },
  ],
});
const probeSubmission = composeProbe({ originator: from, recipients: [from], contentType: P22 });

/** What an MTA says, each with the operation it belongs to; null: an answer to one of ours. */
const SEEDS: readonly (readonly [number | null, Uint8Array])[] = [
  [
    null,
    encode(MessageSubmissionResult, {
      messageSubmissionIdentifier: identifier,
      messageSubmissionTime: '260101120000Z',
      extensions: [],
    }),
  ],
  [
    MTS_OPERATION.messageDelivery,
    composeDelivery({ recipient: from, originator: from, contentType: P22, content }),
  ],
  [
    MTS_OPERATION.reportDelivery,
    composeReport({ recipient: from, outcome: 'non-delivery', returnedContent: content }),
  ],
  [
    MTS_OPERATION.submissionControl,
    encode(Controls, {
      restrict: true,
      permissibleOperations: bitsOf([0, 1]),
      permissibleMaximumContentLength: 100,
      permissibleLowestPriority: 'normal',
      permissibleSecurityContext: [label],
      extensions: [],
    }),
  ],
  [
    MTS_OPERATION.changeCredentials,
    encode(ChangeCredentialsArgument, {
      oldCredentials: { kind: 'simpleIa5', value: 'old' },
      newCredentials: { kind: 'simpleIa5', value: 'new' },
    }),
  ],
];
const BIND_RESULT = encode(MtsBindResult, {
  responderName: { kind: 'mta', value: 'MTA-1' },
  responderCredentials: { kind: 'simpleIa5', value: 'secret' },
  extensions: [],
});

/** Every password is wrong, and at once: a hash is slow on purpose. */
class ShutDirectory extends Directory {
  override authenticateMta() {
    return Promise.resolve(null);
  }
}

const silent = () => undefined;
const services = {
  directory: new ShutDirectory([{ id: BOX, addresses: [from], passwordHash: '' }], []),
  router: {
    request: (_: Request, done: (reply: Reply) => void) =>
      done({ kind: 'result', result: Uint8Array.of(0x31, 0) }),
    hasRoom: () => true,
    onRoom: silent,
  },
  log: { info: silent, warn: silent, error: silent },
  reportRoutes: new ReportRoutes(new Map()),
  controlUsers: (_m: unknown, _a: unknown, done: (waiting: null) => void) => done(null),
};

/** The MTA's end of an association without a network. */
class FakeMta {
  /** How often each of the MTA's invocations was answered. */
  readonly answers = new Map<number, number>();
  /** What the store has invoked and nobody has answered. */
  readonly asked: number[] = [];
  link: SubmissionLink | null = null;
  #handler: (event: AssociationEvent) => void = silent;
  #invoked = 0;
  isOver = false;

  async open(bindResult: Uint8Array): Promise<void> {
    const count = (id: number) => this.answers.set(id, (this.answers.get(id) ?? 0) + 1);
    const commands: AssociationCommands & { setReading(isReading: boolean): void } = {
      bind: () => this.#handler({ type: 'bound', result: bindResult, syntaxes: [] }),
      invoke: () => {
        this.#invoked += 1;
        this.asked.push(this.#invoked);
        return this.#invoked;
      },
      result: count,
      error: count,
      reject: count,
      abort: () => {
        this.isOver = true;
      },
      unbind: silent,
      unbindResponse: silent,
      bindResult: silent,
      bindError: silent,
      setReading: silent,
    };
    const access = {
      name: 'MTA-1',
      context: CONTEXT,
      addresses: {},
      responderPassword: 'secret',
      nameForm: 'messageStore',
      associationsMax: 1,
      operationsMax: 16,
      idleMs: 1_000,
      unreachableWaitMs: 0,
    } as const;
    this.link = await SubmissionLink.open({
      access,
      submitter: { name: orName(from), password: '', reportsTo: BOX, mailbox: BOX },
      services,
      connect: (handler) => {
        this.#handler = handler;
        return Promise.resolve(commands);
      },
      onEnd: silent,
    });
  }

  say(event: AssociationEvent): void {
    this.#handler(event);
  }
}

describe(`P3 under mutations, FUZZ_SEED=${SEED} FUZZ_COUNT=${2 * COUNT}`, () => {
  test('a bind result of any kind binds, or says why not', { timeout }, async () => {
    const mutator = new Mutator([BIND_RESULT], seededRandom(SEED));
    let bound = 0;
    for (let count = 0; count < COUNT / 10; count += 1) {
      const mta = new FakeMta();
      const failure = await mta.open(mutator.mutate(0)).then(
        () => null,
        (error: unknown) => error,
      );
      if (failure === null) bound += 1;
      else expect((failure as Error).message).toMatch(/cannot be read|not proved/);
      expect(mta.isOver).toBe(failure !== null);
    }
    expect(bound).toBeGreaterThan(0);
  });

  test('whatever the MTA says, it is answered once, and submissions come to an end', {
    timeout,
  }, async () => {
    const random = seededRandom(SEED + 1);
    const mutator = new Mutator(
      SEEDS.map(([, octets]) => octets),
      random,
    );
    const submissions = new Mutator([messageSubmission, probeSubmission], random);
    const mta = new FakeMta();
    await mta.open(BIND_RESULT);
    const { link } = mta;
    const outcomes = new Map<number, SubmissionOutcome[]>();
    for (let id = 1; id <= COUNT; id += 1) {
      const at = random.below(SEEDS.length);
      const [operation] = SEEDS[at] ?? [null];
      const octets = mutator.mutate(at);
      if (operation !== null) {
        const invoke = { type: 'invoke', syntax: CONTEXT.delivery, operation } as const;
        mta.say({ ...invoke, invokeId: id, argument: octets });
        continue;
      }
      const kind: SubmissionOperation =
        random.below(2) === 0 ? 'message-submission' : 'probe-submission';
      const argument = submissions.mutate(kind === 'message-submission' ? 0 : 1);
      expect(link?.permits(kind, argument)).toBeTypeOf('boolean');
      const own: SubmissionOutcome[] = [];
      outcomes.set(id, own);
      link?.submit(kind, argument, (outcome) => own.push(outcome));
      const invokeId = mta.asked.pop() ?? 0;
      mta.say({ type: 'result', invokeId, result: octets });
      // And once more, which is nobody's.
      mta.say({ type: 'result', invokeId, result: octets });
      services.reportRoutes.remember({ mailbox: BOX, mta: 'MTA-1' }, octets);
    }
    // Passwords are judged in turns of their own.
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(link?.isOpen).toBe(true);
    expect([...outcomes.values()].every((own) => own.length === 1)).toBe(true);
    expect([...mta.answers.values()].every((times) => times === 1)).toBe(true);
    expect(mta.answers.size).toBe(COUNT - outcomes.size);
  });

  test('whatever is submitted, the MTA answers it', { timeout }, async () => {
    const random = seededRandom(SEED + 2);
    const cancel = encode(MtsIdentifier, identifier);
    const seeds = [messageSubmission, probeSubmission, cancel];
    const operations: readonly SubmissionOperation[] = [
      'message-submission',
      'probe-submission',
      'cancel-deferred-delivery',
    ];
    const mutator = new Mutator(seeds, random);
    const mta = await MtaServer.open({ name: 'MTA-1', password: 'x', stores: [] });
    const store = storeSide({
      port: mta.port,
      access: { responderPassword: null, operationsMax: 1, associationsMax: 8 },
      pool: { retryMinMs: 0 },
    });
    const kinds = new Map<string, number>();
    const work = async () => {
      for (let count = 0; count < SUBMISSIONS / 8; count += 1) {
        const at = random.below(seeds.length);
        const outcome = await store.submit(
          operations[at] ?? 'message-submission',
          mutator.mutate(at),
        );
        kinds.set(outcome.kind, (kinds.get(outcome.kind) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: 8 }, work));
    expect(kinds.get('result')).toBeGreaterThan(0);
    expect(kinds.get('reject')).toBeGreaterThan(0);
    const after = await store.submit('probe-submission', probeSubmission);
    expect(after.kind).not.toBe('reject');
    await store.submissions.close(1_000);
    await mta.close();
  });
});
