/** Rows of the semantics checklist that only associations of 1994 have. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encode } from '../../../src/asn1/type.js';
import { parseHex } from '../../../src/base/octets.js';
import { MS_OPERATION } from '../../../src/x411/application-contexts.js';
import { OrName } from '../../../src/x411/or-name.js';
import { type Bench, conformanceBench } from '../../support/conformance.js';
import { type F1, orName, SENDER } from '../../support/fixture-f1.js';
import { item, P7User, printable, refusalOf, typesOf } from '../../support/p7-user.js';
import { addressOf } from '../../support/server.js';

const ORIGINATOR = '2.6.4.3.27';
const PRIORITY = '2.6.4.3.31';
const SUBJECT = '2.6.1.7.4';
const octets = (hex: string) => parseHex(hex) as Uint8Array;
const byRule = (matchingRule: string, attributeType: string, matchValue: Uint8Array) =>
  item({ kind: 'otherMatch', value: { matchingRule, attributeType, matchValue } });
/** An extension of a type that nobody knows: 2.6.4.9.99, NULL. */
const EXTENSION = octets('28 0A 06 04 56 04 09 63 A0 02 05 00');
const group = (...messageGroupName: string[]) =>
  ({ kind: 'registerGroup', value: { messageGroupName } }) as const;
const leave = (...name: string[]) => ({ kind: 'deregisterGroup', value: name }) as const;

