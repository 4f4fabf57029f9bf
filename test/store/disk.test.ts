/** What of the disk is more than one system call. The rest is tested with the store. */
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type FileCalls, NodeDisk } from '../../src/store/disk.js';

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
