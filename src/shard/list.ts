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
import { ListOutline } from '../x413/list.js';
import { EntryInformation } from '../x413/selection.js';
import { AttributeProblems } from './attribute-problems.js';
import {
  entryInformation,
  selectionOf,
  valuesWherePossible,
  wantedAttributes,
} from './entry-information.js';
import { checkArgument, type OperationContext, type Outcome } from './operation.js';
import { Matches, prepareSelector } from './select.js';
import type { Sliced } from './sliced.js';

export function* list(context: OperationContext, argument: ListArgument): Sliced<Outcome> {
  const { edition, defaults } = context;
  checkArgument(argument, edition);
  const asked = argument.requestedAttributes ?? selectionOf(defaults.list, edition);
  const problems = new AttributeProblems();
  const wanted = wantedAttributes(asked, true, edition, problems);
  const selector = prepareSelector(argument.selector, edition, problems);
  problems.refuse();
  const limit = Math.min(argument.selector.limit ?? LIST_ENTRIES_MAX, LIST_ENTRIES_MAX);
  const matches = new Matches(context, selector);
  const requested: Uint8Array[] = [];
  const changes: StatusChange[] = [];
  let next: number | null = null;
  let bytes = 0;
  for (const source of matches) {
    if (source === null) {
      yield;
      continue;
    }
    const { sequence, status } = source.entry;
    if (requested.length === limit) {
      next = sequence;
      break;
    }
    const information = entryInformation(source, wanted, valuesWherePossible);
    // Encoded at once: a value is a window on its message, which would stay in memory with it.
    const octets = encode(EntryInformation, information);
    bytes += octets.length;
    if (bytes > LIST_RESULT_BYTES_MAX && requested.length > 0) {
      next = sequence;
      break;
    }
    requested.push(octets);
    if (status === 'new' && information.attributes !== undefined) {
      changes.push({ sequence, status: 'listed', conveyed: 0 });
    }
  }
  next ??= matches.cutAt;
  const result = encode(ListOutline, {
    ...(next !== null && { next }),
    ...(requested.length > 0 && { requested }),
  });
  return { result, changes };
}
