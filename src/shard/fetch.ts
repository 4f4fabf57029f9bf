/**
 * Fetch: attributes of one entry, named by its number or found by a search; of a search also the
 * numbers of the further matches.
 *
 * Source: X.413 (1999) 8.2.3.
 */
import { encode, encodeInPieces } from '../asn1/type.js';
import { present } from '../base/assert.js';
import { LIST_ENTRIES_MAX } from '../limits.js';
import { attributeByOid } from '../x413/attribute-table.js';
import { sequenceNumberError } from '../x413/errors.js';
import { type FetchArgument, FetchResult, FetchResultToWrite } from '../x413/fetch.js';
import { AttributeProblems } from './attribute-problems.js';
import { conveyanceOf } from './conveyance.js';
import {
  entryInformation,
  selectionOf,
  wantedAttributes,
  writeEntryInformation,
} from './entry-information.js';
import { checkRestrictions } from './fetch-restrictions.js';
import { checkArgument, type OperationContext, type Outcome } from './operation.js';
import { type PreparedSelector, prepareSelector, select } from './select.js';
import type { Sliced } from './sliced.js';
import { StoredSource } from './stored-source.js';

export function* fetch(context: OperationContext, argument: FetchArgument): Sliced<Outcome> {
  const { mailbox, edition, restrictions, defaults } = context;
  const { item } = argument;
  checkArgument(argument, context);
  const requested = argument.requestedAttributes ?? selectionOf(defaults.fetch, context);
  const problems = new AttributeProblems(context.unsubscribed);
  const search = item.kind === 'search' ? prepareSelector(item.value, edition, problems) : null;
  // A type that no table has may be that of a body part of the entry: only the entry can tell.
  const isKnown = requested?.every(({ type }) => attributeByOid(type, edition) !== null) ?? true;
  const early = isKnown ? wantedAttributes(requested, false, edition, problems) : null;
  problems.refuse();
  const found =
    item.kind === 'precise'
      ? precise(context, item.value)
      : yield* searched(context, present(search, 'a search is prepared'));
  const { source, list, next } = found;
  const wanted = early ?? wantedAttributes(requested, false, edition, problems, source);
  problems.refuse();
  if (source === null) {
    return { result: [encode(FetchResult, { ...(next !== null && { next }) })], changes: [] };
  }
  if (restrictions !== undefined) {
    const information = entryInformation(source, wanted);
    const override = search?.selector.override;
    checkRestrictions(source, wanted.attributes, information, restrictions, override);
  }
  const result = encodeInPieces(FetchResultToWrite, {
    entryInformation: (writer) => writeEntryInformation(writer, source, wanted),
    ...(list.length > 0 && { list }),
    ...(next !== null && { next }),
  });
  return { result, changes: conveyanceOf(mailbox, source, wanted) };
}

interface Found {
  /** Null: a search found none, as far as it went. */
  readonly source: StoredSource | null;
  readonly list: readonly number[];
  readonly next: number | null;
}

function precise({ mailbox, marks }: OperationContext, number: number): Found {
  const entry = mailbox.entry(number);
  if (entry === null) throw sequenceNumberError([number]);
  return { source: new StoredSource(mailbox, entry, marks), list: [], next: null };
}

function* searched(context: OperationContext, search: PreparedSelector): Sliced<Found> {
  const { entries, next } = yield* select(context, search, LIST_ENTRIES_MAX);
  const [first, ...others] = entries;
  const { mailbox, marks } = context;
  const source = first === undefined ? null : new StoredSource(mailbox, first, marks);
  return { source, list: others.map(({ sequence }) => sequence), next };
}
