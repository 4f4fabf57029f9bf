/**
 * Wireshark reads every operation, result and error of P7 in both editions, both directions,
 * without a complaint: those of a real server, and every problem of every error.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Oid } from '../../src/asn1/primitive.js';
import { encode } from '../../src/asn1/type.js';
import { parseHex } from '../../src/base/octets.js';
import { composeProbe, composeSubmission } from '../../src/client/index.js';
import { Directory } from '../../src/directory/directory.js';
import { hashPassword } from '../../src/directory/password.js';
import type { Reply, Request } from '../../src/engine/contract.js';
import { Listener } from '../../src/net/listener.js';
import { BoundUsers } from '../../src/p7/bound-users.js';
import { P7Session } from '../../src/p7/session.js';
import { APPLICATION_CONTEXT, MS_OPERATION } from '../../src/x411/application-contexts.js';
import { MtsIdentifier } from '../../src/x411/identifiers.js';
import { AUTO_ACTION } from '../../src/x413/auto-alert.js';
import type { Edition } from '../../src/x413/common.js';
import {
  ATTRIBUTE_PROBLEM,
  attributeError,
  DELETE_PROBLEM,
  deleteError,
  ENTRY_CLASS_PROBLEM,
  entryClassError,
  fetchRestrictionError,
  invalidParametersError,
  type MsRefusal,
  msErrorOf,
  msSecurityError,
  rangeError,
  SERVICE_PROBLEM,
  sequenceNumberError,
  serviceError,
  unknownExtensionError,
} from '../../src/x413/errors.js';
import { MODIFY_PROBLEM, modifyError } from '../../src/x413/modify.js';
import {
  AUTO_ACTION_PROBLEM,
  autoActionRequestError,
  MESSAGE_GROUP_PROBLEM,
  messageGroupError,
  newCredentialsError,
  oldCredentialsError,
  REGISTER_MS_PROBLEM,
  registerMsError,
} from '../../src/x413/registration-errors.js';
import { mailboxId } from '../store/samples.js';
import { EDITIONS } from '../support/conformance.js';
import { deliver, deliverF1, F1_CONTENT, mtaLink } from '../support/fixture-f1.js';
import { NO_MTS } from '../support/no-mts.js';
import {
  autoAlert,
  equality,
  int,
  item,
  loose,
  numbers,
  P7User,
  present,
  STATUS,
  strict,
  teletex,
} from '../support/p7-user.js';
import { startProxy } from '../support/proxy.js';
import { addressOf, type TestServer, testServer, USER_PASSWORD } from '../support/server.js';
import { codesIn, dissectP7, HAS_TSHARK, WHY_WITHOUT_TSHARK } from '../support/tshark.js';

const SUBJECT = '2.6.1.7.4';
const CONTENT = '2.6.4.3.1';
const PRIORITY = '2.6.4.3.31';
const NOTES = '2.6.4.3.58';
const UNKNOWN = '2.6.4.3.99';
const octets = (hex: string) => parseHex(hex) as Uint8Array;
const simple = (value: string) => ({ kind: 'simpleIa5', value }) as const;
/** 2.6.4.9.99 with NULL. */
const EXTENSION = '28 0A 06 04 56 04 09 63 A0 02 05 00';
/** How an operation ends: with its result, or with the error of this code. */
type End = number | 'result';
type Act = readonly [end: End, act: (user: P7User) => Promise<unknown>];

/** Errors of X.411, of which it knows nothing where they answer a retrieval; and the MS's own. */
const CODES_UNKNOWN: readonly number[] = [5, 6, 12, 26];

/**
 * What it complains about, without what it does not know: errors, and values whose type it has not,
 * behind which it finds more than it expects where they stand under a tag. The value of a problem
 * of an attribute it reads, and then calls its tag [2] unknown.
 */
function beyondIt(complaints: readonly string[]) {
  const isUnknown = (one: string) => /^\d+\tROS: Dissector for OID \S+ not implemented$/.test(one);
  const isValue = (one: string) =>
    /^\d+\tBER Error: Unknown field in SET class:CONTEXT\(2\) tag:2$/.test(one);
  const beyond = 'BER Error: This field lies beyond the end of the known sequence definition.';
  const isUndecoded = (one: string) =>
    /^\d+\tBER: Dissector for OID not implemented\.[^,]*$/.test(one.replaceAll(`,${beyond}`, ''));
  return {
    others: complaints.filter((one) => !isUnknown(one) && !isValue(one) && !isUndecoded(one)),
    undecoded: complaints.filter(isUndecoded).length,
    unknown: complaints.filter(isUnknown).length,
    values: complaints.filter(isValue).length,
  };
}

