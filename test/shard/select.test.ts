/** A walk over a mailbox: what it opens, what it holds, and where it stops. */
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { objectIdentifier, octetString } from '../../src/asn1/primitive.js';
import { decode, encode } from '../../src/asn1/type.js';
import { DamageError, ViolationError } from '../../src/base/errors.js';
import { joinOctets } from '../../src/base/octets.js';
import { AttributeProblems } from '../../src/shard/attribute-problems.js';
import { newMessageOf } from '../../src/shard/deliver-message.js';
import { fetch as fetching } from '../../src/shard/fetch.js';
import { list as listing } from '../../src/shard/list.js';
import { NO_MARKS } from '../../src/shard/marks.js';
import { Matches, prepareSelector, select as selecting } from '../../src/shard/select.js';
import { whole as atOnce } from '../../src/shard/sliced.js';
import { StoredSource } from '../../src/shard/stored-source.js';
import { summarize as summarizing } from '../../src/shard/summarize.js';
import type { Mailbox, ShardStore } from '../../src/store/contract.js';
import { ContentIdentifier } from '../../src/x411/envelope-parts.js';
import { MtsIdentifier } from '../../src/x411/identifiers.js';
import { OrName } from '../../src/x411/or-name.js';
import { attributesOf } from '../../src/x413/attribute-table.js';
import type { Filter } from '../../src/x413/filter.js';
import { ListResult } from '../../src/x413/list.js';
import { MessageGroupName } from '../../src/x413/register.js';
import { SummarizeResult } from '../../src/x413/summarize.js';
import { BOX, deliver, openSample, temporaryDirectory } from '../store/samples.js';
import { deliveryOf, ipm, orName, SENDER } from '../support/fixture-f1.js';
import {
  equality,
  int,
  item,
  present,
  priority,
  STATUS,
  teletex,
  utc,
} from '../support/p7-user.js';

const select = (...from: Parameters<typeof selecting>) => atOnce(selecting(...from));
const list = (...from: Parameters<typeof listing>) => atOnce(listing(...from));
const fetch = (...from: Parameters<typeof fetching>) => atOnce(fetching(...from));
const summarize = (...from: Parameters<typeof summarizing>) => atOnce(summarizing(...from));

const COUNT = 10;
const HEADING = '2.6.1.7.0';
const SUBJECT = '2.6.1.7.4';

