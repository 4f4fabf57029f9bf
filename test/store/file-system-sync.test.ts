import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { NodeDisk } from '../../src/store/disk/disk.js';
import { FileSystemSync } from '../../src/store/disk/file-system-sync.js';

const PATH = process.env.PATH;
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "sync 'of $x\n"));
});
afterEach(() => {
  process.env.PATH = PATH;
});

/** Processes whose last argument is the directory, with their numbers. */
function shells(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return readFileSync(`/proc/${name}/cmdline`, 'utf8').endsWith(`\0sh\0${directory}\0`);
      } catch {
        return false;
      }
    })
    .map(Number);
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** A program named `sync` that does what is asked, first on the path. */
function fakeSync(script: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'bin-'));
  writeFileSync(join(folder, 'sync'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  process.env.PATH = `${folder}:${PATH}`;
}

test('one shell syncs as often as it is asked, answers in order, and ends when told', async () => {
  const sync = new FileSystemSync(directory);
  expect(await Promise.all([sync.run(), sync.run(), sync.run()])).toEqual([null, null, null]);
  expect(shells().length).toBe(1);
  expect(await sync.run()).toBe(null);
  sync.dispose();
  await until(() => shells().length === 0);
  expect(await sync.run()).toBe(null);
  sync.dispose();
});

test('a sync that fails tells its status, a missing one that it did not start', async () => {
  fakeSync('exit 3');
  const failing = new FileSystemSync(directory);
  expect(await failing.run()).toMatchObject({ code: 3 });
  failing.dispose();
  fakeSync('exit 127');
  const missing = new FileSystemSync(directory);
  expect(await missing.run()).toMatchObject({ code: 'ENOENT' });
  missing.dispose();
  process.env.PATH = mkdtempSync(join(tmpdir(), 'empty-'));
  const lost = new FileSystemSync(directory);
  expect(await lost.run()).toMatchObject({ code: 'ENOENT' });
  process.env.PATH = PATH;
  expect(await lost.run()).toBe(null);
  lost.dispose();
});

test('a shell that is killed has not synced; the next question starts another', async () => {
  fakeSync('exec sleep 100');
  const sync = new FileSystemSync(directory);
  const outcome = sync.run();
  await until(() => shells().length === 1);
  process.kill(shells()[0] ?? 0, 'SIGKILL');
  expect((await outcome)?.message).toBe('the shell that syncs has ended');
  process.env.PATH = PATH;
  expect(await sync.run()).toBe(null);
  sync.dispose();
});

test('no shell outlives a process that was killed, and none keeps one alive', async () => {
  const url = new URL('../../dist/store/disk/file-system-sync.js', import.meta.url).href;
  const run = (rest: string) =>
    spawn(process.execPath, [
      ...['--input-type=module', '-e'],
      `import { FileSystemSync } from ${JSON.stringify(url)};
       await new FileSystemSync(${JSON.stringify(directory)}).run();
       ${rest}`,
    ]);
  const killed = run('setInterval(() => undefined, 1000);');
  await until(() => shells().length === 1);
  killed.kill('SIGKILL');
  await until(() => shells().length === 0);
  expect(await once(run(''), 'exit')).toEqual([0, null]);
  await until(() => shells().length === 0);
});

test('paths are wanted until the file system has been synced, and again after a failure', async () => {
  const disk = new NodeDisk();
  expect(disk.needsPaths).toBe(true);
  await disk.syncAll(directory, []);
  expect(disk.needsPaths).toBe(false);
  disk.dispose();
  fakeSync('exit 127');
  // Nobody collected paths, so this cannot be made up for.
  await expect(disk.syncAll(directory, [])).rejects.toThrow();
  expect(disk.needsPaths).toBe(true);
  await disk.syncAll(directory, [directory]);
  expect(disk.needsPaths).toBe(true);
  disk.dispose();
});

test('a sync that fails in one thread is known to the others', async () => {
  const disk = new NodeDisk();
  const before = disk.failedSyncs;
  fakeSync('exit 1');
  const url = new URL('../../dist/store/disk/disk.js', import.meta.url).href;
  const worker = new Worker(
    `import(${JSON.stringify(url)}).then(async ({ NodeDisk }) => {
       const disk = new NodeDisk();
       await disk.syncAll(${JSON.stringify(directory)}, []).catch(() => undefined);
       require('node:worker_threads').parentPort.postMessage(disk.failedSyncs);
       disk.dispose();
     });`,
    { eval: true, env: { ...process.env } },
  );
  expect((await once(worker, 'message'))[0]).toBe(1);
  await until(() => disk.failedSyncs === before + 1);
  await worker.terminate();
});
