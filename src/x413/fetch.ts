/**
 * Fetch.
 *
 * Source: X.413 (1999) 8.2.3, module MSAbstractService.
 */
import { choice } from '../asn1/choice.js';
import { optional, required, withDefault } from '../asn1/component.js';
import { set } from '../asn1/set.js';
import { tolerantExplicit } from '../asn1/tagged.js';
import { toWrite } from '../asn1/to-write.js';
import type { Asn1Type, TypeOf } from '../asn1/type.js';
import {
  ENTRY_CLASS_DELIVERY,
  EntryClass,
  MsExtensions,
  SequenceNumberList,
  SequenceNumberType,
} from './common.js';
import { EntryInformation, EntryInformationSelection } from './selection.js';
import { Selector } from './selector.js';

export const FetchItem = choice('FetchItem', {
  search: tolerantExplicit(1, Selector),
  precise: tolerantExplicit(2, SequenceNumberType),
});
export type FetchItem = TypeOf<typeof FetchItem>;

export const FetchArgument = set('FetchArgument', {
  entryClass: withDefault(tolerantExplicit(0, EntryClass), ENTRY_CLASS_DELIVERY),
  item: required(FetchItem),
  requestedAttributes: optional(tolerantExplicit(3, EntryInformationSelection)),
  /** 1994. */
  extensions: optional(tolerantExplicit(4, MsExtensions)),
});
export type FetchArgument = TypeOf<typeof FetchArgument>;

function fetchResultOf<T>(entry: Asn1Type<T>) {
  return set('FetchResult', {
    entryInformation: optional(tolerantExplicit(0, entry)),
    list: optional(tolerantExplicit(1, SequenceNumberList)),
    next: optional(tolerantExplicit(2, SequenceNumberType)),
    /** 1994. */
    extensions: optional(tolerantExplicit(3, MsExtensions)),
  });
}

export const FetchResult = fetchResultOf(EntryInformation);
export type FetchResult = TypeOf<typeof FetchResult>;

/** The same for who writes the entry himself, where it is to stand. */
export const FetchResultToWrite = fetchResultOf(toWrite);
