/**
 * The records of a journal onto the logs, where no shard does it: when the number of shards has
 * changed. Idempotent, as all of the replay is.
 *
 * Source: ours. docs/formats/log.md.
 */
import { equalOctets } from '../base/octets.js';
import type { LogsConfigured } from '../engine/contract.js';
import { logsKeptOf } from '../engine/logs-kept.js';
import { LOG_ENTRIES_AT_ONCE } from '../limits.js';
import { type BoxId, boxOf, isLog, logNameOf, mailboxOf } from './box.js';
import type { Disk } from './disk/disk.js';
import { decodeMessageFront, messageSequence } from './files/message-file.js';
import {
  type JournalRecord,
  RECORD_TYPE,
  splitMailbox,
  unpackRemoval,
} from './journal/journal-record.js';
import { directoriesAbove } from './layout.js';
import { LogFiles, type LogNote, logSegmentFile, logSegmentsOf } from './log/log-files.js';
import { logImageOf } from './log/log-image.js';
import { entriesIn, LOG_RECORD, packSeconds, readLogSegment } from './log/log-segment.js';

const NOTHING = new Uint8Array(0);

interface Held {
  readonly files: LogFiles;
  notes: LogNote[];
}

export class LogReplay {
  readonly #disk: Disk;
  readonly #data: string;
  readonly #configured: LogsConfigured | undefined;
  readonly #held = new Map<BoxId, Held>();

  constructor(disk: Disk, data: string, configured: LogsConfigured | undefined) {
    this.#disk = disk;
    this.#data = data;
    this.#configured = configured;
  }

  apply({ type, body }: JournalRecord): void {
    const { id, rest } = splitMailbox(body);
    const log = this.#logOf(id);
    if (log === null) return;
    const removal = unpackRemoval(type, rest);
    if (type === RECORD_TYPE.deliver) this.#enter(log, id, rest);
    for (const sequence of removal?.mains ?? []) {
      const seconds = removal?.seconds ?? 0;
      if (isLog(id)) this.#note(log, LOG_RECORD.removed, sequence, NOTHING);
      else if (seconds > 0) this.#note(log, LOG_RECORD.deleted, sequence, packSeconds(seconds));
    }
  }

  /** A message of the box has been stored, by no record of the journal. */
  entered(box: BoxId, image: Uint8Array): void {
    const log = this.#logOf(box);
    if (log !== null && image.length > 0) this.#enter(log, box, image);
  }

  /** A submission of which nobody knows what became of it; where it is stored already, nothing. */
  store(log: BoxId, image: Uint8Array, identifier: Uint8Array | null): void {
    this.#write(log);
    if (!this.#has(log, identifier)) this.#enter(log, log, image);
  }

  /** Durable on return. */
  finish(): void {
    for (const log of this.#held.keys()) this.#write(log);
  }

  #logOf(box: BoxId): BoxId | null {
    if (isLog(box)) return box;
    const name = logNameOf(box);
    const mailbox = mailboxOf(box);
    const { names } = logsKeptOf(this.#configured, mailbox);
    return name !== null && names.includes(name) ? boxOf(mailbox, name) : null;
  }

  #enter(log: BoxId, box: BoxId, image: Uint8Array): void {
    const body = logImageOf(box, image, 'journal');
    this.#note(log, LOG_RECORD.entered, messageSequence(body), body);
  }

  #note(log: BoxId, kind: LogNote['kind'], sequence: number, body: Uint8Array): void {
    const held = this.#held.get(log) ?? { files: this.#filesOf(log), notes: [] };
    this.#held.set(log, held);
    held.notes.push({ kind, sequence, body: () => body });
    if (held.notes.length >= LOG_ENTRIES_AT_ONCE) this.#write(log);
  }

  #filesOf(log: BoxId): LogFiles {
    // What is damaged is found again, and told, when the log is read.
    return new LogFiles(this.#disk, this.#data, log, () => undefined);
  }

  #write(log: BoxId): void {
    const held = this.#held.get(log);
    if (held === undefined || held.notes.length === 0) return;
    const { files, notes } = held;
    held.notes = [];
    for (const directory of directoriesAbove(this.#data, log)) this.#disk.makeDirectory(directory);
    for (const { sequence } of notes) files.doubt(sequence);
    const { replacements, touched } = files.write(notes);
    for (const { path } of replacements) this.#disk.syncFile(`${path}.tmp`);
    for (const { path, done } of replacements) {
      this.#disk.rename(`${path}.tmp`, path);
      done();
    }
    for (const path of touched) this.#disk.syncFile(path);
    files.settle();
  }

  #has(log: BoxId, identifier: Uint8Array | null): boolean {
    if (identifier === null) return false;
    return logSegmentsOf(this.#disk, this.#data, log).some((first) => {
      const path = logSegmentFile(this.#data, log, first);
      const { records } = readLogSegment(this.#disk.readFile(path) ?? NOTHING);
      return entriesIn(records).some(({ image }) => {
        const { deliveryIdentifier } = decodeMessageFront(image, path);
        return deliveryIdentifier !== null && equalOctets(deliveryIdentifier, identifier);
      });
    });
  }
}
