/**
 * P3 from the store's side where it opens the association (mts-access): what goes out on the wire,
 * and what it makes of an MTA's answers, right or wrong. X.411 8.1, 8.2; X.419.
 */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { bitsOf } from '../../src/asn1/bit-string.js';
import { decode, encode } from '../../src/asn1/type.js';
import { formatHex, parseHex } from '../../src/base/octets.js';
import {
  composeDelivery,
  composeProbe,
  composeReport,
  composeSubmission,
  MtaServer,
} from '../../src/client/index.js';
import type { SubmissionOperation, SubmissionOutcome } from '../../src/engine/mts-port.js';
import { APPLICATION_CONTEXT } from '../../src/x411/application-contexts.js';
import { MtsBindArgument } from '../../src/x411/bind.js';
import { DeliveryControlArgument, SubmissionControlArgument } from '../../src/x411/control.js';
import { MtsIdentifier } from '../../src/x411/identifiers.js';
import { formatOrAddress } from '../../src/x411/or-address-text.js';
import { ChangeCredentialsArgument } from '../../src/x411/register.js';
import { MessageSubmissionResult } from '../../src/x411/submission.js';
import { startProxy } from '../support/proxy.js';
import { accept, type RawMta, type RawMtaOptions, rawMta } from '../support/raw-mta.js';
import { addressOf } from '../support/server.js';
import {
  ALPHA,
  BRAVO,
  MTA_SECRET,
  STORE_SECRET,
  type StoreSideOptions,
  storeSide,
} from '../support/store-side.js';
import { codesIn, dissectP3, HAS_TSHARK, WHY_WITHOUT_TSHARK } from '../support/tshark.js';

const P22 = '2.6.1.10.1';
const message = composeSubmission({
  originator: addressOf('alpha'),
  recipients: [addressOf('bravo'), addressOf('nobody')],
  contentType: P22,
  content: Uint8Array.of(0x30, 0),
  contentIdentifier: 'CID-1',
});
const probe = composeProbe({
  originator: addressOf('alpha'),
  recipients: [addressOf('bravo')],
  contentType: P22,
});
const identifier = encode(MtsIdentifier, {
  globalDomainIdentifier: {
    countryName: { kind: 'printable', value: 'XX' },
    administrationDomainName: { kind: 'printable', value: 'ICAO' },
  },
  localIdentifier: 'ABCD',
});
const hex = (text: string) => parseHex(text) as Uint8Array;
const ACCESS = [APPLICATION_CONTEXT.mtsAccess88, APPLICATION_CONTEXT.mtsAccess94] as const;

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

async function against(raw: RawMtaOptions, options: Partial<StoreSideOptions> = {}) {
  const mta = await rawMta(raw);
  open.push(mta);
  const store = storeSide({ port: mta.port, ...options });
  open.push({ close: () => store.submissions.close(500) });
  return { mta, store };
}

/** Answers every operation with these octets as its result. */
const answering =
  (result: string): NonNullable<RawMtaOptions['onInvoke']> =>
  (driver, { invokeId }) =>
    driver.result(invokeId, [hex(result)]);

