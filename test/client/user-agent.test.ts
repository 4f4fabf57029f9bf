import { describe, expect, test } from 'vitest';
import { decode } from '../../src/asn1/type.js';
import { formatHex, parseHex } from '../../src/base/octets.js';
import {
  AbstractError,
  AddressError,
  type Alert,
  APPLICATION_CONTEXT,
  AssociationLostError,
  ATTRIBUTE,
  BindRefusedError,
  composeDelivery,
  composeReport,
  type DeliveryControl,
  MtaLink,
  type Selection,
  UnreadableError,
  UserAgent,
  type UserAgentOptions,
  where,
} from '../../src/client/index.js';
import type { AssociationCommands, AssociationEvent } from '../../src/osi/association.js';
import { MessageDeliveryArgument, ReportDeliveryArgument } from '../../src/x411/delivery.js';

const octets = (hex: string) => parseHex(hex) as Uint8Array;

const BIND_RESULT = '3104a2021600';
const MTS_BIND_RESULT = '310d80074d532d53544f52a2021600';
const ADDRESS = '/C=XX/A=ADM/P=PRV/S=User/';

/** A peer in memory: records what is invoked; the test answers. */
class FakePeer {
  readonly invoked: { readonly operation: number; readonly argument: string }[] = [];
  /** What the client answered to what the peer invoked. */
  readonly answers: { readonly invokeId: number; readonly answer: string | object }[] = [];
  isReleased = false;
  bindArgument = '';
  bindAnswer: AssociationEvent = { type: 'bound', result: octets(BIND_RESULT), syntaxes: [] };
  send: (event: AssociationEvent) => void = () => undefined;

