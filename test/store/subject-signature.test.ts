/** No search may pass over a subject that the matching rules find. */
import { expect, test } from 'vitest';
import { teletexString } from '../../src/asn1/string.js';
import { encode } from '../../src/asn1/type.js';
import { seededRandom } from '../../src/base/random.js';
import {
  ANY_SIGNATURE,
  signatureOfSubject,
  signatureOfText,
} from '../../src/store/index/subject-signature.js';
import { mSSubstringsMatch } from '../../src/x413/matching-simple.js';

const subject = (text: string) => encode(teletexString(), text);
const octets = (text: string) => Buffer.from(text, 'latin1');
const isFound = (found: string, part: string) =>
  mSSubstringsMatch.test([{ kind: 'any', value: subject(part) }])([subject(found)]) === true;
const mayBeFound = (found: string, part: string) => {
  const wanted = signatureOfText(octets(part));
  return (signatureOfSubject(subject(found)) & wanted) >>> 0 === wanted;
};

test.each([
  ['Flight plan', 'LIGHT'],
  ['Flight  plan', 't p'],
  ['Stra\u00dfe', 'strasse'],
  ['STRASSE', 'Stra\u00dfe'],
  ['12 m\u00b2', 'm2'],
  ['n\u00ba 7', 'no'],
  ['\u00c8Uber', 'ber'],
  ['x'.repeat(200), 'xxx'],
])('%j may be found by %j', (found, part) => {
  expect(isFound(found, part)).toBe(true);
  expect(mayBeFound(found, part)).toBe(true);
});

test('most subjects of ASCII that have not the part are passed over', () => {
  expect(mayBeFound('Flight plan', 'zone')).toBe(false);
  expect(signatureOfSubject(subject('caf\u00e9'))).toBe(ANY_SIGNATURE);
  expect(signatureOfSubject(Uint8Array.of(0x1e, 2, 0, 0x41))).toBe(ANY_SIGNATURE);
});

test('whatever the rule finds, in texts drawn at random', () => {
  const seed = Date.now() % 1_000_000;
  const random = seededRandom(seed);
  const letters = 'aAbBsS  2o\u00df\u00b2\u00ba\u00aa\u00c8\u00c1U\t';
  const text = (length: number) =>
    Array.from({ length }, () => letters[random.below(letters.length)]).join('');
  for (let i = 0; i < 5_000; i += 1) {
    const [found, part] = [text(1 + random.below(12)), text(1 + random.below(3))];
    if (isFound(found, part)) {
      expect(mayBeFound(found, part), `seed ${seed}: ${found} by ${part}`).toBe(true);
    }
  }
});
