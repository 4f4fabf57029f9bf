/**
 * What reaches the MTA of what a user submits, octet by octet, and what comes back: rows MS-177,
 * MS-179, MS-181, MS-192, MS-196 and MS-211 of the semantics checklist.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bitsOf } from '../../../src/asn1/bit-string.js';
import { childrenOf } from '../../../src/asn1/elements.js';
import { wrap } from '../../../src/asn1/header.js';
import { integer } from '../../../src/asn1/primitive.js';
import { readElement } from '../../../src/asn1/reader.js';
import { implicit } from '../../../src/asn1/tagged.js';
import { decode, encode } from '../../../src/asn1/type.js';
import { joinOctets } from '../../../src/base/octets.js';
import { composeProbe, composeSubmission } from '../../../src/client/index.js';
import { MTS_OPERATION } from '../../../src/x411/application-contexts.js';
import { eitOids } from '../../../src/x411/envelope-parts.js';
import { ImproperlySpecifiedRecipients } from '../../../src/x411/errors.js';
import { keepOrName } from '../../../src/x411/or-name.js';
import {
  MessageSubmissionArgument,
  MessageSubmissionResult,
  ProbeSubmissionResult,
} from '../../../src/x411/submission.js';
import { withOptions } from '../../../src/x413/submission.js';
import { MMHS_PRECEDENCE, type PrecedenceName } from '../../../src/x420/military.js';
import { EDITIONS } from '../../support/conformance.js';
import { deliver, deliverF1, F1_CONTENT, mtaLink, orName } from '../../support/fixture-f1.js';
import { int, P7User, refusalOf } from '../../support/p7-user.js';
import { type RawMta, rawMta } from '../../support/raw-mta.js';
import { addressOf, type TestServer, testServer } from '../../support/server.js';

const P22 = '2.6.1.10.1';
const P772 = '1.3.26.0.4406.0.4.1';
const hex = (octets: Uint8Array) => Buffer.from(octets).toString('hex');
const FAX_AND_MORE = { builtIn: bitsOf([3]), extended: ['2.6.1.12.0'] };
const IMPROPER = encode(ImproperlySpecifiedRecipients, [
  keepOrName(orName(addressOf('elsewhere'))),
]);
const TIME = '260101120000Z';
const IDENTIFIER = {
  globalDomainIdentifier: {
    countryName: { kind: 'printable', value: 'XX' },
    administrationDomainName: { kind: 'printable', value: 'ICAO' },
  },
  localIdentifier: 'RAW.1',
} as const;
const RESULTS: ReadonlyMap<number, Uint8Array> = new Map([
  [
    MTS_OPERATION.messageSubmission,
    encode(MessageSubmissionResult, {
      messageSubmissionIdentifier: IDENTIFIER,
      messageSubmissionTime: TIME,
      extensions: [],
    }),
  ],
  [
    MTS_OPERATION.probeSubmission,
    encode(ProbeSubmissionResult, {
      probeSubmissionIdentifier: IDENTIFIER,
      probeSubmissionTime: TIME,
      extensions: [],
    }),
  ],
]);

const KEPT = { objectEntryClass: 1, disableAutoModify: false };

/** A probe of a content of so many octets, be there such or not. */
function withLength(contentLength: number): Uint8Array {
  const probe = readElement(
    composeProbe({
      originator: addressOf('from'),
      recipients: [{ address: addressOf('elsewhere') }],
      contentType: P22,
    }),
  );
  const field = encode(implicit(0, integer()), contentLength);
  return joinOctets(wrap(probe.tag, [probe.content, field]));
}

