/**
 * What answering a retrieval comes to: the octets, and what the conveyance has changed. Nothing is
 * changed before the answer is whole, so a retrieval that fails leaves no trace.
 *
 * Source: ours.
 */
import type { StatusChange } from '../store/contract.js';

export interface Answer {
  readonly result: Uint8Array;
  readonly changes: readonly StatusChange[];
}
