/** Rows MS-074 to MS-085 of the semantics checklist: List and what it does to the status. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Bench, conformanceBench, EDITIONS } from '../../support/conformance.js';
import { deliver, ipm, mtaLink, orName } from '../../support/fixture-f1.js';
import {
  equality,
  int,
  numbers,
  P7User,
  refusalOf,
  STATUS,
  typesOf,
  valuesOf,
} from '../../support/p7-user.js';
import { addressOf } from '../../support/server.js';

const CONTENT = '2.6.4.3.1';
const PRIORITY = '2.6.4.3.31';
const SUBJECT = '2.6.1.7.4';
const PRIMARY_RECIPIENTS = '2.6.1.7.11';
const BODY = '2.6.1.8.0';
const UNKNOWN = '2.6.4.3.45';

describe.each(EDITIONS)('List, edition %s', (edition) => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await conformanceBench(16);
  });
  afterAll(() => bench.dispose());
  const f1 = (options = {}) => bench.f1({ edition, ...options });
  /** The first entry of a mailbox that holds a message to five recipients. */
  const toFive = async () => {
    const mailbox = bench.empty();
    const mta = await mtaLink(bench.server, mailbox);
    const to = [mailbox, 'a', 'b', 'c', 'd'].map((name) => orName(addressOf(name)));
    await deliver(mta, mailbox, { content: ipm(mailbox, { identifier: 'five', to }) });
    await mta.unbind();
    const user = await P7User.bind(bench.server, mailbox, { edition });
    const all = await user.list({}, [PRIMARY_RECIPIENTS]);
    return { user, all: valuesOf(all.requested?.[0], PRIMARY_RECIPIENTS) };
  };

  test('MS-074 what was listed becomes listed', async () => {
    const { user, n1, n2 } = await f1();
    await user.list(numbers(n1, n1), [SUBJECT]);
    expect(await user.statuses()).toMatchObject({ [n1]: 1, [n2]: 0 });
  });

  test('an entry without any of the attributes stays new', async () => {
    const { user, n1, n4 } = await f1();
    const { numbers: listed } = await user.list({}, [SUBJECT]);
    expect(listed).toContain(n4);
    expect(await user.statuses()).toMatchObject({ [n1]: 1, [n4]: 0 });
  });

  test('MS-075 the status that is returned is the one before', async () => {
    const { user, n1 } = await f1();
    const first = await user.list(numbers(n1, n1), [STATUS]);
    expect(valuesOf(first.requested?.[0], STATUS)).toEqual(['020100']);
    const second = await user.list(numbers(n1, n1), [STATUS]);
    expect(valuesOf(second.requested?.[0], STATUS)).toEqual(['020101']);
  });

  test('MS-076 an empty set of attributes: numbers, and still new', async () => {
    const { user, n1, n2, n4, n6, n7 } = await f1();
    const { numbers: listed, requested } = await user.list({}, []);
    expect(listed).toEqual([n1, n2, n4, n6, n7]);
    expect(requested?.every(({ attributes }) => attributes === undefined)).toBe(true);
    expect(new Set(Object.values(await user.statuses()))).toEqual(new Set([0]));
  });

  test('MS-077 processed stays processed', async () => {
    const { user, n1 } = await f1();
    await user.fetch(n1, [CONTENT]);
    await user.list(numbers(n1, n1), [SUBJECT]);
    expect((await user.statuses())[n1]).toBe(2);
  });

  test('MS-078 the content is inappropriate for the operation', async () => {
    const { user } = await f1();
    const problems = [{ problem: 4, type: CONTENT }];
    expect(await refusalOf(user.list({}, [CONTENT]))).toEqual({ code: 21, problems });
  });

  test('all problems of a selection and of a filter in one error', async () => {
    const { user } = await f1();
    const filter = equality(PRIORITY, Uint8Array.of(0x16, 1, 0x41));
    const refusal = await refusalOf(user.list({ filter }, [CONTENT, UNKNOWN, BODY, UNKNOWN]));
    expect(refusal).toEqual({
      code: 21,
      problems: [
        { problem: 4, type: CONTENT },
        { problem: 1, type: UNKNOWN },
        { problem: 4, type: BODY },
        { problem: 0, type: PRIORITY, value: Uint8Array.of(0x16, 1, 0x41) },
      ],
    });
  });

  test('MS-079 entries that lack an attribute come without it', async () => {
    const { user, n4 } = await f1();
    const { requested } = await user.list(numbers(n4, n4), [SUBJECT, '2.6.4.3.16']);
    expect(requested?.map(typesOf)).toEqual([['2.6.4.3.16']]);
    const bare = await user.list(numbers(n4, n4), [SUBJECT]);
    expect(bare.requested).toEqual([{ sequenceNumber: n4 }]);
  });

  test('MS-080 nothing requested and no defaults: numbers', async () => {
    const { user, n1, n2, n4, n6, n7 } = await f1();
    const { numbers: listed, requested } = await user.list();
    expect(listed).toEqual([n1, n2, n4, n6, n7]);
    expect(requested?.flatMap(typesOf)).toEqual([]);
  });

  test('MS-082 some of several values, from one on and so many', async () => {
    const { user, all } = await toFive();
    expect(all).toHaveLength(5);
    const select = async (range: object) => {
      const { requested } = await user.list({}, [{ type: PRIMARY_RECIPIENTS, ...range }]);
      return valuesOf(requested?.[0], PRIMARY_RECIPIENTS);
    };
    expect(await select({ from: 2, count: 2 })).toEqual(all.slice(1, 3));
    expect(await select({ from: 4 })).toEqual(all.slice(3));
    expect(await select({ from: 5, count: 9 })).toEqual(all.slice(4));
    expect(await select({ from: 6 })).toEqual([]);
    expect(await select({ count: 0 })).toEqual([]);
  });

  test('MS-083, MS-084 how many values were held back: told in 1994, not in 1988', async () => {
    const { user, all } = await toFive();
    const { requested } = await user.list({}, [{ type: PRIMARY_RECIPIENTS, count: 2 }]);
    expect(valuesOf(requested?.[0], PRIMARY_RECIPIENTS)).toEqual(all.slice(0, 2));
    const told = [{ type: PRIMARY_RECIPIENTS, total: 5 }];
    expect(requested?.[0]?.valueCountExceeded).toEqual(edition === '94' ? told : undefined);
  });

  test('a choice among the values of a single-valued attribute is not heeded', async () => {
    const { user, n1 } = await f1();
    const { requested } = await user.list(numbers(n1, n1), [{ type: SUBJECT, from: 3, count: 0 }]);
    expect(valuesOf(requested?.[0], SUBJECT)).toHaveLength(1);
  });

  test('MS-085 what fails changes nothing', async () => {
    const { user, n1 } = await f1();
    await refusalOf(user.list({}, [SUBJECT, UNKNOWN]));
    await refusalOf(user.list({ filter: equality(UNKNOWN, int(1)) }, [SUBJECT]));
    expect((await user.statuses())[n1]).toBe(0);
  });
});
