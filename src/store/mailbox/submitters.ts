/**
 * Who has submitted what, and to which MTA: so that a report, which names its submission and no
 * recipient, finds its mailbox, and a cancellation its MTA. The newest are remembered, in memory
 * and in a file of lines; a start reads that when it is first asked.
 *
 *     <MTS identifier, contents octets in hexadecimal> <mailbox> <MTA, percent-encoded>
 *
 * Lines are appended in the turn of the event loop that brought the answer, and not synced: a kill
 * loses next to none, a cut of the power the last ones. When the file holds twice what is
 * remembered it is written anew, beside it, and renamed. A line that is none is passed over.
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

export class Submitters {
  readonly #disk: Pick<Disk, 'create' | 'writeNow' | 'close' | 'readFile' | 'rename'>;
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

  /** `onFailure`: the disk takes no more; what is new is remembered until the store ends. */
  constructor(
    disk: Pick<Disk, 'create' | 'writeNow' | 'close' | 'readFile' | 'rename'>,
    data: string,
    onFailure: (error: Error) => void,
    max: number = SUBMITTERS_REMEMBERED_MAX,
  ) {
    this.#disk = disk;
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

  /** Writes what is not written. */
  close(): void {
    this.#flush();
    if (this.#handle !== null) this.#disk.close(this.#handle);
    this.#handle = null;
  }

  #flush(): void {
    this.#isFlushing = false;
    const lines = this.#unwritten;
    if (lines.length === 0) return;
    this.#unwritten = [];
    try {
      if (this.#handle === null || this.#lines + lines.length > 2 * this.#max) this.#writeAnew();
      else this.#append(this.#handle, lines);
    } catch (error) {
      // The file is in doubt: it is written anew when there is something to write again.
      if (this.#handle !== null) this.#disk.close(this.#handle);
      this.#handle = null;
      this.#onFailure(error as Error);
    }
  }

  #writeAnew(): void {
    if (this.#handle !== null) this.#disk.close(this.#handle);
    this.#handle = null;
    const handle = this.#disk.create(`${this.#path}.new`);
    this.#handle = handle;
    this.#position = 0;
    this.#lines = 0;
    this.#append(
      handle,
      [...this.#loaded()].map(([key, submitted]) => lineOf(key, submitted)),
    );
    this.#disk.rename(`${this.#path}.new`, this.#path);
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
    const text = Buffer.from(this.#disk.readFile(this.#path) ?? []).toString('latin1');
    for (const line of text.split('\n')) {
      const parsed = parseLine(line);
      if (parsed !== null) known.set(...parsed);
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
