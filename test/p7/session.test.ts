/** A P7 session between an association and a router that the test holds in its hands. */
import { describe, expect, test } from 'vitest';
import { encode } from '../../src/asn1/type.js';
import { composeSubmission } from '../../src/client/index.js';
import { Directory } from '../../src/directory/directory.js';
import { hashPassword } from '../../src/directory/password.js';
import type { AlertEffect, BindState, Reply, Request } from '../../src/engine/contract.js';
import type { Router } from '../../src/engine/router.js';
import { ALERTS_OUTSTANDING_MAX } from '../../src/limits.js';
import type { BindRefusal } from '../../src/osi/association.js';
import { BoundUsers } from '../../src/p7/bound-users.js';
import { P7Session } from '../../src/p7/session.js';
import type { Log } from '../../src/telemetry/log.js';
import { APPLICATION_CONTEXT, MS_OPERATION } from '../../src/x411/application-contexts.js';
import { keepOrName } from '../../src/x411/or-name.js';
import { MsBindArgument } from '../../src/x413/bind.js';
import { mailboxId } from '../store/samples.js';
import { orName } from '../support/fixture-f1.js';
import { NO_MTS } from '../support/no-mts.js';
import { addressOf } from '../support/server.js';

const BOX = mailboxId('box');
const CONTEXT = APPLICATION_CONTEXT.msAccess88;
const BOUND: BindState = {
  isAlertPending: false,
  isContextAcceptable: true,
  isUserAgentKnown: false,
};
const FAILURE: Reply = { kind: 'failure', error: { kind: 'damage', code: 'x', detail: 'y' } };
const hash = await hashPassword('configured');
const result = (text: string): Reply => ({ kind: 'result', result: Buffer.from(text) });
const alertOf = (sequence: number): AlertEffect => ({
  kind: 'alert',
  mailbox: BOX,
  sequence,
  argument: { '88': Uint8Array.of(0x31, 0), '94': Uint8Array.of(0x31, 2, 5, 0) },
});

/** Everything that a session says to either side, and the answers that the test gives. */
class Stage {
  readonly requests: Request[] = [];
  readonly invoked: { readonly syntax: string; readonly operation: number }[] = [];
  refusal: BindRefusal | null = null;
  isBound = false;
  /** What the shard answers; a request without an answer waits in `held`. */
  answers: Partial<Record<Request['kind'], Reply>> = {
    credentials: result(''),
    bind: result(JSON.stringify(BOUND)),
    alerted: result(''),
  };
  isReading = true;
  readonly errors: number[] = [];
  /** Whether the MTAs have room, and who waits for it. */
  mtsRoom = { hasRoom: true, waiting: [] as (() => void)[] };
  readonly held: ((reply: Reply) => void)[] = [];
  readonly users = new BoundUsers();
  readonly session: P7Session;

  constructor() {
    const association = {
      isBehind: false,
      setReading: (isReading: boolean) => {
        this.isReading = isReading;
      },
      error: (_: number, code: number) => this.errors.push(code),
      bindResult: () => {
        this.isBound = true;
      },
      bindError: (refusal: BindRefusal) => {
        this.refusal = refusal;
      },
      invoke: (syntax: string, operation: number) => this.invoked.push({ syntax, operation }),
      unbindResponse: () => undefined,
    };
    const router = {
      request: (request: Request, done: (reply: Reply) => void) => {
        this.requests.push(request);
        const answer = this.answers[request.kind];
        if (answer === undefined) this.held.push(done);
        else done(answer);
      },
      hasRoom: () => true,
    };
    const silent = () => undefined;
    const room = () => this.mtsRoom;
    const services = {
      directory: new Directory(
        [{ id: BOX, addresses: [addressOf('box')], passwordHash: hash }],
        [],
      ),
      router: router as unknown as Router,
      log: { info: silent, warn: silent, error: silent } as unknown as Log,
      storePassword: '',
      mts: {
        ...NO_MTS,
        onRoom: (listener: () => void) => this.mtsRoom.waiting.push(listener),
        get hasRoom() {
          return room().hasRoom;
        },
      },
      users: this.users,
    };
    this.session = new P7Session(association as never, services, CONTEXT);
  }

  /** Binds, and gives the session the time that a password takes. */
  async bind(password = 'configured', hasRetrieval = true): Promise<void> {
    const syntaxes = [CONTEXT.bind, ...(hasRetrieval ? [CONTEXT.delivery] : [])];
    this.session.onEvent({
      type: 'bind',
      applicationContext: CONTEXT.oid,
      contexts: syntaxes.map((abstractSyntax, i) => ({ id: 2 * i + 1, abstractSyntax })),
      addresses: {},
      bindSyntax: CONTEXT.bind,
      argument: encode(MsBindArgument, {
        initiatorName: keepOrName(orName(addressOf('box'))),
        initiatorCredentials: { kind: 'simpleIa5', value: password },
        msConfigurationRequest: false,
      }),
    });
    await this.until(() => this.isBound || this.refusal !== null || this.held.length > 0);
  }

