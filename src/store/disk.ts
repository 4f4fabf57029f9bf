/**
 * The disk: the only file, beside the lock, that imports node:fs. Everything the store asks of a
 * file system goes through {@link Disk}, so that a twin can fail, lose or reorder it.
 *
 * Nothing here retries after a failed sync: the kernel may have dropped the pages.
 *
 * Source: ours.
 */
import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import { dirname } from 'node:path';
import type { Pieces } from '../base/octets.js';

export type Done = (error: Error | null) => void;

export interface Disk {
  /** Creates a file of `bytes` zeros, synced, with its name synced; the handle is for writing. */
  preallocate(path: string, bytes: number): number;
  /** All pieces, at least one octet, at `position`; short writes are continued. */
  write(handle: number, pieces: Pieces, position: number, done: Done): void;
  fdatasync(handle: number, done: Done): void;
  close(handle: number): void;
  /** Whole file, not synced. */
  writeFile(path: string, octets: Uint8Array): void;
  /** Whole file; null where there is none. */
  readFile(path: string): Uint8Array | null;
  /** At most `bytes` from the start; null where there is none. */
  readFront(path: string, bytes: number): Uint8Array | null;
  rename(from: string, to: string): void;
  /** No error where there is none. */
  unlink(path: string): void;
  removeTree(path: string): void;
  /** Names; none where there is no directory. */
  readdir(path: string): string[];
  /** With all parents; each new one's parent is synced. */
  makeDirectory(path: string): void;
  syncFile(path: string): void;
  syncDirectory(path: string): void;
  /** Everything written to the file system of `directory`; where that fails, `paths` one by one. */
  syncAll(directory: string, paths: Iterable<string>): Promise<void>;
}

/**
 * The calls of the system that {@link NodeDisk} makes, as node:fs spells them. A twin that stands
 * here sees every single sync, and what is composed of them is tested with it.
 */
export interface FileCalls {
  openSync(path: string, flags: 'r' | 'w'): number;
  closeSync(handle: number): void;
  readSync(handle: number, into: Uint8Array, from: number, bytes: number, at: number): number;
  writeSync(handle: number, octets: Uint8Array, from: number, bytes: number, at: number): number;
  writev(handle: number, pieces: Uint8Array[], at: number, done: Written): void;
  fsyncSync(handle: number): void;
  fdatasync(handle: number, done: Done): void;
  readFileSync(path: string): Uint8Array;
  writeFileSync(path: string, octets: Uint8Array): void;
  renameSync(from: string, to: string): void;
  unlinkSync(path: string): void;
  rmSync(path: string, options: { readonly recursive: true; readonly force: true }): void;
  readdirSync(path: string): string[];
  existsSync(path: string): boolean;
  mkdirSync(path: string, options: { readonly recursive: true }): void;
  /** syncfs: all of the file system that holds `directory`. Resolves with what went wrong. */
  syncFileSystem(directory: string): Promise<Error | null>;
}

type Written = (error: Error | null, written: number) => void;

const NODE_CALLS: FileCalls = {
  ...fs,
  syncFileSystem: (directory) =>
    new Promise((resolve) => execFile('sync', ['-f', directory], (error) => resolve(error))),
};

function codeOf(error: unknown): string {
  return error instanceof Error ? String((error as NodeJS.ErrnoException).code) : '';
}

function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

const ZEROS = new Uint8Array(1 << 20);

export class NodeDisk implements Disk {
  readonly #files: FileCalls;

  constructor(files: FileCalls = NODE_CALLS) {
    this.#files = files;
  }

  preallocate(path: string, bytes: number): number {
    const handle = this.#files.openSync(path, 'w');
    try {
      for (let at = 0; at < bytes; ) {
        at += this.#files.writeSync(handle, ZEROS, 0, Math.min(ZEROS.length, bytes - at), at);
      }
      this.#files.fsyncSync(handle);
      this.syncDirectory(dirname(path));
    } catch (error) {
      this.#files.closeSync(handle);
      throw error;
    }
    return handle;
  }

  write(handle: number, pieces: Pieces, position: number, done: Done): void {
    const left = pieces.filter((piece) => piece.length > 0);
    const some = left.slice(0, 1_000);
    this.#files.writev(handle, some, position, (error, written) => {
      if (error !== null || written === 0) {
        done(error ?? new Error('nothing was written'));
        return;
      }
      let rest = written;
      let first = 0;
      while (first < left.length && rest >= (left[first]?.length ?? 0)) {
        rest -= left[first]?.length ?? 0;
        first += 1;
      }
      const remaining = left.slice(first);
      if (remaining[0] !== undefined && rest > 0) remaining[0] = remaining[0].subarray(rest);
      if (remaining.length === 0) done(null);
      else this.write(handle, remaining, position + written, done);
    });
  }

  fdatasync(handle: number, done: Done): void {
    this.#files.fdatasync(handle, done);
  }

  close(handle: number): void {
    this.#files.closeSync(handle);
  }

  writeFile(path: string, octets: Uint8Array): void {
    this.#files.writeFileSync(path, octets);
  }

  readFile(path: string): Uint8Array | null {
    return orNull(() => this.#files.readFileSync(path));
  }

  readFront(path: string, bytes: number): Uint8Array | null {
    const handle = orNull(() => this.#files.openSync(path, 'r'));
    if (handle === null) return null;
    try {
      const octets = Buffer.allocUnsafe(bytes);
      return octets.subarray(0, this.#files.readSync(handle, octets, 0, bytes, 0));
    } finally {
      this.#files.closeSync(handle);
    }
  }

  rename(from: string, to: string): void {
    this.#files.renameSync(from, to);
  }

  unlink(path: string): void {
    orNull(() => this.#files.unlinkSync(path));
  }

  removeTree(path: string): void {
    this.#files.rmSync(path, { recursive: true, force: true });
  }

  readdir(path: string): string[] {
    return orNull(() => this.#files.readdirSync(path)) ?? [];
  }

  makeDirectory(path: string): void {
    if (this.#files.existsSync(path)) return;
    this.makeDirectory(dirname(path));
    this.#files.mkdirSync(path, { recursive: true });
    this.syncDirectory(dirname(path));
  }

  syncFile(path: string): void {
    const handle = orNull(() => this.#files.openSync(path, 'r'));
    if (handle === null) return;
    try {
      this.#files.fsyncSync(handle);
    } finally {
      this.#files.closeSync(handle);
    }
  }

  syncDirectory(path: string): void {
    this.syncFile(path);
  }

  async syncAll(directory: string, paths: Iterable<string>): Promise<void> {
    const problem = await this.#files.syncFileSystem(directory);
    if (problem === null) return;
    // A `sync` that could not be started may be made up for; one that failed is final.
    if (typeof (problem as { code?: unknown }).code !== 'string') throw problem;
    for (const path of paths) this.syncFile(path);
  }
}

/** A small file, replaced at once or not at all: temporary name, sync, rename, directory sync. */
export function replaceFile(disk: Disk, path: string, octets: Uint8Array): void {
  disk.writeFile(`${path}.tmp`, octets);
  disk.syncFile(`${path}.tmp`);
  disk.rename(`${path}.tmp`, path);
  disk.syncDirectory(dirname(path));
}
