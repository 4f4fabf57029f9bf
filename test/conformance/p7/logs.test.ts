/**
 * Rows of the semantics checklist about logs, over TCP: what was delivered and what was submitted,
 * also when the messages are gone.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { childrenOf } from '../../../src/asn1/elements.js';
import { wrap } from '../../../src/asn1/header.js';
import { readElement } from '../../../src/asn1/reader.js';
import { context, TAG } from '../../../src/asn1/tag.js';
import { joinOctets } from '../../../src/base/octets.js';
import { composeProbe, composeSubmission, MtaServer } from '../../../src/client/index.js';
import { MS_OPERATION, MTS_OPERATION } from '../../../src/x411/application-contexts.js';
import { ModifyArgument, ModifyResult } from '../../../src/x413/modify.js';
import { CommonSubmissionResults } from '../../../src/x413/submission.js';
import { type Bench, conformanceBench } from '../../support/conformance.js';
import { F1_CONTENT } from '../../support/fixture-f1.js';
import { P7User, refusalOf, valuesOf } from '../../support/p7-user.js';
import { addressOf, MTA_PASSWORD } from '../../support/server.js';

const A = {
  content: '2.6.4.3.1',
  contentLength: '2.6.4.3.6',
  status: '2.6.4.3.15',
  entryType: '2.6.4.3.16',
  deliveryEnvelope: '2.6.4.3.18',
  messageIdentifier: '2.6.4.3.19',
  originator: '2.6.4.3.27',
  deletionTime: '2.6.4.3.52',
  submissionEnvelope: '2.6.4.3.59',
  subject: '2.6.1.7.4',
} as const;
const CLASS = { delivery: 0, submission: 1, deliveryLog: 4, submissionLog: 5, messageLog: 6 };
const P22 = '2.6.1.10.1';

/** With object-entry-class submission-log among the options. */
function toLogOnly(argument: Uint8Array): Uint8Array {
  const element = readElement(argument);
  const set = joinOctets(wrap(TAG.set, [Uint8Array.of(0xa0, 3, 2, 1, CLASS.submissionLog)]));
  return joinOctets(wrap(element.tag, [element.content, ...wrap(context(4), [set])]));
}

const createdEntry = (result: Uint8Array): number => {
  const own = childrenOf(readElement(result)).find(({ tag }) => tag === context(4));
  const set = own?.children().next();
  if (!set) throw new Error('no results of the store');
  return CommonSubmissionResults.decode(set).createdEntry ?? 0;
};

