import { afterEach, expect, test } from 'vitest';
import { dropEarly, startEarly, takePool } from '../../src/engine/pool.js';

const WORKER = new URL('./worker-that-dies.mjs', import.meta.url);
const OTHER = new URL('./another-worker.mjs', import.meta.url);

const pools: ReturnType<typeof takePool>[] = [];
function take(worker: URL): (typeof pools)[number] {
  const pool = takePool(worker);
  pools.push(pool);
  return pool;
}
afterEach(async () => {
  await dropEarly();
  await Promise.all(pools.splice(0).map((pool) => pool.destroy()));
});

test('what was started early is taken once', () => {
  startEarly(WORKER);
  const [first, second] = [take(WORKER), take(WORKER)];
  expect(first).not.toBe(second);
  // The thread that was started first.
  const threadOf = (pool: typeof first) => pool.threads[0]?.threadId ?? 0;
  expect(first.threads).toHaveLength(1);
  expect(threadOf(first)).toBeLessThan(threadOf(second));
});

test('of another module nobody takes it', () => {
  startEarly(WORKER);
  const other = take(OTHER);
  const early = take(WORKER);
  expect(other.options.filename).toContain('another-worker');
  expect(early.options.filename).toContain('worker-that-dies');
});

test('what nobody takes is ended, and that does no harm twice', async () => {
  startEarly(WORKER);
  await dropEarly();
  await dropEarly();
  expect(take(WORKER).threads).toHaveLength(1);
});
