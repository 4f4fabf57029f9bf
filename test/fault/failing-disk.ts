/** A disk whose operations fail on demand. */
import type { Pieces } from '../../src/base/octets.js';
import { type Done, NodeDisk } from '../../src/store/disk/disk.js';

type Operation =
  | 'preallocate'
  | 'create'
  | 'write'
  | 'fdatasync'
  | 'writeFile'
  | 'syncAll'
  | 'read';

function spin(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}

export class FailingDisk extends NodeDisk {
  readonly failing = new Set<Operation>();
  /** Syncs held back until released. */
  held: (() => void)[] | null = null;
  /** Syncs of the file system that failed for others. */
  failedElsewhere = 0;
  /** How long each file takes. */
  writeFileMs = 0;

  override get failedSyncs(): number {
    return super.failedSyncs + this.failedElsewhere;
  }

  #fails(operation: Operation): Error | null {
    return this.failing.has(operation) ? new Error(`injected: ${operation}`) : null;
  }

  #check(operation: Operation): void {
    const error = this.#fails(operation);
    if (error !== null) throw error;
  }

  override preallocate(path: string, bytes: number): number {
    this.#check('preallocate');
    return super.preallocate(path, bytes);
  }

  override create(path: string): number {
    this.#check('create');
    return super.create(path);
  }

  override write(handle: number, pieces: Pieces, position: number, done: Done): void {
    const error = this.#fails('write');
    if (error !== null) setImmediate(() => done(error));
    else super.write(handle, pieces, position, done);
  }

  override writeNow(handle: number, pieces: Pieces, position: number): void {
    this.#check('write');
    super.writeNow(handle, pieces, position);
  }

  override fdatasync(handle: number, done: Done): void {
    const error = this.#fails('fdatasync');
    if (error !== null) setImmediate(() => done(error));
    else if (this.held !== null) this.held.push(() => super.fdatasync(handle, done));
    else super.fdatasync(handle, done);
  }

  override writeFile(path: string, octets: Uint8Array): void {
    this.#check('writeFile');
    spin(this.writeFileMs);
    super.writeFile(path, octets);
  }

  override read(handle: number, bytes: number, position: number): Buffer {
    this.#check('read');
    return super.read(handle, bytes, position);
  }

  override async syncAll(directory: string, paths: Iterable<string>): Promise<void> {
    this.#check('syncAll');
    await super.syncAll(directory, paths);
  }
}