describe('logs', () => {
  let bench: Bench;
  let strict: Bench;
  let mta: MtaServer;
  beforeAll(async () => {
    mta = await MtaServer.open({ name: 'MTA-1', password: MTA_PASSWORD, stores: [] });
    const keep = 'keep: [delivery, submission]';
    const outgoing = { mtsPort: mta.port, keeps: ['box2'] };
    bench = await conformanceBench(8, `  logs: { ${keep} }\n`, outgoing);
    strict = await conformanceBench(2, `  logs: { ${keep}, deletable: false }\n`);
  });
  afterAll(async () => {
    await bench.dispose();
    await strict.dispose();
    await mta.close();
  });

  const message = (from: string) =>
    composeSubmission({
      originator: addressOf(from),
      recipients: [{ address: addressOf('elsewhere'), report: 'none' }],
      contentType: P22,
      content: F1_CONTENT.n1(from),
      contentIdentifier: 'CID 1',
    });

  test('MS-117, MS-118, MS-193 an entry stays, with its deletion-time, and goes only then', async () => {
    const { n1, user } = await bench.f1({ edition: '94', msConfigurationRequest: true });
    expect(user.bindResult.entryClassesSupported).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(user.bindResult.availableAttributeTypes).toContain(A.deletionTime);
    await user.list({}, [A.subject]);
    const { numbers } = await user.list({}, undefined, CLASS.deliveryLog);
    expect(numbers).toEqual((await user.list()).numbers);
    const before = await user.list({}, [A.deletionTime, A.entryType], CLASS.deliveryLog);
    expect(valuesOf(before.requested?.[0], A.deletionTime)).toEqual([]);
    expect(await refusalOf(user.delete([n1], CLASS.deliveryLog))).toMatchObject({
      code: 23,
      problems: [{ problem: 4, sequenceNumber: n1 }],
    });
    await user.delete([n1]);
    expect((await user.list()).numbers).not.toContain(n1);
    const after = await user.list({}, [A.deletionTime], CLASS.deliveryLog);
    expect(after.numbers).toEqual(numbers);
    expect(valuesOf(after.requested?.[0], A.deletionTime)).toHaveLength(1);
    await user.delete([n1], CLASS.deliveryLog);
    expect((await user.list({}, undefined, CLASS.deliveryLog)).numbers).not.toContain(n1);
    expect(await refusalOf(user.fetch(n1, [A.entryType], CLASS.deliveryLog))).toMatchObject({
      code: 28,
    });
  });

  test('an entry has the envelope, nothing of the content, and changes no status', async () => {
    const { n1, user } = await bench.f1({ edition: '94' });
    const asked = [A.content, A.subject, A.deliveryEnvelope, A.contentLength, A.status] as const;
    const { entryInformation } = await user.fetch(n1, asked, CLASS.deliveryLog);
    expect(valuesOf(entryInformation, A.content)).toEqual([]);
    expect(valuesOf(entryInformation, A.subject)).toEqual([]);
    expect(valuesOf(entryInformation, A.deliveryEnvelope)).toHaveLength(1);
    expect(valuesOf(entryInformation, A.contentLength)).toHaveLength(1);
    expect(valuesOf(entryInformation, A.status)).toEqual(['020102']);
    const stored = await user.list({}, [A.status]);
    expect(valuesOf(stored.requested?.[0], A.status)).toEqual(['020100']);
    const { count } = await user.summarize({}, [A.entryType], CLASS.deliveryLog);
    expect(count).toBe(stored.numbers.length);
  });

  test('MS-119 logs that the provider keeps cannot be deleted from', async () => {
    const { n1, user } = await strict.f1({ edition: '94' });
    expect(await refusalOf(user.delete([n1], CLASS.deliveryLog))).toMatchObject({
      code: 23,
      problems: [{ problem: 3, sequenceNumber: n1 }],
    });
  });

  test('MS-187 of a submission that is to be logged only, the entry is in the log only', async () => {
    const name = bench.empty();
    const user = await P7User.bind(bench.server, name, { edition: '94' });
    const sent = await user.submit(MTS_OPERATION.messageSubmission, toLogOnly(message(name)));
    const number = createdEntry(sent);
    expect((await user.list({}, undefined, CLASS.submission)).numbers).toEqual([]);
    const attributes = [A.messageIdentifier, A.submissionEnvelope, A.content] as const;
    const { entryInformation } = await user.fetch(number, attributes, CLASS.submissionLog);
    expect(valuesOf(entryInformation, A.messageIdentifier)).toHaveLength(1);
    expect(valuesOf(entryInformation, A.submissionEnvelope)).toHaveLength(1);
    expect(valuesOf(entryInformation, A.content)).toEqual([]);
    const probe = composeProbe({
      originator: addressOf(name),
      recipients: [{ address: addressOf('elsewhere'), report: 'none' }],
      contentType: P22,
      contentLength: 100,
    });
    await user.submit(MTS_OPERATION.probeSubmission, probe);
    const all = await user.list({}, [A.entryType], CLASS.messageLog);
    const types = (all.requested ?? []).flatMap((entry) => valuesOf(entry, A.entryType));
    // The MTA may report on the probe meanwhile.
    expect(types.slice(0, 2)).toEqual(['020103', '020104']);
    await user.delete([number], CLASS.submissionLog);
    const left = await user.list({}, undefined, CLASS.submissionLog);
    expect(left.numbers).toEqual(all.numbers.slice(1, 2));
    user.abort();
  });

  test('a log is the same after a kill, and what was deleted from it stays away', async () => {
    const { n1, user, mailbox } = await bench.f1({ edition: '94' });
    const { numbers } = await user.list({}, [A.status]);
    await user.delete(numbers);
    await user.delete([n1], CLASS.deliveryLog);
    const asked = [A.deletionTime, A.originator] as const;
    const before = await user.list({}, asked, CLASS.deliveryLog);
    expect(before.numbers).toEqual(numbers.filter((number) => number !== n1));
    await bench.server.kill();
    await bench.server.start();
    const again = await P7User.bind(bench.server, mailbox, { edition: '94' });
    expect(await again.list({}, asked, CLASS.deliveryLog)).toEqual(before);
    again.abort();
  });

  test('nobody writes into a log, and 1988 knows of none', async () => {
    const { n1, user, mailbox } = await bench.f1({ edition: '94' });
    const argument = {
      entryClass: CLASS.deliveryLog,
      entries: { kind: 'specificEntries', value: [n1] } as const,
      modifications: [
        { strict: false, modification: { kind: 'removeAttribute', value: '2.6.4.3.58' } as const },
      ],
    };
    const refused = refusalOf(
      user.ask(MS_OPERATION.modify, ModifyArgument, argument, ModifyResult),
    );
    expect(await refused).toMatchObject({ code: 34 });
    const old = await P7User.bind(bench.server, mailbox, { edition: '88' });
    expect(await refusalOf(old.list({}, undefined, CLASS.deliveryLog))).toMatchObject({ code: 29 });
    old.abort();
  });
});
