/** Rows MS-081, MS-105, MS-123 to MS-138 of the semantics checklist: Register-MS. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AUTO_ACTION } from '../../../src/x413/auto-alert.js';
import { type Bench, conformanceBench, EDITIONS } from '../../support/conformance.js';
import { deliver, ipm, mtaLink } from '../../support/fixture-f1.js';
import {
  autoAlert,
  equality,
  ia5,
  P7User,
  present,
  priority,
  refusalOf,
  typesOf,
} from '../../support/p7-user.js';
import { USER_PASSWORD } from '../../support/server.js';

const CONTENT = '2.6.4.3.1';
const ORIGINATOR = '2.6.4.3.27';
const PRIORITY = '2.6.4.3.31';
const SUBJECT = '2.6.1.7.4';
const UNKNOWN = '2.6.4.3.45';
const done = { kind: 'noStatus', value: null };
const simple = (value: string) => ({ kind: 'simpleIa5', value }) as const;
const urgent = equality(PRIORITY, priority(2));

describe.each(EDITIONS)('Register-MS, edition %s', (edition) => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await conformanceBench(30);
  });
  afterAll(() => bench.dispose());
  const f1 = () => bench.f1({ edition });
  const bind = (mailbox: string, options = {}) =>
    P7User.bind(bench.server, mailbox, { edition, ...options });
  /** Identifiers of the alerts that a message raises. */
  const raised = async (user: P7User, count: number, message: object = {}) => {
    const mta = await mtaLink(bench.server, user.mailbox);
    const content = ipm(user.mailbox, { identifier: 'raised', subject: 'Raised' });
    user.alerts.length = 0;
    await deliver(mta, user.mailbox, { content, ...message });
    await mta.unbind();
    const alerts = await user.alerted(count);
    return alerts.map(({ alertRegistrationIdentifier }) => alertRegistrationIdentifier);
  };

  test('MS-081, MS-132 list defaults: what List conveys when nothing is asked', async () => {
    const { user, n1 } = await f1();
    expect(await user.register({ listAttributeDefaults: [SUBJECT, ORIGINATOR] })).toEqual(done);
    const { requested } = await user.list();
    expect(typesOf(requested?.[0])).toEqual([SUBJECT, ORIGINATOR].sort());
    expect((await user.list({}, [])).requested?.[0]).toEqual({ sequenceNumber: n1 });
    expect(typesOf((await user.list({}, [PRIORITY])).requested?.[0])).toEqual([PRIORITY]);
    expect((await user.statuses())[n1]).toBe(1);
  });

  test('MS-105 fetch defaults: what Fetch conveys when nothing is asked', async () => {
    const { user, n1 } = await f1();
    await user.register({ fetchAttributeDefaults: [CONTENT, SUBJECT] });
    const { entryInformation } = await user.fetch(n1);
    expect(typesOf(entryInformation)).toEqual([CONTENT, SUBJECT].sort());
    expect((await user.statuses())[n1]).toBe(2);
    expect((await user.list()).requested?.flatMap(typesOf)).toEqual([]);
  });

  test('MS-123 an empty set takes the defaults away', async () => {
    const { user } = await f1();
    await user.register({ listAttributeDefaults: [SUBJECT] });
    await user.register({ listAttributeDefaults: [] });
    expect((await user.list()).requested?.flatMap(typesOf)).toEqual([]);
  });

  test('MS-124 defaults that List may not return are refused, and the old ones stay', async () => {
    const { user } = await f1();
    await user.register({ listAttributeDefaults: [SUBJECT] });
    const refusal = await refusalOf(
      user.register({
        listAttributeDefaults: [PRIORITY, CONTENT, UNKNOWN],
        fetchAttributeDefaults: [CONTENT, UNKNOWN],
      }),
    );
    const problems = [
      { problem: 4, type: CONTENT },
      { problem: 1, type: UNKNOWN },
    ];
    expect(refusal).toEqual({ code: 21, problems });
    expect(typesOf((await user.list()).requested?.[0])).toEqual([SUBJECT]);
  });

  test('MS-125 unknown auto-actions, and known ones that are not performed', async () => {
    const { user } = await f1();
    const registration = (autoActionType: string) => ({
      autoActionType,
      registrationIdentifier: 1,
      registrationParameter: ia5('x'),
    });
    const { autoForward } = AUTO_ACTION;
    const refusal = await refusalOf(
      user.register({
        autoActionRegistrations: ['2.6.4.4.99', autoForward].map(registration),
      }),
    );
    const problems = [
      { problem: 0, type: '2.6.4.4.99' },
      { problem: edition === '88' ? 0 : 2, type: autoForward },
    ];
    expect(refusal).toEqual({ code: 22, problems });
  });

  test('an auto-alert whose number no alert can name, or with destinations', async () => {
    const { user } = await f1();
    const problems = [{ problem: edition === '88' ? 0 : 2, type: AUTO_ACTION.autoAlert }];
    const tooLarge = user.register({ autoActionRegistrations: [autoAlert(129)] });
    expect(await refusalOf(tooLarge)).toEqual({ code: 22, problems });
    const alertAddress = {
      directReference: '1.3.6.1',
      encoding: { kind: 'singleAsn1Type', value: ia5('x') },
    } as const;
    const elsewhere = autoAlert(1, { alertDestinations: [{ alertAddress }] });
    expect(await refusalOf(user.register({ autoActionRegistrations: [elsewhere] }))).toEqual({
      code: 22,
      problems,
    });
  });

  test('MS-126 the same number again replaces the registration', async () => {
    const { user } = await f1();
    await user.register({ autoActionRegistrations: [autoAlert(1, { filter: urgent })] });
    expect(await raised(user, 0)).toEqual([]);
    await user.register({ autoActionRegistrations: [autoAlert(1)] });
    expect(await raised(user, 1)).toEqual([1]);
  });

  test('MS-127 one is deregistered, the other goes on; what was none is no fault', async () => {
    const { user } = await f1();
    await user.register({ autoActionRegistrations: [autoAlert(2), autoAlert(1)] });
    expect(await raised(user, 2)).toEqual([1, 2]);
    const { autoAlert: autoActionType } = AUTO_ACTION;
    const gone = [1, 7].map((registrationIdentifier) => ({
      autoActionType,
      registrationIdentifier,
    }));
    await user.register({ autoActionDeregistrations: gone });
    expect(await raised(user, 1)).toEqual([2]);
  });

  test('MS-128 all or nothing', async () => {
    const { user } = await f1();
    const faulty = autoAlert(2, { filter: present(UNKNOWN), requestedAttributes: [] });
    const inappropriate = autoAlert(3, { requestedAttributes: [{ type: CONTENT }] });
    const refusal = await refusalOf(
      user.register({
        autoActionRegistrations: [autoAlert(1), faulty, inappropriate],
        listAttributeDefaults: [SUBJECT],
      }),
    );
    const problems = [
      { problem: 1, type: UNKNOWN },
      { problem: 4, type: CONTENT },
    ];
    expect(refusal).toEqual({ code: 21, problems });
    expect(await raised(user, 0)).toEqual([]);
    expect((await user.list()).requested?.flatMap(typesOf)).toEqual([]);
  });

  test('a parameter of another type: invalid-parameters-error', async () => {
    const { user } = await f1();
    const odd = { ...autoAlert(1), registrationParameter: ia5('x') };
    expect(await refusalOf(user.register({ autoActionRegistrations: [odd] }))).toEqual({
      code: 29,
    });
  });

  test('MS-129 to MS-131 credentials', async () => {
    const { user, mailbox } = await f1();
    const change = (oldPassword: string, newPassword: string) =>
      user.register({
        changeCredentials: {
          oldCredentials: simple(oldPassword),
          newCredentials: simple(newPassword),
        },
      });
    expect(await refusalOf(change('wrong', 'next'))).toEqual({ code: 5 });
    expect(await refusalOf(change(USER_PASSWORD, ''))).toEqual({ code: 6 });
    expect(await refusalOf(change(USER_PASSWORD, 'x'.repeat(63)))).toEqual({ code: 6 });
    await (await bind(mailbox)).unbind();
    expect(await change(USER_PASSWORD, 'next')).toEqual(done);
    expect((await user.list()).numbers).toHaveLength(5);
    const { octets } = await P7User.refusal(bench.server, mailbox, { edition });
    expect(Buffer.from(octets ?? []).toString('hex')).toBe('0a0100');
    await (await bind(mailbox, { password: 'next' })).unbind();
    expect(await refusalOf(change(USER_PASSWORD, 'third'))).toEqual({ code: 5 });
    expect(await change('next', 'third')).toEqual(done);
    await (await bind(mailbox, { password: 'third' })).unbind();
  });

  test('labels: a security context must be among those that are registered', async () => {
    const { user, mailbox } = await f1();
    const label = (securityClassification: number) => ({
      securityPolicyIdentifier: '1.3.26.0',
      securityClassification,
    });
    await (await bind(mailbox, { securityContext: [label(9)] })).unbind();
    await user.register({ userSecurityLabels: [label(1), label(2)] });
    await (await bind(mailbox, { securityContext: [label(2)] })).unbind();
    await (await bind(mailbox)).unbind();
    const { octets } = await P7User.refusal(bench.server, mailbox, {
      edition,
      securityContext: [label(1), label(3)],
    });
    expect(Buffer.from(octets ?? []).toString('hex')).toBe('0a0101');
  });

  test('two changes at once: both are kept', async () => {
    const { user } = await f1();
    await Promise.all([
      user.register({ listAttributeDefaults: [SUBJECT] }),
      user.register({ fetchAttributeDefaults: [PRIORITY] }),
    ]);
    expect(typesOf((await user.list()).requested?.[0])).toEqual([SUBJECT]);
    expect(typesOf((await user.fetch({})).entryInformation)).toEqual([PRIORITY]);
  });

  test('members of 1994', async () => {
    const { user } = await f1();
    const register = user.register({ registrationStatusRequest: {} });
    if (edition === '88') expect(await refusalOf(register)).toEqual({ code: 29 });
    else expect(await register).toEqual({ kind: 'status', value: {} });
    const agents = [{ uaRegistrationIdentifier: 'ua', listAttributeDefaults: [SUBJECT] }];
    const agent = user.register({ uaRegistrations: agents });
    if (edition === '88') expect(await refusalOf(agent)).toEqual({ code: 29 });
    else expect(await agent).toEqual(done);
  });

  // What is on disk knows no edition.
  if (edition === '88')
    test('MS-138 all of it outlives the server', async () => {
      const { user, mailbox } = await f1();
      await user.register({
        listAttributeDefaults: [SUBJECT],
        autoActionRegistrations: [autoAlert(5)],
        changeCredentials: {
          oldCredentials: simple(USER_PASSWORD),
          newCredentials: simple('kept'),
        },
      });
      user.abort();
      await bench.server.kill();
      await bench.server.start();
      const again = await bind(mailbox, { password: 'kept' });
      expect(typesOf((await again.list()).requested?.[0])).toEqual([SUBJECT]);
      expect(await raised(again, 1)).toEqual([5]);
      await again.unbind();
      await bench.server.stop();
      await bench.server.start();
      const third = await bind(mailbox, { password: 'kept' });
      expect(await raised(third, 1)).toEqual([5]);
      await third.unbind();
    });
});
