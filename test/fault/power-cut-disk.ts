/**
 * A file system in memory, below {@link NodeDisk}, that keeps what was written and what was synced
 * apart, for data and for names. At any moment it yields {@link Image}s: what a cut of the power
 * would leave, drawn from a seed.
 *
 * Each call can be told to fail, and each sync can be told to lie, by its label: the call, and
 * which of the store's paths it was for.
 *
 * Source: POSIX.1-2017 fsync, rename; ext4 in its default mode for the milder model.
 */
import { dirname } from 'node:path';
import type { Clock } from '../../src/base/clock.js';
import type { Random } from '../../src/base/random.js';
import { type Done, type FileCalls, NodeDisk } from '../../src/store/disk/disk.js';
import {
  applyNames,
  type CutModel,
  DirectoryNode,
  FileNode,
  type MemoryNode,
  type NameChange,
} from './memory-node.js';

/** What is on a disk, by path. */
export interface Image {
  readonly directories: readonly string[];
  readonly files: ReadonlyMap<string, Uint8Array>;
}

export const EMPTY_IMAGE: Image = { directories: [], files: new Map() };

export interface PowerCutOptions {
  readonly model: CutModel;
  readonly image?: Image;
  /** Where there is no syncfs, files and directories are synced one by one. */
  readonly hasSyncfs?: boolean;
  /** Before each change and each sync. */
  readonly onStep?: (label: string) => void;
  /** Labels of syncs that report success and do nothing. */
  readonly lies?: (label: string) => boolean;
  /** What a call fails with; null where it goes well. */
  readonly fault?: (label: string) => Error | null;
  /** Octets that files may have in all. */
  readonly roomBytes?: () => number;
  /** Octets that a write takes at most; the rest is for the next. */
  readonly shortWrite?: (label: string) => number | null;
}