describe('edition 94', () => {
  let bench: Bench;
  let f1: F1;
  let user: P7User;
  let mailbox: string;
  beforeAll(async () => {
    bench = await conformanceBench(2);
    ({ user, mailbox, ...f1 } = await bench.f1({ edition: '94' }));
  });
  afterAll(() => bench.dispose());
  const bind = (options: object) =>
    P7User.bind(bench.server, mailbox, { edition: '94', ...options });
  const groups = (
    ...messageGroupRegistrations: (ReturnType<typeof group> | ReturnType<typeof leave>)[]
  ) => user.register({ messageGroupRegistrations });

  test('MS-007 the configuration names classes, rules and the depth of groups', async () => {
    const other = await bind({ msConfigurationRequest: true });
    const { entryClassesSupported, matchingRulesSupported, messageGroupDepth } = other.bindResult;
    expect(entryClassesSupported).toContain(0);
    expect(matchingRulesSupported).toEqual(expect.arrayContaining(['2.6.4.8.17', '2.5.13.14']));
    expect(messageGroupDepth).toBe(64);
    await other.unbind();
  });

  test('MS-011 a user agent that is not registered: told, and the general defaults', async () => {
    await user.register({
      listAttributeDefaults: [SUBJECT],
      uaRegistrations: [{ uaRegistrationIdentifier: 'desk', listAttributeDefaults: [PRIORITY] }],
    });
    const stranger = await bind({ uaRegistrationIdentifier: 'none' });
    expect(stranger.bindResult.uaRegistrationIdUnknown).toBe(true);
    expect(typesOf((await stranger.list()).requested?.[0])).toEqual([SUBJECT]);
    await stranger.unbind();
    const desk = await bind({ uaRegistrationIdentifier: 'desk' });
    expect(desk.bindResult.uaRegistrationIdUnknown).toBe(false);
    expect(typesOf((await desk.list()).requested?.[0])).toEqual([PRIORITY]);
    // What it has no defaults of its own for, it takes from the general ones.
    await user.register({ fetchAttributeDefaults: [SUBJECT] });
    expect(typesOf((await desk.fetch(f1.n1)).entryInformation)).toEqual([SUBJECT]);
    const registrations = new Set(['uaRegistrations'] as const);
    expect(await desk.register({ registrationStatusRequest: { registrations } })).toEqual({
      kind: 'status',
      value: {
        uaRegistrations: [{ uaRegistrationIdentifier: 'desk', listAttributeDefaults: [PRIORITY] }],
      },
    });
    await user.register({ fetchAttributeDefaults: [] });
    await desk.unbind();
    await user.register({
      listAttributeDefaults: [],
      uaRegistrations: [{ uaRegistrationIdentifier: 'desk' }],
    });
    const gone = await bind({ uaRegistrationIdentifier: 'desk' });
    expect(gone.bindResult.uaRegistrationIdUnknown).toBe(true);
    await gone.unbind();
  });

  test('MS-013 a bind extension that is not known is named', async () => {
    const other = await bind({ bindExtensions: [EXTENSION] });
    expect(other.bindResult.unsupportedExtensions).toEqual(['2.6.4.9.99']);
    await other.unbind();
  });

  test('MS-017 both editions on one mailbox', async () => {
    const old = await P7User.bind(bench.server, mailbox, { edition: '88' });
    expect((await old.list()).numbers).toEqual((await user.list()).numbers);
    expect(await refusalOf(old.list({}, [], 3))).toEqual({ code: 29 });
    expect((await user.list({}, [], 3)).numbers).toHaveLength(5);
    await old.unbind();
  });

  test('MS-059 names by some of their elements, or one, or parts of them', async () => {
    const { n1, n2, n6, n7 } = f1;
    const all = [n1, n2, n6, n7];
    const found = async (rule: string, value: Uint8Array) =>
      (await user.list({ filter: byRule(rule, ORIGINATOR, value) })).numbers;
    const elements = '2.6.4.8.16';
    const country = (value: string) =>
      encode(OrName, {
        standardAttributes: { countryName: { kind: 'printable', value } },
      });
    expect(await found(elements, country('xx'))).toEqual(all);
    expect(await found(elements, country('xy'))).toEqual([]);
    expect(await found('2.6.4.8.17', encode(OrName, orName(SENDER)))).toEqual(all);
    expect(await found('2.6.4.8.18', printable('testland'))).toEqual(all);
    expect(await found('2.6.4.8.19', encode(OrName, orName(addressOf('sender'))))).toEqual(all);
    const wrong = user.list({ filter: byRule('2.6.4.8.24', ORIGINATOR, octets('020101')) });
    expect(await refusalOf(wrong)).toEqual({
      code: 21,
      problems: [{ problem: 2, type: ORIGINATOR }],
    });
  });

  test('MS-133 what is registered, of the kinds that are asked for', async () => {
    await user.register({ listAttributeDefaults: [SUBJECT], fetchAttributeDefaults: [PRIORITY] });
    const registrations = new Set(['listAttributeDefaults', 'autoActionRegistrations'] as const);
    expect(await user.register({ registrationStatusRequest: { registrations } })).toEqual({
      kind: 'status',
      value: { listAttributeDefaults: [SUBJECT] },
    });
    await user.register({ listAttributeDefaults: [], fetchAttributeDefaults: [] });
  });

  test('MS-134 to MS-137 message groups', async () => {
    const refused = async (...registrations: Parameters<typeof groups>) =>
      refusalOf(groups(...registrations));
    const name = ['a', 'b'];
    expect(await refused(group('a', 'b'))).toEqual({ code: 30, problem: 2, name });
    await groups(group('a'), group('a', 'b'), group('c'));
    expect(await refused(group('a', 'b'))).toEqual({ code: 30, problem: 1, name });
    expect(await refused(leave('a'))).toEqual({ code: 30, problem: 5, name: ['a'] });
    expect(await refused(leave('c'), leave('x'))).toEqual({ code: 30, problem: 0, name: ['x'] });
    const status = (restrictMessageGroups?: object) =>
      user.register({
        registrationStatusRequest: {
          registrations: new Set(['messageGroupRegistrations'] as const),
          ...(restrictMessageGroups && {
            restrictMessageGroups: {
              immediateDescendantsOnly: true,
              omitDescriptors: true,
              ...restrictMessageGroups,
            },
          }),
        },
      });
    const named = (...names: string[][]) => ({
      kind: 'status',
      value: { messageGroupRegistrations: names.map((each) => ({ messageGroupName: each })) },
    });
    expect(await status()).toEqual(named(['a'], ['a', 'b'], ['c']));
    expect(await status({})).toEqual(named(['a'], ['c']));
    expect(await status({ parentGroup: ['a'] })).toEqual(named(['a', 'b']));
    await groups(leave('a', 'b'), leave('a'), leave('c'));
    expect(await status()).toEqual({ kind: 'status', value: {} });
  });

  test('submission defaults, for submission is not served', async () => {
    const registrationType = { registrations: new Set(['submissionDefaults']) };
    expect(
      await refusalOf(user.register({ submissionDefaults: octets('31 05 A0 03 02 01 05') })),
    ).toEqual({
      code: 32,
      problem: 'registration-not-supported',
      registrationType,
    });
  });

  test('more user agents than there may be', async () => {
    const uaRegistrations = Array.from({ length: 129 }, (_, i) => ({
      uaRegistrationIdentifier: `ua${i}`,
      listAttributeDefaults: [SUBJECT],
    }));
    expect(await refusalOf(user.register({ uaRegistrations }))).toEqual({
      code: 32,
      problem: 'registration-limit-exceeded',
      registrationType: { registrations: new Set(['uaRegistrations']) },
    });
    const registrations = new Set(['uaRegistrations'] as const);
    expect(await user.register({ registrationStatusRequest: { registrations } })).toEqual({
      kind: 'status',
      value: {},
    });
  });

  test('MS-193 a class that is not served', async () => {
    for (const entryClass of [4, 5, 6, 7, 99]) {
      expect(await refusalOf(user.list({}, [], entryClass))).toEqual({
        code: 34,
        entryClass,
        problem: new Set(['unsupported']),
      });
    }
  });

  test('MS-197 an extension that is not known', async () => {
    const unknown = octets(`A1 06 06 04 56 04 09 63`);
    for (const [operation, argument] of [
      [MS_OPERATION.list, `31 14 A1 02 31 00 A4 0E 30 0C`],
      [MS_OPERATION.summarize, `31 14 A1 02 31 00 A3 0E 30 0C`],
      [MS_OPERATION.fetch, `31 15 A2 03 02 01 01 A4 0E 30 0C`],
      [MS_OPERATION.delete, `31 17 A2 05 31 03 02 01 01 A3 0E 30 0C`],
      [MS_OPERATION.registerMs, `31 10 AA 0E 30 0C`],
    ] as const) {
      const whole = Buffer.concat([octets(argument), EXTENSION]);
      const answer = await user.invoke(operation, whole);
      expect(answer).toMatchObject({ kind: 'error', code: 31 });
      const parameter = answer.kind === 'error' ? answer.octets : null;
      expect(Buffer.from(parameter ?? []).toString('hex')).toBe(
        Buffer.from(unknown).toString('hex'),
      );
    }
  });
});
