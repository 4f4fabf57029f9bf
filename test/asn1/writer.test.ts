/** Octets that outlive the one buffer that all encodings share, and what is remembered of OIDs. */
import { describe, expect, test } from 'vitest';
import { integer, objectIdentifier, octetString } from '../../src/asn1/primitive.js';
import { context, TAG, type Tag, tagOf } from '../../src/asn1/tag.js';
import { type Asn1Type, decode, encode } from '../../src/asn1/type.js';
import { BerWriter, written, writtenInPieces } from '../../src/asn1/writer.js';
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

describe('headers', () => {
  // By hand; around 30 and 31 the tag takes another form, around 127, 128 and 256 the length.
  const identifiers: readonly (readonly [Tag, string])[] = [
    [tagOf(0, 1), '01'],
    [tagOf(0, 30), '1e'],
    [tagOf(0, 31), '1f1f'],
    [tagOf(1, 0), '40'],
    [context(0), '80'],
    [context(30), '9e'],
    [context(200), '9f8148'],
  ];
  const lengths: readonly (readonly [number, string])[] = [
    [0, '00'],
    [1, '01'],
    [16, '10'],
    [17, '11'],
    [127, '7f'],
    [128, '8180'],
    [256, '820100'],
  ];
  const cases = identifiers.flatMap(([tag, identifier]) =>
    lengths.map(([size, length]) => [tag, size, identifier + length] as const),
  );

  test.each(cases)('tag %i, %i octets: %s', (tag, size, header) => {
    const content = Uint8Array.from({ length: size }, (_, at) => at);
    // A buffer that is too small at every place: it grows within the content or the header.
    for (const capacityBytes of [0, 1, size, size + 1, size + 2, size + 100]) {
      const writer = new BerWriter(capacityBytes);
      writer.primitive(tag, content);
      expect(hex(writer.finish())).toBe(header + hex(content));
      const around = new BerWriter(capacityBytes);
      around.octets(content);
      around.header(tag, true, 0);
      const first = Number.parseInt(header.slice(0, 2), 16) | 0x20;
      expect(around.finish()[0]).toBe(first);
    }
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
