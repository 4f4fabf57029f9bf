import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { NodeDisk } from '../../src/store/disk/disk.js';
import { lockDirectory } from '../../src/store/lock.js';

let folder: string;
const lock = (data: string) => lockDirectory(new NodeDisk(), data);

/** A process that locks the directory, says so, and stays until it is killed. */
async function holder(data: string): Promise<ChildProcess> {
  const at = (name: string) => new URL(`../../dist/store/${name}.js`, import.meta.url).href;
  const script = `
    import { NodeDisk } from ${JSON.stringify(at('disk/disk'))};
    import { lockDirectory } from ${JSON.stringify(at('lock'))};
    try {
      lockDirectory(new NodeDisk(), ${JSON.stringify(data)});
      process.stdout.write('mine');
      setInterval(() => undefined, 1_000);
    } catch (error) {
      process.stdout.write(error.message);
    }`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return child;
}

const wordOf = async (child: ChildProcess) =>
  String(((await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer])[0]);

describe('lock on a data directory', () => {
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'restante-lock-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('is had once, and again when it was released', () => {
    const data = join(folder, 'deep', 'data');
    const first = lock(data);
    expect(() => lock(data)).toThrow(`data: ${data} is in use by another store (process `);
    expect(() => lock(data)).toThrow(String(process.pid));
    first.release();
    lock(data).release();
  });

  test('is not left behind by a process that was killed', async () => {
    const child = await holder(folder);
    expect(await wordOf(child)).toBe('mine');
    expect(() => lock(folder)).toThrow(`process ${child.pid} `);
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    lock(folder).release();
  });

  test('of many processes at once, one has it', async () => {
    const children = await Promise.all(Array.from({ length: 6 }, () => holder(folder)));
    const words = await Promise.all(children.map(wordOf));
    expect(words.filter((word) => word === 'mine')).toHaveLength(1);
    expect(words.filter((word) => word.includes('in use by another store'))).toHaveLength(5);
    await Promise.all(
      children.map(async (child) => {
        if (child.exitCode !== null) return;
        const exited = once(child, 'exit');
        child.kill('SIGKILL');
        await exited;
      }),
    );
  });

  test('a directory that cannot be is said so', () => {
    writeFileSync(join(folder, 'file'), '');
    const data = join(folder, 'file', 'data');
    expect(() => lock(data)).toThrow(`data: ${data} cannot be written (ENOTDIR)`);
  });

  test('without flock there is no store', () => {
    const { PATH } = process.env;
    process.env.PATH = folder;
    try {
      expect(() => lock(folder)).toThrow('data: cannot be locked: the program flock');
    } finally {
      process.env.PATH = PATH;
    }
  });
});
