/**
 * Keeps a damaged snapshot from ending us again and again. LMDB reads its pages as they are, so a
 * page with a flipped bit may end the process from inside. What we are about to do with it is
 * therefore noted before, and struck out after; a start that finds it noted twice throws the
 * snapshot away.
 *
 * Once is not enough: whoever kills a process in the middle of a read or save has damaged nothing,
 * and a million messages would be read from their files for it.
 *
 * A note outlives the process, not a power cut, which is all it is for: nothing is synced.
 *
 * Source: ours. docs/formats/snapshot.md.
 */
import type { Disk } from '../disk/disk.js';

type Deed = 'read' | 'save';

/** Cut off since the last orderly end, reads; in a row, saves: so many, and no trust is left. */
const CUT_OFF_MAX = 2;

export class SnapshotGuard {
  readonly #disk: Disk;
  readonly #path: string;
  #handle: number | null = null;
  #deed: 'rest' | 'read' | 'damaged' = 'rest';
  #saves: number;
  /** That were cut off, in lives before. */
  #reads: number;
  readonly isTrusted: boolean;

  constructor(disk: Disk, path: string) {
    this.#disk = disk;
    this.#path = path;
    const [note = ''] = Buffer.from(disk.readFile(path) ?? [])
      .toString('latin1')
      .split('\n');
    const [deed, saves, reads] = note.split(' ');
    this.#saves = Number(saves) || 0;
    this.#reads = (Number(reads) || 0) + Number(deed === 'read');
    this.isTrusted = deed !== 'damaged' && Math.max(this.#saves, this.#reads) < CUT_OFF_MAX;
  }

  enter(deed: Deed): void {
    if (deed === 'save') this.#saves += 1;
    else if (this.#deed === 'rest') this.#deed = 'read';
    this.#note();
  }

  leave(deed: Deed): void {
    if (deed === 'save') this.#saves = 0;
    else if (this.#deed === 'read') this.#deed = 'rest';
    this.#note();
  }

  /** What throws is damaged. */
  during<T>(deed: Deed, run: () => T): T {
    this.enter(deed);
    try {
      const result = run();
      this.leave(deed);
      return result;
    } catch (error) {
      this.condemn();
      throw error;
    }
  }

  /** The next start is to throw it away, whatever is done with it until then. */
  condemn(): void {
    this.#deed = 'damaged';
    this.#note();
  }

  /** The snapshot begins anew. */
  reset(): void {
    this.#deed = 'rest';
    this.#saves = 0;
    this.#reads = 0;
    this.#note();
  }

  /** This life has come to its end with it. */
  close(): void {
    if (this.#reads > 0) {
      this.#reads = 0;
      this.#note();
    }
    this.#release();
  }

  #release(): void {
    if (this.#handle !== null) this.#disk.close(this.#handle);
    this.#handle = null;
  }

  /** On a full disk there is no note; the store goes on without its protection. */
  #note(): void {
    const text = `${this.#deed} ${this.#saves} ${this.#reads}\n`;
    try {
      this.#handle ??= this.#disk.create(this.#path);
      this.#disk.writeNow(this.#handle, [Buffer.from(text)], 0);
    } catch {
      this.#release();
    }
  }
}
