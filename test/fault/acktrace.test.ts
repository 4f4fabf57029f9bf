/**
 * The order of things as the kernel saw it: no delivery is answered before the journal that holds
 * it is synced. CRASH_DELIVERIES sets the length.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { composeDelivery, MtaLink } from '../../src/client/index.js';
import { markOf, provenAnswers, TRACED_CALLS } from '../support/acktrace.js';
import { addressOf, mtaAt, testServer } from '../support/server.js';
import { HAS_STRACE, WHY_WITHOUT_STRACE } from '../support/strace.js';

const LINKS = 8;
const SMALL_SEGMENTS = 'store: { journalSegmentBytes: 1048576 }';
const DELIVERIES = Number(process.env.CRASH_DELIVERIES ?? 400);

/** Waits for each answer before it sends the next. */
async function deliverOneByOne(port: number, link: number, count: number): Promise<void> {
  const mta = await MtaLink.connect(mtaAt(port));
  for (let i = 0; i < count; i += 1) {
    await mta.deliver(
      composeDelivery({
        recipient: addressOf(`trace-${i % 2}`),
        originator: addressOf('sender'),
        contentType: '2.6.3.3.0',
        content: Buffer.from(`${markOf(link, i)}${'.'.repeat(200)}`),
        localIdentifier: `${link}.${i}`,
      }),
    );
  }
  await mta.unbind();
}

/** The tracer is no parent of the server, and may still write when that has ended. */
async function wholeTrace(file: string): Promise<string> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const trace = readFileSync(file, 'latin1');
    const first = /^\d+/.exec(trace)?.[0];
    if (first !== undefined && trace.trimEnd().endsWith('+++')) return trace;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the trace has no end');
}

test.skipIf(!HAS_STRACE)(
  `${DELIVERIES} answers, each after its sync${WHY_WITHOUT_STRACE}`,
  {
    timeout: 60_000 + DELIVERIES * 100,
  },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'restante-trace-'));
    const file = join(folder, 'trace');
    const calls = `trace=${TRACED_CALLS.join(',')}`;
    const strace = ['strace', '-D', '-f', '-yy', '-s', '65536', '-e', calls, '-e', 'signal=none'];
    const server = await testServer(['trace-0', 'trace-1'], SMALL_SEGMENTS, [
      ...strace,
      '-o',
      file,
    ]);
    try {
      await server.start();
      const each = Math.ceil(DELIVERIES / LINKS);
      await Promise.all(
        Array.from({ length: LINKS }, (_, link) => deliverOneByOne(server.port, link, each)),
      );
      await server.stop();
      const trace = await wholeTrace(file);
      const report = provenAnswers(trace);
      console.log({ ...report, unproven: report.unproven.length });
      expect(report.unproven).toEqual([]);
      expect(report.proven).toBe(each * LINKS);
      expect(report.received).toBe(each * LINKS);
      // The witness is no friend: without the syncs it believes nothing.
      const lying = trace.replaceAll(/^.*\b(fdatasync|fsync)\b.*$/gm, '');
      expect(provenAnswers(lying).unproven.length).toBe(each * LINKS);
    } finally {
      await server.dispose();
      rmSync(folder, { recursive: true, force: true });
    }
  },
);

const SOCKET = '9<TCP:[127.0.0.1:102->127.0.0.1:5000]>';
const SEGMENT = '7</data/shards/0/journal/0000000001.journal>';
const READ = `1 read(${SOCKET}, "..<<mark-1-1>>..", 65536) = 16`;
const WRITE = `2 pwritev(${SEGMENT}, [{iov_base="<<mark-1-1>>", iov_len=12}], 1, 0) = 12`;
const SYNC = `2 fdatasync(${SEGMENT}) = 0`;
const ANSWER = `1 write(${SOCKET}, "ok", 2) = 2`;

test.each([
  ['in order', [READ, WRITE, SYNC, ANSWER], 1],
  ['answered before the sync', [READ, WRITE, ANSWER, SYNC], 0],
  ['synced before it was written', [READ, SYNC, WRITE, ANSWER], 0],
  ['never written', [READ, SYNC, ANSWER], 0],
  ['a sync that failed', [READ, WRITE, `2 fdatasync(${SEGMENT}) = -1 EIO (error)`, ANSWER], 0],
  [
    'a sync that began before the write',
    [
      READ,
      `2 fdatasync(${SEGMENT} <unfinished ...>`,
      WRITE.replace('2', '3'),
      '2 <... fdatasync resumed>) = 0',
      ANSWER,
    ],
    0,
  ],
  [
    'a sync that ended after the answer began',
    [
      READ,
      WRITE,
      `2 fdatasync(${SEGMENT} <unfinished ...>`,
      ANSWER,
      '2 <... fdatasync resumed>) = 0',
    ],
    0,
  ],
  [
    'calls in two halves',
    [
      `1 read(${SOCKET},  <unfinished ...>`,
      `2 fdatasync(${SEGMENT}) = 0`,
      '1 <... read resumed>"..<<mark-1-1>>..", 65536) = 16',
      WRITE,
      `2 fdatasync(${SEGMENT} <unfinished ...>`,
      '2 <... fdatasync resumed>) = 0',
      ANSWER,
    ],
    1,
  ],
])('the witness: %s', (_, lines, proven) => {
  const report = provenAnswers(lines.join('\n'));
  expect([report.proven, report.unproven.length]).toEqual([proven, 1 - proven]);
});
