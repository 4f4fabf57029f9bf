/**
 * Very many associations at once, five of each mailbox and of both editions: all are alerted, and
 * all of a mailbox see the same numbers and statuses, whoever of them changes them.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Edition } from '../../../src/x413/common.js';
import { deliver, F1_CONTENT, mtaLink } from '../../support/fixture-f1.js';
import { autoAlert, P7User } from '../../support/p7-user.js';
import { type TestServer, testServer } from '../../support/server.js';

/** As many associations as one network address may have. */
const [BOXES, EACH] = [200, 5];
const boxes = Array.from({ length: BOXES }, (_, i) => `crowd${i}`);
const CONTENT = '2.6.4.3.1';

let server: TestServer;
beforeAll(async () => {
  server = await testServer(boxes, 'store: { journalSegmentBytes: 4194304 }');
  await server.start();
});
afterAll(() => server.dispose());

/** Eight at a time. */
async function each<T>(act: (box: string) => Promise<T>): Promise<T[]> {
  const done: T[] = [];
  for (let at = 0; at < BOXES; at += 8) {
    done.push(...(await Promise.all(boxes.slice(at, at + 8).map(act))));
  }
  return done;
}

test('a thousand associations', { timeout: 120_000 }, async () => {
  const editions = Array.from({ length: EACH }, (_, i): Edition => (i % 2 === 0 ? '88' : '94'));
  const crowd = await each((box) =>
    Promise.all(editions.map((edition) => P7User.bind(server, box, { edition }))),
  );
  const users = crowd.flat();
  expect(users).toHaveLength(BOXES * EACH);
  await Promise.all(
    crowd.map(([first]) => first?.register({ autoActionRegistrations: [autoAlert(1)] })),
  );
  const mta = await mtaLink(server, 'crowd0');
  await each((box) => deliver(mta, box, { content: F1_CONTENT.n2(box) }));
  for (const user of users) {
    expect((await user.alerted(1)).map(({ newEntry }) => newEntry?.sequenceNumber)).toEqual([1]);
  }
  // One of each fetches, another deletes, while the next is delivered; the others look.
  await Promise.all(crowd.map(([first]) => first?.fetch(1, [CONTENT])));
  const seen = await Promise.all(users.map((user) => user.statuses()));
  expect(seen.every((statuses) => statuses[1] === 2 && statuses[2] === 2)).toBe(true);
  await Promise.all([
    ...crowd.map(([, second]) => second?.delete([1])),
    each((box) => deliver(mta, box, { content: F1_CONTENT.n1(box) })),
  ]);
  for (const user of users) await user.alerted(2);
  const after = await Promise.all(users.map((user) => user.list({ childEntries: true }, [])));
  expect(after.every(({ numbers }) => JSON.stringify(numbers) === '[3]')).toBe(true);
  await Promise.all([...users.map((user) => user.unbind()), mta.unbind()]);
});
