/** The walk over an entry's attributes against the declaration, on good octets and on bad ones. */
import { describe, expect, test } from 'vitest';
import { decode, encode } from '../../src/asn1/type.js';
import { ViolationError } from '../../src/base/errors.js';
import { seededRandom } from '../../src/base/random.js';
import { walkAttributes } from '../../src/client/attribute-walk.js';
import { EntryInformation, EntryOutline } from '../../src/x413/selection.js';
import { element, octets } from '../osi/ber.js';

const SEED = Number(process.env.SEED ?? 20_261_125);

const entry = encode(EntryInformation, {
  sequenceNumber: 70_000,
  attributes: [
    { type: '2.6.4.3.15', values: [octets('020101')] },
    {
      type: '2.6.1.7.4',
      values: [octets('6800'), octets(`0482012c${'61'.repeat(300)}`)],
    },
    { type: '1.3.26.0', values: [octets('30020500')] },
  ],
});

/** By the declaration; null where it is not of the type. */
function declared(whole: Uint8Array): unknown {
  try {
    const { attributes = [] } = decode(EntryInformation, whole);
    return attributes.map(({ type, values }) => [type, values.map((v) => Buffer.from(v))]);
  } catch (error) {
    if (error instanceof ViolationError) return null;
    throw error;
  }
}
function hasNumber(whole: Uint8Array): boolean {
  try {
    decode(EntryOutline, whole);
    return true;
  } catch (error) {
    if (error instanceof ViolationError) return false;
    throw error;
  }
}
function walked(whole: Uint8Array): unknown {
  const found = walkAttributes(whole);
  return found && [...found].map(([type, values]) => [type, values.map((v) => Buffer.from(v))]);
}

const number = '020107';
const oid = '06045604030f';
const attribute = element('30', oid, element('30', '020101'));

describe('the plain form', () => {
  test.each([
    ['with attributes', Buffer.from(entry).toString('hex')],
    ['with none', element('30', number)],
    ['with one', element('30', number, element('31', attribute))],
  ])('%s is walked', (_, hex) => {
    expect(walked(octets(hex))).toEqual(declared(octets(hex)));
    expect(walked(octets(hex))).not.toBeNull();
  });
});

describe('every other form is left to the declaration', () => {
  test.each([
    ['nothing', ''],
    ['no SEQUENCE', element('31', number)],
    ['no number', element('30', element('31', attribute))],
    ['an empty SET', element('30', number, element('31'))],
    ['no values', element('30', number, element('31', element('30', oid, element('30'))))],
    ['something behind', `${element('30', number)}00`],
    ['counts of 1994', element('30', number, element('31', attribute), element('a0', '3100'))],
    [
      'more in an attribute',
      element('30', number, element('31', element('30', oid, '3003020101', '0500'))),
    ],
    ['an indefinite length', `3080${number}${element('31', attribute)}0000`],
    [
      'a value that is a tag of many octets',
      element('30', number, element('31', element('30', oid, element('30', '9f810100')))),
    ],
    [
      'a long identifier',
      element('30', number, element('31', element('30', '06082b1a00a236000200', '3003020101'))),
    ],
    [
      'a value that reaches too far',
      element('30', number, element('31', element('30', oid, '3003020501'))),
    ],
  ])('%s', (_, hex) => expect(walkAttributes(octets(hex))).toBeNull());
});

test(`octets changed at random: as declared or left to it, SEED=${SEED}`, () => {
  const random = seededRandom(SEED);
  let walks = 0;
  for (let run = 0; run < 20_000; run += 1) {
    const changed = Uint8Array.from(entry);
    for (let times = random.below(3); times >= 0; times -= 1) {
      // Headers stand in front.
      const at = random.below(random.below(2) === 0 ? 60 : changed.length);
      changed[at] = random.below(256);
    }
    const cut = changed.subarray(
      0,
      random.below(8) === 0 ? random.below(changed.length) : undefined,
    );
    // The number is read before anybody asks for attributes.
    const found = hasNumber(cut) ? walked(cut) : null;
    if (found === null) continue;
    walks += 1;
    // Of a type that comes twice the last counts.
    const expected = declared(cut);
    expect(expected).not.toBeNull();
    expect(found).toEqual([...new Map(expected as [string, unknown][])]);
  }
  expect(walks).toBeGreaterThan(1_000);
});
