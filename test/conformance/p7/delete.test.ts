/** Rows MS-106 to MS-116 of the semantics checklist. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Bench, conformanceBench, EDITIONS } from '../../support/conformance.js';
import { deliver, ipm, mtaLink } from '../../support/fixture-f1.js';
import {
  equality,
  int,
  numbers,
  P7User,
  present,
  type Refused,
  refusalOf,
  STATUS,
} from '../../support/p7-user.js';

const SUBJECT = '2.6.1.7.4';
const UNKNOWN = '2.6.4.3.45';

describe.each(EDITIONS)('Delete, edition %s', (edition) => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await conformanceBench(42);
  });
  afterAll(() => bench.dispose());
  const f1 = () => bench.f1({ edition });
  const listAll = (user: P7User) => user.list({}, [STATUS]);
  const all = async (user: P7User) => (await user.list({ childEntries: true })).numbers;
  const ofNew = edition === '88' ? 1 : 2;
  const gone = (...entriesDeleted: number[]) =>
    edition === '88'
      ? { kind: 'result88', value: null }
      : { kind: 'result94', value: entriesDeleted.length === 0 ? {} : { entriesDeleted } };

  test('MS-106, MS-107 a new entry stays', async () => {
    const { user, n1 } = await f1();
    const problems = [{ problem: ofNew, sequenceNumber: n1 }];
    expect(await refusalOf(user.delete([n1]))).toEqual({ code: 23, problems });
    expect(await all(user)).toContain(n1);
  });

  test('MS-108 a listed entry goes', async () => {
    const { user, n1, n2, n3, n4, n5, n6, n7 } = await f1();
    await listAll(user);
    expect(await user.delete([n1])).toEqual(gone(n1));
    expect(await all(user)).toEqual([n2, n3, n4, n5, n6, n7]);
    expect((await user.summarize()).count).toBe(4);
  });

  test('MS-109 with its children', async () => {
    const { user, n1, n2, n4, n5, n6, n7 } = await f1();
    await listAll(user);
    await user.delete([n2]);
    expect(await all(user)).toEqual([n1, n4, n5, n6, n7]);
  });

  test('MS-110 a child alone does not go', async () => {
    const { user, n2, n3 } = await f1();
    await listAll(user);
    const problems = [{ problem: 0, sequenceNumber: n3 }];
    expect(await refusalOf(user.delete([n2, n3]))).toEqual({ code: 23, problems });
    expect(await all(user)).toContain(n2);
  });

  test('a selector that catches children does not go', async () => {
    const { user, n3, n5 } = await f1();
    await listAll(user);
    const { problems } = (await refusalOf(user.delete({ childEntries: true }))) as {
      problems: { problem: number; sequenceNumber: number }[];
    };
    const children = [n3, n5].map((sequenceNumber) => ({ problem: 0, sequenceNumber }));
    expect(problems).toEqual(children);
    expect(await all(user)).toHaveLength(7);
  });

  test('MS-111 a number that never was', async () => {
    const { user } = await f1();
    const problems = [
      { problem: 0, sequenceNumber: 98 },
      { problem: 0, sequenceNumber: 99 },
    ];
    expect(await refusalOf(user.delete([98, 99]))).toEqual({ code: 28, problems });
  });

  test('MS-112 one unknown among them: nothing goes', async () => {
    const { user, n1 } = await f1();
    await listAll(user);
    const problems = [{ problem: 0, sequenceNumber: 99 }];
    expect(await refusalOf(user.delete([n1, 99]))).toEqual({ code: 28, problems });
    expect(await all(user)).toContain(n1);
  });

  test('unknown numbers are told before rules are', async () => {
    const { user, n1, n3 } = await f1();
    expect(await refusalOf(user.delete([n1, n3, 99]))).toMatchObject({ code: 28 });
  });

  test('MS-113 by a filter: all that match, with their trees', async () => {
    const { user, n4, n5, n6, n1, n2, n7 } = await f1();
    await listAll(user);
    expect(await user.delete({ filter: present(SUBJECT) })).toEqual(gone(n1, n2, n7));
    expect(await all(user)).toEqual([n4, n5, n6]);
  });

  test('MS-114 by a filter that matches nothing: success', async () => {
    const { user } = await f1();
    expect(await user.delete({ filter: equality(STATUS, int(2)) })).toEqual(gone());
    expect(await all(user)).toHaveLength(7);
  });

  test('MS-115 one of three is new: none goes', async () => {
    const { user, n1, n2, n4 } = await f1();
    await user.list(numbers(n1, n2), [STATUS]);
    const problems = [{ problem: ofNew, sequenceNumber: n4 }];
    expect(await refusalOf(user.delete([n1, n2, n4]))).toEqual({ code: 23, problems });
    expect(await all(user)).toHaveLength(7);
  });

  test('MS-116 in 1994 the result names what is gone', async () => {
    const { user, n1, n2 } = await f1();
    await listAll(user);
    expect(await user.delete(numbers(n1, n2))).toEqual(gone(n1, n2));
  });

  test('a limit bounds how many go', async () => {
    const { user, n4, n5, n6, n7 } = await f1();
    await listAll(user);
    await user.delete({ limit: 2 });
    expect(await all(user)).toEqual([n4, n5, n6, n7]);
  });

  test('a faulty filter: invalid-parameters-error, for Delete has no attribute-error', async () => {
    const { user } = await f1();
    expect(await refusalOf(user.delete({ filter: present(UNKNOWN) }))).toEqual({ code: 29 });
    const inverted = await refusalOf(user.delete(numbers(5, 3)));
    if (edition === '88') expect(inverted).toEqual({ code: 25, problem: 0 });
    else expect(inverted).toMatchObject({ code: 23 });
  });

  test('a number twice is one', async () => {
    const { user, n1 } = await f1();
    await listAll(user);
    expect(await user.delete([n1, n1])).toEqual(gone(n1));
  });

  test('MS-015 an association that is lost during a delete: all of it, or none', async () => {
    const mailbox = bench.empty();
    const mta = await mtaLink(bench.server, mailbox);
    const content = ipm(mailbox, { identifier: 'many' });
    await Promise.all(Array.from({ length: 50 }, () => deliver(mta, mailbox, { content })));
    await mta.unbind();
    const first = await P7User.bind(bench.server, mailbox, { edition });
    await listAll(first);
    void first.delete({}).catch(() => undefined);
    first.abort();
    const second = await P7User.bind(bench.server, mailbox, { edition });
    const { count } = await second.summarize();
    expect([0, 50]).toContain(count);
    expect((await second.summarize()).count).toBe(count);
    await second.unbind();
  });

  test('MS-218 one association deletes what another fetches: all of it, or no such entry', async () => {
    const { user, mailbox, n1, n2, n4, n6, n7 } = await f1();
    const other = await P7User.bind(bench.server, mailbox, { edition });
    await listAll(user);
    for (const number of [n1, n2, n4, n6, n7]) {
      const fetches = Array.from({ length: 10 }, () =>
        other.fetch(number, ['2.6.4.3.1', STATUS, '2.6.4.3.18', '2.6.4.3.34']).then(
          ({ entryInformation }) => entryInformation?.attributes?.length ?? 0,
          (error: Refused) => (error.answer.kind === 'error' ? -error.answer.code : null),
        ),
      );
      await user.delete([number]);
      const outcomes = new Set(await Promise.all(fetches));
      // Content, status and envelope; a report has no content.
      for (const outcome of outcomes) expect([number === n4 ? 2 : 3, -28]).toContain(outcome);
      expect(await refusalOf(other.fetch(number, []))).toMatchObject({ code: 28 });
    }
    await other.unbind();
  });
});
