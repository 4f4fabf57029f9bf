import { expect, test } from 'vitest';
import { seededRandom } from '../../src/base/random.js';
import { MailboxIndex } from '../../src/store/index/mailbox-index.js';
import { numberEntries } from '../../src/store/message-file.js';
import { RETRIEVAL_STATUS, type RetrievalStatus, sequenceNumber } from '../../src/x413/entry.js';
import { newMessage } from './samples.js';

const STATUSES: readonly RetrievalStatus[] = ['new', 'listed', 'processed'];
const NO_LIMITS = { from: null, to: null, includesChildren: true, statuses: null };

test.each([1, 2, 3, 4])('the index is a plain map, whatever happens to it (seed %i)', (seed) => {
  const random = seededRandom(seed);
  const index = new MailboxIndex();
  const model = new Map<number, { parent: number; children: number[]; status: RetrievalStatus }>();
  let next = 1;
  for (let step = 0; step < 3_000; step += 1) {
    const mains = [...model].filter(([, row]) => row.parent === 0).map(([number]) => number);
    const main = mains[random.below(Math.max(1, mains.length))];
    const choice = random.below(10);
    if (choice < 5 || main === undefined) {
      const { entries } = numberEntries(next, newMessage({ children: random.below(4) }));
      for (const { sequence, parent, children } of entries) {
        model.set(sequence, { parent, children: [...children], status: 'new' });
        next = sequence + 1;
      }
      for (const entry of entries) index.add(entry, 'new');
    } else if (choice < 7) {
      const status = STATUSES[random.below(3)] ?? 'new';
      index.change({ sequence: sequenceNumber(main), status, conveyed: 0 });
      const row = model.get(main);
      if (row && RETRIEVAL_STATUS[status] > RETRIEVAL_STATUS[row.status]) row.status = status;
    } else {
      const family = index.family(main);
      expect(family).toEqual([main, ...(model.get(main)?.children ?? [])]);
      for (const number of family.reverse()) {
        index.remove(number);
        model.delete(number);
      }
    }
  }
  const rows = [...index.scan(NO_LIMITS)];
  expect(
    rows.map(({ sequence, parent, children, status }) => [sequence, { parent, children, status }]),
  ).toEqual([...model]);
  const mains = [...model].filter(([, row]) => row.parent === 0);
  expect(index.span()).toEqual([mains[0]?.[0], mains.at(-1)?.[0]]);
  for (const status of STATUSES) {
    const expected = mains.filter(([, row]) => row.status === status).map(([number]) => number);
    expect(index.countOf(status)).toBe(expected.length);
    const options = { from: 100, to: 2_000, includesChildren: false, statuses: [status] };
    expect([...index.scan(options)].map((entry) => entry.sequence)).toEqual(
      expected.filter((number) => 100 <= number && number <= 2_000),
    );
  }
  for (let number = 0; number <= next; number += 1)
    expect(index.entry(number)?.sequence ?? 0).toBe(model.has(number) ? number : 0);
});

test('facts come back as they were', () => {
  const index = new MailboxIndex();
  const { entries } = numberEntries(5, newMessage({ children: 1 }));
  for (const entry of entries) index.add(entry, 'listed');
  for (const entry of entries)
    expect(index.entry(entry.sequence)).toEqual({
      ...entry,
      status: 'listed',
      conveyed: 0,
      cached: expect.any(Map),
    });
  expect([...(index.entry(5)?.cached ?? [])].map(([k, o]) => [k, [...o]])).toEqual([
    [2, [0x14, 1, 65]],
  ]);
});
