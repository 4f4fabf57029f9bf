/** Rows MS-086 to MS-105 of the semantics checklist, and the processed rule by parts. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ia5TextPart, messagePart } from '../../../src/x420/body-part.js';
import { ipmOfContent } from '../../../src/x420/compose.js';
import { type Bench, conformanceBench, EDITIONS } from '../../support/conformance.js';
import { deliver, ipm, mtaLink } from '../../support/fixture-f1.js';
import {
  and,
  equality,
  int,
  numbers,
  P7User,
  refusalOf,
  STATUS,
  typesOf,
  valuesOf,
} from '../../support/p7-user.js';

const CONTENT = '2.6.4.3.1';
const ORIGINATOR = '2.6.4.3.27';
const REPORT_ENVELOPE = '2.6.4.3.34';
const PER_RECIPIENT = '2.6.4.3.30';
const HEADING = '2.6.1.7.0';
const SUBJECT = '2.6.1.7.4';
const BODY = '2.6.1.8.0';
const IA5_PARTS = '2.6.1.8.1';
const IA5_PARAMETERS = '2.6.1.8.13';
const MESSAGE_DATA = '2.6.1.8.26';
const P2 = '2.6.1.10.0';
const P22 = '2.6.1.10.1';
const UNKNOWN = '2.6.4.3.45';
const isNew = equality(STATUS, int(0));

describe.each(EDITIONS)('Fetch, edition %s', (edition) => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await conformanceBench(50);
  });
  afterAll(() => bench.dispose());
  const f1 = (options = {}) => bench.f1({ edition, ...options });
  /** A mailbox with one message of these parts, and its user. */
  const withParts = async (...body: Uint8Array[]) => {
    const mailbox = bench.empty();
    const mta = await mtaLink(bench.server, mailbox);
    await deliver(mta, mailbox, { content: ipm(mailbox, { identifier: 'parts', body }) });
    await mta.unbind();
    return P7User.bind(bench.server, mailbox, { edition });
  };

  test('MS-086 precise: entry-information only', async () => {
    const { user, n1 } = await f1();
    const { entryInformation, list, next } = await user.fetch(n1, [HEADING]);
    expect(entryInformation?.sequenceNumber).toBe(n1);
    expect(typesOf(entryInformation)).toEqual([HEADING]);
    expect([list, next]).toEqual([undefined, undefined]);
  });

  test('MS-087 precise, an unused number: sequence-number-error names it', async () => {
    const { user } = await f1();
    const problems = [{ problem: 0, sequenceNumber: 99 }];
    expect(await refusalOf(user.fetch(99, []))).toEqual({ code: 28, problems });
  });

  test('MS-088 precise, a child: served', async () => {
    const { user, n3 } = await f1();
    const { entryInformation } = await user.fetch(n3, [SUBJECT]);
    expect(valuesOf(entryInformation, SUBJECT)).toEqual(['1405496e6e6572']);
  });

  test('MS-089 search: the first match, and the further ones ascending', async () => {
    const { user, n1, n2, n4, n6, n7 } = await f1();
    const { entryInformation, list, next } = await user.fetch({ filter: isNew }, [SUBJECT]);
    expect(entryInformation?.sequenceNumber).toBe(n1);
    expect(list).toEqual([n2, n4, n6, n7]);
    expect(next).toBeUndefined();
  });

  test('MS-090 search without a match: an empty SET', async () => {
    const { user } = await f1();
    expect(await user.fetch({ filter: equality(STATUS, int(2)) }, [SUBJECT])).toEqual({});
  });

  test('MS-091 search with a limit: one entry, limit - 1 numbers, next', async () => {
    const { user, n1, n2, n4, n6 } = await f1();
    const { entryInformation, list, next } = await user.fetch({ limit: 3 }, [SUBJECT]);
    expect(entryInformation?.sequenceNumber).toBe(n1);
    expect(list).toEqual([n2, n4]);
    expect(next).toBe(n6);
  });

  test('a limit of one gives no list', async () => {
    const { user, n2 } = await f1();
    const { list, next } = await user.fetch({ limit: 1 }, []);
    expect([list, next]).toEqual([undefined, n2]);
  });

  test('MS-092 the content fetched: processed', async () => {
    const { user, n1 } = await f1();
    await user.fetch(n1, [CONTENT]);
    expect((await user.statuses())[n1]).toBe(2);
  });

  test('MS-093 the heading alone: listed', async () => {
    const { user, n1 } = await f1();
    await user.fetch(n1, [HEADING]);
    expect((await user.statuses())[n1]).toBe(1);
  });

  test('MS-094 heading, then body: processed', async () => {
    const { user, n1 } = await f1();
    await user.fetch(n1, [HEADING]);
    await user.fetch(n1, [BODY]);
    expect((await user.statuses())[n1]).toBe(2);
  });

  test('heading and body at once: processed; the body alone: listed', async () => {
    const { user, n1, n7 } = await f1();
    await user.fetch(n1, [HEADING, BODY]);
    await user.fetch(n7, [BODY]);
    expect(await user.statuses()).toMatchObject({ [n1]: 2, [n7]: 1 });
  });

  test('MS-095 one of two body parts: listed; then the other and the heading: processed', async () => {
    const user = await withParts(ia5TextPart('one'), ia5TextPart('two'));
    const first = await user.fetch(1, [HEADING, { type: IA5_PARTS, from: 1, count: 1 }]);
    expect(valuesOf(first.entryInformation, IA5_PARTS)).toHaveLength(1);
    expect((await user.statuses())[1]).toBe(1);
    await user.fetch(1, [{ type: IA5_PARTS, from: 1, count: 1 }]);
    expect((await user.statuses())[1]).toBe(1);
    await user.fetch(1, [{ type: IA5_PARTS, from: 2 }]);
    expect((await user.statuses())[1]).toBe(2);
  });

  test('parameters of a body part convey no part', async () => {
    const user = await withParts(ia5TextPart('one'));
    await user.fetch(1, [HEADING, IA5_PARAMETERS]);
    expect((await user.statuses())[1]).toBe(1);
  });

  test('a count of zero conveys nothing', async () => {
    const user = await withParts(ia5TextPart('one'));
    const { entryInformation } = await user.fetch(1, [HEADING, { type: IA5_PARTS, count: 0 }]);
    expect(typesOf(entryInformation)).toEqual([HEADING]);
    expect((await user.statuses())[1]).toBe(1);
  });

  test('more body parts than there are bits: processed when each was conveyed', async () => {
    const user = await withParts(...Array.from({ length: 40 }, (_, i) => ia5TextPart(`${i}`)));
    await user.fetch(1, [HEADING, { type: IA5_PARTS, from: 1, count: 35 }]);
    expect((await user.statuses())[1]).toBe(1);
    await user.fetch(1, [{ type: IA5_PARTS, from: 30 }]);
    expect((await user.statuses())[1]).toBe(2);
  });

  test('a message without body parts: processed by its heading', async () => {
    const user = await withParts();
    await user.fetch(1, [HEADING]);
    expect((await user.statuses())[1]).toBe(2);
  });

  test('MS-096 the originator alone: listed', async () => {
    const { user, n1 } = await f1();
    await user.fetch(n1, [ORIGINATOR]);
    expect((await user.statuses())[n1]).toBe(1);
  });

  test('nothing asked: listed all the same', async () => {
    const { user, n1 } = await f1();
    const { entryInformation } = await user.fetch(n1, []);
    expect(entryInformation).toEqual({ sequenceNumber: n1 });
    expect((await user.statuses())[n1]).toBe(1);
  });

  test.each([[REPORT_ENVELOPE], [PER_RECIPIENT]])(
    'MS-097 %s of a report: processed',
    async (type) => {
      const { user, n4, n5 } = await f1();
      await user.fetch(n4, [type]);
      expect(await user.statuses()).toMatchObject({ [n4]: 2, [n5]: 0 });
    },
  );

  test('a returned content by itself: processed, and the report is not', async () => {
    const { user, n4, n5 } = await f1();
    await user.fetch(n5, [CONTENT]);
    expect(await user.statuses()).toMatchObject({ [n4]: 0, [n5]: 2 });
  });

  test('a notification: processed by all its attributes, listed by one', async () => {
    const { user, n6 } = await f1();
    await user.fetch(n6, ['2.6.1.9.0']);
    expect((await user.statuses())[n6]).toBe(1);
    await user.fetch(n6, ['2.6.1.9.0', '2.6.1.9.1', '2.6.1.9.8', '2.6.1.9.9']);
    expect((await user.statuses())[n6]).toBe(2);
  });

  test('a child read, then the heading of its parent: both processed', async () => {
    const { user, n2, n3 } = await f1();
    await user.fetch(n3, [CONTENT]);
    expect(await user.statuses()).toMatchObject({ [n2]: 0, [n3]: 2 });
    await user.fetch(n2, [HEADING]);
    expect(await user.statuses()).toMatchObject({ [n2]: 2, [n3]: 2 });
  });

  test('the heading of a parent read, then its child: both processed', async () => {
    const { user, n2, n3 } = await f1();
    await user.fetch(n2, [HEADING]);
    await user.fetch(n3, [HEADING, BODY]);
    expect(await user.statuses()).toMatchObject({ [n2]: 2, [n3]: 2 });
  });

  test.each([
    [CONTENT, 2],
    [BODY, 1],
    [MESSAGE_DATA, 1],
  ])('%s of a parent makes its child processed', async (type, status) => {
    const { user, n2, n3 } = await f1();
    await user.fetch(n2, [type]);
    expect(await user.statuses()).toMatchObject({ [n2]: status, [n3]: 2 });
  });

  test('a grandchild read makes the ones above processed when their headings were', async () => {
    const inner = ipm('x', { identifier: 'c' });
    const middle = ipm('x', { identifier: 'b', body: [messagePart(ipmOfContent(inner))] });
    const user = await withParts(ia5TextPart('cover'), messagePart(ipmOfContent(middle)));
    await user.fetch(1, [HEADING, IA5_PARTS]);
    await user.fetch(2, [HEADING]);
    expect(await user.statuses()).toEqual({ 1: 1, 2: 1, 3: 0 });
    await user.fetch(3, [CONTENT]);
    expect(await user.statuses()).toEqual({ 1: 2, 2: 2, 3: 2 });
  });

  test('processed stays processed', async () => {
    const { user, n1 } = await f1();
    await user.fetch(n1, [CONTENT]);
    await user.fetch(n1, [SUBJECT]);
    await user.list(numbers(n1, n1), [SUBJECT]);
    expect((await user.statuses())[n1]).toBe(2);
  });

  test('MS-099 an unknown attribute: attribute-error, and nothing changes', async () => {
    const { user, n1 } = await f1();
    const problems = [{ problem: 1, type: UNKNOWN }];
    expect(await refusalOf(user.fetch(n1, [CONTENT, UNKNOWN]))).toEqual({ code: 21, problems });
    expect((await user.statuses())[n1]).toBe(0);
  });

  describe('fetch-restrictions', () => {
    const allowsP2 = { fetchRestrictions: { allowedContentTypes: [P2] } };
    const allowsIa5 = { fetchRestrictions: { allowedEits: ['2.6.3.4.2'] } };
    const allows100 = { fetchRestrictions: { maximumAttributeLength: 100 } };
    type Override = 'ContentTypes' | 'Eits' | 'AttributeLength';
    const override = (name: Override) => ({
      override: new Set([`override${name}Restriction` as const]),
    });

    test('MS-100 a content type that is not allowed', async () => {
      const { user, n1 } = await f1(allowsP2);
      const problems = [{ problem: 1, restriction: { kind: 'contentType', value: P22 } }];
      const refusal = { code: 24, problems };
      expect(await refusalOf(user.fetch(numbers(n1, n1), [CONTENT]))).toEqual(refusal);
      expect(await refusalOf(user.fetch(n1, [BODY]))).toEqual(refusal);
      expect((await user.statuses())[n1]).toBe(0);
    });

    test('MS-101 lifted by bit 0, and by no other', async () => {
      const { user, n1 } = await f1(allowsP2);
      const lifted = { ...numbers(n1, n1), ...override('ContentTypes') };
      const { entryInformation } = await user.fetch(lifted, [CONTENT]);
      expect(typesOf(entryInformation)).toEqual([CONTENT]);
      const other = { ...numbers(n1, n1), ...override('Eits') };
      expect(await refusalOf(user.fetch(other, [CONTENT]))).toMatchObject({ code: 24 });
    });

    test('MS-102 an attribute longer than allowed, and lifted by bit 2', async () => {
      const mailbox = bench.empty();
      const mta = await mtaLink(bench.server, mailbox);
      const content = new Uint8Array(1_000).fill(7);
      await deliver(mta, mailbox, { content, contentType: '2.6.3.3.0' });
      await mta.unbind();
      const user = await P7User.bind(bench.server, mailbox, { edition, ...allows100 });
      const problems = [{ problem: 3, restriction: { kind: 'attributeLength', value: 1_000 } }];
      expect(await refusalOf(user.fetch({}, [CONTENT]))).toEqual({ code: 24, problems });
      const lifted = override('AttributeLength');
      expect(typesOf((await user.fetch(lifted, [CONTENT])).entryInformation)).toEqual([CONTENT]);
      expect(typesOf((await user.fetch({}, [STATUS])).entryInformation)).toEqual([STATUS]);
    });

    test('MS-103 information of a type that is not allowed, and lifted by bit 1', async () => {
      const mailbox = bench.empty();
      const mta = await mtaLink(bench.server, mailbox);
      const builtIn = { octets: Uint8Array.of(0x20), unusedBits: 5 };
      const extended = ['2.6.1.12.0'];
      const fields = { originalEncodedInformationTypes: { builtIn, extended } };
      await deliver(mta, mailbox, { content: ipm(mailbox, { identifier: 'eit' }), fields });
      await mta.unbind();
      const user = await P7User.bind(bench.server, mailbox, { edition, ...allowsIa5 });
      const problems = [{ problem: 2, restriction: { kind: 'eit', value: ['2.6.1.12.0'] } }];
      expect(await refusalOf(user.fetch({}, [CONTENT]))).toEqual({ code: 24, problems });
      const lifted = override('Eits');
      expect(typesOf((await user.fetch(lifted, [CONTENT])).entryInformation)).toEqual([CONTENT]);
      expect(typesOf((await user.fetch({}, [SUBJECT])).entryInformation)).toEqual([]);
    });

    test('all that offends is told at once', async () => {
      const fetchRestrictions = { allowedContentTypes: [P2], maximumAttributeLength: 10 };
      const { user, n1 } = await f1({ fetchRestrictions });
      const refusal = await refusalOf(user.fetch(n1, [HEADING, CONTENT]));
      const { problems } = refusal as { problems: { problem: number }[] };
      expect(problems.map(({ problem }) => problem)).toEqual([1, 3, 3]);
    });

    test('MS-104 List and Summarize are not restricted', async () => {
      const { user, n1, n2, n4, n6, n7 } = await f1({ ...allowsP2 });
      const { numbers: listed } = await user.list({}, [SUBJECT, HEADING]);
      expect(listed).toEqual([n1, n2, n4, n6, n7]);
      expect((await user.summarize({}, [STATUS])).count).toBe(5);
    });
  });

  test('children are searched only when asked for', async () => {
    const { user, n3 } = await f1();
    const filter = and(
      isNew,
      equality(SUBJECT, Uint8Array.from([0x14, 5, ...Buffer.from('inner')])),
    );
    expect(await user.fetch({ filter }, [])).toEqual({});
    const { entryInformation } = await user.fetch({ filter, childEntries: true }, []);
    expect(entryInformation?.sequenceNumber).toBe(n3);
  });
});
