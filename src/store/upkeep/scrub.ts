/**
 * The scrub: reads every message file again, at a bounded rate, and verifies its checksums. Disks
 * forget without saying so; better that we find out than the user whose flight plan it is. What is
 * damaged is set aside and reported.
 *
 * Source: ours.
 */
import type { Clock } from '../../base/clock.js';
import { DamageError } from '../../base/errors.js';
import type { Notice } from '../../engine/contract.js';
import { BUCKET_ENTRIES } from '../../limits.js';
import type { SequenceNumber } from '../../x413/entry.js';
import type { BoxId } from '../box.js';
import type { ScrubReport } from '../contract.js';
import type { Disk } from '../disk/disk.js';
import { decodeMessageFile, decodeMessageFront } from '../files/message-file.js';
import type { MessageName } from '../files/message-name.js';
import { bucketDirectory, messageFile } from '../layout.js';
import { bucketsOf, namesInBucket } from '../mailbox/rebuild.js';

export interface ScrubOptions {
  readonly disk: Disk;
  readonly directory: string;
  readonly clock: Clock;
  readonly ids: () => Iterable<BoxId>;
  readonly isBusy: (id: BoxId, sequence: SequenceNumber) => boolean;
  /** Octets a second; infinite is allowed. */
  readonly bytesPerSecond: number;
  /** Sets the file aside and marks the entry. */
  readonly setAside: (id: BoxId, name: MessageName) => void;
  readonly onNotice: (notice: Notice) => void;
  /** Told after each bucket how far it has come. */
  readonly onProgress?: (report: ScrubReport) => void;
}

/** How far the scrub may run ahead of its rate before it rests. */
const AHEAD_MS = 20;

export class Scrub {
  readonly #options: ScrubOptions;
  #isStopped = false;
  #report = { messages: 0, bytes: 0, damaged: 0 };
  #startMs = 0;

  constructor(options: ScrubOptions) {
    this.#options = options;
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** One pass over everything; less where it was stopped. */
  async run(): Promise<ScrubReport> {
    const { disk, directory, ids, clock, onProgress } = this.#options;
    this.#report = { messages: 0, bytes: 0, damaged: 0 };
    this.#startMs = clock.monotonicMs();
    for (const id of [...ids()]) {
      for (const bucket of bucketsOf(disk, directory, id)) {
        const place = bucketDirectory(directory, id, bucket * BUCKET_ENTRIES);
        for (const name of namesInBucket(disk, place)) {
          if (this.#isStopped) return this.#report;
          if (!this.#options.isBusy(id, name.sequence)) this.#file(id, name);
          await this.#pace();
        }
        onProgress?.({ ...this.#report });
      }
    }
    return { ...this.#report };
  }

  #file(id: BoxId, name: MessageName): void {
    const { disk, directory, setAside, onNotice } = this.#options;
    const file = messageFile(directory, id, name);
    try {
      const octets = disk.readFile(file);
      // Renamed or deleted since the directory was read.
      if (octets === null) return;
      this.#report.messages += 1;
      this.#report.bytes += octets.length;
      decodeMessageFront(octets, file);
      decodeMessageFile(octets, file);
    } catch (error) {
      // What cannot be read at all is reported as well, and left where it is.
      const isDamaged = error instanceof DamageError;
      this.#report.damaged += 1;
      if (isDamaged) setAside(id, name);
      const event = isDamaged ? error.code : 'message-unreadable';
      const detail = error instanceof Error ? error.message : String(error);
      const sentence = 'the scrub found a message file that is damaged';
      onNotice({ level: 'error', event, sentence, fields: { file, detail } });
    }
  }

  async #pace(): Promise<void> {
    const { clock, bytesPerSecond } = this.#options;
    const dueMs = this.#startMs + (1_000 * this.#report.bytes) / bytesPerSecond;
    const aheadMs = dueMs - clock.monotonicMs();
    if (aheadMs > AHEAD_MS) {
      await new Promise((resolve) => setTimeout(resolve, aheadMs).unref());
    } else if (this.#report.messages % 16 === 0) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
