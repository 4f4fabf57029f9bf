/**
 * What is told of a journal that a start has found damaged, and what follows for sequence numbers.
 *
 * Pure. Source: ours. docs/adr/0016-torn-or-damaged.md.
 */
import { basename } from 'node:path';
import type { Notice } from '../../engine/contract.js';
import { CHILD_ENTRIES_MAX, NUMBERS_SKIPPED_MAX } from '../../limits.js';
import type { ReadJournal } from './journal-reader.js';

/** How far each high-water mark goes up: any of the lost may have been a message to any mailbox. */
export function numbersToSkip({ lost, isUnreadable }: ReadJournal): number {
  if (isUnreadable) return NUMBERS_SKIPPED_MAX;
  const records = lost.reduce((sum, [from, to]) => sum + to - from + 1, 0);
  return Math.min(records * (1 + CHILD_ENTRIES_MAX), NUMBERS_SKIPPED_MAX);
}

/** What an operator is told of a journal; null where there is nothing to tell. */
export function noticeOf(found: ReadJournal): Notice | null {
  const { lost, evidence, isUnreadable, tornRecords } = found;
  const files = [...evidence].map((path) => basename(path)).join(' ');
  if (lost.length > 0) {
    const sentence = 'records of the journal are damaged and lost; those behind them are not';
    const records = lost.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(' ');
    return { level: 'error', event: 'journal.damaged', sentence, fields: { records, files } };
  }
  if (isUnreadable) {
    const sentence = 'a segment of the journal cannot be read; what was only in it is lost';
    return { level: 'error', event: 'journal.damaged', sentence, fields: { files } };
  }
  if (evidence.size > 0) {
    const sentence = 'the journal has damage in it by which nothing more is lost';
    return { level: 'warn', event: 'journal.damaged', sentence, fields: { files } };
  }
  if (tornRecords === 0) return null;
  const sentence = 'the last write to the journal was torn; nothing in it had been acknowledged';
  return { level: 'warn', event: 'journal.torn', sentence, fields: { records: tornRecords } };
}