  readonly open = async (handler: (event: AssociationEvent) => void) => {
    this.send = handler;
    const commands: Partial<AssociationCommands> = {
      bind: ({ argument }) => {
        this.bindArgument = formatHex(argument);
        this.send(this.bindAnswer);
      },
      invoke: (_syntax, operation, argument) => {
        this.invoked.push({ operation, argument: formatHex(Buffer.concat(argument)) });
        return this.invoked.length;
      },
      result: (invokeId, pieces) => {
        this.answers.push({ invokeId, answer: formatHex(Buffer.concat(pieces)) });
      },
      reject: (invokeId, reject) => this.answers.push({ invokeId, answer: reject }),
      unbind: () => {
        this.isReleased = true;
        this.send({ type: 'unbound' });
      },
      abort: () => undefined,
    };
    return commands as AssociationCommands;
  };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

async function bound(options: Partial<UserAgentOptions> = {}) {
  const peer = new FakePeer();
  const all = { address: ADDRESS, password: 'secret', ...options };
  const user = await UserAgent.bind(peer.open, all);
  return { peer, user };
}

const answer = (peer: FakePeer, invokeId: number, hex: string) =>
  peer.send({ type: 'result', invokeId, result: octets(hex) });

describe('user agent', () => {
  test('binds with the octets of the worked example', async () => {
    const peer = new FakePeer();
    const options = { address: ADDRESS, password: 'secret', wantsConfiguration: true };
    await UserAgent.bind(peer.open, options);
    expect(peer.bindArgument).toBe(
      '312f601e301c61041302585862051303' +
        '41444da2051303505256a5068004557365 72a2081606736563726574a5030101ff'.replace(' ', ''),
    );
  });

  test('a password that IA5 cannot write goes as the octets of its UTF-8', async () => {
    const { peer } = await bound({ password: 'pässwört' });
    // [2], OCTET STRING, ten octets.
    expect(peer.bindArgument).toContain(`a20c040a${Buffer.from('pässwört').toString('hex')}`);
  });

  test.each([
    [
      'list',
      (user: UserAgent) =>
        user.list({
          range: { from: 3 },
          status: 'new',
          limit: 50,
          attributes: [ATTRIBUTE.priority, ATTRIBUTE.subject],
        }),
      21,
      '3139a1233121a109a0073005a003020103a20fa00da00b30090604560403 0f020100a303020132' +
        'a312311031060604560403 1f31060604560107 04',
    ],
    [
      'summarize',
      (user: UserAgent) => user.summarize({ requests: [ATTRIBUTE.retrievalStatus] }),
      20,
      '310ea1023100a208300606045604030f',
    ],
    [
      'fetch',
      (user: UserAgent) =>
        user.fetch({
          sequence: 3,
          attributes: [ATTRIBUTE.content, ATTRIBUTE.messageDeliveryEnvelope],
        }),
      22,
      '3119a203020103a312311031060604560403013106060456040312',
    ],
    ['remove', (user: UserAgent) => user.remove([3, 5]), 23, '310aa2083106020103020105'],
  ] as const)('%s has the octets of the worked example', async (_name, call, operation, hex) => {
    const { peer, user } = await bound();
    const outcome = call(user);
    outcome.catch(() => undefined);
    expect(peer.invoked).toEqual([{ operation, argument: hex.replaceAll(' ', '') }]);
    user.abort();
    await expect(outcome).rejects.toThrow(AssociationLostError);
  });

  test('answers find their calls in any order', async () => {
    const { peer, user } = await bound();
    const first = user.list({});
    const second = user.summarize({});
    answer(peer, 2, '3105a103020107');
    answer(
      peer,
      1,
      '312ea12c302a3023020103311e300b060456 04031f3003470102300f0604560107043007' +
        '1405416c706861 3003020105',
    );
    expect((await second).count).toBe(7);
    const { entries, next } = await first;
    expect(next).toBeUndefined();
    expect(entries.map(({ sequence }) => sequence)).toEqual([3, 5]);
    expect(entries[0]).toMatchObject({ priority: 'urgent', subject: 'Alpha', status: null });
    expect(entries[1]).toMatchObject({ priority: null, subject: null });
  });

  test('an abstract-error rejects its call only', async () => {
    const { peer, user } = await bound();
    const failing = user.fetch({ sequence: 99, attributes: [] });
    const other = user.summarize({});
    const parameter = octets('3110a10e310c310aa003020100a103020163');
    peer.send({ type: 'error', invokeId: 1, code: 28, parameter });
    const wanted = {
      code: 28,
      name: 'sequenceNumberError',
      message: 'sequence-number-error: no-such-entry 99',
      problems: [{ problem: 'no-such-entry', sequence: 99 }],
      isTemporary: false,
      parameter,
    };
    await expect(failing).rejects.toMatchObject(wanted);
    await expect(failing).rejects.toBeInstanceOf(AbstractError);
    answer(peer, 2, '3105a103020100');
    expect((await other).count).toBe(0);
  });

  test('an abort rejects all that wait, and all that comes after', async () => {
    const { peer, user } = await bound();
    const waiting = [user.list({}), user.remove([1])];
    peer.send({ type: 'aborted', layer: 'session', by: 'transport', detail: 'gone' });
    for (const call of waiting) await expect(call).rejects.toThrow(AssociationLostError);
    await expect(user.list({})).rejects.toThrow(AssociationLostError);
    await expect(user.unbind()).rejects.toThrow(AssociationLostError);
  });

  test.each<[string, Selection, string]>([
    // Filters, ranges and override: by hand from X.413 8.1, with EXPLICIT tags.
    ['numbers', { range: { from: 3, to: 7 } }, 'a10ea00c300aa003020103a103020107'],
    [
      'times',
      { range: { since: new Date('2026-01-01T00:00:00Z') } },
      'a115a1133011a00f170d3236303130313030303030305a',
    ],
    ['child-entries', { childEntries: true }, 'a0030101ff'],
    [
      'all three overrides',
      { override: ['contentTypes', 'eits', 'attributeLength'] },
      'a404030205e0',
    ],
    ['presence', { filter: where.present(ATTRIBUTE.retrievalStatus) }, 'a20aa008a40606045604030f'],
    [
      'status and not priority',
      { status: 'new', filter: where.not(where.priority('urgent')) },
      'a224a1223120a00da00b300906045604030f020100a30fa00da00b300906045604031f470102',
    ],
    [
      'a part of the subject',
      { filter: where.subjectContains('Alp') },
      'a215a013a111300f0604560107043007a1051403416c70',
    ],
  ])('a selector of %s', async (_name, selection, hex) => {
    const { peer, user } = await bound();
    user.summarize(selection).catch(() => undefined);
    const bytes = hex.length / 2;
    const [outer, inner, own] = [bytes + 4, bytes + 2, bytes].map((n) =>
      n.toString(16).padStart(2, '0'),
    );
    expect(peer.invoked[0]?.argument).toBe(`31${outer}a1${inner}31${own}${hex}`);
    user.abort();
  });

  test('a year that UTCTime cannot write is not another century', async () => {
    const { user } = await bound();
    const until = new Date('2050-01-01T00:00:00Z');
    await expect(user.list({ range: { until } })).rejects.toThrow(RangeError);
    expect(() => where.createdSince(until)).toThrow(RangeError);
  });

  test('entries goes on where the store cut, with a time in the filter', async () => {
    const { peer, user } = await bound();
    const range = { since: new Date('2026-01-01T00:00:00Z') };
    const found: number[] = [];
    const walk = (async () => {
      for await (const { sequence } of user.entries({ range, attributes: [] }))
        found.push(sequence);
    })();
    await turn();
    answer(peer, 1, '310ea003020107a10730053003020103');
    await turn();
    answer(peer, 2, '3109a10730053003020109');
    await walk;
    expect(found).toEqual([3, 9]);
    expect(peer.invoked[0]?.argument).not.toContain('06045604030b');
    expect(peer.invoked[1]?.argument).toContain('a109a0073005a003020107');
    const sinceThen = '06045604030b170d3236303130313030303030305a';
    expect(peer.invoked[1]?.argument).toContain(sinceThen);
  });

  test('an answer that cannot be read rejects its call only', async () => {
    const { peer, user } = await bound();
    const [first, second] = [user.list(), user.summarize()];
    answer(peer, 1, '3103a10100');
    answer(peer, 2, '3105a103020107');
    await expect(first).rejects.toThrow(UnreadableError);
    expect((await second).count).toBe(7);
  });

  test('at most operationsMax calls are with the store, and all are answered in order', async () => {
    const { peer, user } = await bound({ operationsMax: 2 });
    const done: number[] = [];
    const calls = [1, 2, 3, 4].map(async (number) => {
      await user.remove([number]);
      done.push(number);
    });
    expect(peer.invoked).toHaveLength(2);
    const released = user.unbind();
    for (const invokeId of [2, 1, 3, 4]) {
      expect(peer.isReleased).toBe(false);
      answer(peer, invokeId, '0500');
      await turn();
    }
    await Promise.all(calls);
    await released;
    expect(done).toEqual([2, 1, 3, 4]);
    expect(peer.invoked).toHaveLength(4);
  });

  test.each([0, 101, -1])('operationsMax %i is out of range', async (operationsMax) => {
    await expect(bound({ operationsMax })).rejects.toThrow(RangeError);
  });

  test('calls that still wait here reject with the association', async () => {
    const ends: (Error | null)[] = [];
    const { peer, user } = await bound({ operationsMax: 1, onEnd: (error) => ends.push(error) });
    const calls = [user.remove([1]), user.remove([2])];
    peer.send({ type: 'aborted', layer: 'cotp', by: 'transport', detail: 'gone' });
    for (const call of calls) await expect(call).rejects.toThrow(AssociationLostError);
    expect(ends).toEqual([expect.any(AssociationLostError)]);
  });

  const ALERT = '311ea003020103a21730150201083110300e0604560107043006140442657461';
  const alert = (argument: string): AssociationEvent => ({
    type: 'invoke',
    invokeId: 5,
    syntax: APPLICATION_CONTEXT.msAccess88.delivery,
    operation: 25,
    argument: octets(argument),
  });

  test('an alert is shown and acknowledged', async () => {
    const alerts: Alert[] = [];
    const { peer } = await bound({ onAlert: (one) => alerts.push(one) });
    peer.send(alert(ALERT));
    expect(alerts.map(({ registration, entry }) => [registration, entry?.subject])).toEqual([
      [3, 'Beta'],
    ]);
    expect(peer.answers).toEqual([{ invokeId: 5, answer: '0500' }]);
  });

  test.each([
    ['nobody listens to alerts', undefined, ALERT, 1],
    ['the alert cannot be read', () => undefined, '3100', 2],
  ])('%s: it is rejected', async (_title, onAlert, argument, problem) => {
    const { peer } = await bound(onAlert === undefined ? {} : { onAlert });
    peer.send(alert(argument));
    expect(peer.answers).toEqual([{ invokeId: 5, answer: { kind: 'invoke', problem } }]);
  });

  test('unbinds', async () => {
    const { user } = await bound();
    await expect(user.unbind()).resolves.toBeUndefined();
  });

  test('a refused bind and a bad address reject', async () => {
    const peer = new FakePeer();
    const refusal = { layer: 'acse', isTransient: true, diagnostic: 'busy', error: null } as const;
    peer.bindAnswer = { type: 'refused', ...refusal };
    const options = { address: ADDRESS, password: 'x' };
    await expect(UserAgent.bind(peer.open, options)).rejects.toThrow(BindRefusedError);
    for (const hex of ['0a0100', '3105a0030a0100']) {
      peer.bindAnswer = { type: 'refused', ...refusal, error: octets(hex) };
      await expect(UserAgent.bind(peer.open, options)).rejects.toMatchObject({
        problem: 'authentication-error',
        isTransient: true,
      });
    }
    const bad = UserAgent.bind(peer.open, { address: 'nonsense', password: 'x' });
    await expect(bad).rejects.toThrow(AddressError);
  });
});

describe('MTA', () => {
  const input = {
    recipient: ADDRESS,
    originator: ADDRESS,
    contentType: '2.6.1.10.1',
    content: octets('a000'),
    localIdentifier: 'one',
    deliveryTime: 1_767_225_600,
  } as const;

  test('delivers what was composed', async () => {
    const peer = new FakePeer();
    peer.bindAnswer = { type: 'bound', result: octets(MTS_BIND_RESULT), syntaxes: [] };
    const mta = await MtaLink.bind(peer.open, { name: 'MTA-1', password: 'secret' });
    const argument = composeDelivery({ ...input, priority: 'urgent' });
    const done = mta.deliver(argument);
    expect(peer.invoked).toEqual([{ operation: 5, argument: formatHex(argument) }]);
    peer.send({ type: 'result', invokeId: 1, result: octets('3100') });
    await done;
    const reported = mta.report(composeReport({ recipient: ADDRESS, outcome: 'non-delivery' }));
    peer.send({ type: 'error', invokeId: 2, code: 12, parameter: null });
    await expect(reported).rejects.toMatchObject({ code: 12, name: 'securityError' });
    const full = mta.deliver(argument);
    peer.send({ type: 'error', invokeId: 3, code: 1, parameter: null });
    await expect(full).rejects.toMatchObject({
      name: 'deliveryControlViolated',
      isTemporary: true,
    });
    const unknown = mta.deliver(argument);
    peer.send({ type: 'error', invokeId: 4, code: 12, parameter: octets('02011e') });
    await expect(unknown).rejects.toMatchObject({
      message: 'security-error: unauthorised-recipient-name',
      isTemporary: false,
    });
  });

  test('a delivery-control is shown and acknowledged', async () => {
    const peer = new FakePeer();
    peer.bindAnswer = { type: 'bound', result: octets(MTS_BIND_RESULT), syntaxes: [] };
    const controls: DeliveryControl[] = [];
    await MtaLink.bind(peer.open, {
      name: 'MTA-1',
      password: 'secret',
      onDeliveryControl: (control) => controls.push(control),
    });
    peer.send({
      type: 'invoke',
      invokeId: 7,
      syntax: APPLICATION_CONTEXT.mtsForcedAccess88.delivery,
      operation: 2,
      argument: octets('310b8102064082020400470102'),
    });
    expect(controls).toEqual([
      {
        isRestricting: true,
        permissibleOperations: { messages: true, reports: false },
        contentLengthMax: 1024,
        lowestPriority: 'urgent',
        contentTypes: null,
      },
    ]);
    expect(peer.answers).toEqual([{ invokeId: 7, answer: '3100' }]);
  });

  test('envelopes say what was asked', () => {
    const delivery = decode(MessageDeliveryArgument, composeDelivery(input));
    expect(delivery).toMatchObject({ messageDeliveryTime: '260101000000Z' });
    expect(delivery.otherFields).toMatchObject({
      contentType: { kind: 'builtIn', value: 22 },
      priority: 'normal',
    });
    expect(formatHex(delivery.content)).toBe('a000');
    const report = composeReport({ recipient: ADDRESS, outcome: 'delivery', deliveryTime: 0 });
    expect(decode(ReportDeliveryArgument, report).perRecipientFields[0]?.reportType).toEqual({
      kind: 'delivery',
      value: { messageDeliveryTime: '700101000000Z', typeOfMtsUser: 1 },
    });
  });
});
