/**
 * The columns of one segment: what compares is a number in a typed array. All columns lie in one
 * buffer, so that a segment is saved and loaded by copying octets.
 *
 * Source: ours.
 */

type ColumnArray = Uint32Array | Int32Array | Uint16Array | Uint8Array | Int8Array;

/** Octets of one row over all columns. */
export const ROW_BYTES = 43;

export class Columns {
  readonly buffer: ArrayBuffer;
  readonly sequence: Uint32Array;
  /** Seconds since 1970. */
  readonly creationTime: Uint32Array;
  readonly contentLength: Int32Array;
  readonly conveyed: Int32Array;
  /** Where the row's values begin and end in the heap. */
  readonly heapStart: Uint32Array;
  readonly heapEnd: Uint32Array;
  /** Which pairs of letters the subject has; see subject-signature. */
  readonly signature: Uint32Array;
  /** Hash of the delivery identifier; 0 where there is none. */
  readonly identity: Uint32Array;
  /** How far below its own number the parent's is; 0 for a main-entry. */
  readonly parentDistance: Uint16Array;
  readonly partCount: Uint16Array;
  readonly contentType: Uint16Array;
  readonly status: Uint8Array;
  readonly entryType: Uint8Array;
  readonly priority: Int8Array;
  readonly precedence: Int8Array;
  /** Bit 0: live, not a tombstone. Bits 1 and 2: content-returned, as a number of its own. */
  readonly flags: Uint8Array;

  /** A capacity that is a multiple of four keeps every column aligned. */
  constructor(
    readonly capacity: number,
    buffer: ArrayBuffer = new ArrayBuffer(capacity * ROW_BYTES),
  ) {
    this.buffer = buffer;
    let at = 0;
    const place = (bytes: number) => {
      const start = at;
      at += bytes * capacity;
      return start;
    };
    this.sequence = new Uint32Array(buffer, place(4), capacity);
    this.creationTime = new Uint32Array(buffer, place(4), capacity);
    this.contentLength = new Int32Array(buffer, place(4), capacity);
    this.conveyed = new Int32Array(buffer, place(4), capacity);
    this.heapStart = new Uint32Array(buffer, place(4), capacity);
    this.heapEnd = new Uint32Array(buffer, place(4), capacity);
    this.signature = new Uint32Array(buffer, place(4), capacity);
    this.identity = new Uint32Array(buffer, place(4), capacity);
    this.parentDistance = new Uint16Array(buffer, place(2), capacity);
    this.partCount = new Uint16Array(buffer, place(2), capacity);
    this.contentType = new Uint16Array(buffer, place(2), capacity);
    this.status = new Uint8Array(buffer, place(1), capacity);
    this.entryType = new Uint8Array(buffer, place(1), capacity);
    this.priority = new Int8Array(buffer, place(1), capacity);
    this.precedence = new Int8Array(buffer, place(1), capacity);
    this.flags = new Uint8Array(buffer, place(1), capacity);
  }

  all(): readonly ColumnArray[] {
    return [
      this.sequence,
      this.creationTime,
      this.contentLength,
      this.conveyed,
      this.heapStart,
      this.heapEnd,
      this.signature,
      this.identity,
      this.parentDistance,
      this.partCount,
      this.contentType,
      this.status,
      this.entryType,
      this.priority,
      this.precedence,
      this.flags,
    ];
  }

  /** The first `rows` rows in columns for `capacity`. */
  resized(rows: number, capacity: number): Columns {
    const larger = new Columns(capacity);
    const old = this.all();
    for (const [i, column] of larger.all().entries()) {
      const source = old[i];
      if (source !== undefined) column.set(source.subarray(0, rows));
    }
    return larger;
  }

  /** Row `from` of `other` becomes row `to` here. */
  copyRow(other: Columns, from: number, to: number): void {
    const sources = other.all();
    for (const [i, column] of this.all().entries()) column[to] = sources[i]?.[from] ?? 0;
  }
}
