/** What an MTA makes of a submission, field by field. X.411 8.2.1.1, 8.3.1.1, 8.3.1.2. */
import { describe, expect, test } from 'vitest';
import { bitsOf, hasBit } from '../../src/asn1/bit-string.js';
import { decode } from '../../src/asn1/type.js';
import { composeSubmission, type SubmissionInput } from '../../src/client/index.js';
import {
  deliveryOf,
  NON_DELIVERY,
  refusalOf,
  reportOf,
  type Submitted,
} from '../../src/client/mts/submitted.js';
import { MessageDeliveryArgument, ReportDeliveryArgument } from '../../src/x411/delivery.js';
import { ImproperlySpecifiedRecipients } from '../../src/x411/errors.js';
import type { ExtensionField } from '../../src/x411/extension.js';
import { orAddressKey } from '../../src/x411/or-address-key.js';
import { formatOrAddress } from '../../src/x411/or-address-text.js';
import { MessageSubmissionArgument } from '../../src/x411/submission.js';
import { addressOf } from '../support/server.js';

const IDENTIFIER = {
  globalDomainIdentifier: {
    countryName: { kind: 'printable', value: 'XX' },
    administrationDomainName: { kind: 'printable', value: 'ICAO' },
  },
  localIdentifier: 'M.1',
} as const;
const SUBMITTED_AT = 1_767_268_800;
const CONTENT = Uint8Array.of(0x30, 3, 1, 2, 3);

function submission(change: Partial<SubmissionInput> = {}) {
  const input: SubmissionInput = {
    originator: addressOf('alpha'),
    recipients: ['bravo', 'charlie'].map((name) => ({
      address: addressOf(name),
      report: 'report',
    })),
    contentType: '2.6.1.10.1',
    content: CONTENT,
    ...change,
  };
  return decode(MessageSubmissionArgument, composeSubmission(input));
}

function submitted(change: Partial<SubmissionInput> = {}): Submitted & { content: Uint8Array } {
  const { envelope, content } = submission(change);
  return {
    kind: 'message',
    envelope,
    content,
    identifier: IDENTIFIER,
    submissionTime: SUBMITTED_AT,
    deferredUntil: null,
  };
}

type Recipient = Submitted['envelope']['perRecipientFields'][number];
const first = ({ envelope }: Submitted) => envelope.perRecipientFields[0] as Recipient;
const extension = (value: number, criticality: readonly number[] = []): ExtensionField => ({
  type: { kind: 'standard', value },
  criticality: bitsOf(criticality),
  value: Uint8Array.of(10, 1, 1),
});

describe('a delivery', () => {
  test('has the fields of its submission', () => {
    const one = submitted({
      priority: 'urgent',
      contentIdentifier: 'CID 7',
      prohibitsConversion: true,
      disclosesRecipients: true,
    });
    const { messageDeliveryTime, messageDeliveryIdentifier, otherFields, content } = decode(
      MessageDeliveryArgument,
      deliveryOf(one, first(one), SUBMITTED_AT + 61),
    );
    expect(messageDeliveryIdentifier).toEqual(IDENTIFIER);
    expect(messageDeliveryTime).toBe('260101120101Z');
    expect(otherFields).toMatchObject({
      contentType: { kind: 'builtIn', value: 22 },
      priority: 'urgent',
      messageSubmissionTime: '260101120000Z',
      contentIdentifier: 'CID 7',
    });
    expect(hasBit(otherFields.deliveryFlags ?? bitsOf([]), 1)).toBe(true);
    const textOf = (name: { value: Parameters<typeof formatOrAddress>[0] }) =>
      formatOrAddress(name.value);
    expect(textOf(otherFields.originatorName)).toBe(addressOf('alpha'));
    expect(textOf(otherFields.thisRecipientName)).toBe(addressOf('bravo'));
    expect(otherFields.otherRecipientNames?.map(textOf)).toEqual([addressOf('charlie')]);
    expect(Buffer.from(content)).toEqual(Buffer.from(CONTENT));
  });

  test('tells of no other recipients and prohibits nothing where that was not asked', () => {
    const one = submitted();
    const { otherFields } = decode(MessageDeliveryArgument, deliveryOf(one, first(one), 0));
    expect(otherFields).toMatchObject({ priority: 'normal' });
    expect(otherFields.otherRecipientNames).toBeUndefined();
    expect(otherFields.deliveryFlags).toBeUndefined();
    expect(otherFields.contentIdentifier).toBeUndefined();
  });

  test('bears the extensions that go there, and private ones', () => {
    const secret = {
      type: { kind: 'private', value: '1.2.3' },
      value: Uint8Array.of(5, 0),
    } as const;
    // Conversion-with-loss goes on; recipient-reassignment and proof-of-submission do not.
    const extensions = [extension(4), extension(1), extension(21), secret];
    const one = submitted({ extensions });
    const recipient = { ...first(one), extensions: [extension(22)] };
    const { otherFields } = decode(MessageDeliveryArgument, deliveryOf(one, recipient, 0));
    expect(otherFields.extensions.map(({ type }) => type.value)).toEqual([4, '1.2.3', 22]);
  });
});

