/**
 * Rows of the semantics checklist about submission, over TCP: a user, the store, and an MTA that
 * takes what the store submits.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bitsOf } from '../../../src/asn1/bit-string.js';
import { childrenOf } from '../../../src/asn1/elements.js';
import { wrap } from '../../../src/asn1/header.js';
import { octetString } from '../../../src/asn1/primitive.js';
import { readElement } from '../../../src/asn1/reader.js';
import { context, TAG } from '../../../src/asn1/tag.js';
import { decode, encode } from '../../../src/asn1/type.js';
import { joinOctets, parseHex } from '../../../src/base/octets.js';
import {
  composeProbe,
  composeSubmission,
  type FaultRule,
  type MtaEvent,
  MtaServer,
  type SubmissionInput,
} from '../../../src/client/index.js';
import { MS_OPERATION, MTS_OPERATION } from '../../../src/x411/application-contexts.js';
import { EXTENSION } from '../../../src/x411/extension.js';
import { MtsIdentifier } from '../../../src/x411/identifiers.js';
import { keepOrName } from '../../../src/x411/or-name.js';
import {
  MessageSubmissionArgument,
  MessageSubmissionResult,
  type PerRecipientSubmissionFields,
  ProbeSubmissionResult,
} from '../../../src/x411/submission.js';
import type { Edition } from '../../../src/x413/common.js';
import { type Modification, ModifyArgument, ModifyResult } from '../../../src/x413/modify.js';
import { CommonSubmissionResults } from '../../../src/x413/submission.js';
import { type Bench, conformanceBench, EDITIONS } from '../../support/conformance.js';
import { deliverF1, F1_CONTENT } from '../../support/fixture-f1.js';
import { equality, int, loose, P7User, refusalOf, valuesOf } from '../../support/p7-user.js';
import { addressOf, MTA_PASSWORD } from '../../support/server.js';

const A = {
  content: '2.6.4.3.1',
  entryType: '2.6.4.3.16',
  messageIdentifier: '2.6.4.3.19',
  submissionTime: '2.6.4.3.23',
  originator: '2.6.4.3.27',
  subjectIdentifier: '2.6.4.3.40',
  cancellationTime: '2.6.4.3.50',
  status: '2.6.4.3.15',
  groups: '2.6.4.3.57',
  notes: '2.6.4.3.58',
  envelope: '2.6.4.3.59',
  submissionError: '2.6.4.3.61',
  recipients: '2.6.4.3.71',
  locallyOriginated: '2.6.4.3.77',
  subject: '2.6.1.7.4',
} as const;
const CLASS = { delivery: 0, submission: 1, draft: 2, all: 3, log: 5 } as const;
const P22 = '2.6.1.10.1';
const octets = (hex: string) => parseHex(hex) as Uint8Array;
const general = (text: string) => Uint8Array.of(0x1b, text.length, ...Buffer.from(text));
const hex = (value: Uint8Array) => Buffer.from(value).toString('hex');

/** An MTA that does wrong to some; what it delivers goes back into the store. */
const FAULTS: readonly FaultRule[] = [
  { on: 'message-submission', address: addressOf('box0'), do: { error: 4 } },
  { on: 'message-submission', address: addressOf('box1'), do: { abort: 'after' } },
  { on: 'message-submission', address: addressOf('box2'), do: { abort: 'before' } },
  { on: 'cancel-deferred-delivery', address: addressOf('box3'), do: { error: 8 } },
  { on: 'message-submission', address: addressOf('box11'), do: { delayMs: 300 } },
];

/** `options`: members of MSSubmissionOptions. */
function withOptions(argument: Uint8Array, ...options: string[]): Uint8Array {
  const element = readElement(argument);
  const set = joinOctets(wrap(TAG.set, options.map(octets)));
  const own = joinOctets(wrap(context(4), [set]));
  return joinOctets(wrap(element.tag, [element.content, own]));
}
const keptIn = (entryClass: number) => `A003 0201 0${entryClass}`;

