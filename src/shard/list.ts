/**
 * List: attributes of all selected entries, none of which needs a content. A new entry of which
 * attributes were returned becomes listed; the status that is returned is the one before.
 *
 * Source: X.413 (1999) 8.2.2.
 */
import { headed } from '../asn1/header.js';
import { context, TAG } from '../asn1/tag.js';
import { explicit } from '../asn1/tagged.js';
import { encode } from '../asn1/type.js';
import type { BerWriter } from '../asn1/writer.js';
import { WrittenList } from '../asn1/written-list.js';
import type { Pieces } from '../base/octets.js';
import { LIST_ENTRIES_MAX, LIST_RESULT_BYTES_MAX } from '../limits.js';
import type { StatusChange } from '../store/contract.js';
import { SequenceNumberType } from '../x413/common.js';
import { type ListArgument, ListResult } from '../x413/list.js';
import { AttributeProblems } from './attribute-problems.js';
import {
  selectionOf,
  valuesWherePossible,
  wantedAttributes,
  writeEntryInformation,
} from './entry-information.js';
import { checkArgument, type OperationContext, type Outcome } from './operation.js';
import { Matches, prepareSelector } from './select.js';
import type { Sliced } from './sliced.js';

export function* list(operation: OperationContext, argument: ListArgument): Sliced<Outcome> {
  const { edition, defaults } = operation;
  checkArgument(argument, operation);
  const asked = argument.requestedAttributes ?? selectionOf(defaults.list, operation);
  const problems = new AttributeProblems(operation.unsubscribed);
  const wanted = wantedAttributes(asked, true, edition, problems);
  const selector = prepareSelector(argument.selector, edition, problems);
  problems.refuse();
  const limit = Math.min(argument.selector.limit ?? LIST_ENTRIES_MAX, LIST_ENTRIES_MAX);
  const matches = new Matches(operation, selector);
  const entries = new WrittenList();
  const changes: StatusChange[] = [];
  let next: number | null = null;
  for (const source of matches) {
    if (source === null) {
      yield;
      continue;
    }
    const { sequence, status } = source.entry;
    let hasAttributes = false;
    const write = (writer: BerWriter) => {
      hasAttributes = writeEntryInformation(writer, source, wanted, valuesWherePossible);
    };
    // The first is told however long it is, or nobody would ever get beyond it.
    const bytesMax = entries.count === 0 ? Number.POSITIVE_INFINITY : LIST_RESULT_BYTES_MAX;
    if (entries.count === limit || !entries.add(write, bytesMax)) {
      next = sequence;
      break;
    }
    if (status === 'new' && hasAttributes) {
      changes.push({ sequence, status: 'listed', conveyed: 0 });
    }
  }
  next ??= matches.cutAt;
  return { result: resultOf(entries, next), changes };
}

/** A ListResult. */
function resultOf(entries: WrittenList, next: number | null): Pieces {
  if (entries.count === 0) return [encode(ListResult, { ...(next !== null && { next }) })];
  return headed(entries.pieces, (writer, bytesBehind) => {
    writer.around(TAG.sequence, bytesBehind);
    writer.around(context(1), bytesBehind);
    if (next !== null) Next.encode(writer, next);
    writer.around(TAG.set, bytesBehind);
  });
}

const Next = explicit(0, SequenceNumberType);
