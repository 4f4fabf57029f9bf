/**
 * Start: what the journal holds is taken over as it is. Messages stay in the segments they are in
 * and get their files later, as in the life before; so a start takes the time to read the journal,
 * however many files it stands for.
 *
 * A file of a message in the journal may be there, whole, torn, or under an older name, and may not
 * be on disk, for a sync of it failed: each is written anew. A mailbox that has files and is in no
 * snapshot is going to be read from them, so its records are replayed onto them at once.
 *
 * Source: ours. docs/formats/journal.md.
 */

import type { MailboxId } from '../engine/mailbox-id.js';
import { sequenceNumber } from '../x413/entry.js';
import { type BoxId, isLog, mailboxOf } from './box.js';
import type { Disk } from './disk/disk.js';
import type { OnNotice } from './disk/small-files.js';
import type { Image } from './files/backlog.js';
import type { FileWriter } from './files/file-writer.js';
import { decodeMessageFront, messageSequence } from './files/message-file.js';
import { setSegmentAside } from './files/quarantine.js';
import type { Journal } from './journal/journal.js';
import { makeDurable } from './journal/journal-durable.js';
import { noticeOf } from './journal/journal-notices.js';
import {
  type FoundRecord,
  type FoundSegment,
  type ReadJournal,
  readJournal,
} from './journal/journal-reader.js';
import {
  RECORD_TYPE,
  splitMailbox,
  unpackChanges,
  unpackRemoval,
} from './journal/journal-record.js';
import { readPosition } from './journal/position.js';
import { adoptSegment, type Segment } from './journal/segments.js';
import * as layout from './layout.js';
import type { Logs } from './logs.js';
import { skipNumbers } from './mailbox/journal-damage.js';
import type { MailboxShelf } from './mailbox/mailbox-shelf.js';
import type { MailboxStore } from './mailbox/mailbox-store.js';
import type { Registrations } from './mailbox/registrations.js';
import { Replay } from './recovery.js';
import { OpenSubmissions } from './submissions.js';

/** A journal as it was left, synced, without what does not count. */
export interface LeftJournal {
  readonly found: ReadJournal;
  readonly segments: readonly Segment[];
  /** No number up to it is given to a record again. */
  readonly lastLsn: number;
}

/** Reads the journal, makes sure of it, and deletes what does not count. */
export async function findJournal(
  disk: Disk,
  data: string,
  shard: number,
  onNotice: OnNotice,
): Promise<LeftJournal> {
  const directory = layout.journalDirectory(data, shard);
  const found = readJournal(disk, directory);
  const { evidence, segments, stalePaths } = found;
  await makeDurable(disk, data, directory, found);
  const setAside = (path: string) => setSegmentAside(disk, data, shard, path);
  for (const path of stalePaths) evidence.has(path) ? setAside(path) : disk.unlink(path);
  if (stalePaths.length > 0) disk.syncDirectory(directory);
  const adopt = (one: FoundSegment) => {
    const segment = adoptSegment(disk, one);
    if (evidence.has(one.path)) segment.discard = () => setAside(one.path);
    return segment;
  };
  return {
    found,
    segments: segments.map(adopt),
    lastLsn: Math.max(found.lastLsn, readPosition(disk, data, shard, onNotice)),
  };
}

export interface TakeoverParts {
  readonly disk: Disk;
  readonly data: string;
  readonly shelf: MailboxShelf;
  readonly writer: FileWriter;
  readonly registrations: Registrations;
  readonly logs: Logs;
  readonly journal: Journal;
  /** Every mailbox of the shard. */
  readonly ids: () => Iterable<MailboxId>;
  readonly onNotice: OnNotice;
  /** Told of mailboxes that lost entries. */
  readonly removedFrom: (mailbox: MailboxStore) => void;
}

export class Takeover {
  readonly #parts: TakeoverParts;
  readonly #segments: ReadonlyMap<string, Segment>;
  readonly #replay: Replay;
  /** Mailboxes whose records go onto the files. */
  readonly #onFiles = new Set<BoxId>();
  readonly submissions = new OpenSubmissions();

  constructor(parts: TakeoverParts, segments: readonly Segment[]) {
    this.#parts = parts;
    this.#segments = new Map(segments.map((segment) => [segment.path, segment]));
    this.#replay = new Replay(parts.disk, parts.data, parts.onNotice);
  }