async function endOf(act: Promise<unknown>): Promise<End> {
  try {
    const answer = (await act) as { readonly kind?: string; readonly code?: number } | null;
    return answer?.kind === 'error' ? (answer.code ?? 0) : 'result';
  } catch (error) {
    const { answer } = error as { answer: { readonly kind: string; readonly code: number } };
    return answer.kind === 'error' ? answer.code : 0;
  }
}

const cancel = encode(MtsIdentifier, {
  globalDomainIdentifier: {
    countryName: { kind: 'printable', value: 'XX' },
    administrationDomainName: { kind: 'printable', value: 'ICAO' },
  },
  localIdentifier: 'ABCD',
});
const envelope = (mailbox: string) => ({
  originator: addressOf(mailbox),
  recipients: [{ address: addressOf('elsewhere') }],
  contentType: '2.6.1.10.1',
});

const message = (mailbox: string) => ({
  ...envelope(mailbox),
  content: F1_CONTENT.n1(mailbox),
});
const submits = (user: P7User, operation: number, argument: Uint8Array) =>
  user.invoke(operation, argument, user.context.submission);

/** What both editions have; the mailbox holds F1, all new. */
const BOTH: readonly Act[] = [
  ['result', (user) => user.summarize()],
  ['result', (user) => user.summarize({}, [STATUS, PRIORITY])],
  [21, (user) => user.summarize({}, [SUBJECT, UNKNOWN])],
  [21, (user) => user.list({ filter: equality(CONTENT, teletex('x')) }, [CONTENT])],
  [27, (user) => user.list({ filter: deep(60) })],
  [28, (user) => user.fetch(99)],
  [24, (user) => user.fetch({}, [CONTENT])],
  [23, (user) => user.delete([1])],
  [23, (user) => user.delete([3])],
  [28, (user) => user.delete([98, 99])],
  ['result', (user) => user.fetch({ override: new Set(['overrideAttributeLengthRestriction']) })],
  ['result', (user) => user.list({ limit: 2 }, [SUBJECT, STATUS, PRIORITY])],
  ['result', (user) => user.list({ childEntries: true }, [SUBJECT, '2.6.4.3.27', '2.6.1.6.1'])],
  ['result', (user) => user.fetch(1, [SUBJECT, '2.6.4.3.8'])],
  ['result', (user) => user.fetch({ filter: present(SUBJECT), limit: 2 }, [])],
  ['result', (user) => user.delete([1])],
  ['result', (user) => user.delete({ filter: present('2.6.1.9.8') })],
  [
    22,
    (user) =>
      user.register({
        autoActionRegistrations: [AUTO_ACTION.autoForward, '2.6.4.4.99'].map((autoActionType) => ({
          autoActionType,
          registrationIdentifier: 1,
        })),
      }),
  ],
  [5, (user) => user.register(change('guess', 'next'))],
  [6, (user) => user.register(change(USER_PASSWORD, ''))],
  ['result', (user) => user.register(change(USER_PASSWORD, 'next'))],
  ['result', (user) => user.register(change('next', USER_PASSWORD))],
  [
    'result',
    (user) =>
      user.register({
        autoActionRegistrations: [autoAlert(7, { requestedAttributes: [{ type: SUBJECT }] })],
        autoActionDeregistrations: [{ autoActionType: '2.6.4.4.1', registrationIdentifier: 2 }],
        listAttributeDefaults: [SUBJECT],
        fetchAttributeDefaults: [PRIORITY],
        userSecurityLabels: [{ securityClassification: 1 }],
      }),
  ],
  [15, (user) => submits(user, 3, composeSubmission(message(user.mailbox)))],
  [15, (user) => submits(user, 4, composeProbe(envelope(user.mailbox)))],
  [15, (user) => submits(user, 7, cancel)],
];

const ONLY_88: readonly Act[] = [
  [25, (user) => user.list({ ...numbers(3, 1) })],
  [29, (user) => user.list({}, [], 1)],
  [29, (user) => user.register({ messageGroupRegistrations: [group('a')] })],
];

