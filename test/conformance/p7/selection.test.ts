/** Rows MS-033 to MS-065 of the semantics checklist: selectors, ranges, filters, limits. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encode } from '../../../src/asn1/type.js';
import { keepOrName, OrName } from '../../../src/x411/or-name.js';
import type { Filter, FilterItem } from '../../../src/x413/filter.js';
import { RecipientSpecifier } from '../../../src/x420/ipm.js';
import { type Bench, conformanceBench, EDITIONS } from '../../support/conformance.js';
import { deliver, type F1, ipm, mtaLink, orName, SENDER } from '../../support/fixture-f1.js';
import {
  and,
  equality,
  ia5,
  int,
  item,
  not,
  numbers,
  or,
  P7User,
  present,
  printable,
  priority,
  refusalOf,
  STATUS,
  teletex,
  utc,
  valuesOf,
} from '../../support/p7-user.js';
import { addressOf } from '../../support/server.js';

const CONTENT = '2.6.4.3.1';
const CONTENT_LENGTH = '2.6.4.3.6';
const CONTENT_TYPE = '2.6.4.3.8';
const CREATION_TIME = '2.6.4.3.11';
const ENTRY_TYPE = '2.6.4.3.16';
const ORIGINATOR = '2.6.4.3.27';
const PRIORITY = '2.6.4.3.31';
const SEQUENCE_NUMBER = '2.6.4.3.39';
const SUBJECT = '2.6.1.7.4';
const PRIMARY_RECIPIENTS = '2.6.1.7.11';
const UNKNOWN = '2.6.4.3.45';

type Kind = Exclude<FilterItem['kind'], 'present' | 'substrings' | 'otherMatch'>;
const asserted = (kind: Kind, type: string, value: Uint8Array) =>
  item({ kind, value: { type, value } });
type Piece = readonly ['initial' | 'any' | 'final', Uint8Array];
const substrings = (type: string, ...pieces: Piece[]) =>
  item({
    kind: 'substrings',
    value: { type, strings: pieces.map(([kind, value]) => ({ kind, value })) },
  });
const nested = (filter: Filter, depth: number, wrap: (inner: Filter) => Filter): Filter =>
  depth === 0 ? filter : wrap(nested(filter, depth - 1, wrap));

describe.each(EDITIONS)('selection, edition %s', (edition) => {
  let bench: Bench;
  let f1: F1;
  let user: P7User;
  /** Two messages: "Alpha  Test" to two recipients, "Alphabet" with T.61 accents. */
  let texts: P7User;
  let textsMailbox: string;
  /** A hundred messages. */
  let hundred: P7User;
  beforeAll(async () => {
    bench = await conformanceBench(4);
    ({ user, ...f1 } = await bench.f1({ edition }));
    textsMailbox = bench.empty();
    const mta = await mtaLink(bench.server, textsMailbox);
    const to = [textsMailbox, 'second'].map((name) => orName(addressOf(name)));
    const first = ipm(textsMailbox, { identifier: 'a', subject: 'Alpha  Test', to });
    const second = ipm(textsMailbox, { identifier: 'b', subject: 'Über Alphabet' });
    await deliver(mta, textsMailbox, { content: first });
    await deliver(mta, textsMailbox, { content: second, priority: 'non-urgent' });
    const many = bench.empty();
    const content = ipm(many, { identifier: 'x', subject: 'same' });
    await Promise.all(Array.from({ length: 100 }, () => deliver(mta, many, { content })));
    await mta.unbind();
    texts = await P7User.bind(bench.server, textsMailbox, { edition });
    hundred = await P7User.bind(bench.server, many, { edition });
  });
  afterAll(() => bench.dispose());

  const found = async (filter: Filter) => (await user.list({ filter })).numbers;
  const foundText = async (filter: Filter) => (await texts.list({ filter })).numbers;
  const refused = (filter: Filter) => refusalOf(user.list({ filter }));
  const problem = (number: number, type: string, value?: Uint8Array) => ({
    code: 21,
    problems: [{ problem: number, type, ...(value && { value }) }],
  });

  test('MS-033 an empty selector: main-entries, ascending', async () => {
    const { n1, n2, n4, n6, n7 } = f1;
    expect((await user.list()).numbers).toEqual([n1, n2, n4, n6, n7]);
  });

  test('MS-034 child-entries: all, ascending', async () => {
    expect((await user.list({ childEntries: true })).numbers).toEqual(
      Object.values(f1).slice(0, 7),
    );
  });

  test('MS-035 to MS-037 ranges by number, ends included or open', async () => {
    const { n1, n2, n4, n6, n7 } = f1;
    const listed = async (from?: number, to?: number) =>
      (await user.list(numbers(from, to))).numbers;
    expect(await listed(n2, n4)).toEqual([n2, n4]);
    expect(await listed(n4)).toEqual([n4, n6, n7]);
    expect(await listed(undefined, n2)).toEqual([n1, n2]);
    expect(await listed()).toEqual([n1, n2, n4, n6, n7]);
    expect(await listed(n4, n4)).toEqual([n4]);
  });

  test('MS-038, MS-056 by creation time, ends included', async () => {
    const { requested } = await user.list({}, [CREATION_TIME]);
    const times = (requested ?? []).map((entry) => ({
      number: entry.sequenceNumber,
      text: Buffer.from(valuesOf(entry, CREATION_TIME)[0] ?? '', 'hex')
        .subarray(2)
        .toString(),
    }));
    const middle = times[2]?.text ?? '';
    const since = times.filter(({ text }) => text >= middle).map(({ number }) => number);
    const until = times.filter(({ text }) => text <= middle).map(({ number }) => number);
    const range = (from?: string, to?: string) => ({
      range: {
        kind: 'creationTimeRange',
        value: { ...(from && { from }), ...(to && { to }) },
      } as const,
    });
    expect((await user.list(range(middle))).numbers).toEqual(since);
    expect((await user.list(range(undefined, middle))).numbers).toEqual(until);
    expect((await user.list(range('700101000000Z', '700102000000Z'))).numbers).toEqual([]);
    expect(await found(asserted('greaterOrEqual', CREATION_TIME, utc(middle)))).toEqual(since);
    expect(await found(asserted('lessOrEqual', CREATION_TIME, utc(middle)))).toEqual(until);
    expect(await refusalOf(user.list(range('991301000000Z')))).toEqual({ code: 29 });
  });

  test('MS-039, MS-040 an inverted range', async () => {
    const { n2, n4, n6 } = f1;
    const listed = user.list({ ...numbers(n6, n2), limit: 2 });
    if (edition === '88') {
      expect(await refusalOf(listed)).toEqual({ code: 25, problem: 0 });
    } else {
      expect(await listed).toMatchObject({ numbers: [n6, n4], next: n2 });
    }
  });

  test('MS-041 a range that holds nothing is no error', async () => {
    expect(await user.list(numbers(90, 99))).toEqual({ numbers: [] });
    expect(await user.fetch(numbers(90, 99), [])).toEqual({});
    expect(await user.summarize(numbers(90, 99))).toEqual({ count: 0 });
  });

  test('MS-042 equality of the entry type', async () => {
    expect(await found(equality(ENTRY_TYPE, int(1)))).toEqual([f1.n4]);
  });

  test('MS-043, MS-044 presence and its contrary', async () => {
    const { n1, n2, n4, n6, n7 } = f1;
    expect(await found(present(SUBJECT))).toEqual([n1, n2, n7]);
    expect(await found(not(present(SUBJECT)))).toEqual([n4, n6]);
    expect(await found(present(PRIORITY))).toEqual([n1, n2, n6, n7]);
    expect(await found(not(present(PRIORITY)))).toEqual([n4]);
  });

  test('MS-045, MS-046 and of nothing is TRUE, or of nothing is FALSE', async () => {
    const { n1, n2, n4, n6, n7 } = f1;
    expect(await found(and())).toEqual([n1, n2, n4, n6, n7]);
    expect(await found(or())).toEqual([]);
    expect(await found(not(or()))).toEqual([n1, n2, n4, n6, n7]);
    expect(await found(not(and()))).toEqual([]);
  });

  test('and, or, not over columns and contents', async () => {
    const { n1, n2, n6, n7 } = f1;
    const urgent = equality(PRIORITY, priority(2));
    const isUnread = or(equality(STATUS, int(0)), equality(STATUS, int(1)));
    expect(await found(and(urgent, isUnread))).toEqual([n2]);
    expect(await found(and(not(urgent), present(PRIORITY)))).toEqual([n1, n6, n7]);
    expect(await found(or(urgent, equality(SUBJECT, teletex('GAMMA'))))).toEqual([n2, n7]);
    expect(await found(and(or(urgent, present(SUBJECT)), not(urgent)))).toEqual([n1, n7]);
    expect(await found(or(urgent))).toEqual([n2]);
    expect(await found(or(equality(PRIORITY, priority(0)), urgent))).toEqual([n1, n2, n6, n7]);
    expect(await found(equality(SEQUENCE_NUMBER, int(n7)))).toEqual([n7]);
    const between = and(
      asserted('greaterOrEqual', SEQUENCE_NUMBER, int(n2)),
      asserted('lessOrEqual', SEQUENCE_NUMBER, int(n6)),
    );
    expect(await found(and(between, present(SUBJECT)))).toEqual([n2]);
    expect(await found(not(between))).toEqual([n1, n7]);
  });

  test('MS-047 letter case, blanks and string type do not count', async () => {
    for (const value of [teletex('alpha test'), printable(' ALPHA   TEST '), ia5('Alpha Test')]) {
      expect(await foundText(equality(SUBJECT, value))).toEqual([1]);
    }
    expect(await foundText(equality(SUBJECT, teletex('alphatest')))).toEqual([]);
  });

  test('MS-048 substrings: initial, any, final, in their order', async () => {
    const all: Piece[] = [
      ['initial', teletex('al')],
      ['any', teletex('a t')],
      ['final', teletex('ST')],
    ];
    expect(await foundText(substrings(SUBJECT, ...all))).toEqual([1]);
    expect(await foundText(substrings(SUBJECT, ['any', printable('ALPHA')]))).toEqual([1, 2]);
    expect(await foundText(substrings(SUBJECT, ['initial', printable('alpha')]))).toEqual([1]);
    expect(await foundText(substrings(SUBJECT, ['final', printable('alphabet')]))).toEqual([2]);
    expect(
      await foundText(substrings(SUBJECT, ['any', teletex('test')], ['any', teletex('alpha')])),
    ).toEqual([]);
    expect(
      await foundText(substrings(SUBJECT, ['initial', teletex('alpha')], ['any', teletex('pha')])),
    ).toEqual([]);
    expect(await foundText(not(substrings(SUBJECT, ['any', teletex('bet')])))).toEqual([1]);
  });

  test('MS-049 final before initial: inappropriate-matching', async () => {
    const filter = substrings(SUBJECT, ['final', teletex('a')], ['initial', teletex('b')]);
    expect(await refused(filter)).toEqual(problem(2, SUBJECT));
  });

  test('MS-050, MS-051 a rule that the type does not have', async () => {
    const filter = substrings(PRIORITY, ['any', printable('a')]);
    expect(await refused(filter)).toEqual(problem(2, PRIORITY));
    expect(await refused(equality(CONTENT, Uint8Array.of(4, 0)))).toEqual(problem(2, CONTENT));
    expect(await refused(asserted('greaterOrEqual', SUBJECT, teletex('a')))).toEqual(
      problem(2, SUBJECT),
    );
    const exactLength = equality(CONTENT_LENGTH, int(1));
    expect(await refused(exactLength)).toEqual(problem(2, CONTENT_LENGTH));
  });

  test('MS-052 a type that is not known', async () => {
    expect(await refused(equality(UNKNOWN, int(1)))).toEqual(problem(1, UNKNOWN));
    expect(await refused(present(UNKNOWN))).toEqual(problem(1, UNKNOWN));
    expect(await refused(or(present(STATUS), not(present(UNKNOWN))))).toEqual(problem(1, UNKNOWN));
  });

  test('MS-053 a value of another syntax comes back', async () => {
    const value = ia5('x');
    expect(await refused(equality(PRIORITY, value))).toEqual(problem(0, PRIORITY, value));
    const time = utc('not a time');
    const late = asserted('greaterOrEqual', CREATION_TIME, time);
    expect(await refused(late)).toEqual(problem(0, CREATION_TIME, time));
    const name = equality(ORIGINATOR, printable('somebody'));
    expect(await refused(name)).toEqual(problem(0, ORIGINATOR, printable('somebody')));
    const piece = substrings(SUBJECT, ['any', int(1)]);
    expect(await refused(piece)).toEqual(problem(0, SUBJECT, int(1)));
  });

  test('all problems of a filter in one error', async () => {
    const filter = and(
      present(UNKNOWN),
      not(equality(PRIORITY, ia5('x'))),
      or(equality(CONTENT, int(1)), present(UNKNOWN)),
    );
    expect(await refused(filter)).toEqual({
      code: 21,
      problems: [
        { problem: 1, type: UNKNOWN },
        { problem: 0, type: PRIORITY, value: ia5('x') },
        { problem: 2, type: CONTENT },
      ],
    });
  });

  test('MS-054, MS-055 an ordering that came in 1994', async () => {
    const filter = asserted('greaterOrEqual', PRIORITY, priority(1));
    if (edition === '88') expect(await refused(filter)).toEqual(problem(2, PRIORITY));
    else expect(await found(filter)).toEqual([f1.n2]);
  });

  test('larger and smaller contents', async () => {
    const longer = asserted('greaterOrEqual', CONTENT_LENGTH, Uint8Array.of(2, 2, 1, 0));
    const shorter = asserted('lessOrEqual', CONTENT_LENGTH, Uint8Array.of(2, 2, 0, 255));
    const all = [...(await found(longer)), ...(await found(shorter))].sort((a, b) => a - b);
    expect(all).toEqual([f1.n1, f1.n2, f1.n6, f1.n7]);
    expect(await found(longer)).toContain(f1.n2);
  });

  test('MS-057 one of several values is enough', async () => {
    const recipient = { formalName: keepOrName(orName(addressOf('second'))) };
    const value = encode(RecipientSpecifier, { recipient });
    expect(await foundText(equality(PRIMARY_RECIPIENTS, value))).toEqual([1]);
  });

  test('MS-058 approximate match is at least equality', async () => {
    expect(await foundText(asserted('approximateMatch', SUBJECT, teletex('ALPHA TEST')))).toEqual([
      1,
    ]);
  });

  test('an O/R name is equal however it is written', async () => {
    const { n1, n2, n6, n7 } = f1;
    const name = encode(OrName, orName(SENDER.toLowerCase()));
    expect(await found(equality(ORIGINATOR, name))).toEqual([n1, n2, n6, n7]);
    const other = encode(OrName, orName(addressOf('other')));
    expect(await found(equality(ORIGINATOR, other))).toEqual([]);
    expect(await found(not(equality(ORIGINATOR, other)))).toEqual([n1, n2, f1.n4, n6, n7]);
  });

  test('a content type is equal to its identifier', async () => {
    const military = Uint8Array.of(6, 8, 0x2b, 0x1a, 0, 0xa2, 0x36, 0, 4, 1);
    expect(await found(equality(CONTENT_TYPE, military))).toEqual([f1.n7]);
  });

  test('MS-061 a match by rule: not in 1988', async () => {
    const filter = item({
      kind: 'otherMatch',
      value: { matchingRule: '2.6.4.8.16', attributeType: ORIGINATOR, matchValue: int(1) },
    });
    if (edition === '88') expect(await refused(filter)).toEqual({ code: 29 });
    else expect(await refused(filter)).toEqual(problem(0, ORIGINATOR, int(1)));
  });

  test('MS-062 a filter fifty deep is answered, a deeper one is refused', async () => {
    const { n1, n2, n4, n6, n7 } = f1;
    const depth = 49;
    expect(await found(nested(present(STATUS), depth, (inner) => and(inner)))).toEqual([
      ...[n1, n2, n4, n6, n7],
    ]);
    expect(await found(nested(present(STATUS), depth, not))).toEqual([]);
    const unwilling = { code: 27, problem: 2 };
    expect(await refused(nested(present(STATUS), depth + 1, not))).toEqual(unwilling);
    expect(await refused(nested(present(STATUS), 60, (inner) => or(inner)))).toEqual(unwilling);
    expect(await refused(nested(present(STATUS), 300, not))).toEqual(unwilling);
    const items = Array.from({ length: 1_000 }, () => present(STATUS));
    expect(await found(and(...items))).toEqual([n1, n2, n4, n6, n7]);
    expect(await refused(or(...items, present(STATUS)))).toEqual(unwilling);
  });

  test('MS-063 to MS-065 a limit, and going on from where it cut', async () => {
    const seen: number[] = [];
    let next: number | undefined = 1;
    let rounds = 0;
    while (next !== undefined) {
      const result: Awaited<ReturnType<P7User['list']>> = await hundred.list({
        ...numbers(next),
        limit: 10,
      });
      expect(result.numbers).toHaveLength(10);
      seen.push(...result.numbers);
      next = result.next;
      rounds += 1;
    }
    expect(rounds).toBe(10);
    expect(seen).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
    const filter = equality(SUBJECT, teletex('same'));
    expect(await hundred.list({ filter, limit: 10 })).toMatchObject({ next: 11 });
  });
});
