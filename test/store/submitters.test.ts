/** Who has submitted what outlives the process, and what cannot be read of it is passed over. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { seededRandom } from '../../src/base/random.js';
import { type MailboxId, parseMailboxId } from '../../src/engine/mailbox-id.js';
import { NodeDisk } from '../../src/store/disk/disk.js';
import { Submitters } from '../../src/store/mailbox/submitters.js';
import { MemoryFiles } from '../fault/power-cut-disk.js';

const ALPHA = { mailbox: parseMailboxId('alpha') as MailboxId, mta: 'MTA 1' };
const BRAVO = { mailbox: parseMailboxId('bravo') as MailboxId, mta: 'MTA-2' };
let data: string;
let failures: string[];
const path = () => join(data, 'submitters');
const opened = (max?: number) =>
  new Submitters(new NodeDisk(), data, ({ message }) => failures.push(message), max);
/** Keys are octets, one character each. */
const key = (number: number) => `c\x00\xff${number}`;
const lines = () => readFileSync(path(), 'latin1').split('\n').filter(Boolean);

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'restante-submitters-'));
  failures = [];
});
afterEach(() => rmSync(data, { recursive: true, force: true }));

describe('submitters', () => {
  test('are known at once, and to the next process', async () => {
    const first = opened();
    first.set(key(1), ALPHA);
    expect(first.get(key(1))).toEqual(ALPHA);
    await new Promise((resolve) => setImmediate(resolve));
    first.set(key(2), BRAVO);
    first.close();
    expect(lines()).toEqual(['6300ff31 alpha MTA%201', '6300ff32 bravo MTA-2']);
    const second = opened();
    expect([second.get(key(1)), second.get(key(2)), second.get(key(3))]).toEqual([
      ALPHA,
      BRAVO,
      undefined,
    ]);
    second.close();
  });

  test('what a process has written before it was killed is there', async () => {
    const killed = opened();
    killed.set(key(1), ALPHA);
    await new Promise((resolve) => setImmediate(resolve));
    expect(opened().get(key(1))).toEqual(ALPHA);
    killed.close();
  });

  test('a cut of the power loses those of the last second at most', async () => {
    const image = { directories: ['/data'], files: new Map() };
    const files = new MemoryFiles({ model: 'posix', image });
    const fail = (error: Error) => failures.push(error.message);
    const all = new Submitters(new NodeDisk(files), '/data', fail, 3);
    const random = seededRandom(1);
    const leftByCut = (keys: readonly string[]) => {
      const cut = new MemoryFiles({ model: 'posix', image: files.draw(random) });
      const left = new Submitters(new NodeDisk(cut), '/data', fail, 3);
      return keys.filter((one) => left.get(one) !== undefined);
    };
    const submit = async (one: string, pauseMs: number) => {
      all.set(one, ALPHA);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    };
    await submit(key(1), 100);
    await submit(key(2), 1_200);
    for (let cut = 0; cut < 30; cut += 1) expect(leftByCut([key(1), key(2)])).toHaveLength(2);
    // The file is written anew while the lines of before are being synced.
    for (let number = 3; number < 8; number += 1) await submit(key(number), 0);
    for (let cut = 0; cut < 30; cut += 1)
      expect(leftByCut([1, 2, 3, 4, 5, 6, 7].map(key)).length).toBeGreaterThan(1);
    all.close();
    for (let cut = 0; cut < 30; cut += 1) expect(leftByCut([5, 6, 7].map(key))).toHaveLength(3);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([failures, files.openHandles]).toEqual([[], 0]);
  });

  test('the oldest are forgotten, in memory and on disk', () => {
    const all = opened(3);
    for (let number = 0; number < 20; number += 1) {
      all.set(key(number), ALPHA);
      all.close();
    }
    expect([16, 17, 18, 19].map((number) => all.get(key(number)))).toEqual([
      undefined,
      ALPHA,
      ALPHA,
      ALPHA,
    ]);
    expect(lines().length).toBeLessThanOrEqual(6);
    expect(opened(3).get(key(17))).toEqual(ALPHA);
  });

  test('the file is written anew when it holds twice what is remembered', async () => {
    const all = opened(3);
    for (let number = 0; number < 7; number += 1) {
      all.set(key(number), ALPHA);
      await new Promise((resolve) => setImmediate(resolve));
    }
    all.close();
    expect(lines()).toHaveLength(3);
  });

  test.each([
    ['a torn end', '6300ff32 bra'],
    ['other text', 'what is this'],
    ['a mailbox that is none', '6300ff32 ALPHA! MTA'],
    ['an odd number of digits', '6300ff3 alpha MTA'],
    ['an escape that is none', '6300ff32 alpha %'],
    ['nothing', ''],
  ])('%s is passed over', (_, text) => {
    writeFileSync(path(), '6300ff31 alpha MTA%201\n');
    appendFileSync(path(), text);
    const all = opened();
    expect([all.get(key(1)), all.get(key(2))]).toEqual([ALPHA, undefined]);
    all.set(key(3), BRAVO);
    all.close();
    expect(lines()).toEqual(['6300ff31 alpha MTA%201', '6300ff33 bravo MTA-2']);
  });

  test('a disk that takes nothing is told of, and what is known stays known', async () => {
    const all = opened();
    rmSync(data, { recursive: true });
    all.set(key(1), ALPHA);
    await new Promise((resolve) => setImmediate(resolve));
    expect(failures).toEqual([expect.stringContaining('ENOENT')]);
    expect(all.get(key(1))).toEqual(ALPHA);
    all.close();
  });
});
