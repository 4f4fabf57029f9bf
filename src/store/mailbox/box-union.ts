/**
 * Several boxes of a mailbox seen as one, in one ascending order of numbers.
 *
 * Source: X.413 (1999) 6.3.1, the class stored-message.
 */
import { assert } from '../../base/assert.js';
import { DamageError } from '../../base/errors.js';
import type { CachedAttribute, Entry, RetrievalStatus, SequenceNumber } from '../../x413/entry.js';
import type { BoxId, BoxName } from '../box.js';
import type { EntriesOf, Mailbox, ScanOptions, StoredMessage } from '../contract.js';

export class BoxUnion implements Mailbox {
  /** The first box's. */
  readonly id: BoxId;
  readonly #boxes: readonly Mailbox[];

  constructor(boxes: readonly Mailbox[]) {
    const [first] = boxes;
    assert(first !== undefined, 'a union is of something');
    this.id = first.id;
    this.#boxes = boxes;
  }

  get count(): number {
    return this.#boxes.reduce((sum, { count }) => sum + count, 0);
  }

  countOf(status: RetrievalStatus): number {
    return this.#boxes.reduce((sum, box) => sum + box.countOf(status), 0);
  }

  entry(sequence: number): Entry | null {
    return this.#boxOf(sequence)?.entry(sequence) ?? null;
  }

  *scan(options: ScanOptions): IterableIterator<Entry> {
    const heads = this.#boxes.map((box) => {
      const entries = box.scan(options);
      return { entries, next: entries.next() };
    });
    for (;;) {
      let first: (typeof heads)[number] | null = null;
      let entry: Entry | null = null;
      for (const head of heads) {
        if (head.next.done === true) continue;
        if (entry !== null && entry.sequence < head.next.value.sequence) continue;
        first = head;
        entry = head.next.value;
      }
      if (first === null || entry === null) return;
      yield entry;
      first.next = first.entries.next();
    }
  }

  span(): readonly [SequenceNumber, SequenceNumber] | null {
    const spans = this.#boxes.flatMap((box) => {
      const span = box.span();
      return span === null ? [] : [span];
    });
    const [first] = spans;
    if (first === undefined) return null;
    let [low, high] = first;
    for (const [from, to] of spans) {
      if (from < low) low = from;
      if (to > high) high = to;
    }
    return [low, high];
  }

  entriesWith(box: BoxName, attribute: CachedAttribute, value: Uint8Array): EntriesOf {
    const [first] = this.#boxes;
    assert(first !== undefined, 'a union is of something');
    return first.entriesWith(box, attribute, value);
  }

  read(sequence: SequenceNumber): StoredMessage {
    const box = this.#boxOf(sequence);
    if (box === null) throw new DamageError('message-missing', `${this.id}/${sequence}`);
    return box.read(sequence);
  }

  #boxOf(sequence: number): Mailbox | null {
    return this.#boxes.find((box) => box.entry(sequence) !== null) ?? null;
  }
}