  async run(found: ReadJournal): Promise<void> {
    const { journal, onNotice } = this.#parts;
    const lastLsn = this.#apply(found.records);
    const notice = noticeOf(found);
    if (notice !== null) onNotice(notice);
    journal.goOnAfter(lastLsn, await this.#givenUp(found), found.firstLsn);
  }

  /** What is void from now on. Where no numbers can be skipped the next start does it again. */
  async #givenUp(found: ReadJournal): Promise<ReadJournal['lost']> {
    const { lost, isUnreadable } = found;
    if (lost.length === 0 && !isUnreadable) return lost;
    return skipNumbers(this.#parts, found).then(
      () => lost,
      () => [],
    );
  }

  /** Returns the LSN of the last. */
  #apply(records: Iterable<FoundRecord>): number {
    const { deliver, status, remove, removeAt, register } = RECORD_TYPE;
    const { registrations, shelf, writer } = this.#parts;
    let lastLsn = 0;
    for (const record of records) {
      const { lsn, type, body } = record;
      lastLsn = lsn;
      this.submissions.read(record);
      if (type === register) {
        const { id, rest } = splitMailbox(body);
        registrations.set(mailboxOf(id), Uint8Array.from(rest));
      } else if (type === deliver || type === status || type === remove || type === removeAt) {
        const { id, rest } = splitMailbox(body);
        this.#log(record, id, rest);
        if (isLog(id)) continue;
        const isOnFiles = this.#isOnFiles(id);
        shelf.apply(record);
        if (isOnFiles) this.#replay.apply(record);
        else if (type === deliver) this.#deliver(record, id, rest);
        else if (type === status) this.#status(lsn, id, rest);
        else this.#remove(lsn, id, unpackRemoval(type, rest)?.mains ?? []);
      }
    }
    this.#replay.finish();
    writer.alsoTouched(this.#replay.touched);
    writer.schedule();
    return lastLsn;
  }

  #isOnFiles(id: BoxId): boolean {
    if (this.#onFiles.has(id)) return true;
    if (this.#parts.shelf.wakeWithoutFiles(id)) return false;
    this.#onFiles.add(id);
    return true;
  }

  #deliver(record: FoundRecord, id: BoxId, file: Buffer): void {
    const { shelf, writer } = this.#parts;
    const sequence = sequenceNumber(messageSequence(file));
    const image = this.#imageOf(record, file);
    const status = shelf.get(id).index.entry(sequence)?.status;
    if (image === null || status === undefined) return;
    writer.backlog.createAgain(id, sequence, image, record.lsn, status);
  }

  #imageOf({ at, body, path }: FoundRecord, file: Buffer): Image | null {
    const segment = this.#segments.get(path);
    if (segment === undefined) return null;
    return { segment, at: at + body.length - file.length, bytes: file.length };
  }

  /** What a log is told of: its segments may have it or not. */
  #log(record: FoundRecord, id: BoxId, rest: Buffer): void {
    const { logs, shelf } = this.#parts;
    const isOfLog = isLog(id);
    if (!isOfLog && logs.logOf(id) === null) return;
    const removal = unpackRemoval(record.type, rest);
    const image = record.type === RECORD_TYPE.deliver ? this.#imageOf(record, rest) : null;
    const front = image === null ? null : decodeMessageFront(rest, 'journal');
    if (image !== null && front !== null) logs.entered(id, front, image, true);
    for (const main of (removal?.mains ?? []).map(sequenceNumber)) {
      if (isOfLog) logs.removed(id, main, true);
      else if (removal?.seconds) logs.deleted(id, main, removal.seconds, true);
    }
    if (!isOfLog) return;
    // Nobody looks into a log for the highest number.
    const mark = Math.max(removal?.mark ?? 0, front?.entries.at(-1)?.sequence ?? 0);
    shelf.raise(mailboxOf(id), mark);
    this.#replay.raise(id, mark);
  }

  #status(lsn: number, id: BoxId, rest: Buffer): void {
    const { shelf, writer } = this.#parts;
    const { index } = shelf.get(id);
    for (const { sequence } of unpackChanges(rest)) {
      const entry = index.entry(sequence);
      if (entry === null || entry.parent !== 0) continue;
      writer.backlog.renameAgain(id, sequence, lsn, entry.status);
    }
  }

  #remove(lsn: number, id: BoxId, mains: readonly number[]): void {
    const { removedFrom, shelf, writer } = this.#parts;
    for (const main of mains) writer.backlog.removeAgain(id, sequenceNumber(main), lsn);
    removedFrom(shelf.get(id));
  }
}
