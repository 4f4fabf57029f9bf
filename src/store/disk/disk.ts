/**
 * The disk: the only file, beside the lock, that imports node:fs. Everything the store asks of a
 * file system goes through {@link Disk}, so that a twin can fail, lose or reorder it.
 *
 * Nothing here retries after a failed sync: the kernel may have dropped the pages.
 *
 * Source: ours.
 */
import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { type Clock, SYSTEM_CLOCK } from '../../base/clock.js';
import type { Pieces } from '../../base/octets.js';
import { FileSystemSync, foreignFailedSyncs } from './file-system-sync.js';

export type Done = (error: Error | null) => void;

export interface Disk {
  /** Creates a file of `bytes` zeros, synced, with its name synced; the handle is for writing. */
  preallocate(path: string, bytes: number): number;
  /** All pieces, at least one octet, at `position`; short writes are continued. */
  write(handle: number, pieces: Pieces, position: number, done: Done): void;
  /** The same, done on return. Throws what the disk throws. */
  writeNow(handle: number, pieces: Pieces, position: number): void;
  /**
   * `isAlone`: nobody else waits for the thread. On a disk that is quick it is kept then until the
   * sync is done, and `done` is called before the return: to wake another thread and to be woken by
   * it takes as long.
   */
  fdatasync(handle: number, done: Done, isAlone?: boolean): void;
  /** Of a file or directory. */
  fsync(handle: number, done: Done): void;
  close(handle: number): void;
  /** A new, empty file for writing; its name is not synced. */
  create(path: string): number;
  /** An existing file or directory, for reading and syncing. */
  open(path: string): number;
  /** Exactly `bytes` octets from `position`. Throws where the file ends before. */
  read(handle: number, bytes: number, position: number): Buffer;
  /** Octets that are there, written once more, and synced. */
  rewrite(path: string, bytes: number, position: number): void;
  /** Octets of a file that is there, from `position` on, which is its end; not synced. */
  append(path: string, octets: Uint8Array, position: number): void;
  /** Whole file, not synced. */
  writeFile(path: string, octets: Uint8Array): void;
  /** Whole file; null where there is none. */
  readFile(path: string): Uint8Array | null;
  /**
   * Octets of a file from its start, as many as there are and have room in `octets`; how many, or
   * null where there is no file.
   */
  readInto(path: string, octets: Uint8Array): number | null;
  /** At most `bytes` from the start, in `room` where it is given; null where there is none. */
  readFront(path: string, bytes: number, room?: Buffer): Uint8Array | null;
  /** False where there is no file `from`. */
  rename(from: string, to: string): boolean;
  /** False, and no error, where there is none. */
  unlink(path: string): boolean;
  removeTree(path: string): void;
  /** Names; none where there is no directory. */
  readdir(path: string): string[];
  /** With all parents; each new one's parent is synced. */
  makeDirectory(path: string): void;
  /** With all parents, not synced. */
  addDirectory(path: string): void;
  syncFile(path: string): void;
  syncDirectory(path: string): void;
  /**
   * Syncs of the whole file system that failed, whoever asked for them: the next one succeeds, and
   * tells nobody else what the failed one has lost.
   */
  readonly failedSyncs: number;
  /** Whether the next {@link syncAll} needs its paths: the file system has not been synced yet. */
  readonly needsPaths: boolean;
  /**
   * Everything written to the file system of `directory`; where there is no way to do that, `paths`
   * one by one. Rejects where a sync failed: then nobody knows what of it all is on disk.
   */
  syncAll(directory: string, paths: Iterable<string>): Promise<void>;
  /** Ends what was started for the syncs. */
  dispose(): void;
}

/**
 * The calls of the system that {@link NodeDisk} makes, as node:fs spells them. A twin that stands
 * here sees every single sync, and what is composed of them is tested with it.
 */