describe.each(EDITIONS)('on its way to the MTA, edition %s', (edition) => {
  let mta: RawMta;
  let server: TestServer;
  let user: P7User;
  /** The MTA finds that a recipient is improperly specified. */
  let isImproper = false;
  beforeAll(async () => {
    mta = await rawMta({
      onInvoke: (driver, { invokeId, operation }) => {
        const result = RESULTS.get(operation);
        if (isImproper) driver.error(invokeId, 3, IMPROPER);
        else if (result !== undefined) driver.result(invokeId, [result]);
      },
    });
    server = await testServer(['from'], '', [], { mtsPort: mta.port });
    await server.start();
    user = await P7User.bind(server, 'from', { edition });
  });
  afterAll(async () => {
    user.abort();
    await server.dispose();
    await mta.close();
  });

  const message = (input: Partial<Parameters<typeof composeSubmission>[0]> = {}) =>
    composeSubmission({
      originator: addressOf('from'),
      recipients: [{ address: addressOf('elsewhere'), report: 'none' }],
      contentType: P22,
      content: F1_CONTENT.n1('from'),
      ...input,
    });
  /** What the MTA was asked, and with what, for what the user asks. */
  const relayed = async (operation: number, argument: Uint8Array) => {
    const before = mta.invokes.length;
    const result = await user.submit(operation, argument);
    const own = mta.invokes.slice(before);
    expect(own.map((invoke) => invoke.operation)).toEqual([operation]);
    return { result, argument: own[0]?.argument ?? new Uint8Array(0) };
  };
  const { messageSubmission, probeSubmission } = MTS_OPERATION;

  test('MS-177 envelope and content are the user’s, and the result is the MTA’s', async () => {
    const argument = message({ contentIdentifier: 'CID 1', priority: 'urgent' });
    const there = await relayed(messageSubmission, argument);
    expect(hex(there.argument)).toBe(hex(argument));
    expect(hex(there.result)).toBe(hex(RESULTS.get(messageSubmission) ?? new Uint8Array(0)));
  });

  test('MS-179 the error of the MTA is the user’s, with the recipients that it names', async () => {
    isImproper = true;
    for (const argument of [message(), message({ priority: 'urgent' })]) {
      const answer = await user.invoke(messageSubmission, argument, user.context.submission);
      expect(answer).toMatchObject({ kind: 'error', code: 3 });
      const parameter = answer.kind === 'error' ? answer.octets : null;
      expect(hex(parameter ?? new Uint8Array(0))).toBe(hex(IMPROPER));
    }
    isImproper = false;
  });

  test('MS-192 a probe as well', async () => {
    const argument = composeProbe({
      originator: addressOf('from'),
      recipients: [{ address: addressOf('elsewhere'), report: 'none' }],
      contentType: P22,
      contentLength: 1_000,
    });
    const there = await relayed(probeSubmission, argument);
    expect(hex(there.argument)).toBe(hex(argument));
    expect(hex(there.result)).toBe(hex(RESULTS.get(probeSubmission) ?? new Uint8Array(0)));
  });

  test('a probe of more octets than there can be is rejected, and goes nowhere', async () => {
    const before = mta.invokes.length;
    for (const contentLength of [2 ** 31, 303_220_132_482]) {
      const argument = withLength(contentLength);
      const whole = edition === '94' ? withOptions(argument, KEPT) : argument;
      const answer = await user.invoke(probeSubmission, whole, user.context.submission);
      expect(answer).toMatchObject({ kind: 'reject', reject: { kind: 'invoke', problem: 2 } });
    }
    expect(mta.invokes).toHaveLength(before);
    expect((await user.summarize()).count).toBeGreaterThanOrEqual(0);
  });

  test.each(Object.keys(MMHS_PRECEDENCE) as PrecedenceName[])(
    'MS-211 precedence %s is on the envelope, as priority and qualifier',
    async (precedence) => {
      const content = F1_CONTENT.n7('from');
      const argument = message({ contentType: P772, content, precedence });
      const there = await relayed(messageSubmission, argument);
      const { envelope } = decode(MessageSubmissionArgument, there.argument);
      const level = MMHS_PRECEDENCE[precedence];
      expect(envelope.priority).toBe(['non-urgent', 'normal', 'urgent'][level >> 1]);
      expect(envelope.extensions).toHaveLength(1);
      const [{ type, value } = {}] = envelope.extensions;
      expect(type).toEqual({ kind: 'private', value: '1.3.26.0.4406.0.8.0' });
      expect(hex(value ?? new Uint8Array(0))).toBe(`0a010${level & 1}`);
      expect(hex(there.argument)).toBe(hex(argument));
    },
  );

  test('MS-181 what is forwarded is in the content, and the request stays here', async () => {
    const { n1 } = await deliverF1(server, 'from');
    const requesting = (number: number) =>
      message({
        content: F1_CONTENT.n2('from'),
        extensions: [{ type: { kind: 'standard', value: 36 }, value: int(number) }],
      });
    const there = await relayed(messageSubmission, requesting(n1));
    const { envelope, content } = decode(MessageSubmissionArgument, there.argument);
    expect(envelope.extensions).toEqual([]);
    const forwarded = readElement(F1_CONTENT.n1('from')).content;
    expect(hex(content).endsWith(hex(forwarded))).toBe(true);
    const [heading] = childrenOf(readElement(F1_CONTENT.n2('from')));
    expect(hex(content)).toContain(hex(heading?.whole ?? new Uint8Array(0)));
    const before = mta.invokes.length;
    const refused = user.submit(messageSubmission, requesting(999));
    expect(await refusalOf(refused)).toEqual({ code: 11 });
    expect(mta.invokes).toHaveLength(before);
  });

  if (edition === '94')
    test('MS-196 what was delivered and what was submitted, as one class, ascending', async () => {
      const options = { objectEntryClass: 1, disableAutoModify: false };
      const { invokes } = mta;
      await user.submit(messageSubmission, withOptions(message(), options));
      // The options are for the store: the MTA sees what it sees without them.
      expect(hex(invokes.at(-1)?.argument ?? new Uint8Array(0))).toBe(hex(message()));
      const link = await mtaLink(server, 'from');
      await deliver(link, 'from', { content: F1_CONTENT.n1('from') });
      await link.unbind();
      const numbersOf = async (entryClass: number) => (await user.list({}, [], entryClass)).numbers;
      const [delivered, submitted] = [await numbersOf(0), await numbersOf(1)];
      expect(submitted).toHaveLength(1);
      const all = [...delivered, ...submitted].sort((a, b) => a - b);
      expect(await numbersOf(3)).toEqual(all);
      expect(all.at(-1)).toBe(delivered.at(-1));
      expect(submitted[0]).toBeGreaterThan(delivered[0] ?? 0);
    });

  test.each([
    ['those of the message are added', { originalEncodedInformationTypes: FAX_AND_MORE }],
    ['those that it was converted to', { convertedEncodedInformationTypes: FAX_AND_MORE }],
    ['of which none are told: unknown', {}],
  ])('MS-181 types of what is forwarded: %s', async (_, fields) => {
    const mtaLinked = await mtaLink(server, 'from');
    await deliver(mtaLinked, 'from', { content: F1_CONTENT.n1('from'), fields });
    await mtaLinked.unbind();
    const number = (await user.summarize()).span?.highest ?? 0;
    const forwarding = message({
      content: F1_CONTENT.n2('from'),
      extensions: [{ type: { kind: 'standard', value: 36 }, value: int(number) }],
    });
    const asked = decode(MessageSubmissionArgument, forwarding);
    const types = { builtIn: bitsOf([2]), extended: ['2.6.3.4.2'] };
    const envelope = { ...asked.envelope, originalEncodedInformationTypes: types };
    const told = encode(MessageSubmissionArgument, { ...asked, envelope });
    const there = decode(
      MessageSubmissionArgument,
      (await relayed(messageSubmission, told)).argument,
    ).envelope.originalEncodedInformationTypes;
    const isTold = Object.keys(fields).length > 0;
    expect(there && eitOids(there)).toEqual(
      isTold ? ['2.6.3.4.2', '2.6.3.4.3', '2.6.1.12.0'] : ['2.6.3.4.0', '2.6.3.4.2'],
    );
    // Where the user tells none, none are told.
    const untold = await relayed(messageSubmission, forwarding);
    const { envelope: outer } = decode(MessageSubmissionArgument, untold.argument);
    expect(outer.originalEncodedInformationTypes).toBeUndefined();
  });
});
