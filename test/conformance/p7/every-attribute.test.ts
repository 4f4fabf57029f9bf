/**
 * Every attribute that an edition has, in every filter item, in List and in Summarize, over TCP:
 * what it says of the entries is what Fetch says of them, or the error for what it may not do.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AttributeDefinition } from '../../../src/x413/attribute.js';
import { attributesOf } from '../../../src/x413/attribute-table.js';
import type { Filter, FilterItem } from '../../../src/x413/filter.js';
import { type RuleKind, ruleOf } from '../../../src/x413/matching.js';
import { type Bench, conformanceBench, EDITIONS } from '../../support/conformance.js';
import { deliver, mtaLink } from '../../support/fixture-f1.js';
import { item, not, type P7User, present, refusalOf, valuesOf } from '../../support/p7-user.js';

/** Beside the fixture that all rows begin with. */
const FIXTURES = [
  ['interchange', '2.6.7.10.0'],
  ['military', '1.3.26.0.4406.0.4.1'],
  ['utf8-text', '2.6.1.10.1'],
  ['forwarded', '2.6.1.10.1'],
] as const;
const octets = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'));
const problem = (number: number, type: string) => ({
  code: 21,
  problems: [expect.objectContaining({ problem: number, type })],
});
const [INAPPROPRIATE_MATCHING, INAPPROPRIATE_FOR_OPERATION] = [2, 4];

describe.each(EDITIONS)('every attribute, edition %s', (edition) => {
  let bench: Bench;
  let user: P7User;
  /** The values of each entry, by type. */
  const entries = new Map<number, Map<string, string[]>>();
  const definitions = attributesOf(edition);
  beforeAll(async () => {
    bench = await conformanceBench(1);
    const f1 = await bench.f1({ edition });
    user = f1.user;
    const mta = await mtaLink(bench.server, f1.mailbox);
    for (const [name, contentType] of FIXTURES) {
      const content = readFileSync(new URL(`../../../fixtures/${name}.ber`, import.meta.url));
      await deliver(mta, f1.mailbox, { content, contentType });
    }
    await mta.unbind();
    const { numbers } = await user.list({ childEntries: true }, []);
    const types = definitions.map(({ oid }) => oid);
    // Twice: what the first changes of the statuses, the second tells.
    for (let times = 0; times < 2; times += 1) {
      for (const number of numbers) {
        const { entryInformation } = await user.fetch(number, types);
        const own = types.map((type): [string, string[]] => [
          type,
          valuesOf(entryInformation, type),
        ]);
        entries.set(number, new Map(own));
      }
    }
  });
  afterAll(() => bench.dispose());

  const valuesIn = (number: number, type: string) => entries.get(number)?.get(type) ?? [];
  const having = (type: string) =>
    [...entries.keys()].filter((number) => valuesIn(number, type).length > 0);
  const selected = async (filter: Filter) =>
    (await user.list({ filter, childEntries: true }, [])).numbers;

  /** An item of each kind that takes a value, and the rule that it needs. */
  const itemsOf = (type: string, value: Uint8Array): [RuleKind, FilterItem][] => [
    ['equality', { kind: 'equality', value: { type, value } }],
    ['equality', { kind: 'approximateMatch', value: { type, value } }],
    ['ordering', { kind: 'greaterOrEqual', value: { type, value } }],
    ['ordering', { kind: 'lessOrEqual', value: { type, value } }],
    ['substrings', { kind: 'substrings', value: { type, strings: [{ kind: 'any', value }] } }],
    ['substrings', { kind: 'substrings', value: { type, strings: [{ kind: 'initial', value }] } }],
    ['substrings', { kind: 'substrings', value: { type, strings: [{ kind: 'final', value }] } }],
  ];

  test('there is something to see', () => {
    expect(definitions.filter(({ oid }) => having(oid).length > 0).length).toBeGreaterThan(60);
  });

  test.each(definitions)('$name in filters', async (definition) => {
    const { oid } = definition;
    const all = [...entries.keys()];
    const own = having(oid);
    const [with_, without] = await Promise.all([
      selected(present(oid)),
      selected(not(present(oid))),
    ]);
    expect(with_).toEqual(own);
    expect(without).toEqual(all.filter((number) => !own.includes(number)));
    const number = own[0] ?? 0;
    const value = octets(valuesIn(number, oid)[0] ?? '0500');
    await Promise.all(itemsOf(oid, value).map((each) => judge(definition, number, ...each)));
  });

  /** Its own value finds the entry; without the rule nothing is looked for. */
  async function judge(
    { oid, matching }: AttributeDefinition,
    number: number,
    kind: RuleKind,
    filterItem: FilterItem,
  ): Promise<void> {
    const about = `${filterItem.kind} of ${oid}`;
    const hasRule = ruleOf(matching, kind, edition) !== null;
    if (!hasRule) {
      const refusal = await refusalOf(selected(item(filterItem)));
      expect(refusal, about).toMatchObject(problem(INAPPROPRIATE_MATCHING, oid));
    } else if (number > 0) expect(await selected(item(filterItem)), about).toContain(number);
  }

  test.each(definitions)('$name in List and Summarize', async (definition) => {
    const { oid, isListable, isSummarizable } = definition;
    const listed = user.list({ childEntries: true }, [oid]);
    if (!isListable) {
      expect(await refusalOf(listed)).toMatchObject(problem(INAPPROPRIATE_FOR_OPERATION, oid));
    } else {
      for (const entry of (await listed).requested ?? []) {
        expect(valuesOf(entry, oid)).toEqual(valuesIn(entry.sequenceNumber, oid));
      }
    }
    const summarized = user.summarize({ childEntries: true }, [oid]);
    if (!isSummarizable) {
      const refusal = await refusalOf(summarized);
      expect(refusal).toMatchObject(problem(INAPPROPRIATE_FOR_OPERATION, oid));
      return;
    }
    const { count, summaries } = await summarized;
    const [{ absent = 0, present: values = [] } = {}] = summaries ?? [];
    expect([count, absent]).toEqual([entries.size, entries.size - having(oid).length]);
    const tally = new Map<string, number>();
    for (const number of having(oid)) {
      for (const each of valuesIn(number, oid)) tally.set(each, (tally.get(each) ?? 0) + 1);
    }
    const told = values.map((each): [string, number] => [
      Buffer.from(each.value).toString('hex'),
      each.count,
    ]);
    expect(new Map(told)).toEqual(tally);
  });
});