describe('a walk over a mailbox', () => {
  const directory = temporaryDirectory();
  let store: ShardStore;
  let mailbox: Mailbox;
  let reads = 0;
  /** The number of a message that cannot be read. */
  let damaged = 0;
  beforeAll(async () => {
    store = await openSample(directory);
    for (let i = 0; i < COUNT; i += 1) {
      const content = ipm('box', { identifier: `m${i}`, subject: i % 2 === 0 ? 'even' : 'odd' });
      await deliver(store, newMessageOf(deliveryOf('box', { content }), 1_700_000_000 + i));
    }
    const real = store.mailbox(BOX);
    const read: Mailbox['read'] = (sequence) => {
      reads += 1;
      if (sequence === damaged) throw new DamageError('message-damaged', 'for the test');
      return real.read(sequence);
    };
    mailbox = new Proxy(real, {
      get: (target, name: keyof Mailbox) => {
        const member = target[name];
        if (typeof member !== 'function') return member;
        if (name === 'read') return read;
        return (member as (...args: unknown[]) => unknown).bind(target);
      },
    });
  });
  afterAll(async () => {
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const prepared = (filter?: Filter, edition: '88' | '94' = '88', rest = {}) => {
    const problems = new AttributeProblems();
    const selector = { childEntries: false, ...(filter && { filter }), ...rest };
    const result = prepareSelector(selector, edition, problems);
    expect(problems.isEmpty).toBe(true);
    return result;
  };
  const place = () => ({ mailbox, marks: NO_MARKS });
  const numbersOf = ({ entries }: ReturnType<typeof select>) =>
    entries.map(({ sequence }) => Number(sequence));
  const readsOf = (act: () => unknown) => {
    reads = 0;
    act();
    return reads;
  };
  const all = Array.from({ length: COUNT }, (_, i) => i + 1);

  test('a filter on columns and on cached texts opens nothing', () => {
    expect(readsOf(() => select(place(), prepared(equality(STATUS, int(0))), 99))).toBe(0);
    expect(readsOf(() => select(place(), prepared(equality(SUBJECT, teletex('odd'))), 99))).toBe(0);
  });

  const indexed = attributesOf('94').filter(({ isIndexed }) => isIndexed);

  /** Of each syntax that the rules of an indexed attribute take, one value. */
  const VALUES: readonly Uint8Array[] = [
    int(1),
    priority(1),
    teletex('even'),
    utc('260101000000Z'),
    Uint8Array.of(1, 1, 0xff),
    Uint8Array.of(3, 2, 0, 0x80),
    encode(objectIdentifier, '2.6.1.10.1'),
    encode(octetString(), Uint8Array.of(1)),
    encode(OrName, orName(SENDER)),
    encode(MessageGroupName, ['even']),
    encode(ContentIdentifier, 'A'),
    encode(MtsIdentifier, {
      globalDomainIdentifier: {
        countryName: { kind: 'printable', value: 'XX' },
        administrationDomainName: { kind: 'printable', value: 'ICAO' },
      },
      localIdentifier: 'A',
    }),
  ];

  /** What the rule takes, of the entry's own value and of those. */
  const takenBy = (name: string, test: (value: Uint8Array) => unknown, own?: Uint8Array) => {
    const taken = [...(own === undefined ? [] : [own]), ...VALUES].find((value) => {
      try {
        test(value);
        return true;
      } catch (error) {
        if (error instanceof ViolationError) return false;
        throw error;
      }
    });
    if (taken === undefined) throw new Error(`no value is one that ${name} takes`);
    return taken;
  };

  test.each(indexed)('whatever is asked of $name, which the index has, opens nothing', (each) => {
    const { oid, matching } = each;
    const { equality: equal, ordering, substrings, others } = matching;
    const entry = mailbox.entry(1);
    const own = entry === null ? undefined : each.values(new StoredSource(mailbox, entry))[0];
    const filters: Filter[] = [present(oid), { kind: 'not', value: present(oid) }];
    if (equal !== null) filters.push(equality(oid, takenBy(equal.name, equal.test, own)));
    if (ordering !== null) {
      const value = takenBy(ordering.name, ordering.atLeast, own);
      for (const kind of ['greaterOrEqual', 'lessOrEqual'] as const)
        filters.push(item({ kind, value: { type: oid, value } }));
    }
    if (substrings !== null) {
      const piece = (value: Uint8Array) => [{ kind: 'any' as const, value }];
      const value = takenBy(substrings.name, (one) => substrings.test(piece(one)), own);
      const assertion = { type: oid, strings: piece(value) };
      filters.push(item({ kind: 'substrings', value: assertion }));
    }
    for (const { name, oid: matchingRule, test } of [...(equal ? [equal] : []), ...others]) {
      const matchValue = takenBy(name, test, own);
      const assertion = { matchingRule, attributeType: oid, matchValue };
      filters.push(item({ kind: 'otherMatch', value: assertion }));
    }
    for (const filter of [...filters, { kind: 'or', value: filters } as const]) {
      const selecting = prepared(filter, '94');
      expect(readsOf(() => select(place(), selecting, 99))).toBe(0);
    }
    const selector = { childEntries: true };
    const context = { ...place(), restrictions: undefined, defaults: { list: [], fetch: [] } };
    const summaryRequests = each.isSummarizable ? [oid] : [];
    const asked = () => {
      if (each.isListable) {
        const requestedAttributes = [{ type: oid }];
        list({ ...context, edition: '94' }, { entryClass: 0, selector, requestedAttributes });
      }
      summarize({ ...context, edition: '94' }, { entryClass: 0, selector, summaryRequests });
    };
    expect(readsOf(asked)).toBe(0);
  });

  test('a limit stops the opening', () => {
    const headings = prepared(present(HEADING));
    expect(readsOf(() => select(place(), headings, 3))).toBe(4);
    expect(select(place(), headings, 3)).toMatchObject({ next: 4 });
  });

  test('a walk that opens too many is cut, and goes on from there', () => {
    const headings = prepared(present(HEADING));
    const first = select(place(), headings, 99, 4);
    expect([numbersOf(first), first.next]).toEqual([[1, 2, 3, 4], 5]);
    const none = select(place(), prepared({ kind: 'not', value: present(HEADING) }), 99, 4);
    expect([numbersOf(none), none.next]).toEqual([[], 5]);
    const whole = select(place(), headings, 99, Number.POSITIVE_INFINITY);
    expect([numbersOf(whole), whole.next]).toEqual([all, null]);
    const exact = select(place(), headings, 99, COUNT);
    expect([numbersOf(exact), exact.next]).toEqual([all, null]);
  });

  test('a filter that asks very much of very many is cut', () => {
    const items = Array.from({ length: 1_000 }, () => equality(SUBJECT, teletex('none')));
    // The first is none of an entry's, which then is not asked for the others; they count.
    const no = equality(STATUS, int(2));
    const long = prepared({ kind: 'and', value: [no, ...items.slice(1)] });
    const entry = mailbox.entry(1);
    let yielded = 0;
    let total = 2_500;
    const scan = function* () {
      for (yielded = 0; yielded < total; yielded += 1) yield entry;
    };
    const many = new Proxy(mailbox, {
      get: (target, name: keyof Mailbox) => (name === 'scan' ? scan : target[name]),
    });
    expect(select({ ...place(), mailbox: many }, long, 99)).toEqual({ entries: [], next: 1 });
    expect(yielded).toBe(2_000);
    total = 2_001;
    const endless = Number.POSITIVE_INFINITY;
    expect(select({ ...place(), mailbox: many }, long, 99, endless).next).toBeNull();
  });

  test('what opens nothing is not cut', () => {
    const untouched = select(place(), prepared(), 99, 1);
    expect([numbersOf(untouched), untouched.next]).toEqual([all, null]);
  });

  describe('with a message that is damaged', () => {
    const context = () => ({
      ...place(),
      edition: '88' as const,
      restrictions: undefined,
      defaults: { list: [], fetch: [] },
    });
    const selector = { childEntries: false };
    beforeAll(() => {
      damaged = 4;
    });
    afterAll(() => {
      damaged = 0;
    });

    test('a filter on contents does not select it, nor does the contrary', () => {
      const others = all.filter((number) => number !== 4);
      expect(numbersOf(select(place(), prepared(present(HEADING)), 99))).toEqual(others);
      const contrary = prepared({ kind: 'not', value: present(HEADING) });
      expect(numbersOf(select(place(), contrary, 99))).toEqual([]);
      expect(numbersOf(select(place(), prepared(present(SUBJECT)), 99))).toEqual(all);
    });

    test('a list has all others whole, and of it what the index has', () => {
      const requestedAttributes = [{ type: HEADING }, { type: SUBJECT }];
      const { result } = list(context(), { entryClass: 0, selector, requestedAttributes });
      const counts = decode(ListResult, joinOctets(result)).requested?.map(
        (each) => each.attributes?.length,
      );
      expect(counts).toEqual(all.map((number) => (number === 4 ? 1 : 2)));
    });

    test('a summary counts it as one without the attribute', () => {
      const summaryRequests = ['2.6.1.7.7'];
      const result = summarize(context(), { entryClass: 0, selector, summaryRequests });
      expect(decode(SummarizeResult, result)).toMatchObject({
        count: COUNT,
        summaries: [{ absent: 1 }],
      });
    });

    test('a fetch of it fails, and one of another does not', () => {
      const ask = (value: number) => () =>
        fetch(context(), {
          entryClass: 0,
          item: { kind: 'precise', value },
          requestedAttributes: [{ type: HEADING }],
        });
      expect(ask(4)).toThrow(DamageError);
      expect(ask(5)).not.toThrow();
    });
  });

  test('downwards it is cut as well', () => {
    const range = { kind: 'sequenceNumberRange', value: { from: 9, to: 2 } } as const;
    const down = prepared(present(HEADING), '94', { range });
    const cut = select(place(), down, 99, 3);
    expect([numbersOf(cut), cut.next]).toEqual([[9, 8, 7], 6]);
  });

  test('what is looked at on the way counts', () => {
    const matches = new Matches(place(), prepared(), 2);
    const seen = [];
    for (const source of matches) {
      source?.content();
      seen.push(Number(source?.entry.sequence));
    }
    expect([seen, matches.cutAt]).toEqual([[1, 2], 3]);
  });
});
