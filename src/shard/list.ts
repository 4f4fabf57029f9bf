/**
 * List: attributes of all selected entries, none of which needs a content. A new entry of which
 * attributes were returned becomes listed; the status that is returned is the one before.
 *
 * Source: X.413 (1999) 8.2.2.
 */
import { encode } from '../asn1/type.js';
import { LIST_ENTRIES_MAX, LIST_RESULT_BYTES_MAX } from '../limits.js';
import type { StatusChange } from '../store/contract.js';
import type { ListArgument } from '../x413/list.js';
import { ListResult } from '../x413/list.js';
import type { EntryInformation } from '../x413/selection.js';
import { AttributeProblems } from './attribute-problems.js';
import {
  entryInformation,
  selectionOf,
  valuesWherePossible,
  wantedAttributes,
} from './entry-information.js';
import { checkArgument, type OperationContext, type Outcome } from './operation.js';
import { Matches, prepareSelector } from './select.js';

export function list(context: OperationContext, argument: ListArgument): Outcome {
  const { edition, defaults } = context;
  checkArgument(argument, edition);
  const asked = argument.requestedAttributes ?? selectionOf(defaults.list, edition);
  const problems = new AttributeProblems();
  const wanted = wantedAttributes(asked, true, edition, problems);
  const selector = prepareSelector(argument.selector, edition, problems);
  problems.refuse();
  const limit = Math.min(argument.selector.limit ?? LIST_ENTRIES_MAX, LIST_ENTRIES_MAX);
  const matches = new Matches(context, selector);
  const requested: EntryInformation[] = [];
  const changes: StatusChange[] = [];
  let next: number | null = null;
  let bytes = 0;
  for (const source of matches) {
    const { sequence, status } = source.entry;
    if (requested.length === limit) {
      next = sequence;
      break;
    }
    const found = entryInformation(source, wanted, valuesWherePossible);
    // A value is a window on its message, which would stay in memory as long as the list is made.
    const information = source.isOpen ? detached(found) : found;
    bytes += sizeOf(information);
    if (bytes > LIST_RESULT_BYTES_MAX && requested.length > 0) {
      next = sequence;
      break;
    }
    requested.push(information);
    if (status === 'new' && information.attributes !== undefined) {
      changes.push({ sequence, status: 'listed', conveyed: 0 });
    }
  }
  next ??= matches.cutAt;
  const result = encode(ListResult, {
    ...(next !== null && { next }),
    ...(requested.length > 0 && { requested }),
  });
  return { result, changes };
}

/** The same with octets of its own. */
function detached({ attributes, ...rest }: EntryInformation): EntryInformation {
  if (attributes === undefined) return rest;
  const own = attributes.map(({ type, values }) => ({
    type,
    values: values.map((value) => new Uint8Array(value)),
  }));
  return { ...rest, attributes: own };
}

/** About what it will take, encoded. */
function sizeOf({ attributes = [] }: EntryInformation): number {
  let size = 8;
  for (const { values } of attributes) {
    size += 16;
    for (const value of values) size += value.length;
  }
  return size;
}