const note = { type: NOTES, values: [teletex('seen')] };
const ONLY_94: readonly Act[] = [
  ['result', (user) => user.list({ ...numbers(9, 1), limit: 2 }, [SUBJECT])],
  ['result', (user) => user.list({}, [{ type: '2.6.1.7.11', count: 0 }, SUBJECT])],
  ['result', (user) => user.list({ filter: byCountry() })],
  [34, (user) => user.list({}, [], 6)],
  [
    31,
    (user) => user.invoke(MS_OPERATION.list, octets(`31 14 A1 02 31 00 A4 0E 30 0C ${EXTENSION}`)),
  ],
  ['result', (user) => user.modify([2], loose({ kind: 'addAttribute', value: note }))],
  [
    'result',
    (user) =>
      user.modify(
        [2],
        loose({
          kind: 'addValues',
          value: { type: NOTES, values: [{ value: teletex('again'), position: 1 }] },
        }),
      ),
  ],
  [
    'result',
    (user) =>
      user.modify(
        [2],
        strict({ kind: 'removeValues', value: { type: NOTES, values: [{ position: 1 }] } }),
      ),
  ],
  [
    'result',
    (user) =>
      user.modify(
        [4],
        loose({ kind: 'removeAttribute', value: STATUS }),
        loose({ kind: 'addAttribute', value: { type: STATUS, values: [int(2)] } }),
      ),
  ],
  [33, (user) => user.modify([4], loose({ kind: 'removeAttribute', value: STATUS }))],
  [33, (user) => user.modify([2, 4], strict({ kind: 'removeAttribute', value: NOTES }))],
  [21, (user) => user.modify([2], loose({ kind: 'removeAttribute', value: PRIORITY }))],
  [28, (user) => user.modify([99], loose({ kind: 'addAttribute', value: note }))],
  [30, (user) => user.register({ messageGroupRegistrations: [group('a', 'b')] })],
  [
    'result',
    (user) =>
      user.register({
        messageGroupRegistrations: [
          group('a'),
          { kind: 'deregisterGroup', value: ['a'] },
          group('c'),
        ],
        uaRegistrations: [{ uaRegistrationIdentifier: 'desk', listAttributeDefaults: [SUBJECT] }],
      }),
  ],
  [
    'result',
    (user) =>
      user.register({
        registrationStatusRequest: {
          registrations: new Set([
            'autoActionRegistrations',
            'listAttributeDefaults',
            'fetchAttributeDefaults',
            'uaRegistrations',
            'messageGroupRegistrations',
          ] as const),
        },
      }),
  ],
  [32, (user) => user.register({ submissionDefaults: octets('31 05 A0 03 02 01 05') })],
];

const change = (from: string, to: string) => ({
  changeCredentials: { oldCredentials: simple(from), newCredentials: simple(to) },
});
const group = (...messageGroupName: string[]) =>
  ({ kind: 'registerGroup', value: { messageGroupName } }) as const;
const deep = (depth: number): ReturnType<typeof present> =>
  depth === 0 ? present(SUBJECT) : { kind: 'not', value: deep(depth - 1) };
const byCountry = () =>
  item({
    kind: 'otherMatch',
    value: {
      matchingRule: '2.6.4.8.16',
      attributeType: '2.6.4.3.27',
      matchValue: octets('60 08 30 06 61 04 13 02 58 58'),
    },
  });

describe.skipIf(!HAS_TSHARK)(`an independent decoder of P7${WHY_WITHOUT_TSHARK}`, () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await testServer(EDITIONS.map((edition) => `box${edition}`));
    await server.start();
  });
  afterAll(() => server.dispose());

  test.each(EDITIONS)('reads every operation, result and error, %s', async (edition) => {
    const mailbox = `box${edition}`;
    await deliverF1(server, mailbox);
    const proxy = await startProxy(server.port);
    const through = { ...server, port: proxy.port };
    const user = await P7User.bind(through, mailbox, {
      edition,
      msConfigurationRequest: true,
      fetchRestrictions: { maximumAttributeLength: 20, allowedContentTypes: ['2.6.1.10.1'] },
    });
    for (const [end, act] of [...BOTH, ...(edition === '88' ? ONLY_88 : ONLY_94)]) {
      expect(await endOf(act(user)), act.toString()).toBe(end);
    }
    const mta = await mtaLink(server, mailbox);
    await deliver(mta, mailbox, { content: F1_CONTENT.n1(mailbox) });
    await user.alerted(1);
    user.alertError = edition === '88' ? 26 : 12;
    await deliver(mta, mailbox, { content: F1_CONTENT.n2(mailbox) });
    await user.alerted(2);
    await Promise.all([user.unbind(), mta.unbind()]);
    await P7User.refusal(through, mailbox, { edition, password: 'guess' });
    const { complaints, text } = dissectP7(proxy.segments, server.port);
    await proxy.close();
    const { others, undecoded } = beyondIt(complaints);
    expect(others).toEqual([]);
    // The parameter of the auto-alert; in 1994 the notes, and the parameter once more.
    expect(undecoded).toBe(edition === '88' ? 1 : 5);
    expect(text).toContain('X.413 Message Store Service');
    const { operations, errors } = codesIn(text);
    expect(operations).toEqual(
      edition === '88' ? [3, 4, 7, 20, 21, 22, 23, 24, 25] : [3, 4, 7, 20, 21, 22, 23, 24, 25, 26],
    );
    expect(errors).toEqual(
      edition === '88'
        ? [5, 6, 15, 21, 22, 23, 24, 25, 26, 27, 28, 29]
        : [5, 6, 12, 15, 21, 22, 23, 24, 27, 28, 30, 31, 32, 33, 34],
    );
  });

  test.each(EDITIONS)('reads every problem of every error, %s', async (edition) => {
    const refusals = refusalsOf(edition);
    const listener = await storeThatRefuses(edition, refusals);
    const proxy = await startProxy(listener.port);
    const user = await P7User.bind({ ...server, port: proxy.port }, 'refused', { edition });
    const codes: number[] = [];
    for (const _ of refusals) {
      const answer = await user.invoke(MS_OPERATION.list, octets('31 04 A1 02 31 00'));
      codes.push(answer.kind === 'error' ? answer.code : 0);
    }
    await user.unbind();
    const { complaints, text } = dissectP7(proxy.segments, listener.port);
    await Promise.all([proxy.close(), listener.close()]);
    expect(codes).toEqual(refusals.map((refusal) => msErrorOf(refusal)?.code));
    const unknown = codes.filter((code) => CODES_UNKNOWN.includes(code));
    expect(beyondIt(complaints)).toEqual({
      others: [],
      undecoded: 0,
      unknown: unknown.length,
      values: 1,
    });
    expect(codesIn(text).errors).toEqual([...new Set(codes)].sort((a, b) => a - b));
  });
});

