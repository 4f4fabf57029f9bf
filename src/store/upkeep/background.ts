/**
 * What a shard does besides: the index check at its start, and the scrub, over and over.
 *
 * Source: ours.
 */

import { SCRUB_INTERVAL_MS } from '../../limits.js';
import type { SequenceNumber } from '../../x413/entry.js';
import type { BoxId } from '../box.js';
import type { CheckReport, ScrubReport } from '../contract.js';
import type { MessageName } from '../files/message-name.js';
import { damagedFile, dropDamaged, setAside } from '../files/quarantine.js';
import type { MailboxStore } from '../mailbox/mailbox-store.js';
import { type CheckOptions, IndexCheck } from './index-check.js';
import { Scrub } from './scrub.js';

type Needs = Omit<CheckOptions, 'onProgress'>;

export class Background {
  readonly #needs: Needs;
  /** Checks and scrubs that are under way. */
  readonly #jobs = new Set<{ stop(): void }>();
  #timer: NodeJS.Timeout | null = null;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  /** Checks the index once, then reads all files again and again. 0 octets a second: never. */
  start(scrubBytesPerSecond: number): void {
    this.#checkAndReport()
      .then(() => {
        if (scrubBytesPerSecond > 0) this.#scrubAgain(scrubBytesPerSecond);
      })
      .catch((error: unknown) => this.#complain(error));
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    for (const job of this.#jobs) job.stop();
  }

  async check(
    onProgress: (mailboxes: number, messages: number) => void = () => undefined,
  ): Promise<CheckReport | null> {
    const check = new IndexCheck({ ...this.#needs, onProgress });
    this.#jobs.add(check);
    return check.run().finally(() => this.#jobs.delete(check));
  }

  async scrub(bytesPerSecond: number): Promise<ScrubReport> {
    const place = (id: BoxId, name: MessageName) => this.setAside(id, name);
    const scrub = new Scrub({ ...this.#needs, bytesPerSecond, setAside: place });
    this.#jobs.add(scrub);
    return scrub.run().finally(() => this.#jobs.delete(scrub));
  }

  /** A damaged file goes out of the way; its entry stays, and says so to whoever fetches it. */
  setAside(id: BoxId, name: MessageName): void {
    const { disk, directory, shelf, onNotice } = this.#needs;
    if (!setAside(disk, directory, id, name)) return;
    if (shelf.isAwake(id)) shelf.peek(id).damaged.set(name.sequence, name.status);
    const sentence = 'a damaged message file was set aside';
    const fields = { mailbox: id, file: damagedFile(directory, id, name) };
    onNotice({ level: 'error', event: 'message.set-aside', sentence, fields });
  }

  /** The entry of a damaged file is being deleted. */
  dropDamaged({ id, damaged }: MailboxStore, sequence: SequenceNumber): void {
    const status = damaged.get(sequence);
    if (status === undefined) return;
    const { disk, directory } = this.#needs;
    dropDamaged(disk, directory, id, { sequence, status });
    damaged.delete(sequence);
  }

  async #checkAndReport(): Promise<void> {
    const report = await this.check();
    if (report === null) return;
    const sentence = 'the index has been compared with the message files';
    const hasRepaired = report.added + report.removed + report.restated + report.damaged > 0;
    const level = hasRepaired ? 'warn' : 'info';
    this.#needs.onNotice({ level, event: 'index.checked', sentence, fields: { ...report } });
  }

  #scrubAgain(bytesPerSecond: number): void {
    this.scrub(bytesPerSecond)
      .then((report) => {
        const sentence = 'every message file has been read and verified';
        const event = 'store.scrubbed';
        this.#needs.onNotice({ level: 'info', event, sentence, fields: { ...report } });
        this.#timer = setTimeout(() => this.#scrubAgain(bytesPerSecond), SCRUB_INTERVAL_MS);
        this.#timer.unref();
      })
      .catch((error: unknown) => this.#complain(error));
  }

  #complain(error: unknown): void {
    const detail = error instanceof Error ? error.message : String(error);
    const sentence = 'a background job of the store came to a bad end';
    this.#needs.onNotice({ level: 'error', event: 'store.job', sentence, fields: { detail } });
  }
}
