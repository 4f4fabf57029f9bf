/**
 * Attributes over the wire: everything that an entry has, of every kind of content, from memory and
 * read back from disk; and the rows of the checklist on military and ATS messages.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { objectIdentifier } from '../../../src/asn1/primitive.js';
import { teletexString } from '../../../src/asn1/string.js';
import { encode } from '../../../src/asn1/type.js';
import { composeReport } from '../../../src/client/index.js';
import { newMessageOf } from '../../../src/shard/deliver-message.js';
import { newReportOf } from '../../../src/shard/deliver-report.js';
import { OrName } from '../../../src/x411/or-name.js';
import { attributesOf } from '../../../src/x413/attribute-table.js';
import { atsPriorityOfPrecedence, parseAtsText } from '../../../src/x420/ats.js';
import { extendedPart, generalTextPart, ia5TextPart } from '../../../src/x420/body-part.js';
import { extension } from '../../../src/x420/compose.js';
import { HEADING_EXTENSION } from '../../../src/x420/heading.js';
import { type Bench, conformanceBench, EDITIONS } from '../../support/conformance.js';
import { CREATION_TIME, deliveredInto, valuesOf as derived } from '../../support/entries.js';
import { type Delivered, deliver, deliveryOf, ipm, mtaLink } from '../../support/fixture-f1.js';
import {
  equality,
  int,
  item,
  P7User,
  present,
  printable,
  refusalOf,
  teletex,
  typesOf,
  valuesOf,
} from '../../support/p7-user.js';
import { addressOf } from '../../support/server.js';

const P22 = '2.6.1.10.1';
const P772 = '1.3.26.0.4406.0.4.1';
const P35 = '2.6.7.10.0';
const CREATION = '2.6.4.3.11';
/** What a fetch changes for the next one. */
const CHANGING = ['2.6.4.3.15', '2.6.1.6.1', '2.6.7.5.1'];
const PRIMARY_PRECEDENCE = '1.3.26.0.4406.0.3.0';
const SIC_CODES = '1.3.26.0.4406.0.3.16';
const PRECEDENCE_POLICY = '2.6.1.7.34';
const IA5_DATA = '2.6.1.8.20';

const fixture = (name: string) =>
  readFileSync(new URL(`../../../fixtures/${name}.ber`, import.meta.url));

/** Attributes that neither the clock nor a fetch changes. */
const steady = attributesOf('88')
  .map(({ oid }) => oid)
  .filter((oid) => oid !== CREATION && !CHANGING.includes(oid));

describe('every attribute of every kind of content', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await conformanceBench(1);
  });
  afterAll(() => bench.dispose());

  test('is what its octets give, before and after a restart', async () => {
    const mailbox = bench.empty();
    const mta = await mtaLink(bench.server, mailbox);
    const messages: Delivered[] = [
      { content: fixture('ia5-text'), contentType: '2.6.1.10.0', priority: 'urgent' },
      { content: fixture('utf8-text'), contentType: P22, contentIdentifier: 'CID 1' },
      { content: fixture('forwarded'), contentType: P22 },
      { content: fixture('military'), contentType: P772 },
      { content: fixture('interchange'), contentType: P35 },
      { content: Uint8Array.of(0xa0, 0x80, 0x31, 5), contentType: P22 },
      { content: ipm('x', { identifier: 'long', subject: 'Long. '.repeat(500) }) },
    ];
    const expected = new Map<number, Map<string, string[]>>();
    const expectAll = (sources: ReturnType<typeof deliveredInto>['sources']) => {
      for (const source of sources) {
        const values = steady.map((oid): [string, string[]] => [oid, derived(source, oid)]);
        expected.set(source.entry.sequence, new Map(values.filter(([, one]) => one.length > 0)));
      }
    };
    for (const message of messages) {
      const argument = deliveryOf(mailbox, message);
      await mta.deliver(argument);
      const first = expected.size + 1;
      expectAll(deliveredInto(newMessageOf(argument, CREATION_TIME), [], first).sources);
    }
    const report = composeReport({
      recipient: addressOf('elsewhere'),
      outcome: 'non-delivery',
      contentType: P22,
      returnedContent: fixture('forwarded'),
    });
    await mta.report(report);
    const first = expected.size + 1;
    expectAll(deliveredInto(newReportOf(report, CREATION_TIME), [], first).sources);
    await mta.unbind();

    const compare = async () => {
      const user = await P7User.bind(bench.server, mailbox);
      const { numbers } = await user.list({ childEntries: true });
      expect(numbers).toEqual([...expected.keys()]);
      for (const number of numbers) {
        const { entryInformation } = await user.fetch(number, steady);
        const found = (entryInformation?.attributes ?? []).map(({ type }): [string, string[]] => [
          type,
          valuesOf(entryInformation, type),
        ]);
        expect(new Map(found)).toEqual(expected.get(number));
      }
      await user.unbind();
    };
    await compare();
    await bench.server.kill();
    await bench.server.start();
    await compare();
    await bench.server.stop();
    await bench.server.start();
    await compare();
    expect([...expected.values()].map((values) => values.size > 4)).not.toContain(false);
  });
});

