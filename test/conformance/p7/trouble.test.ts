/** Rows of the semantics checklist on a store in trouble: a full disk, and more than it can do. */
import { describe, expect, test } from 'vitest';
import { AbstractError } from '../../../src/client/index.js';
import { SEARCHES_SUSPENDED_MAX } from '../../../src/limits.js';
import { EDITIONS } from '../../support/conformance.js';
import { deliver, F1_CONTENT, mtaLink } from '../../support/fixture-f1.js';
import { equality, or, P7User, type Refused, teletex } from '../../support/p7-user.js';
import { type TestServer, testServer } from '../../support/server.js';
import { HAS_STRACE, WHY_WITHOUT_STRACE } from '../../support/strace.js';

const SUBJECT = '2.6.1.7.4';

/** Every sync of data after the first few finds the disk full. */
const FULL = ['strace', '-D', '-f', '-qq', '-o', '/dev/null', '-e', 'trace=fdatasync'];
const FULL_FROM = [...FULL, '-e', 'inject=fdatasync:error=ENOSPC:when=12+'];

describe(`a full disk${WHY_WITHOUT_STRACE}`, () => {
  test.runIf(HAS_STRACE)(
    'MS-219 the MTA keeps what is delivered, there is no entry of it, and the user is served',
    { timeout: 60_000 },
    async () => {
      const server = await testServer(['full'], '', FULL_FROM);
      await server.start();
      const mta = await mtaLink(server, 'full');
      const one = () => deliver(mta, 'full', { content: F1_CONTENT.n1('full') });
      let kept = 0;
      let refusal: unknown = null;
      while (refusal === null) {
        try {
          await one();
          kept += 1;
        } catch (error) {
          refusal = error;
        }
      }
      expect(kept).toBeGreaterThan(0);
      // delivery-control-violated: for now.
      expect(refusal).toBeInstanceOf(AbstractError);
      expect(refusal).toMatchObject({ code: 1 });
      for (const edition of EDITIONS) {
        const user = await P7User.bind(server, 'full', { edition });
        expect((await user.list({}, [SUBJECT])).numbers).toHaveLength(kept);
        expect((await user.fetch(1, [SUBJECT])).entryInformation?.attributes).toHaveLength(1);
        user.abort();
      }
      await server.dispose();
    },
  );
});

describe('a rush of searches', () => {
  const COUNT = SEARCHES_SUSPENDED_MAX + 40;
  const boxes = Array.from({ length: 8 }, (_, i) => `box${i}`);

  test('MS-220 those beyond what goes on at once are told that the store is busy', {
    timeout: 60_000,
  }, async () => {
    const server: TestServer = await testServer(boxes, 'shards: 1');
    await server.start();
    const mta = await mtaLink(server, 'box0');
    for (const box of boxes) {
      const content = F1_CONTENT.n1(box);
      await Promise.all(Array.from({ length: 10 }, () => deliver(mta, box, { content })));
    }
    const users: P7User[] = [];
    while (users.length < COUNT) {
      const edition = users.length % 16 === 0 ? '88' : '94';
      users.push(...(await Promise.all(boxes.map((box) => P7User.bind(server, box, { edition })))));
    }
    // Asks each entry a thousand things: several slices for ten of them.
    const none = equality(SUBJECT, teletex('none'));
    const filter = or(...Array.from({ length: 1_000 }, () => none));
    const ends = await Promise.all(
      users.map((user) =>
        user.list({ filter }).then(
          ({ numbers }) => `found ${numbers.length}`,
          (error: Refused) => error.message,
        ),
      ),
    );
    const counts = new Map<string, number>();
    for (const end of ends) counts.set(end, (counts.get(end) ?? 0) + 1);
    expect([...counts.keys()].sort()).toEqual(['found 0', '{"code":27,"problem":0}']);
    expect(counts.get('found 0')).toBeGreaterThanOrEqual(SEARCHES_SUSPENDED_MAX);
    // Whoever was refused asks again, and is answered.
    const again = users.filter((_, i) => ends[i] !== 'found 0');
    expect(new Set(again.map(({ edition }) => edition)).size).toBe(2);
    const answers = await Promise.all(again.map((user) => user.list({ filter })));
    expect(answers.every(({ numbers }) => numbers.length === 0)).toBe(true);
    for (const user of users) user.abort();
    await mta.unbind();
    await server.dispose();
  });
});