export interface FileCalls {
  openSync(path: string, flags: 'r' | 'r+' | 'w'): number;
  closeSync(handle: number): void;
  readSync(handle: number, into: Uint8Array, from: number, bytes: number, at: number): number;
  writeSync(handle: number, octets: Uint8Array, from: number, bytes: number, at: number): number;
  writev(handle: number, pieces: Uint8Array[], at: number, done: Written): void;
  fsyncSync(handle: number): void;
  fsync(handle: number, done: Done): void;
  fdatasync(handle: number, done: Done): void;
  fdatasyncSync(handle: number): void;
  readFileSync(path: string): Uint8Array;
  writeFileSync(path: string, octets: Uint8Array): void;
  renameSync(from: string, to: string): void;
  unlinkSync(path: string): void;
  rmSync(path: string, options: { readonly recursive: true; readonly force: true }): void;
  readdirSync(path: string): string[];
  existsSync(path: string): boolean;
  mkdirSync(path: string, options?: { readonly recursive: true }): void;
  /** syncfs: all of the file system that holds `directory`. Resolves with what went wrong. */
  syncFileSystem(directory: string): Promise<Error | null>;
  /** Of other threads, and of the same file systems. */
  foreignFailedSyncs?(): number;
  /** Ends what {@link syncFileSystem} has started. */
  dispose(): void;
}

type Written = (error: Error | null, written: number) => void;

function nodeCalls(): FileCalls {
  const syncs = new Map<string, FileSystemSync>();
  return {
    ...fs,
    syncFileSystem: (directory) => {
      const sync = syncs.get(directory) ?? new FileSystemSync(directory);
      syncs.set(directory, sync);
      return sync.run();
    },
    foreignFailedSyncs,
    dispose: () => {
      for (const sync of syncs.values()) sync.dispose();
      syncs.clear();
    },
  };
}

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
/** A disk whose last sync took less is quick: a solid-state disk, or a cache with a battery. */
const SYNC_NOW_MAX_MS = 1;

export class NodeDisk implements Disk {
  readonly #files: FileCalls;
  readonly #clock: Clock;
  needsPaths = true;
  #failedSyncs = 0;
  /** How long the last fdatasync took. */
  #fdatasyncMs = Number.POSITIVE_INFINITY;
  /** Directories whose names this process has synced. */
  readonly #made = new Set<string>();

  /** `clock` tells which disk is quick. */
  constructor(files: FileCalls = nodeCalls(), clock: Clock = SYSTEM_CLOCK) {
    this.#files = files;
    this.#clock = clock;
  }