describe.each(EDITIONS)('attributes, edition %s', (edition) => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await conformanceBench(20);
  });
  afterAll(() => bench.dispose());

  /** A mailbox with one message, and its user. */
  const withMessage = async (content: Uint8Array, more: Partial<Delivered> = {}) => {
    const mailbox = bench.empty();
    const mta = await mtaLink(bench.server, mailbox);
    await deliver(mta, mailbox, { content, ...more });
    await mta.unbind();
    return P7User.bind(bench.server, mailbox, { edition });
  };
  const value = async (user: P7User, type: string) =>
    valuesOf((await user.fetch(1, [type])).entryInformation, type);

  /** For rows that the edition of 1988 does not have. */
  const test94 = edition === '94' ? test : () => {};

  test94('MS-059 names by the elements that are asserted', async () => {
    const { user, n1, n2, n6, n7 } = await bench.f1({ edition });
    const from = (text: string) =>
      item({
        kind: 'otherMatch',
        value: {
          matchingRule: '2.6.4.8.16',
          attributeType: '2.6.4.3.27',
          matchValue: encode(OrName, {
            standardAttributes: { countryName: { kind: 'printable', value: text } },
          }),
        },
      });
    expect((await user.list({ filter: from('xx') })).numbers).toEqual([n1, n2, n6, n7]);
    expect((await user.list({ filter: from('YY') })).numbers).toEqual([]);
  });

  test94('MS-060 a rule that the attribute does not have', async () => {
    const { user } = await bench.f1({ edition });
    const attributeType = '2.6.1.7.11';
    const value = { matchingRule: '2.6.4.8.24', attributeType, matchValue: int(2) };
    const refusal = await refusalOf(user.list({ filter: item({ kind: 'otherMatch', value }) }));
    expect(refusal).toMatchObject({ code: 21, problems: [{ problem: 2, type: attributeType }] });
  });

  test('MS-098 extended body parts by their own types, in their order, each in [0]', async () => {
    const vendor = (number: number) =>
      extendedPart('2.6.1.4.99', Uint8Array.of(2, 1, number), '2.6.1.11.99', Uint8Array.of(5, 0));
    const body = [generalTextPart('one'), vendor(1), ia5TextPart('two'), vendor(2)];
    const user = await withMessage(ipm('x', { identifier: 'parts', body }));
    expect(await value(user, '2.6.1.4.99')).toEqual(['a003020101', 'a003020102']);
    expect(await value(user, '2.6.1.11.99')).toEqual(['a0020500', 'a0020500']);
    expect(await value(user, '2.6.1.4.11')).toEqual(['a0051b036f6e65']);
    expect(await value(user, '2.6.1.11.11')).toEqual(['a0083106020101020106']);
    expect(await value(user, '2.6.1.8.12')).toEqual(['06045601040b', '060456010463']);
  });

  test('a subject that is too long for the index is there all the same', async () => {
    const subject = 'Very long. '.repeat(500);
    const user = await withMessage(ipm('x', { identifier: 'long', subject }));
    const expected = encode(teletexString(), subject);
    const hex = Buffer.from(expected).toString('hex');
    expect(await value(user, '2.6.1.7.4')).toEqual([hex]);
    const { requested } = await user.list({}, ['2.6.1.7.4']);
    expect(requested?.map((entry) => valuesOf(entry, '2.6.1.7.4'))).toEqual([[hex]]);
    const strings = [{ kind: 'any', value: teletex('long. very') } as const];
    const filter = item({ kind: 'substrings', value: { type: '2.6.1.7.4', strings } });
    expect((await user.list({ filter })).numbers).toEqual([1]);
  });

  test('a selection of more types than there can be is refused', async () => {
    const { user, n1 } = await bench.f1({ edition });
    const types = Array.from({ length: 1_025 }, () => '2.6.1.7.4');
    expect(await refusalOf(user.fetch(n1, types))).toMatchObject({ code: 29 });
    expect(await refusalOf(user.list({}, types))).toMatchObject({ code: 29 });
    expect((await user.fetch(n1, types.slice(1))).entryInformation).toBeDefined();
  });

  test('types of 1994 are left out of answers in 1988, not refused', async () => {
    const { user, n1 } = await bench.f1({ edition });
    const later = ['2.6.4.3.71', '2.6.1.6.2'];
    const subject = '2.6.1.7.4';
    const { entryInformation } = await user.fetch(n1, [subject, ...later]);
    const expected = edition === '88' ? [subject] : [...later, subject];
    expect(typesOf(entryInformation)).toEqual(expected.toSorted());
    const { requested } = await user.list({}, [subject, ...later]);
    expect(typesOf(requested?.[0])).toEqual(expected.toSorted());
    // In a filter it would change what is selected: there it is refused.
    const filtered = user.list({ filter: present('2.6.4.3.71') });
    if (edition === '88') expect(await refusalOf(filtered)).toMatchObject({ code: 21 });
    else expect((await filtered).numbers).toHaveLength(4);
  });

  test('a body part of a type that nobody knows has its attributes on the entry itself', async () => {
    const [data, parameters] = ['1.3.6.1.4.1.99.1', '1.3.6.1.4.1.99.2'];
    const own = extendedPart(data, Uint8Array.of(2, 1, 7), parameters, Uint8Array.of(5, 0));
    const user = await withMessage(ipm('x', { identifier: 'own', body: [own] }));
    expect(await value(user, data)).toEqual(['a003020107']);
    expect(await value(user, parameters)).toEqual(['a0020500']);
    const all = { range: { kind: 'sequenceNumberRange', value: {} } } as const;
    const { entryInformation } = await user.fetch(all, [data, '2.6.1.7.4']);
    expect(valuesOf(entryInformation, data)).toEqual(['a003020107']);
    const unknown = '1.3.6.1.4.1.99.3';
    const refusal = await refusalOf(user.fetch(1, [data, unknown]));
    expect(refusal).toMatchObject({ code: 21, problems: [{ type: unknown }] });
    // No filter can ask for it, and no list.
    expect(await refusalOf(user.list({}, [data]))).toMatchObject({ code: 21 });
    expect(await user.statuses()).toEqual({ 1: 1 });
  });

  test('MS-208 precedence of a military message', async () => {
    const { user, n7 } = await bench.f1({ edition });
    const { entryInformation } = await user.fetch(n7, [PRIMARY_PRECEDENCE]);
    expect(valuesOf(entryInformation, PRIMARY_PRECEDENCE)).toEqual(['020104']);
    const { requested } = await user.list({}, [PRIMARY_PRECEDENCE]);
    expect(requested?.filter(({ attributes }) => attributes !== undefined)).toHaveLength(1);
  });

  test('MS-209 one subject indicator code among several', async () => {
    const { user, n7 } = await bench.f1({ edition });
    for (const sic of ['ABC', 'def']) {
      const { numbers } = await user.list({ filter: equality(SIC_CODES, printable(sic)) });
      expect(numbers).toEqual([n7]);
    }
    const { numbers } = await user.list({ filter: equality(SIC_CODES, printable('AB')) });
    expect(numbers).toEqual([]);
  });

  const ats = (pri: string) => `\u0001PRI: ${pri}\r\nFT: 010840\r\n\r\n\u0002FPL`;
  const textOf = async (user: P7User) => {
    const [data = ''] = await value(user, IA5_DATA);
    // A short IA5String: tag and length before the text.
    return Buffer.from(data, 'hex').subarray(2).toString('latin1');
  };

  test('MS-212 a basic ATS message is kept as it is, and its priority can be told', async () => {
    const content = ipm('x', { identifier: 'ats', body: [ia5TextPart(ats('FF'))] });
    const user = await withMessage(content);
    const text = await textOf(user);
    expect(text).toBe(ats('FF'));
    expect(parseAtsText(text)?.header.priority).toBe('FF');
  });

  test('MS-213 a broken ATS header makes an ordinary message', async () => {
    const content = ipm('x', { identifier: 'ats', body: [ia5TextPart(ats('ZZ'))] });
    const user = await withMessage(content);
    const text = await textOf(user);
    expect(text).toBe(ats('ZZ'));
    expect(parseAtsText(text)).toBeNull();
  });

  test('MS-214 precedence of the extended service', async () => {
    const policy = HEADING_EXTENSION.precedencePolicyIdentifier;
    const mailbox = bench.empty();
    const mta = await mtaLink(bench.server, mailbox);
    const extensions = [extension(policy, objectIdentifier, '1.3.27.8.0.0')];
    const content = ipm(mailbox, { identifier: 'ats', extensions, precedence: 107 });
    await deliver(mta, mailbox, { content });
    await mta.unbind();
    const user = await P7User.bind(bench.server, mailbox, { edition });
    // Precedence and its policy have attributes in 1994; in 1988 they stand in the heading.
    const [heading = ''] = await value(user, '2.6.1.7.0');
    expect(heading).toContain('300d06045601050c06052b1b080000');
    expect(heading).toContain('300906045601140102016b');
    expect(atsPriorityOfPrecedence(0x6b)).toBe('SS');
    expect(attributesOf(edition).some(({ oid }) => oid === PRECEDENCE_POLICY)).toBe(
      edition === '94',
    );
  });
});
