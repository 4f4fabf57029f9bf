/**
 * First in, first out, at the same cost however much waits: `shift` of an array moves what is left.
 * Not bounded; whoever fills it answers for how much.
 *
 * Source: ours.
 */

/** What is gone from the front is cut off when it is this much, and half of all. */
const CUT_MIN = 1_024;

export class Fifo<T> {
  #items: (T | undefined)[] = [];
  /** Before it everything is taken. */
  #head = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  /** The oldest, which stays; undefined where nothing waits. */
  peek(): T | undefined {
    return this.#items[this.#head];
  }

  /** The oldest; undefined where nothing waits. */
  take(): T | undefined {
    if (this.size === 0) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head += 1;
    if (this.#head >= CUT_MIN && 2 * this.#head >= this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }
}
