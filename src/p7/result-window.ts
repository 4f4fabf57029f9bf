/**
 * How many results may be on their way to one user at once. Results of a few kilobytes may be many;
 * once a large one has been seen, the next are asked for one after another, so that one user who
 * asks for a hundred large messages, and perhaps takes none, does not fill the memory of all.
 *
 * Source: ours.
 */
import { INVOCATIONS_OUTSTANDING_MAX, RESULTS_IN_FLIGHT_BYTES_MAX } from '../limits.js';

/** Taken for the size of a result while none has been seen. */
const RESULT_BYTES_FIRST = RESULTS_IN_FLIGHT_BYTES_MAX / 4;

export class ResultWindow {
  /** Size of the largest result, forgotten by half with each smaller one. */
  #resultBytes = RESULT_BYTES_FIRST;
  #inFlight = 0;

  /** Whether one more may be asked for. */
  get isOpen(): boolean {
    const most = Math.floor(RESULTS_IN_FLIGHT_BYTES_MAX / this.#resultBytes);
    return this.#inFlight < Math.max(1, Math.min(most, INVOCATIONS_OUTSTANDING_MAX));
  }

  asked(): void {
    this.#inFlight += 1;
  }

  answered(bytes: number): void {
    this.#inFlight -= 1;
    this.#resultBytes = Math.max(bytes, this.#resultBytes / 2, 1);
  }
}
