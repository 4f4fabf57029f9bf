import { expect, test } from 'vitest';
import { packBatch, unpackBatch } from '../../src/engine/batch.js';

const items = (sizes: readonly number[]) =>
  sizes.map((size, id) => ({
    id,
    request: { kind: 'list', argument: Buffer.alloc(size, id + 1) },
  }));

test.each([
  ['none', []],
  ['small ones', [0, 1, 200]],
  ['as large as one message may be', [64 << 20]],
  ['many', Array.from({ length: 1_000 }, (_, i) => i * 7)],
])('%s: what is unpacked is what was packed, and the buffer can be given away', (_, sizes) => {
  const sent = items(sizes);
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  const batch = packBatch(sent, bytes);
  // One copy of the octets, and little besides.
  expect(batch.buffer.byteLength).toBeLessThan(bytes + 512 * sizes.length + 8_192);
  const arrived = structuredClone(batch, { transfer: [batch.buffer] });
  expect(batch.length).toBe(0);
  const found = unpackBatch<(typeof sent)[0]>(arrived);
  expect(found.length).toBe(sent.length);
  for (const [at, { id, request }] of found.entries()) {
    expect(id).toBe(at);
    expect(Buffer.compare(request.argument, sent[at]?.request.argument ?? Buffer.of())).toBe(0);
  }
});

test('a size that says too little costs time, not octets', () => {
  const sent = items([100_000, 5]);
  expect(unpackBatch(packBatch(sent, 0))).toEqual(sent);
});
