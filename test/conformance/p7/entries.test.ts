/** Rows MS-018 to MS-032 of the semantics checklist: what a delivery becomes. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { childrenOf } from '../../../src/asn1/elements.js';
import { wrap } from '../../../src/asn1/header.js';
import { octetString } from '../../../src/asn1/primitive.js';
import { type Element, readElement } from '../../../src/asn1/reader.js';
import { TAG } from '../../../src/asn1/tag.js';
import { decode } from '../../../src/asn1/type.js';
import { joinOctets } from '../../../src/base/octets.js';
import { composeReport } from '../../../src/client/index.js';
import { MessageDeliveryArgument } from '../../../src/x411/delivery.js';
import { keepOrName } from '../../../src/x411/or-name.js';
import { ia5TextPart, messagePart } from '../../../src/x420/body-part.js';
import { ipmOfContent } from '../../../src/x420/compose.js';
import { type Bench, conformanceBench, EDITIONS } from '../../support/conformance.js';
import { deliver, deliveryOf, F1_CONTENT, ipm, mtaLink, orName } from '../../support/fixture-f1.js';
import { equality, P7User, valuesOf } from '../../support/p7-user.js';
import { addressOf } from '../../support/server.js';

const P772 = '1.3.26.0.4406.0.4.1';
const CHILDREN = '2.6.4.3.0';
const CONTENT = '2.6.4.3.1';
const CONTENT_RETURNED = '2.6.4.3.7';
const CONTENT_TYPE = '2.6.4.3.8';
const CREATION_TIME = '2.6.4.3.11';
const ENTRY_TYPE = '2.6.4.3.16';
const ENVELOPE = '2.6.4.3.18';
const OTHER_RECIPIENTS = '2.6.4.3.28';
const PARENT = '2.6.4.3.29';
const PRIORITY = '2.6.4.3.31';
const SEQUENCE_NUMBER = '2.6.4.3.39';
const IPM_ENTRY_TYPE = '2.6.1.6.0';
const SUBJECT = '2.6.1.7.4';
const int = (value: number) => `0201${value.toString(16).padStart(2, '0')}`;

describe.each(EDITIONS)('entries, edition %s', (edition) => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await conformanceBench(20);
  });
  afterAll(() => bench.dispose());
  const f1 = () => bench.f1({ edition });
  const delivered = async (...contents: Uint8Array[]) => {
    const mailbox = bench.empty();
    const mta = await mtaLink(bench.server, mailbox);
    for (const content of contents) await deliver(mta, mailbox, { content });
    await mta.unbind();
    return P7User.bind(bench.server, mailbox, { edition });
  };
  const value = async (user: P7User, number: number, type: string) =>
    valuesOf((await user.fetch(number, [type])).entryInformation, type);
  const contentOf = async (user: P7User, number: number) => {
    const [octets = ''] = await value(user, number, CONTENT);
    return decode(octetString(), Buffer.from(octets, 'hex'));
  };

  test('MS-018 one message into an empty mailbox: one new main-entry', async () => {
    const user = await delivered(ipm('x', { identifier: 'one' }));
    expect(await user.statuses()).toEqual({ 1: 0 });
    expect(await value(user, 1, ENTRY_TYPE)).toEqual([int(0)]);
  });

  test('MS-020 a message within: its entry and its parent know each other', async () => {
    const { user, n2, n3 } = await f1();
    expect(await value(user, n2, CHILDREN)).toEqual([int(n3)]);
    expect(await value(user, n3, PARENT)).toEqual([int(n2)]);
    expect(await value(user, n3, ENTRY_TYPE)).toEqual([int(0)]);
    expect(await value(user, n2, PARENT)).toEqual([]);
    expect(await value(user, n3, CHILDREN)).toEqual([]);
  });

  test('MS-021 a message within a message within: a chain', async () => {
    const inner = ipm('x', { identifier: 'c' });
    const middle = ipm('x', { identifier: 'b', body: [messagePart(ipmOfContent(inner))] });
    const body = [ia5TextPart('cover'), messagePart(ipmOfContent(middle))];
    const user = await delivered(ipm('x', { identifier: 'a', body }));
    const children = [1, 2, 3].map((number) => value(user, number, CHILDREN));
    expect(await Promise.all(children)).toEqual([[int(2)], [int(3)], []]);
    const parents = [1, 2, 3].map((number) => value(user, number, PARENT));
    expect(await Promise.all(parents)).toEqual([[], [int(1)], [int(2)]]);
  });

  test('MS-022 a report with returned content', async () => {
    const { user, n4, n5, mailbox } = await f1();
    expect(await value(user, n4, ENTRY_TYPE)).toEqual([int(1)]);
    expect(await value(user, n4, CONTENT_RETURNED)).toEqual(['0101ff']);
    expect(await value(user, n4, CHILDREN)).toEqual([int(n5)]);
    expect(await value(user, n5, ENTRY_TYPE)).toEqual([int(2)]);
    expect(Buffer.compare(await contentOf(user, n5), F1_CONTENT.n1(mailbox))).toBe(0);
  });

  test('MS-023 a report without content', async () => {
    const mailbox = bench.empty();
    const mta = await mtaLink(bench.server, mailbox);
    await mta.report(composeReport({ recipient: addressOf('x'), outcome: 'non-delivery' }));
    await mta.unbind();
    const user = await P7User.bind(bench.server, mailbox, { edition });
    expect((await user.list({ childEntries: true })).numbers).toEqual([1]);
    expect(await value(user, 1, CONTENT_RETURNED)).toEqual(['010100']);
    expect(await value(user, 1, CHILDREN)).toEqual([]);
  });

  test('MS-024 a content that cannot be read is kept, with its envelope', async () => {
    const broken = Uint8Array.of(0xa0, 0x80, 0x31, 0x05, 1);
    const user = await delivered(broken);
    expect((await user.list({ childEntries: true })).numbers).toEqual([1]);
    expect(Buffer.compare(await contentOf(user, 1), broken)).toBe(0);
    expect(await value(user, 1, CONTENT_TYPE)).toEqual(['060456010a01']);
    expect(await value(user, 1, SUBJECT)).toEqual([]);
    expect(await value(user, 1, IPM_ENTRY_TYPE)).toEqual([]);
  });

  test('MS-025 the content is what was delivered, octet for octet', async () => {
    const { user, n1, n2, n6, n7, mailbox } = await f1();
    for (const [number, content] of [
      [n1, F1_CONTENT.n1(mailbox)],
      [n2, F1_CONTENT.n2(mailbox)],
      [n6, F1_CONTENT.n6(mailbox)],
      [n7, F1_CONTENT.n7(mailbox)],
    ] as const) {
      expect(Buffer.compare(await contentOf(user, number), content)).toBe(0);
    }
  });

  test('the content of a child is a message of its own', async () => {
    const { user, n3, mailbox } = await f1();
    expect(Buffer.compare(await contentOf(user, n3), F1_CONTENT.inner(mailbox))).toBe(0);
  });

  test('MS-026 the envelope is what was delivered, without the content', async () => {
    const mailbox = bench.empty();
    const mta = await mtaLink(bench.server, mailbox);
    const content = ipm(mailbox, { identifier: 'envelope' });
    const argument = deliveryOf(mailbox, { content, contentIdentifier: 'c-1' });
    await mta.deliver(argument);
    await mta.unbind();
    const user = await P7User.bind(bench.server, mailbox, { edition });
    const [envelope = ''] = await value(user, 1, ENVELOPE);
    const octets = Buffer.from(envelope, 'hex');
    // The argument ends with the content; its header says how long the rest is without it.
    const whole = decode(MessageDeliveryArgument, argument);
    const fields = octets.subarray(octets[1] === 0x82 ? 4 : octets[1] === 0x81 ? 3 : 2);
    expect(argument.length - whole.content.length).toBeGreaterThan(fields.length);
    expect(Buffer.from(argument).includes(fields)).toBe(true);
    expect(Buffer.from(octets).includes(Buffer.from(content))).toBe(false);
  });

  test('MS-027, MS-207 the content type is an OBJECT IDENTIFIER, whatever the envelope has', async () => {
    const { user, n1, n7 } = await f1();
    expect(await value(user, n1, CONTENT_TYPE)).toEqual(['060456010a01']);
    expect(await value(user, n7, CONTENT_TYPE)).toEqual(['06082b1a00a236000401']);
  });

  test('MS-207 a relative content type is taken for the identifier that it stands for', async () => {
    const mailbox = bench.empty();
    const mta = await mtaLink(bench.server, mailbox);
    const content = F1_CONTENT.n7(mailbox);
    // As the whole that it stands for, and all arcs one by one.
    for (const type of ['0d082b1a00a236000401', '0d0901031a00a236000401']) {
      const delivery = readElement(deliveryOf(mailbox, { content, contentType: P772 }));
      const octets = Buffer.from(type, 'hex');
      const fieldOf = (field: Element) =>
        field.tag === TAG.objectIdentifier ? octets : field.whole;
      const members = childrenOf(delivery).map((member) =>
        member.tag === TAG.set
          ? joinOctets(wrap(TAG.set, childrenOf(member).map(fieldOf)))
          : member.whole,
      );
      await mta.deliver(joinOctets(wrap(delivery.tag, members)));
    }
    await mta.unbind();
    const user = await P7User.bind(bench.server, mailbox, { edition });
    for (const number of [1, 2]) {
      expect(await value(user, number, CONTENT_TYPE)).toEqual(['06082b1a00a236000401']);
      expect(await value(user, number, '1.3.26.0.4406.0.3.0')).toHaveLength(1);
    }
    expect(
      (
        await user.list({
          filter: equality(CONTENT_TYPE, Buffer.from('06082b1a00a236000401', 'hex')),
        })
      ).numbers,
    ).toEqual([1, 2]);
  });

  test('MS-028 a priority that was not sent is normal', async () => {
    const { user, n1, n2 } = await f1();
    expect(await value(user, n1, PRIORITY)).toEqual(['470100']);
    expect(await value(user, n2, PRIORITY)).toEqual(['470102']);
  });

  test('MS-029 other recipients only where they were disclosed', async () => {
    const { user, n1 } = await f1();
    expect(await value(user, n1, OTHER_RECIPIENTS)).toEqual([]);
    const mailbox = bench.empty();
    const mta = await mtaLink(bench.server, mailbox);
    const otherRecipientNames = [keepOrName(orName(addressOf('second')))];
    const content = ipm(mailbox, { identifier: 'disclosed' });
    await deliver(mta, mailbox, { content, fields: { otherRecipientNames } });
    await mta.unbind();
    const other = await P7User.bind(bench.server, mailbox, { edition });
    expect(await value(other, 1, OTHER_RECIPIENTS)).toHaveLength(1);
  });

  test('MS-031, MS-032 numbers agree, and creation times never fall', async () => {
    const { user } = await f1();
    const attributes = [SEQUENCE_NUMBER, CREATION_TIME];
    const { requested = [] } = await user.list({ childEntries: true }, attributes);
    expect(requested).toHaveLength(7);
    for (const entry of requested) {
      expect(valuesOf(entry, SEQUENCE_NUMBER)).toEqual([int(entry.sequenceNumber)]);
    }
    const times = requested.map((entry) => valuesOf(entry, CREATION_TIME)[0] ?? '');
    expect(times).toEqual(times.toSorted());
  });

  if (edition === '88')
    test('MS-030 a number is not given twice, not even after a restart', async () => {
      const user = await delivered(ipm('x', { identifier: 'a' }), ipm('x', { identifier: 'b' }));
      await user.list({}, [ENTRY_TYPE]);
      await user.delete([2]);
      user.abort();
      await bench.server.stop();
      await bench.server.start();
      const mailbox = user.mailbox;
      const mta = await mtaLink(bench.server, mailbox);
      await deliver(mta, mailbox, { content: ipm('x', { identifier: 'c' }) });
      await mta.unbind();
      const again = await P7User.bind(bench.server, mailbox, { edition });
      expect((await again.list()).numbers).toEqual([1, 3]);
      await again.unbind();
    });
});
