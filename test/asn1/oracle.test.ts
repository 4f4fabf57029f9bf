/** asn1js as the independent judge of our codec: what one writes, the other reads, both ways. */
import * as asn1js from 'asn1js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { any } from '../../src/asn1/any.js';
import { bitString } from '../../src/asn1/bit-string.js';
import { sequenceOf, setOf } from '../../src/asn1/list.js';
import { boolean, integer, objectIdentifier, octetString } from '../../src/asn1/primitive.js';
import { BerReader } from '../../src/asn1/reader.js';
import { bmpString, ia5String, utf8String } from '../../src/asn1/string.js';
import { explicit, implicit } from '../../src/asn1/tagged.js';
import { type Asn1Type, decode, encode } from '../../src/asn1/type.js';
import { formatHex } from '../../src/base/octets.js';

const RUNS = 3_000;
const exact = (octets: Uint8Array) => Uint8Array.from(octets);

function theirs(octets: Uint8Array) {
  const { offset, result } = asn1js.fromBER(exact(octets).buffer);
  expect(offset).toBe(octets.length);
  return result;
}

function sameBothWays<T>(
  type: Asn1Type<T>,
  arbitrary: fc.Arbitrary<T>,
  make: (value: T) => asn1js.BaseBlock,
): void {
  fc.assert(
    fc.property(arbitrary, (value) => {
      const written = make(value).toBER();
      expect(formatHex(encode(type, value))).toBe(formatHex(new Uint8Array(written)));
      expect(decode(type, new Uint8Array(written))).toEqual(value);
    }),
    { numRuns: RUNS },
  );
}

describe('oracle', () => {
  test('INTEGER', () => {
    const values = fc.oneof(fc.integer(), fc.integer({ min: -300, max: 300 }));
    sameBothWays(integer(), values, (value) => new asn1js.Integer({ value }));
  });

  test('INTEGER of every length up to 2^53', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        const block = theirs(encode(integer(), value)) as asn1js.Integer;
        expect(block.toBigInt()).toBe(BigInt(value));
        expect(decode(integer(), encode(integer(), value))).toBe(value);
      }),
      { numRuns: RUNS },
    );
  });

  test('BOOLEAN and OCTET STRING', () => {
    sameBothWays(boolean, fc.boolean(), (value) => new asn1js.Boolean({ value }));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (value) => {
        const made = new asn1js.OctetString({ valueHex: exact(value).buffer }).toBER();
        expect(formatHex(encode(octetString(), value))).toBe(formatHex(new Uint8Array(made)));
        expect(formatHex(decode(octetString(), new Uint8Array(made)))).toBe(formatHex(value));
      }),
      { numRuns: RUNS },
    );
  });

  test('OBJECT IDENTIFIER', () => {
    const oids = fc
      .tuple(
        fc.integer({ min: 0, max: 2 }),
        fc.integer({ min: 0, max: 39 }),
        fc.array(fc.integer({ min: 0, max: 2 ** 31 - 1 }), { minLength: 1, maxLength: 8 }),
      )
      .map(([top, second, rest]) => [top, second, ...rest].join('.'));
    sameBothWays(objectIdentifier, oids, (value) => new asn1js.ObjectIdentifier({ value }));
  });

  test('strings', () => {
    const ia5 = fc.string({ unit: 'grapheme-ascii', maxLength: 200 });
    sameBothWays(ia5String(), ia5, (value) => new asn1js.IA5String({ value }));
    const text = fc.string({ unit: 'binary', maxLength: 100 });
    sameBothWays(utf8String, text, (value) => new asn1js.Utf8String({ value }));
    const basic = fc.string({
      unit: fc.integer({ min: 32, max: 0xd7ff }).map((point) => String.fromCharCode(point)),
      maxLength: 100,
    });
    sameBothWays(bmpString, basic, (value) => new asn1js.BmpString({ value }));
  });

  test('BIT STRING', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 40 }),
        fc.integer({ min: 0, max: 7 }),
        (octets, unusedBits) => {
          const last = octets.length - 1;
          octets[last] = ((octets[last] ?? 0) >> unusedBits) << unusedBits;
          const made = new asn1js.BitString({ valueHex: exact(octets).buffer, unusedBits }).toBER();
          expect(formatHex(encode(bitString, { octets, unusedBits }))).toBe(
            formatHex(new Uint8Array(made)),
          );
          const read = decode(bitString, new Uint8Array(made));
          expect([formatHex(read.octets), read.unusedBits]).toEqual([
            formatHex(octets),
            unusedBits,
          ]);
        },
      ),
      { numRuns: RUNS },
    );
  });

  test('nested lists with tags read as the same tree', () => {
    const type = sequenceOf(setOf(explicit(5, implicit(40, octetString()))));
    const values = fc.array(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 }), {
      maxLength: 5,
    });
    fc.assert(
      fc.property(values, (value) => {
        const octets = encode(type, value);
        const outer = theirs(octets) as asn1js.Sequence;
        expect(outer.valueBlock.value.length).toBe(value.length);
        expect(formatHex(new Uint8Array(outer.toBER()))).toBe(formatHex(octets));
        expect(decode(type, octets).map((set) => set.map(formatHex))).toEqual(
          value.map((set) => set.map(formatHex)),
        );
      }),
      { numRuns: RUNS },
    );
  });

  test('any octets are a tree or a violation, never a bug', () => {
    const walk = (reader: BerReader): void => {
      for (let element = reader.next(); element !== null; element = reader.next()) {
        if (element.isConstructed) walk(element.children());
      }
    };
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (octets) => {
        try {
          walk(new BerReader(octets));
          decode(any, octets);
        } catch (error) {
          expect(error).toMatchObject({ kind: 'violation', layer: 'ber' });
        }
      }),
      { numRuns: 20_000 },
    );
  });
});
