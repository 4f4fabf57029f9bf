/**
 * Fetch: attributes of one entry, named by its number or found by a search; of a search also the
 * numbers of the further matches.
 *
 * Source: X.413 (1999) 8.2.3, 9.5 for fetch-restrictions.
 */

import { octetString } from '../asn1/primitive.js';
import { decode, encode } from '../asn1/type.js';
import type { FetchRestrictions } from '../engine/contract.js';
import { LIST_ENTRIES_MAX } from '../limits.js';
import type { Mailbox } from '../store/contract.js';
import { fetchRestrictionError, sequenceNumberError } from '../x413/errors.js';
import { type FetchArgument, FetchResult } from '../x413/fetch.js';
import type { EntryInformation } from '../x413/selection.js';
import { conveyanceOf } from './conveyance.js';
import { entryInformation, wantedAttributes } from './entry-information.js';
import type { Outcome } from './list.js';
import { select } from './select.js';
import { StoredSource } from './stored-source.js';

const CONTENT = '2.6.4.3.1';

export function fetch(
  mailbox: Mailbox,
  argument: FetchArgument,
  restrictions: FetchRestrictions | undefined,
): Outcome {
  const wanted = wantedAttributes(argument.requestedAttributes, false);
  const { source, list, next, override } = findEntry(mailbox, argument.item);
  if (source === null) return { result: encode(FetchResult, {}), changes: [] };
  const information = entryInformation(source, wanted);
  if (restrictions !== undefined) {
    checkRestrictions(source, information, restrictions, override);
  }
  const result = encode(FetchResult, {
    entryInformation: information,
    ...(list.length > 0 && { list }),
    ...(next !== null && { next }),
  });
  return { result, changes: conveyanceOf(mailbox, source.entry, wanted) };
}

function findEntry(mailbox: Mailbox, item: FetchArgument['item']) {
  const none: ReadonlySet<string> = new Set();
  if (item.kind === 'precise') {
    const entry = mailbox.entry(item.value);
    if (entry === null) throw sequenceNumberError([item.value]);
    return { source: new StoredSource(mailbox, entry), list: [], next: null, override: none };
  }
  const { sources, next } = select(mailbox, item.value, LIST_ENTRIES_MAX);
  const [source = null, ...others] = sources;
  const list = others.map(({ entry }) => entry.sequence);
  return { source, list, next, override: item.value.override ?? none };
}

function checkRestrictions(
  source: StoredSource,
  { attributes = [] }: EntryInformation,
  { allowedContentTypes, maximumAttributeLength }: FetchRestrictions,
  override: ReadonlySet<string>,
): void {
  const { contentType } = source.entry;
  const isContentAsked = attributes.some(({ type }) => type === CONTENT);
  const isTypeBarred = allowedContentTypes?.includes(contentType) === false;
  if (isContentAsked && isTypeBarred && !override.has('overrideContentTypes')) {
    throw fetchRestrictionError([{ kind: 'contentType', value: contentType }]);
  }
  if (maximumAttributeLength === undefined || override.has('overrideAttributeLength')) return;
  for (const { type, values } of attributes) {
    const longest = Math.max(...values.map((value) => lengthOf(type, value)));
    if (longest > maximumAttributeLength) {
      throw fetchRestrictionError([{ kind: 'attributeLength', value: longest }]);
    }
  }
}

/** Octets of a value; of the content, of what is in it. */
function lengthOf(type: string, value: Uint8Array): number {
  return type === CONTENT ? decode(octetString(), value).length : value.length;
}