  get failedSyncs(): number {
    return this.#failedSyncs + (this.#files.foreignFailedSyncs?.() ?? 0);
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

  writeNow(handle: number, pieces: Pieces, position: number): void {
    let end = position;
    for (const piece of pieces) {
      for (let at = 0; at < piece.length; ) {
        const count = this.#files.writeSync(handle, piece, at, piece.length - at, end);
        if (count === 0) throw new Error('nothing was written');
        at += count;
        end += count;
      }
    }
  }

  fdatasync(handle: number, done: Done, isAlone = false): void {
    const startMs = this.#clock.monotonicMs();
    const finish = (error: Error | null) => {
      this.#fdatasyncMs = this.#clock.monotonicMs() - startMs;
      done(error);
    };
    if (isAlone && this.#fdatasyncMs < SYNC_NOW_MAX_MS) finish(this.#fdatasyncNow(handle));
    else this.#files.fdatasync(handle, finish);
  }

  #fdatasyncNow(handle: number): Error | null {
    try {
      this.#files.fdatasyncSync(handle);
      return null;
    } catch (error) {
      return error as Error;
    }
  }

  fsync(handle: number, done: Done): void {
    this.#files.fsync(handle, done);
  }

  create(path: string): number {
    return this.#files.openSync(path, 'w');
  }

  open(path: string): number {
    return this.#files.openSync(path, 'r');
  }

  read(handle: number, bytes: number, position: number): Buffer {
    const octets = Buffer.allocUnsafeSlow(bytes);
    for (let at = 0; at < bytes; ) {
      const count = this.#files.readSync(handle, octets, at, bytes - at, position + at);
      if (count === 0) throw new Error('the file ends before what is to be read');
      at += count;
    }
    return octets;
  }

  rewrite(path: string, bytes: number, position: number): void {
    const handle = this.#files.openSync(path, 'r+');
    try {
      const octets = this.read(handle, bytes, position);
      this.writeNow(handle, [octets], position);
      try {
        this.#files.fsyncSync(handle);
      } catch {
        // That may be the failure of an earlier life, told to the first who asks.
        this.writeNow(handle, [octets], position);
        this.#files.fsyncSync(handle);
      }
    } finally {
      this.#files.closeSync(handle);
    }
  }

  append(path: string, octets: Uint8Array, position: number): void {
    const handle = this.#files.openSync(path, 'r+');
    try {
      this.writeNow(handle, [octets], position);
    } finally {
      this.#files.closeSync(handle);
    }
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

  readInto(path: string, octets: Uint8Array): number | null {
    const handle = orNull(() => this.#files.openSync(path, 'r'));
    if (handle === null) return null;
    try {
      let end = 0;
      for (let count = 1; count > 0 && end < octets.length; end += count) {
        count = this.#files.readSync(handle, octets, end, octets.length - end, end);
      }
      return end;
    } finally {
      this.#files.closeSync(handle);
    }
  }

  readFront(path: string, bytes: number, room = Buffer.allocUnsafe(bytes)): Uint8Array | null {
    const handle = orNull(() => this.#files.openSync(path, 'r'));
    if (handle === null) return null;
    try {
      return room.subarray(0, this.#files.readSync(handle, room, 0, bytes, 0));
    } finally {
      this.#files.closeSync(handle);
    }
  }

  rename(from: string, to: string): boolean {
    return orNull(() => this.#files.renameSync(from, to)) !== null;
  }

  unlink(path: string): boolean {
    return orNull(() => this.#files.unlinkSync(path)) !== null;
  }

  removeTree(path: string): void {
    for (const made of this.#made) if (`${made}/`.startsWith(`${path}/`)) this.#made.delete(made);
    this.#files.rmSync(path, { recursive: true, force: true });
  }

  readdir(path: string): string[] {
    return orNull(() => this.#files.readdirSync(path)) ?? [];
  }

  makeDirectory(path: string): void {
    if (this.#made.has(path)) return;
    const parent = dirname(path);
    if (this.#files.existsSync(path)) this.#syncParentOfOther(parent);
    else {
      this.makeDirectory(parent);
      // Another shard may have come first: mailboxes of several shards lie in one directory.
      this.#files.mkdirSync(path, { recursive: true });
      this.syncDirectory(parent);
    }
    this.#made.add(path);
  }

  /** It may be from a process that was killed before it came to the sync. */
  #syncParentOfOther(parent: string): void {
    try {
      this.syncDirectory(parent);
    } catch (error) {
      // Where we may not read, we made nothing.
      if (codeOf(error) !== 'EACCES') throw error;
    }
  }

  addDirectory(path: string): void {
    this.#files.mkdirSync(path, { recursive: true });
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

  dispose(): void {
    this.#files.dispose();
  }

  async syncAll(directory: string, paths: Iterable<string>): Promise<void> {
    const isTold = this.needsPaths;
    const problem = await this.#files.syncFileSystem(directory);
    this.needsPaths = problem !== null;
    if (problem === null) return;
    // A `sync` that could not be started may be made up for, by who knows the paths; one that
    // failed is final.
    try {
      if (!isTold || typeof (problem as { code?: unknown }).code !== 'string') throw problem;
      for (const path of paths) this.syncFile(path);
    } catch (error) {
      this.#failedSyncs += 1;
      throw error;
    }
  }
}

/** A small file, replaced at once or not at all: temporary name, sync, rename, directory sync. */
export function replaceFile(disk: Disk, path: string, octets: Uint8Array): void {
  // What an earlier try has left may owe an error to the next sync of it.
  disk.unlink(`${path}.tmp`);
  disk.writeFile(`${path}.tmp`, octets);
  disk.syncFile(`${path}.tmp`);
  if (!disk.rename(`${path}.tmp`, path)) throw new Error(`${path}.tmp is not there any more`);
  disk.syncDirectory(dirname(path));
}
