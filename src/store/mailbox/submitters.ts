/**
 * Who has submitted what, and to which MTA: so that a report, which names its submission and no
 * recipient, finds its mailbox, and a cancellation its MTA. The newest are remembered, in memory
 * and in a file of lines; a start reads that when it is first asked.
 *
 *     <MTS identifier, contents octets in hexadecimal> <mailbox> <MTA, percent-encoded>
 *
 * Lines are appended in the turn of the event loop that brought the answer, and synced behind, once
 * a second: a kill loses next to none, a cut of the power those of the last second. Nobody waits
 * for that: what is lost is no message, and its report goes where those go that name none of these.
 *
 * The first lines of a process, and those that make the file hold twice what is remembered, go with
 * all others to a file beside it, which is synced before it takes its place. Until then both are
 * read. A line that is none, or has no end, is passed over.
 *
 * Source: ours. FROZEN: the lines are on disk, docs/formats/layout.md.
 */
import { formatHex, octetsOfLatin1, parseHex } from '../../base/octets.js';
import { type MailboxId, parseMailboxId } from '../../engine/mailbox-id.js';
import { SUBMITTERS_REMEMBERED_MAX } from '../../limits.js';
import type { Disk } from '../disk/disk.js';
import { submittersFile } from '../layout.js';

export interface Submitted {
  readonly mailbox: MailboxId;
  readonly mta: string;
}

/** How long lines may be in memory only. */
const SYNC_PAUSE_MS = 1_000;

export class Submitters {
  readonly #disk: Disk;
  readonly #data: string;
  readonly #path: string;
  readonly #onFailure: (error: Error) => void;
  readonly #max: number;
  /** By contents octets of the identifier, one character an octet; oldest first. */
  #known: Map<string, Submitted> | null = null;
  #unwritten: string[] = [];
  #handle: number | null = null;
  #position = 0;
  #lines = 0;
  #isFlushing = false;
  /** The file that is written stands beside the one that it is to replace. */
  #isBeside = false;
  /** What is being synced, maybe another file by now. */
  #syncing: number | null = null;
  #timer: NodeJS.Timeout | null = null;

  /** `onFailure`: the disk takes no more; what is new is remembered until the store ends. */
  constructor(
    disk: Disk,
    data: string,
    onFailure: (error: Error) => void,
    max: number = SUBMITTERS_REMEMBERED_MAX,
  ) {
    this.#disk = disk;
    this.#data = data;
    this.#path = submittersFile(data);
    this.#onFailure = onFailure;
    this.#max = max;
  }

  get(key: string): Submitted | undefined {
    return this.#loaded().get(key);
  }

  set(key: string, submitted: Submitted): void {
    const known = this.#loaded();
    known.delete(key);
    known.set(key, submitted);
    this.#forgetOldest(known);
    this.#unwritten.push(lineOf(key, submitted));
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    setImmediate(() => this.#flush());
  }

  /** Writes what is not written. Durable on return. */
  close(): void {
    this.#flush();
    if (this.#handle === null) return;
    try {
      this.#disk.syncFile(this.#isBeside ? `${this.#path}.new` : this.#path);
      this.#replace();
    } catch (error) {
      this.#onFailure(error as Error);
    }
    this.#release();
  }

  #flush(): void {
    this.#isFlushing = false;
    const lines = this.#unwritten;
    if (lines.length === 0) return;
    this.#unwritten = [];
    try {
      if (this.#handle === null || this.#lines + lines.length > 2 * this.#max) this.#writeAnew();
      else this.#append(this.#handle, lines);
      this.#syncLater();
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  /** The file is in doubt: it is written anew when there is something to write again. */
  #fail(error: Error): void {
    this.#release();
    this.#onFailure(error);
  }

  #writeAnew(): void {
    this.#release();
    const handle = this.#disk.create(`${this.#path}.new`);
    this.#handle = handle;
    this.#isBeside = true;
    this.#position = 0;
    this.#lines = 0;
    this.#append(
      handle,
      [...this.#loaded()].map(([key, submitted]) => lineOf(key, submitted)),
    );
  }

  /** What stands beside takes its place at once; of the lines in it nothing is lost meanwhile. */
  #syncLater(): void {
    if (this.#timer !== null || this.#syncing !== null) return;
    const pauseMs = this.#isBeside ? 0 : SYNC_PAUSE_MS;
    this.#timer = setTimeout(() => this.#sync(), pauseMs);
    this.#timer.unref();
  }

  #sync(): void {
    this.#timer = null;
    const handle = this.#handle;
    if (handle === null) return;
    const synced = this.#position;
    this.#syncing = handle;
    this.#disk.fdatasync(handle, (error) => {
      this.#syncing = null;
      if (this.#handle !== handle) this.#disk.close(handle);
      else if (error !== null) this.#fail(error);
      else this.#synced(synced);
      if (this.#isBeside && this.#handle !== null) this.#syncLater();
    });
  }

  #synced(position: number): void {
    try {
      this.#replace();
      if (this.#position > position) this.#syncLater();
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  /** The octets are on disk; the name is, on return. */
  #replace(): void {
    if (!this.#isBeside) return;
    this.#disk.rename(`${this.#path}.new`, this.#path);
    this.#isBeside = false;
    this.#disk.syncDirectory(this.#data);
  }

  /** A descriptor that is being synced is closed behind that: it may be another file's before. */
  #release(): void {
    if (this.#handle !== null && this.#handle !== this.#syncing) this.#disk.close(this.#handle);
    this.#handle = null;
    this.#isBeside = false;
  }

  #append(handle: number, lines: readonly string[]): void {
    const octets = Buffer.from(lines.join(''), 'latin1');
    this.#disk.writeNow(handle, [octets], this.#position);
    this.#position += octets.length;
    this.#lines += lines.length;
  }

  #loaded(): Map<string, Submitted> {
    if (this.#known !== null) return this.#known;
    const known = new Map<string, Submitted>();
    this.#known = known;
    for (const path of [this.#path, `${this.#path}.new`]) {
      const text = Buffer.from(this.#disk.readFile(path) ?? []).toString('latin1');
      // Behind the last end of a line is what a cut or a full disk has left of one.
      for (const line of text.split('\n').slice(0, -1)) {
        const parsed = parseLine(line);
        if (parsed !== null) known.set(...parsed);
      }
    }
    this.#forgetOldest(known);
    return known;
  }

  #forgetOldest(known: Map<string, Submitted>): void {
    for (const key of known.keys()) {
      if (known.size <= this.#max) return;
      known.delete(key);
    }
  }
}

function lineOf(key: string, { mailbox, mta }: Submitted): string {
  return `${formatHex(octetsOfLatin1(key))} ${mailbox} ${encodeURIComponent(mta)}\n`;
}

/** The key, and what it stands for; null for what we have not written. */
function parseLine(line: string): [string, Submitted] | null {
  const [, hex = '', id = '', name = ''] = /^([0-9a-f]{4,}) (\S+) (\S+)$/.exec(line) ?? [];
  const [octets, mailbox] = [parseHex(hex), parseMailboxId(id)];
  const mta = decoded(name);
  if (hex === '' || octets === null || mailbox === null || mta === null) return null;
  return [Buffer.from(octets).toString('latin1'), { mailbox, mta }];
}

function decoded(name: string): string | null {
  try {
    return decodeURIComponent(name);
  } catch (error) {
    if (error instanceof URIError) return null;
    throw error;
  }
}
