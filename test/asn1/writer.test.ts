/** Octets that outlive the one buffer that all encodings share, and what is remembered of OIDs. */
import { describe, expect, test } from 'vitest';
import { integer, objectIdentifier, octetString } from '../../src/asn1/primitive.js';
import { TAG } from '../../src/asn1/tag.js';
import { type Asn1Type, decode, encode } from '../../src/asn1/type.js';
import { type BerWriter, written, writtenInPieces } from '../../src/asn1/writer.js';
import { WrittenList } from '../../src/asn1/written-list.js';
import { joinOctets } from '../../src/base/octets.js';

const hex = (octets: Uint8Array) => Buffer.from(octets).toString('hex');

describe('one buffer for all encodings', () => {
  test('what was encoded stays as it is while others are encoded', () => {
    const values = Array.from({ length: 300 }, (_, value) => encode(integer(), value));
    expect(values.map((octets) => decode(integer(), octets))).toEqual([...values.keys()]);
  });

  test('an encoder may encode other values on its way', () => {
    const nested: Asn1Type<number> = {
      ...integer(),
      encode: (writer, value) => {
        writer.octet(0xaa);
        writer.octets(encode(integer(), value));
        writer.octet(0xbb);
      },
    };
    expect(hex(encode(nested, 5))).toBe('bb020105aa');
  });

  test.each([0, 127, 128, 16_000, 70_000, 200_000])(
    '%i octets, and small ones after it',
    (size) => {
      const large = encode(octetString(), new Uint8Array(size).fill(7));
      expect(hex(encode(integer(), 1))).toBe('020101');
      expect(Buffer.compare(decode(octetString(), large), Buffer.alloc(size, 7))).toBe(0);
    },
  );

  test('an encoder that throws leaves nothing behind', () => {
    const fault = () =>
      written((writer) => {
        writer.octet(1);
        throw new Error('on its way');
      });
    expect(fault).toThrow('on its way');
    expect(hex(encode(integer(), 1))).toBe('020101');
  });
});

describe('octets that are not copied', () => {
  const nest = (depth: number, pieces: readonly Uint8Array[]) => (writer: BerWriter) => {
    for (const piece of pieces.toReversed()) {
      for (let level = 0; level < depth; level += 1) writer.octet(level);
      writer.primitive(TAG.octetString, piece);
    }
    for (let level = 0; level < depth; level += 1) writer.header(TAG.sequence, true, 0);
  };
  const filled = (...sizes: number[]) => sizes.map((size, at) => new Uint8Array(size).fill(at + 1));

  test.each([
    [0, filled(10_000)],
    [1, filled(10_000)],
    [3, filled(5, 10_000, 7)],
    [3, filled(10_000, 5, 70_000, 0, 2_047, 2_048)],
    [0, filled(1, 2)],
    [0, []],
  ])('depth %i, %#: the pieces are what one octet string would be', (depth, values) => {
    const write = nest(depth, values);
    const pieces = writtenInPieces(write);
    expect(hex(joinOctets(pieces))).toBe(hex(written(write)));
    for (const value of values) expect(pieces.includes(value)).toBe(value.length >= 2_048);
  });

  test('an encoder that throws leaves nothing behind', () => {
    const fault = () =>
      writtenInPieces((writer) => {
        writer.octets(new Uint8Array(5_000));
        throw new Error('on its way');
      });
    expect(fault).toThrow('on its way');
    expect(hex(joinOctets(writtenInPieces((writer) => writer.octet(7))))).toBe('07');
  });
});

describe('values one after another', () => {
  const value = (size: number, octet: number) => (writer: BerWriter) =>
    writer.octets(new Uint8Array(size).fill(octet));

  test.each([[[]], [[1, 2, 3]], [[60_000, 60_000, 60_000]], [[200_000, 0, 5, 65_536]]])(
    'of %j octets',
    (sizes) => {
      const list = new WrittenList();
      for (const [at, size] of sizes.entries()) expect(list.add(value(size, at))).toBe(true);
      const whole = sizes.map((size, at) => new Uint8Array(size).fill(at));
      expect(Buffer.concat(list.pieces).equals(Buffer.concat(whole))).toBe(true);
      expect(list.bytes).toBe(Buffer.concat(whole).length);
      expect(list.count).toBe(sizes.length);
    },
  );

  test('what would be too much is left out', () => {
    const list = new WrittenList();
    expect(list.add(value(5, 1), 10)).toBe(true);
    expect(list.add(value(6, 2), 10)).toBe(false);
    expect(list.add(value(5, 3), 10)).toBe(true);
    expect(hex(Buffer.concat(list.pieces))).toBe('01010101010303030303');
  });
});

describe('object identifiers that were met before', () => {
  test.each(['56040301', '5604030f', '5680040301', '2a', '00', '2a8648ce3d', '2a8648ce3d0401'])(
    'contents %s',
    (contents) => {
      const octets = Buffer.from(
        `06${(contents.length / 2).toString(16).padStart(2, '0')}${contents}`,
        'hex',
      );
      const first = decode(objectIdentifier, octets);
      expect(decode(objectIdentifier, octets)).toBe(first);
      // A leading 80 pads an arc: the same identifier in octets that are not minimal.
      if (!contents.includes('80')) expect(hex(encode(objectIdentifier, first))).toBe(hex(octets));
    },
  );

  test('a broken one is refused each time', () => {
    const octets = Buffer.from('06025680', 'hex');
    for (const _ of [1, 2]) expect(() => decode(objectIdentifier, octets)).toThrow('truncated-arc');
  });
});