export function systemError(code: string, path = ''): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: injected, ${path}`), { code });
}

const KINDS: readonly (readonly [RegExp, string])[] = [
  [/\/\d{10}[nlp]$/, 'message file'],
  [/\.journal$/, 'segment'],
  [/\/journal$/, 'journal directory'],
  [/\/shards\/\d+$/, 'shard directory'],
  [/\/position(\.tmp)?$/, 'position'],
  [/\/shards$/, 'shards directory'],
  [/\/mailboxes$/, 'mailboxes directory'],
  [/\/mailboxes\/[0-9a-f]{2}$/, 'fan directory'],
  [/\/mailboxes\/[^/]+\/[^/]+$/, 'mailbox directory'],
  [/\/in$/, 'in directory'],
  [/\/in\/\d+$/, 'bucket directory'],
  [/\/store\.json(\.tmp)?$/, 'store.json'],
  [/\/mailbox\.json(\.tmp)?$/, 'mailbox.json'],
];

/** Which of the store's paths it is. */
export function kindOf(path: string): string {
  return KINDS.find(([pattern]) => pattern.test(path))?.[1] ?? 'data directory';
}

interface Handle {
  readonly node: MemoryNode;
  readonly path: string;
}

const split = (path: string) => path.split('/').filter((part) => part !== '');

export class MemoryFiles implements FileCalls {
  readonly #options: PowerCutOptions;
  readonly #root = new DirectoryNode();
  readonly #handles = new Map<number, Handle>();
  #nextHandle = 3;
  #names: NameChange[] = [];
  /** Before the label of every call: what the store is doing. */
  phase = '';
  /** Labels of the syncs there were. */
  readonly syncs = new Set<string>();

  constructor(options: PowerCutOptions) {
    this.#options = options;
    const { directories, files } = options.image ?? EMPTY_IMAGE;
    for (const path of directories) this.#plant(path, new DirectoryNode());
    for (const [path, octets] of files) this.#plant(path, new FileNode(octets.slice()));
  }

  /** Handles that nobody closed. */
  get openHandles(): number {
    return this.#handles.size;
  }

  /** Octets of all files. */
  get bytes(): number {
    let bytes = 0;
    this.#eachFile((file) => {
      bytes += file.now.length;
    });
    return bytes;
  }

  /** As it is to those who run: what a kill leaves. */
  image(): Image {
    return this.#walk(
      (directory) => directory.now,
      (file) => file.now.slice(),
    );
  }

  /** What a cut of the power may leave. */
  draw(random: Random): Image {
    const { model } = this.#options;
    const fate = random.below(4);
    const front = random.below(this.#names.length + 1);
    const kept = new Map<DirectoryNode, Map<string, MemoryNode>>();
    for (const [i, { directory, names }] of this.#names.entries()) {
      const isLeft =
        fate === 0 || (fate < 3 || model === 'ext4' ? i < front : random.below(2) === 0);
      if (!isLeft) continue;
      const map = kept.get(directory) ?? new Map(directory.kept);
      kept.set(directory, map);
      applyNames(map, names);
    }
    return this.#walk(
      (directory) => kept.get(directory) ?? directory.kept,
      (file) => file.draw(random, model),
    );
  }

  openSync(path: string, flags: 'r' | 'r+' | 'w'): number {
    this.#call('open', path);
    if (flags === 'w') this.#create(path);
    const node = this.#find(path);
    if (node === null) throw systemError('ENOENT', path);
    const handle = this.#nextHandle;
    this.#nextHandle += 1;
    this.#handles.set(handle, { node, path });
    return handle;
  }

  closeSync(handle: number): void {
    if (!this.#handles.delete(handle)) throw systemError('EBADF');
  }

  readSync(handle: number, into: Uint8Array, from: number, bytes: number, at: number): number {
    const { file, path } = this.#fileOf(handle);
    this.#call('read', path);
    const octets = file.now.subarray(at, at + bytes);
    into.set(octets, from);
    return octets.length;
  }

  writeSync(handle: number, octets: Uint8Array, from: number, bytes: number, at: number): number {
    const { file, path } = this.#fileOf(handle);
    const label = this.#call('write', path);
    const some = Math.min(bytes, this.#options.shortWrite?.(label) ?? bytes);
    this.#grow(file, at + some, path);
    file.write(octets.subarray(from, from + some), at);
    return some;
  }

  writev(
    handle: number,
    pieces: Uint8Array[],
    at: number,
    done: (error: Error | null, written: number) => void,
  ): void {
    setImmediate(() => {
      try {
        const octets = Buffer.concat(pieces);
        done(null, this.writeSync(handle, octets, 0, octets.length, at));
      } catch (error) {
        done(error as Error, 0);
      }
    });
  }

  fsyncSync(handle: number): void {
    const { node, path } = this.#handleOf(handle);
    this.#sync('fsync', path, node);
  }

  fdatasyncSync(handle: number): void {
    const { node, path } = this.#handleOf(handle);
    this.#sync('fdatasync', path, node);
  }

  fdatasync(handle: number, done: Done): void {
    setImmediate(() => {
      try {
        this.fdatasyncSync(handle);
        done(null);
      } catch (error) {
        done(error as Error);
      }
    });
  }

  fsync(handle: number, done: Done): void {
    setImmediate(() => {
      try {
        this.fsyncSync(handle);
        done(null);
      } catch (error) {
        done(error as Error);
      }
    });
  }

  readFileSync(path: string): Uint8Array {
    this.#call('read', path);
    const node = this.#find(path);
    if (node?.kind !== 'file') throw systemError(node === null ? 'ENOENT' : 'EISDIR', path);
    return node.now.slice();
  }

  /** Opens, cuts to nothing, writes: three moments, as it is in fact. */
  writeFileSync(path: string, octets: Uint8Array): void {
    this.#call('open', path);
    const file = this.#create(path);
    const label = this.#call('write', path);
    const some = this.#options.shortWrite?.(label) ?? octets.length;
    this.#grow(file, octets.length, path);
    file.write(octets.subarray(0, some), 0);
    if (some < octets.length) this.#call('write', path);
    file.write(octets.subarray(some), some);
  }

  renameSync(from: string, to: string): void {
    this.#call('rename', to);
    const node = this.#find(from);
    const [directory, name] = this.#parent(from);
    const [target, newName] = this.#parent(to);
    if (node === null) throw systemError('ENOENT', from);
    if (directory === target) {
      this.#change(directory, [
        [newName, node],
        [name, null],
      ]);
      return;
    }
    // Between directories each name goes its own way.
    this.#change(target, [[newName, node]]);
    this.#change(directory, [[name, null]]);
  }

  unlinkSync(path: string): void {
    this.#call('unlink', path);
    if (this.#find(path)?.kind !== 'file') throw systemError('ENOENT', path);
    const [directory, name] = this.#parent(path);
    this.#change(directory, [[name, null]]);
  }

  rmSync(path: string): void {
    const node = this.#find(path);
    if (node === null) return;
    if (node.kind === 'directory')
      for (const name of node.now.keys()) this.rmSync(`${path}/${name}`);
    this.#call('unlink', path);
    const [directory, name] = this.#parent(path);
    this.#change(directory, [[name, null]]);
  }

  readdirSync(path: string): string[] {
    this.#call('readdir', path);
    const node = this.#find(path);
    if (node?.kind !== 'directory') throw systemError(node === null ? 'ENOENT' : 'ENOTDIR', path);
    return [...node.now.keys()].sort();
  }

  existsSync(path: string): boolean {
    return this.#find(path) !== null;
  }

  mkdirSync(path: string, options?: { readonly recursive: true }): void {
    const isThere = this.#find(path) !== null;
    if (isThere && options === undefined) throw systemError('EEXIST', path);
    if (isThere) return;
    if (options !== undefined) this.mkdirSync(dirname(path), options);
    this.#call('mkdir', path);
    const [directory, name] = this.#parent(path);
    this.#change(directory, [[name, new DirectoryNode()]]);
  }

  async syncFileSystem(): Promise<Error | null> {
    if (this.#options.hasSyncfs === false) return systemError('ENOENT', 'sync');
    try {
      this.#sync('syncfs', '', this.#root);
      return null;
    } catch (error) {
      // As execFile tells of a program that ran and failed: its exit status.
      return Object.assign(error as Error, { code: 1 });
    }
  }

  dispose(): void {
    // Nothing was started.
  }

  #sync(call: string, path: string, node: MemoryNode): void {
    const label = this.#call(call, path, () => this.#forsake(call, node));
    this.syncs.add(label);
    if (this.#options.lies?.(label) === true) return;
    const isExt4 = this.#options.model === 'ext4';
    if (node.kind === 'file') {
      if (node.owesError) {
        node.owesError = false;
        node.failSync();
        throw systemError('EIO', path);
      }
      if (isExt4 && (call === 'fsync' || node.hasNewSize)) this.#keepNames(() => true);
      node.sync();
    } else if (call === 'syncfs') {
      this.#keepNames(() => true);
      this.#eachFile((file) => file.sync());
    } else {
      this.#keepNames((change) => isExt4 || change.directory === node);
    }
  }

  /**
   * The data that a failed sync was to write may be on disk or not, and no later sync brings it
   * there. Names stay with the kernel: file systems with a journal write them again, or stop.
   */
  #forsake(call: string, node: MemoryNode): void {
    if (node.kind === 'file') node.failSync();
    else if (call === 'syncfs')
      this.#eachFile((file) => {
        if (!file.isDirty) return;
        file.failSync();
        file.owesError = true;
      });
  }

  #keepNames(isSynced: (change: NameChange) => boolean): void {
    this.#names = this.#names.filter((change) => {
      if (!isSynced(change)) return true;
      applyNames(change.directory.kept, change.names);
      return false;
    });
  }

  /** Also files that have no name any more: those that hold them open may go on writing. */
  #eachFile(act: (file: FileNode) => void): void {
    const visit = (node: MemoryNode): void => {
      if (node.kind === 'file') act(node);
      else for (const child of node.now.values()) visit(child);
    };
    visit(this.#root);
    for (const { node } of this.#handles.values()) if (node.kind === 'file') act(node);
  }

  #call(call: string, path: string, failed?: () => void): string {
    const label = `${this.phase}${call} ${call === 'syncfs' ? 'everything' : kindOf(path)}`;
    if (!call.startsWith('read') && call !== 'open') this.#options.onStep?.(label);
    const error = this.#options.fault?.(label) ?? null;
    if (error !== null) {
      failed?.();
      throw error;
    }
    return label;
  }

  #grow(file: FileNode, end: number, path: string): void {
    const { roomBytes } = this.#options;
    if (roomBytes === undefined || end <= file.now.length) return;
    if (this.bytes + end - file.now.length > roomBytes()) throw systemError('ENOSPC', path);
  }

  #create(path: string): FileNode {
    const there = this.#find(path);
    if (there?.kind === 'directory') throw systemError('EISDIR', path);
    if (there !== null) {
      there.truncate();
      return there;
    }
    const [directory, name] = this.#parent(path);
    const file = new FileNode();
    this.#change(directory, [[name, file]]);
    return file;
  }

  #change(directory: DirectoryNode, names: NameChange['names']): void {
    applyNames(directory.now, names);
    this.#names.push({ directory, names });
  }

  #handleOf(handle: number): Handle {
    const open = this.#handles.get(handle);
    if (open === undefined) throw systemError('EBADF');
    return open;
  }

  #fileOf(handle: number): { file: FileNode; path: string } {
    const { node, path } = this.#handleOf(handle);
    if (node.kind !== 'file') throw systemError('EISDIR', path);
    return { file: node, path };
  }

  #find(path: string): MemoryNode | null {
    let node: MemoryNode | undefined = this.#root;
    for (const part of split(path))
      node = node?.kind === 'directory' ? node.now.get(part) : undefined;
    return node ?? null;
  }

  #parent(path: string): [directory: DirectoryNode, name: string] {
    const parts = split(path);
    const name = parts.pop() ?? '';
    const directory = this.#find(parts.join('/'));
    if (directory?.kind !== 'directory') throw systemError('ENOENT', path);
    return [directory, name];
  }

  /** Durable from the beginning, with its parents. */
  #plant(path: string, node: MemoryNode): void {
    let directory = this.#root;
    const parts = split(path);
    for (const [i, part] of parts.entries()) {
      const isLast = i === parts.length - 1;
      const next = directory.now.get(part) ?? (isLast ? node : new DirectoryNode());
      directory.now.set(part, next);
      directory.kept.set(part, next);
      if (next.kind === 'directory') directory = next;
    }
  }

  #walk(
    namesOf: (directory: DirectoryNode) => Map<string, MemoryNode>,
    octetsOf: (file: FileNode) => Uint8Array,
  ): Image {
    const directories: string[] = [];
    const files = new Map<string, Uint8Array>();
    const drawn = new Map<FileNode, Uint8Array>();
    const visit = (path: string, node: MemoryNode): void => {
      if (node.kind === 'file') {
        const octets = drawn.get(node) ?? octetsOf(node);
        drawn.set(node, octets);
        files.set(path, octets);
        return;
      }
      if (path !== '') directories.push(path);
      for (const [name, child] of namesOf(node)) visit(`${path}/${name}`, child);
    };
    visit('', this.#root);
    return { directories, files };
  }
}

/** One process that uses the file system; after its death it touches nothing any more. */
export class Process {
  readonly disk: NodeDisk;
  /** Rejects at its death: what it was about to do never ends. */
  readonly death: Promise<never>;
  #isDead = false;
  #die: () => void = () => undefined;

  constructor(files: MemoryFiles) {
    this.death = new Promise((_, reject) => {
      this.#die = () => reject(systemError('ESRCH', 'killed'));
    });
    this.death.catch(() => undefined);
    const isDead = () => this.#isDead;
    const calls = new Proxy(files, {
      get: (target, name) => {
        const method: unknown = Reflect.get(target, name);
        if (typeof method !== 'function') return method;
        return (...given: unknown[]) => {
          if (isDead()) throw systemError('ESRCH', 'this process is dead');
          const done = given.at(-1);
          if (typeof done === 'function')
            given[given.length - 1] = (...results: unknown[]) => {
              if (!isDead()) done(...results);
            };
          return method.apply(target, given);
        };
      },
    });
    this.disk = new NodeDisk(calls, clockOfSyncs());
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  kill(): void {
    this.#isDead = true;
    this.#die();
  }
}

/** Most syncs are quick and some are not, the same ones whenever a seed is repeated. */
function clockOfSyncs(): Clock {
  let looks = 0;
  let now = 0;
  const look = () => {
    looks += 1;
    now += looks % 7 === 0 ? 2 : 0.2;
    return now;
  };
  return { nowMs: look, monotonicMs: look };
}
