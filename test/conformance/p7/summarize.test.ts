/** Rows MS-066 to MS-073 of the semantics checklist. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Bench, conformanceBench, EDITIONS } from '../../support/conformance.js';
import { deliver, ipm, mtaLink } from '../../support/fixture-f1.js';
import {
  equality,
  int,
  numbers,
  P7User,
  present,
  refusalOf,
  STATUS,
} from '../../support/p7-user.js';

const PRIORITY = '2.6.4.3.31';
const ENTRY_TYPE = '2.6.4.3.16';
const ORIGINATOR = '2.6.4.3.27';
const SUBJECT = '2.6.1.7.4';
const UNKNOWN = '2.6.4.3.45';

describe.each(EDITIONS)('Summarize, edition %s', (edition) => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await conformanceBench(12);
  });
  afterAll(() => bench.dispose());
  const f1 = () => bench.f1({ edition });

  test('MS-066 no requests: count and span of the main-entries', async () => {
    const { user, n1, n7 } = await f1();
    expect(await user.summarize()).toEqual({ count: 5, span: { lowest: n1, highest: n7 } });
  });

  test('MS-067 an empty mailbox: count 0, no span', async () => {
    const user = await P7User.bind(bench.server, bench.empty(), { edition });
    expect(await user.summarize()).toEqual({ count: 0 });
    expect(await user.summarize({}, [STATUS, PRIORITY])).toEqual({ count: 0, summaries: [{}, {}] });
    await user.unbind();
  });

  test('MS-068 by status: one value, no absent', async () => {
    const { user } = await f1();
    const { summaries } = await user.summarize({}, [STATUS]);
    expect(summaries).toEqual([{ present: [{ type: STATUS, value: int(0), count: 5 }] }]);
  });

  test('what the index has counted is what one finds entry by entry', async () => {
    const { user, n1, n2, n4 } = await f1();
    await user.fetch(n1, ['2.6.4.3.1']);
    await user.list(numbers(n2, n4), [STATUS]);
    await user.delete([n4]);
    const counted = await user.summarize({}, [STATUS, STATUS]);
    const found = await user.summarize({ limit: 99 }, [STATUS, STATUS]);
    const sorted = ({ summaries }: typeof found) =>
      summaries?.map(({ present: values = [] }) =>
        values.map(({ value, count }) => [value.at(-1), count]).toSorted(),
      );
    expect(sorted(counted)).toEqual(sorted(found));
    expect(sorted(counted)?.[0]).toEqual([
      [0, 2],
      [1, 1],
      [2, 1],
    ]);
    expect({ ...counted, summaries: null }).toEqual({ ...found, summaries: null });
  });

  test('MS-069 summaries in the order asked', async () => {
    const { user } = await f1();
    const { summaries } = await user.summarize({}, [PRIORITY, STATUS, ENTRY_TYPE]);
    const types = summaries?.map(({ present: values }) => values?.[0]?.type);
    expect(types).toEqual([PRIORITY, STATUS, ENTRY_TYPE]);
  });

  test('MS-070 by priority: each value with its count; reports are absent', async () => {
    const { user } = await f1();
    const { summaries } = await user.summarize({}, [PRIORITY]);
    const values = summaries?.[0]?.present?.map(({ value, count }) => [value.at(-1), count]);
    expect(summaries?.[0]?.absent).toBe(1);
    expect(values?.toSorted()).toEqual([
      [0, 3],
      [2, 1],
    ]);
  });

  test('equal values count together, however they are written', async () => {
    const mailbox = bench.empty();
    const mta = await mtaLink(bench.server, mailbox);
    for (const originator of ['/C=XX/A=ICAO/O=Region/CN=One/', '/C=XX/A=ICAO/O=REGION/CN=ONE/']) {
      const content = ipm(mailbox, { identifier: originator });
      await deliver(mta, mailbox, { content, originator });
    }
    await mta.unbind();
    const user = await P7User.bind(bench.server, mailbox, { edition });
    const { summaries } = await user.summarize({}, [ORIGINATOR]);
    expect(summaries?.[0]?.present?.map(({ count }) => count)).toEqual([2]);
    await user.unbind();
  });

  test('MS-071 a type that is not for it: inappropriate-for-operation', async () => {
    const { user } = await f1();
    const problems = [
      { problem: 4, type: SUBJECT },
      { problem: 1, type: UNKNOWN },
    ];
    const refusal = await refusalOf(user.summarize({}, [SUBJECT, UNKNOWN, STATUS]));
    expect(refusal).toEqual({ code: 21, problems });
  });

  test('MS-072 nothing changes by it', async () => {
    const { user } = await f1();
    await user.summarize({}, [STATUS, PRIORITY]);
    expect(new Set(Object.values(await user.statuses()))).toEqual(new Set([0]));
  });

  test('MS-073 a limit: count and next', async () => {
    const { user, n1, n2, n4, n6 } = await f1();
    const summary = await user.summarize({ limit: 3 }, [ENTRY_TYPE]);
    expect(summary).toMatchObject({ count: 3, next: n6, span: { lowest: n1, highest: n4 } });
    expect(summary.summaries?.[0]?.present?.map(({ count }) => count)).toEqual([2, 1]);
    expect((await user.summarize({ limit: 5 })).next).toBeUndefined();
    const filtered = await user.summarize({ filter: present(SUBJECT) });
    expect(filtered).toMatchObject({ count: 3, span: { lowest: n1 } });
    expect(filtered.next).toBeUndefined();
    expect(await user.summarize({ filter: equality(ENTRY_TYPE, int(1)) })).toMatchObject({
      count: 1,
      span: { lowest: n4, highest: n4 },
    });
    expect(n2).toBeGreaterThan(n1);
  });

  test('more requests than there may be: invalid-parameters-error', async () => {
    const { user } = await f1();
    const requests = Array.from({ length: 17 }, () => STATUS);
    expect(await refusalOf(user.summarize({}, requests))).toEqual({ code: 29 });
  });

  test('children count when asked for', async () => {
    const { user, n1, n7 } = await f1();
    const span = { lowest: n1, highest: n7 };
    expect(await user.summarize({ childEntries: true })).toEqual({ count: 7, span });
  });
});
