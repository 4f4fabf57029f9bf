import { expect, test } from 'vitest';
import { seededRandom } from '../../src/base/random.js';
import { numberEntries } from '../../src/store/files/message-file.js';
import { MailboxIndex } from '../../src/store/index/mailbox-index.js';
import { signatureOfText } from '../../src/store/index/subject-signature.js';
import {
  type CachedAttribute,
  type Entry,
  RETRIEVAL_STATUS,
  type RetrievalStatus,
  sequenceNumber,
} from '../../src/x413/entry.js';
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

/** An entry with its getters read, so that it can be compared. */
function plain(entry: Entry | null) {
  if (entry === null) return null;
  const { children, contentRange, cached } = entry;
  const values = [...cached].map(([key, octets]) => [key, Buffer.from(octets).toString('hex')]);
  const { sequence, status, parent, entryType, priority, precedence, contentLength } = entry;
  const { contentType, creationTime, contentReturned, partCount, conveyed } = entry;
  const numbers = { sequence, status, parent, priority, precedence, contentLength, creationTime };
  const rest = { entryType, contentType, contentReturned, partCount, conveyed };
  return { ...numbers, ...rest, children: [...children], contentRange, values };
}

const ALL = { from: null, to: null, includesChildren: true, statuses: null };
const everything = (index: MailboxIndex) => [...index.scan(ALL)].map(plain);

test('facts come back as they were', () => {
  const index = new MailboxIndex();
  const { entries } = numberEntries(5, newMessage({ children: 1 }));
  for (const entry of entries) index.add(entry, 'listed');
  for (const entry of entries)
    expect(plain(index.entry(entry.sequence))).toEqual(
      plain({ ...entry, status: 'listed', conveyed: 0 }),
    );
});

/** Messages whose values are alike, and some that are like no other. */
function filled(seed: number, count: number, hasOddOnes = true): MailboxIndex {
  const random = seededRandom(seed);
  const index = new MailboxIndex();
  let next = 1;
  for (let i = 0; i < count; i += 1) {
    const front = numberEntries(next, newMessage({ children: random.below(3) === 0 ? 2 : 0 }));
    for (const entry of front.entries) {
      const cached = new Map<CachedAttribute, Uint8Array>();
      const text = (length: number) => Buffer.from(random.octets(length));
      cached.set(1, Buffer.from(`60 originator ${random.below(5)} of a long common domain name`));
      cached.set(2, Buffer.concat([Buffer.of(0x14, 12), Buffer.from(`Subject ${1_000 + i}`)]));
      cached.set(3, Buffer.from(`64 C=XX;A=ICAO;P=TESTLAND;${String(i).padStart(9, '0')}`));
      if (hasOddOnes && random.below(4) === 0) cached.set(7, text(random.below(400)));
      if (hasOddOnes && random.below(50) === 0) cached.set(8, text(70_000));
      if (random.below(9) === 0) cached.set(4, text(0));
      index.add({ ...entry, contentType: `1.2.${random.below(3)}`, cached }, 'new', i);
      next = entry.sequence + 1;
    }
  }
  return index;
}

function reloaded(index: MailboxIndex): MailboxIndex {
  const saved = index.takeChanges().changed.map((segment) => {
    const { columns, items, literals, ...rest } = segment.save();
    const copy = { columns: columns.slice(), items: items.slice(), literals: literals.slice() };
    return [segment.key, { ...rest, ...copy }] as const;
  });
  return MailboxIndex.load(saved);
}

