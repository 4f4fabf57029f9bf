/**
 * What a Fetch does to the status of an entry. New becomes listed; processed, when the user has got
 * the whole content: at once, or heading and every body part one after another.
 *
 * Source: X.413 (1999) 11.2 retrieval-status; X.420 (1999) 19.
 */
import type { Mailbox, StatusChange } from '../store/contract.js';
import type { Entry } from '../x413/entry.js';
import type { WantedAttribute } from './entry-information.js';

const CONTENT = '2.6.4.3.1';
const HEADING = '2.6.1.7.0';
const BODY = '2.6.1.8.0';
/** Either shows what became of each recipient, which is all that a report has to say. */
const REPORT = ['2.6.4.3.34', '2.6.4.3.30'];
const PART_BITS_MAX = 30;

/** Bit 0 and a bit for each body part; parts beyond the 30th share the last bit. */
function allBits(partCount: number): number {
  return 2 ** (Math.min(partCount, PART_BITS_MAX) + 1) - 1;
}

/** The changes that conveying these attributes of the entry makes, children included. */
export function conveyanceOf(
  mailbox: Mailbox,
  entry: Entry,
  wanted: readonly WantedAttribute[],
): StatusChange[] {
  const has = (oid: string) => wanted.some(({ definition }) => definition.oid === oid);
  const isWholeContent = has(CONTENT);
  const all = allBits(entry.partCount);
  let conveyed = entry.conveyed;
  if (isWholeContent) conveyed |= all;
  if (has(HEADING)) conveyed |= 1;
  if (has(BODY)) conveyed |= all & ~1;
  const isReport = entry.entryType === 'delivered-report';
  const isRead = isReport ? REPORT.some(has) : isWholeContent || isWholeMessage(entry, conveyed);
  const status = isRead ? 'processed' : entry.status === 'new' ? 'listed' : entry.status;
  const changes: StatusChange[] = [];
  if (status !== entry.status || conveyed !== entry.conveyed) {
    changes.push({ sequence: entry.sequence, status, conveyed });
  }
  if (isWholeContent) {
    // Whoever has the whole has what is inside it.
    for (const number of entry.children) {
      const child = mailbox.entry(number);
      if (child !== null) changes.push(...wholeOf(mailbox, child));
    }
  }
  return changes;
}

/** A message in parts; a content without parts is read as a whole or not at all. */
function isWholeMessage(entry: Entry, conveyed: number): boolean {
  return entry.partCount > 0 && conveyed === allBits(entry.partCount);
}

function wholeOf(mailbox: Mailbox, entry: Entry): StatusChange[] {
  const conveyed = allBits(entry.partCount);
  const below = entry.children.flatMap((number) => {
    const child = mailbox.entry(number);
    return child === null ? [] : wholeOf(mailbox, child);
  });
  return [{ sequence: entry.sequence, status: 'processed', conveyed }, ...below];
}