describe('what goes out', () => {
  test.each(ACCESS)('the bind of $name: contexts, name and password', async (context) => {
    const { mta, store } = await against({ onInvoke: answering('31 00') }, { access: { context } });
    await store.submit('probe-submission', probe);
    const [bind] = mta.binds;
    expect(bind?.applicationContext).toBe(context.oid);
    expect(bind?.bindSyntax).toBe('2.6.0.2.11');
    const proposed = bind?.contexts.map(({ abstractSyntax }) => abstractSyntax);
    expect(proposed).toEqual(
      expect.arrayContaining([context.submission, context.delivery, context.administration]),
    );
    const { initiatorName, initiatorCredentials } = decode(
      MtsBindArgument,
      bind?.argument as Uint8Array,
    );
    if (initiatorName.kind !== 'messageStore') throw new Error(initiatorName.kind);
    expect(formatOrAddress(initiatorName.value.value)).toBe(addressOf('alpha'));
    expect(initiatorCredentials).toEqual({ kind: 'simpleIa5', value: STORE_SECRET });
    expect(mta.invokes[0]?.syntax).toBe(context.submission);
  });

  test('as a user agent the name has the tag of an O/R name of its own', async () => {
    const nameForm = 'userAgent' as const;
    const { mta, store } = await against(
      { onInvoke: answering('31 00') },
      { access: { nameForm } },
    );
    await store.submit('probe-submission', probe);
    const { initiatorName } = decode(MtsBindArgument, mta.binds[0]?.argument as Uint8Array);
    expect(initiatorName.kind).toBe('userAgent');
  });

  test('selectors, as configured', async () => {
    const octets = (text: string) => Uint8Array.from(Buffer.from(text));
    const addresses = {
      calledTransport: octets('MTA'),
      calledSelector: octets('S'),
      calledPresentation: octets('P'),
      callingPresentation: octets('us'),
    };
    const { mta, store } = await against(
      { onInvoke: answering('31 00') },
      { access: { addresses } },
    );
    await store.submit('probe-submission', probe);
    const came = Object.entries(mta.binds[0]?.addresses ?? {}).map(([name, value]) => [
      name,
      Buffer.from(value as Uint8Array).toString(),
    ]);
    expect(Object.fromEntries(came)).toMatchObject({
      calledTransport: 'MTA',
      calledSelector: 'S',
      calledPresentation: 'P',
      callingPresentation: 'us',
    });
  });

  // An envelope of our own would be made anew; what a user has written stays as he wrote it.
  test.each<[string, SubmissionOperation, Uint8Array, number]>([
    ['a message', 'message-submission', message, 3],
    ['a probe', 'probe-submission', probe, 4],
    ['a cancellation', 'cancel-deferred-delivery', identifier, 7],
    [
      'indefinite lengths and a content in segments',
      'message-submission',
      hex('30 80 31 80 9F 55 02 01 02 00 00 24 80 04 01 30 04 01 00 00 00 00 00'),
      3,
    ],
  ])('%s goes out octet for octet', async (_, operation, argument, code) => {
    const { mta, store } = await against({ onInvoke: answering('31 00') });
    await store.submit(operation, argument);
    expect(mta.invokes.map((invoke) => invoke.operation)).toEqual([code]);
    expect(formatHex(mta.invokes[0]?.argument as Uint8Array)).toBe(formatHex(argument));
  });
});

describe('what comes back', () => {
  const outcomeOf = async (
    onInvoke: NonNullable<RawMtaOptions['onInvoke']>,
    operation: SubmissionOperation = 'message-submission',
  ): Promise<SubmissionOutcome> => {
    const { store } = await against({ onInvoke });
    return store.submit(operation, message);
  };

  test('a result, whatever is in it', async () => {
    const strange = '31 05 9F 55 02 01 02';
    const outcome = await outcomeOf(answering(strange));
    if (outcome.kind !== 'result') throw new Error(JSON.stringify(outcome));
    expect(formatHex(outcome.result)).toBe(formatHex(hex(strange)));
  });

  test.each([1, 2, 3, 4, 7, 8, 11, 12, 13, 15, 99])(
    'error %i, with what it carries',
    async (code) => {
      const outcome = await outcomeOf((driver, { invokeId }) =>
        driver.error(invokeId, code, hex('02 01 0E')),
      );
      expect(outcome).toEqual({ kind: 'error', code, parameter: Buffer.of(2, 1, 14) });
    },
  );

  test('a reject, by its problem', async () => {
    const outcome = await outcomeOf((driver, { invokeId }) =>
      driver.reject(invokeId, { kind: 'invoke', problem: 1 }),
    );
    expect(outcome).toEqual({ kind: 'reject', problem: 1 });
  });

  test('answers in another order than they were asked for', async () => {
    const held: number[] = [];
    const { store } = await against({
      onInvoke: (driver, { invokeId, operation }) => {
        held.push(invokeId);
        if (operation !== 4) return;
        for (const id of held.reverse()) driver.result(id, [Uint8Array.of(0x31, 0)]);
      },
    });
    const outcomes = await Promise.all([
      store.submit('message-submission', message),
      store.submit('probe-submission', probe),
    ]);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['result', 'result']);
  });

  test('an abort: not known what became of it', async () => {
    const outcome = await outcomeOf((driver) => driver.abort());
    expect(outcome).toMatchObject({ kind: 'unreachable', wasSent: true });
  });

  test('nothing, for too long: aborted, and not known', async () => {
    const { store } = await against({}, { timing: { replyMs: 100 } });
    const outcome = await store.submit('message-submission', message);
    expect(outcome).toMatchObject({ kind: 'unreachable', wasSent: true });
  });
});