describe('submission through the store', () => {
  let bench: Bench;
  let mta: MtaServer;
  const events: MtaEvent[] = [];
  const users: P7User[] = [];
  beforeAll(async () => {
    // Its port is asked for by the store's configuration; it delivers where the store listens.
    const stores: { host: string; port: number; name: string; password: string }[] = [];
    mta = await MtaServer.open({
      name: 'MTA-1',
      password: MTA_PASSWORD,
      stores,
      faults: FAULTS,
      retryMs: 100,
      onEvent: (event) => events.push(event),
    });
    bench = await conformanceBench(16, '', { mtsPort: mta.port, keeps: ['box1', 'box2', 'box4'] });
  });
  afterAll(async () => {
    for (const user of users) user.abort();
    await bench.dispose();
    await mta.close();
  });

  const bind = async (mailbox: string, edition: Edition) => {
    const user = await P7User.bind(bench.server, mailbox, { edition });
    users.push(user);
    return user;
  };
  const message = (from: string, input: Partial<SubmissionInput> = {}) =>
    composeSubmission({
      originator: addressOf(from),
      recipients: [{ address: addressOf('elsewhere'), report: 'none' }],
      contentType: P22,
      content: F1_CONTENT.n1(from),
      contentIdentifier: 'CID 1',
      ...input,
    });
  const send = (user: P7User, argument: Uint8Array) =>
    user.submit(MTS_OPERATION.messageSubmission, argument);
  const createdEntry = (result: Uint8Array): number => {
    const own = childrenOf(readElement(result)).find(({ tag }) => tag === context(4));
    const set = own?.children().next();
    if (!set) throw new Error('no results of the store');
    return CommonSubmissionResults.decode(set).createdEntry ?? 0;
  };
  const count = (type: MtaEvent['type']) => events.filter((event) => event.type === type).length;

  describe.each(EDITIONS)('in %s', (edition) => {
    let name: string;
    let user: P7User;
    beforeAll(async () => {
      name = edition === '88' ? 'box5' : 'box6';
      user = await bind(name, edition);
    });

    test('MS-177 the MTA has it, and its result is handed back', async () => {
      const before = count('submitted');
      const result = decode(MessageSubmissionResult, await send(user, message(name)));
      expect(result.contentIdentifier).toBe('CID 1');
      expect(result.messageSubmissionIdentifier.localIdentifier).toMatch(/^MTA-1\./);
      expect(count('submitted')).toBe(before + 1);
    });

    test('MS-180 in the name of another user', async () => {
      const before = events.length;
      expect(await refusalOf(send(user, message('box7')))).toEqual({ code: 2 });
      expect(events.length).toBe(before);
    });

    test('a recipient without any name, two reports of one, later than it may be', async () => {
      const before = events.length;
      const nameless = { ...decode(MessageSubmissionArgument, message(name)) };
      const [recipient] = nameless.envelope.perRecipientFields;
      const changed = (change: Partial<PerRecipientSubmissionFields>) =>
        encode(MessageSubmissionArgument, {
          ...nameless,
          envelope: {
            ...nameless.envelope,
            perRecipientFields: [{ ...(recipient as PerRecipientSubmissionFields), ...change }],
          },
        });
      const recipientName = keepOrName({ standardAttributes: {} });
      const improper = await refusalOf(send(user, changed({ recipientName })));
      expect(improper).toMatchObject({ code: 3, 0: { value: { standardAttributes: {} } } });
      const twice = changed({ originatorReportRequest: bitsOf([3, 4]) });
      expect(await refusalOf(send(user, twice))).toEqual({ code: 11 });
      const late = message(name, {
        deferredUntil: new Date('2030-01-02T00:00:00Z'),
        latestDelivery: new Date('2030-01-01T00:00:00Z'),
      });
      expect(await refusalOf(send(user, late))).toEqual({ code: 11 });
      expect(events.length).toBe(before);
    });

    test('octets that are no submission are rejected as mistyped', async () => {
      const before = events.length;
      const mistyped = { kind: 'reject', reject: { kind: 'invoke', problem: 2 } };
      for (const argument of ['0500', '3000', '3102 0500']) {
        expect(await refusalOf(send(user, octets(argument)))).toMatchObject(mistyped);
      }
      expect(events.length).toBe(before);
    });

    test('MS-192 a probe', async () => {
      const argument = composeProbe({
        originator: addressOf(name),
        recipients: [addressOf('elsewhere')],
        contentType: P22,
        contentLength: 1_000,
      });
      const octets = await user.submit(MTS_OPERATION.probeSubmission, argument);
      const result = decode(ProbeSubmissionResult, octets);
      expect(result.probeSubmissionIdentifier.localIdentifier).toMatch(/^MTA-1\./);
    });

    test('MS-188 MS-190 a deferred message is cancelled, an unknown one is not', async () => {
      const deferredUntil = new Date('2040-01-01T00:00:00Z');
      const result = decode(
        MessageSubmissionResult,
        await send(user, message(name, { deferredUntil })),
      );
      const identifier = encode(MtsIdentifier, result.messageSubmissionIdentifier);
      const cancel = () => user.submit(MTS_OPERATION.cancelDeferredDelivery, identifier);
      expect(hex(await cancel())).toBe('0500');
      expect(await refusalOf(cancel())).toEqual({ code: 7 });
    });
  });

  test.each(EDITIONS)('MS-179 the error of the MTA is the user’s (%s)', async (edition) => {
    const user = await bind('box0', edition);
    expect(await refusalOf(send(user, message('box0')))).toEqual({ code: 4 });
  });

  test('MS-189 too late to be cancelled', async () => {
    const user = await bind('box3', '88');
    const identifier = encode(MtsIdentifier, {
      globalDomainIdentifier: {
        countryName: { kind: 'printable', value: 'XX' },
        administrationDomainName: { kind: 'printable', value: 'ICAO' },
      },
      localIdentifier: 'none',
    });
    const cancel = user.submit(MTS_OPERATION.cancelDeferredDelivery, identifier);
    expect(await refusalOf(cancel)).toEqual({ code: 8 });
  });

  test('MS-183 options in an association of 1988', async () => {
    const user = await bind('box7', '88');
    const before = events.length;
    const refusal = await refusalOf(send(user, withOptions(message('box7'), keptIn(1))));
    expect(refusal).toMatchObject({ kind: 'reject' });
    expect(events.length).toBe(before);
  });

  test('MS-184 MS-196 a copy in the class submission, with identifier and time', async () => {
    const user = await bind('box8', '94');
    const argument = message('box8');
    const result = await send(user, withOptions(argument, keptIn(CLASS.submission)));
    const number = createdEntry(result);
    expect(number).toBe(1);
    const { messageSubmissionIdentifier } = decode(MessageSubmissionResult, result);
    const attributes = Object.values(A);
    const { entryInformation } = await user.fetch(number, attributes, CLASS.submission);
    const has = (type: string) => valuesOf(entryInformation, type);
    expect(has(A.messageIdentifier)).toEqual([
      hex(encode(MtsIdentifier, messageSubmissionIdentifier)),
    ]);
    expect(has(A.submissionTime)).toHaveLength(1);
    expect(has(A.entryType)).toEqual(['020103']);
    expect(has(A.status)).toEqual(['020102']);
    expect(has(A.content)).toEqual([hex(encode(octetString('Content'), F1_CONTENT.n1('box8')))]);
    expect(has(A.envelope)).toEqual([
      hex(childrenOf(readElement(argument))[0]?.whole ?? octets('')),
    ]);
    expect(has(A.recipients)).toHaveLength(1);
    expect(has(A.locallyOriginated)).toEqual(['0500']);
    expect(has(A.submissionError)).toEqual([]);
    const strict = false;
    const modified = await user.modifyIn(
      CLASS.submission,
      [number],
      { strict, modification: { kind: 'removeAttribute', value: A.status } },
      {
        strict,
        modification: { kind: 'addAttribute', value: { type: A.status, values: [int(0)] } },
      },
    );
    expect(modified.entriesModified).toEqual([number]);
    const { requested } = await user.list({}, [A.status], CLASS.submission);
    expect(valuesOf(requested?.[0], A.status)).toEqual(['020100']);
    // It was listed in its own class, and is so in all.
    const listed = await user.list({}, [A.status], CLASS.all);
    expect(valuesOf(listed.requested?.[0], A.status)).toEqual(['020101']);
    expect((await user.list({}, [A.subject], CLASS.submission)).numbers).toEqual([1]);
    expect((await user.list({}, [A.subject], CLASS.all)).numbers).toEqual([1]);
    expect((await user.list({}, [A.subject], CLASS.delivery)).numbers).toEqual([]);
  });

  test('MS-185 a draft is stored and not submitted', async () => {
    const user = await bind('box9', '94');
    const before = events.length;
    const result = await send(user, withOptions(message('box9'), keptIn(CLASS.draft)));
    const own = readElement(result);
    expect(own.tag).toBe(context(4));
    expect((await user.list({}, [A.entryType, A.submissionError], CLASS.draft)).requested).toEqual([
      { sequenceNumber: 1, attributes: [{ type: A.entryType, values: [int(5)] }] },
    ]);
    expect(events.length).toBe(before);
    expect((await user.delete([1], CLASS.draft)).kind).toBe('result94');
    expect((await user.list({}, [], CLASS.draft)).numbers).toEqual([]);
  });

  test('MS-186 classes in which nothing that is submitted is kept', async () => {
    const user = await bind('box9', '94');
    const before = events.length;
    for (const [entryClass, problem] of [
      [0, 'inappropriate'],
      [3, 'inappropriate'],
      [7, 'inappropriate'],
      [5, 'unsupported'],
    ] as const) {
      const refused = await refusalOf(send(user, withOptions(message('box9'), keptIn(entryClass))));
      expect(refused).toEqual({ code: 34, entryClass, problem: new Set([problem]) });
    }
    const probe = composeProbe({
      originator: addressOf('box9'),
      recipients: [addressOf('elsewhere')],
      contentType: P22,
    });
    const draft = user.submit(MTS_OPERATION.probeSubmission, withOptions(probe, keptIn(2)));
    expect(await refusalOf(draft)).toMatchObject({ code: 34, entryClass: 2 });
    expect(events.length).toBe(before);
  });

  test('options that cannot be served: an extension, a group that is not registered', async () => {
    const user = await bind('box9', '94');
    const extension = 'A30E 300C 280A 0604 56040963 A002 0500';
    const refused = await refusalOf(send(user, withOptions(message('box9'), extension)));
    expect(refused).toMatchObject({ code: 31 });
    const group = 'A20A 3108 3006 1B04 6E6F6E65';
    const unknown = await refusalOf(send(user, withOptions(message('box9'), keptIn(1), group)));
    expect(unknown).toEqual({ code: 30, problem: 0, name: ['none'] });
  });

  test('MS-169 the copy is put into groups', async () => {
    const user = await bind('box9', '94');
    const registerGroup = { kind: 'registerGroup', value: { messageGroupName: ['none'] } } as const;
    await user.register({ messageGroupRegistrations: [registerGroup] });
    const group = 'A20A 3108 3006 1B04 6E6F6E65';
    const result = await send(user, withOptions(message('box9'), keptIn(1), group));
    const { entryInformation } = await user.fetch(createdEntry(result), [A.groups], 1);
    expect(valuesOf(entryInformation, A.groups)).toEqual(['30061b046e6f6e65']);
    // A Modify in another class leaves it alone.
    await send(user, withOptions(message('box9'), keptIn(2)));
    const [draft = 0] = (await user.list({}, [], CLASS.draft)).numbers;
    const added = { kind: 'addAttribute', value: { type: A.notes, values: [general('a note')] } };
    const argument = {
      entryClass: CLASS.draft,
      entries: { kind: 'specificEntries', value: [draft] },
      modifications: [loose(added as Modification)],
    } as const;
    await user.ask(MS_OPERATION.modify, ModifyArgument, argument, ModifyResult);
    const after = (await user.fetch(createdEntry(result), [A.groups], 1)).entryInformation;
    expect(valuesOf(after, A.groups)).toHaveLength(1);
  });

  test('MS-188 the entry of a cancelled submission says when', async () => {
    const user = await bind('box10', '94');
    const deferred = message('box10', { deferredUntil: new Date('2040-01-01T00:00:00Z') });
    const result = await send(user, withOptions(deferred, keptIn(1)));
    const { messageSubmissionIdentifier } = decode(MessageSubmissionResult, result);
    const times = async () =>
      valuesOf(
        (await user.fetch(createdEntry(result), [A.cancellationTime], 1)).entryInformation,
        A.cancellationTime,
      );
    expect(await times()).toEqual([]);
    const identifier = encode(MtsIdentifier, messageSubmissionIdentifier);
    await user.submit(MTS_OPERATION.cancelDeferredDelivery, identifier);
    expect(await times()).toHaveLength(1);
  });

  test('MS-198 what is submitted is seen by no association of 1988', async () => {
    const user = await bind('box8', '88');
    expect((await user.list()).numbers).toEqual([]);
    expect(await refusalOf(user.list({}, [], 1))).toEqual({ code: 29 });
    expect(await refusalOf(user.fetch(1))).toMatchObject({ code: 28 });
  });

  test('the mailbox keeps copies where its user does not say; 1988 hears nothing of it', async () => {
    const old = await bind('box4', '88');
    const result = await send(old, message('box4'));
    expect(childrenOf(readElement(result)).some(({ tag }) => tag === context(4))).toBe(false);
    const user = await bind('box4', '94');
    expect(createdEntry(await send(user, message('box4')))).toBe(2);
    const { numbers } = await user.list({ filter: equality(A.entryType, int(3)) }, [], CLASS.all);
    expect(numbers).toEqual([1, 2]);
    expect((await user.summarize({}, [A.entryType], CLASS.submission)).count).toBe(2);
    expect((await user.delete([1], CLASS.submission)).kind).toBe('result94');
    expect((await user.list({}, [], CLASS.submission)).numbers).toEqual([2]);
    expect((await user.delete({}, CLASS.all)).kind).toBe('result94');
    expect((await user.list({}, [], CLASS.all)).numbers).toEqual([]);
  });

  test.each([
    ['box1', 'after'],
    ['box2', 'before'],
  ])('the association to the MTA ends without an answer: kept, and told (%s, %s)', async (name) => {
    const user = await bind(name, '94');
    expect(await refusalOf(send(user, message(name)))).toEqual({ code: 15 });
    const { requested } = await user.list({}, [A.submissionError, A.messageIdentifier], 1);
    // The MTA was not reached at all where another association had failed before.
    expect(requested ?? []).toEqual([
      {
        sequenceNumber: 1,
        attributes: [{ type: A.submissionError, values: [octets('AF02 0500')] }],
      },
    ]);
  });

  test('a user who leaves before the answer finds the copy', async () => {
    const user = await bind('box11', '94');
    const gone = user.invoke(
      MTS_OPERATION.messageSubmission,
      withOptions(message('box11'), keptIn(1)),
      user.context.submission,
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    user.abort();
    void gone;
    expect(
      (await bind('box11', '94').then((other) => other.summarize({}, undefined, 1))).count,
    ).toBe(0);
    const again = await bind('box11', '94');
    for (let tries = 0; tries < 100; tries += 1) {
      if ((await again.summarize({}, undefined, 1)).count === 1) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error('there is no copy');
  });

  /** An envelope with forwarding-request of that entry. */
  const forwarding = (name: string, number: number) =>
    message(name, {
      extensions: [
        {
          type: { kind: 'standard', value: EXTENSION.forwardingRequest.number },
          criticality: bitsOf([0]),
          value: int(number),
        },
      ],
    });

  test.each(EDITIONS)(
    'MS-181 MS-182 a message of the mailbox goes out within another (%s)',
    async (edition) => {
      const name = edition === '88' ? 'box13' : 'box14';
      const f1 = await deliverF1(bench.server, name);
      const user = await bind(name, edition);
      const keeper = await bind(name, '94');
      await keeper.register({ submissionDefaults: octets('31 05 A0 03 02 01 01') });
      const before = events.length;
      for (const number of [999, f1.n4, f1.n6]) {
        expect(await refusalOf(send(user, forwarding(name, number)))).toEqual({ code: 11 });
      }
      expect(events.length).toBe(before);
      expect(await refusalOf(send(keeper, forwarding(name, 999)))).toEqual({ code: 11 });
      await send(keeper, forwarding(name, f1.n1));
      const { requested = [] } = await keeper.list({}, [A.entryType], CLASS.submission);
      const number = requested[0]?.sequenceNumber ?? 0;
      const { entryInformation } = await keeper.fetch(
        number,
        [A.content, A.envelope, '2.6.4.3.0'],
        1,
      );
      const content = valuesOf(entryInformation, A.content)[0] ?? '';
      // The heading and the part of the user, then the message that was stored, as it was.
      const inner = hex(readElement(F1_CONTENT.n1(name)).content);
      expect(content).toContain(
        hex(childrenOf(readElement(F1_CONTENT.n1(name)))[0]?.whole ?? octets('')),
      );
      expect(content.endsWith(inner)).toBe(true);
      expect(valuesOf(entryInformation, A.envelope)[0]).not.toContain('800124');
      // It is a child of what was submitted.
      expect(valuesOf(entryInformation, '2.6.4.3.0')).toEqual([hex(int(number + 1))]);
    },
  );

  test('what is kept where nothing is said is registered, by user agent too', async () => {
    const user = await bind('box15', '94');
    const kept = async () => (await user.list({}, [], CLASS.submission)).numbers.length;
    await send(user, message('box15'));
    expect(await kept()).toBe(0);
    const submissionDefaults = octets('31 05 A0 03 02 01 01');
    await user.register({
      submissionDefaults,
      uaRegistrations: [
        { uaRegistrationIdentifier: 'drafter', submissionDefaults: octets('31 05 A0 03 02 01 02') },
      ],
    });
    expect(createdEntry(await send(user, message('box15')))).toBe(1);
    expect(await kept()).toBe(1);
    const asked = { registrations: new Set(['submissionDefaults', 'uaRegistrations'] as const) };
    const status = await user.register({ registrationStatusRequest: asked });
    expect(status).toMatchObject({ value: { submissionDefaults, uaRegistrations: [{}] } });
    const drafter = await P7User.bind(bench.server, 'box15', {
      edition: '94',
      uaRegistrationIdentifier: 'drafter',
    });
    users.push(drafter);
    expect(readElement(await send(drafter, message('box15'))).tag).toBe(context(4));
    expect((await user.list({}, [], CLASS.draft)).numbers).toEqual([2]);
    // Of 1988 nothing is registered.
    const old = await bind('box15', '88');
    await send(old, message('box15'));
    expect(await kept()).toBe(1);
  });

  test('MS-178 no MTA can be reached', async () => {
    const user = await bind('box12', '94');
    await mta.close();
    const kept = withOptions(message('box12'), keptIn(1));
    expect(await refusalOf(send(user, kept))).toEqual({ code: 15 });
  });
});
