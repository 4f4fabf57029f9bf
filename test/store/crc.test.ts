import { expect, test } from 'vitest';
import { seededRandom } from '../../src/base/random.js';
import { crcCombined, crcContinued, crcOf } from '../../src/store/disk/crc.js';

test('RFC 3720 B.4', () => {
  expect(crcOf([new Uint8Array(32)])).toBe(0x8a91_36aa);
  expect(crcOf([new Uint8Array(32).fill(255)])).toBe(0x62a8_ab43);
  expect(crcOf([Uint8Array.from({ length: 32 }, (_, i) => i)])).toBe(0x46dd_794e);
});

test.each([1, 2, 3])('two CRCs combine to that of the whole (seed %i)', (seed) => {
  const random = seededRandom(seed);
  for (let i = 0; i < 300; i += 1) {
    const length = [random.below(4), random.below(300), random.below(100_000)][i % 3] ?? 0;
    const first = random.octets(random.below(200));
    const second = random.octets(length);
    const whole = crcOf([first, second]);
    expect(crcCombined(crcOf([first]), crcOf([second]), length)).toBe(whole);
    expect(crcContinued(crcOf([first]), second)).toBe(whole);
  }
});
