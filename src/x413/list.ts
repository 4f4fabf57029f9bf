/**
 * List.
 *
 * Source: X.413 (1999) 8.2.2, module MSAbstractService.
 */
import { any } from '../asn1/any.js';
import { optional, required, withDefault } from '../asn1/component.js';
import { sequenceOf } from '../asn1/list.js';
import { set } from '../asn1/set.js';
import { tolerantExplicit } from '../asn1/tagged.js';
import type { Asn1Type, TypeOf } from '../asn1/type.js';
import { SEQUENCE_NUMBER_MAX } from '../limits.js';
import { ENTRY_CLASS_DELIVERY, EntryClass, MsExtensions, SequenceNumberType } from './common.js';
import { EntryInformation, EntryInformationSelection } from './selection.js';
import { Selector } from './selector.js';

/** There is no [2]. */
export const ListArgument = set('ListArgument', {
  entryClass: withDefault(tolerantExplicit(0, EntryClass), ENTRY_CLASS_DELIVERY),
  selector: required(tolerantExplicit(1, Selector)),
  requestedAttributes: optional(tolerantExplicit(3, EntryInformationSelection)),
  /** 1994. */
  extensions: optional(tolerantExplicit(4, MsExtensions)),
});
export type ListArgument = TypeOf<typeof ListArgument>;

function listResultOf<T>(entry: Asn1Type<T>) {
  return set('ListResult', {
    next: optional(tolerantExplicit(0, SequenceNumberType)),
    requested: optional(tolerantExplicit(1, sequenceOf(entry, 1, SEQUENCE_NUMBER_MAX))),
    /** 1994. */
    extensions: optional(tolerantExplicit(2, MsExtensions)),
  });
}

export const ListResult = listResultOf(EntryInformation);
export type ListResult = TypeOf<typeof ListResult>;

/** The same with its entries as they came, for who looks at some of them only. */
export const ListOutline = listResultOf(any);
