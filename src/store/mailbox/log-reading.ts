/**
 * The index of a log from its segments.
 *
 * Source: ours. docs/formats/log.md.
 */
import { DamageError } from '../../base/errors.js';
import type { BoxId } from '../box.js';
import type { Disk } from '../disk/disk.js';
import { decodeMessageFront } from '../files/message-file.js';
import { MailboxIndex } from '../index/mailbox-index.js';
import { logSegmentFile, logSegmentsOf } from '../log/log-files.js';
import { entriesIn, type LogEntryFound, readLogSegment } from '../log/log-segment.js';
import { identityOf } from './identities.js';

/** Logs of so few segments are read in one go. */
const SMALL_SEGMENTS = 4;

/** Puts an entry of a log into the index, where it is not in there. Throws DamageError. */
export function enterInIndex(
  index: MailboxIndex,
  { sequence, image, deletedAt }: LogEntryFound,
  file: string,
): void {
  if (!index.has(sequence)) {
    const { entries, deliveryIdentifier } = decodeMessageFront(image, file);
    if (entries[0]?.sequence !== sequence) throw new DamageError('log-damaged', file);
    index.insert(entries.slice(0, 1), 'processed', identityOf(deliveryIdentifier));
  }
  if (deletedAt !== 0) index.setDeleted(sequence, deletedAt);
}

/** The reading of one log, segment by segment, so that others can be served between. */
export class LogReading {
  readonly index = new MailboxIndex();
  readonly highWater = 0;
  messages = 0;
  readonly #disk: Disk;
  readonly #data: string;
  readonly #id: BoxId;
  readonly #firsts: number[];

  constructor(disk: Disk, data: string, id: BoxId) {
    this.#disk = disk;
    this.#data = data;
    this.#id = id;
    this.#firsts = logSegmentsOf(disk, data, id);
  }

  get isSmall(): boolean {
    return this.#firsts.length <= SMALL_SEGMENTS;
  }

  /** Reads one segment. False when there is no more. What cannot be read is reported. */
  readNext(damaged: (error: DamageError) => void): boolean {
    const first = this.#firsts.shift();
    if (first === undefined) return false;
    const path = logSegmentFile(this.#data, this.#id, first);
    const read = readLogSegment(this.#disk.readFile(path) ?? new Uint8Array(0));
    // A torn end is that of the last life, whose journal has it still.
    if (read.damaged > 0) damaged(new DamageError('log-damaged', path));
    for (const found of entriesIn(read.records)) {
      try {
        enterInIndex(this.index, found, path);
        this.messages += 1;
      } catch (error) {
        if (!(error instanceof DamageError)) throw error;
        damaged(error);
      }
    }
    return true;
  }
}
