/** What is not supported is answered with the protocol's own error, and nothing comes of it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseHex } from '../../../src/base/octets.js';
import { connectAssociation } from '../../../src/net/connector.js';
import type { AssociationEvent } from '../../../src/osi/association.js';
import { APPLICATION_CONTEXT, MS_OPERATION } from '../../../src/x411/application-contexts.js';
import type { Credentials } from '../../../src/x411/credentials.js';
import { AUTO_ACTION } from '../../../src/x413/auto-alert.js';
import { type Bench, conformanceBench, EDITIONS } from '../../support/conformance.js';
import { P7User, refusalOf, STATUS } from '../../support/p7-user.js';
import { USER_PASSWORD } from '../../support/server.js';

const octets = (hex: string) => parseHex(hex) as Uint8Array;
const simple = (value: string) => ({ kind: 'simpleIa5', value }) as const;
/** Of the contents of a signature: an algorithm, 1.2.840.113549.1.1.5, and a bit string. */
const SIGNATURE = octets('30 0B 06 09 2A 86 48 86 F7 0D 01 01 05 03 02 00 00');
const STRONG: readonly (readonly [string, Credentials])[] = [
  ['strong, and empty', { kind: 'strong', value: {} }],
  [
    'strong, with a token',
    {
      kind: 'strong',
      value: { bindToken: { tokenType: '2.6.3.6.0', value: Uint8Array.of(0x30, 0) } },
    },
  ],
  ['protected', { kind: 'protected', value: { signature: SIGNATURE } }],
];

describe.each(EDITIONS)('refused, edition %s', (edition) => {
  let bench: Bench;
  let user: P7User;
  let mailbox: string;
  beforeAll(async () => {
    bench = await conformanceBench(1);
    ({ user, mailbox } = await bench.f1({ edition }));
  });
  afterAll(() => bench.dispose());

  test('an application context over RTSE in a session without activities', async () => {
    const { msAccess88, msAccess94 } = APPLICATION_CONTEXT;
    const context = edition === '88' ? msAccess88 : msAccess94;
    const events: AssociationEvent[] = [];
    const { port } = bench.server;
    const handler = (event: AssociationEvent) => events.push(event);
    const driver = await connectAssociation({ host: '127.0.0.1', port, handler });
    driver.bind({
      applicationContext: edition === '88' ? '2.6.0.1.5' : '2.6.0.1.12',
      bindSyntax: context.bind,
      operationSyntaxes: [context.delivery],
      addresses: {},
      argument: Uint8Array.of(0x31, 0),
    });
    await expect.poll(() => events).toMatchObject([{ type: 'refused', isTransient: false }]);
  });

  test.each(STRONG)('MS-002 credentials that are %s', async (_, initiatorCredentials) => {
    const options = { edition, initiatorCredentials };
    const refusal = await P7User.refusal(bench.server, mailbox, options);
    expect(Buffer.from(refusal.octets ?? []).toString('hex')).toBe('0a0100');
    expect(refusal.isTransient).toBe(false);
  });

  test.each(STRONG)('MS-129, MS-130 a change of credentials to %s', async (_, credentials) => {
    const change = (oldCredentials: Credentials, newCredentials: Credentials) =>
      refusalOf(user.register({ changeCredentials: { oldCredentials, newCredentials } }));
    expect(await change(simple(USER_PASSWORD), credentials)).toEqual({ code: 6 });
    expect(await change(credentials, simple('next'))).toEqual({ code: 5 });
    await (await P7User.bind(bench.server, mailbox, { edition })).unbind();
  });

  test('MS-125 every auto-action that is not performed; to take one out is no fault', async () => {
    const { autoAlert, ...others } = AUTO_ACTION;
    const types = Object.values(others).sort();
    const registration = (autoActionType: string) => ({
      autoActionType,
      registrationIdentifier: 1,
    });
    const refusal = await refusalOf(
      user.register({ autoActionRegistrations: types.map(registration) }),
    );
    const problem = edition === '88' ? 0 : 2;
    expect(refusal).toEqual({ code: 22, problems: types.map((type) => ({ problem, type })) });
    await user.register({ autoActionDeregistrations: types.map(registration) });
    const options = { edition, msConfigurationRequest: true };
    const binding = await P7User.bind(bench.server, mailbox, options);
    expect(binding.bindResult.availableAutoActions).toEqual([autoAlert]);
    await binding.unbind();
  });

  test('protected-change-credentials, an extension that only 1994 has', async () => {
    // 2.6.4.9.4 with an empty SEQUENCE.
    const extension = '28 0A 06 04 56 04 09 04 A0 02 30 00';
    const argument = octets(`31 10 AA 0E 30 0C ${extension}`);
    const answer = await user.invoke(MS_OPERATION.registerMs, argument);
    if (edition === '88') expect(answer).toMatchObject({ kind: 'error', code: 29 });
    else {
      expect(answer).toMatchObject({ kind: 'error', code: 31 });
      const parameter = answer.kind === 'error' ? answer.octets : null;
      expect(Buffer.from(parameter ?? []).toString('hex')).toBe('a106060456040904');
    }
    await (await P7User.bind(bench.server, mailbox, { edition })).unbind();
  });

  test('MS-010 nothing of the later members of a bind result is sent unasked', async () => {
    const other = await P7User.bind(bench.server, mailbox, {
      edition,
      msConfigurationRequest: true,
    });
    const { autoActionErrorIndication, serviceInformation } = other.bindResult;
    expect([autoActionErrorIndication, serviceInformation]).toEqual([undefined, undefined]);
    await other.unbind();
  });

  test('an extension of Delete that only bears on notifications is taken, and does nothing', async () => {
    await user.list({}, [STATUS]);
    // prevent-nrn-generation, 2.6.1.17.4.
    const extension = '28 0A 06 04 56 01 11 04 A0 02 05 00';
    const argument = octets(`31 17 A2 05 31 03 02 01 01 A3 0E 30 0C ${extension}`);
    const answer = await user.invoke(MS_OPERATION.delete, argument);
    if (edition === '88') expect(answer).toMatchObject({ kind: 'error', code: 29 });
    else expect(answer.kind).toBe('result');
    expect((await user.list()).numbers.includes(1)).toBe(edition === '88');
  });
});
