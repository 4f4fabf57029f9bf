/**
 * Messages whose delivery is deferred: held in memory until their time has come, or cancelled.
 *
 * Source: X.411 (1999) 8.2.1.1.1.9, 8.2.1.3.
 */
import { SIMULATED_MESSAGES_MAX } from '../../limits.js';
import { formatMtsIdentifier } from '../../x411/identifiers.js';
import type { Submitted } from './submitted.js';

/** What a timer takes at most; who is due later is looked at again then. */
const TIMER_MAX_MS = 2 ** 31 - 1;

export class Deferrals {
  readonly #release: (submitted: Submitted) => void;
  readonly #timers = new Map<string, NodeJS.Timeout>();
  /** Identifiers of those whose time has come, the newest: to cancel them is too late. */
  readonly #released = new Set<string>();

  constructor(release: (submitted: Submitted) => void) {
    this.#release = release;
  }

  get size(): number {
    return this.#timers.size;
  }

  /** Whether it is held; false: it is due already. */
  hold(submitted: Submitted): boolean {
    if (submitted.deferredUntil === null) return false;
    const leftMs = 1000 * submitted.deferredUntil - Date.now();
    const text = formatMtsIdentifier(submitted.identifier);
    if (leftMs <= 0) {
      this.#remember(text);
      return false;
    }
    const timer = setTimeout(() => this.#due(text, submitted), Math.min(leftMs, TIMER_MAX_MS));
    this.#timers.set(text, timer);
    return true;
  }

  cancel(text: string): 'cancelled' | 'too-late' | 'unknown' {
    const timer = this.#timers.get(text);
    if (timer === undefined) return this.#released.has(text) ? 'too-late' : 'unknown';
    clearTimeout(timer);
    this.#timers.delete(text);
    return 'cancelled';
  }

  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #due(text: string, submitted: Submitted): void {
    this.#timers.delete(text);
    if (!this.hold(submitted)) this.#release(submitted);
  }

  #remember(text: string): void {
    this.#released.add(text);
    if (this.#released.size <= SIMULATED_MESSAGES_MAX) return;
    const [oldest = ''] = this.#released;
    this.#released.delete(oldest);
  }
}