  async until(isSo: () => boolean): Promise<void> {
    for (let i = 0; i < 1_000 && !isSo(); i += 1) {
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect(isSo()).toBe(true);
  }

  get alertedNumbers(): number[] {
    return this.requests.flatMap((each) => (each.kind === 'alerted' ? [each.sequence] : []));
  }
}

const problemOf = ({ refusal }: Stage) => [refusal?.error?.at(-1), refusal?.isTransient];

describe('a bind', () => {
  test('with the password that the user has set, and no longer with the configured one', async () => {
    const own = await hashPassword('own');
    const stage = new Stage();
    stage.answers.credentials = result(own);
    await stage.bind('own');
    expect(stage.isBound).toBe(true);
    const other = new Stage();
    other.answers.credentials = result(own);
    await other.bind('configured');
    expect(problemOf(other)).toEqual([0, false]);
  });

  test('is refused where nobody can tell which password is right', async () => {
    const stage = new Stage();
    stage.answers.credentials = FAILURE;
    await stage.bind();
    expect([stage.isBound, problemOf(stage)]).toEqual([false, [2, true]]);
    expect(stage.users.countOf(BOX)).toBe(0);
  });

  test('is refused where its state cannot be told, and is not counted', async () => {
    const stage = new Stage();
    stage.answers.bind = FAILURE;
    await stage.bind();
    expect([stage.isBound, problemOf(stage)]).toEqual([false, [2, true]]);
    expect(stage.users.countOf(BOX)).toBe(0);
  });

  test('that is given up while it waits leaves nothing behind', async () => {
    const stage = new Stage();
    delete stage.answers.bind;
    await stage.bind();
    stage.session.onClosed();
    stage.held[0]?.(result(JSON.stringify(BOUND)));
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect([stage.isBound, stage.refusal, stage.users.countOf(BOX)]).toEqual([false, null, 0]);
  });
});

describe('a submission', () => {
  const argument = composeSubmission({
    originator: addressOf('box'),
    recipients: [addressOf('elsewhere')],
    contentType: '2.6.3.3.0',
    content: Buffer.from('content'),
  });
  const invoke = (stage: Stage, invokeId: number) =>
    stage.session.onEvent({
      type: 'invoke',
      invokeId,
      abstractSyntax: CONTEXT.submission,
      operation: 3,
      argument,
    } as never);

  test('waits where the MTAs have no room, and nothing more is read meanwhile', async () => {
    const stage = new Stage();
    stage.answers.submit = { kind: 'submission', key: null, argument: null };
    await stage.bind();
    stage.mtsRoom.hasRoom = false;
    invoke(stage, 1);
    expect([stage.isReading, stage.errors]).toEqual([false, []]);
    stage.mtsRoom.hasRoom = true;
    for (const resume of stage.mtsRoom.waiting) resume();
    expect(stage.isReading).toBe(true);
    // The MTA of this stage is not there.
    await stage.until(() => stage.errors.length === 1);
    expect(stage.errors).toEqual([15]);
  });
});

describe('an alert', () => {
  test('that comes before the bind is answered is invoked behind the answer', async () => {
    const stage = new Stage();
    delete stage.answers.bind;
    await stage.bind();
    stage.users.alert(alertOf(5));
    expect(stage.invoked).toEqual([]);
    stage.held[0]?.(result(JSON.stringify(BOUND)));
    await stage.until(() => stage.isBound);
    expect(stage.invoked).toEqual([{ syntax: CONTEXT.delivery, operation: MS_OPERATION.alert }]);
  });

  test('goes on the context of the bind where the peer has no other', async () => {
    const stage = new Stage();
    await stage.bind('configured', false);
    stage.users.alert(alertOf(5));
    expect(stage.invoked).toEqual([{ syntax: CONTEXT.bind, operation: MS_OPERATION.alert }]);
  });

  test('that is taken is told to the shard; one that is refused or rejected is not', async () => {
    const stage = new Stage();
    await stage.bind();
    for (const sequence of [5, 6, 7]) stage.users.alert(alertOf(sequence));
    stage.session.onEvent({ type: 'error', invokeId: 1, code: 26, parameter: null });
    stage.session.onEvent({
      type: 'reject',
      invokeId: 2,
      reject: { kind: 'invoke', problem: 1 },
    });
    stage.session.onEvent({ type: 'result', invokeId: 3, result: null });
    stage.session.onEvent({ type: 'result', invokeId: 3, result: null });
    expect(stage.alertedNumbers).toEqual([7]);
  });

  test('is not sent to who does not answer, nor to who leaves', async () => {
    const stage = new Stage();
    await stage.bind();
    for (let i = 0; i < ALERTS_OUTSTANDING_MAX + 9; i += 1) stage.users.alert(alertOf(i + 1));
    expect(stage.invoked).toHaveLength(ALERTS_OUTSTANDING_MAX);
    stage.session.onEvent({ type: 'result', invokeId: 1, result: null });
    stage.users.alert(alertOf(99));
    expect(stage.invoked).toHaveLength(ALERTS_OUTSTANDING_MAX + 1);
    stage.session.onEvent({ type: 'result', invokeId: 2, result: null });
    stage.session.onEvent({ type: 'unbind' });
    stage.users.alert(alertOf(100));
    stage.session.onClosed();
    stage.users.alert(alertOf(101));
    expect(stage.invoked).toHaveLength(ALERTS_OUTSTANDING_MAX + 1);
  });
});
