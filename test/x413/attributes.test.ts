import { describe, expect, test } from 'vitest';
import { childrenOf } from '../../src/asn1/elements.js';
import { wrap } from '../../src/asn1/header.js';
import { objectIdentifier } from '../../src/asn1/primitive.js';
import { readElement } from '../../src/asn1/reader.js';
import { TAG } from '../../src/asn1/tag.js';
import { encode } from '../../src/asn1/type.js';
import { formatHex, joinOctets, NO_OCTETS, parseHex } from '../../src/base/octets.js';
import { composeDelivery } from '../../src/client/index.js';
import { ATTRIBUTES, attributeByOid } from '../../src/x413/attribute-table.js';
import { type Entry, type EntrySource, sequenceNumber } from '../../src/x413/entry.js';

const hex = (text: string) => parseHex(text) as Uint8Array;

/** this-IPM, originator, one primary recipient that is asked for rn and nrn, subject. */
const HEADING = hex(`6B 05 13 03 49 44 31  A0 04 80 02 46 52
  A2 0C 31 0A A0 04 80 02 4D 45 81 02 06 C0  A8 07 14 05 41 6C 70 68 61`);

function content(): Uint8Array {
  const heading = joinOctets(wrap(TAG.set, [HEADING]));
  const body = hex('30 09 A0 07 31 00 16 03 41 42 43');
  return joinOctets([...wrap(readElement(hex('a000')).tag, [heading, body])]);
}

const ENTRY: Entry = {
  sequence: sequenceNumber(7),
  status: 'listed',
  conveyed: 0,
  entryType: 'delivered-message',
  parent: 0,
  children: [sequenceNumber(8), sequenceNumber(9)],
  priority: 2,
  precedence: -1,
  contentLength: 300,
  contentType: '2.6.1.10.1',
  creationTime: 1_767_268_800,
  contentReturned: null,
  partCount: 1,
  cached: new Map([
    [1, hex('6002 3000')],
    [2, hex('14 05 41 6C 70 68 61')],
    [9, hex('0A 01 00')],
  ]),
  contentRange: null,
};

const delivery = composeDelivery({
  recipient: '/C=XX/A=ICAO/P=TEST/O=R/CN=TO/',
  originator: '/C=XX/A=ICAO/P=TEST/O=R/CN=FROM/',
  contentType: '2.6.1.10.1',
  content: content(),
});

const SOURCE: EntrySource = {
  entry: ENTRY,
  envelope: () => {
    const parts = childrenOf(readElement(delivery)).slice(0, 3);
    return joinOctets(
      wrap(
        TAG.sequence,
        parts.map(({ whole }) => whole),
      ),
    );
  },
  content,
  related: () => null,
  reportsAbout: () => [],
  submittedAs: () => null,
  marks: () => [],
};

const valuesOf = (oid: string, source = SOURCE) =>
  attributeByOid(oid)?.values(source).map(formatHex);

describe('attributes', () => {
  test.each([
    ['2.6.4.3.0', ['020108', '020109']],
    ['2.6.4.3.6', ['0202012c']],
    ['2.6.4.3.7', []],
    ['2.6.4.3.8', [formatHex(encode(objectIdentifier, '2.6.1.10.1'))]],
    ['2.6.4.3.15', ['020101']],
    ['2.6.4.3.16', ['020100']],
    ['2.6.4.3.27', ['60023000']],
    ['2.6.4.3.29', []],
    ['2.6.4.3.31', ['470102']],
    ['2.6.4.3.39', ['020107']],
    ['2.6.1.6.0', ['0a0100']],
    ['2.6.1.7.4', ['1405416c706861']],
    ['2.6.1.7.7', ['0a0101']],
    ['2.6.1.7.9', ['010100']],
    ['2.6.1.7.2', ['310480024652']],
    ['2.6.1.7.19', ['310480024d45']],
    ['2.6.1.7.20', ['310480024d45']],
    ['2.6.1.8.0', ['3009a00731001603414243']],
    ['2.6.1.8.1', ['300731001603414243']],
    ['2.6.1.8.20', ['1603414243']],
    ['2.6.1.9.0', []],
  ])('%s', (oid, values) => expect(valuesOf(oid)).toEqual(values));

  test('content comes back octet for octet', () => {
    expect(valuesOf('2.6.4.3.1')?.[0]?.endsWith(formatHex(content()))).toBe(true);
  });

  test('an unknown type is none of ours', () => expect(attributeByOid('2.6.4.3.45')).toBeNull());

  test('what is in the index opens nothing', () => {
    const closed: EntrySource = {
      reportsAbout: () => [],
      submittedAs: () => null,
      entry: ENTRY,
      envelope: () => {
        throw new Error('opened');
      },
      content: () => {
        throw new Error('opened');
      },
      marks: () => [],
      related: () => {
        throw new Error('opened');
      },
    };
    for (const { isIndexed, values } of ATTRIBUTES) {
      if (isIndexed) expect(() => values(closed)).not.toThrow();
    }
  });

  test.each(['', '00', 'a0', 'a003', 'ffffffff', '30800000', 'a080310000000000'])(
    'a content of %j gives no values and no error',
    (octets) => {
      const broken = { ...SOURCE, envelope: () => NO_OCTETS, content: () => hex(octets) };
      for (const { oid, values, isIndexed } of ATTRIBUTES) {
        if (!isIndexed && oid !== '2.6.4.3.1' && oid !== '2.6.1.7.0')
          expect(values(broken)).toBeDefined();
      }
      expect(valuesOf('2.6.1.7.1', broken)).toEqual([]);
    },
  );
});
