/**
 * The lock on a data directory: two stores must never run on one.
 *
 * It is a lock of the kernel on the open file `DATA/lock`, so it ends with the process however that
 * ends, no crash leaves one behind, and it holds between containers that share the volume. Node has
 * no call for it: flock(1) locks the open file that it inherits from us, and leaves it locked.
 *
 * The text of the file says who holds it, for people only.
 *
 * Source: ours; flock(2), flock(1) of util-linux and busybox.
 */
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { hostname } from 'node:os';
import { ConfigError } from '../base/errors.js';
import type { Disk } from './disk/disk.js';
import { lockFile } from './layout.js';

export interface DirectoryLock {
  release(): void;
}

/** What flock(1) ends with where somebody else holds the lock. */
const IS_LOCKED = 1;

/**
 * Makes the directory where it is missing, and locks it. Throws ConfigError where it is in use or
 * cannot be written.
 */
export function lockDirectory(disk: Disk, data: string): DirectoryLock {
  const handle = openLockFile(disk, data);
  try {
    const { error, status } = spawnSync('flock', ['-n', '3'], {
      stdio: ['ignore', 'ignore', 'ignore', handle],
    });
    if (error !== undefined) {
      throw new ConfigError('data', 'cannot be locked: the program flock is not installed');
    }
    if (status === IS_LOCKED) {
      throw new ConfigError('data', `${data} is in use by another store (${holder(data)})`);
    }
    if (status !== 0) throw new ConfigError('data', `${data} cannot be locked`);
    fs.ftruncateSync(handle);
    fs.writeSync(handle, `process ${process.pid} on ${hostname()}\n`, 0);
  } catch (error) {
    fs.closeSync(handle);
    throw error;
  }
  return { release: () => fs.closeSync(handle) };
}

function openLockFile(disk: Disk, data: string): number {
  try {
    disk.makeDirectory(data);
    // Neither truncated nor exclusive: the holder's text is to be read by those who come second.
    return fs.openSync(lockFile(data), fs.constants.O_RDWR | fs.constants.O_CREAT, 0o644);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError('data', `${data} cannot be written (${code})`);
  }
}

function holder(data: string): string {
  const text = fs.readFileSync(lockFile(data), 'utf8').trim();
  return text === '' ? 'which has just started' : text;
}