describe('binds that come to nothing', () => {
  const refusing = (problem: number | null, isTransient = false) => ({
    onBind: ((driver) =>
      driver.bindError({
        isTransient,
        diagnostic: 1,
        error: problem === null ? null : Uint8Array.of(2, 1, problem),
      })) as NonNullable<RawMtaOptions['onBind']>,
  });

  test.each<[string, RawMtaOptions, string]>([
    ['busy', refusing(0, true), 'busy'],
    ['authentication-error', refusing(2), 'authenticationError'],
    ['unacceptable-dialogue-mode', refusing(3), 'unacceptableDialogueMode'],
    ['unacceptable-security-context', refusing(4), 'unacceptableSecurityContext'],
    ['inadequate confidentiality', refusing(5), 'inadequateAssociationConfidentiality'],
    ['no reason given', refusing(null), 'refused'],
    [
      'a result that is none',
      { onBind: (driver, bind) => accept(driver, bind, hex('31 02 05 00')) },
      'cannot be read',
    ],
    ['an abort', { onBind: (driver) => driver.abort() }, ''],
  ])('%s', async (_, raw, detail) => {
    const { store } = await against(raw);
    const outcome = await store.submit('message-submission', message);
    expect(outcome).toMatchObject({ kind: 'unreachable', wasSent: false });
    expect('detail' in outcome && outcome.detail).toContain(detail);
  });

  test('no answer at all', async () => {
    const { store } = await against({ onBind: () => undefined }, { timing: { bindMs: 100 } });
    const outcome = await store.submit('message-submission', message);
    expect(outcome).toMatchObject({ kind: 'unreachable', wasSent: false });
  });
});

describe('what the MTA may invoke on it', () => {
  const bound = async (): Promise<{ mta: RawMta; store: ReturnType<typeof storeSide> }> => {
    const both = await against({ onInvoke: answering('31 00') });
    await both.store.submit('probe-submission', probe);
    return both;
  };
  const delivery = composeDelivery({
    recipient: addressOf('bravo'),
    originator: addressOf('sender'),
    contentType: P22,
    content: Uint8Array.of(0x30, 0),
  });
  const report = composeReport({ recipient: addressOf('x'), outcome: 'delivery' });
  const { submission, delivery: port, administration } = APPLICATION_CONTEXT.mtsAccess88;
  const change = encode(ChangeCredentialsArgument, {
    oldCredentials: { kind: 'simpleIa5', value: 'a' },
    newCredentials: { kind: 'simpleIa5', value: 'b' },
  });
  const control = encode(SubmissionControlArgument, { extensions: [] });
  const forDelivery = encode(DeliveryControlArgument, {
    permissibleContentTypes: [],
    extensions: [],
  });

  test.each<[string, string, number, Uint8Array, string]>([
    ['message-delivery', port, 5, delivery, 'result'],
    ['report-delivery', port, 6, report, 'result'],
    ['submission-control', submission, 2, control, 'result'],
    ['submission-control of content types', submission, 2, forDelivery, 'reject 2'],
    ['change-credentials with a wrong one', administration, 8, change, 'error 5'],
    ['message-submission', submission, 3, message, 'reject 1'],
    ['register', administration, 1, hex('31 00'), 'reject 1'],
    ['an argument that is none', port, 5, hex('30 00'), 'reject 2'],
  ])('%s', async (_, syntax, operation, argument, answer) => {
    const { mta } = await bound();
    mta.driver().invoke(syntax, operation, [argument]);
    await vi.waitFor(() => expect(mta.answers).toEqual([answer]));
  });

  test('a report is the mailbox’s that has bound, or the one’s that has submitted', async () => {
    const result = encode(MessageSubmissionResult, {
      messageSubmissionIdentifier: decode(MtsIdentifier, identifier),
      messageSubmissionTime: '260101120000Z',
      extensions: [],
    });
    const { mta, store } = await against(
      { onInvoke: (driver, { invokeId }) => driver.result(invokeId, [result]) },
      { bindAs: 'store' },
    );
    await store.submit('message-submission', message, BRAVO);
    const aboutAnother = composeReport({ recipient: addressOf('x'), outcome: 'delivery' });
    mta.driver().invoke(port, 6, [aboutAnother]);
    await vi.waitFor(() => expect(mta.answers).toEqual(['error 12']));
    expect(store.delivered).toEqual([]);
    mta.driver().invoke(port, 6, [reportAbout(identifier)]);
    await vi.waitFor(() => expect(mta.answers).toEqual(['error 12', 'result']));
    expect(store.delivered).toMatchObject([{ kind: 'report-delivery', mailbox: BRAVO }]);
  });

  /** The least report about a submission, by its identifier. */
  function reportAbout(subject: Uint8Array): Uint8Array {
    const rest = hex(`30 1A 31 18 A0 0A 30 08 61 04 13 02 58 58 62 00 A1 0A A1 08 80 01 01 81 03 00
      00 00`);
    const body = Buffer.concat([subject, rest]);
    return Buffer.concat([Buffer.of(0x31, body.length), body]);
  }

  test.each(['abort', 'unbind'] as const)('%s by the MTA: the next one binds anew', async (way) => {
    const { mta, store } = await bound();
    // A release is the initiator's alone; what does it here has lost its way, and is aborted.
    mta.driver()[way]();
    const events = () => store.log.map(({ event }) => event);
    await vi.waitFor(() => expect(events()).toContain('p3.mta.ended'));
    expect((await store.submit('probe-submission', probe)).kind).toBe('result');
    expect(mta.binds).toHaveLength(2);
  });
});

