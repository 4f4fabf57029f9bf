/** The store submits: against an MTA over TCP that does what the protocol says, and what it must not. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { bitsOf } from '../../src/asn1/bit-string.js';
import { decode, encode } from '../../src/asn1/type.js';
import {
  composeProbe,
  composeSubmission,
  type FaultRule,
  type MtaEvent,
  MtaServer,
  type MtaServerOptions,
  type SubmissionInput,
} from '../../src/client/index.js';
import { type MailboxId, parseMailboxId } from '../../src/engine/mailbox-id.js';
import { APPLICATION_CONTEXT } from '../../src/x411/application-contexts.js';
import { EXTENSION } from '../../src/x411/extension.js';
import { MtsIdentifier } from '../../src/x411/identifiers.js';
import { SecurityLabel } from '../../src/x411/security-label.js';
import { MessageSubmissionResult, ProbeSubmissionResult } from '../../src/x411/submission.js';
import { addressOf, freePort } from '../support/server.js';
import {
  ALPHA,
  BRAVO,
  MTA_SECRET,
  STORE_SECRET,
  type StoreSide,
  type StoreSideOptions,
  storeSide,
} from '../support/store-side.js';

const P22 = '2.6.1.10.1';
const users = ['alpha', 'bravo'].map((name) => ({
  address: addressOf(name),
  password: STORE_SECRET,
}));

const message = (change: Partial<SubmissionInput> = {}) =>
  composeSubmission({
    originator: addressOf('alpha'),
    recipients: [{ address: addressOf('bravo'), report: 'none' }],
    contentType: P22,
    content: Uint8Array.of(0x30, 0),
    ...change,
  });
const probe = composeProbe({
  originator: addressOf('alpha'),
  recipients: [addressOf('bravo')],
  contentType: P22,
  contentLength: 10,
});

describe('submissions of the store', () => {
  const open: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const one of open.splice(0).reverse()) await one.close();
  });

  async function mtaOf(change: Partial<MtaServerOptions> = {}) {
    const events: MtaEvent[] = [];
    const mta = await MtaServer.open({
      name: 'MTA-1',
      password: MTA_SECRET,
      users,
      stores: [],
      onEvent: (event) => events.push(event),
      ...change,
    });
    open.push(mta);
    return { mta, events };
  }

  function storeOf(options: StoreSideOptions): StoreSide {
    const store = storeSide(options);
    open.push({ close: () => store.submissions.close(1_000) });
    return store;
  }

  const pair = async (
    faults: readonly FaultRule[] = [],
    options: Partial<StoreSideOptions> = {},
    change: Partial<MtaServerOptions> = {},
  ) => {
    const { mta, events } = await mtaOf({ faults, ...change });
    return { mta, events, store: storeOf({ port: mta.port, ...options }) };
  };
  const boundIn = (events: readonly MtaEvent[]) => events.filter(({ type }) => type === 'bound');

  test.each([APPLICATION_CONTEXT.mtsAccess88, APPLICATION_CONTEXT.mtsAccess94])(
    'a message and a probe get identifier and time: $name',
    async (context) => {
      const { store } = await pair([], { access: { context } });
      const argument = message({ contentIdentifier: 'CID-1' });
      const outcome = await store.submit('message-submission', argument);
      if (outcome.kind !== 'result') throw new Error(JSON.stringify(outcome));
      const result = decode(MessageSubmissionResult, outcome.result);
      expect(result.contentIdentifier).toBe('CID-1');
      expect(result.messageSubmissionIdentifier.localIdentifier).toMatch(/^MTA-1\./);
      const probed = await store.submit('probe-submission', probe);
      if (probed.kind !== 'result') throw new Error(JSON.stringify(probed));
      const { probeSubmissionIdentifier } = decode(ProbeSubmissionResult, probed.result);
      expect(probeSubmissionIdentifier.localIdentifier).not.toBe(
        result.messageSubmissionIdentifier.localIdentifier,
      );
    },
  );

  test('a deferred message is cancelled once; an unknown one cannot be', async () => {
    const { store } = await pair();
    const deferredUntil = new Date(Date.now() + 3_600_000);
    const outcome = await store.submit('message-submission', message({ deferredUntil }));
    if (outcome.kind !== 'result') throw new Error(JSON.stringify(outcome));
    const { messageSubmissionIdentifier } = decode(MessageSubmissionResult, outcome.result);
    const identifier = encode(MtsIdentifier, messageSubmissionIdentifier);
    expect(await store.submit('cancel-deferred-delivery', identifier)).toEqual({
      kind: 'result',
      result: Buffer.of(5, 0),
    });
    expect(await store.submit('cancel-deferred-delivery', identifier)).toMatchObject({
      kind: 'error',
      code: 7,
    });
  });

  test('the errors of the MTA come back as they are', async () => {
    const { store } = await pair([
      { on: 'message-submission', times: 1, do: { error: 4 } },
      { on: 'message-submission', times: 1, do: { reject: 3 } },
    ]);
    const submit = (argument: Uint8Array) => store.submit('message-submission', argument);
    expect(await submit(message())).toEqual({
      kind: 'error',
      code: 4,
      parameter: Buffer.of(5, 0),
    });
    expect(await submit(message())).toEqual({ kind: 'reject', problem: 3 });
    expect(await submit(message({ originator: addressOf('bravo') }))).toMatchObject({ code: 2 });
    expect(await submit(Uint8Array.of(0x30, 0))).toEqual({ kind: 'reject', problem: 2 });
    expect(store.submissions.statistics).toEqual({
      underWay: 0,
      underWayBytes: 0,
      results: 0,
      errors: 2,
      rejects: 2,
      unreachable: 0,
      uncertain: 0,
    });
  });

  test('many go out at once, over no more associations than are allowed', async () => {
    const { events, store } = await pair([{ on: 'message-submission', do: { delayMs: 40 } }], {
      access: { associationsMax: 2, operationsMax: 3 },
    });
    const all = Array.from({ length: 20 }, () => store.submit('message-submission', message()));
    const outcomes = await Promise.all(all);
    expect(outcomes.map(({ kind }) => kind)).toEqual(Array(20).fill('result'));
    expect(boundIn(events)).toHaveLength(2);
  });

  test('each mailbox binds as itself; an idle association makes room for another', async () => {
    const { events, store } = await pair([], { access: { associationsMax: 1 } });
    for (const mailbox of [ALPHA, BRAVO, ALPHA]) {
      const argument = message({ originator: addressOf(mailbox) });
      const outcome = await store.submit('message-submission', argument, mailbox);
      expect(outcome.kind).toBe('result');
    }
    expect(boundIn(events).map((event) => 'user' in event && event.user.slice(-8))).toEqual([
      'cn=alpha',
      'cn=bravo',
      'cn=alpha',
    ]);
  });

  test('many mailboxes share few associations, and each has its turn', async () => {
    const mailboxes = Array.from({ length: 30 }, (_, i) => parseMailboxId(`box${i}`) as MailboxId);
    const { mta, events } = await mtaOf({ users: undefined });
    const store = storeOf({ port: mta.port, mailboxes, access: { associationsMax: 3 } });
    const work = async (mailbox: MailboxId) => {
      const kinds: string[] = [];
      for (let count = 0; count < 4; count += 1) {
        const argument = message({ originator: addressOf(mailbox) });
        kinds.push((await store.submit('message-submission', argument, mailbox)).kind);
      }
      return kinds;
    };
    const outcomes = await Promise.all(mailboxes.map(work));
    expect(new Set(outcomes.flat())).toEqual(new Set(['result']));
    let open = 0;
    let most = 0;
    for (const { type } of events) {
      if (type === 'bound') open += 1;
      if (type === 'unbound') open -= 1;
      most = Math.max(most, open);
    }
    expect(most).toBeLessThanOrEqual(3);
    // Not one for each submission: who submits one after another keeps his for a moment.
    expect(boundIn(events).length).toBeLessThan(90);
  });

  test('a mailbox that submits without end leaves room for another', async () => {
    const { store } = await pair([], { access: { associationsMax: 1, operationsMax: 4 } });
    const order: string[] = [];
    const submit = (mailbox: MailboxId) =>
      store
        .submit('message-submission', message({ originator: addressOf(mailbox) }), mailbox)
        .then(({ kind }) => order.push(`${mailbox} ${kind}`));
    const many = Array.from({ length: 400 }, () => submit(ALPHA));
    await many[0];
    await submit(BRAVO);
    const before = order.indexOf('bravo result');
    expect(before).toBeGreaterThan(0);
    expect(before).toBeLessThan(300);
    await Promise.all(many);
    expect(order.filter((one) => one === 'alpha result')).toHaveLength(400);
  });

  test('bound as the store, it submits for all on one association', async () => {
    const stored = users.map((user) => ({ ...user, isStore: true }));
    const { events, store } = await pair([], { bindAs: 'store' }, { users: stored });
    for (const mailbox of [ALPHA, BRAVO]) {
      const argument = message({ originator: addressOf(mailbox) });
      const outcome = await store.submit('message-submission', argument, mailbox);
      expect(outcome.kind).toBe('result');
    }
    expect(boundIn(events)).toHaveLength(1);
  });

  test('an association that does nothing is released after its time', async () => {
    const { events, store } = await pair([], { access: { idleMs: 100 } });
    await store.submit('message-submission', message());
    await vi.waitFor(() => expect(events.at(-1)?.type).toBe('unbound'));
    expect((await store.submit('message-submission', message())).kind).toBe('result');
    expect(boundIn(events)).toHaveLength(2);
    expect(store.log.some(({ fields }) => fields.detail === 'released')).toBe(true);
  });

  test('nobody listens: refused, not sent, and at once until the next attempt is due', async () => {
    const port = await freePort();
    const store = storeOf({ port, pool: { random: () => 0.999, retryMinMs: 400 } });
    const outcome = await store.submit('message-submission', message());
    expect(outcome).toMatchObject({ kind: 'unreachable', wasSent: false });
    await store.submit('message-submission', message());
    const failures = () => store.log.filter(({ event }) => event === 'p3.mta.unreachable');
    expect(failures()).toHaveLength(1);
    const { mta } = await mtaOf({ port });
    expect(mta.port).toBe(port);
    await vi.waitFor(async () => {
      expect((await store.submit('message-submission', message())).kind).toBe('result');
    }, 3_000);
  });

  test('attempts that fail in a row wait longer, up to a bound', async () => {
    const port = await freePort();
    const store = storeOf({ port, pool: { random: () => 0, retryMinMs: 20 } });
    await vi.waitFor(async () => {
      await store.submit('message-submission', message());
      const waits = store.log.map(({ fields }) => fields.waitMs);
      expect(waits).toEqual([10, 20, 40, 80]);
    }, 5_000);
  });

  test('who may wait waits for an MTA that comes back', async () => {
    const port = await freePort();
    const access = { unreachableWaitMs: 3_000 };
    const store = storeOf({ port, access, pool: { random: () => 0, retryMinMs: 100 } });
    const waiting = [1, 2, 3].map(() => store.submit('message-submission', message()));
    await vi.waitFor(() => expect(store.log).toHaveLength(2));
    const { events } = await mtaOf({ port });
    expect((await Promise.all(waiting)).map(({ kind }) => kind)).toEqual(Array(3).fill('result'));
    expect(events.filter(({ type }) => type === 'submitted')).toHaveLength(3);
  });

  test('and is refused when it does not, after that time', async () => {
    const access = { unreachableWaitMs: 300 };
    const store = storeOf({ port: await freePort(), access, pool: { retryMinMs: 50 } });
    const startMs = performance.now();
    const outcome = await store.submit('message-submission', message());
    expect(outcome).toMatchObject({ kind: 'unreachable', wasSent: false });
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(299);
  });

  test('where one MTA cannot be reached the next takes it, and cancels what it has', async () => {
    const { mta: second, events } = await mtaOf({ name: 'MTA-2' });
    const port = await freePort();
    const store = storeOf({ port, furtherPorts: [second.port] });
    const deferredUntil = new Date(Date.now() + 3_600_000);
    const outcome = await store.submit('message-submission', message({ deferredUntil }));
    if (outcome.kind !== 'result') throw new Error(JSON.stringify(outcome));
    // The first is back, and knows nothing of it.
    const { mta: first } = await mtaOf({ port });
    expect(first.port).toBe(port);
    const { messageSubmissionIdentifier } = decode(MessageSubmissionResult, outcome.result);
    const identifier = encode(MtsIdentifier, messageSubmissionIdentifier);
    expect((await store.submit('cancel-deferred-delivery', identifier)).kind).toBe('result');
    expect(events.map(({ type }) => type)).toEqual(['bound', 'submitted', 'cancelled']);
  });

  test('what the first may have taken is not given to the next', async () => {
    const { mta: second, events } = await mtaOf({ name: 'MTA-2' });
    const faults: FaultRule[] = [{ on: 'message-submission', do: { abort: 'after' } }];
    const { mta } = await mtaOf({ faults });
    const store = storeOf({ port: mta.port, furtherPorts: [second.port] });
    const outcome = await store.submit('message-submission', message());
    expect(outcome).toMatchObject({ kind: 'unreachable', wasSent: true });
    expect(events).toEqual([]);
  });

  test.each([
    ['a wrong password', { password: 'wrong' }, 'authenticationError'],
    ['an MTA that is busy', {}, 'busy'],
    ['an MTA that proves nothing', { access: { responderPassword: 'other' } }, 'not proved'],
  ] as const)('%s', async (what, options, detail) => {
    const faults: FaultRule[] =
      what === 'an MTA that is busy' ? [{ on: 'bind', do: { error: 0 } }] : [];
    const { store } = await pair(faults, options);
    const outcome = await store.submit('message-submission', message());
    expect(outcome).toMatchObject({ kind: 'unreachable', wasSent: false });
    expect('detail' in outcome && outcome.detail).toContain(detail);
  });

  test('what was sent on an association that is lost is told as that; what was not goes on', async () => {
    const { events, store } = await pair(
      [{ on: 'message-submission', times: 1, do: { abort: 'before', delayMs: 50 } }],
      {
        access: { associationsMax: 1, operationsMax: 1 },
        pool: { random: () => 0, retryMinMs: 2 },
      },
    );
    const [first, second] = await Promise.all([
      store.submit('message-submission', message()),
      store.submit('message-submission', message()),
    ]);
    expect(first).toMatchObject({ kind: 'unreachable', wasSent: true });
    // One that answered nothing counts as a failure, and who waits is refused until the next try.
    expect(second).toMatchObject({ kind: 'unreachable', wasSent: false });
    expect(events.filter(({ type }) => type === 'submitted')).toHaveLength(0);
    await vi.waitFor(async () => {
      expect((await store.submit('message-submission', message())).kind).toBe('result');
    });
  });

  test('who waits too long for his turn is refused', async () => {
    const { store } = await pair([{ on: 'message-submission', times: 1, do: { silence: true } }], {
      access: { associationsMax: 1, operationsMax: 1 },
      pool: { waitMaxMs: 100 },
    });
    void store.submit('message-submission', message());
    const outcome = await store.submit('message-submission', message());
    expect(outcome).toMatchObject({ kind: 'unreachable', wasSent: false });
  });

  test('there is room for so much, and whoever waits is told of more', async () => {
    const { store } = await pair([{ on: 'message-submission', do: { delayMs: 50 } }], {
      bounds: { operations: 2, bytes: 1_000_000 },
    });
    const { submissions } = store;
    const two = [1, 2].map(() => store.submit('message-submission', message()));
    expect(submissions.hasRoom).toBe(false);
    const room = new Promise<void>((resolve) => submissions.onRoom(resolve));
    expect(await store.submit('message-submission', message())).toMatchObject({
      kind: 'unreachable',
      wasSent: false,
    });
    await room;
    expect(submissions.hasRoom).toBe(true);
    await Promise.all(two);
  });

  test('what is on its way when the store stops is answered; what comes then is refused', async () => {
    const { store } = await pair([{ on: 'message-submission', do: { delayMs: 100 } }]);
    const first = store.submit('message-submission', message());
    await new Promise((resolve) => setTimeout(resolve, 50));
    const closed = store.submissions.close(5_000);
    for (const mailbox of [ALPHA, BRAVO]) {
      const late = await store.submit('message-submission', message(), mailbox);
      expect(late).toMatchObject({
        kind: 'unreachable',
        wasSent: false,
        detail: 'the store stops',
      });
    }
    expect((await first).kind).toBe('result');
    await closed;
  });

  test('an MTA that does not agree to a release does not keep the store', async () => {
    const { store } = await pair([{ on: 'message-submission', do: { silence: true } }]);
    const unanswered = store.submit('message-submission', message());
    await new Promise((resolve) => setTimeout(resolve, 100));
    const startMs = performance.now();
    await store.submissions.close(200);
    expect(performance.now() - startMs).toBeLessThan(2_000);
    expect(await unanswered).toMatchObject({ kind: 'unreachable', wasSent: true });
  });

  const label = (classification: number) =>
    decode(SecurityLabel, encode(SecurityLabel, { securityClassification: classification }));
  const labelled = (classification: number) =>
    message({
      extensions: [
        {
          type: { kind: 'standard', value: EXTENSION.messageSecurityLabel.number },
          value: encode(SecurityLabel, label(classification)),
        },
      ],
    });

  describe('submission-control', () => {
    const VIOLATED = { kind: 'error', code: 1, parameter: null };
    const allowed = { kind: 'result' };

    test.each([
      ['no messages', { permissibleOperations: bitsOf([0]) }, message(), probe],
      ['no probes', { permissibleOperations: bitsOf([1]) }, probe, message()],
      [
        'short ones only',
        { permissibleMaximumContentLength: 2 },
        message({ content: new Uint8Array(3) }),
        message(),
      ],
      ['of probes too', { permissibleMaximumContentLength: 9 }, probe, message()],
      [
        'normal at the least',
        { permissibleLowestPriority: 'normal' },
        message({ priority: 'non-urgent' }),
        message(),
      ],
      [
        'urgent ones only',
        { permissibleLowestPriority: 'urgent' },
        message(),
        message({ priority: 'urgent' }),
      ],
      ['labels of a context', { permissibleSecurityContext: [label(1)] }, labelled(2), labelled(1)],
    ] as const)('%s', async (_, controls, refused, taken) => {
      const { mta, store } = await pair();
      const operationOf = (argument: Uint8Array) =>
        argument === probe ? 'probe-submission' : 'message-submission';
      expect(await store.submit(operationOf(refused), refused)).toMatchObject(allowed);
      await mta.restrict({ ...controls, extensions: [] });
      expect(await store.submit(operationOf(refused), refused)).toEqual(VIOLATED);
      expect(await store.submit(operationOf(taken), taken)).toMatchObject(allowed);
      await mta.restrict({ restrict: false, extensions: [] });
      expect(await store.submit(operationOf(refused), refused)).toMatchObject(allowed);
    });

    test('what a later control leaves out stays as it was', async () => {
      const { mta, store } = await pair();
      await store.submit('message-submission', message());
      await mta.restrict({ permissibleMaximumContentLength: 1, extensions: [] });
      await mta.restrict({ permissibleLowestPriority: 'non-urgent', extensions: [] });
      expect(await store.submit('message-submission', message())).toEqual(VIOLATED);
    });

    test('one that comes with the bind holds for the first submission after it', async () => {
      const submissionControl = { permissibleOperations: bitsOf([]), extensions: [] };
      const { store } = await pair([], {}, { submissionControl });
      const outcomes = [
        await store.submit('message-submission', message()),
        await store.submit('message-submission', message()),
      ];
      expect(outcomes.at(-1)).toEqual(VIOLATED);
    });

    test('of content types is none for submissions', async () => {
      const { mta, store } = await pair();
      await store.submit('message-submission', message());
      const controls = { permissibleContentTypes: [], extensions: [] };
      await expect(mta.restrict(controls)).rejects.toThrow('invoke 2');
    });

    test('it does not outlive the association', async () => {
      const { mta, store } = await pair([], { pool: { retryMinMs: 1 } });
      await store.submit('message-submission', message());
      await mta.restrict({ permissibleOperations: bitsOf([]), extensions: [] });
      mta.abortAll();
      await vi.waitFor(async () => {
        expect(await store.submit('message-submission', message())).toMatchObject(allowed);
      });
    });
  });

  test('the MTA delivers on an association that the store has opened', async () => {
    const { store } = await pair();
    // To bravo there is no way but the association that bravo opens.
    await store.submit('message-submission', message({ originator: addressOf('bravo') }), BRAVO);
    await store.submit('message-submission', message());
    await vi.waitFor(() => expect(store.delivered).toHaveLength(2));
    expect(store.delivered).toMatchObject([
      { kind: 'message-delivery', mailbox: BRAVO },
      { kind: 'message-delivery', mailbox: BRAVO },
    ]);
  });
});
