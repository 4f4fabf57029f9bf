/**
 * Keeps a damaged snapshot from ending us twice. LMDB reads its pages as they are, so a page with a
 * flipped bit may end the process from inside. What we are about to do with it is therefore noted
 * before, and struck out after; a start that finds a note throws the snapshot away.
 *
 * A note outlives the process, not a power cut, which is all it is for: nothing is synced. Reading
 * takes no time in which a kill would be likely, saving does, so it takes two saves that did not
 * come to an end.
 *
 * Source: ours.
 */
import type { Disk } from '../disk/disk.js';

type Deed = 'read' | 'save';

/** Saves in a row that were cut off, from which on the snapshot is not trusted. */
const CUT_OFF_SAVES_MAX = 2;

export class SnapshotGuard {
  readonly #disk: Disk;
  readonly #path: string;
  #handle: number | null = null;
  #isReading = false;
  #saves: number;
  /** False: what was done last with the snapshot did not come to an end. */
  readonly isTrusted: boolean;

  constructor(disk: Disk, path: string) {
    this.#disk = disk;
    this.#path = path;
    const [deed = '', count = '0'] = Buffer.from(disk.readFile(path) ?? [])
      .toString('latin1')
      .trim()
      .split(' ');
    this.#saves = Number(count) || 0;
    this.isTrusted = deed !== 'read' && this.#saves < CUT_OFF_SAVES_MAX;
  }

  enter(deed: Deed): void {
    if (deed === 'read') this.#isReading = true;
    else this.#saves += 1;
    this.#note();
  }

  leave(deed: Deed): void {
    if (deed === 'read') this.#isReading = false;
    else this.#saves = 0;
    this.#note();
  }

  during<T>(deed: Deed, run: () => T): T {
    this.enter(deed);
    const result = run();
    this.leave(deed);
    return result;
  }

  /** The snapshot begins anew. */
  reset(): void {
    this.#isReading = false;
    this.#saves = 0;
    this.#note();
  }

  close(): void {
    if (this.#handle !== null) this.#disk.close(this.#handle);
    this.#handle = null;
  }

  /** On a full disk there is no note; the store goes on without its protection. */
  #note(): void {
    const text = `${this.#isReading ? 'read' : 'rest'} ${this.#saves}\n`;
    try {
      this.#handle ??= this.#disk.create(this.#path);
      this.#disk.writeNow(this.#handle, [Buffer.from(text)], 0);
    } catch {
      this.close();
    }
  }
}
