/**
 * Names of message files: ten decimal digits of the main-entry's sequence number, then one letter
 * for its retrieval status (n new, l listed, p processed).
 *
 * Ten digits hold ub-messages, so byte order is number order; a change of status is one rename in
 * one directory. Pure. What is no name of ours parses to null, so that a rebuild steps over it.
 *
 * Source: ours. docs/formats/layout.md.
 */
import { assert } from '../../base/assert.js';
import { SEQUENCE_NUMBER_MAX } from '../../limits.js';
import { type RetrievalStatus, type SequenceNumber, sequenceNumber } from '../../x413/entry.js';

/** Octets of every message name, all of them ASCII. */
export const MESSAGE_NAME_BYTES = 11;
assert(`${SEQUENCE_NUMBER_MAX}n`.length === MESSAGE_NAME_BYTES, 'ten digits hold ub-messages');

/** FROZEN: these letters are on disk. Add to them; never change one. */
const LETTER = { new: 'n', listed: 'l', processed: 'p' } as const;
const STATUS_OF: ReadonlyMap<string, RetrievalStatus> = new Map([
  [LETTER.new, 'new'],
  [LETTER.listed, 'listed'],
  [LETTER.processed, 'processed'],
]);

export interface MessageName {
  readonly sequence: SequenceNumber;
  readonly status: RetrievalStatus;
}

export function formatMessageName({ sequence, status }: MessageName): string {
  return String(sequence).padStart(MESSAGE_NAME_BYTES - 1, '0') + LETTER[status];
}

/** Null for every name that {@link formatMessageName} cannot have written. Never throws. */
export function parseMessageName(file: string): MessageName | null {
  if (file.length !== MESSAGE_NAME_BYTES || !/^\d{10}[a-z]$/.test(file)) return null;
  const value = Number(file.slice(0, -1));
  const status = STATUS_OF.get(file.slice(-1));
  if (status === undefined || value < 1 || value > SEQUENCE_NUMBER_MAX) return null;
  return { sequence: sequenceNumber(value), status };
}
