/** Row MS-194 of the semantics checklist: what is served, and not to this user. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseHex } from '../../../src/base/octets.js';
import { composeSubmission } from '../../../src/client/index.js';
import { EDITIONS } from '../../support/conformance.js';
import { deliverF1, F1_CONTENT } from '../../support/fixture-f1.js';
import {
  autoAlert,
  loose,
  P7User,
  present,
  refusalOf,
  STATUS,
  teletex,
  typesOf,
} from '../../support/p7-user.js';
import { addressOf, type TestServer, testServer } from '../../support/server.js';

const SUBJECT = '2.6.1.7.4';
const NOTES = '2.6.4.3.58';
const AUTO_ALERT = '2.6.4.4.1';
const [DELIVERY, SUBMISSION, DRAFT, STORED] = [0, 1, 2, 3];
const octets = (hex: string) => parseHex(hex) as Uint8Array;
const INFORMATION = 'Maintenance on Sunday, 0200 to 0300 UTC';
/** Of the last mailbox; and what everybody is told. */
const CONFIGURATION = `    unsubscribed:
      entryClasses: [submission, messageLog]
      attributes: [${SUBJECT}, ${NOTES}]
      autoActions: [${AUTO_ALERT}]
store:
  serviceInformation: ${INFORMATION}`;
const notSubscribed = (...types: string[]) => ({
  code: 21,
  problems: types.map((type) => ({ problem: 3, type })),
});

describe.each(EDITIONS)('subscription, edition %s', (edition) => {
  let server: TestServer;
  let user: P7User;
  beforeAll(async () => {
    server = await testServer(['all', 'few'], CONFIGURATION);
    await server.start();
    for (const mailbox of ['all', 'few']) await deliverF1(server, mailbox);
    user = await P7User.bind(server, 'few', { edition, msConfigurationRequest: true });
  });
  afterAll(() => server.dispose());

  test('the configuration has what is subscribed to', () => {
    const { availableAttributeTypes = [], availableAutoActions, ...rest } = user.bindResult;
    expect(availableAttributeTypes).toContain(STATUS);
    expect(availableAttributeTypes).not.toContain(SUBJECT);
    expect(availableAutoActions).toBeUndefined();
    if (edition === '94') expect(rest.entryClassesSupported).not.toContain(SUBMISSION);
  });

  test('what the operator has for every user: told in 1994, and not in 1988', async () => {
    const other = await P7User.bind(server, 'all', { edition });
    for (const { bindResult } of [user, other]) {
      const told = edition === '94' ? INFORMATION : undefined;
      expect(bindResult.serviceInformation).toBe(told);
    }
    await other.unbind();
  });

  if (edition === '94')
    test('MS-194 a class that is served and not subscribed to', async () => {
      const problem = new Set(['not-subscribed']);
      const refusal = { code: 34, entryClass: SUBMISSION, problem };
      expect(await refusalOf(user.list({}, [], SUBMISSION))).toEqual(refusal);
      expect(await refusalOf(user.fetch(1, [], SUBMISSION))).toEqual(refusal);
      expect(await refusalOf(user.summarize({}, undefined, SUBMISSION))).toEqual(refusal);
      expect(await refusalOf(user.delete([1], SUBMISSION))).toEqual(refusal);
      const modification = loose({ kind: 'removeAttribute', value: STATUS });
      expect(await refusalOf(user.modifyIn(SUBMISSION, [1], modification))).toEqual(refusal);
      for (const entryClass of [DELIVERY, STORED])
        expect((await user.list({}, [], entryClass)).numbers).toHaveLength(5);
      expect((await user.list({}, [], DRAFT)).numbers).toEqual([]);
      const other = await P7User.bind(server, 'all', { edition });
      expect((await other.list({}, [], SUBMISSION)).numbers).toEqual([]);
      await other.unbind();
    });

  if (edition === '94')
    test('MS-194 nor is anything kept there: nothing is sent', async () => {
      const argument = composeSubmission({
        originator: addressOf('few'),
        recipients: [{ address: addressOf('elsewhere') }],
        contentType: '2.6.1.10.1',
        content: F1_CONTENT.n1('elsewhere'),
      });
      // submission-options behind envelope and content: object-entry-class submission.
      const options = octets('A4 07 31 05 A0 03 02 01 01');
      const head = argument[1] === 0x82 ? 4 : argument[1] === 0x81 ? 3 : 2;
      const contents = Buffer.concat([argument.subarray(head), options]);
      const length = Buffer.from([0x82, contents.length >> 8, contents.length & 255]);
      const whole = Buffer.concat([argument.subarray(0, 1), length, contents]);
      const answer = await user.invoke(3, whole, user.context.submission);
      expect(answer).toMatchObject({ kind: 'error', code: 34 });
      const parameter = answer.kind === 'error' ? answer.octets : null;
      expect(Buffer.from(parameter ?? [])).toEqual(
        Buffer.from(octets('31 0B A0 03 02 01 01 A1 04 03 02 06 40')),
      );
    });

  test('attributes: in selections, filters, summaries, defaults', async () => {
    expect(await refusalOf(user.list({}, [STATUS, SUBJECT]))).toEqual(notSubscribed(SUBJECT));
    expect(await refusalOf(user.fetch(1, [SUBJECT]))).toEqual(notSubscribed(SUBJECT));
    const filter = present(SUBJECT);
    expect(await refusalOf(user.list({ filter }, []))).toEqual(notSubscribed(SUBJECT));
    expect(await refusalOf(user.summarize({}, [SUBJECT]))).toEqual(notSubscribed(SUBJECT));
    expect(await refusalOf(user.register({ listAttributeDefaults: [SUBJECT] }))).toEqual(
      notSubscribed(SUBJECT),
    );
    if (edition === '94') {
      const value = { type: NOTES, values: [teletex('x')] };
      const modified = user.modify([1], loose({ kind: 'addAttribute', value }));
      expect(await refusalOf(modified)).toEqual(notSubscribed(NOTES));
    }
    const { requested } = await user.list({}, [STATUS]);
    expect(typesOf(requested?.[0])).toEqual([STATUS]);
  });

  test('auto-actions', async () => {
    const problems = [{ problem: 1, type: AUTO_ALERT }];
    const registered = user.register({ autoActionRegistrations: [autoAlert(1, {})] });
    expect(await refusalOf(registered)).toEqual({ code: 22, problems });
  });
});
