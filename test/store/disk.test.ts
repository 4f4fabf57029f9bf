/** What of the disk is more than one system call. The rest is tested with the store. */
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type FileCalls, NodeDisk } from '../../src/store/disk/disk.js';

test('a directory that another shard makes at the same moment is there', () => {
  const root = fs.mkdtempSync(join(tmpdir(), 'restante-disk-'));
  try {
    // The other comes between the look and the making.
    const existsSync = (path: string) => {
      const was = fs.existsSync(path);
      if (path.startsWith(join(root, 'data'))) fs.mkdirSync(path, { recursive: true });
      return was;
    };
    const calls: FileCalls = {
      ...fs,
      existsSync,
      syncFileSystem: async () => null,
      dispose: () => undefined,
    };
    const disk = new NodeDisk(calls);
    disk.makeDirectory(join(root, 'data', 'aa', 'alpha'));
    expect(fs.statSync(join(root, 'data', 'aa', 'alpha')).isDirectory()).toBe(true);
  } finally {
    fs.rmSync(root, { recursive: true, force: true });
  }
});

test.each([
  [1, 'the failure of an earlier life is told to the first who asks, and to nobody else', null],
  [2, 'a disk that cannot keep what is rewritten says so', 'EIO'],
] as const)('%i failed sync: %s', (failures, _why, code) => {
  const root = fs.mkdtempSync(join(tmpdir(), 'restante-disk-'));
  try {
    const path = join(root, 'segment');
    fs.writeFileSync(path, '0123456789');
    let left: number = failures;
    let written = 0;
    const calls: FileCalls = {
      ...fs,
      writeSync: (handle, octets, from, bytes, at) => {
        written += 1;
        return fs.writeSync(handle, octets, from, bytes, at);
      },
      fsyncSync: (handle) => {
        left -= 1;
        if (left >= 0) throw Object.assign(new Error('injected'), { code: 'EIO' });
        fs.fsyncSync(handle);
      },
      syncFileSystem: async () => null,
      dispose: () => undefined,
    };
    const rewrite = () => new NodeDisk(calls).rewrite(path, 4, 3);
    if (code === null) rewrite();
    else expect(rewrite).toThrow(expect.objectContaining({ code }));
    // Only what is written again after a failure is synced by the next.
    expect(written).toBe(2);
    expect(fs.readFileSync(path, 'latin1')).toBe('0123456789');
  } finally {
    fs.rmSync(root, { recursive: true, force: true });
  }
});