test.each([21, 22])('segments that sleep show what they would awake (seed %i)', (seed) => {
  const index = filled(seed, 2_000);
  const statuses = ['new', 'listed', 'processed'] as const;
  for (const { sequence } of index.scan(ALL)) {
    const status = statuses[sequence % 3] ?? 'new';
    if (sequence % 7 === 0) index.remove(sequence);
    else index.change({ sequence, status, conveyed: 0 });
  }
  const saved = new Map(
    index.takeChanges().changed.map((segment) => [segment.key, structuredClone(segment.save())]),
  );
  let loads = 0;
  const asleep = MailboxIndex.load(
    index.outline.map(([key, summary]) => {
      const load = () => {
        loads += 1;
        const found = saved.get(key);
        if (found === undefined) throw new Error('it was saved');
        return found;
      };
      return [key, { summary, load }] as const;
    }),
  );
  expect([asleep.count, asleep.entries, asleep.highest, asleep.isDirty]).toEqual([
    index.count,
    index.entries,
    index.highest,
    false,
  ]);
  for (const status of statuses) expect(asleep.countOf(status)).toBe(index.countOf(status));
  expect(asleep.outline).toEqual(index.outline);
  expect([loads, asleep.bytes]).toEqual([0, 0]);
  expect(plain(asleep.entry(1_500))).toEqual(plain(index.entry(1_500)));
  expect(loads).toBeLessThan(3);
  expect(everything(asleep)).toEqual(everything(index));
  expect(asleep.span('listed')).toEqual(index.span('listed'));
  expect(loads).toBe(saved.size);
});

test.each([11, 12])('values are kept whole, saved and loaded (seed %i)', (seed) => {
  const index = filled(seed, 1_200);
  const before = everything(index);
  const loaded = reloaded(index);
  expect(everything(loaded)).toEqual(before);
  expect(index.isDirty).toBe(false);
  expect(loaded.isDirty).toBe(false);
  expect([...loaded.identities()]).toEqual([...index.identities()]);
  expect([loaded.count, loaded.entries, loaded.span()]).toEqual([
    index.count,
    index.entries,
    index.span(),
  ]);
  // What was loaded can be added to, changed, and emptied.
  const { entries } = numberEntries(loaded.highest + 1, newMessage());
  for (const entry of entries) loaded.add(entry, 'new');
  expect(loaded.takeChanges().changed).toHaveLength(1);
  for (const { sequence } of [...loaded.scan(ALL)].slice(0, 600)) loaded.remove(sequence);
  expect(everything(loaded).slice(0, -1)).toEqual(before.slice(600));
  expect(loaded.takeChanges().gone.length).toBeGreaterThan(0);
});

test('a message can be put back between others', () => {
  const index = filled(5, 700);
  const before = everything(index);
  const mains = [...index.scan({ ...ALL, includesChildren: false })];
  for (const { sequence } of [mains[3], mains[300], mains[650]].flatMap((one) => one ?? [])) {
    const family = index.family(sequence).map((number) => {
      const entry = index.entry(number);
      if (entry === null) throw new Error('it is there');
      const { children, cached, contentRange } = entry;
      return { ...entry, children, cached: new Map(cached), contentRange };
    });
    const identity = index.identityOf(sequence);
    for (const entry of family.toReversed()) index.remove(entry.sequence);
    expect(everything(index)).toHaveLength(before.length - family.length);
    index.insert(family, 'new', identity);
    expect(everything(index)).toEqual(before);
    expect(index.identityOf(sequence)).toBe(identity);
  }
});

test('numbers and subjects narrow a scan, and never leave out what matches', () => {
  const index = filled(7, 900);
  const found = [
    ...index.scan({ ...ALL, subjectSignature: signatureOfText(Buffer.from('t 1234')) }),
  ];
  const wanted = [...index.scan(ALL)].filter(({ cached }) =>
    Buffer.from(cached.get(2) ?? [])
      .toString('latin1')
      .includes('t 1234'),
  );
  const numbers = found.map(({ sequence }) => sequence);
  for (const { sequence } of wanted) expect(numbers).toContain(sequence);
  expect(found.length).toBeLessThan(index.entries / 4);
  const ranges = [{ column: 'contentLength', from: 0, to: 999 }] as const;
  expect([...index.scan({ ...ALL, ranges })]).toEqual([]);
  expect(index.countMatching({ ...ALL, ranges: [{ ...ranges[0], to: 1_000 }] })).toBe(
    index.entries,
  );
});

test('a message costs little memory', () => {
  const index = filled(9, 5_000, false);
  expect(index.bytes / index.entries).toBeLessThan(150);
});
