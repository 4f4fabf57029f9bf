import { describe, expect, test } from 'vitest';
import { decode } from '../../src/asn1/type.js';
import { formatHex, parseHex } from '../../src/base/octets.js';
import {
  AbstractError,
  AddressError,
  AssociationLostError,
  ATTRIBUTE,
  BindRefusedError,
  composeDelivery,
  composeReport,
  MtaLink,
  UserAgent,
} from '../../src/client/index.js';
import type { AssociationCommands, AssociationEvent } from '../../src/osi/association.js';
import { MessageDeliveryArgument, ReportDeliveryArgument } from '../../src/x411/delivery.js';

const octets = (hex: string) => parseHex(hex) as Uint8Array;

const BIND_RESULT = '3104a2021600';
const ADDRESS = '/C=XX/A=ADM/P=PRV/S=User/';

/** A peer in memory: records what is invoked; the test answers. */
class FakePeer {
  readonly invoked: { readonly operation: number; readonly argument: string }[] = [];
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
      unbind: () => this.send({ type: 'unbound' }),
      abort: () => undefined,
    };
    return commands as AssociationCommands;
  };
}

async function bound() {
  const peer = new FakePeer();
  const user = await UserAgent.bind(peer.open, { address: ADDRESS, password: 'secret' });
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
    peer.send({ type: 'error', invokeId: 1, code: 28, parameter: null });
    const wanted = { code: 28, name: 'sequenceNumberError', parameter: null };
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
    const mta = await MtaLink.bind(peer.open, { name: 'MTA-1', password: 'secret' });
    const argument = composeDelivery({ ...input, priority: 'urgent' });
    const done = mta.deliver(argument);
    expect(peer.invoked).toEqual([{ operation: 5, argument: formatHex(argument) }]);
    peer.send({ type: 'result', invokeId: 1, result: octets('3100') });
    await done;
    const reported = mta.report(composeReport({ recipient: ADDRESS, outcome: 'non-delivery' }));
    peer.send({ type: 'error', invokeId: 2, code: 12, parameter: null });
    await expect(reported).rejects.toMatchObject({ code: 12, name: 'securityError' });
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
