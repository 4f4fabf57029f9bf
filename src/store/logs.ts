/**
 * The logs of a shard's mailboxes. What is entered is derived from records of the journal, which
 * holds it until a checkpoint has added it to the segments: so an entry is as durable as the
 * message that it tells of, is there once, and costs no sync of its own.
 *
 * Invariant: what the segments lack of a log is noted here, in the order of the journal, which is
 * not recycled beyond it: a checkpoint writes all that is noted before it covers anything.
 *
 * Source: ours; X.413 (1999) 6.3.7. docs/adr/0019.
 */
import type { Clock } from '../base/clock.js';
import { DamageError } from '../base/errors.js';
import type { LogsConfigured, LogsKept, Notice } from '../engine/contract.js';
import { logsKeptOf } from '../engine/logs-kept.js';
import type { MailboxId } from '../engine/mailbox-id.js';
import { LOG_ENTRIES_AT_ONCE, LOGGED_BYTES_AT_ONCE } from '../limits.js';
import type { SequenceNumber } from '../x413/entry.js';
import { type BoxId, boxOf, isLog, logNameOf, mailboxOf } from './box.js';
import type { StoredMessage } from './contract.js';
import type { Disk } from './disk/disk.js';
import type { Image } from './files/backlog.js';
import type { MessageFront } from './files/front-section.js';
import { decodeMessageFile, decodeMessageFront } from './files/message-file.js';
import { keepDamagedLog } from './files/quarantine.js';
import * as layout from './layout.js';
import { LogFiles, type LogNote, type LogReplacement } from './log/log-files.js';
import { logFrontOf, logImageOf } from './log/log-image.js';
import { entriesIn, LOG_RECORD, packSeconds, readLogSegment } from './log/log-segment.js';
import { identityOf } from './mailbox/identities.js';
import type { MailboxShelf } from './mailbox/mailbox-shelf.js';
import type { MailboxStore } from './mailbox/mailbox-store.js';
import type { MessageCache } from './mailbox/message-cache.js';

/** How often a log is looked at for entries that are too old or too many. */
const EXPIRY_INTERVAL_MS = 60_000;
const DAY_SECONDS = 86_400;

export interface LogsParts {
  readonly disk: Disk;
  readonly data: string;
  readonly clock: Clock;
  readonly shelf: MailboxShelf;
  readonly cache: MessageCache;
  readonly configured: LogsConfigured | undefined;
  readonly onNotice: (notice: Notice) => void;
}

interface Noted {
  readonly kind: LogNote['kind'];
  readonly sequence: SequenceNumber;
  /** Of a message that is entered: in which box it is, and where in the journal. */
  readonly box: BoxId;
  readonly image: Image | null;
  /** For an index that does not know of it yet. */
  readonly front: MessageFront | null;
  /** When it was deleted, seconds since 1970. */
  readonly seconds: number;
}

interface OpenLog {
  readonly files: LogFiles;
  noted: Noted[];
  /** Of {@link noted}, what was entered. */
  readonly entered: Map<number, Noted>;
  /** How many of {@link noted} are being written. */
  writing: number;
  expiredMs: number;
}

export interface LogsWritten {
  readonly touched: readonly string[];
  readonly replacements: readonly (LogReplacement & { readonly id: BoxId })[];
}

export class Logs {
  readonly #parts: LogsParts;
  readonly #open = new Map<BoxId, OpenLog>();
  /** The segment that was read last: the next entry is in it too, mostly. */
  #read: { readonly path: string; readonly images: ReadonlyMap<number, Uint8Array> } | null = null;

  constructor(parts: LogsParts) {
    this.#parts = parts;
  }

