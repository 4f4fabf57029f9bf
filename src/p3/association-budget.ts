/**
 * How many associations the store has to one MTA, over all the names under which it binds. Who
 * wants one more than there may be, waits; an idle one makes room for him.
 *
 * Source: ours.
 */
export class AssociationBudget {
  readonly #max: number;
  #count = 0;
  readonly #waiting = new Set<() => void>();
  /** What asks an association that does nothing to make room, longest idle first. */
  readonly #idle = new Set<() => void>();

  constructor(max: number) {
    this.#max = max;
  }

  /** Takes one; false: there are none, and `whenFree` is called once when there may be. */
  take(whenFree: () => void): boolean {
    if (this.#count < this.#max) {
      this.#count += 1;
      return true;
    }
    this.#waiting.add(whenFree);
    const [makeRoom] = this.#idle;
    if (makeRoom !== undefined) {
      this.#idle.delete(makeRoom);
      makeRoom();
    }
    return false;
  }

  /** Whoever waited with this does not any more. */
  forget(whenFree: () => void): void {
    this.#waiting.delete(whenFree);
  }

  /** Whether anybody else waits. */
  isWanted(byOtherThan: () => void): boolean {
    return this.#waiting.size > (this.#waiting.has(byOtherThan) ? 1 : 0);
  }

  /** One is gone. */
  give(): void {
    this.#count -= 1;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const whenFree of waiting) whenFree();
  }

  /** An association does nothing: `makeRoom` ends it soon, should another be wanted. */
  idle(makeRoom: () => void): void {
    if (this.#waiting.size > 0) makeRoom();
    else this.#idle.add(makeRoom);
  }

  busy(makeRoom: () => void): void {
    this.#idle.delete(makeRoom);
  }
}
