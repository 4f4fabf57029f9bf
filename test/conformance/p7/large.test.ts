/** Rows of the semantics checklist on what is large: mailboxes, lists, contents; and on a rush. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHILD_ENTRIES_MAX, LIST_RESULT_BYTES_MAX } from '../../../src/limits.js';
import { messagePart } from '../../../src/x420/body-part.js';
import { ipmOfContent } from '../../../src/x420/compose.js';
import { EDITIONS } from '../../support/conformance.js';
import { deliver, ipm, mtaLink } from '../../support/fixture-f1.js';
import {
  equality,
  int,
  loose,
  numbers,
  P7User,
  STATUS,
  teletex,
  valuesOf,
} from '../../support/p7-user.js';
import { type TestServer, testServer } from '../../support/server.js';

/** A hundred messages with 999 messages within each: so many entries in few files. */
const MESSAGES = 100;
const COUNT = MESSAGES * CHILD_ENTRIES_MAX;
const MEBI = 1_048_576;
const CONTENT = '2.6.4.3.1';
const SUBJECT = '2.6.1.7.4';
/** What widespread clients list. */
const LISTED = [
  STATUS,
  '2.6.4.3.16',
  '2.6.4.3.31',
  '2.6.4.3.6',
  '2.6.4.3.8',
  SUBJECT,
  '2.6.4.3.27',
  '2.6.4.3.23',
];
const all = { childEntries: true };
const everything = Array.from({ length: COUNT }, (_, i) => i + 1);

/** The most memory that the server has ever had, in octets. */
function peakBytes(server: TestServer): number {
  const status = readFileSync(`/proc/${server.pid()}/status`, 'latin1');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1_024;
}

describe(`a mailbox of ${COUNT} entries`, () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await testServer(['large', 'other'], 'shards: 1');
    await server.start();
    const inner = ipmOfContent(ipm('large', { identifier: 'one of many', subject: 'Alpha' }));
    const body = Array.from({ length: CHILD_ENTRIES_MAX - 1 }, () => messagePart(inner));
    const mta = await mtaLink(server, 'large');
    for (let number = 0; number < MESSAGES; number += 1) {
      const content = ipm('large', { identifier: `m${number}`, subject: 'Alpha', body });
      await deliver(mta, 'large', { content });
    }
    await mta.unbind();
  }, 60_000);
  afterAll(() => server.dispose());

  test.each(EDITIONS)('MS-216 the last of them are listed at once, %s', async (edition) => {
    const user = await P7User.bind(server, 'large', { edition });
    const before = peakBytes(server);
    const startMs = performance.now();
    const { numbers: found, next } = await user.list(
      { ...all, ...numbers(COUNT - 99), limit: 100 },
      [SUBJECT],
    );
    expect(performance.now() - startMs).toBeLessThan(5_000);
    expect(found).toEqual(everything.slice(-100));
    expect(next).toBeUndefined();
    expect(peakBytes(server) - before).toBeLessThan(32 * MEBI);
    await user.unbind();
  });

  test('all of them in one list, and the memory that takes', { timeout: 60_000 }, async () => {
    const user = await P7User.bind(server, 'large');
    const other = await P7User.bind(server, 'other');
    const before = peakBytes(server);
    let isListed = false;
    const listed = user.list(all, LISTED).finally(() => {
      isListed = true;
    });
    await other.summarize();
    expect(isListed).toBe(false);
    const { numbers: found, next, requested } = await listed;
    expect([found.length, next]).toEqual([COUNT, undefined]);
    expect(found).toEqual(everything);
    expect(valuesOf(requested?.at(-1), STATUS)).toHaveLength(1);
    // Its octets three times: as they are gathered, on their way between the threads, and to TCP.
    expect(peakBytes(server) - before).toBeLessThan(128 * MEBI);
    const { summaries } = await user.summarize(all, [STATUS]);
    expect(summaries?.[0]?.present).toMatchObject([{ count: COUNT }]);
    await Promise.all([user.unbind(), other.unbind()]);
  });

  test('with a limit, and on from where it was cut: each of them once', async () => {
    const user = await P7User.bind(server, 'large', { edition: '94' });
    const filter = equality(SUBJECT, teletex('alpha'));
    const found: number[] = [];
    let from: number | undefined = 1;
    while (from !== undefined) {
      const part: Awaited<ReturnType<P7User['list']>> = await user.list(
        { ...all, ...numbers(from), filter, limit: 30_000 },
        [],
      );
      found.push(...part.numbers);
      from = part.next;
    }
    expect(found).toEqual(everything);
    await user.unbind();
  });

  test('the status of all of them is set in one Modify, and others are served', {
    timeout: 60_000,
  }, async () => {
    const user = await P7User.bind(server, 'large', { edition: '94' });
    const other = await P7User.bind(server, 'other');
    let isModified = false;
    const modified = user
      .modify(
        all,
        loose({ kind: 'removeAttribute', value: STATUS }),
        loose({ kind: 'addAttribute', value: { type: STATUS, values: [int(0)] } }),
      )
      .finally(() => {
        isModified = true;
      });
    await other.summarize();
    expect(isModified).toBe(false);
    expect((await modified).entriesModified).toEqual(everything);
    const { summaries } = await user.summarize(all, [STATUS]);
    expect(summaries?.[0]?.present).toEqual([{ type: STATUS, value: int(0), count: COUNT }]);
    await Promise.all([user.unbind(), other.unbind()]);
    await server.kill();
    await server.start();
    const again = await P7User.bind(server, 'large', { edition: '94' });
    const after = await again.summarize(all, [STATUS]);
    expect(after.summaries).toEqual(summaries);
    await again.unbind();
  });
});

