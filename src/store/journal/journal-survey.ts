/**
 * What is whole in a segment behind a place where nothing is. A record there may be of the same
 * batch, whose write was torn, or of a later one: then that batch was durable, and the place is
 * damage.
 *
 * Whole records are found by the life of the segment, four octets that were drawn at random. Octets
 * of messages are in the journal too, and whoever sends one must not be able to write records
 * there: the life is not known outside. Journals of old, which had none, are not looked through.
 *
 * Pure. Source: ours. docs/formats/journal.md, docs/adr/0016-torn-or-damaged.md.
 */
import {
  type Bridges,
  endOf,
  hasMarks,
  type JournalRecord,
  LIFE_AT,
  RECORD_HEADER_BYTES,
  readRun,
  recordAt,
  recordBetween,
} from './journal-record.js';

export interface Survey {
  /** All that are whole, ascending. */
  readonly records: readonly JournalRecord[];
  /** Over the places where none is. */
  readonly bridges: Bridges;
}

/** `lives`: of the other segments, for one whose first record is not whole. */
export function surveySegment(octets: Uint8Array, lives: readonly number[]): Survey {
  const segment = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength);
  const records = readRun(segment, 0);
  const bridges = new Map<number, number>();
  const first = records[0];
  for (;;) {
    const at = endOf(records);
    const last = records.at(-1) ?? null;
    const own = first ?? last;
    const wanted = own === null ? [...livesOfHead(segment), ...lives] : [own.life];
    const next = nextWhole(segment, at, wanted, last?.lsn ?? null);
    if (next === null) return { records, bridges };
    const to = next.at - RECORD_HEADER_BYTES;
    bridges.set(at, to);
    const between = recordBetween(segment, at, to, last?.lsn ?? null);
    if (between !== null) records.push(between);
    for (const record of readRun(segment, to)) records.push(record);
  }
}

/**
 * What of the newest segment counts: all up to the last record that begins a batch, and what
 * follows it without a loss. What is whole behind that is what a torn write has left.
 */
export function withoutTornEnd({ records, bridges }: Survey): Survey {
  const proof = lastBatch(records);
  if (proof === undefined) return { records: [], bridges: new Map() };
  let last = proof;
  for (const record of records.slice(records.indexOf(proof) + 1)) {
    if (record.lsn !== last.lsn + 1) break;
    last = record;
  }
  return {
    records: records.slice(0, records.indexOf(last) + 1),
    bridges: new Map([...bridges].filter(([from]) => from < last.at)),
  };
}

/** The first record of the last batch, as far as marks tell: all before it were durable. */
export function lastBatch(records: readonly JournalRecord[]): JournalRecord | undefined {
  return records.findLast(({ isFirst, at }) => isFirst || at === RECORD_HEADER_BYTES);
}

/** What the first record says of its life, though it is not whole, and the one that it leads to. */
function livesOfHead(segment: Buffer): number[] {
  if (segment.length < RECORD_HEADER_BYTES) return [];
  const second = recordAt(segment, RECORD_HEADER_BYTES + segment.readUInt32BE(0));
  return [segment.readUInt32BE(LIFE_AT), second?.life ?? 0];
}

/** The first whole record of a life at `from` or behind it that can come after `lastLsn`. */
function nextWhole(
  segment: Buffer,
  from: number,
  lives: readonly number[],
  lastLsn: number | null,
): JournalRecord | null {
  for (const life of new Set(lives)) {
    if (!hasMarks(life)) continue;
    const pattern = Buffer.alloc(4);
    pattern.writeUInt32BE(life);
    for (let hit = from; ; hit += 1) {
      hit = segment.indexOf(pattern, hit);
      if (hit < 0) break;
      const at = hit - LIFE_AT;
      if (at <= from || !canBe(segment, at, from, lastLsn)) continue;
      const record = recordAt(segment, at);
      if (record !== null) return record;
    }
  }
  return null;
}

/** Each record that is lost between took up the octets of its header at least. */
function canBe(segment: Buffer, at: number, from: number, lastLsn: number | null): boolean {
  if (lastLsn === null) return true;
  const lsn = Number(segment.readBigUInt64BE(at + 8));
  return lsn > lastLsn && (lsn - lastLsn - 1) * RECORD_HEADER_BYTES <= at - from;
}
