/** The client library submits through a store, and what comes back is told as one story. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  APPLICATION_CONTEXT,
  ATTRIBUTE,
  CONTENT_TYPE,
  composeMessage,
  composeProbe,
  composeReceipt,
  composeSubmission,
  type SentMessage,
  sentMessages,
  UserAgent,
  where,
} from '../../src/client/index.js';
import { eventually } from '../store/samples.js';
import { type Loop, loopOf } from '../support/loop.js';
import { addressOf, USER_PASSWORD } from '../support/server.js';

const ALPHA = addressOf('alpha');
const BRAVO = addressOf('bravo');
const AC = {
  correlated: '2.6.4.3.42',
  summary: '2.6.4.3.43',
  uncorrelated: '2.6.4.3.44',
  subjectEntry: '2.6.4.3.76',
} as const;
const NOBODY = addressOf('nobody').replace('TTAA', 'NONE');

describe('a user agent that submits', () => {
  let loop: Loop;
  let alpha: UserAgent;
  let bravo: UserAgent;
  const bind = (address: string, edition: '88' | '94') =>
    UserAgent.connect({
      host: '127.0.0.1',
      port: loop.server.port,
      address,
      password: USER_PASSWORD,
      applicationContext: APPLICATION_CONTEXT[edition === '88' ? 'msAccess88' : 'msAccess94'],
    });
  beforeAll(async () => {
    const nonDelivery = { reason: 1, diagnostic: 0 };
    loop = await loopOf(
      ['alpha', 'bravo', 'charlie'],
      [],
      [{ on: 'delivery', address: addressOf('charlie'), do: { nonDelivery } }],
    );
    alpha = await bind(ALPHA, '94');
    bravo = await bind(BRAVO, '94');
  });
  afterAll(() => loop.dispose());

  const message = (recipients: readonly string[], subject: string) =>
    composeSubmission({
      originator: ALPHA,
      recipients: recipients.map((address) => ({ address, report: 'report' })),
      contentType: CONTENT_TYPE.p22,
      content: composeMessage({
        originator: ALPHA,
        recipients,
        subject,
        requestsReceipt: true,
        parts: [{ kind: 'text', text: 'text' }],
      }),
    });
  const statesOf = (sent: readonly SentMessage[], subject: string) =>
    sent.find((one) => one.subject === subject)?.recipients.map(({ state }) => state);

  test('sent, delivered, read; and not delivered', async () => {
    const argument = message([BRAVO, addressOf('charlie')], 'Alpha');
    const { identifier, createdEntry } = await alpha.submit(argument, { keep: 'submission' });
    expect(createdEntry).toBe(1);
    const states = async () => statesOf(await sentMessages(alpha), 'Alpha');
    await eventually(async () => (await states())?.includes('delivered') === true);
    await eventually(async () => (await states())?.includes('not delivered') === true);
    const { entry } = await bravo.fetch({ status: 'new', attributes: ['2.6.4.3.1', '2.6.4.3.19'] });
    expect(entry?.messageIdentifier).toBe(identifier);
    const receipt = composeReceipt(entry?.content ?? new Uint8Array(0), BRAVO);
    expect(receipt?.originator).toBe(ALPHA);
    const notification = composeSubmission({
      originator: BRAVO,
      recipients: [{ address: ALPHA, report: 'none' }],
      contentType: CONTENT_TYPE.p22,
      content: receipt?.content ?? new Uint8Array(0),
    });
    expect((await bravo.submit(notification)).createdEntry).toBeNull();
    await eventually(async () => (await states())?.includes('read') === true);
    expect(await states()).toEqual(['read', 'not delivered']);
    const [sent] = await sentMessages(alpha);
    expect(sent).toMatchObject({ sequence: 1, identifier, subject: 'Alpha' });
    expect(sent?.recipients.map(({ address }) => address)).toEqual([BRAVO, addressOf('charlie')]);
  });

  test('MS-170 the entry that was kept tells of its reports, and each report of it', async () => {
    const nobody = { address: NOBODY, report: 'none' } as const;
    const argument = composeSubmission({
      originator: ALPHA,
      recipients: [{ address: BRAVO, report: 'report' }, addressOf('charlie'), nobody],
      contentType: CONTENT_TYPE.p22,
      content: composeMessage({ originator: ALPHA, recipients: [BRAVO], parts: [] }),
    });
    const { createdEntry, identifier } = await alpha.submit(argument, { keep: 'submission' });
    const sequence = createdEntry ?? 0;
    const values = async (type: string) => {
      const of = { entryClass: 'submission', attributes: [type] } as const;
      const { entry } = await alpha.fetch({ sequence, ...of });
      return (entry?.attributes.get(type) ?? []).map((value) => Buffer.from(value).toString('hex'));
    };
    // Delivered, not delivered, and not asked for.
    const told = ['0a0106', '0a0107', '0a0100'];
    await eventually(async () => (await values(AC.summary)).join() === told.join());
    const { entries } = await alpha.list({
      filter: where.entryType('delivered-report'),
      attributes: [ATTRIBUTE.subjectSubmissionIdentifier, AC.subjectEntry],
    });
    const reports = entries.filter((entry) => entry.subjectSubmissionIdentifier === identifier);
    for (const report of reports) {
      expect(report.attributes.get(AC.subjectEntry)).toEqual([Buffer.of(2, 1, sequence)]);
    }
    const lists = await values(AC.correlated);
    const numbers = reports.map((report) => report.sequence.toString(16).padStart(2, '0'));
    expect(lists).toHaveLength(3);
    for (const list of lists.slice(0, 2)) expect(numbers).toContain(list.slice(20, 22));
    expect(lists[2]).toBe('a0020500');
    expect(await values(AC.uncorrelated)).toEqual([]);
    // It can be asked for: what is not delivered yet, or never will be.
    const found = async (value: number) => {
      const filter = where.equal(AC.summary, Uint8Array.of(10, 1, value));
      const list = await alpha.list({ entryClass: 'submission', filter, attributes: [] });
      return list.entries.map((entry) => entry.sequence);
    };
    expect(await found(7)).toContain(sequence);
    expect(await found(2)).not.toContain(sequence);
    // A report that is deleted tells nothing any more.
    await alpha.remove(reports.map((report) => report.sequence));
    expect(await values(AC.summary)).toEqual(['0a0102', '0a0101', '0a0100']);
  });

  test('out box and drafts are listed, fetched and emptied by class', async () => {
    const argument = message([BRAVO], 'Draft');
    const draft = await alpha.storeDraft(argument);
    const classes = async () => {
      const all = ['delivery', 'submission', 'draft'] as const;
      const lists = all.map((entryClass) => alpha.list({ entryClass, attributes: [] }));
      return (await Promise.all(lists)).map(({ entries }) =>
        entries.map(({ sequence }) => sequence),
      );
    };
    expect((await classes())[2]).toEqual([draft]);
    const attributes = ['2.6.4.3.1', '2.6.1.7.4'];
    const { entry } = await alpha.fetch({ sequence: draft, entryClass: 'draft', attributes });
    expect(entry?.subject).toBe('Draft');
    expect((await alpha.summarize({ entryClass: 'draft' })).count).toBe(1);
    await alpha.remove([draft], { entryClass: 'draft' });
    await alpha.remove({ entryClass: 'submission' });
    expect((await classes()).slice(1)).toEqual([[], []]);
  });

  test('a probe, a deferred message that is cancelled, an identifier that is none', async () => {
    const probe = composeProbe({
      originator: ALPHA,
      recipients: [BRAVO],
      contentType: CONTENT_TYPE.p22,
    });
    const { createdEntry } = await alpha.probe(probe, { keep: 'submission' });
    const { entry } = await alpha.fetch({
      sequence: createdEntry ?? 0,
      entryClass: 'submission',
      attributes: ['2.6.4.3.16'],
    });
    expect(entry?.entryType).toBe('submitted-probe');
    const deferred = composeSubmission({
      originator: ALPHA,
      recipients: [BRAVO],
      contentType: CONTENT_TYPE.p22,
      content: composeMessage({ originator: ALPHA, recipients: [BRAVO], parts: [] }),
      deferredUntil: new Date('2040-01-01T00:00:00Z'),
    });
    const { identifier } = await alpha.submit(deferred);
    await alpha.cancel(identifier);
    await expect(alpha.cancel(identifier)).rejects.toMatchObject({
      name: 'messageSubmissionIdentifierInvalid',
    });
    await expect(alpha.cancel('none')).rejects.toThrow(RangeError);
  });

  test('to nobody: the MTA reports that it has not delivered', async () => {
    await alpha.submit(message([NOBODY], 'Nobody'), { keep: 'submission' });
    await eventually(
      async () => statesOf(await sentMessages(alpha), 'Nobody')?.[0] === 'not delivered',
    );
  });

  test('an association of 1988 submits, and cannot say what is to be kept', async () => {
    const old = await bind(ALPHA, '88');
    const argument = message([BRAVO], 'Old');
    expect((await old.submit(argument)).createdEntry).toBeNull();
    await expect(old.submit(argument, { keep: 'submission' })).rejects.toThrow(RangeError);
    await expect(old.storeDraft(argument)).rejects.toThrow(RangeError);
    await old.unbind();
  });
});
