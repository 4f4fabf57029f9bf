/** `restante check` and `restante rebuild` on a directory that a store has left. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../../src/cli/program.js';
import { ALL, BOX, deliver, newMessage, openSample } from '../store/samples.js';

let folder: string;
let config: string;
let data: string;

async function ran(...args: string[]) {
  const lines: string[] = [];
  const complaints: string[] = [];
  const code = await run([...args, '--config', config], {
    print: (line) => lines.push(line),
    complain: (line) => complaints.push(line),
    write: () => undefined,
  });
  return { code, lines, complaints };
}

describe('restante check', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'restante-check-'));
    config = join(folder, 'restante.yaml');
    data = join(folder, 'data');
    writeFileSync(config, 'data: data\n');
    const store = await openSample(data);
    for (let i = 0; i < 12; i += 1) await deliver(store, newMessage({ identifier: `${i}` }));
    await store.close();
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('says that all is well', async () => {
    const { code, lines } = await ran('check', '--read-all');
    expect(lines.join('\n')).toMatch(/compared with the index: 12 messages[\s\S]*read whole: 12 /);
    expect(code).toBe(0);
  });

  test('rebuilds the index, and the store shows the same', async () => {
    const { code, lines } = await ran('rebuild', '--json');
    const report = JSON.parse(lines.join('')) as { rebuiltMessages: number };
    expect([code, report.rebuiltMessages]).toEqual([0, 12]);
    const store = await openSample(data);
    expect([...store.mailbox(BOX).scan(ALL)]).toHaveLength(12);
    await store.close();
  });

  test('a damaged file is named, and the exit code says so', async () => {
    const file = readdirSync(data, { recursive: true, encoding: 'utf8' }).find((one) =>
      one.endsWith('0000000007n'),
    );
    const path = join(data, file ?? '');
    const octets = readFileSync(path);
    octets[octets.length - 20] = (octets[octets.length - 20] ?? 0) ^ 1;
    writeFileSync(path, octets);
    const { code, complaints } = await ran('check', '--read-all');
    expect(code).toBe(1);
    expect(complaints.join('\n')).toContain('0000000007n');
  });

  test('nobody checks under a store that runs', async () => {
    const { lockDirectory } = await import('../../src/store/lock.js');
    const { NodeDisk } = await import('../../src/store/disk/disk.js');
    const lock = lockDirectory(new NodeDisk(), data);
    const { code, complaints } = await ran('check');
    expect(code).toBe(2);
    expect(complaints).toHaveLength(1);
    lock.release();
  });
});
