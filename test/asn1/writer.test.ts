/** Octets that outlive the one buffer that all encodings share, and what is remembered of OIDs. */
import { describe, expect, test } from 'vitest';
import { integer, objectIdentifier, octetString } from '../../src/asn1/primitive.js';
import { type Asn1Type, decode, encode } from '../../src/asn1/type.js';
import { written } from '../../src/asn1/writer.js';

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
