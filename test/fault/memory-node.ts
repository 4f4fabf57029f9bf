/**
 * Files and directories of the power-cut model: what is there now, and beside it what a cut of the
 * power may leave. Small units of loss: a sector of a file, one operation on names.
 */
import type { Random } from '../../src/base/random.js';

/** What a disk writes whole or not at all. */
export const SECTOR_BYTES = 512;

/**
 * `posix` grants only what the standard does: names and data reach the disk in any order until they
 * are synced. `ext4` keeps names in order, writes the data of what it allocates before the size
 * that shows it, and makes names durable with every sync of a file that is new or has grown.
 */
export type CutModel = 'posix' | 'ext4';

export type MemoryNode = FileNode | DirectoryNode;

export class DirectoryNode {
  readonly kind = 'directory';
  now = new Map<string, MemoryNode>();
  kept = new Map<string, MemoryNode>();
}

/** How much of what was not synced reaches the disk. */
const FATES = ['nothing', 'everything', 'the front', 'anything'] as const;

export class FileNode {
  readonly kind = 'file';
  now: Uint8Array;
  /** What every cut leaves, with the versions below laid over it. */
  #kept: Uint8Array;
  /** By sector: its contents after each write since the last sync. A cut leaves one of them. */
  readonly #versions = new Map<number, Uint8Array[]>();
  readonly #sizes: number[] = [];
  /** What the next sync will write; a sync that fails forgets it, as kernels do. */
  readonly #dirty = new Set<number>();
  #isSizeDirty = false;
  #isReplaced = false;
  /** A sync of everything failed on it: the next of its own says so. */
  owesError = false;

  constructor(octets: Uint8Array = new Uint8Array(0)) {
    this.now = octets;
    this.#kept = octets.slice();
  }

  get isDirty(): boolean {
    return this.#isSizeDirty || this.#dirty.size > 0;
  }

  get isChanged(): boolean {
    return this.#versions.size > 0 || this.#sizes.length > 0;
  }

  /** New, grown or shrunk since the last sync. */
  get hasNewSize(): boolean {
    return this.#sizes.length > 0;
  }

  write(octets: Uint8Array, at: number): void {
    if (octets.length === 0) return;
    const end = at + octets.length;
    if (end > this.now.length) {
      const grown = new Uint8Array(end);
      grown.set(this.now);
      this.now = grown;
      this.#resized();
    }
    this.now.set(octets, at);
    for (let sector = Math.floor(at / SECTOR_BYTES); sector * SECTOR_BYTES < end; sector += 1)
      this.#changed(sector);
  }

  truncate(): void {
    const sectors = Math.ceil(Math.max(this.now.length, this.#kept.length) / SECTOR_BYTES);
    this.now = new Uint8Array(0);
    this.#isReplaced = true;
    this.#resized();
    for (let sector = 0; sector < sectors; sector += 1) this.#changed(sector);
  }

  sync(): void {
    if (this.isDirty) {
      const resized = new Uint8Array(this.now.length);
      resized.set(this.#kept.subarray(0, resized.length));
      this.#kept = resized;
      this.#sizes.length = 0;
    }
    for (const sector of this.#dirty) {
      const at = sector * SECTOR_BYTES;
      if (at < this.now.length) this.#kept.set(this.now.subarray(at, at + SECTOR_BYTES), at);
      this.#versions.delete(sector);
    }
    this.#dirty.clear();
    this.#isSizeDirty = false;
    this.#isReplaced = false;
  }

  /** A sync that failed: what was to be written may be on disk or not, and is never written again. */
  failSync(): void {
    this.#dirty.clear();
    this.#isSizeDirty = false;
  }

  /** One of the contents that a cut may leave. */
  draw(random: Random, model: CutModel): Uint8Array {
    if (!this.isChanged) return this.#kept.slice();
    const fate = FATES[random.below(FATES.length)] ?? 'nothing';
    const size = this.#drawSize(random, model, fate);
    const left = new Uint8Array(size);
    left.set(this.#kept.subarray(0, size));
    const front = random.below(Math.ceil(size / SECTOR_BYTES) + 1);
    for (const [sector, versions] of this.#versions) {
      const at = sector * SECTOR_BYTES;
      const version = versions[this.#drawVersion(random, model, fate, sector, front, size)];
      if (version !== undefined && at < size) left.set(version.subarray(0, size - at), at);
    }
    return left;
  }

  #drawSize(random: Random, model: CutModel, fate: string): number {
    if (fate === 'nothing' || this.#sizes.length === 0) return this.#kept.length;
    if (fate === 'everything') return this.now.length;
    const sizes = [this.#kept.length, ...this.#sizes, this.now.length];
    const size = sizes[random.below(sizes.length)] ?? 0;
    if (model === 'ext4' || random.below(2) === 0) return size;
    // A size may be on its way, a block at a time.
    const blocks = random.below(Math.ceil(size / SECTOR_BYTES) + 1);
    return Math.max(Math.min(...sizes), Math.min(size, SECTOR_BYTES * blocks));
  }

  /** Index of a version; beyond the last or before the first there is none: as it was kept. */
  #drawVersion(
    random: Random,
    model: CutModel,
    fate: string,
    sector: number,
    front: number,
    size: number,
  ): number {
    const count = this.#versions.get(sector)?.length ?? 0;
    const isAllocated = this.#isReplaced || sector * SECTOR_BYTES >= this.#kept.length;
    if (model === 'ext4' && isAllocated)
      return size === this.#kept.length && fate !== 'everything' ? -1 : count - 1;
    if (fate === 'nothing') return -1;
    if (fate === 'everything') return count - 1;
    if (fate === 'the front') return sector < front ? count - 1 : -1;
    return random.below(count + 1) - 1;
  }

  #resized(): void {
    this.#sizes.push(this.now.length);
    this.#isSizeDirty = true;
  }

  #changed(sector: number): void {
    const at = sector * SECTOR_BYTES;
    const versions = this.#versions.get(sector) ?? [];
    const version = new Uint8Array(SECTOR_BYTES);
    version.set(this.now.subarray(at, at + SECTOR_BYTES));
    versions.push(version);
    this.#versions.set(sector, versions);
    this.#dirty.add(sector);
  }
}

/** One operation on names: what each name of one directory leads to afterwards. */
export interface NameChange {
  readonly directory: DirectoryNode;
  readonly names: readonly (readonly [string, MemoryNode | null])[];
}

export function applyNames(
  map: Map<string, MemoryNode>,
  names: readonly (readonly [string, MemoryNode | null])[],
): void {
  for (const [name, node] of names) {
    if (node === null) map.delete(name);
    else map.set(name, node);
  }
}