const keysOf = <K extends string>(table: Readonly<Record<K, number>>) => Object.keys(table) as K[];

/** Every problem of every error that the edition has. */
function refusalsOf(edition: Edition): MsRefusal[] {
  const type: Oid = SUBJECT;
  const of88 = [
    ...keysOf(ATTRIBUTE_PROBLEM).map((problem) =>
      attributeError([
        { problem, type, ...(problem === 'invalid-attribute-value' && { value: teletex('x') }) },
      ]),
    ),
    ...keysOf(AUTO_ACTION_PROBLEM).map((problem) =>
      autoActionRequestError([{ problem, type: '2.6.4.4.0' }], edition),
    ),
    ...keysOf(DELETE_PROBLEM).map((problem) => deleteError([{ problem, sequenceNumber: 3 }])),
    fetchRestrictionError([
      { kind: 'contentType', value: '2.6.1.10.1' },
      { kind: 'eit', value: ['2.6.3.4.2'] },
      { kind: 'attributeLength', value: 20 },
    ]),
    invalidParametersError(),
    sequenceNumberError([1, 2]),
    ...keysOf(SERVICE_PROBLEM).map(serviceError),
    // Of the code that 1988 has for it, it knows nothing.
    ...Array.from({ length: edition === '88' ? 0 : 36 }, (_, problem) =>
      msSecurityError(problem, edition),
    ),
    oldCredentialsError(),
    newCredentialsError(),
  ];
  if (edition === '88') return [...of88, rangeError()];
  return [
    ...of88,
    unknownExtensionError('2.6.4.9.99'),
    ...keysOf(ENTRY_CLASS_PROBLEM).map((problem) => entryClassError(6, problem)),
    ...keysOf(MESSAGE_GROUP_PROBLEM).map((problem) => messageGroupError(problem, ['a', 'b'])),
    ...keysOf(REGISTER_MS_PROBLEM).map((problem) => registerMsError(problem, 'uaRegistrations')),
    ...keysOf(MODIFY_PROBLEM).map((problem) => modifyError(problem, 3, 1, [1, 2])),
  ];
}

/** Its shard refuses one operation after another. */
async function storeThatRefuses(edition: Edition, refusals: readonly MsRefusal[]) {
  const left = [...refusals];
  const passwordHash = await hashPassword(USER_PASSWORD);
  const mailbox = { id: mailboxId('refused'), addresses: [addressOf('refused')], passwordHash };
  const state = { isAlertPending: false, isContextAcceptable: true, isUserAgentKnown: false };
  const replyTo = ({ kind }: Request): Reply => {
    const text = kind === 'bind' ? JSON.stringify(state) : '';
    if (kind !== 'list') return { kind: 'result', result: Buffer.from(text) };
    const error = msErrorOf(left.shift());
    if (error === null) throw new Error('there is nothing more to refuse');
    return { kind: 'error', ...error };
  };
  const router = {
    request: (request: Request, done: (reply: Reply) => void) =>
      setImmediate(() => done(replyTo(request))),
    hasRoom: () => true,
    onRoom: () => undefined,
  };
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const services = {
    directory: new Directory([mailbox], []),
    router,
    log,
    storePassword: '',
    mts: NO_MTS,
    users: new BoundUsers(),
  };
  const { msAccess88, msAccess94 } = APPLICATION_CONTEXT;
  const context = edition === '88' ? msAccess88 : msAccess94;
  return Listener.open({
    host: '127.0.0.1',
    port: 0,
    handler: (driver) => new P7Session(driver, services as never, context),
  });
}
