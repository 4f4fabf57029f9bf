/**
 * What a Fetch does to the status of entries. New becomes listed; processed, when the user has got
 * the whole content: at once, or heading and every body part one after another.
 *
 * A message within a message is one of its body parts. Whoever has got the part has got all that is
 * in it; and when what is in it is processed, the part is.
 *
 * Source: X.413 (1999) 11.2 retrieval-status; X.420 (1999) 19.
 */
import type { Mailbox, StatusChange } from '../store/contract.js';
import type { AttributeDefinition } from '../x413/attribute.js';
import { attributeByOid, attributesOf } from '../x413/attribute-table.js';
import { childrenByPart } from '../x413/body-part-view.js';
import { CONVEYED_PART_SHARED, conveyedBit, type Entry } from '../x413/entry.js';
import { hasBody, hasHeading, isPartOfContent } from './content-parts.js';
import type { Wanted, WantedAttribute } from './entry-information.js';
import { StoredSource } from './stored-source.js';

/** Either shows what became of each recipient, which is all that a report has to say. */
const REPORT_ENVELOPE = '2.6.4.3.34';
const REPORT_FIELDS = '2.6.4.3.30';
/** Of interpersonal and of EDI notifications. */
const NOTIFICATION_ARCS = ['2.6.1.9.', '2.6.7.9.'];
const HEADING_BIT = 1;

/** The changes that conveying these attributes of the entry makes, to it and its relatives. */
export function conveyanceOf(
  mailbox: Mailbox,
  source: StoredSource,
  wanted: Wanted,
): StatusChange[] {
  const { entry } = source;
  const own = conveyedBits(source, wanted.attributes);
  const conveyed = entry.conveyed | own;
  const isProcessed =
    entry.status === 'processed' || isWhole(entry, conveyed) || isRead(source, wanted);
  const status = isProcessed ? 'processed' : 'listed';
  const changes: StatusChange[] = [];
  if (status !== entry.status || conveyed !== entry.conveyed) {
    changes.push({ sequence: entry.sequence, status, conveyed });
  }
  // Not only what is conveyed for the first time: a child may have been set back since.
  if (own !== 0 && entry.children.length > 0) changes.push(...below(mailbox, source, own));
  if (isProcessed && entry.status !== 'processed') changes.push(...above(mailbox, entry));
  return changes;
}

/** Bit 0 and a bit for each body part. */
function allBits(partCount: number): number {
  return 2 ** (Math.min(partCount, CONVEYED_PART_SHARED) + 1) - 1;
}

/** Every bit there is; a content without parts has that of its heading, and gets it as a whole. */
function isWhole({ partCount, entryType }: Entry, conveyed: number): boolean {
  const all = allBits(partCount);
  return entryType !== 'delivered-report' && (conveyed & all) === all;
}

function conveyedBits(source: StoredSource, wanted: readonly WantedAttribute[]): number {
  const { partCount } = source.entry;
  const parts = new Set<number>();
  let bits = 0;
  for (const { definition, from, count } of wanted) {
    if (definition.bodyPartNumbers !== null) {
      const numbers = definition.bodyPartNumbers(source);
      for (const number of numbers.slice(from - 1, from - 1 + count)) parts.add(number);
    } else if (isPartOfContent(definition)) {
      if (!hasValue(definition, source)) continue;
      if (hasHeading(definition)) bits |= HEADING_BIT;
      if (hasBody(definition)) bits |= allBits(partCount) & ~HEADING_BIT;
    }
  }
  for (const part of parts) if (part < CONVEYED_PART_SHARED) bits |= conveyedBit(part);
  // The shared bit says that all who share it were conveyed, and so they must be, at once.
  const sharers = Array.from(
    { length: Math.max(0, partCount - CONVEYED_PART_SHARED + 1) },
    (_, i) => CONVEYED_PART_SHARED + i,
  );
  if (sharers.length > 0 && sharers.every((part) => parts.has(part)))
    bits |= conveyedBit(CONVEYED_PART_SHARED);
  return bits;
}

function hasValue({ single, values }: AttributeDefinition, source: StoredSource): boolean {
  return single === null ? values(source).length > 0 : single.of(source) !== null;
}

/** What has no parts: a report by its fields, a notification by all of its own. */
function isRead(source: StoredSource, { attributes: wanted, edition }: Wanted): boolean {
  const hasAll = (oid: string, valueCount: number) =>
    wanted.some(
      ({ definition, from, count }) => definition.oid === oid && from === 1 && count >= valueCount,
    );
  if (source.entry.entryType === 'delivered-report') {
    if (hasAll(REPORT_ENVELOPE, 1)) return true;
    const fields = attributeByOid(REPORT_FIELDS)?.values(source) ?? [];
    return fields.length > 0 && hasAll(REPORT_FIELDS, fields.length);
  }
  const isOfNotification = ({ oid }: AttributeDefinition) =>
    NOTIFICATION_ARCS.some((arc) => oid.startsWith(arc));
  if (!wanted.some(({ definition }) => isOfNotification(definition))) return false;
  const own = attributesOf(edition)
    .filter(isOfNotification)
    .map(({ oid, values }) => ({ oid, count: values(source).length }))
    .filter(({ count }) => count > 0);
  return own.length > 0 && own.every(({ oid, count }) => hasAll(oid, count));
}

/** The direct children of a message, with the numbers of the body parts that they stand in. */
function childEntries(mailbox: Mailbox, source: StoredSource): Map<number, Entry> {
  const byPart = new Map<number, Entry>();
  for (const [part, child] of childrenByPart(source)) {
    const entry = mailbox.entry(child);
    if (entry !== null) byPart.set(part, entry);
  }
  return byPart;
}

function below(mailbox: Mailbox, source: StoredSource, bits: number): StatusChange[] {
  return [...childEntries(mailbox, source)].flatMap(([part, child]) =>
    (bits & conveyedBit(part)) === 0 ? [] : wholeOf(mailbox, child),
  );
}

/** An entry of which the user has everything, with all that is beneath it. */
function wholeOf(mailbox: Mailbox, entry: Entry): StatusChange[] {
  const own: StatusChange = {
    sequence: entry.sequence,
    status: 'processed',
    conveyed: allBits(entry.partCount),
  };
  const within = entry.children.flatMap((number) => {
    const child = mailbox.entry(number);
    return child === null ? [] : wholeOf(mailbox, child);
  });
  return entry.status === 'processed' ? within : [own, ...within];
}

/** What it does to the entries above when one has become processed. */
function above(mailbox: Mailbox, child: Entry): StatusChange[] {
  const parent = child.parent === 0 ? null : mailbox.entry(child.parent);
  // A report does not consist of what it returns.
  if (parent === null || parent.entryType === 'delivered-report') return [];
  const byPart = childEntries(mailbox, new StoredSource(mailbox, parent));
  const found = [...byPart].find(([, { sequence }]) => sequence === child.sequence);
  const part = found?.[0] ?? CONVEYED_PART_SHARED;
  const conveyed = parent.conveyed | (part < CONVEYED_PART_SHARED ? conveyedBit(part) : 0);
  if (conveyed === parent.conveyed) return [];
  const isProcessed = parent.status === 'processed' || isWhole(parent, conveyed);
  const status = isProcessed ? 'processed' : parent.status;
  const change: StatusChange = { sequence: parent.sequence, status, conveyed };
  const isNews = isProcessed && parent.status !== 'processed';
  return isNews ? [change, ...above(mailbox, parent)] : [change];
}
