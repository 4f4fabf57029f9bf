/**
 * The segments of one log on disk, each named after the first number that it is for: it holds the
 * numbers from that up to the next segment's.
 *
 * Invariant: what was synced is changed by adding to it, or by another file in its place. A segment
 * of which nobody knows what is on disk (a sync failed, or the journal of an earlier life still has
 * some of it) is written anew as a whole when something is to be added, never added to.
 *
 * Source: ours. docs/formats/log.md.
 */
import { join } from 'node:path';
import { joinOctets, type Pieces, sizeOf } from '../../base/octets.js';
import { LOG_SEGMENT_BYTES } from '../../limits.js';
import type { BoxId } from '../box.js';
import type { Disk } from '../disk/disk.js';
import { boxDirectory } from '../layout.js';
import {
  encodeLogRecord,
  LOG_RECORD,
  logHeader,
  newLogHeader,
  readLogSegment,
} from './log-segment.js';

const NAME_DIGITS = 10;
const NAME = /^\d{10}$/;

/** Something to be added to a log. */
export interface LogNote {
  readonly kind: (typeof LOG_RECORD)[keyof typeof LOG_RECORD];
  readonly sequence: number;
  /** The body of its record, made when it is written; null where it cannot be had any more. */
  readonly body: () => Uint8Array | null;
}

/** A file whose next version is beside it. */
export interface LogReplacement {
  readonly path: string;
  readonly done: () => void;
}

export interface LogWriting {
  /** What a sync of these has to reach. */
  readonly touched: readonly string[];
  readonly replacements: readonly LogReplacement[];
}

interface LogSegment {
  readonly first: number;
  /** Octets of the file; null: not looked at in this life. */
  bytes: number | null;
  salt: number;
  /** Nobody knows what of it is on disk. */
  isDoubtful: boolean;
  /** Its next version, beside it; null where there is none. */
  next: { bytes: number; readonly entered: ReadonlySet<number> } | null;
}

/** First numbers of the segments of a log, ascending. */
export function logSegmentsOf(disk: Disk, data: string, id: BoxId): number[] {
  const names = disk.readdir(boxDirectory(data, id)).filter((name) => NAME.test(name));
  return names.map(Number).sort((a, b) => a - b);
}

export function logSegmentFile(data: string, id: BoxId, first: number): string {
  return join(boxDirectory(data, id), String(first).padStart(NAME_DIGITS, '0'));
}

export class LogFiles {
  readonly #disk: Disk;
  readonly #data: string;
  readonly #id: BoxId;
  readonly #segments: LogSegment[];
  /** A segment was found damaged: its octets as they are. */
  readonly #onDamage: (path: string, octets: Uint8Array) => void;
  /** Written, and not known to be on disk yet. */
  #unsettled: LogSegment[] = [];

  constructor(
    disk: Disk,
    data: string,
    id: BoxId,
    onDamage: (path: string, octets: Uint8Array) => void,
  ) {
    this.#disk = disk;
    this.#data = data;
    this.#id = id;
    this.#onDamage = onDamage;
    this.#segments = logSegmentsOf(disk, data, id).map((first) => segmentFrom(first));
  }

  get firsts(): number[] {
    return this.#segments.map(({ first }) => first);
  }

  /** The journal of an earlier life has something of this number. */
  doubt(sequence: number): void {
    const segment = this.#segmentOf(sequence);
    if (segment !== null) segment.isDoubtful = true;
  }

  /** Whether what is not whole in the file may be torn, for the journal has it. */
  isInDoubt(path: string): boolean {
    return this.#segments.some((one) => one.isDoubtful && this.#path(one) === path);
  }

  /** The file that the number belongs to; null where there is none. */
  pathOf(sequence: number): string | null {
    const segment = this.#segmentOf(sequence);
    return segment === null ? null : this.#path(segment);
  }