describe.skipIf(!HAS_TSHARK)(`an independent decoder${WHY_WITHOUT_TSHARK}`, () => {
  test.each(ACCESS)(
    'reads every operation, result and error of submission: $name',
    async (context) => {
      const once = { times: 1 } as const;
      const mta = await MtaServer.open({
        name: 'MTA-1',
        password: MTA_SECRET,
        stores: [],
        faults: [1, 2, 3, 4, 11, 12, 13].map((error) => ({
          on: 'probe-submission' as const,
          ...once,
          do: { error },
        })),
      });
      open.push(mta);
      const proxy = await startProxy(mta.port);
      open.push(proxy);
      const store = storeSide({ port: proxy.port, access: { context } });
      const deferred = composeSubmission({
        originator: addressOf('alpha'),
        recipients: [{ address: addressOf('alpha'), report: 'report' }, addressOf('nobody')],
        contentType: P22,
        content: Uint8Array.of(0x30, 0),
        contentIdentifier: 'CID-1',
        priority: 'urgent',
        disclosesRecipients: true,
        prohibitsConversion: true,
        returnsContent: true,
        latestDelivery: new Date(Date.UTC(2030, 0, 1)),
        deferredUntil: new Date(Date.UTC(2029, 0, 1)),
      });
      const outcome = await store.submit('message-submission', deferred);
      if (outcome.kind !== 'result') throw new Error(JSON.stringify(outcome));
      const { messageSubmissionIdentifier } = decode(MessageSubmissionResult, outcome.result);
      const own = encode(MtsIdentifier, messageSubmissionIdentifier);
      for (const argument of [own, own]) await store.submit('cancel-deferred-delivery', argument);
      for (let count = 0; count < 8; count += 1) await store.submit('probe-submission', probe);
      // Delivered and reported on the same association.
      await store.submit(
        'message-submission',
        composeSubmission({
          originator: addressOf('alpha'),
          recipients: [{ address: addressOf('alpha'), report: 'report' }, addressOf('nobody')],
          contentType: P22,
          content: Uint8Array.of(0x30, 0),
          returnsContent: true,
        }),
        ALPHA,
      );
      await vi.waitFor(() => expect(store.delivered).toHaveLength(3));
      await mta.restrict({
        permissibleOperations: bitsOf([0, 1]),
        permissibleMaximumContentLength: 1_000,
        permissibleLowestPriority: 'normal',
        extensions: [],
      });
      await mta.restrict({ restrict: false, extensions: [] });
      await store.submissions.close(1_000);
      const { complaints, text } = dissectP3(proxy.segments, mta.port);
      expect(complaints).toEqual([]);
      expect(codesIn(text)).toEqual({
        operations: [2, 3, 4, 5, 6, 7],
        errors: [1, 2, 3, 4, 7, 11, 12, 13],
      });
      for (const word of [
        /message-submission-identifier/i,
        /deferred-delivery-time/i,
        /restrict/i,
      ]) {
        expect(text).toMatch(word);
      }
    },
  );
});