describe('a list that is longer than one result may be', () => {
  const SUBJECT_BYTES = 128 * 1_024;
  const LISTABLE = Math.floor(LIST_RESULT_BYTES_MAX / SUBJECT_BYTES);
  const LONG_COUNT = LISTABLE + 40;
  let server: TestServer;
  beforeAll(async () => {
    server = await testServer(['long'], 'shards: 1');
    await server.start();
    const mta = await mtaLink(server, 'long');
    const subject = 's'.repeat(SUBJECT_BYTES);
    for (let left = LONG_COUNT; left > 0; left -= 20) {
      const deliveries = Array.from({ length: Math.min(20, left) }, (_, at) =>
        deliver(mta, 'long', { content: ipm('long', { identifier: `${left}.${at}`, subject }) }),
      );
      await Promise.all(deliveries);
    }
    await mta.unbind();
  }, 60_000);
  afterAll(() => server.dispose());

  test.each(EDITIONS)(
    'is cut by its octets, and goes on from there, %s',
    {
      timeout: 60_000,
    },
    async (edition) => {
      const user = await P7User.bind(server, 'long', { edition });
      const before = peakBytes(server);
      const parts: number[][] = [];
      let from: number | undefined = 1;
      while (from !== undefined) {
        const part: Awaited<ReturnType<P7User['list']>> = await user.list(numbers(from), [SUBJECT]);
        for (const entry of part.requested ?? [])
          expect(valuesOf(entry, SUBJECT)[0]?.length).toBeGreaterThan(2 * SUBJECT_BYTES);
        parts.push(part.numbers);
        from = part.next;
      }
      expect(parts.flat()).toEqual(Array.from({ length: LONG_COUNT }, (_, i) => i + 1));
      // As many as fit, and not one more: the heads of entries are octets too.
      expect(parts).toHaveLength(2);
      expect(parts[0]?.length).toBeLessThanOrEqual(LISTABLE);
      expect(parts[0]?.length).toBeGreaterThan(LISTABLE - 5);
      expect(peakBytes(server) - before).toBeLessThan(4 * LIST_RESULT_BYTES_MAX);
      await user.unbind();
    },
  );
});

describe('MS-217 a content of 50 MB', () => {
  let server: TestServer;
  const content = Buffer.alloc(50_000_000, 'fifty million octets ');
  beforeAll(async () => {
    server = await testServer(['large']);
    await server.start();
    const mta = await mtaLink(server, 'large');
    await deliver(mta, 'large', { content, contentType: '2.6.3.3.0' });
    await mta.unbind();
  }, 60_000);
  afterAll(() => server.dispose());

  test.each(EDITIONS)('is fetched whole, in bounded memory, %s', { timeout: 60_000 }, async (e) => {
    const user = await P7User.bind(server, 'large', { edition: e });
    const before = peakBytes(server);
    for (let times = 0; times < 5; times += 1) {
      const { entryInformation } = await user.fetch(1, [CONTENT]);
      const [value] = entryInformation?.attributes?.[0]?.values ?? [];
      expect(value?.length).toBe(content.length + 6);
      expect(
        Buffer.from(value ?? [])
          .subarray(-content.length)
          .equals(content),
      ).toBe(true);
    }
    expect(peakBytes(server) - before).toBeLessThan(300 * MEBI);
    await user.unbind();
  });
});
