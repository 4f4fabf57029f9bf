import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { expect, test } from 'vitest';
import { formatHex } from '../../src/base/octets.js';
import { packFront, type StoredEntry, unpackFront } from '../../src/store/files/front-section.js';
import {
  type CachedAttribute,
  ENTRY_TYPE,
  type EntryType,
  sequenceNumber,
} from '../../src/x413/entry.js';

const OCTETS = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc
    .constantFrom(127, 128, 255, 256, 65_535, 65_536)
    .map((length) => new Uint8Array(length).fill(length)),
);
const NUMBER = fc.integer({ min: 1, max: 2_147_483_647 }).map(sequenceNumber);
const MAYBE = fc.oneof(fc.constant(-1), fc.integer({ min: 0, max: 70_000_000 }));

const ENTRY: fc.Arbitrary<StoredEntry> = fc.record({
  sequence: NUMBER,
  parent: fc.oneof(fc.constant(0), NUMBER),
  children: fc.array(NUMBER, { maxLength: 40 }),
  entryType: fc.constantFrom(...(Object.keys(ENTRY_TYPE) as EntryType[])),
  priority: fc.integer({ min: -1, max: 2 }),
  precedence: fc.integer({ min: -1, max: 5 }),
  contentLength: MAYBE,
  contentType: fc.stringMatching(/^[0-9.]{0,300}$/),
  creationTime: fc.integer({ min: 0, max: 4_294_967_295 }),
  contentReturned: fc.constantFrom(true, false, null),
  partCount: fc.integer({ min: 0, max: 65_535 }),
  cached: fc
    .array(fc.tuple(fc.integer({ min: 1, max: 9 }), OCTETS), { maxLength: 3 })
    .map((items) => new Map(items) as ReadonlyMap<CachedAttribute, Uint8Array>),
  contentRange: fc.oneof(fc.constant(null), fc.tuple(fc.nat(), fc.nat())),
});
const FRONT = fc.record({
  deliveryIdentifier: fc.oneof(fc.constant(null), OCTETS),
  entries: fc.array(ENTRY, { minLength: 1, maxLength: 17 }),
});

/** With plain arrays in place of windows and maps, whose prototypes tell who made them. */
const plain = (front: ReturnType<typeof unpackFront>) => ({
  deliveryIdentifier: front.deliveryIdentifier && formatHex(front.deliveryIdentifier),
  entries: front.entries.map((entry) => ({
    ...entry,
    cached: [...entry.cached].map(([attribute, value]) => [attribute, formatHex(value)]),
  })),
});

test('what was packed is unpacked, whatever its numbers and lengths', () => {
  fc.assert(
    fc.property(FRONT, (front) => {
      expect(plain(unpackFront(packFront(front)))).toEqual(plain(front));
    }),
    { numRuns: 100 },
  );
});

test('a section is the MessagePack that anybody reads, in its frozen order', () => {
  const section = packFront({
    deliveryIdentifier: Uint8Array.of(1, 2),
    entries: [
      {
        sequence: sequenceNumber(300),
        parent: 0,
        children: [sequenceNumber(301)],
        entryType: 'delivered-report',
        priority: -1,
        precedence: 5,
        contentLength: 70_000,
        contentType: '2.6.1.10.0',
        creationTime: 1_790_000_000,
        contentReturned: false,
        partCount: 3,
        cached: new Map([[2, Uint8Array.of(9)]]),
        contentRange: null,
      },
    ],
  });
  const read = new Packr({ useRecords: false }).unpack(section);
  const values = [300, 0, [301], 1, -1, 70_000, '2.6.1.10.0', 1_790_000_000, false, 3];
  expect(read).toEqual([Buffer.of(1, 2), [[...values, [[2, Buffer.of(9)]], null, 5]]]);
});

test('sections that another packer has written are read too, those without precedence as well', () => {
  const values = [7, 0, [8, 9], 0, -1, 300, '1.2', 0, true, 0, [[2, Buffer.alloc(300, 5)]], [3, 5]];
  const packed = new Packr({ useRecords: false, variableMapSize: true }).pack([null, [values]]);
  const [entry] = unpackFront(packed).entries;
  expect(entry).toMatchObject({
    sequence: 7,
    children: [8, 9],
    priority: -1,
    contentReturned: true,
    contentRange: [3, 5],
    precedence: -1,
  });
  expect(formatHex(entry?.cached.get(2) ?? Buffer.alloc(0))).toBe('05'.repeat(300));
});

test('a section that is cut anywhere is told', () => {
  const section = packFront({
    deliveryIdentifier: Buffer.alloc(20),
    entries: [fc.sample(ENTRY, { numRuns: 1, seed: 5 })[0] as StoredEntry],
  });
  for (let length = 0; length < section.length; length += 1)
    expect(() => unpackFront(section.subarray(0, length)), `${length}`).toThrow();
});