  /** The log that is kept of what is in the box; null where none is. */
  logOf(box: BoxId): BoxId | null {
    if (this.#parts.configured === undefined) return null;
    const name = logNameOf(box);
    const mailbox = mailboxOf(box);
    return name !== null && this.#kept(mailbox).names.includes(name) ? boxOf(mailbox, name) : null;
  }

  /** Wakes the logs that are kept of a mailbox, which itself may still be waking. */
  prepare(mailbox: MailboxId, waking: Promise<void> | null): Promise<void> | null {
    const { names } = this.#kept(mailbox);
    const logs = names.map((name) => boxOf(mailbox, name));
    const reading = this.#parts.shelf.prepareLogs(logs);
    for (const log of logs) if (this.#parts.shelf.isAwake(log)) this.expire(log);
    if (waking === null || reading === null) return waking ?? reading;
    return Promise.all([waking, reading]).then(() => undefined);
  }

  /** Whether the segments lack something of the log. */
  has(id: BoxId): boolean {
    return (this.#open.get(id)?.noted.length ?? 0) > 0;
  }

  /**
   * A message has been stored in the box, be it a log. `isAgain`: by a life before, which may have
   * written it to the segment already.
   */
  entered(box: BoxId, whole: MessageFront, image: Image, isAgain = false): void {
    const log = isLog(box) ? box : this.logOf(box);
    if (log === null) return;
    const front = logFrontOf(box, whole);
    const sequence = front.entries[0]?.sequence;
    if (sequence === undefined) return;
    const noted = { kind: LOG_RECORD.entered, sequence, box, image, front, seconds: 0 };
    const isInIndex = this.#apply(log, noted);
    this.#note(log, isInIndex ? { ...noted, front: null } : noted, isAgain);
  }

  /** A message has been deleted from the box. */
  deleted(box: BoxId, sequence: SequenceNumber, seconds: number, isAgain = false): void {
    const log = this.logOf(box);
    if (log === null) return;
    const noted = { kind: LOG_RECORD.deleted, sequence, box, image: null, front: null, seconds };
    this.#note(log, noted, isAgain);
    this.#apply(log, noted);
  }

  /** An entry has been deleted from the log. */
  removed(log: BoxId, sequence: SequenceNumber, isAgain = false): void {
    const kind = LOG_RECORD.removed;
    const noted = { kind, sequence, box: log, image: null, front: null, seconds: 0 };
    this.#note(log, noted, isAgain);
    this.#apply(log, noted);
  }

  /** Whether a segment may be torn, for the journal still has what it lacks. */
  isInDoubt(path: string): boolean {
    for (const { files } of this.#open.values()) if (files.isInDoubt(path)) return true;
    return false;
  }

  /** A message whose file is there has maybe not been entered. */
  enteredAgain(box: BoxId, path: string): void {
    const octets = this.logOf(box) === null ? null : this.#parts.disk.readFile(path);
    if (octets === null) return;
    const image = { segment: { path, read: () => octets }, at: 0, bytes: octets.length };
    this.entered(box, decodeMessageFront(octets, path), image, true);
  }

  /** A log has been read from its segments: what they lack is put in. */
  complete(mailbox: MailboxStore): void {
    for (const noted of this.#open.get(mailbox.id)?.noted ?? []) applyTo(mailbox, noted);
  }

  /** Good until this turn of the event loop ends. Throws DamageError. */
  read({ id }: MailboxStore, sequence: SequenceNumber): StoredMessage {
    const { files, entered } = this.#openOf(id);
    const noted = entered.get(sequence);
    if (noted !== undefined) return decodeMessageFile(this.#imageOf(noted), id);
    const path = files.pathOf(sequence);
    const known = this.#read?.path === path ? this.#read?.images.get(sequence) : undefined;
    const image = known ?? (path === null ? undefined : this.#readSegment(path).get(sequence));
    if (image === undefined) throw new DamageError('log-entry-missing', `${id}/${sequence}`);
    return decodeMessageFile(image, id);
  }

  /** Adds what the segments lack; not synced. Then comes {@link settle} or {@link failed}. */
  async write(pause: () => Promise<void>): Promise<LogsWritten> {
    const touched: string[] = [];
    const replacements: (LogReplacement & { readonly id: BoxId })[] = [];
    for (const [id, open] of [...this.#open]) {
      open.writing = open.noted.length;
      if (open.writing > 0) touched.push(...layout.directoriesAbove(this.#parts.data, id));
      for (let at = 0; at < open.writing; ) {
        const notes = fewOf(open.noted.slice(at, Math.min(open.writing, at + LOG_ENTRIES_AT_ONCE)));
        at += notes.length;
        const written = open.files.write(notes.map((noted) => this.#noteOf(noted)));
        touched.push(...written.touched);
        replacements.push(...written.replacements.map((each) => ({ ...each, id })));
        await pause();
      }
    }
    return { touched, replacements };
  }

  /** What was written is on disk. */
  settle(): void {
    for (const open of this.#open.values()) {
      if (open.writing === 0) continue;
      for (const noted of open.noted.slice(0, open.writing)) {
        if (open.entered.get(noted.sequence) === noted) open.entered.delete(noted.sequence);
      }
      open.noted = open.noted.slice(open.writing);
      open.writing = 0;
      open.files.settle();
    }
  }

  /** Nobody knows what of it is: it is written again. */
  failed(): void {
    for (const open of this.#open.values()) {
      open.writing = 0;
      open.files.failed();
    }
  }

  /** Entries that are too old, or too many, go; what nobody needs in memory too. */
  sweep(): void {
    const { shelf } = this.#parts;
    for (const [id, { noted }] of [...this.#open]) {
      if (shelf.isAwake(id)) this.expire(id);
      else if (noted.length === 0) this.#open.delete(id);
    }
  }

  /** Of a log that is awake. What cannot be deleted now is tried again. */
  expire(id: BoxId): void {
    const open = this.#openOf(id);
    const nowMs = this.#parts.clock.monotonicMs();
    if (nowMs - open.expiredMs < EXPIRY_INTERVAL_MS) return;
    open.expiredMs = nowMs;
    try {
      while (this.#expireFirst(id, open));
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      const sentence = 'a segment of a log is too old and cannot be deleted';
      const fields = { mailbox: id, detail };
      this.#parts.onNotice({ level: 'warn', event: 'log.expiry', sentence, fields });
    }
  }

  /** Segment by segment, the oldest first. False where there is no more to be done. */
  #expireFirst(id: BoxId, { files, entered, writing }: OpenLog): boolean {
    const [first, second] = files.firsts;
    const { entriesMax, daysMax } = this.#kept(mailboxOf(id));
    if (first === undefined || entriesMax === 0 || writing > 0) return false;
    const { index } = this.#parts.shelf.peek(id);
    const to = (second ?? Number.POSITIVE_INFINITY) - 1;
    const range = { from: null, to, includesChildren: false, statuses: null };
    const isEnough = second !== undefined && index.count - index.countMatching(range) >= entriesMax;
    const since = Math.floor(this.#parts.clock.nowMs() / 1_000) - daysMax * DAY_SECONDS;
    const isYoung = { column: 'creationTime', from: Math.max(0, since), to: 2 ** 32 } as const;
    const isOld = index.countMatching({ ...range, ranges: [isYoung] }) === 0;
    if (!isEnough && !isOld) return false;
    // What is not in its segment yet would bring it back.
    for (const sequence of entered.keys()) if (sequence <= to) return false;
    files.dropFirst();
    for (const { sequence } of [...index.scan(range)]) index.remove(sequence);
    return true;
  }

  #kept(mailbox: MailboxId): LogsKept {
    return logsKeptOf(this.#parts.configured, mailbox);
  }

  #openOf(id: BoxId): OpenLog {
    const known = this.#open.get(id);
    if (known !== undefined) return known;
    const { disk, data } = this.#parts;
    const files = new LogFiles(disk, data, id, (path, octets) => this.#damaged(id, path, octets));
    const expiredMs = Number.NEGATIVE_INFINITY;
    const open = { files, noted: [], entered: new Map(), writing: 0, expiredMs };
    this.#open.set(id, open);
    return open;
  }

  #note(log: BoxId, noted: Noted, isAgain: boolean): void {
    const open = this.#openOf(log);
    open.noted.push(noted);
    if (noted.kind === LOG_RECORD.entered) open.entered.set(noted.sequence, noted);
    if (isAgain) open.files.doubt(noted.sequence);
  }

  /** False where the log is asleep and cannot wake at once: it hears of it when it is read. */
  #apply(log: BoxId, noted: Noted): boolean {
    const { shelf } = this.#parts;
    if (!shelf.wakeWithoutFiles(log)) return false;
    applyTo(shelf.get(log), noted);
    return true;
  }

  #noteOf(noted: Noted): LogNote {
    const { kind, sequence, seconds } = noted;
    if (kind === LOG_RECORD.entered) return { kind, sequence, body: () => this.#bodyOf(noted) };
    const body = kind === LOG_RECORD.deleted ? packSeconds(seconds) : new Uint8Array(0);
    return { kind, sequence, body: () => body };
  }

  /** What the journal does not give back is not entered; all else is. */
  #bodyOf(noted: Noted): Uint8Array | null {
    try {
      return this.#imageOf(noted);
    } catch (error) {
      if (!(error instanceof DamageError)) throw error;
      const sentence = 'an entry of a log is damaged in the journal and is left out';
      const { code, file } = error;
      const fields = { mailbox: noted.box, sequence: noted.sequence, file };
      this.#parts.onNotice({ level: 'error', event: code, sentence, fields });
      return null;
    }
  }

  #imageOf({ box, sequence, image }: Noted): Uint8Array {
    const octets =
      this.#parts.cache.get(box, sequence) ?? image?.segment.read(image.at, image.bytes);
    return logImageOf(box, octets ?? new Uint8Array(0), image?.segment.path ?? box);
  }

  #readSegment(path: string): ReadonlyMap<number, Uint8Array> {
    const { records } = readLogSegment(this.#parts.disk.readFile(path) ?? new Uint8Array(0));
    const images = new Map(entriesIn(records).map(({ sequence, image }) => [sequence, image]));
    this.#read = { path, images };
    return images;
  }

  #damaged(id: BoxId, path: string, octets: Uint8Array): void {
    const { disk, data, onNotice } = this.#parts;
    const file = keepDamagedLog(disk, data, id, path, octets);
    const sentence = 'a segment of a log is damaged; its whole entries are kept';
    onNotice({ level: 'error', event: 'log-damaged', sentence, fields: { mailbox: id, file } });
  }
}

/** From the first on, as many as may be in memory together. */
function fewOf(notes: readonly Noted[]): readonly Noted[] {
  let bytes = 0;
  const end = notes.findIndex(({ image }) => {
    const isEnough = bytes >= LOGGED_BYTES_AT_ONCE;
    bytes += image?.bytes ?? 0;
    return isEnough;
  });
  return end < 0 ? notes : notes.slice(0, end);
}

function applyTo(mailbox: MailboxStore, { kind, sequence, front, seconds }: Noted): void {
  const { index } = mailbox;
  if (kind === LOG_RECORD.removed) index.remove(sequence);
  else if (kind === LOG_RECORD.deleted) index.setDeleted(sequence, seconds);
  else if (front !== null && !index.has(sequence))
    mailbox.put(front.entries, 'processed', identityOf(front.deliveryIdentifier));
}