describe('a report', () => {
  const settledOf = (one: Submitted) =>
    one.envelope.perRecipientFields.map((recipient, at) => ({
      recipient,
      outcome:
        at === 0
          ? ({ kind: 'delivered', time: SUBMITTED_AT + 1 } as const)
          : NON_DELIVERY.unrecognisedName,
    }));
  const report = (one: Submitted) => {
    const octets = reportOf(one, settledOf(one));
    return octets === null ? null : decode(ReportDeliveryArgument, octets);
  };
  const recipients = (request: 'none' | 'non-delivery' | 'report') =>
    ['bravo', 'charlie'].map((name) => ({ address: addressOf(name), report: request }));

  test('tells of each recipient what the originator has asked for', () => {
    const one = submitted({ contentIdentifier: 'CID 7' });
    expect(report(one)).toMatchObject({
      subjectSubmissionIdentifier: IDENTIFIER,
      contentIdentifier: 'CID 7',
      contentType: { kind: 'builtIn', value: 22 },
      perRecipientFields: [
        { reportType: { kind: 'delivery', value: { messageDeliveryTime: '260101120001Z' } } },
        { reportType: { kind: 'nonDelivery', value: { reasonCode: 1, diagnosticCode: 0 } } },
      ],
    });
    expect(report(one)?.returnedContent).toBeUndefined();
    expect(report(submitted({ recipients: recipients('non-delivery') }))).toMatchObject({
      perRecipientFields: [{ reportType: { kind: 'nonDelivery' } }],
    });
    expect(report(submitted({ recipients: recipients('none') }))).toBeNull();
  });

  test('of non-delivery brings the content back where that was asked', () => {
    const asked = report(submitted({ returnsContent: true }));
    expect(Buffer.from(asked?.returnedContent ?? [])).toEqual(Buffer.from(CONTENT));
    const all = submitted({ returnsContent: true });
    const delivered = settledOf(all).slice(0, 1);
    const octets = reportOf(all, delivered) as Uint8Array;
    expect(decode(ReportDeliveryArgument, octets).returnedContent).toBeUndefined();
  });

  test('on a probe is made whatever was asked', () => {
    const probe = { ...submitted({ recipients: recipients('none') }), kind: 'probe' } as const;
    expect(report(probe)?.perRecipientFields).toHaveLength(2);
  });

  test('brings the correlator and the label back', () => {
    const extensions = [extension(23), extension(20), extension(4)];
    const told = report(submitted({ extensions }));
    expect(told?.extensions.map(({ type }) => type.value)).toEqual([23, 20]);
  });
});

describe('what an MTA does not take', () => {
  const own = orAddressKey(submission().envelope.originatorName.value);
  const codeOf = (change: Partial<SubmissionInput>, boundAs: string | null = own) =>
    refusalOf(submission(change).envelope, boundAs)?.code ?? null;

  test.each([
    ['nothing is wrong', {}, null],
    ['an alternate recipient would do', { allowsAlternateRecipient: true }, null],
    ['another originator', { originator: addressOf('bravo') }, 2],
    ['deferred beyond the latest delivery', deferred(2, 1), 11],
    ['deferred before it', deferred(1, 2), null],
    ['one extension twice', { extensions: [extension(1), extension(1)] }, 11],
    ['an unknown extension, critical for submission', { extensions: [extension(99, [0])] }, 13],
    ['the same, critical for delivery only', { extensions: [extension(99, [2])] }, null],
    ['a proof of submission, critical', { extensions: [extension(21, [0])] }, 13],
    ['a proof of submission, not critical', { extensions: [extension(21)] }, null],
    ['a proof of delivery, critical for delivery', { extensions: [extension(22, [2])] }, null],
  ] as const)('%s', (_, change, code) => expect(codeOf(change)).toBe(code));

  function deferred(from: number, to: number): Partial<SubmissionInput> {
    const at = (hours: number) => new Date(1_800_000_000_000 + 3_600_000 * hours);
    return { deferredUntil: at(from), latestDelivery: at(to) };
  }

  test('a store may submit for others', () => {
    expect(codeOf({ originator: addressOf('bravo') }, null)).toBeNull();
  });

  test('both kinds of report of one recipient', () => {
    const { envelope } = submission();
    const perRecipientFields = envelope.perRecipientFields.map((fields) => ({
      ...fields,
      originatorReportRequest: bitsOf([3, 4]),
    }));
    expect(refusalOf({ ...envelope, perRecipientFields }, own)?.code).toBe(11);
  });

  test('recipients of which none has an address, named; one that has one is enough', () => {
    const { envelope } = submission();
    const [usable, other] = envelope.perRecipientFields as [Recipient, Recipient];
    const bare = { standardAttributes: {} };
    const empty = { ...other, recipientName: { ...other.recipientName, value: bare } } as Recipient;
    const refused = refusalOf({ ...envelope, perRecipientFields: [empty] }, own);
    expect(refused?.code).toBe(3);
    expect(decode(ImproperlySpecifiedRecipients, refused?.parameter as Uint8Array)).toHaveLength(1);
    expect(refusalOf({ ...envelope, perRecipientFields: [empty, usable] }, own)).toBeNull();
  });
});