  /**
   * Adds what is noted, in its order; not synced. When it has been called for all there is,
   * {@link settle} or {@link failed} is. Throws what the disk throws; then it is {@link failed}.
   */
  write(notes: readonly LogNote[]): LogWriting {
    const touched: string[] = [];
    const replacements: LogReplacement[] = [];
    for (const [segment, own] of this.#placed(notes)) {
      this.#unsettled.push(segment);
      const path = this.#path(segment);
      if (!segment.isDoubtful) this.#add(segment, path, own);
      else if (segment.next !== null) this.#addToNext(segment, path, own);
      else replacements.push(this.#replace(segment, path, own));
      touched.push(path);
    }
    if (touched.length > 0) touched.push(boxDirectory(this.#data, this.#id));
    return { touched, replacements };
  }

  /** What was written is on disk. */
  settle(): void {
    this.#unsettled = [];
  }

  /** Nobody knows what of it is. */
  failed(): void {
    for (const segment of this.#unsettled) {
      segment.isDoubtful = true;
      segment.bytes = null;
      segment.next = null;
    }
    this.#unsettled = [];
  }

  /** Deletes the first segment, which a cut may bring back. Throws what the disk throws. */
  dropFirst(): void {
    const [segment] = this.#segments;
    if (segment === undefined) return;
    this.#disk.unlink(this.#path(segment));
    this.#segments.shift();
    this.#unsettled = this.#unsettled.filter((one) => one !== segment);
  }

  #path({ first }: LogSegment): string {
    return logSegmentFile(this.#data, this.#id, first);
  }

  #segmentOf(sequence: number): LogSegment | null {
    return this.#segments.findLast(({ first }) => first <= sequence) ?? null;
  }

  /** What of the notes goes where. What is said of an entry that no segment has is for none. */
  #placed(notes: readonly LogNote[]): Map<LogSegment, PlacedNote[]> {
    const placed = new Map<LogSegment, PlacedNote[]>();
    const bytes = new Map<LogSegment, number>();
    for (const { kind, sequence, body: bodyOf } of notes) {
      const isEntry = kind === LOG_RECORD.entered;
      let segment = this.#segmentOf(sequence);
      if (segment === null && !isEntry) continue;
      const body = bodyOf();
      if (body === null) continue;
      if (segment !== null && segment === this.#segments.at(-1) && isEntry) {
        const used = bytes.get(segment) ?? this.#look(segment);
        if (used >= LOG_SEGMENT_BYTES && sequence > segment.first) segment = null;
      }
      segment ??= this.#begin(sequence);
      const own = placed.get(segment) ?? [];
      own.push({ kind, sequence, body });
      placed.set(segment, own);
      bytes.set(segment, (bytes.get(segment) ?? this.#look(segment)) + body.length);
    }
    return placed;
  }

  #begin(first: number): LogSegment {
    const segment = { ...segmentFrom(first), bytes: 0 };
    const at = this.#segments.findIndex((one) => one.first > first);
    this.#segments.splice(at < 0 ? this.#segments.length : at, 0, segment);
    return segment;
  }

  /** Octets of a segment, which is looked at once in a life: what does not end as it was written is
   * doubtful. */
  #look(segment: LogSegment): number {
    if (segment.next !== null) return segment.next.bytes;
    if (segment.bytes !== null) return segment.bytes;
    const octets = this.#disk.readFile(this.#path(segment)) ?? new Uint8Array(0);
    const { salt, isTorn, damaged } = readLogSegment(octets);
    if (damaged > 0 && !segment.isDoubtful) this.#onDamage(this.#path(segment), octets);
    segment.salt = salt;
    segment.bytes = octets.length;
    if (isTorn) segment.isDoubtful = true;
    return segment.bytes;
  }

  #add(segment: LogSegment, path: string, notes: readonly PlacedNote[]): void {
    const bytes = this.#look(segment);
    if (bytes > 0) {
      const octets = joinOctets(recordsOf(segment.salt, notes));
      this.#disk.append(path, octets, bytes);
      segment.bytes = bytes + octets.length;
      return;
    }
    this.#disk.addDirectory(boxDirectory(this.#data, this.#id));
    const { salt, octets } = newLogHeader();
    const whole = joinOctets([octets, ...recordsOf(salt, notes)]);
    this.#disk.writeFile(path, whole);
    segment.salt = salt;
    segment.bytes = whole.length;
  }

  #replace(segment: LogSegment, path: string, notes: readonly PlacedNote[]): LogReplacement {
    const old = this.#disk.readFile(path);
    const { salt, records } = readLogSegment(old ?? new Uint8Array(0));
    segment.salt = salt === 0 ? newLogHeader().salt : salt;
    const isEntry = ({ kind }: { readonly kind: number }) => kind === LOG_RECORD.entered;
    const entered = new Set(records.filter(isEntry).map(({ sequence }) => sequence));
    const pieces = [logHeader(segment.salt), ...records.map(({ whole }) => whole)];
    this.#disk.addDirectory(boxDirectory(this.#data, this.#id));
    this.#disk.writeFile(`${path}.tmp`, joinOctets(pieces));
    const next = { bytes: sizeOf(pieces), entered };
    segment.next = next;
    this.#addToNext(segment, path, notes);
    return {
      path,
      done: () => {
        segment.bytes = next.bytes;
        segment.isDoubtful = false;
        segment.next = null;
      },
    };
  }

  /** What the old version has is not entered twice. */
  #addToNext({ next, salt }: LogSegment, path: string, notes: readonly PlacedNote[]): void {
    if (next === null) return;
    const others = notes.filter(
      ({ kind, sequence }) => kind !== LOG_RECORD.entered || !next.entered.has(sequence),
    );
    const octets = joinOctets(recordsOf(salt, others));
    if (octets.length > 0) this.#disk.append(`${path}.tmp`, octets, next.bytes);
    next.bytes += octets.length;
  }
}

interface PlacedNote {
  readonly kind: LogNote['kind'];
  readonly sequence: number;
  readonly body: Uint8Array;
}

function segmentFrom(first: number): LogSegment {
  return { first, bytes: null, salt: 0, isDoubtful: false, next: null };
}

function recordsOf(salt: number, notes: readonly PlacedNote[]): Pieces {
  return notes.flatMap(({ kind, sequence, body }) => [
    ...encodeLogRecord(salt, kind, sequence, body),
  ]);
}
