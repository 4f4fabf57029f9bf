/**
 * Fetched octets into files. A file gets its name when it is whole and on disk, so who watches the
 * folder never sees half of one; and never takes the place of another.
 *
 * Source: ours.
 */
import * as fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ConfigError } from '../base/errors.js';

/** Makes the folder and those above it where they are missing. Throws ConfigError. */
export function makeFolder(path: string): void {
  if (fs.existsSync(path)) return;
  if (dirname(path) !== path) makeFolder(dirname(path));
  try {
    // Not recursive: where a file system refuses with ENOENT, Node would try for ever.
    fs.mkdirSync(path);
  } catch (error) {
    throw new ConfigError(path, `cannot be made (${(error as NodeJS.ErrnoException).code})`);
  }
}

const isThere = (path: string) => new ConfigError(path, 'is there already');

/** Throws ConfigError where there is such a file. */
export function checkFree(path: string): void {
  if (fs.existsSync(path)) throw isThere(path);
}

/** Throws ConfigError where the file is there already, or cannot be written. */
export function saveFile(path: string, octets: Uint8Array): void {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.part`);
  try {
    const handle = fs.openSync(temporary, 'w');
    try {
      fs.writeFileSync(handle, octets);
      fs.fsyncSync(handle);
    } finally {
      fs.closeSync(handle);
    }
    // Unlike a rename, a link fails where the name is taken.
    fs.linkSync(temporary, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code === 'EEXIST' ? isThere(path) : new ConfigError(path, `cannot be written (${code})`);
  } finally {
    fs.rmSync(temporary, { force: true });
  }
  syncFolder(dirname(path));
}

function syncFolder(path: string): void {
  const handle = fs.openSync(path, 'r');
  try {
    fs.fsyncSync(handle);
  } finally {
    fs.closeSync(handle);
  }
}
